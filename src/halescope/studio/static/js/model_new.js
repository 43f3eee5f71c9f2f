// The form of a new run: fields of the network, the learning-rate curve, the command lines.
import { api, pageData, part } from "./lib/api.js";
import { chart } from "./lib/chart.js";
import { plural } from "./lib/format.js";
import { busy, button, command, empty, fail, h } from "./lib/ui.js";
import { shows, textOf, widget } from "./lib/fields.js";

const data = pageData();
const host = document.getElementById("new-run");
const state = { network: null, recipe: "", widgets: new Map(), values: {}, named: false };
const OF_DISKS = ["data.split", "crops.classes", "crops.limit", "crops.margin"];
const COLOURS = ["--accent", "--alpha-ink", "--complex-ink", "--beta-ink", "--good"];

const name = h("input", { class: "input", name: "name", required: true, maxlength: "100", autocomplete: "off",
  oninput: () => { state.named = true; later(); } });
const dataset = h("select", { class: "select", name: "dataset", onchange: () => { fitParts(); later(); } });
const start = h("select", { class: "select", name: "start", onchange: () => later() });
const notes = h("textarea", { class: "textarea", name: "notes", placeholder: "What this run is to show" });
const groups = h("div", { class: "stack groups" });
const rateHost = h("div", {});
const rateCard = h("section", { class: "card rate", "aria-labelledby": "rate-title" }, h("h2", { id: "rate-title" }, "Learning rate over the run"), rateHost);
const plan = h("div", { class: "stack" });
const fault = h("p", { class: "notice bad", role: "alert", hidden: true });
const go = button("Start training", { icon: "play", kind: "primary", onclick: () => begin() });
const recipes = h("div", { class: "segmented", role: "group", "aria-label": "Fill in" });
const about = h("p", { class: "soft small" });

const labelled = (title, input, hint) => h("label", { class: "field" }, h("span", {}, title), input, hint && h("span", { class: "hint" }, hint));

function build() {
  if (!data.datasets.length) {
    host.replaceChildren(empty({ title: "There is no data set to learn from", icon: "datasets",
      text: "Make one from a folder of magnetograms with labels, or from class folders.", action: { label: "New data set", href: "/datasets/new" } }));
    return;
  }
  const cards = data.networks.map((network) => h("label", { class: "choice-card" },
    h("input", { type: "radio", name: "network", value: network.name, onchange: () => choose(network) }),
    h("strong", {}, network.title), h("span", { class: "tag plain" }, network.task),
    h("span", { class: "soft small" }, network.about), h("span", { class: "small takes" }, network.takes)));
  host.replaceChildren(h("div", { class: "columns form-columns" },
    h("form", { class: "form", onsubmit: (event) => { event.preventDefault(); begin(); } },
      h("fieldset", {}, h("legend", {}, "Network"), h("div", { class: "choice-cards" }, cards)),
      h("fieldset", { class: "card" }, h("div", { class: "fields" }, labelled("Name", name, "Folder in runs/."), labelled("Data set", dataset), labelled("Start from", start, "What ships learned from HMI of 2026-02-01 to 03-15: it knows the regions of those days.")),
        h("div", { class: "row recipes" }, recipes, about)),
      groups, labelled("Notes", notes)),
    h("aside", { class: "stack beside" }, rateCard, h("section", { class: "card stack", "aria-labelledby": "plan-title" },
      h("h2", { id: "plan-title" }, "What will run"), plan, fault, go,
      h("p", { class: "soft small" }, "Several values in one field, divided by commas, make a sweep: one run for each.")))));
  const clone = data.clone;
  const fitting = data.networks.filter((one) => one.data.includes(kindOf(data.dataset)));
  const first = data.networks.find((one) => one.name === clone?.network)
    ?? fitting[0] ?? data.networks[0];
  const radio = host.querySelector(`input[value="${first.name}"]`);
  radio.checked = true;
  if (clone) { state.values = Object.fromEntries(Object.entries(clone.values).map(([key, value]) => [key, textOf(value)])); notes.value = clone.notes; }
  choose(first);
  state.built = true;
  if (!clone) fillFirst();
  if (clone) start.value = [...start.options].some((one) => one.value === clone.start) ? clone.start : "";
  if (data.start) start.value = data.start;
  later();
}

// What is not divided can still teach a network that holds out days or regions by itself.
function fitParts() {
  const one = state.widgets.get("data.split");
  const isDivided = data.datasets.find((set) => set.name === dataset.value)?.divided;
  const offered = state.network.fields.find((field) => field.key === "data.split")?.choices ?? [];
  if (!one || state.values["data.split"] || !offered.some(([value]) => value === "all")) return;
  one.set(isDivided ? "manifest" : "all");
}

const kindOf = (wanted) => data.datasets.find((one) => one.name === wanted)?.kind ?? "disks";

function choose(network) {
  state.network = network;
  const fits = data.datasets.filter((one) => network.data.includes(one.kind));
  const before = dataset.value || data.clone?.dataset || data.dataset;
  dataset.replaceChildren(...fits.map((one) => h("option", { value: one.name }, one.kind === "crops" ? `${one.name} (crops)` : one.name)));
  if (!fits.length) dataset.append(h("option", { value: "" }, `none that holds ${network.data.join(" or ")}`));
  if (fits.some((one) => one.name === before)) dataset.value = before;
  fillStarts(network);
  if (!state.named) name.value = freeName(network.name);
  const named = Object.entries(network.recipes);
  recipes.hidden = !named.length;
  recipes.replaceChildren(...named.map(([title, values]) => h("button", { type: "button", "aria-pressed": "false",
    onclick: (event) => fill(values, event.currentTarget) }, title === "DIGITS" ? "As DIGITS has it" : "For a processor")));
  about.textContent = named.length ? "Fills the form; every field can still be changed." : "A quick fit: there are no epochs to watch, and its network is exported when it is done.";
  drawFields(network);
  if (state.built && !data.clone) fillFirst();
  fitParts();
  later();
}

// What a form begins with: what a processor can do, as most have no other.
function fillFirst() {
  const titles = Object.keys(state.network.recipes);
  const at = titles.indexOf("Processor");
  if (at >= 0) fill(state.network.recipes.Processor, recipes.children[at]);
}

function freeName(stem) {
  let number = 1;
  while (data.names.includes(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

function fillStarts(network) {
  const own = data.starts.filter((run) => network.starts.includes(run.network));
  start.closest("label").hidden = !network.starts.length;
  start.replaceChildren(h("option", { value: "" }, "Nothing, random weights"),
    network.starts.length && h("optgroup", { label: "Ships with halescope" }, network.starts.map((one) => h("option", { value: one }, one))),
    ...own.map((run) => h("optgroup", { label: run.name },
      h("option", { value: `runs/${run.name}@best` }, `${run.name}, the best epoch`),
      run.epochs.toReversed().map((epoch) => h("option", { value: `runs/${run.name}@${epoch}` }, `${run.name}, epoch ${epoch}`)))).filter(Boolean));
}

function drawFields(network) {
  state.widgets.clear();
  const byGroup = Map.groupBy(network.fields, (field) => field.group);
  groups.replaceChildren(...[...byGroup].map(([group, fields]) => {
    const inside = h("div", { class: "fields" }, fields.map((field) => {
      const one = widget(field, state.values[field.key], () => { state.values[field.key] = one.value(); later(); });
      state.widgets.set(field.key, one);
      return one.element;
    }));
    if (group === "More") return h("details", { class: "card more" }, h("summary", {}, "More"), inside);
    return h("fieldset", { class: "card" }, h("legend", { class: "in-card" }, group), inside);
  }));
  rateCard.hidden = !state.widgets.has("solver.policy");
}

function fill(values, chosen) {
  for (const one of recipes.children) one.setAttribute("aria-pressed", String(one === chosen));
  state.values = {};
  for (const field of state.network.fields) {
    const value = textOf(field.key in values ? values[field.key] : field.default);
    state.values[field.key] = value;
    state.widgets.get(field.key).set(value);
  }
  later();
}

function values() {
  return Object.fromEntries([...state.widgets].map(([key, one]) => [key, one.value()]));
}

const asked = () => ({ network: state.network.name, name: name.value.trim(), dataset: dataset.value, values: values(), start: start.value, notes: notes.value });

let timer = null;
let turn = 0;
function later() {
  const now = values();
  const isCrops = kindOf(dataset.value) === "crops";
  for (const [key, one] of state.widgets) one.show(!(isCrops && OF_DISKS.includes(key)) && shows(state.network.fields.find((field) => field.key === key), now));
  clearTimeout(timer);
  timer = setTimeout(() => { preview(); drawRate(now); }, 220);
}

function clearFaults() {
  fault.hidden = true;
  for (const one of state.widgets.values()) one.fault("");
}

function tell(error) {
  const fields = error.body?.fields ?? {};
  for (const [key, text] of Object.entries(fields)) state.widgets.get(key)?.fault(text);
  const few = Object.keys(fields).length && !error.body.divide ? "Some fields need another value." : error.detail || error.message;
  fault.hidden = false;
  fault.replaceChildren(few, ...(error.body?.divide ? [" ", h("a", { href: error.body.divide }, "Divide it anew")] : []));
}

async function preview() {
  const mine = ++turn;
  try {
    const found = await api.post("/api/models/preview", asked());
    if (mine !== turn) return;
    clearFaults();
    const lines = found.runs.map((run) => run.command).join("\n");
    plan.replaceChildren(found.runs.length > 1 ? sweep(found.runs) : "", command(lines));
    go.lastChild.textContent = found.runs.length > 1 ? `Start ${plural(found.runs.length, "run")}` : "Start training";
    go.disabled = false;
  } catch (error) {
    if (mine !== turn) return;
    clearFaults();
    plan.replaceChildren();
    tell(error);
    go.disabled = true;
  }
}

function sweep(runs) {
  return h("ul", { class: "sweep" }, runs.map((run) => h("li", {}, h("strong", {}, run.name),
    h("span", { class: "soft" }, Object.entries(run.varied).map(([key, value]) => `${key.split(".").at(-1).replaceAll("_", " ")} ${value}`).join(", ")))));
}

const plot = chart(rateHost, { label: "Learning rate over the run", height: 190, x: "percent of the run",
  series: [{ label: "rate", colour: COLOURS[0] }] });
const KEYS = ["policy", "base_lr", "gamma", "step_percent", "multistep_percent", "power"];

async function drawRate(now) {
  if (rateCard.hidden) return;
  let sets = [{}];
  for (const key of KEYS) {
    const items = String(now[`solver.${key}`] ?? "").split(",").map((item) => item.trim()).filter(Boolean);
    sets = sets.flatMap((one) => items.map((item) => ({ ...one, [key]: item }))).slice(0, COLOURS.length);
  }
  try {
    const found = await Promise.all(sets.map((one) => api.get(`/api/learning-rate?${new URLSearchParams(one)}`)));
    if (!found.length) return;
    plot.series(sets.map((one, at) => ({ label: sets.length > 1 ? `run ${at + 1}` : "rate", colour: COLOURS[at] })));
    plot.set([found[0].percent, ...found.map((one) => one.rate)]);
  } catch { /* the form says what is wrong */ }
}

async function begin() {
  try {
    const made = await busy(go, api.post("/api/models", asked()));
    location.href = made.models.length > 1 ? "/models" : `/models/${part(made.models[0].name)}`;
  } catch (error) {
    if (error.body) tell(error); else fail(error);
  }
}

build();
