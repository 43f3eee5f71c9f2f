// The panel beside the picture: saved or not, reviewed or not, class and status, all boxes.
import { api } from "/static/js/lib/api.js";
import { subscribe } from "/static/js/lib/events.js";
import { duration, integer, level, plural, symbol } from "/static/js/lib/format.js";
import { placeWords, stonyhurst } from "/static/js/lib/solar.js";
import { button, busy, fail, h, progress } from "/static/js/lib/ui.js";

const MARKS = {
  saved: ["good", "Saved"], unsaved: ["", "Not saved yet"], saving: ["active", "Saving …"],
  failed: ["bad", "Not saved"], stale: ["warn", "Changed elsewhere"],
};
const STATUSES = [["firm", "Firm", "F"], ["doubtful", "Doubtful", "U"], ["plage", "Plage", "P"]];
const OCCLUDED = ["visible", "partly", "largely", "unknown"];

export class Panel {
  constructor(editor, host) {
    this.editor = editor;
    this.host = host;
    this.build();
    subscribe("progress", (told) => this.jobTold(told));
    subscribe("queue", (told) => this.jobTold(told));
  }

  build() {
    const { editor } = this;
    this.saved = h("span", { class: "tag", role: "status", dataset: { state: "" } }, "Reading …");
    this.reviewedBox = h("input", { type: "checkbox", onchange: () => { this.review(this.reviewedBox.checked); editor.focus(); } });
    this.bar = progress(0);
    this.far = h("span", { class: "small soft" });
    const top = h("section", { class: "label-state" },
      h("div", { class: "row" }, this.saved, h("span", { class: "grow" }),
        h("label", { class: "check", title: "A person has seen the whole picture (R)" }, this.reviewedBox, "Reviewed", h("kbd", {}, "R"))),
      this.bar, this.far);
    this.palette = editor.data.classes.map(({ name, symbol: sign }, index) => this.classButton(name, sign, index + 1));
    this.palette.push(this.classButton("", "–", 0));
    this.statuses = STATUSES.map(([status, text, key]) => h("button", {
      type: "button", title: `${text} (${key})`, dataset: { status }, disabled: true,
      onclick: () => { editor.setStatus(status); editor.focus(); },
    }, text));
    const what = h("section", {}, h("h2", { class: "visually-hidden" }, "Class and status"),
      h("div", { class: "label-palette", role: "group", "aria-label": "Class" }, this.palette),
      h("div", { class: "segmented label-statuses", role: "group", "aria-label": "Status" }, this.statuses));
    this.details = h("section", { class: "label-details" });
    this.count = h("span", { class: "small soft" });
    this.rows = h("ul", { class: "label-rows", "aria-label": "Boxes" });
    const list = h("section", { class: "label-list" },
      h("div", { class: "row" }, h("h2", { class: "label-title grow" }, "Boxes"), this.count), this.rows);
    this.proposals = h("section", { class: "label-proposals" });
    this.live = h("p", { class: "visually-hidden", "aria-live": "polite" });
    this.host.append(top, what, this.details, list, this.proposals, this.live);
  }

  classButton(name, sign, key) {
    const { editor } = this;
    return h("button", {
      type: "button", class: "label-class", dataset: { name }, title: `${name || "no class"} (${key})`,
      "aria-label": name || "no class", onclick: () => { editor.setClass(name); editor.focus(); },
    }, h("span", { class: `dot ${name ? level(name) : ""}` }), h("span", { class: "label-sign" }, sign), h("kbd", {}, String(key)));
  }

  say(text) { this.live.textContent = text; }

  mark(state) {
    const [kind, text] = MARKS[state];
    this.saved.className = `tag ${kind}`;
    this.saved.textContent = text;
    this.saved.dataset.state = state;
  }

  // ---- reviewed ----

  async review(isReviewed) {
    const { editor } = this;
    if (!editor.sheet) return;
    try {
      const { reviewed } = await api.post(`${editor.address}/reviewed`, { reviewed: isReviewed });
      editor.sheet.reviewed = reviewed;
      this.reviewedBox.checked = Boolean(reviewed);
      this.say(reviewed ? "Reviewed" : "To be reviewed");
      await editor.walk.load();
    } catch (error) {
      this.reviewedBox.checked = Boolean(editor.sheet.reviewed);
      fail(error);
    }
  }

  progress(here) {
    this.bar.set(here.count ? here.reviewed / here.count : 0);
    this.bar.setAttribute("aria-label", `${here.reviewed} of ${here.count} pictures reviewed`);
    const doubt = here.doubt == null ? "" : ` · detector's doubt ${here.doubt.toFixed(2)}`;
    this.far.textContent = `${integer(here.reviewed)} of ${integer(here.count)} pictures reviewed${doubt}`;
    this.scored = here.scored;
    this.total = here.count;
    this.drawProposals();
  }

  // ---- boxes ----

  draw() {
    const { editor } = this;
    this.reviewedBox.checked = Boolean(editor.sheet?.reviewed);
    this.reviewedBox.disabled = !editor.sheet;
    const inOrder = editor.inOrder();
    const rows = inOrder.map((id) => this.row(editor.boxes.get(id)));
    this.rows.replaceChildren(...(rows.length ? rows : [h("li", { class: "soft small label-none" },
      "No boxes. A adds one at the pointer, D draws, C copies those of the picture before.")]));
    const firm = editor.boxes.list();
    const kinds = STATUSES.map(([status, text]) => [firm.filter((b) => b.status === status).length, text.toLowerCase()]);
    this.count.textContent = kinds.filter(([count]) => count).map(([count, text]) => `${count} ${text}`).join(", ");
    this.selection();
    this.drawProposals();
  }

  row(box) {
    const { editor } = this;
    const isProposal = editor.boxes.isProposal(box.id);
    const name = box.status === "plage" ? "plage" : box.class || "no class";
    const sign = box.status === "plage" ? "plage" : symbol(box.class) || "–";
    const number = box.noaa_number ? `NOAA ${box.noaa_number}` : isProposal ? `score ${box.score.toFixed(2)}` : "";
    const status = !isProposal && box.status === "doubtful" ? h("span", { class: "small soft" }, "doubtful") : null;
    const made = h("button", {
      type: "button", class: `label-row${isProposal ? " is-proposal" : ""}`, dataset: { id: box.id },
      "aria-label": `${isProposal ? "Proposal, " : ""}${name} ${number} ${this.where(box)}`,
      onclick: () => { editor.boxes.select(box.id, { show: true }); editor.focus(); },
      onpointerenter: () => editor.boxes.light(box.id), onpointerleave: () => editor.boxes.light(null),
    }, h("span", { class: `dot ${box.class ? level(box.class) : ""}` }), h("span", { class: "label-sign" }, sign),
    h("span", { class: "grow" }, number), status, h("span", { class: "small soft" }, this.where(box)));
    return h("li", {}, made);
  }

  /** Where a box is on the Sun, in words. */
  where(box) {
    const { info } = this.editor.viewer;
    if (!info) return "";
    const view = this.editor.boxes.view(box);
    const place = stonyhurst(info, (view.x_min + view.x_max) / 2, (view.y_min + view.y_max) / 2);
    return place ? placeWords(place, 0).replaceAll("°", "") : "";
  }

  hovered(id) {
    for (const row of this.rows.querySelectorAll(".label-row")) row.classList.toggle("is-lit", row.dataset.id === id);
  }

  selection() {
    const { editor } = this;
    const { selected } = editor.boxes;
    const box = editor.chosen;
    for (const row of this.rows.querySelectorAll(".label-row")) {
      const isChosen = row.dataset.id === selected;
      row.setAttribute("aria-current", String(isChosen));
      if (isChosen) row.scrollIntoView({ block: "nearest" });
    }
    const name = box ? (box.status === "plage" ? null : box.class ?? "") : editor.last.class;
    for (const one of this.palette) one.setAttribute("aria-pressed", String(one.dataset.name === name));
    const status = box && !editor.boxes.isProposal(box.id) ? box.status : null;
    for (const one of this.statuses) {
      one.setAttribute("aria-pressed", String(one.dataset.status === status));
      one.disabled = !box;
    }
    this.drawDetails(box);
    editor.toolbar.draw();
    if (box) {
      const order = editor.inOrder();
      this.say(`Box ${order.indexOf(selected) + 1} of ${order.length}: ${box.class || "no class"}, ${box.status ?? "proposal"}`);
    }
  }

  drawDetails(box) {
    const { editor } = this;
    if (!box || editor.boxes.isProposal(box.id)) {
      this.shownFor = null;
      const isProposal = Boolean(box);
      this.details.replaceChildren(...(isProposal ? [this.proposal(box)] : []));
      return;
    }
    if (this.shownFor === box.id && this.details.contains(document.activeElement)) return; // being typed
    this.shownFor = box.id;
    const alter = (changes) => editor.boxes.update(box.id, changes);
    const field = (label, control, hint) => h("label", { class: "field", title: hint }, h("span", {}, label), control);
    const number = h("input", { class: "input", type: "number", min: "0", max: "99999", value: box.noaa_number ?? "",
      placeholder: "none", onchange: (event) => alter({ noaa_number: Number(event.target.value) || null }) });
    const truncated = h("input", { class: "input", type: "number", min: "0", max: "1", step: "0.05", value: String(box.truncated ?? 0),
      onchange: (event) => alter({ truncated: Math.max(0, Math.min(1, Number(event.target.value) || 0)) }) });
    const occluded = h("select", { class: "select", onchange: (event) => alter({ occluded: Number(event.target.value) }) },
      OCCLUDED.map((text, value) => h("option", { value: String(value), selected: value === (box.occluded ?? 0) }, `${value} ${text}`)));
    const note = h("input", { class: "input", type: "text", maxlength: "500", value: box.note ?? "", placeholder: "Note",
      "aria-label": "Note", onchange: (event) => alter({ note: event.target.value }) });
    const facts = editor.saving.facts.get(box.id);
    const said = [facts?.source && `class and place from ${facts.source}`, facts?.box_source && `box by ${facts.box_source}`,
      facts?.flags && `flags ${facts.flags.replaceAll(";", ", ")}`].filter(Boolean);
    this.details.replaceChildren(h("div", { class: "label-fields" },
      field("NOAA number", number), field("Truncated (T)", truncated, "KITTI: share beyond the limb or the picture's edge, 0 to 1"),
      field("Occluded (O)", occluded, "KITTI: how well the region is seen")), note,
    ...(said.length ? [h("p", { class: "small soft" }, `${said.join(" · ")}.`)] : []));
  }

  proposal(box) {
    const shares = Object.entries(box.probabilities ?? {}).sort((a, b) => b[1] - a[1]).slice(0, 3)
      .map(([name, share]) => `${symbol(name)} ${share.toFixed(2)}`).join(", ");
    return h("div", { class: "row label-proposal" },
      h("p", { class: "grow small" }, `Proposal, score ${box.score.toFixed(2)}`, shares ? ` · ${shares}` : ""),
      button("Accept", { kind: "primary", icon: "ok", title: "Accept (Enter)", onclick: () => { this.editor.accept(); this.editor.focus(); } }),
      button("", { icon: "close", kind: "square", title: "Reject (Del)", onclick: () => { this.editor.remove(); this.editor.focus(); } }));
  }

  // ---- proposals ----

  drawProposals() {
    const { helpers } = this.editor;
    if (!helpers || this.proposals.contains(document.activeElement) && document.activeElement.type === "range") return;
    const toggle = h("label", { class: "check" }, h("input", { type: "checkbox", checked: helpers.wanted,
      onchange: () => { helpers.turnProposals(); this.editor.focus(); } }), "Detector's proposals", h("kbd", {}, "W"));
    const count = helpers.found?.proposals.filter((p) => p.score >= helpers.least).length;
    const seen = !helpers.wanted ? "" : helpers.isBusy ? "looks …" : count === undefined ? "" : plural(count, "region");
    const parts = [h("div", { class: "row" }, toggle, h("span", { class: "grow" }), h("span", { class: "small soft",
      title: helpers.found ? `What the network ${helpers.found.detector} sees here` : null }, seen))];
    if (helpers.isBusy) parts[0].setAttribute("aria-busy", "true");
    if (helpers.wanted && !helpers.isBusy && helpers.found) {
      const value = h("output", { class: "small" }, helpers.least.toFixed(2));
      parts.push(h("label", { class: "label-least small" }, "from score",
        h("input", { type: "range", min: "0.1", max: "0.95", step: "0.05", value: String(helpers.least),
          oninput: (event) => { value.textContent = Number(event.target.value).toFixed(2); helpers.setLeast(Number(event.target.value)); } }), value));
    }
    if (this.total) parts.push(this.job ? this.jobShown() : this.allOffered());
    this.proposals.replaceChildren(...parts);
  }

  allOffered() {
    const isAll = this.scored > 0;
    const run = async (event) => {
      try {
        this.job = await busy(event.currentTarget, this.editor.helpers.proposeAll());
        this.drawProposals();
      } catch (error) { fail(error); }
    };
    return h("div", { class: "row label-all" },
      h("p", { class: "small soft grow" }, isAll ? `Regions seen on ${integer(this.scored)} pictures.`
        : "Least sure first needs a look at all."),
      button(isAll ? "Look again" : "Propose for all", { kind: "quiet", icon: isAll ? "refresh" : "play", onclick: run }));
  }

  jobShown() {
    const { job } = this;
    const bar = progress(job.progress?.total ? job.progress.done / job.progress.total : null);
    const left = job.progress?.left ? ` · ${duration(job.progress.left)} left` : "";
    return h("div", { class: "label-job" }, h("p", { class: "small" }, h("a", { href: `/jobs/${job.id}` }, "Proposals for all pictures"), left), bar);
  }

  jobTold(told) {
    const job = told.job ?? told;
    if (!this.job || (job.id ?? told.id) !== this.job.id) return;
    this.job = { ...this.job, ...job };
    if (["done", "failed", "aborted", "interrupted"].includes(this.job.state)) {
      this.job = null;
      this.editor.walk.load();
    }
    this.drawProposals();
  }
}

