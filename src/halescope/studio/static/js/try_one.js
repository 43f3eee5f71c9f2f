// One picture through one network: what it sees, boxes, likeliest classes, layers.
import { api, part } from "./lib/api.js";
import { percent, plural, level } from "./lib/format.js";
import { short } from "./lib/chart.js";
import { broken, busy, button, h, icon, loading } from "./lib/ui.js";

const SVG = "http://www.w3.org/2000/svg";

export function onePicture(state) {
  const input = h("input", { type: "file", class: "visually-hidden", id: "picture", accept: ".fits,.fts,.jp2,.png,.jpg,.jpeg,.tif,.tiff,.gif",
    onchange: () => { if (input.files[0]) look({ file: input.files[0] }); } });
  const path = h("input", { class: "input", placeholder: "or a path in the workspace", "aria-label": "Path of a picture", onkeydown: (event) => {
    if (event.key === "Enter" && path.value.trim()) look({ path: path.value.trim() });
  } });
  const drop = h("label", { class: "drop slim", for: "picture", ondragover: (event) => { event.preventDefault(); drop.classList.add("over"); },
    ondragleave: () => drop.classList.remove("over"), ondrop: (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      if (event.dataTransfer.files[0]) look({ file: event.dataTransfer.files[0] });
    } }, icon("upload"), h("strong", {}, "Drop a magnetogram here, or choose one"), h("span", { class: "soft small" }, "A whole disk; for GoogLeNet a crop as well"), input);
  const result = h("div", { "aria-live": "polite" });
  const element = h("div", { class: "stack" }, h("div", { class: "pick-picture" }, drop, h("div", { class: "row" }, path,
    button("Look", { icon: "eye", onclick: () => { if (path.value.trim()) look({ path: path.value.trim() }); } }))), result);
  let last = null;

  async function look(given, more = {}) {
    last = given;
    if (given.path) path.value = given.path;
    const at = `/api/models/${part(state.network.name)}/infer`;
    if (!more.quiet) result.replaceChildren(h("div", { class: "card" }, loading(5)));
    try {
      const asked = { epoch: state.epoch, ...(more.layers ? { layers: true } : {}), ...(more.region != null ? { region: more.region } : {}) };
      let told;
      if (given.file) {
        const form = new FormData();
        for (const [key, value] of Object.entries(asked)) form.append(key, String(value));
        form.append("file", given.file);
        told = await api.upload(at, form);
      } else told = await api.post(at, { ...asked, path: given.path });
      draw(told, more);
      return told;
    } catch (error) {
      result.replaceChildren(broken(error, () => look(given, more)));
      return null;
    }
  }

  function draw(told, more) {
    const parts = told.task === "detector" ? detector(told) : classifier(told, (region) => look(last, { region, layers: more.layers, quiet: true }));
    const layers = told.layers ? layerList(told.layers) : h("div", { class: "card row" }, h("div", { class: "grow" }, h("h2", {}, "Layers"),
      h("p", { class: "soft small" }, "What each layer of the network makes of this picture, with its statistics. Takes some seconds.")),
    button("Show every layer", { icon: "columns", onclick: (event) => busy(event.currentTarget, look(last, { layers: true, quiet: true, region: told.region })) }));
    result.replaceChildren(h("div", { class: "stack" }, parts, layers));
  }

  return { element, look, changed() { if (last) look(last); } };
}

// ---- a detector

function detector(told) {
  const view = overlay(told);
  const cut = h("input", { type: "range", min: "0", max: "1", step: "0.01", value: String(Math.min(1, told.threshold ?? 0)), id: "cut", oninput: () => redraw() });
  const words = h("output", { for: "cut" });
  const shows = { coverage: true, before: false, after: true };
  const counts = h("p", { class: "soft small" });
  const toggle = (key, label) => h("button", { type: "button", class: "button", "aria-pressed": String(shows[key]), onclick: (event) => {
    shows[key] = !shows[key];
    event.currentTarget.setAttribute("aria-pressed", String(shows[key]));
    redraw();
  } }, label);
  function redraw() {
    const least = Number(cut.value);
    words.textContent = `score from ${least.toFixed(2)}`;
    view.coverage(shows.coverage);
    const before = told.before.filter((box) => box[4] >= least), after = told.after.filter((box) => box[4] >= least);
    view.boxes([...(shows.before ? before.map((box) => ({ box, kind: "before" })) : []), ...(shows.after ? after.map((box) => ({ box, kind: "after" })) : [])]);
    counts.textContent = `${plural(after.length, "box", "boxes")} after clustering, ${plural(told.before_count, "box", "boxes")} before${told.before_count > told.before.length ? `, of which the best ${told.before.length} are drawn` : ""}`;
  }
  const card = h("section", { class: "columns try-columns" }, h("div", { class: "card figure" }, view.element),
    h("div", { class: "stack" }, h("div", { class: "card stack" }, h("h2", {}, told.picture),
      h("div", { class: "buttons" }, told.files.coverage && toggle("coverage", "Coverage"), toggle("before", "Before clustering"), toggle("after", "After")),
      h("label", { class: "field", for: "cut" }, h("span", {}, "Threshold"), cut, words), counts,
      h("p", { class: "small" }, told.path.startsWith("tries/") ? "" : h("a", { href: `/analyse?path=${part(told.path)}` }, "Analyse this picture"))),
    h("div", { class: "card" }, h("h2", {}, "Boxes"), boxTable(told))));
  redraw();
  return card;
}

function boxTable(told) {
  if (!told.after.length) return h("p", { class: "soft" }, "No region: a normal answer of a quiet Sun.");
  return h("div", { class: "scroll-y" }, h("table", { class: "snapshots" }, h("thead", {}, h("tr", {}, ["", "score", "x", "y", "width", "height"].map((name) => h("th", { scope: "col", class: name ? "number" : null }, name)))),
    h("tbody", {}, told.after.map(([x0, y0, x1, y1, score], at) => h("tr", {}, h("td", {}, `${at + 1}`), h("td", { class: "number" }, score.toFixed(3)),
      [x0, y0, x1 - x0, y1 - y0].map((value) => h("td", { class: "number" }, (value * told.side).toFixed(0))))))));
}

// The picture with coverage and boxes over it; boxes are shares of its side.
function overlay(told) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1000 1000");
  svg.setAttribute("class", "try-boxes");
  svg.setAttribute("aria-hidden", "true");
  const heat = told.files.coverage && h("img", { src: told.files.coverage, alt: "", class: "heat" });
  const element = h("div", { class: "try-picture" }, h("img", { src: told.files.sees, alt: `What the network sees of ${told.picture}` }), heat, svg);
  return {
    element,
    coverage(on) { if (heat) heat.hidden = !on; },
    boxes(list) {
      svg.replaceChildren(...list.flatMap(({ box, kind, name, at, chosen, onclick }) => {
        const [x0, y0, x1, y1] = box.map((value) => value * 1000);
        const rect = document.createElementNS(SVG, "rect");
        for (const [key, value] of Object.entries({ x: x0, y: y0, width: x1 - x0, height: y1 - y0, class: `${kind} ${name ? level(name) : ""} ${chosen ? "chosen" : ""}` })) rect.setAttribute(key, value);
        if (onclick) rect.addEventListener("click", onclick);
        if (at == null) return [rect];
        const text = document.createElementNS(SVG, "text");
        text.setAttribute("x", x0 + 4);
        text.setAttribute("y", Math.max(22, y0 - 8));
        text.setAttribute("class", name ? level(name) : "");
        text.textContent = at;
        return [rect, text];
      }));
    },
  };
}

// ---- a classifier

const PAPER = { A: "alpha", B: "beta", AG: "complex", BG: "complex" };
const colourOf = (name) => PAPER[name] ?? level(name);

function bars(shares) {
  return h("dl", { class: "likeliest" }, shares.slice(0, 5).flatMap(([name, share]) => {
    const fill = h("i", { class: `fill ${colourOf(name)}`, style: { width: `${Math.max(0.5, share * 100)}%` } });
    return [h("dt", {}, name), h("dd", {}, h("span", { class: "bar" }, fill), h("span", { class: "value" }, percent(share, 1)))];
  }));
}

function classifier(told, choose) {
  if (!told.regions.length) return h("div", { class: "card" }, h("h2", {}, told.picture), h("p", { class: "soft" }, "No region was found on it: a normal answer of a quiet Sun."));
  const chosen = told.regions[told.region];
  const crop = h("div", { class: "card stack" }, h("h2", {}, told.crop ? told.picture : `Region ${told.region + 1}`),
    h("div", { class: "row crop-row" }, told.files.crop && h("figure", {}, h("img", { src: told.files.crop, alt: "What the network sees of this region", class: "crop" }), h("figcaption", { class: "soft small" }, "what it sees")), h("div", { class: "grow" }, bars(chosen.shares))));
  if (told.crop) return crop;
  const view = overlay(told);
  view.boxes(told.regions.map((region, at) => ({ box: region.box, kind: "after", name: colourOf(region.shares[0][0]), at: `${at + 1} ${region.shares[0][0]}`, chosen: at === told.region, onclick: () => choose(at) })));
  const list = h("div", { class: "card" }, h("h2", {}, "Regions"), h("div", { class: "scroll-y region-list" }, told.regions.map((region, at) => h("button", { type: "button", class: "region-line", "aria-pressed": String(at === told.region), onclick: () => choose(at) },
    h("span", { class: `dot ${colourOf(region.shares[0][0])}` }), h("span", { class: "grow" }, `${at + 1}  ${region.shares[0][0]}`), h("span", { class: "soft" }, percent(region.shares[0][1]))))),
  h("p", { class: "soft small" }, `Regions by ${told.detector}, halescope's own detector.`));
  return h("section", { class: "columns try-columns" }, h("div", { class: "card figure" }, view.element), h("div", { class: "stack" }, crop, list));
}

// ---- layers

function layerList(layers) {
  const grid = h("div", { class: "layers" }, layers.map(layer));
  return h("section", { class: "stack", "aria-labelledby": "layers-title" }, h("div", { class: "section-head" }, h("h2", { id: "layers-title" }, `Layers (${layers.length})`),
    h("p", { class: "soft small" }, "Up to 64 channels each, black at the channel's least and white at its most.")), grid);
}

function layer(one) {
  const picture = one.picture ? h("button", { type: "button", class: "mosaic", title: "Larger", onclick: () => large(one) }, h("img", { src: one.picture, alt: `Channels of ${one.name}`, loading: "lazy" })) : h("p", { class: "soft small" }, "No map: a row of numbers.");
  const most = Math.max(...one.histogram, 1);
  const facts = [["shape", one.shape.join(" × ")], ["mean ± std", `${short(one.stats.mean)} ± ${short(one.stats.std)}`], ["range", `${short(one.stats.least)} … ${short(one.stats.most)}`], ["zeros", percent(one.stats.zeros)],
    ...(one.weights ? [["weights", `${one.weights.shape.join(" × ")}, ${short(one.weights.mean)} ± ${short(one.weights.std)}`]] : [])];
  return h("article", { class: "card layer" }, h("h3", {}, one.name, h("span", { class: "soft small" }, ` ${one.kind}`)), picture,
    h("div", { class: "bars", role: "img", "aria-label": "Histogram of the values" }, one.histogram.map((count) => h("i", { style: { height: `${Math.max(2, (count / most) ** 0.5 * 100)}%` } }))),
    h("dl", { class: "facts small" }, facts.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)])));
}

function large(one) {
  const box = h("dialog", { class: "large", "aria-label": one.name, onclick: () => { box.close(); box.remove(); }, oncancel: () => box.remove() }, h("img", { src: one.picture, alt: `Channels of ${one.name}` }), h("p", { class: "small" }, `${one.name}, ${one.shape.join(" × ")}`));
  document.body.append(box);
  box.showModal();
}
