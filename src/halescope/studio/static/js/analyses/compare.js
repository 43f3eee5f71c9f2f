/* Two results on one picture: the same view twice, and who found what. */
import { api, part } from "../lib/api.js";
import { Viewer } from "../lib/viewer.js";
import { caption } from "../lib/boxes_captions.js";
import { symbol } from "../lib/format.js";
import { h } from "../lib/ui.js";
import { PAPER, fill } from "./networks.js";

export const overlap = (a, b) => {
  const wide = Math.min(a.x_max, b.x_max) - Math.max(a.x_min, b.x_min);
  const tall = Math.min(a.y_max, b.y_max) - Math.max(a.y_min, b.y_min);
  if (wide <= 0 || tall <= 0) return 0;
  const area = (box) => (box.x_max - box.x_min) * (box.y_max - box.y_min);
  return (wide * tall) / (area(a) + area(b) - wide * tall);
};

/** Return for each row its partner in another list: the largest overlap first, one to one. */
export function partners(rows, others) {
  const pairs = rows.flatMap((a) => others.map((b) => [overlap(a, b), a.region, b]))
    .filter(([share]) => share > 0.1).sort((x, y) => y[0] - x[0]);
  const found = new Map();
  const taken = new Set();
  for (const [, region, other] of pairs) {
    if (found.has(region) || taken.has(other.region)) continue;
    found.set(region, other);
    taken.add(other.region);
  }
  return found;
}

/* Where two pictures stand side by side there is less room: 06 βγδ 0.95. */
const short = (box, kind) => caption({ ...box, class: symbol(box.class) }, kind);

export class Comparison {
  /* page: {id, image, networks, viewer, boxes(rows, doubted), show(row, told), changed()} */
  constructor(page) {
    this.page = page;
    this.isOn = false;
    this.rows = [];
    this.host = document.getElementById("other");
    this.views = document.getElementById("views");
    this.choose = Object.fromEntries(["detector", "classifier"].map((task) => {
      const select = h("select", { class: "select", "aria-label": `Other ${task}`, onchange: () => this.load() });
      fill(select, page.networks[task], PAPER[task]);
      return [task, select];
    }));
    this.note = h("span", { class: "small soft", role: "status" });
    document.getElementById("other-head").append(this.choose.detector, this.choose.classifier, this.note);
  }

  async toggle(shown = !this.isOn) {
    this.isOn = shown;
    this.host.hidden = !shown;
    document.getElementById("ours-head").hidden = !shown;
    this.views.classList.toggle("is-double", shown);
    if (shown && !this.viewer) {
      this.viewer = new Viewer(document.getElementById("other-viewer"), { label: "Magnetogram with the other networks' regions" });
      this.viewer.boxes.on("select", (id) => {
        const row = this.rows.find((entry) => entry.region === id);
        if (row) this.page.show(row, { words: [], doubted: this.doubted.includes(id) });
      });
      await this.viewer.open(this.page.picture, { time: this.page.time });
      this.viewer.follow(this.page.viewer);
    }
    for (const viewer of [this.page.viewer, this.viewer]) {
      viewer.boxes.options.caption = shown ? short : caption;
      viewer.boxes.draw();
    }
    if (shown) await this.load();
    this.page.changed();
    requestAnimationFrame(() => this.page.viewer.fit(null, true)); // it has another size now
  }

  async load() {
    const query = new URLSearchParams({ detector: this.choose.detector.value, classifier: this.choose.classifier.value });
    if (this.page.image) query.set("image", this.page.image);
    this.note.textContent = "Analysing …";
    try {
      const found = await api.post(`/api/analyses/${part(this.page.id)}/beside?${query}`);
      this.rows = found.regions;
      this.doubted = found.doubted;
      this.viewer.boxes.set(this.page.boxes(found.regions, found.doubted));
      this.note.textContent = `${found.regions.length} regions`;
    } catch (error) {
      this.rows = [];
      this.viewer.boxes.set([]);
      this.note.textContent = error.detail || error.message;
    }
    this.page.changed();
  }
}
