// Curves with uPlot (a classic script that the page loads before): colours of the theme, log axis, marks.
import { h } from "./ui.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const font = () => `12px ${colour("--font")}`;

/* chart(host, {
     label: "Loss",                                  // for those who hear the page
     series: [{label, colour: "--accent", width, dash, points, alpha, digits}],
     x: "epoch", unit: "", height: 260, log: false, range: [low, high] or null,
   }) -> {set([xs, ...ys]), series(list), log(on), mark(x, text), element} */
export function chart(host, options) {
  return new Chart(host, options);
}

class Chart {
  constructor(host, options) {
    this.options = { series: [], x: "", unit: "", height: 260, log: false, range: null, label: "", ...options };
    this.data = [[], ...this.options.series.map(() => [])];
    this.marks = [];
    this.element = h("div", { class: "chart", role: "img", "aria-label": this.options.label });
    host.replaceChildren(this.element);
    new ResizeObserver(() => this.fit()).observe(this.element);
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.draw();
  }

  fit() {
    const width = Math.floor(this.element.clientWidth);
    if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.options.height });
  }

  set(data) {
    this.data = data;
    if (data.length - 1 !== this.plot?.series.length - 1) { this.draw(); return; }
    const { min, max } = this.plot.scales.x;
    const isZoomed = this.zoomed;
    this.plot.setData(data, !isZoomed);
    if (isZoomed) this.plot.setScale("x", { min, max });
  }

  series(list) {
    this.options.series = list;
    this.data = [[], ...list.map(() => [])];
  }

  log(on) {
    this.options.log = on;
    this.draw();
  }

  mark(x, text) {
    this.marks = x == null ? [] : [{ x, text }];
    this.plot?.redraw(false);
  }

  axes() {
    const soft = colour("--soft");
    const grid = { stroke: colour("--line"), width: 1 };
    const common = { stroke: soft, font: font(), grid, ticks: { show: false } };
    const unit = this.options.unit;
    return [
      { ...common, label: this.options.x, labelFont: font(), labelSize: 18, size: 30, grid: { show: false }, space: 56 },
      { ...common, size: 62, gap: 6, values: (plot, ticks) => apart(ticks).map((text) => (text ? `${text}${unit}` : "")) },
    ];
  }

  draw() {
    const width = Math.max(200, Math.floor(this.element.clientWidth));
    const { series, height, log, range, x } = this.options;
    const lines = series.map((one) => ({
      label: one.label, stroke: withAlpha(colour(one.colour), one.alpha ?? 1), width: one.width ?? 2, dash: one.dash,
      spanGaps: true, points: { show: one.points ?? false, size: 5, fill: colour("--surface") },
      value: (plot, value) => (value == null ? "–" : `${short(value)}${this.options.unit}`),
    }));
    const linear = range ? { range: () => range } : {};
    const options = {
      width, height, padding: [14, 12, 0, 0],
      scales: { x: { time: false }, y: log ? { distr: 3 } : linear },
      axes: this.axes(),
      series: [{ label: x, value: (plot, value) => (value == null ? "–" : short(value, 5)) }, ...lines],
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 } },
      legend: { show: true, live: true },
      hooks: {
        draw: [(plot) => this.drawMarks(plot)],
        setSelect: [(plot) => { this.zoomed = plot.select.width > 0; }],
      },
    };
    this.plot?.destroy();
    const shown = log ? this.data.map((list, at) => (at ? list.map((v) => (v > 0 ? v : null)) : list)) : this.data;
    this.plot = new globalThis.uPlot(options, shown, this.element);
    this.zoomed = false;
    this.plot.over.addEventListener("dblclick", () => { this.zoomed = false; });
  }

  drawMarks(plot) {
    const context = plot.ctx;
    const ratio = globalThis.devicePixelRatio || 1;
    for (const { x, text } of this.marks) {
      const at = plot.valToPos(x, "x", true);
      if (!(at >= plot.bbox.left && at <= plot.bbox.left + plot.bbox.width)) continue;
      context.save();
      context.strokeStyle = colour("--good");
      context.fillStyle = colour("--good");
      context.lineWidth = ratio;
      context.setLineDash([4 * ratio, 4 * ratio]);
      context.beginPath();
      context.moveTo(at, plot.bbox.top);
      context.lineTo(at, plot.bbox.top + plot.bbox.height);
      context.stroke();
      context.font = `${12 * ratio}px ${colour("--font")}`;
      const isRight = at > plot.bbox.left + plot.bbox.width * 0.7;
      context.textAlign = isRight ? "right" : "left";
      // Losses end low, scores end high: the words stand where the curves are not.
      const level = this.options.range ? plot.bbox.height - 8 * ratio : 12 * ratio;
      context.fillText(text, at + (isRight ? -6 : 6) * ratio, plot.bbox.top + level);
      context.restore();
    }
  }
}

function withAlpha(text, alpha) {
  return alpha >= 1 ? text : `color-mix(in srgb, ${text} ${Math.round(alpha * 100)}%, transparent)`;
}

// A number in few signs: 0.0123, 1.2e-5, 12.3, 4500.
export function short(value, digits = 3) {
  if (value == null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size < 1e-3 || size >= 1e6) return value.toExponential(digits - 2).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(digits)));
}

// Numbers in as few signs as tell them apart.
export function apart(values) {
  for (let digits = 3; ; digits += 1) {
    const texts = values.map((value) => (value == null ? "" : short(value, digits)));
    const told = texts.filter(Boolean);
    if (digits > 7 || new Set(told).size === told.length) return texts;
  }
}

// A line of values as small as a word.
export function sparkline(values, { width = 84, height = 22 } = {}) {
  const canvas = h("canvas", { class: "sparkline", width: width * 2, height: height * 2, "aria-hidden": "true",
    style: { width: `${width}px`, height: `${height}px` } });
  if (values.length < 2) return canvas;
  const low = Math.min(...values), high = Math.max(...values);
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.strokeStyle = colour("--accent");
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.beginPath();
  values.forEach((value, at) => {
    const x = 2 + (at / (values.length - 1)) * (width - 4);
    const y = height - 3 - ((value - low) / (high - low || 1)) * (height - 6);
    if (at) context.lineTo(x, y); else context.moveTo(x, y);
  });
  context.stroke();
  return canvas;
}
