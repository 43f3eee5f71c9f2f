// Elements, states, dialogs, toasts, command lines. Texts are texts: nothing here makes HTML.

// h("a", {class: "x", href: "/", onclick: f, dataset: {id}, style: {width: "3px"}}, "text", node, ...)
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, text] of Object.entries(value)) element.style.setProperty(name, text);
    else if (key === "dataset") Object.assign(element.dataset, value);
    else if (key in element && typeof value !== "string" && key !== "list") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/img/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

// button("Save", {icon: "ok", kind: "primary", onclick})
export function button(label, { icon: symbol, kind = "", title, ...more } = {}) {
  const shown = label ? [label] : [];
  return h("button", { type: "button", class: `button ${kind}`, title, "aria-label": label ? null : title, ...more },
    symbol && icon(symbol), ...shown);
}

export function toast(text, { kind = "", seconds = 6, action } = {}) {
  const host = document.getElementById("toasts");
  const close = () => item.remove();
  const item = h("div", { class: `toast ${kind}` }, h("span", { class: "grow" }, text),
    action && h("button", { type: "button", class: "button quiet", onclick: () => { close(); action.run(); } }, action.label),
    h("button", { type: "button", "aria-label": "Close", onclick: close }, icon("close")));
  host.append(item);
  while (host.children.length > 4) host.firstChild.remove();
  if (seconds) setTimeout(close, seconds * 1000);
  return close;
}

// Say what went wrong, of a Problem or any error.
export function fail(error) {
  if (error?.name === "AbortError") return;
  toast(error.detail || error.message || String(error), { kind: "bad", seconds: 12 });
}

// dialog({title, body: [nodes], action: "Rename", danger}) -> Promise of FormData, null if cancelled.
export function dialog({ title, body = [], action = "OK", cancel = "Cancel", danger = false, check }) {
  return new Promise((resolve) => {
    const done = (value) => { resolve(value); box.close(); box.remove(); };
    const note = h("p", { class: "notice bad", role: "alert", hidden: true });
    const form = h("form", { method: "dialog", onsubmit: async (event) => {
      event.preventDefault();
      const values = new FormData(form);
      try {
        if (check) await busy(submit, check(values));
        done(values);
      } catch (error) {
        note.hidden = false;
        note.textContent = error.detail || error.message;
      }
    } });
    const submit = h("button", { class: `button primary ${danger ? "danger" : ""}` }, action);
    form.append(h("h2", { id: "dialog-title" }, title), ...[body].flat(), note,
      h("div", { class: "buttons" }, cancel && h("button", { type: "button", class: "button", onclick: () => done(null) }, cancel), submit));
    const box = h("dialog", { "aria-labelledby": "dialog-title", oncancel: (event) => { event.preventDefault(); done(null); } }, form);
    document.body.append(box);
    box.showModal();
    (form.querySelector("input, select, textarea") ?? submit).focus();
  });
}

export async function confirm({ title, text = "", action = "Delete", danger = true }) {
  return (await dialog({ title, body: [h("p", {}, text)], action, danger })) !== null;
}

// Show on a button that something is on its way.
export async function busy(element, promise) {
  element?.setAttribute("aria-busy", "true");
  try { return await promise; } finally { element?.removeAttribute("aria-busy"); }
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); } catch {
    const area = h("textarea", { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast("Copied", { seconds: 2 });
}

// The command line that does the same, with a button that copies it. `set(text)` changes it.
export function command(text, label = "The same on the command line, in the workspace's folder") {
  // An option stays on one line: a line may not end between its hyphens.
  const pieces = (line) => line.split(/((?<=^|\s)--?[a-zA-Z][\w-]*)/).map((piece, at) => (at % 2 ? h("span", { class: "option" }, piece) : piece));
  const pre = h("pre", {}, pieces(text));
  const element = h("div", { class: "command-block" }, h("p", { class: "small soft" }, label),
    h("div", { class: "command" }, pre, button("", { icon: "copy", kind: "quiet square", title: "Copy", onclick: () => copy(pre.textContent) })));
  element.set = (next) => { pre.replaceChildren(...pieces(next)); };
  return element;
}

export function empty({ title, text = "", icon: symbol = "info", action } = {}) {
  return h("div", { class: "state" }, icon(symbol), h("h3", {}, title), text && h("p", {}, text),
    action && (action.href ? h("a", { class: "button primary", href: action.href }, action.label)
      : button(action.label, { kind: "primary", onclick: action.run })));
}

export function broken(error, again) {
  return h("div", { class: "state bad", role: "alert" }, icon("warn"), h("h3", {}, error.title || "Something went wrong"),
    h("p", {}, error.detail || error.message || ""), again && button("Try again", { icon: "refresh", onclick: again }));
}

export function loading(lines = 3) {
  return h("div", { class: "stack", "aria-busy": "true", "aria-label": "Loading" },
    Array.from({ length: lines }, () => h("div", { class: "skeleton", style: { height: "2.2rem" } })));
}

// A bar; `set(share)` moves it, null where the end is unknown.
export function progress(share = null) {
  const fill = h("i");
  const element = h("div", { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" }, fill);
  element.set = (value) => {
    element.classList.toggle("unknown", value == null);
    if (value == null) { element.removeAttribute("aria-valuenow"); fill.style.removeProperty("width"); return; }
    element.setAttribute("aria-valuenow", String(Math.round(value * 100)));
    fill.style.setProperty("width", `${Math.min(100, value * 100)}%`);
  };
  element.set(share);
  return element;
}

const TAGS = { done: "good", running: "active", queued: "", failed: "bad", aborted: "warn", interrupted: "warn" };

// The state of a job as a tag.
export const stateTag = (state) => h("span", { class: `tag ${TAGS[state] ?? ""}` }, state);

// A class with its dot of colour.
export function className(name, levelName) {
  return h("span", { class: "class-name" }, h("span", { class: `dot ${levelName}` }), name || "none");
}
