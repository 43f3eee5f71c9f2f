// Small charts, drawn as SVG.
import { integer, level, percent } from "../lib/format.js";
import { h } from "../lib/ui.js";

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) if (value != null) element.setAttribute(key, value);
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

export const PARTS = ["train", "validation", "test", ""];
const known = (part) => (PARTS.includes(part) ? part || "rest" : "other");

// A bar of the shares of parts.
export function partsBar(parts, { large = false } = {}) {
  const total = Object.values(parts).reduce((sum, count) => sum + count, 0) || 1;
  const text = Object.entries(parts).map(([part, count]) => `${part || "in no part"} ${integer(count)}`).join(", ");
  return h("span", { class: `parts-bar ${large ? "large" : ""}`, role: "img", "aria-label": text, title: text },
    Object.entries(parts).map(([part, count]) => h("i", { class: `part-${known(part)}`, style: { "flex-grow": String(count / total) } })));
}

export function partsLegend(parts) {
  const total = Object.values(parts).reduce((sum, count) => sum + count, 0) || 1;
  return h("ul", { class: "legend" }, Object.entries(parts).map(([part, count]) => h("li", {},
    h("i", { class: `swatch part-${known(part)}` }), h("span", {}, part || "in no part"), h("b", {}, integer(count)), h("span", { class: "soft" }, percent(count / total)))));
}

function ticks(top) {
  const rough = top / 4;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) || 1;
  const whole = Math.max(1, step);
  const out = [];
  for (let at = 0; at <= top + 1e-9; at += whole) out.push(at);
  return out;
}

const W = 460, H = 190, LEFT = 44, BOTTOM = 36, TOP = 8;

// Columns of counts: items [{label, value, parts: {train: 1}}], `every` which labels are written.
export function columns(items, { unit = "", every = 0, stacked = false } = {}) {
  const top = Math.max(1, ...items.map((item) => item.value));
  const marks = ticks(top);
  const ceiling = Math.max(top, marks.at(-1));
  const wide = (W - LEFT - 4) / Math.max(1, items.length);
  const high = H - BOTTOM - TOP;
  const y = (value) => TOP + high * (1 - value / ceiling);
  const step = every || Math.max(1, Math.ceil(items.length * (Math.max(...items.map((i) => i.label.length), 1) * 6.4 + 10) / (W - LEFT)));
  const grid = marks.map((mark) => [svg("line", { class: "grid", x1: LEFT, x2: W, y1: y(mark), y2: y(mark) }),
    Object.assign(svg("text", { class: "tick", x: LEFT - 8, y: y(mark) + 4, "text-anchor": "end" }), { textContent: integer(mark) })]).flat();
  const bars = items.map((item, at) => {
    const x = LEFT + at * wide + Math.min(2, wide * 0.08);
    const width = Math.max(0.8, wide - Math.min(4, wide * 0.16));
    let base = 0;
    const pieces = stacked && item.parts ? Object.entries(item.parts) : [["", item.value]];
    const rects = pieces.map(([part, value]) => {
      const rect = svg("rect", { class: stacked ? `part-${known(part)}` : "bar", x: x.toFixed(1), width: width.toFixed(1), y: y(base + value).toFixed(1), height: Math.max(0, y(base) - y(base + value)).toFixed(1), rx: width > 6 && !stacked ? 2 : 0 });
      base += value;
      return rect;
    });
    const title = svg("title");
    title.textContent = `${item.label}${unit && !stacked ? ` ${unit}` : ""}: ${integer(item.value)}`;
    const hit = svg("rect", { class: "hit", x: LEFT + at * wide, y: TOP, width: wide, height: high });
    return svg("g", { class: "column" }, rects, hit, title);
  });
  const labels = items.map((item, at) => (at % step === 0
    ? Object.assign(svg("text", { class: "tick", x: LEFT + (at + 0.5) * wide, y: H - BOTTOM + 16, "text-anchor": "middle" }), { textContent: item.label }) : null));
  const under = Object.assign(svg("text", { class: "tick unit", x: LEFT + (W - LEFT) / 2, y: H - 3, "text-anchor": "middle" }), { textContent: unit });
  return svg("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": items.map((i) => `${i.label} ${i.value}`).slice(0, 40).join(", ") }, grid, bars, labels, under);
}

// Lines of counts with words: items [{label, value, dot, title}].
export function rowsChart(items, { coloured = false } = {}) {
  const top = Math.max(1, ...items.map((item) => item.value));
  return h("ul", { class: "rows-chart" }, items.map((item) => h("li", { title: item.title ?? null },
    h("span", { class: "rows-label" }, coloured && h("span", { class: `dot ${level(item.label)}` }), item.label),
    h("span", { class: "rows-track" }, h("i", { class: coloured ? `fill ${level(item.label)}` : "fill", style: { width: `${Math.max(0.4, (100 * item.value) / top)}%` } })),
    h("b", {}, integer(item.value)))));
}

export function figure(title, node, note = "") {
  return h("figure", { class: "card chart-card" }, h("figcaption", {}, h("h3", {}, title), note && h("p", { class: "small soft" }, note)), node);
}
