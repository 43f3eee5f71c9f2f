// How pictures are treated, with a live preview.
import { h } from "../lib/ui.js";
import { later } from "./shared.js";

const MODES = [
  ["none", "As they are", "The files stay as they are; each network scales what it sees."],
  ["squash", "Squash", "Pressed into the size, whatever its shape."],
  ["crop", "Crop", "Fills the size; what is too long is cut off."],
  ["fill", "Fill", "All of it fits; what is too short is padded."],
  ["half_crop", "Half crop, half fill", "Half of each."],
];

export function treatStep(state, { found, kind, changed }) {
  let sample = 0;
  const modes = h("div", { class: "segmented wrap", role: "group", "aria-label": "Treatment" });
  const text = h("p", { class: "soft small" });
  const size = (key, label) => {
    const input = h("input", { class: "input", type: "number", min: "8", max: "4096", step: "1", value: String(state[key]), "aria-label": label, oninput: () => { const value = Math.round(Number(input.value)); if (value >= 8 && value <= 4096) { state[key] = value; show(); changed(); } } });
    return input;
  };
  const sides = { width: size("width", "Width, pixels"), height: size("height", "Height, pixels") };
  const sizes = h("div", { class: "field" }, h("span", {}, "Size, pixels"), h("div", { class: "row nowrap" }, ...Object.values(sides).toSpliced(1, 0, h("span", { class: "soft" }, "×"))));
  const colours = h("div", { class: "segmented", role: "group", "aria-label": "Colour" });
  const padding = h("input", { type: "range", min: "0", max: "255", value: String(state.padding), "aria-label": "Grey of the padding", oninput: () => { state.padding = Number(padding.value); show(); changed(); } });
  const noise = h("input", { type: "checkbox", onchange: () => { state.padding = noise.checked ? -1 : Number(padding.value); padding.disabled = noise.checked; show(); changed(); } });
  const padField = h("div", { class: "field" }, h("span", {}, "Padding"), h("div", { class: "row nowrap" }, padding, h("label", { class: "check small" }, noise, "noise")));
  const options = h("div", { class: "fields" }, sizes, h("div", { class: "field" }, h("span", {}, "Colour"), colours), padField);
  const before = h("figure", { class: "preview" }), after = h("figure", { class: "preview" });
  const strip = h("div", { class: "samples", role: "group", "aria-label": "Picture to preview" });
  const preview = h("div", { class: "previews" }, before, after);
  const warn = h("p", { class: "notice warn small", hidden: true });
  const element = h("div", { class: "stack" }, modes, text, options, warn, preview, strip);

  const address = (path, treat) => `/api/datasets/preview.png?${new URLSearchParams({ path, crop: String(kind() === "crops"), ...treat })}`;
  const asked = () => ({ resize: state.resize, width: state.width, height: state.height, colour: state.colour, padding: state.padding });

  function figure(host, source, caption, alt) {
    const image = h("img", { alt, src: source });
    const frame = h("div", { class: "preview-frame loading" }, image);
    image.addEventListener("load", () => frame.classList.remove("loading"));
    image.addEventListener("error", () => { frame.classList.remove("loading"); frame.replaceChildren(h("span", { class: "soft small" }, "This picture cannot be read")); });
    host.replaceChildren(frame, h("figcaption", { class: "small soft" }, caption));
  }

  const show = later(() => {
    const samples = found()?.samples ?? [];
    preview.hidden = !samples.length;
    if (!samples.length) return;
    const path = samples[Math.min(sample, samples.length - 1)];
    if (before.dataset.path !== path + kind()) {
      before.dataset.path = path + kind();
      figure(before, address(path, { resize: "none" }), path.split("/").at(-1), "The picture as it is");
    }
    after.hidden = state.resize === "none";
    if (state.resize !== "none") figure(after, address(path, asked()), `${state.width} × ${state.height}, ${state.colour}`, "The picture as it will be");
  }, 150);

  function draw() {
    modes.replaceChildren(...MODES.map(([value, title]) => h("button", { type: "button", "aria-pressed": String(state.resize === value), onclick: () => { state.resize = value; draw(); changed(); } }, title)));
    text.textContent = MODES.find(([value]) => value === state.resize)[2];
    colours.replaceChildren(...["grey", "colour"].map((value) => h("button", { type: "button", "aria-pressed": String(state.colour === value), onclick: () => { state.colour = value; draw(); changed(); } }, value)));
    for (const [key, input] of Object.entries(sides)) if (document.activeElement !== input) input.value = String(state[key]);
    options.hidden = state.resize === "none";
    const pads = state.resize === "fill" || state.resize === "half_crop";
    padField.hidden = !pads || kind() === "disks";
    warn.hidden = state.resize === "none" || kind() === "crops";
    warn.textContent = "A treated disk must still be a whole round disk, or it is left out: a square size is safe. FITS files lose their gauss.";
    const samples = found()?.samples ?? [];
    strip.hidden = samples.length < 2;
    strip.replaceChildren(...samples.map((path, at) => h("button", { type: "button", class: "sample", "aria-pressed": String(at === sample), title: path, "aria-label": `Preview ${path.split("/").at(-1)}`,
      onclick: () => { sample = at; draw(); } }, h("img", { alt: "", loading: "lazy", src: address(path, { resize: "squash", width: 72, height: 72 }) }))));
    show();
  }

  draw();
  return { element, draw };
}
