// How a data set is divided.
import { h } from "../lib/ui.js";

const METHODS = [
  ["keep", "As they came", "Keeps the parts of the source."],
  ["time", "By time", "Whole days held out, with a gap in which every region has turned away. The honest way for full disks."],
  ["region", "By region", "All pictures of a region in one part. The honest way for crops; a full disk may lend regions to several parts."],
  ["random", "At random", "As the paper did. Hours of one region come into several parts, so figures look better than they are."],
];

export function splitStep(state, { found, kind, changed }) {
  const cards = h("div", { class: "choices", role: "radiogroup", "aria-label": "How it is divided" });
  const more = h("div", { class: "stack" });
  const element = h("div", { class: "stack" }, cards, more);

  function draw() {
    const parts = found()?.parts ?? [];
    const bare = found() && !found().formats.length;
    const hasParts = parts.length > 1 || !found() || bare || found().format === "manifest";
    const titleOf = (value, title) => (value === "keep" && bare ? "Not yet" : title);
    const wordsOf = (value, text) => (value !== "keep" ? text : bare ? "All pictures together. Our classifier needs no parts; for other networks, divide when the labels are there." : parts.length ? `Keeps ${parts.join(", ")}.` : text);
    cards.replaceChildren(...METHODS.filter(([value]) => value !== "keep" || hasParts).map(([value, title, text]) => h("label", { class: `choice ${value === "random" ? "leaky" : ""}` },
      h("input", { type: "radio", name: "method", value, checked: state.method === value, onchange: () => { state.method = value; draw(); changed(); } }),
      h("span", {}, h("span", { class: "row tight" }, h("b", {}, titleOf(value, title)), value === "random" ? h("span", { class: "tag warn" }, "leaks") : null), h("span", { class: "soft small" }, wordsOf(value, text))))));
    if (!hasParts && state.method === "keep") state.method = kind() === "crops" ? "random" : "time";
    more.hidden = state.method === "keep" || !state.method;
    more.replaceChildren(shares(), options());
  }

  function shares() {
    const names = ["Train", "Validation", "Test"];
    const bar = h("div", { class: "shares-bar", "aria-hidden": "true" }, ["train", "validation", "test"].map((part, at) => h("i", { class: `part-${part}`, style: { "flex-grow": String(state.fractions[at]) } })));
    const fields = names.map((title, at) => {
      const input = h("input", { class: "input", type: "number", min: "0", max: "100", step: "5", value: String(Math.round(state.fractions[at] * 100)), "aria-label": `${title}, percent`,
        onchange: () => {
          const share = Math.min(100, Math.max(0, Math.round(Number(input.value) || 0))) / 100;
          state.fractions = balanced(state.fractions, at, share);
          draw();
          changed();
        } });
      return h("label", { class: "field" }, h("span", {}, h("i", { class: `swatch part-${title.toLowerCase()}` }), title), h("span", { class: "with-unit" }, input, h("span", { class: "unit" }, "%")));
    });
    return h("div", { class: "stack shares" }, bar, h("div", { class: "fields three" }, fields));
  }

  function options() {
    const byTime = state.method === "time";
    const gap = h("input", { class: "input", type: "number", min: "0", max: "400", step: "0.5", placeholder: "13.6", value: state.gap ?? "", onchange: () => { state.gap = gap.value === "" ? null : Math.max(0, Number(gap.value)); changed(); } });
    const seed = h("input", { class: "input", type: "number", min: "0", step: "1", value: String(state.seed), onchange: () => { state.seed = Math.max(0, Math.round(Number(seed.value) || 0)); changed(); } });
    const alike = h("input", { type: "checkbox", checked: state.stratify, onchange: () => { state.stratify = alike.checked; changed(); } });
    return h("div", { class: "fields" },
      byTime ? h("label", { class: "field" }, h("span", {}, "Days left out between parts"), gap, h("span", { class: "hint" }, "A passage over the disk takes 13.6; fewer where the pictures span few days")) : null,
      byTime ? null : h("label", { class: "field" }, h("span", {}, "Seed"), seed, h("span", { class: "hint" }, "The same seed, the same parts")),
      byTime ? null : h("div", { class: "field" }, h("span", {}, "Classes"), h("label", { class: "check" }, alike, "alike in all parts")));
  }

  draw();
  return { element, draw };
}

// Change one share; the others give or take, the largest first.
export function balanced(fractions, at, share) {
  const out = [...fractions];
  out[at] = share;
  let rest = Math.round((1 - out.reduce((a, b) => a + b, 0)) * 100) / 100;
  const others = [0, 1, 2].filter((other) => other !== at).sort((a, b) => fractions[b] - fractions[a]);
  for (const other of others) {
    const now = Math.min(1, Math.max(0, out[other] + rest));
    rest = Math.round((rest - (now - out[other])) * 100) / 100;
    out[other] = Math.round(now * 100) / 100;
  }
  return out;
}
