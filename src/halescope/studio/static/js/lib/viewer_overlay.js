/* Lines over the picture: limb, heliographic grid with its degrees, and marks such as NOAA's. */
import { shape } from "./viewer_parts.js";
import { toView } from "./solar.js";

export class Overlay {
  constructor(viewer) {
    this.viewer = viewer;
    this.lines = shape("g", { class: "viewer-lines" });
    this.words = shape("g", { class: "viewer-words" });
    this.crosses = shape("g", { class: "viewer-marks" });
    this.svg = shape("svg", { class: "viewer-svg", "aria-hidden": "true" },
      this.lines, this.words, this.crosses);
    this.list = [];
  }

  setMarks(list) {
    this.list = list;
    this.draw();
  }

  /** Draw anew: the picture, or what is shown, is another one. */
  draw() {
    const { info, shown } = this.viewer;
    this.lines.replaceChildren();
    this.words.replaceChildren();
    this.crosses.replaceChildren();
    this.labels = [];
    if (!info) return;
    if (shown.grid) {
      let hasZero = false;
      for (const line of info.grid) {
        const kind = line.name === "0°" ? "viewer-grid viewer-grid-zero" : "viewer-grid";
        this.lines.append(this.path(line.points, kind));
        if (line.points.length < 40 || line.name.startsWith("90°") || (hasZero && line.name === "0°")) continue;
        hasZero ||= line.name === "0°";
        const middle = line.points[Math.floor(line.points.length / 2)];
        const text = shape("text", { class: "viewer-degrees" });
        text.textContent = line.name;
        this.words.append(text);
        this.labels.push([text, middle]);
      }
    }
    if (shown.limb && info.limb.length) this.lines.append(this.path(info.limb, "viewer-limb"));
    this.drawMarks(info);
    this.place();
  }

  drawMarks(info) {
    this.spots = this.list.map((mark) => {
      const text = shape("text", { class: "viewer-mark-text", x: 10, y: 4 });
      text.textContent = mark.text ?? "";
      const node = shape("g", { class: `viewer-mark mark-${mark.kind ?? "plain"}` },
        shape("path", { class: "viewer-mark-back", d: "M-7 0H7M0 -7V7" }),
        shape("path", { d: "M-7 0H7M0 -7V7" }), text);
      this.crosses.append(node);
      return [node, toView(info, mark.x, mark.y)];
    });
  }

  path(points, kind) {
    const d = points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("");
    return shape("path", { d, class: kind, "vector-effect": "non-scaling-stroke" });
  }

  /** Put everything where the view is now. */
  place() {
    const map = this.viewer.transform();
    if (!map) return;
    this.lines.setAttribute("transform", `matrix(${map.scale} 0 0 ${map.scale} ${map.x} ${map.y})`);
    for (const [node, [x, y]] of [...(this.labels ?? []), ...(this.spots ?? [])]) {
      const at = `translate(${map.scale * x + map.x} ${map.scale * y + map.y})`;
      node.setAttribute("transform", at);
    }
  }
}
