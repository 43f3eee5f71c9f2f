/* The viewer of one magnetogram: deep zoom, clip, grid and limb, boxes, status line, keyboard.
 *
 *   import { Viewer } from "/static/js/lib/viewer.js";
 *   const viewer = new Viewer(element, { boxes: { mode: "read" }, label: "Magnetogram" });
 *   await viewer.open("analyses/…/input/disk.fits");     // path as /api/pictures takes it
 *   viewer.boxes.set(rows);                              // see lib/boxes.js: file pixels
 *   viewer.on("clip" | "open" | "pointer" | "toggle", (value) => …);   // returns an "off"
 *
 *   viewer.info        answer of GET /api/pictures: width, height, to_view, clip, time, geometry …
 *   viewer.clip, viewer.setClip(value)     unit of the picture; kept from picture to picture
 *                      and from page to page (localStorage), gauss and grey levels apart
 *   viewer.toggle("grid" | "limb" | "boxes", shown?)
 *   viewer.fit(box?)   show a box {x_min, y_min, x_max, y_max} (file pixels), or the whole disk
 *   viewer.marks(list) crosses: [{x, y, text, kind}] in file pixels, e.g. NOAA's regions
 *   viewer.follow(other)   the same part and clip as another viewer (side by side)
 *   viewer.status.append(node)   further words in the status line
 *   viewer.destroy()
 *
 * open() keeps zoom and place when the next picture has the same size and `keep` is true.
 * Keys, when the viewer has the focus: arrows move, + - zoom, 0 or Home all, G grid, L limb,
 * B boxes, [ ] clip (with Shift in large steps), \ the clip's default. boxes.js adds its own.
 * Styles: css/viewer.css (the page links it). The picture is drawn at the clip that the server was
 * asked for; while the slider moves, the browser stretches the contrast, so that it follows at once.
 */
import { Emitter, button, element } from "./viewer_parts.js";
import { Boxes } from "./boxes.js";
import { Overlay } from "./viewer_overlay.js";
import { Field, mapBox, placeWords, stonyhurst, toFile } from "./solar.js";

const SOURCE = "/static/vendor/openseadragon/openseadragon.min.js";
let loading = null;

/** Load OpenSeadragon once. */
export function openSeadragon() {
  loading ??= new Promise((resolve, reject) => {
    // The library adds a style element of one rule unless it finds one; css/viewer.css has the rule.
    const mark = document.createElementNS("urn:halescope", "style");
    mark.setAttribute("data-openseadragon-mobile-css", "true");
    document.head.append(mark);
    if (window.OpenSeadragon) return resolve(window.OpenSeadragon);
    const script = document.createElement("script");
    script.src = SOURCE;
    script.onload = () => resolve(window.OpenSeadragon);
    script.onerror = () => reject(new Error(`${SOURCE} cannot be loaded`));
    document.head.append(script);
    return undefined;
  });
  return loading;
}

const kept = {
  read(key) {
    try { return localStorage.getItem(`viewer.${key}`); } catch { return null; }
  },
  write(key, value) {
    try { localStorage.setItem(`viewer.${key}`, value); } catch { /* private window */ }
  },
};

export class Viewer extends Emitter {
  constructor(host, options = {}) {
    super();
    this.host = host;
    this.options = { label: "Magnetogram", boxes: { mode: "read" }, tools: true, ...options };
    this.info = null;
    this.clip = null;
    this.drawnClip = null;
    this.shown = { grid: kept.read("grid") === "1", limb: kept.read("limb") !== "0", boxes: true };
    this.build();
  }

  build() {
    this.host.classList.add("viewer");
    this.stage = element("div", "viewer-stage", {
      tabindex: "0", role: "application", "aria-label": this.options.label,
    });
    this.message = element("div", "viewer-message", { role: "status" });
    this.bar = element("div", "viewer-bar", { role: "toolbar", "aria-label": "View" });
    this.status = element("div", "viewer-status");
    this.facts = element("span", "viewer-facts");
    this.pointer = element("span", "viewer-pointer");
    this.status.append(this.facts, this.pointer);
    this.stage.append(this.message);
    this.host.replaceChildren(...(this.options.tools ? [this.bar] : []), this.stage, this.status);
    this.buildTools();
    this.overlay = new Overlay(this);
    this.boxes = new Boxes(this, this.options.boxes);
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("pointermove", (event) => this.pointed(event));
    this.stage.addEventListener("pointerleave", () => this.point(null));
  }

  buildTools() {
    this.tools = {
      out: button("zoom-out", "Zoom out (-)", () => this.zoom(1 / 1.5)),
      in: button("zoom-in", "Zoom in (+)", () => this.zoom(1.5)),
      home: button("fit", "Whole disk (0)", () => this.fit()),
      grid: button("grid", "Heliographic grid (G)", () => this.toggle("grid"), true),
      limb: button("limb", "Limb (L)", () => this.toggle("limb"), true),
      boxes: button("boxes", "Boxes (B)", () => this.toggle("boxes"), true),
    };
    this.slider = element("input", "viewer-slider", {
      type: "range", min: "0", max: "1000", step: "1", "aria-label": "Clip: field at black and white",
    });
    this.clipText = element("output", "viewer-clip");
    const label = element("label", "viewer-clip-label");
    label.append(element("span", "", {}, "Clip"), this.slider, this.clipText);
    this.slider.addEventListener("input", () => this.setClip(this.fromSlider(), false));
    this.slider.addEventListener("change", () => this.setClip(this.fromSlider()));
    this.slider.addEventListener("dblclick", () => this.setClip(this.info.clip.default));
    const gap = element("span", "viewer-gap");
    this.bar.append(...Object.values(this.tools), gap, label);
    for (const name of Object.keys(this.shown)) {
      this.tools[name].setAttribute("aria-pressed", String(this.shown[name]));
    }
  }

  /** Show a picture. Rejects with a Problem-like Error where it cannot be read. */
  async open(path, { time = null, keep = false } = {}) {
    const OSD = await openSeadragon();
    const before = this.info;
    this.say("Reading …", "busy");
    const query = new URLSearchParams({ path, ...(time ? { time } : {}) });
    const turn = (this.turn = Symbol(path));
    let info;
    try {
      const answer = await fetch(`/api/pictures?${query}`);
      info = await answer.json();
      if (!answer.ok) throw Object.assign(new Error(info.detail ?? info.title), info);
    } catch (error) {
      if (turn === this.turn) this.say(error.message, "error");
      throw error;
    }
    if (turn !== this.turn) return null; // another picture was asked for meanwhile
    query.set("key", info.key);
    this.query = query.toString();
    const bounds = keep && before && before.width === info.width && before.height === info.height
      ? this.osd?.viewport.getBounds() : null;
    this.info = info;
    this.clip = Number(kept.read(`clip.${info.scale}`)) || info.clip.default;
    this.clip = Math.max(info.clip.min, Math.min(info.clip.max, this.clip));
    this.field = new Field(info, this.query);
    this.osd ??= this.makeOsd(OSD);
    await this.load(bounds);
    this.showClip();
    this.overlay.draw();
    this.boxes.draw();
    this.describe();
    this.say("");
    this.field.load();
    this.emit("open", info);
    return info;
  }

  makeOsd(OSD) {
    const frame = element("div", "viewer-frame");
    this.stage.prepend(frame);
    const osd = OSD({
      element: frame, drawer: "canvas", showNavigationControl: false, prefixUrl: "",
      visibilityRatio: 0.4, maxZoomPixelRatio: 24, minZoomImageRatio: 0.5, zoomPerScroll: 1.25,
      animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.35,
      springStiffness: 9, imageSmoothingEnabled: true, showNavigator: false, immediateRender: true,
      smoothTileEdgesMinZoom: Infinity,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
      gestureSettingsTouch: { clickToZoom: false, pinchRotate: false },
    });
    osd.innerTracker.keyHandler = null;
    osd.innerTracker.keyDownHandler = null;
    const layer = element("div", "viewer-layer");
    layer.append(this.overlay.svg, this.boxes.svg);
    osd.canvas.append(layer);
    osd.canvas.removeAttribute("tabindex");
    const place = () => { this.overlay.place(); this.boxes.place(); this.emit("move"); };
    for (const name of ["update-viewport", "resize", "open", "animation"]) osd.addHandler(name, place);
    osd.addHandler("animation-finish", () => this.look());
    osd.addHandler("zoom", () => this.smooth());
    osd.addHandler("canvas-click", (event) => {
      this.stage.focus({ preventScroll: true });
      if (event.quick) this.boxes.clicked(this.at(event.position), event.originalEvent);
    });
    return osd;
  }

  load(bounds) {
    const { info } = this;
    this.drawnClip = this.clip;
    return new Promise((resolve) => {
      const shown = () => {
        if (bounds) this.osd.viewport.fitBounds(bounds, true);
        else this.fit(null, true);
        this.stretch();
        resolve();
      };
      this.osd.addOnceHandler("open", shown);
      this.osd.addOnceHandler("open-failed", () => resolve());
      this.osd.open(this.source(info));
    });
  }

  source(info) {
    const clip = Number(this.clip.toPrecision(6));
    return {
      width: info.width, height: info.height, tileSize: info.tile_size, tileOverlap: 1,
      minLevel: 0, maxLevel: info.levels - 1,
      getTileUrl: (level, x, y) =>
        `/api/pictures/tile.png?${this.query}&level=${level}&x=${x}&y=${y}&clip=${clip}`,
    };
  }

  /** Set where black and white are. The tiles are asked for anew when the hand rests. */
  setClip(value, settled = true) {
    if (!this.info) return;
    const { min, max } = this.info.clip;
    this.clip = Math.max(min, Math.min(max, value));
    kept.write(`clip.${this.info.scale}`, String(this.clip));
    this.showClip();
    this.stretch();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.redraw(), settled ? 60 : 250);
    this.emit("clip", this.clip);
  }

  /** Load the tiles at the present clip, under those that are shown until they are there. */
  redraw() {
    if (!this.osd?.world.getItemCount() || this.clip === this.drawnClip) return;
    const clip = this.clip;
    const old = this.osd.world.getItemAt(0);
    const turn = this.turn;
    this.osd.addTiledImage({
      tileSource: this.source(this.info), index: 0,
      success: ({ item }) => {
        const swap = () => {
          if (turn !== this.turn) return;
          if (this.osd.world.getIndexOfItem(old) >= 0) this.osd.world.removeItem(old);
          this.drawnClip = clip;
          this.stretch();
          if (this.clip !== clip) this.redraw();
        };
        if (item.getFullyLoaded()) swap();
        else item.addOnceHandler("fully-loaded-change", swap);
      },
    });
  }

  /** Stretch the contrast of what is drawn to what is asked for: exact for a linear ramp. */
  stretch() {
    const canvas = this.osd?.drawer.canvas;
    if (!canvas) return;
    const ratio = this.drawnClip / this.clip;
    canvas.style.filter = Math.abs(ratio - 1) < 1e-4 ? "" : `contrast(${ratio})`;
  }

  /** Pixels are shown as squares where each is larger than a few on the screen. */
  smooth() {
    if (!this.osd?.world.getItemCount()) return;
    const zoom = this.osd.world.getItemAt(0).viewportToImageZoom(this.osd.viewport.getZoom(false));
    this.osd.drawer.setImageSmoothingEnabled(zoom * devicePixelRatio < 3);
  }

  /** Ask for the values that are in view. */
  look() {
    if (!this.field || !this.osd?.world.getItemCount()) return;
    const item = this.osd.world.getItemAt(0);
    const view = item.viewportToImageRectangle(this.osd.viewport.getBounds(true));
    this.field.look(view.x, view.y, view.width, view.height);
  }

  /** Return {scale, x, y}: screen = scale * view pixel + (x, y), in CSS pixels of the stage. */
  transform() {
    if (!this.osd?.world.getItemCount()) return null;
    const item = this.osd.world.getItemAt(0);
    const Point = window.OpenSeadragon.Point;
    const place = (x, y) => this.osd.viewport.pixelFromPoint(
      item.imageToViewportCoordinates(new Point(x, y), true), true);
    const [origin, far] = [place(0, 0), place(1000, 0)];
    return { scale: (far.x - origin.x) / 1000, x: origin.x, y: origin.y };
  }

  /** Return view pixels [x, y] of a position in the stage, CSS pixels. */
  at(position) {
    const map = this.transform();
    return map ? [(position.x - map.x) / map.scale, (position.y - map.y) / map.scale] : null;
  }

  /** Return view pixels of a pointer's event. */
  eventAt(event) {
    const edge = this.stage.getBoundingClientRect();
    return this.at({ x: event.clientX - edge.left, y: event.clientY - edge.top });
  }

  pointed(event) {
    if (!this.info || this.framed) return;
    this.framed = requestAnimationFrame(() => { this.framed = null; });
    this.point(this.eventAt(event), event);
  }

  /** Say what is under the pointer. */
  point(place, event = null) {
    this.boxes.hovered(place, event);
    if (!place || !this.info) {
      this.pointer.textContent = "";
      this.emit("pointer", null);
      return;
    }
    const [x, y] = place;
    const inside = x >= 0 && y >= 0 && x < this.info.width && y < this.info.height;
    const words = [];
    const sun = inside ? stonyhurst(this.info, x, y) : null;
    const value = inside ? this.field.at(x, y) : null;
    if (sun) words.push(placeWords(sun));
    if (value !== null) words.push(this.fieldWords(value));
    const [column, row] = toFile(this.info, x, y);
    if (inside) words.push(`x ${Math.floor(column)}, y ${Math.floor(row)}`);
    this.pointer.textContent = words.join("  ·  ");
    this.emit("pointer", inside ? { x: column, y: row, ...sun, value } : null);
  }

  fieldWords(value) {
    const sign = value < -0.5 ? "−" : value > 0.5 ? "+" : "";
    const size = Math.abs(value).toFixed(0);
    return this.info.scale === "gauss" ? `${sign}${size} G` : `${sign}${size} grey`;
  }

  describe() {
    const { info } = this;
    const time = info.time ? info.time.replace("T", " ").replace("Z", " UTC") : "time unknown";
    const size = `${info.file.width} × ${info.file.height}`;
    this.facts.textContent = [time, info.instrument, size].join("  ·  ");
  }

  showClip() {
    const { min, max, unit } = this.info.clip;
    this.slider.value = String(Math.round(
      (1000 * Math.log(this.clip / min)) / Math.log(max / min)));
    const digits = this.clip < 100 ? 3 : 4;
    const text = `±${Number(this.clip.toPrecision(digits)).toFixed(0)} ${unit}`;
    this.clipText.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }

  fromSlider() {
    const { min, max } = this.info.clip;
    return min * (max / min) ** (Number(this.slider.value) / 1000);
  }

  toggle(name, shown = !this.shown[name]) {
    this.shown[name] = shown;
    this.tools[name]?.setAttribute("aria-pressed", String(shown));
    if (name !== "boxes") kept.write(name, shown ? "1" : "0");
    this.overlay.draw();
    this.boxes.draw();
    this.emit("toggle", { name, shown });
  }

  zoom(factor) {
    this.osd?.viewport.zoomBy(factor);
    this.osd?.viewport.applyConstraints();
  }

  pan(dx, dy) {
    if (!this.osd) return;
    const { Point } = window.OpenSeadragon;
    this.osd.viewport.panBy(this.osd.viewport.deltaPointsFromPixels(new Point(dx, dy)));
    this.osd.viewport.applyConstraints();
  }

  fit(box = null, isAtOnce = false) {
    if (!this.osd?.world.getItemCount()) return;
    const view = box ? mapBox(this.info, box) : this.sun();
    const [width, height] = [view.x_max - view.x_min, view.y_max - view.y_min];
    const margin = box ? 1.2 * Math.max(width, height, 24) : 0.03 * width;
    const item = this.osd.world.getItemAt(0);
    this.osd.viewport.fitBounds(item.imageToViewportRectangle(
      view.x_min - margin, view.y_min - margin, width + 2 * margin, height + 2 * margin), isAtOnce);
  }

  /** Return the view box of the solar disk, of the whole picture where that shows no limb. */
  sun() {
    const { limb, width, height } = this.info;
    const all = { x_min: 0, y_min: 0, x_max: width, y_max: height };
    if (!limb.length) return all;
    const [xs, ys] = [limb.map((p) => p[0]), limb.map((p) => p[1])];
    return {
      x_min: Math.max(0, Math.min(...xs)), x_max: Math.min(width, Math.max(...xs)),
      y_min: Math.max(0, Math.min(...ys)), y_max: Math.min(height, Math.max(...ys)),
    };
  }

  marks(list) {
    this.overlay.setMarks(list);
  }

  /** Show what another viewer shows, both ways. */
  follow(other) {
    let busy = false;
    const bind = (from, to) => from.on("move", () => {
      if (busy || !from.osd || !to.osd) return;
      busy = true;
      to.osd.viewport.fitBounds(from.osd.viewport.getBounds(false), false);
      busy = false;
    });
    const clip = (from, to) => from.on("clip", (value) => {
      if (to.info && Math.abs(to.clip - value) > 1e-6) to.setClip(value);
    });
    const offs = [bind(this, other), bind(other, this), clip(this, other), clip(other, this)];
    return () => offs.forEach((off) => off());
  }

  say(text, kind = "") {
    this.message.textContent = text;
    this.message.dataset.kind = kind;
    this.stage.setAttribute("aria-busy", String(kind === "busy"));
  }

  key(event) {
    if (!this.info || event.ctrlKey || event.metaKey) {
      if (this.info) this.boxes.key(event);
      return;
    }
    if (this.boxes.key(event) || event.altKey) return;
    const far = event.shiftKey ? 200 : 60;
    const step = event.shiftKey ? 1.5 : 1.12;
    const keys = {
      ArrowLeft: () => this.pan(-far, 0), ArrowRight: () => this.pan(far, 0),
      ArrowUp: () => this.pan(0, -far), ArrowDown: () => this.pan(0, far),
      "+": () => this.zoom(1.3), "=": () => this.zoom(1.3), "-": () => this.zoom(1 / 1.3),
      0: () => this.fit(), Home: () => this.fit(),
      g: () => this.toggle("grid"), l: () => this.toggle("limb"), b: () => this.toggle("boxes"),
      "[": () => this.setClip(this.clip / step), "]": () => this.setClip(this.clip * step),
      "{": () => this.setClip(this.clip / step), "}": () => this.setClip(this.clip * step),
      "\\": () => this.setClip(this.info.clip.default),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    act();
    event.preventDefault();
  }

  destroy() {
    this.osd?.destroy();
    this.host.replaceChildren();
  }
}
