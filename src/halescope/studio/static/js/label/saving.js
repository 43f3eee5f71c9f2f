// Autosave: what is on the screen goes to the studio, with the ETag of what it was made from.
import { api, part } from "/static/js/lib/api.js";

const REST = 500; // milliseconds without a change, then it is saved
const AGAIN = 4000; // after a failure

const near = (a, b) => Math.abs(a - b) < 0.011;
const EDGES = ["x_min", "y_min", "x_max", "y_max"];

/** Saves the boxes of one picture at a time.
 *
 * `boxes()` gives them, `told(state, detail)` hears "saved", "unsaved", "saving", "failed", "stale".
 */
export class Saving {
  constructor({ boxes, told }) {
    this.boxes = boxes;
    this.told = told;
    this.sheet = null;
    this.facts = new Map(); // a box's id here -> what the studio said of it last
    this.rows = new Map(); // a box's id here -> its id in the studio's present state
    this.waiting = null;
    this.running = null;
    this.state = "saved";
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel("halescope-labels") : null;
    if (this.channel) this.channel.onmessage = (event) => this.heard(event.data);
  }

  get address() {
    return `/api/datasets/${part(this.sheet.dataset)}/labels/${part(this.sheet.key)}`;
  }

  get isDirty() { return this.state === "unsaved" || this.state === "failed" || this.state === "saving"; }

  /** Begin with what the studio has; gives its labels as boxes with ids of their own. */
  begin(sheet) {
    clearTimeout(this.waiting);
    this.sheet = sheet;
    this.facts.clear();
    this.rows.clear();
    this.lost = null; // what was sent and never answered: perhaps it is written
    this.say("saved");
    return sheet.labels.map((label) => {
      const id = `r${label.id}`;
      this.facts.set(id, label);
      this.rows.set(id, label.id);
      return shown(label, id);
    });
  }

  /** Take no more changes until the next picture begins. */
  end() {
    clearTimeout(this.waiting);
    this.sheet = null;
  }

  say(state, detail = null) {
    this.state = state;
    this.told(state, detail);
  }

  changed() {
    if (!this.sheet || this.state === "stale") return;
    if (this.state !== "saving") this.say("unsaved");
    this.isAgain = true;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.flush(), REST);
  }

  /** Save what is not saved; resolves when nothing is left, false where it cannot be. */
  async flush() {
    clearTimeout(this.waiting);
    if (this.running) await this.running;
    if (this.state === "stale") return false;
    if (!this.isDirty || !this.sheet) return true;
    this.running = this.put();
    try { return await this.running; } finally { this.running = null; }
  }

  payload() {
    return this.boxes().map((box) => {
      const row = this.rows.get(box.id) ?? null;
      const isPlaced = box.origin && EDGES.every((edge) => near(box[edge], box.origin[edge]));
      return {
        id: row, ...Object.fromEntries(EDGES.map((edge) => [edge, box[edge]])),
        class: box.class ?? "", status: box.status, noaa_number: box.noaa_number || null,
        truncated: box.truncated ?? 0, occluded: box.occluded ?? 0, note: box.note ?? null,
        box_source: isPlaced ? box.origin.source : null,
        kept: row === null ? this.facts.get(box.id)?.kept ?? null : null,
      };
    });
  }

  async put(tag = this.sheet.etag) {
    const { sheet } = this;
    this.isAgain = false;
    const ids = this.boxes().map((box) => box.id);
    const labels = this.payload();
    this.say("saving");
    try {
      const { body } = await api.tagged("PUT", this.address, { labels }, { "if-match": tag });
      this.took(sheet, ids, body);
      if (!this.isAgain) return true;
      return await this.put();
    } catch (error) {
      if (this.sheet !== sheet) return false;
      if (error.status === 412 && await this.wasMine(sheet)) return this.put();
      if (this.sheet !== sheet) return false;
      if (error.status === 412) this.say("stale", error);
      else {
        this.say("failed", error);
        if (error.status === 0) this.lost ??= { ids, labels };
        if (error.status === 0 || error.status >= 500) this.waiting = setTimeout(() => this.flush(), AGAIN);
      }
      return false;
    }
  }

  /** Whether the studio has written what was sent last and only its answer was lost; then go on from there. */
  async wasMine(sheet) {
    const { lost } = this;
    this.lost = null;
    const theirs = lost && await api.get(this.address).catch(() => null);
    if (!theirs || this.sheet !== sheet || !isSame(lost.labels, theirs.labels)) return false;
    this.took(sheet, lost.ids, theirs);
    return true;
  }

  took(sheet, ids, body) {
    if (this.sheet !== sheet) return;
    this.lost = null;
    sheet.etag = body.etag;
    this.rows.clear();
    body.labels.forEach((label, index) => {
      this.facts.set(ids[index], label);
      this.rows.set(ids[index], label.id);
    });
    this.channel?.postMessage({ dataset: sheet.dataset, key: sheet.key, etag: sheet.etag });
    this.say(this.isAgain ? "unsaved" : "saved");
  }

  /** Write these boxes over what somebody else wrote. */
  async keepMine() {
    const theirs = await api.get(this.address);
    this.rows.clear();
    this.sheet.etag = theirs.etag;
    this.say("unsaved");
    return this.flush();
  }

  /** Another tab has saved. */
  heard({ dataset, key, etag }) {
    const { sheet } = this;
    if (!sheet || dataset !== sheet.dataset || key !== sheet.key || etag === sheet.etag) return;
    clearTimeout(this.waiting);
    this.say("stale", { isHeard: true, isClean: !this.isDirty });
  }

  /** The page goes away: send what is left without waiting. */
  leave() {
    if (!this.isDirty || !this.sheet) return;
    fetch(this.address, {
      method: "PUT", keepalive: true, body: JSON.stringify({ labels: this.payload() }),
      headers: { "content-type": "application/json", "if-match": this.sheet.etag },
    }).catch(() => {});
  }
}

const SAID = ["class", "status", "noaa_number", "truncated", "occluded"];

/** Whether labels of the studio are those that were sent. */
function isSame(sent, labels) {
  return sent.length === labels.length && sent.every((one, at) => EDGES.every((edge) => near(one[edge], labels[at][edge]))
    && SAID.every((key) => (one[key] ?? null) === (labels[at][key] ?? null)));
}

/** Return a label of the studio as a box of the viewer. */
export function shown(label, id) {
  const box = { id, class: label.class, status: label.status };
  for (const edge of EDGES) box[edge] = label[edge];
  return {
    ...box, noaa_number: label.noaa_number, truncated: label.truncated ?? 0,
    occluded: label.occluded ?? 0, note: label.note ?? "",
  };
}
