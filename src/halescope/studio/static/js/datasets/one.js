// A data set: gallery, statistics, audit, faults, export, about.
import { api, leave, pageData } from "../lib/api.js";
import { subscribe } from "../lib/events.js";
import { duration, integer, plural } from "../lib/format.js";
import { broken, button, command, confirm, dialog, empty, fail, h, icon, loading, progress } from "../lib/ui.js";
import { about } from "./about.js";
import { audit } from "./audit.js";
import { exportPanel } from "./exports.js";
import { faults } from "./faults.js";
import { Gallery } from "./gallery.js";
import { address, clone, nameField, rest } from "./shared.js";
import { statistics } from "./statistics.js";

let dataset = pageData();
const host = document.getElementById("dataset");
const actions = document.getElementById("actions");

const TABS = {
  gallery: ["Gallery", (panel) => new Gallery(panel, dataset)],
  statistics: ["Statistics", async (panel) => panel.replaceChildren(statistics(await api.get(rest(dataset.name, "/statistics"))))],
  audit: ["Audit", async (panel) => panel.replaceChildren(audit(await audited(), dataset))],
  faults: ["Faults", async (panel) => faults(panel, await linted(), dataset, () => { checked.faults = null; checks(); })],
  export: ["Export", (panel) => panel.replaceChildren(exportPanel(dataset))],
  about: ["About", async (panel) => panel.replaceChildren(about(await api.get(rest(dataset.name))))],
};
const checked = { audit: null, faults: null };
const audited = () => (checked.audit ??= api.get(rest(dataset.name, "/audit")));
const linted = () => (checked.faults ??= api.get(rest(dataset.name, "/lint")));

function head() {
  const first = dataset.kind === "disks";
  const ready = dataset.state === "ready" || dataset.state === "changing";
  const more = h("div", { class: "menu" });
  const list = h("div", { class: "menu-list", hidden: true },
    ready && h("button", { type: "button", onclick: rename }, icon("edit"), "Rename"),
    ready && h("button", { type: "button", onclick: async () => { const name = await clone(dataset.name).catch(fail); if (name) location.href = address(name); } }, icon("clone"), "Clone"),
    h("button", { type: "button", class: "danger-line", onclick: remove }, icon("trash"), "Delete"));
  const toggle = button("More", { icon: "down", "aria-expanded": "false", onclick: () => { list.hidden = !list.hidden; toggle.setAttribute("aria-expanded", String(!list.hidden)); } });
  more.append(toggle, list);
  document.addEventListener("click", (event) => { if (!more.contains(event.target)) list.hidden = true; });
  more.addEventListener("keydown", (event) => { if (event.key === "Escape") { list.hidden = true; toggle.focus(); } });
  const isLabelled = dataset.kind !== "disks" || dataset.counts.labels > 0;
  actions.replaceChildren(...[
    ready && first && h("a", { class: isLabelled ? "button" : "button primary", id: "label-first", href: "#" }, icon("label"), "Label"),
    ready && h("a", { class: isLabelled ? "button primary" : "button", href: `/models/new?dataset=${encodeURIComponent(dataset.name)}` }, icon("models"), "Train on it"),
    more].filter(Boolean));
  const link = document.getElementById("label-first");
  if (link) api.get(rest(dataset.name, "/images?size=1")).then((found) => { if (found.images[0]?.links.label) link.href = found.images[0].links.label; }, () => {});
}

async function rename() {
  let name = null;
  const answer = await dialog({ title: `Rename ${dataset.name}`, body: [nameField(dataset.name, "New name")], action: "Rename",
    check: async (values) => { name = (await api.patch(rest(dataset.name), { name: values.get("name").trim() })).name; } });
  if (answer) location.href = address(name);
}

async function remove() {
  const text = dataset.used_by.length ? `${dataset.used_by.join(", ")} trained on it, so it will be refused.` : "Its table, labels and copied pictures go. Pictures that it only links to stay.";
  if (!(await confirm({ title: `Delete ${dataset.name}?`, text }))) return;
  try { await api.del(rest(dataset.name)); leave("/datasets"); } catch (error) { fail(error); }
}

function ready() {
  const bar = h("div", { class: "tabs", role: "tablist", "aria-label": "Of this data set" });
  const panels = h("div", { class: "panels" });
  for (const [key, [title]] of Object.entries(TABS)) {
    bar.append(h("button", { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `panel-${key}`, onclick: () => { location.hash = key === "gallery" ? "" : key; } }, title, h("span", { class: "badge", hidden: true })));
    panels.append(h("section", { role: "tabpanel", id: `panel-${key}`, "aria-labelledby": `tab-${key}`, hidden: true }));
  }
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const all = [...bar.children];
    all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
    event.preventDefault();
  });
  host.replaceChildren(h("div", { class: "stack" }, dataset.state === "changing" ? working() : null, bar, panels));
  const built = new Set();
  const show = async () => {
    const key = location.hash.slice(1) in TABS ? location.hash.slice(1) : "gallery";
    for (const one of Object.keys(TABS)) {
      document.getElementById(`tab-${one}`).setAttribute("aria-selected", String(one === key));
      document.getElementById(`tab-${one}`).tabIndex = one === key ? 0 : -1;
      document.getElementById(`panel-${one}`).hidden = one !== key;
    }
    if (built.has(key)) return;
    built.add(key);
    const panel = document.getElementById(`panel-${key}`);
    panel.replaceChildren(loading(5));
    try { await TABS[key][1](panel); } catch (error) {
      if (key in checked) checked[key] = null;
      panel.replaceChildren(broken(error, () => { built.delete(key); show(); }));
    }
  };
  window.addEventListener("hashchange", show);
  show();
  checks();
}

// Marks on the tabs: where it leaks, how many faults.
function checks() {
  const mark = (key, text, kind, title) => {
    const badge = document.querySelector(`#tab-${key} .badge`);
    badge.textContent = text;
    badge.className = `badge ${kind}`;
    badge.hidden = !text;
    badge.title = title;
  };
  if (dataset.counts.labels > 60000) return; // takes seconds: when its tab is opened
  audited().then((found) => mark("audit", { leaks: "leaks", clean: "clean", undivided: "", unsure: "?", unknown: "" }[found.verdict], { leaks: "bad", clean: "good" }[found.verdict] ?? "warn", found.text), () => {});
  linted().then((found) => mark("faults", found.total ? integer(found.total) : "", "warn", plural(found.total, "fault")), () => {});
}

function working() {
  const { job } = dataset;
  const bar = progress(null);
  const text = h("span", { class: "soft small", role: "status" }, job.state === "queued" ? "waits for its turn" : "begins");
  const stop = button("Stop", { icon: "stop", onclick: () => api.post(`/api/jobs/${job.id}/abort`).catch(fail) });
  const tell = (told) => {
    const p = told.progress;
    if (told.state !== "running" || !p) return;
    bar.set(p.total ? p.done / p.total : null);
    text.textContent = `${p.title}: ${integer(p.done)}${p.total ? ` of ${integer(p.total)}` : ""}${p.left ? `, ${duration(p.left)} left` : ""}`;
  };
  tell(job);
  subscribe("progress", (told) => { if (told.id === job.id) tell(told); });
  return h("div", { class: "card stack making" }, h("div", { class: "row" }, h("h2", { class: "grow" }, job.title), h("a", { class: "button quiet", href: `/jobs/${job.id}` }, "Log"), stop), bar, text, command(job.command));
}

function draw() {
  head();
  if (dataset.state === "making") host.replaceChildren(dataset.job ? working() : loading());
  else if (dataset.state === "unfinished") {
    const said = dataset.job?.message;
    host.replaceChildren(h("div", { class: "stack" },
      h("div", { class: "state bad", role: "alert" }, icon("warn"), h("h3", {}, dataset.job?.state === "aborted" ? "It was stopped before it was made" : "It could not be made"),
        said && h("p", { class: "mono small" }, said.split("\n").at(-1)),
        h("div", { class: "buttons" }, dataset.job && h("a", { class: "button", href: `/jobs/${dataset.job.id}` }, "Whole log"), h("a", { class: "button primary", href: `/datasets/new?again=${encodeURIComponent(dataset.name)}` }, "Try again"))),
      dataset.job ? command(dataset.job.command) : null));
  } else if (dataset.state === "broken") host.replaceChildren(broken({ title: "Its table cannot be read", detail: dataset.problem }, refresh));
  else if (!dataset.counts.images) host.replaceChildren(empty({ title: "An empty data set", text: "Its table lists no image.", icon: "datasets" }));
  else ready();
}

async function refresh() {
  try {
    const state = dataset.state;
    dataset = await api.get(rest(dataset.name));
    if (dataset.state !== state || dataset.state === "broken") draw();
  } catch (error) { fail(error); }
}

draw();
subscribe("queue", (job) => { if (job.subject === `datasets/${dataset.name}`) refresh(); });
subscribe("reload", refresh);
if (dataset.state === "making" || dataset.state === "changing") {
  const timer = setInterval(() => { if (["making", "changing"].includes(dataset.state)) refresh(); else clearInterval(timer); }, 3000);
}
