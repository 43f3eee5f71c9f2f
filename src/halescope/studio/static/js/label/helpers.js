// What helps to draw boxes: the detector's proposals, the Sun's rotation, the box rule, NOAA.
import { api, part } from "/static/js/lib/api.js";
import { plural, symbol } from "/static/js/lib/format.js";
import { fail, toast } from "/static/js/lib/ui.js";
import { kept, origin } from "./small.js";

const SAME = 0.5; // boxes that overlap by more (IoU) are of the same region

export function iou(a, b) {
  const wide = Math.min(a.x_max, b.x_max) - Math.max(a.x_min, b.x_min);
  const tall = Math.min(a.y_max, b.y_max) - Math.max(a.y_min, b.y_min);
  if (wide <= 0 || tall <= 0) return 0;
  const size = (box) => (box.x_max - box.x_min) * (box.y_max - box.y_min);
  return (wide * tall) / (size(a) + size(b) - wide * tall);
}

const middle = (box) => [(box.x_min + box.x_max) / 2, (box.y_min + box.y_max) / 2];
const holds = (box, [x, y]) => x >= box.x_min && x <= box.x_max && y >= box.y_min && y <= box.y_max;

export class Helpers {
  constructor(editor) {
    this.editor = editor;
    this.wanted = kept.read("proposals", "1") === "1";
    this.least = null; // least score that is shown; the detector's own at first
    this.found = null;
    this.ghosts = [];
  }

  get boxes() { return this.editor.boxes; }

  /** Ask for what belongs to the picture that was opened; each comes when it comes. */
  load() {
    this.found = null;
    this.ghosts = [];
    this.marked = "";
    const { turn, address } = this.editor;
    const isOld = () => turn !== this.editor.turn;
    api.get(`${address}/ghosts`).then(({ ghosts }) => {
      if (isOld()) return;
      this.ghosts = ghosts;
      this.drawGhosts();
      this.editor.toolbar.draw();
    }).catch(() => {});
    if (this.wanted) this.propose(isOld);
  }

  /** Mark NOAA's regions; those whose box has their number need no words. */
  drawGhosts() {
    const boxed = new Set(this.boxes.list().map((box) => box.noaa_number).filter(Boolean));
    const marks = this.ghosts.map((g) => ({ x: g.x, y: g.y, kind: "noaa",
      text: boxed.has(g.noaa_number) ? "" : [g.noaa_number, symbol(g.class)].filter(Boolean).join(" ") }));
    const state = JSON.stringify(marks);
    if (state !== this.marked) this.editor.viewer.marks(marks);
    this.marked = state;
  }

  async propose(isOld = () => false) {
    try {
      this.isBusy = true;
      this.editor.panel.draw();
      const found = await api.post(`${this.editor.address}/proposals`);
      if (isOld()) return;
      this.found = found;
      this.least ??= found.threshold;
    } catch (error) {
      if (!isOld()) fail(error);
    } finally {
      if (!isOld()) {
        this.isBusy = false;
        this.show();
      }
    }
  }

  /** Show the proposals that no box stands for yet. */
  show() {
    const boxes = this.boxes.list();
    const all = this.wanted && this.found ? this.found.proposals : [];
    const fresh = all.filter((p) => p.score >= this.least && !boxes.some((box) => iou(box, p) >= SAME));
    this.boxes.setProposals(fresh.map((p, index) => ({ ...p, id: `p${this.editor.key}${index}` })));
    this.editor.panel.draw();
    this.editor.toolbar.draw();
  }

  setLeast(value) {
    this.least = value;
    this.show();
  }

  turnProposals() {
    this.wanted = !this.wanted;
    kept.write("proposals", this.wanted ? "1" : "0");
    if (this.wanted && !this.found) this.propose();
    else this.show();
  }

  /** Ask for the field's extent about a place; `beside` are the middles of other regions. */
  async extent([x, y], beside) {
    const { box } = await api.post(`${this.editor.address}/snap`, { x, y, others: beside });
    return box;
  }

  async snap() {
    const { chosen, pointer } = this.editor;
    if (!chosen && !pointer) {
      toast("Choose a box, or point at a region.", { seconds: 4 });
      return;
    }
    const place = chosen ? middle(chosen) : [pointer.x, pointer.y];
    const others = this.boxes.list().filter((box) => box.id !== chosen?.id).map(middle);
    try {
      const { turn } = this.editor;
      const box = await this.extent(place, others);
      if (turn !== this.editor.turn) return;
      if (!box) toast("No strong field there.", { kind: "warn", seconds: 4 });
      else if (chosen) this.editor.alter({ ...box, origin: origin(box, "field") });
      else this.editor.add({ ...box, origin: origin(box, "field") });
    } catch (error) {
      fail(error);
    }
  }

  /** Copy the last picture's boxes, turned by the Sun's rotation to this picture's time. */
  async carry() {
    try {
      const { turn } = this.editor;
      const told = await api.post(`${this.editor.address}/carry`);
      if (turn !== this.editor.turn) return;
      const here = this.boxes.list();
      const fresh = told.labels.filter((box) => !here.some((other) => iou(other, box) >= SAME))
        .map((label) => ({
          x_min: label.x_min, y_min: label.y_min, x_max: label.x_max, y_max: label.y_max,
          class: label.class, status: label.status, noaa_number: label.noaa_number,
          truncated: label.truncated, occluded: label.occluded, note: "", origin: origin(label, "rotation"),
        }));
      this.editor.addAll(fresh, "carry");
      this.show();
      const hours = `${Math.abs(told.hours).toFixed(Math.abs(told.hours) < 10 ? 1 : 0)} h`;
      const gone = told.gone ? `; ${told.gone} went over the limb` : "";
      const text = told.labels.length
        ? `${plural(fresh.length, "box", "boxes")} turned by ${hours} of the Sun's rotation${gone}.`
        : `The picture before has no boxes${gone}.`;
      toast(text, fresh.length ? { action: { label: "Undo", run: () => this.boxes.undo() } } : {});
    } catch (error) {
      fail(error);
    }
  }

  /** Box the regions that NOAA lists here and no box holds yet. */
  async boxNoaa() {
    const here = this.boxes.list();
    const left = this.ghosts.filter((g) =>
      !here.some((box) => box.noaa_number === g.noaa_number || holds(box, [g.x, g.y])));
    if (!left.length) {
      toast(this.ghosts.length ? "Every region that NOAA lists has its box." : "No summary of NOAA is at hand for this time.", { seconds: 4 });
      return;
    }
    try {
      const { turn } = this.editor;
      const places = [...this.ghosts.map((g) => [g.x, g.y]), ...here.map(middle)];
      const made = await Promise.all(left.map(async (g) => {
        const beside = places.filter(([x, y]) => Math.hypot(x - g.x, y - g.y) > 1);
        const box = await this.extent([g.x, g.y], beside);
        return box && { ...box, class: g.class, status: "firm", noaa_number: g.noaa_number,
          truncated: 0, occluded: 0, note: "", origin: origin(box, "field") };
      }));
      if (turn !== this.editor.turn) return;
      const found = made.filter(Boolean);
      this.editor.addAll(found, "noaa");
      this.show();
      const quiet = made.length - found.length;
      toast(`${plural(found.length, "region")} of NOAA boxed${quiet ? `; ${quiet} without strong field` : ""}.`,
        { action: { label: "Undo", run: () => this.boxes.undo() } });
    } catch (error) {
      fail(error);
    }
  }

  /** Let the detector look at all pictures, as a job. */
  async proposeAll() {
    return api.post(`/api/datasets/${part(this.editor.data.dataset)}/proposals`);
  }
}
