// Models: runs, and the networks that can be used.
import { api, pageData, part } from "./lib/api.js";
import { short, sparkline } from "./lib/chart.js";
import { subscribe } from "./lib/events.js";
import { ago, bytes, duration } from "./lib/format.js";
import { table } from "./lib/table.js";
import { confirm, fail, h, progress } from "./lib/ui.js";
import { dataName, metricText, runTag } from "./lib/runs.js";

const address = (row) => `/models/${part(row.name)}`;
const at = (row) => `/api/models/${part(row.name)}`;

async function each(rows, work) {
  for (const row of rows) {
    try { await work(row); } catch (error) { fail(error); }
  }
  await load();
}

async function remove(rows) {
  const what = rows.length === 1 ? rows[0].name : `${rows.length} of them`;
  const text = "Snapshots, curves and what was exported of them go too. Networks that Analyse uses stay.";
  if (await confirm({ title: `Delete ${what}?`, text })) await each(rows, (row) => api.del(at(row)));
}

const runs = table(document.getElementById("runs"), {
  name: "runs", label: "Runs", id: (row) => row.name, open: address, search: "Find a run",
  facets: ["state", "title"], sort: { key: "made", down: true },
  empty: { title: "No run yet", icon: "models", text: "A run trains a network on a data set of the workspace, with live curves.",
    action: { label: "New run", href: "/models/new" } },
  columns: [
    { key: "name", title: "Name" },
    { key: "title", title: "Network" },
    { key: "dataset", title: "Data set", text: (row) => dataName(row.dataset) },
    { key: "state", title: "State", cell: (row) => runTag(row) },
    { key: "epochs", title: "Epochs", value: (row) => row.epochs.done, text: (row) => (row.epochs.total ? `${row.epochs.done} of ${row.epochs.total}` : ""),
      cell: (row) => epochs(row) },
    { key: "best", title: "Best", kind: "number", value: (row) => row.best?.value, text: (row) => metricText(row.best) },
    { key: "trend", title: "Course", value: (row) => row.trend.at(-1), cell: (row) => sparkline(row.trend) },
    { key: "varied", title: "Varied", value: (row) => variedText(row), hidden: true },
    { key: "loss", title: "Last loss", kind: "number", value: (row) => row.last.loss, text: (row) => short(row.last.loss), hidden: true },
    { key: "seconds", title: "Took", kind: "number", text: (row) => duration(row.seconds), hidden: true },
    { key: "made", title: "Made", text: (row) => ago(row.made) },
  ],
  actions: [
    { label: "Stop", icon: "stop", enabled: (rows) => rows.every((row) => row.can_stop), run: (rows) => each(rows, (row) => api.post(`${at(row)}/stop`)) },
    { label: "Clone", icon: "clone", enabled: (rows) => rows.length === 1, run: async ([row]) => { location.href = `/models/new?clone=${part(row.name)}`; } },
    { label: "Delete", icon: "trash", danger: true, enabled: (rows) => rows.every((row) => !row.can_stop), run: remove },
  ],
});

const variedText = (row) => Object.entries(row.varied).map(([key, value]) => `${key.split(".").at(-1)} ${value}`).join(", ");

function epochs(row) {
  if (!row.epochs.total && row.progress == null) return "";
  const bar = progress(row.progress ?? row.epochs.done / row.epochs.total);
  return h("div", { class: "epochs" }, bar, h("span", {}, row.epochs.total ? `${row.epochs.done} of ${row.epochs.total}` : ""));
}

const networks = table(document.getElementById("networks"), {
  name: "networks", label: "Networks to use", id: (row) => row.name, open: address, search: "Find a network",
  facets: ["task"], sort: { key: "task", down: true }, empty: { title: "No network" },
  columns: [
    { key: "name", title: "Name" },
    { key: "task", title: "For" },
    { key: "title", title: "Architecture" },
    { key: "origin", title: "From", text: (row) => (row.origin === "shipped" ? "ships with halescope" : "this workspace") },
    { key: "default", title: "Default", value: (row) => Number(row.default), text: (row) => (row.default ? "yes" : "") },
    { key: "classes", title: "Classes", value: (row) => row.classes.length, text: (row) => row.classes.join(", ") },
    { key: "size", title: "Size", kind: "number", text: (row) => bytes(row.size) },
  ],
  actions: [
    { label: "Try", icon: "try", enabled: (rows) => rows.length === 1, run: async ([row]) => { location.href = `/try?network=${part(row.name)}`; } },
    { label: "Delete", icon: "trash", danger: true, enabled: (rows) => rows.every((row) => row.origin === "models"), run: remove },
  ],
});

async function load() {
  try {
    const found = await api.get("/api/models");
    runs.set(found.filter((row) => row.origin === "run"));
    networks.set(found.filter((row) => row.origin !== "run"));
  } catch (error) {
    runs.fail(error, load);
    networks.fail(error, load);
  }
}

for (const { name, fault } of pageData().faulty) {
  document.getElementById("faulty").append(h("p", { class: "notice warn" }, h("strong", {}, `models/${name} cannot be used. `), fault));
}

let waiting = null;
const soon = () => { waiting ??= setTimeout(() => { waiting = null; load(); }, 700); };
for (const kind of ["queue", "changed", "reload"]) subscribe(kind, soon);
subscribe("progress", () => { waiting ??= setTimeout(() => { waiting = null; load(); }, 2500); });
load();
