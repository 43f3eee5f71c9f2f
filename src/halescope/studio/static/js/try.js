// Try: a network on one picture with all that it sees, or on a list against its labels.
import { pageData } from "./lib/api.js";
import { h } from "./lib/ui.js";
import { onePicture } from "./try_one.js";
import { onList } from "./try_list.js";

const data = pageData();
const { chosen } = data;
const network = h("select", { class: "select", id: "network", onchange: () => fill() });
const epoch = h("select", { class: "select", id: "epoch", onchange: () => tell() });
const place = h("div", {});
const tabs = { one: tab("One picture"), list: tab("A list") };
const state = { get network() { return data.networks.find((one) => one.name === network.value); }, get epoch() { return epoch.value || "best"; }, data };
const views = { one: onePicture(state), list: onList(state) };
let shown = chosen.dataset ? "list" : "one";

function tab(title) {
  return h("button", { type: "button", role: "tab", onclick: (event) => show(event.currentTarget === tabs.one ? "one" : "list") }, title);
}

function show(which) {
  shown = which;
  for (const [key, one] of Object.entries(tabs)) one.setAttribute("aria-selected", String(key === which));
  place.replaceChildren(views[which].element);
}

function tell() { for (const view of Object.values(views)) view.changed(); }

// The snapshots of the chosen network.
function fill(wanted = "") {
  const one = state.network;
  const list = one?.epochs ?? [];
  epoch.closest("label").hidden = !list.length;
  epoch.replaceChildren(...(list.length ? [h("option", { value: "best" }, one.best ? `best, epoch ${one.best}` : "the last step"),
    ...list.toReversed().map((number) => h("option", { value: String(number) }, `epoch ${number}`))] : []));
  if ([...epoch.options].some((option) => option.value === wanted)) epoch.value = wanted;
  tell();
}

for (const [group, list] of Map.groupBy(data.networks, (one) => one.group)) {
  network.append(h("optgroup", { label: group }, list.map((one) => h("option", { value: one.name }, `${one.name} (${one.task})`))));
}
const first = data.networks.find((one) => one.name === chosen.network) ?? data.networks.find((one) => one.default) ?? data.networks[0];
network.value = first?.name ?? "";
const host = document.getElementById("try");
host.className = "stack";
host.replaceChildren(
  h("div", { class: "row try-choice" }, h("label", { class: "field" }, h("span", {}, "Network"), network), h("label", { class: "field" }, h("span", {}, "Snapshot"), epoch)),
  h("div", { class: "tabs", role: "tablist" }, tabs.one, tabs.list), place);
fill(chosen.epoch);
show(shown);
if (chosen.picture) views.one.look({ path: chosen.picture });
