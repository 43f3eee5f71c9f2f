// All data sets.
import { api } from "../lib/api.js";
import { subscribe } from "../lib/events.js";
import { ago, integer, plural } from "../lib/format.js";
import { table } from "../lib/table.js";
import { confirm, fail, h, toast } from "../lib/ui.js";
import { partsBar } from "./charts.js";
import { address, clone, KINDS, SPLITS } from "./shared.js";

const STATES = {
  ready: ["good", "ready"], making: ["active", "being made"], changing: ["active", "busy"],
  unfinished: ["bad", "unfinished"], broken: ["bad", "cannot be read"],
};

function state(row) {
  const [kind, text] = STATES[row.state];
  return h("span", { class: `tag ${kind}`, title: row.problem || row.job?.message || null }, text);
}

const splitOf = (row) => SPLITS[row.split?.method] ?? (row.counts.parts && Object.keys(row.counts.parts).some(Boolean) ? "as it came" : "");

const list = table(document.getElementById("datasets"), {
  name: "datasets",
  label: "Data sets",
  columns: [
    { key: "name", title: "Name" },
    { key: "kind", title: "Kind", text: (row) => KINDS[row.kind] ?? "" },
    { key: "images", title: "Images", kind: "number", value: (row) => row.counts.images, text: (row) => integer(row.counts.images) },
    { key: "labels", title: "Labels", kind: "number", value: (row) => row.counts.labels, text: (row) => integer(row.counts.labels) },
    { key: "parts", title: "Parts", value: (row) => row.counts.parts?.train ?? 0, cell: (row) => row.counts.parts ? partsBar(row.counts.parts) : "" },
    { key: "split", title: "Divided", value: splitOf },
    { key: "regions", title: "Regions", kind: "number", hidden: true, value: (row) => row.counts.regions, text: (row) => integer(row.counts.regions) },
    { key: "days", title: "Days", hidden: true, value: (row) => row.counts.from, text: (row) => (row.counts.from ? `${row.counts.from.slice(0, 10)} to ${row.counts.to.slice(0, 10)}` : "") },
    { key: "used", title: "Used by", value: (row) => row.used_by.length, text: (row) => (row.used_by.length > 1 ? plural(row.used_by.length, "model") : row.used_by.join()) },
    { key: "state", title: "State", value: (row) => STATES[row.state][1], cell: state },
    { key: "made", title: "Made", value: (row) => row.made, text: (row) => ago(row.made) },
  ],
  facets: ["state"],
  id: (row) => row.name,
  open: (row) => address(row.name),
  sort: { key: "made", down: true },
  actions: [
    { label: "Clone", icon: "clone", enabled: (rows) => rows.length === 1 && rows[0].state === "ready", run: async ([row]) => { if (await clone(row.name)) load(); } },
    { label: "Delete", icon: "trash", danger: true, run: remove },
  ],
  empty: {
    title: "No data sets yet", icon: "datasets",
    text: "A data set is a folder of magnetograms with labels, divided into what trains and what tests. Make one from a folder, or drop files from this computer.",
    action: { label: "New data set", href: "/datasets/new" },
  },
});

async function remove(rows) {
  const names = rows.map((row) => row.name);
  const text = names.length === 1 ? "Its table, labels and copied pictures go. Pictures that it only links to stay." : `${names.join(", ")}: their tables, labels and copied pictures go.`;
  if (!(await confirm({ title: names.length === 1 ? `Delete ${names[0]}?` : `Delete ${names.length} data sets?`, text }))) return;
  let gone = 0;
  for (const name of names) {
    try { await api.del(`/api/datasets/${encodeURIComponent(name)}`); gone += 1; list.remove(name); } catch (error) { fail(error); }
  }
  if (gone) toast(`${plural(gone, "data set")} deleted`);
}

async function load() {
  try { list.set(await api.get("/api/datasets")); } catch (error) { list.fail(error, load); }
}

load();
subscribe("queue", (job) => { if (job.kind === "dataset" || job.kind === "train") load(); });
subscribe("changed", (what) => { if (what.room === "datasets") load(); });
subscribe("reload", load);
