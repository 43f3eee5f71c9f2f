/* An analysis of one image: the disk with its boxes, the table beside it, each region's evidence. */
import { api, leave, pageData, part } from "../lib/api.js";
import { level, number, plural, symbol } from "../lib/format.js";
import { table } from "../lib/table.js";
import { Viewer } from "../lib/viewer.js";
import { busy, button, className, command, confirm, empty, fail, h, icon, toast } from "../lib/ui.js";
import { againButton } from "./again.js";
import { Comparison, partners } from "./compare.js";
import { cropOf, detail, place, share } from "./detail.js";

const data = pageData();
const at = (id) => document.getElementById(id);
const address = `/api/analyses/${part(data.id)}`;
const which = data.image ? `?image=${part(data.image)}` : "";
let found = null;
let regions = null;
let pairs = new Map();

const viewer = new Viewer(at("viewer"), { label: "Magnetogram with its regions" });
const page = {
  id: data.id, image: data.image, networks: data.networks, viewer, boxes, show,
  get picture() { return found.picture; },
  get time() { return found.time || null; },
  changed() {
    pairs = comparison.isOn ? partners(found.regions, comparison.rows) : new Map();
    drawTable();
  },
};
const comparison = new Comparison(page);

function boxes(rows, doubted) {
  return rows.map((row) => ({ ...row, id: row.region, doubted: doubted.includes(row.region) }));
}

function noaaOf(region) {
  const numbers = found.noaa?.regions[region];
  return numbers ? found.noaa.marks.filter((mark) => numbers.includes(mark.number)) : null;
}

function show(row, told) {
  at("detail").replaceChildren(detail(row, told));
}

function showRegion(id) {
  const row = found.regions.find((entry) => entry.region === id);
  light();
  if (!row) {
    at("detail").replaceChildren(found.regions.length
      ? h("p", { class: "soft small analysis-hint" }, "Choose a region in the picture or the table; N and P go through them. G shows the grid, [ and ] change the clip.")
      : empty({ title: "No regions", text: "Nothing on this image is an active region to the detector, which is a normal answer.", icon: "ok" }));
    return;
  }
  show(row, { words: found.words[id] ?? [], noaa: noaaOf(id), crop: cropOf(data.id, data.image, id), doubted: found.doubted.includes(id) });
}

// ---- the table, linked both ways ----

function columns() {
  const listed = found.noaa ? [{ key: "noaa", title: "NOAA", value: (row) => (noaaOf(row.region) ?? []).map((mark) => `${mark.number} ${symbol(mark.class)}`).join(", ") }] : [];
  const other = comparison.isOn ? [{ key: "other", title: "Beside", value: (row) => pairs.get(row.region)?.class ?? "",
    cell: (row) => (pairs.has(row.region) ? className(pairs.get(row.region).class, level(pairs.get(row.region).class)) : h("span", { class: "soft" }, "not found")) }] : [];
  const hidden = (key, title) => ({ key, title, kind: "number", hidden: true, text: (row) => number(row[key], 4) });
  return [
    { key: "region", title: "#", kind: "number" },
    { key: "class", title: "Class", cell: (row) => className(row.class + (found.doubted.includes(row.region) ? "?" : ""), level(row.class)) },
    ...other,
    { key: "p_class", title: "p", kind: "number", text: (row) => share(row.p_class) },
    { key: "place", title: "Place", value: place },
    ...listed,
    { key: "area_msh", title: "MSH", kind: "number", text: (row) => number(row.area_msh, 3), hidden: Boolean(listed.length || other.length) },
    { key: "score", title: "Score", kind: "number", text: (row) => share(row.score), hidden: true },
    hidden("hgs_lon", "Longitude"), hidden("hgs_lat", "Latitude"), hidden("mu", "μ"),
    hidden("p_alpha", "p alpha"), hidden("p_beta", "p beta"), hidden("p_complex", "p complex"),
    hidden("flux_unsigned", "Flux, Mx"), hidden("pil_mm", "Inversion lines, Mm"),
    { key: "flags", title: "Flags", hidden: true },
  ];
}

function drawTable() {
  const extra = `${found.noaa ? "-noaa" : ""}${comparison.isOn ? "-beside" : ""}`;
  regions = table(at("table"), {
    name: `regions-of-one${extra}`, label: "Regions", sort: { key: "region", down: false }, id: (row) => String(row.region),
    open: () => (row) => { viewer.boxes.select(row.region, { show: true }); }, columns: columns(),
    empty: { title: "No regions", icon: "ok" },
  });
  regions.set(found.regions);
  light();
}

function light() {
  for (const line of at("table").querySelectorAll("tr[data-id]")) {
    line.classList.toggle("is-lit", line.dataset.id === String(viewer.boxes.selected));
  }
  const line = at("table").querySelector("tr.is-lit");
  const scroll = at("table").querySelector(".table-scroll");
  if (!line) return;
  const top = line.offsetTop - 36;
  if (top < scroll.scrollTop) scroll.scrollTop = top;
  else if (top + 2 * 36 > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = top + 2 * 36 - scroll.clientHeight;
}

at("table").addEventListener("mouseover", (event) => {
  const id = event.target.closest("tr[data-id]")?.dataset.id;
  viewer.boxes.light(id ? Number(id) : null);
});
at("table").addEventListener("mouseleave", () => viewer.boxes.light(null));
at("table").addEventListener("click", () => setTimeout(light));
viewer.boxes.on("select", showRegion);
// Its letters work before anything on the page is chosen; arrows scroll then.
document.addEventListener("keydown", (event) => {
  if (event.target === document.body && /^[npglb[\]]$/i.test(event.key)) viewer.key(event);
});
viewer.boxes.on("hover", (id) => {
  for (const line of at("table").querySelectorAll("tr[data-id]")) line.classList.toggle("is-near", line.dataset.id === String(id));
});

// ---- actions ----

function actions() {
  const compare = button("Compare with 2020", { icon: "compare", title: "Beside the two networks of the 2020 paper", "aria-pressed": "false", disabled: !found.picture,
    onclick: async () => {
      compare.setAttribute("aria-pressed", String(!comparison.isOn));
      await busy(compare, comparison.toggle());
    } });
  const why = button(found.links.explain ? "Explanation" : "Explain", { icon: "info", disabled: !found.picture && !found.links.explain,
    onclick: () => busy(why, explain(why)) });
  const file = h("input", { class: "visually-hidden", type: "file", "aria-label": "Solar Region Summary", tabIndex: -1,
    onchange: () => { if (file.files[0]) busy(noaa, compareNoaa(file.files[0])); file.value = ""; } });
  const noaa = button("NOAA", { icon: "plus", title: "Mark NOAA's regions from a Solar Region Summary: raw text, or the table as CSV",
    onclick: () => file.click() });
  const list = h("div", { class: "menu-list", hidden: true }, [
    ["csv", "Catalogue, CSV"], ["ecsv", "Catalogue, ECSV"], ["json", "Catalogue, JSON"], ["vot", "Catalogue, VOTable"],
    ["overlay", "Overlay, PNG"], ["crops", "Crops, ZIP"], ["explain", "Explanation, PNG"],
  ].filter(([kind]) => found.links[kind]).map(([kind, words]) => h("a", { href: found.links[kind], download: kind === "overlay" || kind === "explain" ? `${found.stem}-${kind}.png` : "" }, icon("download"), words)));
  const download = button("Download", { icon: "download", "aria-expanded": "false",
    onclick: () => { list.hidden = !list.hidden; download.setAttribute("aria-expanded", String(!list.hidden)); } });
  const menu = h("div", { class: "menu", onkeydown: (event) => { if (event.key === "Escape") { list.hidden = true; download.focus(); } } }, download, list);
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) list.hidden = true; });
  const gone = button("", { icon: "trash", kind: "square danger", title: "Delete this analysis", onclick: remove });
  const again = againButton({ id: data.id, image: data.image, networks: data.networks, told: () => found });
  at("actions").replaceChildren(compare, again, why, noaa, file, menu, ...(data.many ? [] : [gone]));
}

async function explain(why) {
  try {
    if (!found.links.explain) found = await api.post(`${address}/explain${which}`);
    why.lastChild.textContent = "Explanation";
    showExplanation(true);
    showRegion(viewer.boxes.selected);
    actions();
  } catch (error) { fail(error); }
}

function showExplanation(scroll = false) {
  if (!found.links.explain) return;
  at("explanation").hidden = false;
  at("explanation-link").href = found.links.explain;
  at("explanation-picture").src = found.links.explain;
  if (scroll) at("explanation").scrollIntoView({ behavior: "smooth", block: "start" });
}

async function compareNoaa(file) {
  const form = new FormData();
  form.append("file", file, file.name);
  try {
    found = await api.post(`${address}/noaa${which}`, form);
    showNoaa();
    drawTable();
    showRegion(viewer.boxes.selected);
    const { marks, extra } = found.noaa;
    const missed = marks.filter((mark) => mark.kind === "missed").length;
    toast(`${plural(marks.length, "region")} of NOAA's; ${missed} not found here, ${extra.length} of ours not listed by NOAA.`);
  } catch (error) { fail(error); }
}

function showNoaa() {
  const marks = found.noaa?.marks ?? [];
  viewer.marks(marks.map((mark) => ({ ...mark, text: String(mark.number) })));
}

async function remove() {
  if (!await confirm({ title: "Delete this analysis?", text: "What was found, overlay, crops and the upload go." })) return;
  try { await api.del(address); leave("/analyse"); } catch (error) { fail(error); }
}

// ---- begin ----

function summary() {
  const count = {};
  for (const row of found.regions) count[row.class] = (count[row.class] ?? 0) + 1;
  const classes = Object.entries(count).map(([name, n]) => `${n} ${name}`).join(", ");
  const who = [found.detector, found.classifier].filter(Boolean).join(", "); // not known before all images are done
  at("summary").textContent = `${plural(found.regions.length, "region")}${classes ? `: ${classes}` : ""}.${who ? ` By ${who}.` : ""}`;
  at("ours-head").replaceChildren(h("strong", {}, who), h("span", { class: "small soft" }, plural(found.regions.length, "region")));
}

function interrupted() {
  const running = found.state === "running" || found.state === "queued";
  const again = { label: "Analyse again", run: async () => {
    try { await api.post(`${address}/again`); location.reload(); } catch (error) { fail(error); }
  } };
  at("analysis").replaceChildren(running
    ? empty({ title: "Being analysed", text: "This page shows it as soon as it is done.", icon: "refresh" })
    : empty({ title: "Cut off", text: "The studio ended while this picture was being analysed. The picture is kept.", icon: "warn", action: again }));
  if (running) setTimeout(() => location.reload(), 2500);
}

async function start() {
  try {
    found = await api.get(`${address}${which}`);
  } catch (error) {
    fail(error);
    return;
  }
  if (!found.stem) { interrupted(); return; }
  summary();
  drawTable();
  showRegion(null);
  actions();
  showExplanation();
  if (data.command && !data.image) at("command").replaceChildren(command(data.command));
  if (!found.picture) {
    viewer.say("The image itself is not in the workspace, so that its overlay is shown.", "error");
    at("viewer").replaceChildren(h("img", { class: "explanation", src: found.links.overlay, alt: "Annotated disk" }));
    return;
  }
  viewer.boxes.set(boxes(found.regions, found.doubted));
  showNoaa();
  try { await viewer.open(found.picture, { time: found.time || null }); } catch (error) { fail(error); }
  document.body.dataset.ready = "1";
}
start();
