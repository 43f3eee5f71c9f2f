/* Small parts of the viewer: events, elements, buttons with drawn icons. */

const SVG = "http://www.w3.org/2000/svg";

/** Events by name. */
export class Emitter {
  #handlers = new Map();

  /** Call `handler` at each event of a name; returns what stops it. */
  on(name, handler) {
    const known = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, known.add(handler));
    return () => known.delete(handler);
  }

  emit(name, value) {
    for (const handler of this.#handlers.get(name) ?? []) handler(value);
  }
}

/** Return a new element; `text` is text, never HTML. */
export function element(name, classes = "", attributes = {}, text = "") {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

/** Return a new SVG element. */
export function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const ICONS = {
  "zoom-in": "M8 3.5v9M3.5 8h9",
  "zoom-out": "M3.5 8h9",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  grid: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12M8 2c-3.4 3.6-3.4 8.400 0 12M8 2c3.400 3.600 3.400 8.400 0 12",
  limb: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
  boxes: "M2.500 4h6v5h-6zM9.500 9.500h4v3.500h-4z",
  undo: "M5.500 3.500L2.500 6.500l3 3M2.500 6.500h7a3.500 3.500 0 0 1 0 7H7",
  redo: "M10.500 3.500l3 3-3 3M13.500 6.500h-7a3.500 3.500 0 0 0 0 7H9",
  draw: "M3 3h7v7H3zM12 9v5M9.500 11.500h5",
  pick: "M4 2.500l8.500 5-3.800 1L6.500 12z",
};

/** Return an icon of 16 pixels. */
export function icon(name) {
  return shape("svg", { class: "viewer-icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    shape("path", { d: ICONS[name] ?? "" }));
}

/** Return a tool's button; `held` ones show whether they are on. */
export function button(name, title, act, held = false) {
  const made = element("button", "viewer-tool", { type: "button", title, "aria-label": title });
  if (held) made.setAttribute("aria-pressed", "false");
  made.append(icon(name));
  made.addEventListener("click", act);
  return made;
}
