/* Drawing, moving and resizing by pointer. Listens before the zoom library does, so that a drag is
 * either a pan or an edit. */

const REACH = 9; // CSS pixels about a handle
const CURSORS = { n: "ns", s: "ns", e: "ew", w: "ew", nw: "nwse", se: "nwse", ne: "nesw", sw: "nesw" };

export class Gestures {
  constructor(boxes) {
    this.boxes = boxes;
    this.drag = null;
    this.isPanning = false;
    const { stage } = boxes.viewer;
    stage.addEventListener("pointerdown", (event) => this.down(event), true);
    stage.addEventListener("pointermove", (event) => this.move(event), true);
    stage.addEventListener("pointerup", (event) => this.up(event), true);
    stage.addEventListener("pointercancel", () => this.cancel(), true);
    stage.addEventListener("dblclick", (event) => event.stopPropagation(), true);
    stage.addEventListener("keydown", (event) => this.space(event, true));
    stage.addEventListener("keyup", (event) => this.space(event, false));
    stage.addEventListener("blur", () => { this.isPanning = false; });
  }

  get isBusy() { return this.drag !== null; }

  space(event, isDown) {
    if (event.code !== "Space") return;
    this.isPanning = isDown;
    this.showCursor(null);
    event.preventDefault();
  }

  /** Return the handle of the selected box at a pointer, "" if none. */
  handle(place) {
    const { boxes } = this;
    const box = boxes.get(boxes.selected);
    const map = boxes.viewer.transform();
    if (!box || !place || !map) return "";
    const view = boxes.view(box);
    const near = (a, b) => Math.abs(a - b) * map.scale <= REACH;
    const [x, y] = place;
    const [wide, tall] = [view.x_max - view.x_min, view.y_max - view.y_min].map((v) => v * map.scale);
    const isAlongX = x > view.x_min && x < view.x_max;
    const isAlongY = y > view.y_min && y < view.y_max;
    let side = "";
    if (near(y, view.y_min) && (isAlongX || near(x, view.x_min) || near(x, view.x_max))) side += "n";
    else if (near(y, view.y_max) && (isAlongX || near(x, view.x_min) || near(x, view.x_max))) side += "s";
    if (near(x, view.x_min) && (isAlongY || near(y, view.y_min) || near(y, view.y_max))) side += "w";
    else if (near(x, view.x_max) && (isAlongY || near(y, view.y_min) || near(y, view.y_max))) side += "e";
    const isInside = isAlongX && isAlongY;
    if (isInside && (wide < 3 * REACH || tall < 3 * REACH)) return ""; // small: rather move it
    return side;
  }

  showCursor(place, event = null) {
    const { boxes } = this;
    if (this.drag) return;
    let cursor = "";
    if (this.isPanning) cursor = "grab";
    else if (place && !(event?.buttons > 0)) {
      const side = this.handle(place);
      if (side) cursor = `${CURSORS[side]}-resize`;
      else if (boxes.hover !== null && boxes.hover === boxes.selected) cursor = "move";
      else if (boxes.hover !== null) cursor = "pointer";
      else if (boxes.tool === "draw") cursor = "crosshair";
    }
    boxes.viewer.stage.style.cursor = cursor;
  }

  down(event) {
    const { boxes } = this;
    const { viewer } = boxes;
    if (event.button !== 0 || this.isPanning || !viewer.info || boxes.hidden) return;
    if (!viewer.osd?.element.contains(event.target)) return;
    const place = viewer.eventAt(event);
    const side = this.handle(place);
    const hit = boxes.hit(place);
    if (side) this.begin("resize", place, event, boxes.selected, side);
    else if (hit !== null && hit === boxes.selected) this.begin("move", place, event, hit);
    else if (boxes.tool === "draw") this.begin("draw", place, event, hit);
    else if (hit !== null) this.begin("move", place, event, hit);
    else this.begin("pan", place, event);
  }

  begin(kind, place, event, id = null, side = "") {
    const { boxes } = this;
    const box = id === null ? null : boxes.get(id);
    this.drag = {
      kind, side, id, place, isMoved: false, from: [event.clientX, event.clientY],
      start: box ? boxes.view(box) : null, before: boxes.history.now,
    };
    boxes.viewer.stage.focus({ preventScroll: true });
    if (kind === "pan") return; // the zoom library pans
    event.stopPropagation();
    event.preventDefault();
    boxes.viewer.stage.setPointerCapture(event.pointerId);
  }

  move(event) {
    const { drag, boxes } = this;
    if (!drag) return;
    const far = Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]);
    if (!drag.isMoved && far < 4) return;
    drag.isMoved = true;
    if (drag.kind === "pan") return;
    event.stopPropagation();
    const place = boxes.viewer.eventAt(event);
    const [dx, dy] = [place[0] - drag.place[0], place[1] - drag.place[1]];
    drag.view = this.result(drag, place, dx, dy);
    if (drag.kind === "draw") this.rubber(drag.view);
    else this.show(drag.id, boxes.file(drag.view));
  }

  result(drag, place, dx, dy) {
    const { boxes } = this;
    if (drag.kind === "draw") {
      const [x, y] = drag.place;
      return boxes.kept({
        x_min: Math.min(x, place[0]), x_max: Math.max(x, place[0]),
        y_min: Math.min(y, place[1]), y_max: Math.max(y, place[1]),
      }, true);
    }
    const v = drag.start;
    if (drag.kind === "move") {
      return boxes.kept({ x_min: v.x_min + dx, x_max: v.x_max + dx, y_min: v.y_min + dy, y_max: v.y_max + dy });
    }
    const moved = {
      x_min: v.x_min + (drag.side.includes("w") ? dx : 0),
      x_max: v.x_max + (drag.side.includes("e") ? dx : 0),
      y_min: v.y_min + (drag.side.includes("n") ? dy : 0),
      y_max: v.y_max + (drag.side.includes("s") ? dy : 0),
    };
    const sorted = { // a handle dragged over the other side turns the box over
      x_min: Math.min(moved.x_min, moved.x_max), x_max: Math.max(moved.x_min, moved.x_max),
      y_min: Math.min(moved.y_min, moved.y_max), y_max: Math.max(moved.y_min, moved.y_max),
    };
    return boxes.kept(sorted, true);
  }

  /** Show a box where it is being dragged; the history is left alone until the end. */
  show(id, changes) {
    const { boxes } = this;
    const alter = (box) => (box.id === id ? { ...box, ...changes } : box);
    const { boxes: list, proposals } = this.drag.before;
    if (boxes.selected !== id) boxes.select(id);
    boxes.history.replace({ boxes: list.map(alter), proposals: proposals.map(alter) });
    boxes.draw();
  }

  rubber(view) {
    const { boxes } = this;
    boxes.history.replace({
      ...this.drag.before,
      boxes: [...this.drag.before.boxes, { ...boxes.file(view), id: "drawn", class: null, text: "" }],
    });
    boxes.draw();
  }

  up(event) {
    const { drag, boxes } = this;
    if (!drag) return;
    this.drag = null;
    if (drag.kind === "pan") {
      if (!drag.isMoved && boxes.selected !== null) boxes.select(null);
      return;
    }
    event.stopPropagation();
    boxes.history.replace(drag.before);
    if (!drag.isMoved) {
      boxes.select(drag.id);
    } else if (drag.kind === "draw") {
      const { minimum } = boxes.options;
      const isBig = drag.view.x_max - drag.view.x_min > minimum
        && drag.view.y_max - drag.view.y_min > minimum;
      if (isBig) boxes.add(boxes.file(drag.view));
      else boxes.draw();
    } else {
      boxes.update(drag.id, boxes.file(drag.view));
    }
    this.showCursor(boxes.viewer.eventAt(event));
  }

  cancel() {
    if (!this.drag) return;
    this.boxes.history.replace(this.drag.before);
    this.drag = null;
    this.boxes.draw();
  }
}
