/* Series of images whose regions can be followed. */
import { api, part } from "../lib/api.js";
import { time } from "../lib/format.js";
import { subscribe } from "../lib/events.js";
import { table } from "../lib/table.js";
import { h, stateTag } from "../lib/ui.js";

const list = table(document.getElementById("series"), {
  name: "series", label: "Series of images", sort: { key: "last", down: true },
  id: (row) => row.id, open: (row) => `/regions/${part(row.id)}`,
  columns: [
    { key: "title", title: "Series" },
    { key: "images", title: "Images", kind: "number" },
    { key: "first", title: "From, UTC", text: (row) => time(row.first) },
    { key: "last", title: "To, UTC", text: (row) => time(row.last) },
    { key: "regions", title: "Boxes", kind: "number" },
    { key: "tracks", title: "Regions", kind: "number" },
    { key: "events", title: "Events", kind: "number" },
    { key: "state", title: "State", value: (row) => row.job?.state ?? (row.tracks == null ? "not linked" : "linked"),
      cell: (row) => (row.job ? stateTag(row.job.state) : h("span", { class: `tag ${row.tracks == null ? "" : "good"}` }, row.tracks == null ? "not linked" : "linked")) },
  ],
  empty: { title: "No series yet", text: "Analyse a folder of images with times: their regions can then be followed from image to image.", icon: "regions",
    action: { label: "Analyse a folder", href: "/analyse" } },
});

async function load() {
  try { list.set(await api.get("/api/regions")); } catch (error) { list.fail(error, load); }
}
load();
subscribe("changed", (event) => { if (["analyses", "regions"].includes(event.room)) load(); });
subscribe("queue", (job) => { if (job.kind === "track") load(); });
subscribe("reload", load);
