/* Boxes over a viewer's picture: to read, or to edit. Made by the viewer: `viewer.boxes`.
 *
 * A box is a plain object in *file* pixels (as catalogues and label files have them), any further
 * members are kept as they are:
 *   { id, x_min, y_min, x_max, y_max, class, status?, text?, score?, doubted? }
 *   class    Mount Wilson or paper's class, "" or null where none is known: decides the colour
 *   status   "firm" (line), "doubtful" (dashed), "plage" (dotted)
 *   text     caption; by default what `options.caption(box)` gives
 *
 * Options (`new Viewer(host, { boxes: {...} })`):
 *   mode     "read" (hover, click) or "edit"
 *   tool     "pick" (drag on empty places pans) or "draw" (draws); `boxes.tool = …` switches
 *   caption(box, kind) -> text       kind: "box", "proposal" or "ghost"
 *   create(box) -> box               fills in a drawn box's class, status … before it is added
 *   keys     false: the page itself hands events to `boxes.key(event)`, which says if it took one
 *   minimum  least side of a box, file pixels (2)
 *
 * To read:  set(boxes)   select(id | null, {show: true})   selected   next(+1 | -1)
 *           on("select", id)   on("hover", id | null)
 * To edit:  list() proposals() add(box) update(id, changes) remove(id) nudge(dx, dy, grow)
 *           setProposals(boxes)   accept(id | ids) reject(id)   undo() redo() canUndo canRedo
 *           setGhosts([{x_min …} or {x, y, text}])   hidden = true hides all
 *           set(boxes) begins a new history.
 *           on("change", {reason, boxes}) after each change, undo and redo too; all of one gesture
 *           (a drag, nudges in a row) are one step.
 * Keys (edit): arrows nudge by 1 px of the file, Shift 10; Alt+arrows move the far edges; Delete;
 * N P next and previous; D draw, V pick; A adds a box in the middle of the view; Enter accepts a
 * proposal; Escape lets go; Ctrl+Z, Ctrl+Shift+Z or Ctrl+Y. With Space held one pans.
 * Keys (read): N P, Escape.
 */
import { Emitter, shape } from "./viewer_parts.js";
import { History } from "./boxes_history.js";
import { Gestures } from "./boxes_gestures.js";
import { caption, captionAt, placeCaptions, textWidth } from "./boxes_captions.js";
import { mapBox, toFile, toView } from "./solar.js";

const LEVELS = { alpha: "alpha", beta: "beta", a: "alpha", b: "beta" };

/** Return alpha, beta, complex or none: what colours a class. */
export function levelOf(name) {
  const plain = String(name ?? "").toLowerCase();
  if (!plain || plain === "region" || plain === "plage") return "none";
  if (plain === "ag") return "complex";
  return LEVELS[plain] ?? "complex";
}

export class Boxes extends Emitter {
  #hidden = false;

  constructor(viewer, options = {}) {
    super();
    this.viewer = viewer;
    this.options = { mode: "read", tool: "pick", caption, minimum: 2, keys: true, ...options };
    this.history = new History();
    this.ghosts = [];
    this.selected = null;
    this.hover = null;
    this.tool = this.options.tool;
    this.svg = shape("svg", { class: "viewer-svg boxes", "aria-hidden": "true" });
    this.nodes = new Map();
    if (this.options.mode === "edit") this.gestures = new Gestures(this);
  }

  get isEditable() { return this.options.mode === "edit"; }
  get canUndo() { return this.history.canUndo; }
  get canRedo() { return this.history.canRedo; }
  get hidden() { return this.#hidden; }
  set hidden(value) { this.#hidden = value; this.draw(); }

  /** Copies of the boxes, of the proposals. */
  list() { return this.history.now.boxes.map((box) => ({ ...box })); }
  proposals() { return this.history.now.proposals.map((box) => ({ ...box })); }

  /** Return the box or proposal of an id, null if there is none. */
  get(id) {
    const { boxes, proposals } = this.history.now;
    return boxes.find((b) => b.id === id) ?? proposals.find((b) => b.id === id) ?? null;
  }

  isProposal(id) { return this.history.now.proposals.some((b) => b.id === id); }

  set(boxes, proposals = []) {
    this.history.begin({ boxes: boxes.map(named("b")), proposals: proposals.map(named("p")) });
    if (!this.get(this.selected)) this.selected = null;
    this.draw();
  }

  setProposals(proposals) {
    this.history.replace({ ...this.history.now, proposals: proposals.map(named("p")) });
    this.draw();
  }

  setGhosts(ghosts) {
    this.ghosts = ghosts.map(named("g"));
    this.draw();
  }

  select(id, { show = false } = {}) {
    const box = this.get(id);
    this.selected = box ? id : null;
    this.draw();
    if (box && show) this.reveal(box);
    this.emit("select", this.selected);
  }

  /** Bring a box into view if it is not. */
  reveal(box) {
    const place = this.rectangle(box);
    const { clientWidth, clientHeight } = this.viewer.stage;
    const isIn = place && place.x > 0 && place.y > 0
      && place.x + place.width < clientWidth && place.y + place.height < clientHeight;
    if (!isIn) this.viewer.fit(box);
  }

  /** Select the next box, from east to west. */
  next(step = 1) {
    const { boxes, proposals } = this.history.now;
    const all = [...boxes, ...proposals]
      .map((box) => ({ id: box.id, at: this.viewer.info ? this.view(box).x_min : box.x_min }))
      .sort((a, b) => a.at - b.at);
    if (!all.length) return;
    const here = all.findIndex((entry) => entry.id === this.selected);
    const to = here < 0 ? (step > 0 ? 0 : all.length - 1) : (here + step + all.length) % all.length;
    this.select(all[to].id, { show: true });
  }

  // ---- changes ----

  change(reason, next, { together = "" } = {}) {
    this.history.change(next, together);
    if (!this.get(this.selected)) this.selected = null;
    this.draw();
    this.emit("change", { reason, boxes: this.list() });
  }

  add(box) {
    const made = named("b")(this.options.create ? this.options.create({ ...box }) : box);
    const now = this.history.now;
    this.selected = made.id;
    this.change("add", { ...now, boxes: [...now.boxes, made] });
    this.emit("select", made.id);
    return made.id;
  }

  /** Add a box in the middle of the view. */
  addInMiddle(side = null) {
    const { stage, info } = this.viewer;
    const centre = this.viewer.at({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
    if (!centre || !info) return null;
    const half = side ? side / 2 : Math.max(4, info.width / 20);
    const box = { x_min: centre[0] - half, x_max: centre[0] + half,
      y_min: centre[1] - half * 0.6, y_max: centre[1] + half * 0.6 };
    return this.add(this.file(box));
  }

  update(id, changes, together = "") {
    const alter = (box) => (box.id === id ? { ...box, ...changes } : box);
    const { boxes, proposals } = this.history.now;
    this.change("update", { boxes: boxes.map(alter), proposals: proposals.map(alter) }, { together });
  }

  remove(id = this.selected) {
    const stays = (box) => box.id !== id;
    const { boxes, proposals } = this.history.now;
    this.change("remove", { boxes: boxes.filter(stays), proposals: proposals.filter(stays) });
    this.emit("select", this.selected);
  }

  /** Make proposals boxes: of one id, or of several as one step. */
  accept(ids = this.selected, changes = {}) {
    const wanted = new Set(Array.isArray(ids) ? ids : [ids]);
    const { boxes, proposals } = this.history.now;
    const taken = proposals.filter((box) => wanted.has(box.id));
    if (!taken.length) return;
    const made = taken.map((box) => ({ ...(this.options.create?.({ ...box }) ?? box), ...changes }));
    const left = proposals.filter((box) => !wanted.has(box.id));
    this.change("accept", { boxes: [...boxes, ...made], proposals: left });
  }

  reject(id = this.selected) { if (this.isProposal(id)) this.remove(id); }

  /** Move the selected box by file pixels, seen as in the view; `grow` moves its far edges. */
  nudge(dx, dy, grow = false) {
    const box = this.get(this.selected);
    if (!box || !this.viewer.info) return;
    const view = this.view(box);
    const moved = grow
      ? { ...view, x_max: view.x_max + dx, y_max: view.y_max + dy }
      : { x_min: view.x_min + dx, x_max: view.x_max + dx, y_min: view.y_min + dy, y_max: view.y_max + dy };
    this.update(box.id, this.file(this.kept(moved, grow)), `nudge ${box.id} ${grow}`);
  }

  undo() { this.step(this.history.undo(), "undo"); }
  redo() { this.step(this.history.redo(), "redo"); }

  step(isDone, reason) {
    if (!isDone) return;
    if (!this.get(this.selected)) this.selected = null;
    this.draw();
    this.emit("change", { reason, boxes: this.list() });
    this.emit("select", this.selected);
  }

  // ---- frames ----

  view(box) { return mapBox(this.viewer.info, box, toView); }

  /** Return a view box in file pixels, to a hundredth. */
  file(view) {
    const found = mapBox(this.viewer.info, view, toFile);
    for (const key of Object.keys(found)) found[key] = Math.round(found[key] * 100) / 100;
    return found;
  }

  /** Return a view box that lies in the picture and is not too small; moved, or cut if `cut`. */
  kept(view, cut = false) {
    const { width, height } = this.viewer.info;
    const side = this.options.minimum;
    const axis = (low, high, size) => {
      if (cut) {
        const first = Math.max(0, Math.min(low, size - side));
        return [first, Math.max(first + side, Math.min(high, size))];
      }
      const shift = Math.max(0, -low) - Math.max(0, high - size);
      return [low + shift, high + shift];
    };
    const [x_min, x_max] = axis(view.x_min, view.x_max, width);
    const [y_min, y_max] = axis(view.y_min, view.y_max, height);
    return { x_min, y_min, x_max, y_max };
  }

  /** Return a box on the screen: CSS pixels of the stage. */
  rectangle(box) {
    const map = this.viewer.transform();
    if (!map || !this.viewer.info) return null;
    const view = this.view(box);
    return {
      x: view.x_min * map.scale + map.x, y: view.y_min * map.scale + map.y,
      width: (view.x_max - view.x_min) * map.scale, height: (view.y_max - view.y_min) * map.scale,
    };
  }

  /** Return the smallest box or proposal at view pixels, null if none. */
  hit(place) {
    if (!place || this.#hidden || !this.viewer.shown.boxes || !this.viewer.info) return null;
    const [x, y] = place;
    const map = this.viewer.transform();
    if (!map) return null;
    const named = captionAt(this.nodes.values(), x * map.scale + map.x, y * map.scale + map.y);
    if (named !== null) return named;
    const reach = 4 / map.scale;
    const { boxes, proposals } = this.history.now;
    let best = null;
    for (const box of [...boxes, ...proposals]) {
      const v = this.view(box);
      if (x < v.x_min - reach || x > v.x_max + reach) continue;
      if (y < v.y_min - reach || y > v.y_max + reach) continue;
      const area = (v.x_max - v.x_min) * (v.y_max - v.y_min);
      if (!best || area < best.area) best = { id: box.id, area };
    }
    return best?.id ?? null;
  }

  hovered(place, event = null) {
    const id = this.gestures?.isBusy ? this.hover : this.hit(place);
    this.gestures?.showCursor(place, event);
    if (id === this.hover) return;
    this.nodes.get(this.hover)?.node.classList.remove("is-hovered");
    this.hover = id;
    this.nodes.get(id)?.node.classList.add("is-hovered");
    this.emit("hover", id);
  }

  /** Light a box up from outside, as a table's row does. */
  light(id) {
    for (const [key, { node }] of this.nodes) node.classList.toggle("is-hovered", key === id);
    this.hover = id;
  }

  clicked(place) {
    if (!this.isEditable) this.select(this.hit(place));
  }

  // ---- drawing ----

  draw() {
    this.svg.replaceChildren();
    this.nodes.clear();
    const { info, shown } = this.viewer;
    this.svg.classList.toggle("is-editable", this.isEditable);
    if (!info || this.#hidden || !shown.boxes) return;
    const { boxes, proposals } = this.history.now;
    const drawn = [
      ...this.ghosts.map((box) => ["ghost", box]),
      ...proposals.map((box) => ["proposal", box]),
      ...boxes.map((box) => ["box", box]),
    ];
    const top = drawn.findIndex(([kind, box]) => kind !== "ghost" && box.id === this.selected);
    if (top >= 0) drawn.push(...drawn.splice(top, 1));
    for (const [kind, box] of drawn) this.nodes.set(box.id, this.make(kind, box));
    this.place();
  }

  make(kind, box) {
    const isSelected = kind !== "ghost" && box.id === this.selected;
    const classes = ["box", `box-${kind}`, `level-${levelOf(box.class)}`];
    if (box.status) classes.push(`status-${box.status}`);
    if (box.doubted) classes.push("is-doubted");
    if (box.differs) classes.push("is-differing");
    if (isSelected) classes.push("is-selected");
    if (box.id === this.hover) classes.push("is-hovered");
    const node = shape("g", { class: classes.join(" "), "data-id": String(box.id) });
    const rects = ["box-back", "box-line"].map((name) => shape("rect", { class: name }));
    const text = box.text ?? this.options.caption(box, kind);
    const label = shape("g", { class: "box-caption" });
    const width = textWidth(text) + 10;
    if (text) {
      const words = shape("text", { x: 5, y: 13 });
      words.textContent = text;
      label.append(shape("rect", { width, height: 18, rx: 3 }), words);
    }
    node.append(...rects, label);
    const handles = isSelected && this.isEditable
      ? ["nw", "n", "ne", "e", "se", "s", "sw", "w"].map((side) => {
        const handle = shape("rect", { class: `box-handle handle-${side}`, width: 9, height: 9, rx: 2 });
        node.append(handle);
        return [side, handle];
      }) : [];
    this.svg.append(node);
    return { node, kind, box, rects, label, width: text ? width : 0, handles };
  }

  /** Put everything where the view is now. */
  place() {
    const placed = [];
    for (const entry of this.nodes.values()) {
      const box = entry.box.x === undefined ? entry.box : pointBox(entry.box);
      const rect = this.rectangle(box);
      if (!rect) return;
      for (const node of entry.rects) {
        for (const [key, value] of Object.entries(rect)) node.setAttribute(key, Math.max(value, key.length > 1 ? 1 : -1e6));
      }
      for (const [side, handle] of entry.handles) {
        const x = side.includes("w") ? 0 : side.includes("e") ? 1 : 0.5;
        const y = side.includes("n") ? 0 : side.includes("s") ? 1 : 0.5;
        // About a small box they stand outside, the corners alone, so that it is seen.
        const isSmall = Math.min(rect.width, rect.height) < 34;
        const out = isSmall ? 5 : 0;
        handle.setAttribute("visibility", isSmall && side.length < 2 ? "hidden" : "visible");
        handle.setAttribute("x", rect.x + x * rect.width - 4.5 + (2 * x - 1) * out);
        handle.setAttribute("y", rect.y + y * rect.height - 4.5 + (2 * y - 1) * out);
      }
      if (entry.width) placed.push({ entry, rect });
    }
    placeCaptions(placed, this.viewer.stage.clientWidth, this.viewer.stage.clientHeight);
  }

  // ---- keys ----

  key(event) {
    const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = this.isEditable ? this.editKey(event, letter) : this.readKey(event, letter);
    if (!act) return false;
    act();
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  readKey(event, letter) {
    if (event.ctrlKey || event.metaKey || event.altKey) return null;
    return {
      n: () => this.next(1), p: () => this.next(-1),
      Escape: this.selected === null ? null : () => this.select(null),
    }[letter] ?? null;
  }

  editKey(event, letter) {
    if (event.ctrlKey || event.metaKey) {
      if (letter === "z") return () => (event.shiftKey ? this.redo() : this.undo());
      return letter === "y" ? () => this.redo() : null;
    }
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (arrows[letter] && this.selected !== null) {
      const far = event.shiftKey ? 10 : 1;
      return () => this.nudge(...arrows[letter].map((v) => v * far), event.altKey);
    }
    if (event.altKey) return null;
    const isChosen = this.selected !== null;
    return {
      n: () => this.next(1), p: () => this.next(-1),
      d: () => this.setTool("draw"), v: () => this.setTool("pick"), a: () => this.addInMiddle(),
      Delete: isChosen ? () => this.remove() : null, Backspace: isChosen ? () => this.remove() : null,
      Enter: this.isProposal(this.selected) ? () => this.accept() : null,
      Escape: isChosen ? () => this.select(null) : null,
    }[letter] ?? null;
  }

  setTool(name) {
    this.tool = name;
    this.viewer.stage.dataset.tool = name;
    this.emit("tool", name);
  }
}

let count = 0;

/** Return what gives a box a name of its own where it has none. */
function named(prefix) {
  return (box) => ({ ...box, id: box.id ?? `${prefix}${(count += 1)}` });
}

function pointBox(point) {
  return { x_min: point.x, x_max: point.x, y_min: point.y, y_max: point.y };
}
