// What the keys do: one table, for the keyboard and for the help that shows it.
import { dialog, h } from "/static/js/lib/ui.js";

const CLASS_KEYS = ["1", "2", "3", "4", "5", "6", "7"];

/** Groups of [keys, what they do, act(editor, event) -> false where the key is not taken]. */
export const KEYS = [
  ["Class and status", [
    ...CLASS_KEYS.map((key, index) => [[key], index === 0 ? "α β βγ βδ βγδ γ γδ" : "",
      (e) => e.setClass(e.data.classes[index].name)]),
    [["0"], "no class", (e) => e.boxes.selected !== null && e.setClass("")],
    [["f"], "firm", (e) => e.setStatus("firm")],
    [["u"], "doubtful: neither trains nor counts", (e) => e.setStatus("doubtful")],
    [["p"], "plage: no region", (e) => e.setStatus("plage")],
    [["o"], "occluded 0 to 3 (KITTI)", (e) => e.turnOccluded()],
    [["t"], "truncated by the limb (KITTI)", (e) => e.turnTruncated()],
  ]],
  ["Boxes", [
    [["a"], "add a box at the pointer", (e) => e.addBox()],
    [["d"], "draw with the pointer, again to stop", (e) => e.turnTool()],
    [["s"], "snap to the field's extent, or box it at the pointer", (e) => e.snap()],
    [["Tab"], "next box; Shift+Tab the one before", (e) => e.tab(1)],
    [["shift+Tab"], "", (e) => e.tab(-1)],
    [["Delete"], "delete, or reject a proposal", (e) => e.remove()],
    [["Backspace", "x"], "", (e) => e.remove()],
    [["ctrl+c"], "copy; without a box: all of them", (e) => e.copy()],
    [["ctrl+x"], "cut", (e) => e.copy(true)],
    [["ctrl+v"], "paste, also on another picture", (e) => e.paste()],
    [["Escape"], "let go", (e) => e.letGo()],
  ]],
  ["Move", [
    [["ArrowLeft", "ArrowUp", "ArrowDown", "ArrowRight"], "move the chosen box by 1 px, Shift 10, Ctrl 100; with Alt its far edges",
      (e, event) => e.arrow(event)],
    [["ctrl+z"], "undo", (e) => e.boxes.undo()],
    [["ctrl+shift+Z", "ctrl+y"], "redo", (e) => e.boxes.redo()],
  ]],
  ["Help from the Sun", [
    [["c"], "copy the last picture's boxes, turned by the Sun's rotation", (e) => e.carry()],
    [["Enter"], "accept the proposal that is chosen", (e) => e.accept()],
    [["shift+Enter"], "accept all proposals that are shown", (e) => e.acceptAll()],
    [["j"], "box NOAA's regions: field's extent, number and class", (e) => e.boxNoaa()],
    [["w"], "proposals on or off", (e) => e.turnProposals()],
  ]],
  ["Pictures", [
    [["ArrowLeft", "ArrowRight"], "picture before, next, if no box is chosen", null],
    [["PageUp", ","], "picture before", (e) => e.step("previous")],
    [["PageDown", "."], "next picture", (e) => e.step("next")],
    [["Enter"], "reviewed, and on to the next, if no proposal is chosen", null],
    [["n"], "next unreviewed picture", (e) => e.step("unreviewed")],
    [["m"], "order: by time, or least sure first", (e) => e.turnOrder()],
    [["r"], "reviewed, or not", (e) => e.turnReviewed()],
    [["ctrl+s"], "save now; it saves itself too", (e) => e.saveNow()],
  ]],
  ["View", [
    [["h"], "hide all boxes, again to show", (e) => e.turnHidden()],
    [["g"], "heliographic grid", null],
    [["l"], "limb", null],
    [["["], "clip lower, ] higher, \\ as it was", null],
    [["+"], "zoom in, - out, Home all", null],
    [["?"], "this help", (e) => e.help()],
  ]],
];

const acts = new Map();
for (const [, rows] of KEYS) {
  for (const [keys, , act] of rows) if (act) for (const key of keys) acts.set(key, act);
}

/** Return a key as it is spelled in the table. */
export function spelled(event) {
  const isLetter = event.key.length === 1;
  const name = isLetter && !event.ctrlKey && !event.metaKey ? event.key.toLowerCase() : event.key;
  const control = event.ctrlKey || event.metaKey ? "ctrl+" : "";
  const shift = event.shiftKey && (!isLetter || control) ? "shift+" : "";
  return `${control}${shift}${name}`;
}

/** What can be done while no picture is there, or it is still on its way. */
const ALWAYS = new Set(["PageUp", ",", "PageDown", ".", "n", "m", "?"]);

const TYPED = "input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable], dialog *";

/** Have a page's keys go to an editor. */
export function listen(editor) {
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (target.closest?.(TYPED)) {
      if (event.key === "Escape") editor.focus();
      if (spelled(event) !== "ctrl+s") return;
    }
    const isPressed = ["Enter", " "].includes(event.key) && target.closest?.("button, a, summary");
    const isTab = event.key === "Tab" && !editor.hasFocus;
    const isRange = event.key.startsWith("Arrow") && target.closest?.("input[type=range]");
    if (isPressed || isTab || isRange) return;
    const name = event.key.startsWith("Arrow") ? event.key : spelled(event);
    const act = acts.get(name);
    if (act && !editor.isOpen && !ALWAYS.has(name)) return;
    if (act) {
      if (act(editor, event) === false) return;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (!editor.hasFocus && !event.ctrlKey && !event.metaKey && event.key !== "Tab") editor.viewer.key(event);
  }, true);
}

const NAMES = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Delete: "Del", Escape: "Esc",
  PageUp: "PgUp", PageDown: "PgDn", Enter: "⏎",
};

function cap(key) {
  const words = key.split("+").filter(Boolean);
  if (!words.length) words.push("+");
  const text = words.map((word) => NAMES[word] ?? (word.length === 1 ? word.toUpperCase()
    : word[0].toUpperCase() + word.slice(1)));
  return h("kbd", {}, text.join(" "));
}

/** Show all keys. */
export function help() {
  const groups = KEYS.map(([title, rows]) => h("section", {}, h("h3", {}, title),
    h("dl", { class: "keys" }, rows.filter(([, text]) => text).map(([keys, text]) => [
      h("dt", {}, title === "Class and status" && keys[0] === "1" ? h("kbd", {}, "1 – 7") : keys.map(cap)),
      h("dd", {}, text),
    ]))));
  return dialog({ title: "Keys", body: [h("div", { class: "keys-groups" }, groups)], action: "Close", cancel: null });
}
