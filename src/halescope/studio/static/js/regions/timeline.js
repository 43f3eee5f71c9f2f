/* The timeline of one region: class along the track as shares, area below, events as marks. */
import { shape } from "../lib/viewer_parts.js";
import { number } from "../lib/format.js";
import { place } from "../analyses/detail.js";

const LEVELS = ["alpha", "beta", "complex"];
const TOP = 18, SHARES = 150, GAP = 30, AREA = 110, FOOT = 26, LEFT = 46, RIGHT = 14;
const HEIGHT = TOP + SHARES + GAP + AREA + FOOT;

/** Return ticks {at, text} of a span of time, milliseconds. */
export function ticks(from, to, wide) {
  const hours = (to - from) / 3.6e6;
  const most = Math.max(2, Math.floor(wide / 90));
  const step = [1, 2, 3, 6, 12, 24, 48, 120, 240, 720].find((s) => hours / s <= most) ?? 24 * Math.ceil(hours / 24 / most);
  const size = step * 3.6e6;
  const found = [];
  for (let at = Math.ceil(from / size) * size; at <= to; at += size) {
    const date = new Date(at).toISOString();
    found.push({ at, text: step >= 24 ? date.slice(5, 10) : date.slice(11, 16) === "00:00" ? date.slice(5, 10) : date.slice(11, 16) });
  }
  return found;
}

export class Timeline {
  /* options: {open(row), told(row | null)} */
  constructor(host, options) {
    this.host = host;
    this.options = options;
    this.svg = shape("svg", { class: "timeline", role: "img", tabindex: "0", height: HEIGHT });
    host.replaceChildren(this.svg);
    this.svg.addEventListener("pointermove", (event) => this.seek(event));
    this.svg.addEventListener("pointerleave", () => this.point(null));
    this.svg.addEventListener("click", (event) => { this.seek(event); this.open(); });
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(host);
  }

  set(rows, events, label) {
    this.rows = rows.filter((row) => row.time);
    this.events = events;
    this.at = null;
    this.svg.setAttribute("aria-label", `${label}: class and area in time; arrow keys move, Enter opens the image`);
    this.draw();
  }

  get from() { return Date.parse(this.rows[0].time); }
  get to() { return Math.max(Date.parse(this.rows.at(-1).time), this.from + 3.6e6); }
  x(time) { return LEFT + ((Date.parse(time) - this.from) / (this.to - this.from)) * (this.wide - LEFT - RIGHT); }

  draw() {
    if (!this.rows?.length) return;
    this.wide = Math.max(320, this.host.clientWidth);
    this.svg.setAttribute("viewBox", `0 0 ${this.wide} ${HEIGHT}`);
    this.svg.setAttribute("width", this.wide);
    this.most = Math.max(1, ...this.rows.map((row) => row.area_msh ?? 0));
    this.svg.replaceChildren(this.axes(), this.shares(), this.area(), this.marks());
    this.cursor = shape("g", { class: "timeline-cursor", visibility: "hidden" },
      shape("path", { d: `M0 ${TOP}V${HEIGHT - FOOT}` }), shape("circle", { r: 4 }));
    this.svg.append(this.cursor);
    this.point(this.at);
  }

  text(x, y, words, more = {}) {
    const made = shape("text", { x, y, ...more });
    made.textContent = words;
    return made;
  }

  axes() {
    const group = shape("g", { class: "timeline-axes" });
    const low = TOP + SHARES + GAP + AREA;
    for (const { at, text } of ticks(this.from, this.to, this.wide - LEFT - RIGHT)) {
      const x = this.x(new Date(at).toISOString());
      group.append(shape("path", { d: `M${x} ${TOP}V${low}` }), this.text(x, HEIGHT - 8, text, { "text-anchor": "middle" }));
    }
    for (const share of [0, 0.5, 1]) {
      group.append(this.text(LEFT - 8, TOP + SHARES * (1 - share) + 4, String(share), { "text-anchor": "end" }));
    }
    group.append(this.text(LEFT, 11, "Class along the track, probability"),
      this.text(LEFT, TOP + SHARES + GAP - 8, "Area of strong field, MSH"),
      this.text(LEFT - 8, low - AREA + 4, number(this.most, 2), { "text-anchor": "end" }),
      this.text(LEFT - 8, low + 4, "0", { "text-anchor": "end" }));
    return group;
  }

  shares() {
    const group = shape("g", { class: "timeline-shares" });
    const base = this.rows.map(() => 0);
    for (const level of LEVELS) {
      const top = this.rows.map((row, i) => base[i] + (row[`p_${level}_track`] ?? 0));
      const y = (share) => TOP + SHARES * (1 - Math.min(1, share));
      const up = this.rows.map((row, i) => `${this.x(row.time).toFixed(1)} ${y(top[i]).toFixed(1)}`);
      const down = this.rows.map((row, i) => `${this.x(row.time).toFixed(1)} ${y(base[i]).toFixed(1)}`).reverse();
      group.append(shape("path", { class: level, d: `M${[...up, ...down].join("L")}Z` }));
      top.forEach((value, i) => { base[i] = value; });
    }
    return group;
  }

  y(area) { return TOP + SHARES + GAP + AREA * (1 - area / this.most); }

  area() {
    const group = shape("g", { class: "timeline-area" });
    const known = this.rows.filter((row) => row.area_msh != null);
    if (!known.length) return group;
    const points = known.map((row) => `${this.x(row.time).toFixed(1)} ${this.y(row.area_msh).toFixed(1)}`);
    group.append(shape("path", { d: `M${points.join("L")}` }));
    if (known.length < 120) for (const row of known) group.append(shape("circle", { cx: this.x(row.time), cy: this.y(row.area_msh), r: 1.8 }));
    return group;
  }

  marks() {
    const group = shape("g", { class: "timeline-marks" });
    for (const event of this.events) {
      const x = this.x(event.time);
      if (!(x >= LEFT - 1 && x <= this.wide - RIGHT + 1)) continue;
      const title = shape("title");
      title.textContent = event.words;
      group.append(shape("g", {}, shape("path", { d: `M${x} ${TOP - 4}V${TOP + SHARES}` }), shape("path", { class: "flag", d: `M${x - 4} ${TOP - 10}h8l-4 7z` }), title));
    }
    return group;
  }

  seek(event) {
    if (!this.rows?.length) return;
    const edge = this.svg.getBoundingClientRect();
    const x = ((event.clientX - edge.left) / edge.width) * this.wide;
    let best = 0;
    this.rows.forEach((row, i) => { if (Math.abs(this.x(row.time) - x) < Math.abs(this.x(this.rows[best].time) - x)) best = i; });
    this.point(best);
  }

  point(at) {
    this.at = at;
    const row = at == null ? null : this.rows[at];
    this.cursor?.setAttribute("visibility", row ? "visible" : "hidden");
    if (row) {
      this.cursor.setAttribute("transform", `translate(${this.x(row.time)} 0)`);
      this.cursor.lastChild.setAttribute("cy", row.area_msh == null ? -99 : this.y(row.area_msh));
    }
    this.options.told(row);
  }

  open() { if (this.at != null) this.options.open(this.rows[this.at]); }

  key(event) {
    const last = this.rows.length - 1;
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -Infinity, End: Infinity };
    if (event.key in moves) this.point(Math.max(0, Math.min(last, (this.at ?? last) + moves[event.key])));
    else if (event.key === "Enter") this.open();
    else return;
    event.preventDefault();
  }
}

/** Return what is known at a moment, for the line beside the chart. */
export function moment(row) {
  const shares = LEVELS.map((level) => `${level} ${(row[`p_${level}_track`] ?? 0).toFixed(2)}`).join(", ");
  return { class: row.class_track || row.class, shares, where: place(row), area: row.area_msh == null ? "" : `${number(row.area_msh, 3)} MSH`,
    isFilled: String(row.track_flags ?? "").includes("bridged") };
}
