/* One series: a region's timeline, all tracks, the day, what happened. */
import { api, pageData, part } from "../lib/api.js";
import { duration, level, number, time } from "../lib/format.js";
import { subscribe } from "../lib/events.js";
import { table } from "../lib/table.js";
import { broken, button, className, command, dialog, empty, fail, h, icon, progress, stateTag } from "../lib/ui.js";
import { cropOf } from "../analyses/detail.js";
import { Timeline, moment } from "./timeline.js";

const data = pageData();
const at = (id) => document.getElementById(id);
const address = `/api/regions/${part(data.id)}`;
let found = null;
let chosen = null;
let timeline = null;

const nameOf = (row) => (row.noaa ? `NOAA ${String(row.noaa).replaceAll("|", ", ")}` : `Track ${row.track}`);
const hours = (row) => (Date.parse(row.last_seen) - Date.parse(row.first_seen)) / 3.6e6;

async function link() {
  const values = await dialog({
    title: found.linked ? "Link the regions again" : "Follow the regions", action: "Start",
    body: [
      h("p", { class: "soft" }, "Boxes of all images are linked into tracks, the class is told along each, and the day's page is written."),
      h("label", { class: "field" }, h("span", {}, "Class along a track"),
        h("select", { class: "select", name: "mode" }, h("option", { value: "filter" }, "from what was known by each image"), h("option", { value: "smooth" }, "from all images, later ones too"))),
      h("label", { class: "field" }, h("span", {}, "Solar Region Summary, if there is one"),
        h("input", { class: "input", type: "file", name: "file" }), h("span", { class: "hint" }, "NOAA's text files in one, or the table as CSV: brings NOAA's numbers and classes.")),
    ],
    check: async (form) => {
      if (!form.get("file")?.size) form.delete("file");
      await api.post(address, form);
    },
  });
  if (values) load();
}

// ---- one track ----

async function choose(track) {
  const row = found.tracks.find((entry) => entry.track === track);
  if (!row) return;
  chosen = track;
  for (const line of at("tracks").querySelectorAll("tr[data-id]")) line.classList.toggle("is-lit", line.dataset.id === String(track));
  const mine = found.events.filter((event) => event.track === track || event.other === track);
  const told = h("div", { class: "moment", role: "status" });
  const chart = h("div", { class: "timeline-host" });
  const growth = row.growth_msh_day == null ? "" : `${row.growth_msh_day < 0 ? "shrank" : "grew"} by ${number(Math.abs(row.growth_msh_day), 2)} ± ${number(row.growth_msh_day_err ?? 0, 1)} MSH a day`;
  at("track").hidden = false;
  const parts = [
    h("div", { class: "region-line" }, h("h2", { class: "grow" }, nameOf(row)), className(row.class_last, level(row.class_last))),
    h("p", { class: "small soft" }, [`${time(row.first_seen)} to ${time(row.last_seen)} UTC`, duration(hours(row) * 3600), `came: ${row.came}`, `went: ${row.went}`,
      row.returned_from ? `perhaps track ${row.returned_from} again` : "", growth].filter(Boolean).join("  ·  ")),
    h("div", { class: "track-columns" }, chart, told),
    mine.length ? h("ul", { class: "evidence small" }, mine.map((event) => h("li", {}, h("span", { class: "soft" }, `${time(event.time)}  `), event.words))) : null,
  ];
  at("track").replaceChildren(...parts.filter(Boolean));
  timeline = new Timeline(chart, {
    told: (moment_) => tell(told, moment_ ?? timeline?.rows?.at(-1)),
    open: (moment_) => { if (moment_.stem) location.href = `/analyses/${part(data.id)}?image=${part(moment_.stem)}`; },
  });
  try {
    timeline.set(await api.get(`${address}/tracks/${track}`), mine, nameOf(row));
  } catch (error) {
    chart.replaceChildren(broken(error));
  }
}

function tell(host, row) {
  if (!row) return;
  const said = moment(row);
  const parts = [
    row.stem && Number.isInteger(row.region) ? h("img", { class: "region-crop", alt: "", src: cropOf(data.id, row.stem, row.region), onerror: (event) => event.target.remove() }) : null,
    h("p", { class: "mono small" }, `${time(row.time)} UTC`), h("p", {}, className(said.class, level(said.class))),
    h("p", { class: "small soft" }, said.shares), h("p", { class: "small soft" }, [said.where, said.area].filter(Boolean).join("  ·  ")),
    said.isFilled ? h("p", { class: "small soft" }, "filled in: not found on this image") : null,
    row.stem ? h("a", { class: "small", href: `/analyses/${part(data.id)}?image=${part(row.stem)}` }, "Open the image") : null,
  ];
  host.replaceChildren(...parts.filter(Boolean));
}

const tracks = table(at("tracks"), {
  name: "tracks", label: "Tracks", sort: { key: "images", down: true }, id: (row) => String(row.track),
  open: () => (row) => choose(row.track),
  columns: [
    { key: "name", title: "Region", value: nameOf }, { key: "class_last", title: "Class", text: (row) => row.class_last, cell: (row) => className(row.class_last, level(row.class_last)) },
    { key: "first_seen", title: "First seen", text: (row) => time(row.first_seen) }, { key: "last_seen", title: "Last seen", text: (row) => time(row.last_seen) },
    { key: "images", title: "Images", kind: "number" }, { key: "area_max_msh", title: "Largest, MSH", kind: "number", text: (row) => number(row.area_max_msh, 3) },
    { key: "growth_msh_day", title: "MSH a day", kind: "number", text: (row) => number(row.growth_msh_day, 2) },
    { key: "sureness", title: "Sureness", kind: "number", text: (row) => number(row.sureness, 2) },
    { key: "came", title: "Came", hidden: true }, { key: "went", title: "Went", hidden: true },
    { key: "hgs_lat", title: "Latitude", kind: "number", hidden: true, text: (row) => number(row.hgs_lat, 3) },
    { key: "carrington_lon", title: "Carrington", kind: "number", hidden: true, text: (row) => number(row.carrington_lon, 4) },
  ],
  facets: ["class_last"], empty: { title: "No regions were linked", icon: "regions" },
});

const events = table(at("events"), {
  name: "events", label: "Events", sort: { key: "time", down: true }, id: (row) => `${row.time} ${row.kind} ${row.track} ${row.other}`,
  open: () => (row) => { choose(row.track); at("track").scrollIntoView({ behavior: "smooth" }); }, facets: ["kind"],
  columns: [{ key: "time", title: "Time, UTC", text: (row) => time(row.time) }, { key: "kind", title: "Kind" }, { key: "track", title: "Track", kind: "number" }, { key: "words", title: "What happened" }],
  empty: { title: "Nothing happened", icon: "ok" },
});

// ---- the day ----

const percent = (share) => (share == null ? "–" : `${Math.round(share * 100)} %`);

function card(region) {
  const growth = region.growth?.msh_day;
  return h("article", { class: "card day-card" },
    h("div", { class: "region-line" }, h("h3", { class: "grow" }, h("button", { type: "button", class: "link", onclick: () => { choose(region.track); at("track").scrollIntoView({ behavior: "smooth" }); } }, region.label)),
      className(region.class, level(region.class))),
    h("p", { class: "small soft" }, [region.location, region.area_msh == null ? "" : `${number(region.area_msh, 3)} MSH`, growth == null ? "" : `${growth > 0 ? "+" : ""}${number(growth, 2)} a day`].filter(Boolean).join("  ·  ")),
    h("p", { class: "small" }, `Probability ${percent(region.probability)}`, region.noaa_class ? h("span", { class: "soft" }, `  ·  NOAA ${region.noaa_class}`) : null),
    h("p", { class: "small soft", title: "Share of days with a flare of regions of that class: climatology, no forecast" }, `Flares a day: C ${percent(region.flares?.c)}, M ${percent(region.flares?.m)}, X ${percent(region.flares?.x)}`),
    region.doubts?.length ? h("p", { class: "small soft" }, region.doubts.join("; ")) : null);
}

function told(title, list) {
  return list?.length ? h("div", {}, h("h3", {}, title), h("ul", { class: "evidence small" }, list.map((event) => h("li", {}, h("span", { class: "soft" }, `${time(event.time)}  `), `${event.label}: ${event.words}`)))) : null;
}

function drawDay() {
  const day = found.day;
  at("day").hidden = !day;
  if (!day) return;
  at("day-title").textContent = `The day at ${time(day.image.time)} UTC`;
  at("day-actions").replaceChildren(h("a", { class: "button", href: `${address}/day.html`, target: "_blank", rel: "noopener" }, icon("file"), "Day page"));
  at("day-content").replaceChildren(...[
    day.doubts?.length ? h("ul", { class: "notice warn evidence small" }, day.doubts.map((text) => h("li", {}, text))) : null,
    h("div", { class: "cards" }, day.regions.map(card)),
    h("div", { class: "day-changes" }, told("New in 24 hours", day.new), told("Gone", day.gone), told("Perhaps returned", day.returned),
      day.queue?.length ? h("div", {}, h("h3", {}, "Differs from NOAA"), h("ul", { class: "evidence small" }, day.queue.map((task) => h("li", {}, task.reason)))) : null),
  ].filter(Boolean));
}

// ---- all ----

function drawJob() {
  const job = found.job;
  at("job").hidden = !job;
  if (!job) return;
  const isActive = job.state === "running" || job.state === "queued";
  at("job").replaceChildren(h("div", { class: "card stack" }, h("div", { class: "row" }, stateTag(job.state), h("span", { class: "grow soft" }, isActive ? "Linking regions, telling classes, writing the day's page" : "The regions could not be linked"),
    h("a", { href: job.links.page }, "Log")), isActive ? progress(null) : job.message ? h("pre", { class: "log" }, job.message) : null));
}

async function load() {
  try {
    found = await api.get(address);
  } catch (error) {
    at("nothing").hidden = false;
    at("nothing").replaceChildren(broken(error, load));
    return;
  }
  drawJob();
  const isActive = found.job && ["running", "queued"].includes(found.job.state);
  at("actions").replaceChildren(...(found.linked ? [button("Link again", { icon: "refresh", onclick: link, disabled: isActive }),
    ...["tracks", "events", "catalog"].map((name) => h("a", { class: "button", href: `${address}/${name}.csv`, download: "" }, icon("download"), name === "catalog" ? "Catalogue" : name[0].toUpperCase() + name.slice(1)))] : []));
  for (const id of ["tracks-section", "events-section"]) at(id).hidden = !found.linked;
  at("nothing").hidden = found.linked || isActive;
  at("nothing").replaceChildren(empty({ title: "Not linked yet", text: "The boxes of these images are not linked in time. It takes seconds.", icon: "regions", action: { label: "Follow the regions", run: link } }));
  at("command").replaceChildren(command(found.command));
  drawDay();
  if (!found.linked) return;
  tracks.set(found.tracks);
  events.set(found.events);
  const longest = [...found.tracks].sort((a, b) => b.images - a.images)[0];
  const first = found.day?.regions[0]?.track ?? longest?.track; // the likeliest to flare
  if (first !== undefined) choose(chosen ?? first).catch(fail);
}

subscribe("queue", (job) => { if (job.subject === `regions/${data.id}`) load(); });
subscribe("reload", load);
load();
