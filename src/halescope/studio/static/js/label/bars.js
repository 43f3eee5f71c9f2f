// The tools above the picture, and the way from picture to picture.
import { api, part } from "/static/js/lib/api.js";
import { integer } from "/static/js/lib/format.js";
import { button, fail, h, toast } from "/static/js/lib/ui.js";
import { kept } from "./small.js";

/** Tools of the boxes. */
export class Toolbar {
  constructor(editor, host) {
    this.editor = editor;
    const act = (run) => () => {
      if (editor.isOpen) run(editor);
      editor.focus();
    };
    const tool = (label, icon, title, run) => button(label, { icon, kind: "quiet", title, onclick: act(run) });
    this.tools = {
      draw: tool("Draw", "edit", "Draw boxes with the pointer (D)", (e) => e.turnTool()),
      undo: tool("", "undo", "Undo (Ctrl Z)", (e) => e.boxes.undo()),
      redo: tool("", "redo", "Redo (Ctrl Y)", (e) => e.boxes.redo()),
      remove: tool("", "trash", "Delete the chosen box (Del)", (e) => e.remove()),
      snap: tool("Snap", "fit", "Snap the chosen box to the field's extent (S)", (e) => e.snap()),
      carry: tool("Copy last", "clone", "Copy the last picture's boxes, turned by the Sun's rotation (C)", (e) => e.carry()),
      noaa: tool("NOAA", "sun", "Box the regions that NOAA lists (J)", (e) => e.boxNoaa()),
      accept: tool("Accept all", "ok", "Accept all proposals that are shown (Shift Enter)", (e) => e.acceptAll()),
      hide: tool("", "eye", "Hide all boxes (H)", (e) => e.turnHidden()),
    };
    const { draw, undo, redo, remove, snap, carry, noaa, accept, hide } = this.tools;
    const gap = () => h("span", { class: "label-gap", "aria-hidden": "true" });
    host.append(draw, remove, undo, redo, gap(), snap, carry, noaa, accept, gap(), hide,
      button("", { icon: "info", kind: "quiet square", title: "Keys (?)", onclick: () => editor.help() }));
    for (const name of ["undo", "redo", "remove", "hide"]) this.tools[name].classList.add("square");
    this.draw();
  }

  draw() {
    const { boxes, helpers } = this.editor;
    const { tools } = this;
    tools.draw.setAttribute("aria-pressed", String(boxes.tool === "draw"));
    tools.hide.setAttribute("aria-pressed", String(boxes.hidden));
    tools.undo.disabled = !boxes.canUndo;
    tools.redo.disabled = !boxes.canRedo;
    tools.remove.disabled = boxes.selected === null;
    tools.noaa.disabled = !helpers?.ghosts.length;
    const count = boxes.proposals().length;
    tools.accept.disabled = !count;
    tools.accept.lastChild.textContent = count ? `Accept ${count}` : "Accept all";
  }
}

/** From picture to picture, in one of two orders. */
export class Walk {
  constructor(editor, host) {
    this.editor = editor;
    this.by = kept.read("order", "time");
    this.here = null;
    const go = (label, icon, title, where) => button(label, { icon, title, kind: label ? "" : "square",
      onclick: () => editor.step(where) });
    this.before = go("", "left", "Picture before (←)", "previous");
    this.behind = go("", "right", "Next picture (→)", "next");
    this.unreviewed = go("Next unreviewed", "", "Next unreviewed picture (N)", "unreviewed");
    this.place = h("span", { class: "label-place", "aria-live": "polite" });
    this.order = h("select", { class: "select", "aria-label": "Order of the pictures (M)",
      onchange: () => this.take(this.order.value) },
    h("option", { value: "time" }, "By time"), h("option", { value: "least-sure" }, "Least sure first"));
    host.append(this.order, this.before, this.place, this.behind, this.unreviewed);
    this.order.value = this.by;
  }

  async load() {
    const { editor } = this;
    const { turn } = editor;
    try {
      const here = await api.get(`${editor.address}/neighbours?by=${this.by}`);
      if (turn !== editor.turn) return;
      this.here = here;
      this.draw();
      this.prepare(here.next);
    } catch (error) {
      if (turn === editor.turn) fail(error);
    }
  }

  draw() {
    const { here } = this;
    this.place.textContent = `${integer(here.place)} of ${integer(here.count)}`;
    this.before.disabled = !here.previous;
    this.behind.disabled = !here.next;
    this.unreviewed.disabled = !here.unreviewed;
    this.editor.panel.progress(here);
  }

  /** Have the studio decode the picture that is probably next. */
  prepare(key) {
    if (!key || navigator.connection?.saveData) return;
    const address = `/api/datasets/${part(this.editor.data.dataset)}/labels/${part(key)}`;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => api.get(address).catch(() => {}), 400);
  }

  async next(where) {
    if (!this.here) await this.load();
    return this.here?.[where] ?? null;
  }

  take(by) {
    this.by = by;
    this.order.value = by;
    kept.write("order", by);
    this.load().then(() => {
      if (by !== "least-sure" || !this.here) return;
      if (!this.here.scored) {
        toast("The detector has not looked at all pictures yet: Propose for all, in the panel, lets it.", { seconds: 8 });
      } else if (this.here.first && this.here.first !== this.editor.key) this.editor.open(this.here.first);
    });
    this.editor.focus();
  }

  turn() { this.take(this.by === "time" ? "least-sure" : "time"); }
}
