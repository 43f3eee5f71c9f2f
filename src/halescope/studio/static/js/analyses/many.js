/* An analysis of many images: the job, a gallery, one catalogue. */
import { api, leave, pageData, part } from "../lib/api.js";
import { duration, level, number, plural, time } from "../lib/format.js";
import { subscribe } from "../lib/events.js";
import { table } from "../lib/table.js";
import { broken, button, className, command, confirm, empty, fail, h, icon, loading, progress, stateTag } from "../lib/ui.js";
import { againButton } from "./again.js";
import { place, share } from "./detail.js";

const data = pageData();
const at = (id) => document.getElementById(id);
const address = `/api/analyses/${part(data.id)}`;
const MORE = 60;
let images = [];
let shown = MORE;
let order = "time";
let state = "";

const ORDERS = {
  time: ["Time", (a, b) => a.time.localeCompare(b.time) || a.image.localeCompare(b.image)],
  regions: ["Most regions", (a, b) => b.regions - a.regions],
  complex: ["Most complex", (a, b) => b.complex - a.complex],
};

function drawSort() {
  at("sort").replaceChildren(...Object.entries(ORDERS).map(([key, [words]]) => h("button", { type: "button", "aria-pressed": String(key === order),
    onclick: () => { order = key; drawSort(); drawGallery(); } }, words)));
}

function tile(image) {
  const count = {};
  for (const name of image.classes) count[level(name)] = (count[level(name)] ?? 0) + 1;
  const picture = image.overlay ? `${address}/thumbnail.jpg?image=${part(image.stem)}`
    : image.picture && `/api/pictures/thumbnail.jpg?side=360&path=${part(image.picture)}`;
  return h("a", { class: "tile analysis-tile", href: `/analyses/${part(data.id)}?image=${part(image.stem)}` },
    picture ? h("img", { src: picture, alt: "", loading: "lazy", width: 220, height: 228 }) : h("div", { class: "analysis-blank" }),
    h("div", { class: "analysis-caption" },
      h("span", { class: "grow" }, image.time ? time(image.time) : image.image),
      ["alpha", "beta", "complex"].filter((name) => count[name]).map((name) => h("span", { class: "analysis-count", title: `${count[name]} ${name}` }, h("span", { class: `dot ${name}` }), String(count[name]))),
      image.regions ? null : h("span", { class: "soft" }, "no regions")));
}

function drawGallery() {
  const list = [...images].sort(ORDERS[order][1]);
  const more = list.length > shown
    ? button(`Show ${Math.min(MORE, list.length - shown)} more of ${list.length}`, { onclick: () => { shown += MORE; drawGallery(); } }) : null;
  const nothing = state === "done" ? empty({ title: "No image was analysed", icon: "warn" }) : loading(3);
  at("gallery").replaceChildren(list.length ? h("div", { class: "gallery analysis-gallery" }, list.slice(0, shown).map(tile)) : nothing, ...(more ? [h("p", { class: "analysis-more" }, more)] : []));
}

const regions = table(at("regions"), {
  name: "analysis-many", label: "Regions of all images", sort: { key: "time", down: false },
  id: (row) => `${row.stem} ${row.region}`, open: (row) => `/analyses/${part(data.id)}?image=${part(row.stem)}`,
  facets: ["class"],
  columns: [
    { key: "image", title: "Image" }, { key: "time", title: "Observed, UTC", text: (row) => time(row.time) },
    { key: "region", title: "#", kind: "number" },
    { key: "class", title: "Class", text: (row) => row.class, cell: (row) => className(row.class, level(row.class)) },
    { key: "p_class", title: "p", kind: "number", text: (row) => share(row.p_class) },
    { key: "p_complex", title: "p complex", kind: "number", text: (row) => share(row.p_complex) },
    { key: "place", title: "Place", value: place },
    { key: "area_msh", title: "Area, MSH", kind: "number", text: (row) => number(row.area_msh, 3) },
    { key: "score", title: "Score", kind: "number", text: (row) => share(row.score) },
    { key: "flags", title: "Flags", hidden: true },
  ],
  empty: { title: "No regions", icon: "ok" },
});

// What was not taken when the files were sent; known to this tab alone.
const refused = JSON.parse(sessionStorage.getItem(`refused ${data.id}`) ?? "[]");

function drawFailures(found) {
  const failures = [...refused.map(({ name, reason }) => ({ message: `${name}: ${reason}` })), ...found];
  at("failures").hidden = !failures.length;
  at("failures").replaceChildren(h("details", { class: "notice warn" },
    h("summary", {}, `${plural(failures.length, "file")} could not be analysed`),
    h("ul", { class: "evidence small" }, failures.map((entry) => h("li", {}, entry.message)))));
}

function drawJob(job) {
  const host = at("job");
  host.hidden = !job || job.state === "done";
  if (host.hidden) return;
  const bar = progress(null);
  const told = job.progress;
  if (told?.total) bar.set(told.done / told.total);
  const left = told?.left ?? told?.eta ?? null;
  const words = told?.total ? `${told.done} of ${told.total} images${left ? `, ${duration(left)} left` : ""}` : job.state;
  host.replaceChildren(h("div", { class: "card analysis-job" },
    h("div", { class: "row" }, stateTag(job.state), h("span", { class: "grow soft" }, words), h("a", { href: job.links.page }, "Log")),
    job.state === "running" || job.state === "queued" ? bar : null,
    job.message && job.state !== "running" ? h("pre", { class: "log" }, job.message) : null));
}

function actions(found) {
  const list = [["csv", "CSV"], ["ecsv", "ECSV"], ["json", "JSON"], ["vot", "VOTable"]].map(([kind, words]) =>
    h("a", { class: "button", href: found.links[kind], download: "" }, icon("download"), words));
  const crops = h("a", { class: "button", href: `${address}/crops.zip`, download: "" }, icon("download"), "Crops");
  const gone = button("", { icon: "trash", kind: "square danger", title: "Delete this analysis", onclick: async () => {
    if (!await confirm({ title: "Delete this analysis?", text: "What was found, overlays, crops and uploads go; pictures that were picked from folders stay." })) return;
    try { await api.del(address); leave("/analyse"); } catch (error) { fail(error); }
  } });
  const timed = images.filter((image) => image.time).length;
  const follow = timed > 1 && state === "done"
    ? [h("a", { class: "button", href: `/regions/${part(data.id)}` }, icon("regions"), "Regions in time")] : [];
  const again = state === "done" ? [againButton({ id: data.id, networks: data.networks, told: () => found })] : [];
  at("actions").replaceChildren(...follow, ...again, ...(images.length ? [...list, crops] : []), gone);
}

async function load() {
  try {
    const found = await api.get(address);
    state = found.state;
    images = await api.get(`${address}/images`);
    actions(found);
    drawFailures(found.failures);
    drawGallery();
    at("regions").closest("section").hidden = !images.length && state !== "done";
    regions.set(await api.get(`${address}/regions`));
    if (found.job && state !== "done") {
      try { drawJob(await api.get(`/api/jobs/${part(found.job)}`)); } catch { drawJob(null); }
    } else drawJob(null);
  } catch (error) {
    at("gallery").replaceChildren(broken(error, load));
  }
}

let waiting = null;
function soon() {
  waiting ??= setTimeout(() => { waiting = null; load(); }, 1500);
}
const mine = (job) => job.subject === `analyses/${data.id}`;
subscribe("progress", (job) => { if (mine(job)) { drawJob(job); soon(); } });
subscribe("queue", (job) => { if (mine(job)) { drawJob(job); soon(); } });
subscribe("reload", load);
drawSort();
if (data.command) at("command").replaceChildren(command(data.command));
load();
