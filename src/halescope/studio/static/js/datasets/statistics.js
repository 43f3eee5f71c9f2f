// Statistics of a data set.
import { integer, plural } from "../lib/format.js";
import { empty, h } from "../lib/ui.js";
import { columns, figure, partsBar, partsLegend, rowsChart } from "./charts.js";

const greek = { alpha: "α", beta: "β", gamma: "γ", delta: "δ" };
export const short = (name) => name.replace(/alpha|beta|gamma|delta/g, (word) => greek[word]);

export function statistics(found) {
  if (!found.images) return empty({ title: "Nothing to count", text: "The data set holds no images.", icon: "info" });
  const spotted = found.classes.filter((one) => one.class !== "plage" && one.class !== "none");
  const largest = spotted.reduce((a, b) => (a && a.total >= b.total ? a : b), null);
  const smallest = spotted.reduce((a, b) => (a && a.total <= b.total ? a : b), null);
  const uneven = largest && smallest && largest.total > 20 * smallest.total
    ? `${largest.class} has ${Math.round(largest.total / Math.max(1, smallest.total))} times the labels of ${smallest.class}.` : "";
  const charts = [
    figure("Labels by class", rowsChart(found.classes.map((one) => ({ label: one.class === "none" ? "no class" : one.class, value: one.total })), { coloured: found.kind === "disks" }), uneven),
    figure(found.kind === "disks" ? "Images by part" : "Crops by part", h("div", { class: "stack" }, partsBar(found.parts, { large: true }), partsLegend(found.parts))),
    figure("Classes in each part", byPart(found), "Parts should be alike, or a figure of one says little of another."),
  ];
  if (found.days.length > 1) charts.push(figure("Images by day", columns(found.days.map((one) => ({ label: one.day.slice(5), value: sum(one.parts), parts: one.parts })), { stacked: true, unit: `${found.days[0].day} to ${found.days.at(-1).day}` })));
  if (found.kind === "disks" && found.longitudes.some((bin) => bin.count)) charts.push(figure("Longitude", columns(found.longitudes.map((bin) => ({ label: String(bin.from), value: bin.count })), { unit: "degrees from the central meridian, west positive" })));
  if (found.kind === "disks" && found.sizes.length) charts.push(figure("Size", columns(found.sizes.map((bin) => ({ label: String(bin.from), value: bin.count })), { unit: "longer side of the box, pixels of a disk of 416" })));
  if (found.regions.count) charts.push(figure("Regions", rowsChart(found.regions.most.map((one) => ({ label: one.region, value: one.labels }))), `${plural(found.regions.count, "NOAA region")}; those with most labels.`));
  if (found.kind === "disks" && Object.keys(found.statuses).length) charts.push(figure("Status", rowsChart(Object.entries(found.statuses).map(([label, value]) => ({ label, value }))), "Firm labels train and count, doubtful ones do neither, plage is no spot."));
  if (found.flags.length) charts.push(figure("What is known of the labels", rowsChart(found.flags.map((one) => ({ label: one.flag.replaceAll("_", " "), value: one.count, title: one.meaning })))));
  return h("div", { class: "stack" },
    h("div", { class: "figures" }, big(found.images, found.kind === "disks" ? "images" : "crops"), big(found.labels, "labels"), big(found.regions.count, "NOAA regions"), big(found.days.length, "days")),
    h("div", { class: "charts" }, charts));
}

const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
const big = (value, name) => h("div", {}, h("div", { class: "figure-value" }, integer(value)), h("div", { class: "figure-name" }, name));

function byPart(found) {
  const parts = Object.keys(found.parts).filter(Boolean);
  if (!parts.length) return h("p", { class: "soft" }, "The data set is not divided yet.");
  const shown = found.classes.filter((one) => one.class !== "plage" && one.class !== "none");
  const totals = Object.fromEntries(parts.map((part) => [part, shown.reduce((total, one) => total + (one.parts[part] ?? 0), 0) || 1]));
  return h("div", { class: "scroll-x" }, h("table", { class: "plain-table" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "class"), parts.map((part) => h("th", { scope: "col", class: "number" }, part)))),
    h("tbody", {}, shown.map((one) => h("tr", {}, h("th", { scope: "row", title: one.class }, short(one.class)),
      parts.map((part) => h("td", { class: "number" }, integer(one.parts[part] ?? 0), h("span", { class: "soft" }, ` ${(100 * (one.parts[part] ?? 0) / totals[part]).toFixed(0)} %`))))))));
}
