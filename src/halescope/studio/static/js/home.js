// The first page: what runs, what there is, how much room is left.
import { api, part } from "./lib/api.js";
import { subscribe } from "./lib/events.js";
import { ago, bytes, duration, integer, number, plural, time } from "./lib/format.js";
import { table } from "./lib/table.js";
import { button, confirm, fail, h, icon, progress, stateTag, toast } from "./lib/ui.js";

const $ = (id) => document.getElementById(id);
const ACTIVE = ["queued", "running"];

// ---- What runs
const jobs = new Map();
const drawn = new Map();

function runningCard(job) {
  const bar = progress();
  const title = h("a", { class: "run-title", href: job.links.page }, job.title);
  const tag = h("span");
  const note = h("p", { class: "small soft" });
  const stop = button("", { icon: "stop", kind: "quiet square", title: `Abort ${job.title}`, onclick: () => abort([jobs.get(job.id)]) });
  const card = h("article", { class: "card run" }, h("div", { class: "row" }, h("h3", { class: "grow" }, title), tag, stop), bar, note);
  card.update = (now) => {
    const told = now.progress;
    tag.replaceChildren(now.abort && ACTIVE.includes(now.state) ? h("span", { class: "tag warn" }, "ending") : stateTag(now.state));
    bar.set(now.state === "queued" ? 0 : told?.total ? told.done / told.total : null);
    stop.disabled = !now.can_abort;
    const parts = now.state === "queued" ? ["waits for its turn"] : [
      told?.title, told?.total ? `${integer(told.done)} of ${integer(told.total)}` : told?.done ? integer(told.done) : null,
      told?.left != null ? `${duration(told.left)} left` : now.started ? `for ${duration(Date.now() / 1000 - now.started)}` : null];
    note.textContent = parts.filter(Boolean).join(" · ");
  };
  card.update(job);
  return card;
}

function drawRunning() {
  const active = [...jobs.values()].filter((job) => ACTIVE.includes(job.state)).reverse();
  const host = $("running");
  const wanted = new Set(active.map((job) => job.id));
  for (const [id, card] of drawn) if (!wanted.has(id)) { card.remove(); drawn.delete(id); }
  for (const job of active) {
    if (drawn.has(job.id)) drawn.get(job.id).update(job);
    else { const card = runningCard(job); drawn.set(job.id, card); host.append(card); }
  }
  $("idle").hidden = active.length > 0;
  $("running-count").textContent = active.length ? plural(active.length, "job") : "";
}

setInterval(drawRunning, 5000);

async function each(rows, done, act) {
  let count = 0;
  for (const row of rows) {
    try { await act(row); count += 1; } catch (error) { fail(error); }
  }
  if (count) toast(`${done} ${plural(count, "entry", "entries")}`);
}

const abort = (rows) => each(rows.filter((row) => row.can_abort), "Asked to end:", (row) => api.post(`/api/jobs/${part(row.id)}/abort`));

// ---- Tables
const named = (key, title, more = {}) => ({ key, title, ...more });
const count = (key, title, more = {}) => named(key, title, { kind: "number", text: (row) => integer(row[key]), ...more });
const when = (key, title, more = {}) => named(key, title, { text: (row) => ago(row[key]),
  cell: (row) => h("span", { title: `${time(row[key])} UTC` }, ago(row[key])), ...more });
const counted = (key, title) => count(key, title, { value: (row) => row.counts?.[key], text: (row) => integer(row.counts?.[key]) });
const ORIGINS = { run: "trained here", models: "models/", shipped: "shipped" };

function remover(what, many, address, note) {
  return { label: "Delete", icon: "trash", danger: true, run: async (rows) => {
    const names = rows.slice(0, 4).map((row) => row.title ?? row.name ?? row.id).join(", ") + (rows.length > 4 ? ` and ${rows.length - 4} more` : "");
    if (await confirm({ title: `Delete ${plural(rows.length, what, many)}?`, text: `${names}. ${note}` })) {
      await each(rows, "Deleted:", (row) => api.del(address(row)));
      load();
    }
  } };
}

const TABS = [
  { key: "analyses", title: "Analyses", address: "/api/analyses", options: {
    columns: [
      named("title", "Picture"),
      named("time", "Time of the picture", { text: (row) => time(row.time) }),
      count("regions", "Regions"), count("images", "Pictures"),
      named("detector", "Detector", { hidden: true }), named("classifier", "Classifier", { hidden: true }),
      named("state", "State", { cell: (row) => stateTag(row.state) }), when("made", "Made"),
    ],
    id: (row) => row.id, open: (row) => `/analyses/${part(row.id)}`, facets: [], sort: { key: "made", down: true },
    actions: [remover("analysis", "analyses", (row) => `/api/analyses/${part(row.id)}`, "Pictures that lie elsewhere stay.")],
    empty: { title: "No analysis yet", icon: "analyse", text: "Drop a magnetogram to see its active regions, their classes and measures.", action: { label: "Analyse a file", href: "/analyse" } },
  } },
  { key: "datasets", title: "Data sets", address: "/api/datasets", options: {
    columns: [
      named("name", "Name"), named("kind", "Kind"),
      counted("images", "Pictures"), counted("labels", "Labels"), counted("regions", "Regions"),
      named("from", "From", { hidden: true }), named("notes", "Notes", { hidden: true }),
      named("used", "Used by", { value: (row) => (row.used_by ?? []).join(", ") }),
      named("state", "State", { cell: (row) => h("span", { class: `tag ${{ ready: "good", broken: "bad" }[row.state] ?? "active"}` }, row.state) }), when("made", "Made"),
    ],
    id: (row) => row.name, open: (row) => `/datasets/${part(row.name)}`, sort: { key: "name", down: false },
    actions: [remover("data set", "data sets", (row) => `/api/datasets/${part(row.name)}`, "Pictures that are copied there and labels go with it; a data set that a model uses stays.")],
    empty: { title: "No data set yet", icon: "datasets", text: "A folder of magnetograms with labels, or without any to be labelled here.", action: { label: "New data set", href: "/datasets/new" } },
  } },
  { key: "models", title: "Models", address: "/api/models", options: {
    columns: [
      named("name", "Name"), named("title", "Network"), named("origin", "From", { text: (row) => ORIGINS[row.origin] ?? row.origin }), named("dataset", "Data set"),
      named("state", "State", { cell: (row) => (row.state ? stateTag(row.state) : h("span", { class: "soft" }, row.default ? "default" : "")) }),
      count("epochs", "Epochs", { value: (row) => row.epochs?.done, text: (row) => integer(row.epochs?.done || null) }),
      named("best", "Best", { kind: "number", value: (row) => row.best?.value, text: (row) => number(row.best?.value) }),
      named("ended", "Ended", { hidden: true, text: (row) => time(row.ended) }),
    ],
    id: (row) => `${row.origin}/${row.name}`, open: (row) => (row.origin === "shipped" ? null : `/models/${part(row.name)}`), facets: ["origin"], sort: { key: "origin", down: false },
    actions: [{ ...remover("model", "models", (row) => `/api/models/${part(row.name)}`, "Curves and snapshots go with it."), enabled: (rows) => rows.every((row) => row.origin !== "shipped") }],
    empty: { title: "No model yet", icon: "models", text: "Train a network on a data set and watch its curves.", action: { label: "New model", href: "/models/new" } },
  } },
  { key: "jobs", title: "Jobs", address: "/api/jobs", options: {
    columns: [
      named("title", "Job"), named("kind", "Kind"), named("state", "State", { cell: (row) => stateTag(row.state) }),
      when("made", "Asked for"), named("took", "Took", { kind: "number", value: (row) => (row.started && row.ended ? row.ended - row.started : null),
        text: (row) => (row.started && row.ended ? duration(row.ended - row.started) : "") }),
      count("attempt", "Attempts", { hidden: true }), named("subject", "Makes", { hidden: true }),
    ],
    id: (row) => row.id, open: (row) => row.links.page, facets: ["state", "kind"], sort: { key: "made", down: true },
    actions: [
      { label: "Abort", icon: "stop", enabled: (rows) => rows.some((row) => row.can_abort), run: abort },
      { label: "Resume", icon: "play", enabled: (rows) => rows.some((row) => row.can_resume),
        run: (rows) => each(rows.filter((row) => row.can_resume), "Queued again:", (row) => api.post(`/api/jobs/${part(row.id)}/resume`)) },
      { ...remover("job", "jobs", (row) => `/api/jobs/${part(row.id)}`, "Logs go; what the jobs made stays."), enabled: (rows) => rows.every((row) => !ACTIVE.includes(row.state)) },
    ],
    empty: { title: "Nothing has run yet", icon: "play", text: "What you start here runs as a command of its own and is listed." },
  } },
];

const tables = new Map();

function show(key, focus = false) {
  for (const tab of TABS) {
    const isIt = tab.key === key;
    const knob = $(`tab-${tab.key}`);
    knob.setAttribute("aria-selected", String(isIt));
    knob.tabIndex = isIt ? 0 : -1;
    $(`panel-${tab.key}`).hidden = !isIt;
    if (isIt && focus) knob.focus();
  }
  history.replaceState(null, "", `#${key}`);
  tables.get(key)?.draw(true);
}

function build() {
  for (const [at, tab] of TABS.entries()) {
    const shown = h("span", { class: "tab-count" });
    const knob = h("button", { type: "button", role: "tab", id: `tab-${tab.key}`, "aria-controls": `panel-${tab.key}`,
      onclick: () => show(tab.key), onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) show(TABS[(at + step + TABS.length) % TABS.length].key, true);
      } }, tab.title, shown);
    $("tabs").append(knob);
    const panel = h("div", { role: "tabpanel", id: `panel-${tab.key}`, "aria-labelledby": knob.id });
    $("panels").append(panel);
    const made = table(panel, { name: `home-${tab.key}`, label: tab.title, facets: [], ...tab.options });
    made.tell = (rows) => { shown.textContent = rows.length ? integer(rows.length) : ""; };
    tables.set(tab.key, made);
  }
  const wanted = location.hash.slice(1);
  show(TABS.some((tab) => tab.key === wanted) ? wanted : "analyses");
}

async function loadTab(tab) {
  const made = tables.get(tab.key);
  try {
    const rows = await api.get(tab.address);
    if (tab.key === "jobs") {
      jobs.clear();
      for (const job of rows) jobs.set(job.id, job);
      drawRunning();
    }
    made.set(rows);
    made.tell(rows);
  } catch (error) {
    made.fail(error, () => loadTab(tab));
  }
}

// ---- Room on the disk
async function loadDisk() {
  const host = $("disk");
  try {
    const { path, disk } = await api.get("/api/workspace");
    const parts = Object.entries(disk.folders).filter(([, used]) => used > 0).sort((a, b) => b[1] - a[1]);
    const all = disk.used + disk.free;
    const bar = h("div", { class: "disk-bar", role: "img", "aria-label": `${bytes(disk.used)} used by the workspace, ${bytes(disk.free)} free` },
      parts.map(([name, used]) => h("i", { class: `disk-${name}`, style: { "flex-basis": `${Math.max(0.4, (used / all) * 100)}%` }, title: `${name}: ${bytes(used)}` })));
    const keys = h("ul", { class: "disk-keys" }, parts.map(([name, used]) => h("li", {}, h("i", { class: `disk-${name}` }), `${name} `, h("b", {}, bytes(used)))));
    const isTight = disk.free < 2e9;
    host.replaceChildren(h("div", { class: "row" }, h("p", { class: "grow" }, h("b", {}, bytes(disk.used)), " in ", h("code", {}, path)),
      h("p", { class: isTight ? "tag warn" : "soft small" }, `${bytes(disk.free)} free`)), bar, keys);
  } catch (error) {
    host.replaceChildren(h("p", { class: "soft" }, icon("warn"), ` ${error.detail || error.message}`));
  }
}

function load() {
  for (const tab of TABS) loadTab(tab);
  loadDisk();
}

function heard(job) {
  if (job.state === "deleted") { jobs.delete(job.id); tables.get("jobs").remove(job.id); } else { jobs.set(job.id, job); tables.get("jobs").patch(job); }
  tables.get("jobs").tell([...jobs.values()]);
  drawRunning();
}

build();
load();
subscribe("queue", heard);
subscribe("progress", (job) => { jobs.set(job.id, job); drawRunning(); });
subscribe("changed", ({ room }) => {
  const tab = TABS.find(({ key }) => key === (room === "runs" ? "models" : room));
  if (tab) loadTab(tab);
  loadDisk();
});
subscribe("reload", load);
