/* Analyse: drop or pick magnetograms. */
import { api, pageData, part } from "../lib/api.js";
import { bytes, plural, time } from "../lib/format.js";
import { subscribe } from "../lib/events.js";
import { table } from "../lib/table.js";
import { button, confirm, empty, fail, h, icon, loading, progress, stateTag } from "../lib/ui.js";
import { dropped, isOne, picked, send as sendSome, wanted } from "../lib/upload.js";
import { fill } from "./networks.js";

const data = pageData();
const at = (id) => document.getElementById(id);
const chosen = { detector: at("detector"), classifier: at("classifier") };
const asked = new URLSearchParams(location.search);
for (const [task, select] of Object.entries(chosen)) fill(select, data.networks[task], asked.get(task));

function query() {
  const values = new URLSearchParams();
  for (const [task, select] of Object.entries(chosen)) {
    const own = data.networks[task].find((network) => network.default);
    if (select.value !== own?.value) values.set(task, select.value);
  }
  if (at("time").value.trim()) values.set("time", at("time").value.trim());
  if (at("physics").checked) values.set("physics", "true");
  return values.toString();
}

// ---- sending ----

async function begin(words, send) {
  const bar = progress(0);
  const text = h("p", { class: "small soft" }, words);
  const host = at("sending");
  host.hidden = false;
  host.replaceChildren(text, bar);
  at("drop").setAttribute("aria-busy", "true");
  try {
    const answer = await send((share, line) => {
      bar.set(share < 1 ? share : null);
      text.textContent = share >= 1 ? "Analysing …" : line ?? words;
    });
    location.href = answer.links.page;
  } catch (error) {
    host.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.detail || error.message));
  } finally {
    at("drop").removeAttribute("aria-busy");
  }
}

function refuse(text) {
  at("sending").hidden = false;
  at("sending").replaceChildren(h("p", { class: "notice bad", role: "alert" }, text));
}

/** Send files, [{file, path}]: a few in one request; many some at a time, into a folder of inputs. */
function send(files) {
  const list = wanted(files);
  if (!list.length) {
    if (files.length) refuse("Nothing to analyse: the folder holds hidden files alone.");
    return;
  }
  const single = list.length === 1 ? list[0].file : null;
  if (single && single.size > data.max_upload) {
    refuse(`${single.name}, ${bytes(single.size)}, is more than the ${bytes(data.max_upload)} that one upload may hold: `
      + "put it into the workspace's folder inputs and pick it below, or start the studio with a larger --max-upload.");
    return;
  }
  const words = single ? `Sending ${single.name} …` : `Sending ${list.length} files …`;
  begin(words, isOne(list, data.max_upload) || single ? (told) => sendOnce(list, told) : (told) => sendMany(list, told));
}

function sendOnce(list, told) {
  const form = new FormData();
  for (const { file } of list) form.append("file", file, file.name);
  return api.upload(`/api/analyses?${query()}`, form, (share) => told(share));
}

async function sendMany(list, told) {
  const name = `dropped ${new Date().toISOString().slice(0, 16).replace("T", " ").replace(":", "")}`;
  // The last bit stands for the analysis that is begun then.
  const sent = await sendSome(list, { name, most: data.max_upload, tell: (share, text) => told(Math.min(share, 0.99), text) });
  if (!sent.kept) {
    const first = sent.refused[0];
    throw Object.assign(new Error(`None of ${plural(list.length, "file")} is a picture: ${first.name} ${first.reason}`), { refused: sent.refused });
  }
  told(1);
  const made = await api.post(`/api/analyses?${query()}`, { paths: [sent.path] });
  if (sent.refused.length) sessionStorage.setItem(`refused ${made.id}`, JSON.stringify(sent.refused.slice(0, 200)));
  return made;
}

const drop = at("drop");
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  try { send(await dropped(event.dataTransfer)); } catch (error) { fail(error); }
});
// A file that misses the field must not replace the page.
for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
at("files").addEventListener("change", (event) => { send(picked(event.target)); event.target.value = ""; });
at("folder").addEventListener("change", (event) => { send(picked(event.target)); event.target.value = ""; });
at("choose-files").addEventListener("click", (event) => { event.preventDefault(); at("files").click(); });
at("choose-folder").addEventListener("click", (event) => { event.preventDefault(); at("folder").click(); });
at("options").addEventListener("submit", (event) => event.preventDefault());

// ---- picking ----

async function browse(path = "") {
  const host = at("browse");
  host.replaceChildren(loading(2));
  try {
    show(host, await api.get(`/api/pictures/folder?path=${part(path)}`));
  } catch (error) {
    fail(error);
    if (path) browse("");
  }
}

function show(host, found) {
  const names = found.path.split("/").filter(Boolean);
  const bar = h("div", { class: "browse-bar" },
    found.parent !== null && button("Up", { icon: "up", kind: "quiet", onclick: () => browse(found.parent) }),
    h("span", { class: "mono grow" }, found.path || "Places to begin at"),
    found.files.length + found.folders.length > 0 && found.path
      ? button(`Analyse the folder`, { onclick: () => pick([found.path], `Queuing ${names.at(-1)} …`) }) : null);
  const folders = found.folders.map((folder) => h("button", { type: "button", class: "browse-folder", onclick: () => browse(folder.path) },
    icon("folder"), h("span", {}, folder.name)));
  const files = found.files.slice(0, 400).map((file) => h("button", { type: "button", class: "tile browse-file", title: `${file.name}, ${bytes(file.bytes)}`,
    onclick: () => pick([file.path], `Analysing ${file.name} …`) },
    h("img", { src: `/api/pictures/thumbnail.jpg?side=192&path=${part(file.path)}`, loading: "lazy", alt: "", width: 168, height: 168,
      onerror: (event) => event.target.classList.add("is-missing") }),
    h("span", { class: "caption" }, file.name)));
  const more = found.files.length > files.length || !found.is_whole
    ? h("p", { class: "small soft" }, `The first ${files.length} are shown; the whole folder can be analysed.`) : null;
  const nothing = !folders.length && !files.length
    ? empty({ title: "No pictures in this folder", text: "Put magnetograms into the workspace's folder inputs, or start the studio with --root FOLDER.", icon: "folder" }) : null;
  host.replaceChildren(bar, h("div", { class: "browse-folders" }, folders), h("div", { class: "gallery browse-files" }, files), ...[more, nothing].filter(Boolean));
}

function pick(paths, words) {
  window.scrollTo({ top: 0, behavior: "smooth" });
  begin(words, (told) => { told(1); return api.post(`/api/analyses?${query()}`, { paths }); });
}

// ---- what there is ----

const recent = table(at("recent"), {
  name: "analyses", label: "Analyses", sort: { key: "made", down: true },
  id: (row) => row.id, open: (row) => `/analyses/${part(row.id)}`,
  columns: [
    { key: "title", title: "Image" },
    { key: "time", title: "Observed, UTC", text: (row) => time(row.time) },
    { key: "images", title: "Images", kind: "number" },
    { key: "regions", title: "Regions", kind: "number" },
    { key: "detector", title: "Detector", hidden: true },
    { key: "classifier", title: "Classifier", hidden: true },
    { key: "made", title: "Made, UTC", text: (row) => time(row.made) },
    { key: "state", title: "State", cell: (row) => stateTag(row.state) },
  ],
  actions: [{ label: "Delete", icon: "trash", danger: true, run: async (rows) => {
    const text = "What was found, overlays, crops and uploads go; files that were picked from folders stay.";
    if (!await confirm({ title: `Delete ${plural(rows.length, "analysis", "analyses")}?`, text })) return;
    for (const row of rows) {
      try { await api.del(`/api/analyses/${part(row.id)}`); recent.remove(row.id); } catch (error) { fail(error); }
    }
  } }],
  empty: { title: "No analyses yet", text: "Drop a magnetogram above: its regions, their classes and an overlay come in about a second.", icon: "analyse" },
});

async function load() {
  try { recent.set(await api.get("/api/analyses")); } catch (error) { recent.fail(error, load); }
}
load();
browse();
subscribe("changed", (event) => { if (event.room === "analyses") load(); });
subscribe("reload", load);
