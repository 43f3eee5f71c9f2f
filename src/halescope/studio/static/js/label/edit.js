// The editor of a picture's labels.
import { api, pageData, part } from "/static/js/lib/api.js";
import { plural, symbol } from "/static/js/lib/format.js";
import { broken, button, fail, h, toast } from "/static/js/lib/ui.js";
import { Viewer } from "/static/js/lib/viewer.js";
import { Helpers } from "./helpers.js";
import { help, listen } from "./keys.js";
import { Panel } from "./panel.js";
import { Saving, shown } from "./saving.js";
import { Toolbar, Walk } from "./bars.js";
import { kept, origin } from "./small.js";

class Editor {
  constructor(data) {
    this.data = data;
    this.key = data.key;
    this.sheet = null;
    this.last = { class: kept.read("class", "beta"), status: "firm" };
    this.viewer = new Viewer(document.getElementById("viewer"), {
      label: "Magnetogram with its labels; ? shows the keys",
      boxes: { mode: "edit", tool: kept.read("tool", "pick"), create: (box) => this.create(box), caption: (box, kind) => this.caption(box, kind) },
    });
    this.boxes = this.viewer.boxes;
    this.saving = new Saving({ boxes: () => this.boxes.list(), told: (state, detail) => this.told(state, detail) });
    this.notice = document.getElementById("notice");
    this.desk = document.querySelector(".label-desk");
    this.heading = document.getElementById("heading");
    this.panel = new Panel(this, document.getElementById("panel"));
    this.toolbar = new Toolbar(this, document.getElementById("tools"));
    this.walk = new Walk(this, document.getElementById("walk"));
    this.helpers = new Helpers(this);
    this.viewer.on("pointer", (place) => { this.pointer = place; });
    this.boxes.on("change", ({ reason }) => this.changed(reason));
    this.boxes.on("select", () => this.panel.selection());
    this.boxes.on("hover", (id) => this.panel.hovered(id));
    this.boxes.on("tool", (name) => { kept.write("tool", name); this.toolbar.draw(); });
    listen(this);
    window.addEventListener("popstate", (event) => this.open(event.state?.key ?? data.key, { isBack: true }));
    window.addEventListener("pagehide", () => this.saving.leave());
    window.addEventListener("beforeunload", (event) => {
      if (this.saving.isDirty || this.saving.state === "stale") event.preventDefault();
    });
  }

  get isOpen() { return this.openKey === this.key; }
  get hasFocus() { return this.viewer.stage.contains(document.activeElement); }
  get chosen() { return this.boxes.get(this.boxes.selected); }
  get address() { return `/api/datasets/${part(this.data.dataset)}/labels/${part(this.key)}`; }
  focus() { this.viewer.stage.focus({ preventScroll: true }); }

  // ---- pictures ----

  /** Show a picture of the data set; what is not saved of the one before is saved first. */
  async open(key, { isBack = false, isAgain = false } = {}) {
    if (!isAgain && this.sheet && !(await this.saving.flush())) {
      if (this.saving.state !== "stale") toast("The labels are not saved; the picture stays.", { kind: "bad" });
      return;
    }
    const turn = (this.turn = Symbol(key));
    if (!this.sheet) this.viewer.say("Reading …", "busy");
    try {
      const address = `/api/datasets/${part(this.data.dataset)}/labels/${part(key)}`;
      const sheet = await api.get(address);
      if (turn !== this.turn) return;
      if (!isAgain && !(await this.saving.flush())) return; // changed while the answer came
      this.leave(key, isBack);
      this.sheet = sheet;
      this.desk.hidden = false;
      const isShown = this.viewer.open(sheet.path, { keep: true, time: sheet.time || null });
      this.heading.textContent = words(sheet);
      document.title = `${words(sheet)} · ${this.data.dataset} · halescope studio`;
      await isShown;
      if (turn !== this.turn) return;
      if (!this.isFitted) this.fitDisk();
      this.isFitted = true;
      this.boxes.set(this.saving.begin(sheet));
      this.openKey = key;
      this.panel.draw();
      this.toolbar.draw();
      if (!document.activeElement || document.activeElement === document.body) this.focus();
      this.walk.load();
      this.helpers.load();
    } catch (error) {
      if (turn !== this.turn) return;
      this.leave(key, isBack);
      this.unreadable(error);
    }
  }

  /** Let go of the picture that is shown: what is drawn from now on is not its. */
  leave(key, isBack) {
    const isOther = this.key !== key || !this.sheet;
    this.saving.end();
    this.openKey = null;
    this.sheet = null;
    this.key = key;
    if (isOther && !isBack) this.remember(key);
    this.notice.hidden = true;
    this.boxes.set([]);
    this.boxes.setGhosts([]);
    this.viewer.marks([]);
  }

  remember(key) {
    const address = `/label/${part(this.data.dataset)}/${part(key)}`;
    const isFirst = location.pathname === address;
    history[isFirst ? "replaceState" : "pushState"]({ key }, "", address);
  }

  unreadable(error) {
    this.desk.hidden = true;
    this.heading.textContent = this.key;
    this.panel.draw();
    this.walk.load();
    this.notice.hidden = false;
    this.notice.replaceChildren(broken(error, () => this.open(this.key, { isAgain: true })));
  }

  async step(where) {
    const to = await this.walk.next(where);
    if (to) await this.open(to);
    else if (where === "unreviewed") toast("Every picture of the data set is reviewed.");
  }

  /** Show the disk as large as the view is; where it is in a picture does not matter then. */
  fitDisk() {
    const { osd, info } = this.viewer;
    const points = info?.limb ?? [];
    if (!osd?.world.getItemCount() || !points.length) return;
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    const [wide, tall] = [Math.max(...xs) - x, Math.max(...ys) - y];
    const margin = 0.035 * wide;
    osd.viewport.fitBounds(osd.world.getItemAt(0).imageToViewportRectangle(
      x - margin, y - margin, wide + 2 * margin, tall + 2 * margin), true);
  }

  // ---- boxes ----

  /** What stands beside a box: class, NOAA's number; plage says so when it is chosen. */
  caption(box, kind) {
    if (kind === "ghost") return box.text ?? "";
    if (box.status === "plage") return box.id === this.boxes.selected ? "plage" : "";
    const number = box.noaa_number ? String(box.noaa_number) : "";
    const share = kind === "proposal" && typeof box.score === "number" ? box.score.toFixed(2) : "";
    return [symbol(box.class), number, share].filter(Boolean).join(" ");
  }

  /** Fill in what a new box is: the class that was given last. */
  create(box) {
    const isProposal = box.score !== undefined;
    const { score, probabilities, text, ...plain } = box;
    const made = { ...plain, truncated: 0, occluded: 0, note: "", noaa_number: box.noaa_number ?? null };
    made.class = isProposal || box.class ? box.class ?? "" : this.last.class;
    made.status = box.status ?? "firm";
    if (isProposal) made.origin = origin(box, "detector");
    return made;
  }

  changed(reason) {
    this.saving.changed();
    this.helpers.drawGhosts();
    this.panel.draw();
    if (reason === "undo" || reason === "redo") this.panel.say(reason === "undo" ? "Undone" : "Done again");
  }

  alter(changes, together = "") {
    const { selected } = this.boxes;
    if (selected === null) return false;
    if (this.boxes.isProposal(selected)) this.boxes.accept(selected, changes);
    else this.boxes.update(selected, changes, together);
    this.boxes.select(selected);
    return true;
  }

  setClass(name) {
    this.last.class = name;
    kept.write("class", name);
    const isPlage = this.chosen?.status === "plage" && name;
    if (!this.alter({ class: name, ...(isPlage ? { status: "firm" } : {}) })) this.panel.draw();
  }

  setStatus(status) {
    this.alter(status === "plage" ? { status, class: "" } : { status });
  }

  turnOccluded() {
    if (this.chosen) this.alter({ occluded: ((this.chosen.occluded ?? 0) + 1) % 4 });
  }

  turnTruncated() {
    if (!this.chosen) return;
    const steps = [0, 0.25, 0.5, 0.75];
    this.alter({ truncated: steps.find((value) => value > (this.chosen.truncated ?? 0) + 0.01) ?? 0 });
  }

  addBox() {
    if (this.boxes.hidden) this.turnHidden();
    if (!this.pointer) return this.boxes.addInMiddle();
    const half = Math.max(4, this.sheet.width / 24);
    const { x, y } = this.pointer;
    return this.add({ x_min: x - half, x_max: x + half, y_min: y - half * 0.7, y_max: y + half * 0.7 });
  }

  /** Add a box that is cut to the picture. */
  add(box) {
    const { width, height } = this.sheet;
    const cut = (value, most) => Math.round(Math.max(0, Math.min(most, value)) * 100) / 100;
    return this.boxes.add({ ...box, x_min: cut(box.x_min, width), x_max: cut(box.x_max, width),
      y_min: cut(box.y_min, height), y_max: cut(box.y_max, height) });
  }

  remove() {
    if (this.boxes.selected === null) return;
    const order = this.inOrder();
    const place = order.indexOf(this.boxes.selected);
    this.boxes.remove();
    const next = order[place + 1] ?? order[place - 1];
    if (next !== undefined) this.boxes.select(next);
  }

  /** Ids from left to right, as Tab goes through them. */
  inOrder() {
    if (!this.viewer.info) return [];
    return [...this.boxes.list(), ...this.boxes.proposals()]
      .map((box) => [this.boxes.view(box).x_min, box.id]).sort((a, b) => a[0] - b[0]).map(([, id]) => id);
  }

  /** Go to the next box; behind the last one the focus leaves the picture. */
  tab(step) {
    const order = this.inOrder();
    const here = order.indexOf(this.boxes.selected);
    const to = here < 0 ? (step > 0 ? 0 : -1) : here + step;
    if (to < 0 || to >= order.length) {
      this.boxes.select(null);
      return false;
    }
    this.boxes.select(order[to], { show: true });
    return true;
  }

  arrow(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (this.boxes.selected !== null) {
      const far = event.ctrlKey || event.metaKey ? 100 : event.shiftKey ? 10 : 1;
      this.boxes.nudge(dx * far, dy * far, event.altKey);
      return true;
    }
    if (!dx || event.shiftKey || event.altKey) return false;
    this.step(dx < 0 ? "previous" : "next");
    return true;
  }

  letGo() {
    if (this.boxes.selected !== null) this.boxes.select(null);
    else if (this.boxes.tool === "draw") this.boxes.setTool("pick");
    else this.focus();
  }

  copy(isCut = false) {
    const taken = this.chosen && !this.boxes.isProposal(this.chosen.id) ? [this.chosen] : this.boxes.list();
    if (!taken.length) return false;
    const plain = taken.map(({ id, origin: _, ...box }) => box);
    sessionStorage.setItem("label.copied", JSON.stringify({ key: this.key, boxes: plain }));
    toast(taken.length === 1 ? "Box copied" : `${taken.length} boxes copied`, { seconds: 2 });
    if (isCut && this.chosen) this.remove();
    return true;
  }

  paste() {
    const found = JSON.parse(sessionStorage.getItem("label.copied") ?? "null");
    if (!found) return false;
    const { width, height } = this.sheet;
    const shift = found.key === this.key ? Math.max(4, width / 100) : 0;
    const made = found.boxes.map((box) => {
      const [dx, dy] = found.boxes.length === 1 && this.pointer
        ? [this.pointer.x - (box.x_min + box.x_max) / 2, this.pointer.y - (box.y_min + box.y_max) / 2]
        : [shift, shift];
      return { ...box, ...moved(box, dx, dy, width, height) };
    });
    this.addAll(made, "paste");
    return true;
  }

  /** Add boxes as one step. */
  addAll(list, reason) {
    if (!list.length) return;
    const before = new Set(this.boxes.list().map((box) => box.id));
    const now = this.boxes.history.now;
    const fresh = list.map((box) => ({ ...box, id: `n${(this.count = (this.count ?? 0) + 1)}` }));
    this.boxes.change(reason, { ...now, boxes: [...now.boxes, ...fresh] });
    const added = this.boxes.list().filter((box) => !before.has(box.id));
    if (added.length === 1) this.boxes.select(added[0].id);
  }

  accept() {
    const { selected } = this.boxes;
    if (selected === null || !this.boxes.isProposal(selected)) return this.done();
    this.boxes.accept(selected);
    this.boxes.select(selected);
    return true;
  }

  acceptAll() {
    const ids = this.boxes.proposals().map((box) => box.id);
    if (ids.length) this.boxes.accept(ids);
    else toast("No proposals are shown.", { seconds: 3 });
  }

  async done() {
    await this.saving.flush();
    await this.panel.review(true);
    await this.step("unreviewed");
  }

  // ---- what the keys and buttons call ----

  turnTool() { this.boxes.setTool(this.boxes.tool === "draw" ? "pick" : "draw"); }
  turnHidden() { this.boxes.hidden = !this.boxes.hidden; this.toolbar.draw(); }
  turnReviewed() { return this.panel.review(!this.sheet?.reviewed); }
  turnOrder() { return this.walk.turn(); }
  turnProposals() { return this.helpers.turnProposals(); }
  snap() { return this.helpers.snap(); }
  carry() { return this.helpers.carry(); }
  boxNoaa() { return this.helpers.boxNoaa(); }
  help() { help().then(() => this.focus()); }
  async saveNow() { if (await this.saving.flush()) toast("Saved", { seconds: 2 }); }

  // ---- saving ----

  told(state, detail) {
    this.panel.mark(state);
    if (state === "stale") this.askStale(detail);
    else if (state === "failed") {
      this.notice.hidden = false;
      this.notice.replaceChildren(h("p", { class: "notice bad row", role: "alert" },
        h("span", { class: "grow" }, h("strong", {}, "Not saved. "), detail.detail || detail.message),
        button("Try again", { icon: "refresh", onclick: () => this.saving.flush() })));
    } else if (state === "saved" && !this.notice.querySelector("[data-stale]")) this.notice.hidden = true;
  }

  /** Somebody else has written these labels. */
  async askStale(detail) {
    if (detail?.isHeard && detail.isClean) {
      await this.open(this.key, { isAgain: true });
      toast("These labels were changed in another tab; they are shown as they are now.", { kind: "warn" });
      return;
    }
    const theirs = await api.get(this.address).catch(() => null);
    const count = theirs ? ` ${plural(theirs.labels.length, "box", "boxes")} there, ${this.boxes.list().length} here.` : "";
    if (theirs) this.boxes.setGhosts(theirs.labels.map((label, i) => ({ ...shown(label, `g${i}`), text: "theirs" })));
    const close = (act) => async (event) => {
      event.currentTarget.disabled = true;
      this.boxes.setGhosts([]);
      this.notice.hidden = true;
      this.notice.replaceChildren();
      await act().catch(fail);
      this.focus();
    };
    this.notice.hidden = false;
    this.notice.replaceChildren(h("div", { class: "notice warn row", role: "alert", dataset: { stale: "1" } },
      h("p", { class: "grow" }, h("strong", {}, "Changed elsewhere. "),
        `Another tab or person has written these labels; yours are not saved.${count}`),
      button("Show theirs", { icon: "refresh", onclick: close(() => this.open(this.key, { isAgain: true })) }),
      button("Keep mine", { kind: "primary", onclick: close(() => this.saving.keepMine()) })));
  }
}

function moved(box, dx, dy, width, height) {
  const across = Math.max(-box.x_min, Math.min(width - box.x_max, dx));
  const along = Math.max(-box.y_min, Math.min(height - box.y_max, dy));
  return { x_min: box.x_min + across, x_max: box.x_max + across, y_min: box.y_min + along, y_max: box.y_max + along };
}

function words(sheet) {
  return sheet.time ? sheet.time.slice(0, 16).replace("T", " ") + " UTC" : sheet.key;
}

const editor = new Editor(pageData());
window.labelEditor = editor; // for tests, and for the curious
editor.open(editor.key);
