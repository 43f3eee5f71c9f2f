// The gallery: a page of pictures, boxes drawn on them, by class and part.
import { api } from "../lib/api.js";
import { integer, level, plural, symbol, time } from "../lib/format.js";
import { broken, button, empty, h, icon, loading } from "../lib/ui.js";
import { PARTS, svg } from "./charts.js";
import { later, partName, rest } from "./shared.js";

const store = { boxes: localStorage.getItem("gallery:boxes") !== "no" };

export class Gallery {
  constructor(host, dataset) {
    this.host = host;
    this.dataset = dataset;
    const query = new URLSearchParams(location.search);
    this.state = { part: query.get("part") ?? "", class: query.get("class") ?? "", status: query.get("status") ?? "", text: query.get("text") ?? "", page: Number(query.get("page")) || 1 };
    this.build();
    this.load();
  }

  build() {
    const { counts } = this.dataset;
    const parts = PARTS.filter((part) => counts.parts[part]);
    this.partButtons = h("div", { class: "segmented", role: "group", "aria-label": "Part" },
      ["all", ...parts.map((part) => part || "none")].map((part) => h("button", { type: "button", dataset: { part: part === "all" ? "" : part }, onclick: () => this.set({ part: part === "all" ? "" : part }) },
        part === "all" ? "All" : part === "none" ? "in no part" : part, h("span", { class: "n" }, integer(part === "all" ? counts.images : counts.parts[part === "none" ? "" : part])))));
    const classes = Object.entries(counts.classes).sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
    this.chips = h("div", { class: "chips", role: "group", "aria-label": "Class" }, classes.map(([name, count]) => h("button", { type: "button", class: "chip", dataset: { name }, title: `${plural(count, "label")} of ${name}`,
      onclick: () => this.set({ class: this.state.class === name ? "" : name }) }, h("span", { class: `dot ${this.dataset.kind === "crops" ? "plain" : level(name)}` }), name === "none" ? "no class" : name, h("span", { class: "n" }, integer(count)))));
    this.search = h("input", { class: "input search", type: "search", placeholder: "Time, file, NOAA number", "aria-label": "Search images", value: this.state.text, oninput: later(() => this.set({ text: this.search.value.trim() })) });
    this.status = h("select", { class: "select", "aria-label": "Status", onchange: () => this.set({ status: this.status.value }) },
      h("option", { value: "" }, "Every status"), Object.entries(counts.statuses).map(([name, count]) => h("option", { value: name, selected: name === this.state.status }, `${name} (${integer(count)})`)));
    this.boxes = button("Boxes", { icon: "eye", "aria-pressed": String(store.boxes), title: "Show boxes (B)", onclick: () => this.toggle() });
    this.count = h("span", { class: "soft small", role: "status" });
    this.grid = h("div", { class: "disks", "aria-label": "Images" });
    this.pager = h("nav", { class: "pager", "aria-label": "Pages" });
    const disks = this.dataset.kind === "disks";
    this.host.replaceChildren(h("div", { class: "stack gallery-page" },
      h("div", { class: "filters" }, h("div", { class: "row" }, parts.length > 1 || counts.parts[""] === undefined ? this.partButtons : null, this.search, disks && Object.keys(counts.statuses).length > 1 ? this.status : null),
        h("div", { class: "row nowrap top-row" }, this.chips, this.count, disks && this.boxes)),
      this.grid, this.pager));
    this.grid.classList.toggle("no-boxes", !store.boxes);
    this.grid.classList.toggle("crops", !disks);
    document.addEventListener("keydown", (event) => this.pressed(event));
  }

  toggle() {
    store.boxes = !store.boxes;
    localStorage.setItem("gallery:boxes", store.boxes ? "yes" : "no");
    this.boxes.setAttribute("aria-pressed", String(store.boxes));
    this.grid.classList.toggle("no-boxes", !store.boxes);
  }

  pressed(event) {
    if (event.target.closest("input, select, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey || this.host.hidden) return;
    if (event.key === "b" || event.key === "B") this.toggle();
    else if (event.key === "PageDown" || event.key === "]") this.turn(1);
    else if (event.key === "PageUp" || event.key === "[") this.turn(-1);
    else return;
    event.preventDefault();
  }

  turn(by) {
    const next = this.state.page + by;
    if (this.found && next >= 1 && next <= this.found.pages) this.set({ page: next }, true);
  }

  set(change, keepsPage = false) {
    Object.assign(this.state, keepsPage ? {} : { page: 1 }, change);
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(this.state)) if (value && !(key === "page" && value === 1)) query.set(key, value);
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
    this.load(keepsPage);
  }

  async load(toTop = false) {
    for (const one of this.partButtons.children) one.setAttribute("aria-pressed", String(one.dataset.part === this.state.part));
    for (const chip of this.chips.children) chip.setAttribute("aria-pressed", String(chip.dataset.name === this.state.class));
    this.asked?.abort();
    this.asked = new AbortController();
    const query = new URLSearchParams(Object.entries(this.state).filter(([, value]) => value));
    const slow = setTimeout(() => this.grid.replaceChildren(h("div", { class: "span-all" }, loading(4))), this.found ? 400 : 0);
    try {
      this.found = await api.get(rest(this.dataset.name, `/images?${query}`), { signal: this.asked.signal });
    } catch (error) {
      clearTimeout(slow);
      if (error.name !== "AbortError") this.grid.replaceChildren(h("div", { class: "span-all" }, broken(error, () => this.load())));
      return;
    }
    clearTimeout(slow);
    this.state.page = this.found.page;
    this.draw();
    if (toTop) this.host.scrollIntoView({ block: "start" });
  }

  draw() {
    const { images, total, page, pages } = this.found;
    this.count.textContent = total === this.dataset.counts.images ? plural(total, "image") : `${integer(total)} of ${plural(this.dataset.counts.images, "image")}`;
    this.grid.replaceChildren(...(images.length ? images.map((image) => this.tile(image))
      : [h("div", { class: "span-all" }, empty({ title: "No image fits", text: "Nothing has this part, class and status together.", icon: "search", action: { label: "Show all", run: () => { this.search.value = ""; this.status.value = ""; this.set({ part: "", class: "", status: "", text: "" }); } } }))]));
    this.pager.hidden = pages < 2;
    const go = (to, label, symbolName) => button("", { icon: symbolName, kind: "square", title: label, disabled: to < 1 || to > pages, onclick: () => this.set({ page: to }, true) });
    const input = h("input", { class: "input page-number", type: "number", min: "1", max: String(pages), value: String(page), "aria-label": "Page", onchange: () => this.set({ page: Math.min(pages, Math.max(1, Number(input.value) || 1)) }, true) });
    this.pager.replaceChildren(go(page - 1, "Page before ([)", "left"), h("span", { class: "row small soft" }, "Page", input, `of ${integer(pages)}`), go(page + 1, "Next page (])", "right"));
  }

  tile(image) {
    const isCrop = this.dataset.kind === "crops";
    const said = image.labels.filter((label) => label.class !== "plage");
    const alt = `${time(image.time) || image.key}: ${plural(said.length, "region")}`;
    const picture = h("img", { loading: "lazy", decoding: "async", src: image.links.thumbnail, alt, width: 208, height: 208 });
    picture.addEventListener("load", () => frame.classList.remove("loading"));
    picture.addEventListener("error", () => { frame.classList.remove("loading"); frame.classList.add("missing"); picture.remove(); frame.prepend(icon("warn"), h("span", {}, "The picture is missing")); });
    const frame = h("span", { class: "frame loading" }, picture, isCrop ? null : overlay(image, this.state.class));
    const caption = isCrop
      ? [h("span", { class: "tile-title" }, image.labels[0]?.class ?? ""), h("span", { class: "soft" }, image.labels[0]?.noaa_number || time(image.time) || image.key)]
      : [h("span", { class: "tile-title" }, time(image.time) || image.key), h("span", { class: "soft" }, `${plural(said.length, "region")}`)];
    const part = h("span", { class: `part-mark part-${image.part || "rest"}`, title: partName(image.part) });
    const inside = [frame, h("span", { class: "tile-foot" }, part, caption)];
    return image.links.label ? h("a", { class: "tile disk", href: image.links.label, title: `${image.key}\n${summary(said)}` }, inside)
      : h("div", { class: "tile disk", title: image.key }, inside);
  }
}

const ORDER = ["alpha", "beta", "beta-gamma", "beta-delta", "beta-gamma-delta", "gamma", "gamma-delta"];
const rank = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : name === "none" ? 98 : name === "plage" ? 99 : 50);

function summary(labels) {
  return labels.map((label) => `${label.noaa_number || "?"} ${symbol(label.class === "none" ? "" : label.class)}${label.status === "doubtful" ? " ?" : ""}`).join("\n");
}

function overlay(image, wanted) {
  const layer = svg("svg", { class: "boxes", viewBox: "0 0 1 1", "aria-hidden": "true", preserveAspectRatio: "none" });
  for (const label of image.labels) {
    if (!label.box || (label.class === "plage" && wanted !== "plage")) continue;
    const [x, y, width, height] = label.box;
    const classes = ["box", level(label.class), label.status, wanted && label.class !== wanted ? "other" : ""].join(" ");
    layer.append(svg("rect", { class: classes, x, y, width: Math.max(width, 0.008), height: Math.max(height, 0.008), "vector-effect": "non-scaling-stroke" }));
  }
  return layer;
}
