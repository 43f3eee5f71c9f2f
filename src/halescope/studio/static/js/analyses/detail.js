/* One region in words and figures. */
import { level, number } from "../lib/format.js";
import { className, h } from "../lib/ui.js";
import { part } from "../lib/api.js";

const FLAGS = {
  display: "measured on an 8-bit picture, not in gauss",
  clipped: "strong field is cut off in this file",
  no_time: "no time is known: no positions",
  near_limb: "more than 60° from disk centre",
  off_limb: "part of it lies off the limb",
  cutout: "the image shows a part of the disk",
  few_examples: "this finer class stands on few training regions",
  fitted_limb: "disk centre and radius were fitted to the limb",
  assumed_north: "north was taken to be up",
  low_resolution: "fewer pixels than the networks were trained on",
  edge: "touches the edge of the image",
  bad_quality: "the file itself says that its quality is bad",
  uncertain_class: "class too close to call",
  other_instrument: "the networks were not trained on this instrument",
  out_of_distribution: "unlike what the networks learned from: do not rely on the class",
};

/* Measures in reading order: key, words, unit, digits that count. */
const MEASURES = [
  ["area_msh", "Area of strong field", "MSH"], ["area_mm2", "Area", "Mm²"],
  ["flux_unsigned", "Unsigned flux", "Mx"], ["flux_net", "Net flux", "Mx"],
  ["imbalance", "Imbalance", ""], ["field_max", "Strongest field", "G"],
  ["separation_mm", "Distance of polarities", "Mm"], ["tilt", "Tilt, leading nearer the equator positive", "°"],
  ["pil_mm", "Inversion lines", "Mm"], ["pil_steep_mm", "of these steep", "Mm"],
  ["r_value", "R (Schrijver)", ""], ["wlsg", "WLSG (Falconer)", "G"],
  ["core_area_mm2", "Area of cores", "Mm²"], ["core_distance_mm", "Distance of opposite cores", "Mm"],
];

/** Return N13 W063 of a row, empty where no position is known. */
export function place(row) {
  if (row.hgs_lat == null || row.hgs_lon == null) return "";
  const say = (value, names, digits) => names[value < 0 ? 1 : 0] + Math.abs(value).toFixed(0).padStart(digits, "0");
  return `${say(row.hgs_lat, "NS", 2)} ${say(row.hgs_lon, "WE", 2)}`;
}

export const share = (value) => (value == null ? "" : value.toFixed(2));

function bars(row) {
  return h("div", { class: "shares", role: "img",
    "aria-label": `alpha ${share(row.p_alpha)}, beta ${share(row.p_beta)}, complex ${share(row.p_complex)}` },
  ["alpha", "beta", "complex"].map((name) => h("div", { class: `share ${name}` },
    h("span", {}, name), h("span", { class: "share-bar" }, h("i", { style: { width: `${100 * (row[`p_${name}`] ?? 0)}%` } })),
    h("b", {}, share(row[`p_${name}`])))));
}

function measures(row) {
  const rows = MEASURES.filter(([key]) => row[key] != null).map(([key, words, unit]) => {
    const error = row[`${key}_err`];
    const value = Math.abs(row[key]) >= 1e6 ? row[key].toExponential(2).replace("e+", " × 10^") : number(row[key], 4);
    const doubt = error == null ? "" : ` ± ${Math.abs(error) >= 1e6 ? error.toExponential(1).replace("e+", " × 10^") : number(error, 2)}`;
    return [h("dt", {}, words), h("dd", {}, `${value}${doubt} ${unit}`.trim())];
  });
  return rows.length ? h("dl", { class: "facts small" }, rows) : null;
}

/** Return the card of a region.
 *
 * `told`: {words, noaa, flags} of it; `crop`: address of its picture or null. */
export function detail(row, { words = [], noaa = null, crop = null, doubted = false } = {}) {
  const flags = String(row.flags ?? "").split("|").filter(Boolean);
  const warned = flags.includes("out_of_distribution") || flags.includes("uncertain_class");
  const where = [place(row), row.carrington_lon != null ? `Carrington ${row.carrington_lon.toFixed(1)}°` : "",
    row.mu != null ? `μ ${row.mu.toFixed(2)}` : ""].filter(Boolean).join("  ·  ");
  const listed = noaa?.map((mark) => `${mark.number} ${mark.class || "no class"}`).join(", ");
  return h("article", { class: "card region-card", "aria-label": `Region ${row.region}` },
    h("div", { class: "region-head" },
      crop && h("img", { class: "region-crop", src: crop, alt: `Region ${row.region}, cut out`, onerror: (event) => event.target.remove() }),
      h("div", { class: "grow" },
        h("h3", {}, h("span", { class: "soft" }, `${String(row.region).padStart(2, "0")} `), className(`${row.class}${doubted ? "?" : ""}`, level(row.class))),
        h("p", { class: "small soft" }, where),
        h("p", { class: "small soft" }, `Probability of this class ${share(row.p_class)}  ·  score of the box ${share(row.score)}`))),
    bars(row),
    warned && h("p", { class: "notice warn small" }, flags.includes("out_of_distribution") ? FLAGS.out_of_distribution : FLAGS.uncertain_class),
    listed && h("p", { class: "small" }, h("strong", {}, "NOAA: "), listed),
    words.length ? h("div", {}, h("h4", {}, "Evidence"), h("ul", { class: "evidence small" }, words.map((text) => h("li", {}, text)))) : null,
    measures(row),
    flags.length ? h("details", { class: "small" }, h("summary", {}, `Flags (${flags.length})`),
      h("ul", { class: "evidence soft" }, flags.map((flag) => h("li", {}, FLAGS[flag] ?? flag.replaceAll("_", " "))))) : null);
}

export const cropOf = (id, image, region) =>
  `/api/analyses/${part(id)}/crop.png?region=${region}${image ? `&image=${part(image)}` : ""}`;
