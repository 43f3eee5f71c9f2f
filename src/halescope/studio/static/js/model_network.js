// A network that can be used: what its card says.
import { api, leave, pageData, part } from "./lib/api.js";
import { bytes } from "./lib/format.js";
import { button, command, confirm, fail, h, icon } from "./lib/ui.js";

const network = pageData();
const card = network.card;
const at = `/api/models/${part(network.name)}`;

const actions = [
  h("a", { class: "button primary", href: `/try?network=${part(network.name)}` }, icon("try"), "Try"),
  h("a", { class: "button", href: `${at}/snapshots/best.zip`, download: "" }, icon("download"), "ONNX and card"),
];
if (network.origin === "models") {
  actions.push(button("", { icon: "trash", kind: "quiet square", title: "Delete", onclick: async () => {
    if (!await confirm({ title: `Delete ${network.name}?`, text: "Analyse will offer it no longer. The run it came from stays." })) return;
    try { await api.del(at); leave("/models"); } catch (error) { fail(error); }
  } }));
}
document.getElementById("network-actions").replaceChildren(...actions);

const facts = (pairs) => h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== "" && value != null)
  .flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]));

function flat(values, prefix = "") {
  return Object.entries(values ?? {}).flatMap(([key, value]) => (value && typeof value === "object" && !Array.isArray(value)
    ? flat(value, `${prefix}${key}.`) : [[prefix + key, shown(value)]]));
}

function shown(value) {
  const text = Array.isArray(value) ? value.map((one) => (typeof one === "object" ? JSON.stringify(one) : one)).join(", ") : String(value ?? "");
  return text.length > 240 ? `${text.slice(0, 240)}…` : text;
}

function section(title, values) {
  const rows = flat(values);
  if (!rows.length) return "";
  return h("section", { class: "card" }, h("h2", {}, title),
    h("dl", { class: "settings" }, rows.map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, value)))));
}

const name = network.origin === "shipped" ? network.name : `models/${network.name}.json`;
document.getElementById("network").className = "stack";
document.getElementById("network").replaceChildren(
  h("section", { class: "card stack" },
    h("div", { class: "row" }, h("span", { class: "tag plain" }, card.task), h("span", { class: "tag plain" }, card.architecture),
      h("span", { class: "soft small" }, network.origin === "shipped" ? "ships with halescope" : "of this workspace"), card.default && h("span", { class: "tag good" }, "default")),
    facts([["classes", card.classes.join(", ")], ["input", `${card.input.size} x ${card.input.size}, ${card.input.channels} channel${card.input.channels > 1 ? "s" : ""}`],
      ["size", bytes(network.size)], ["licence", card.licence], ["sha256", card.sha256]]),
    command(`halescope analyze FILE --${card.task} ${name}`)),
  section("What it reached", card.figures), section("Thresholds and options", { ...card.thresholds, ...card.calibration, ...card.options }),
  section("How it was trained", card.training));
