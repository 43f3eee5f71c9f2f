// The audit of the parts, in words.
import { integer } from "../lib/format.js";
import { command, h, icon } from "../lib/ui.js";

const VERDICTS = {
  clean: ["good", "ok", "Nothing leaks"],
  leaks: ["bad", "warn", "This split leaks"],
  undivided: ["", "info", "Not divided yet"],
  unsure: ["warn", "info", "Nothing found that leaks"],
  unknown: ["warn", "warn", "Cannot be told"],
};
const LEVELS = { leak: ["bad", "leak"], warning: ["warn", "to know"], good: ["good", "apart"] };

export function audit(found, dataset) {
  const [kind, symbol, title] = VERDICTS[found.verdict];
  const again = found.verdict === "leaks" || found.verdict === "undivided";
  return h("div", { class: "stack audit" },
    h("div", { class: `verdict ${kind}` }, icon(symbol), h("div", { class: "grow" }, h("h2", {}, title), h("p", {}, found.text)),
      again && h("a", { class: "button", href: `/datasets/new?source=${encodeURIComponent(`datasets/${dataset.name}`)}&name=${encodeURIComponent(`${dataset.name} by time`)}&method=time` }, "Divide anew")),
    found.findings.length ? h("ul", { class: "findings" }, found.findings.map(finding)) : null,
    found.pairs.length ? h("div", { class: "card" }, h("h3", {}, "The figures behind it"), h("div", { class: "scroll-x" }, figures(found))) : null,
    command(found.command));
}

function finding(one) {
  const [kind, word] = LEVELS[one.level];
  const items = one.items ?? [];
  return h("li", { class: `finding ${kind}` }, h("span", { class: `tag ${kind}` }, word), h("div", {}, h("h3", {}, one.title), h("p", {}, one.text),
    items.length > 8 ? h("details", {}, h("summary", {}, `${items.slice(0, 6).join(", ")} and ${items.length - 6} more`), h("p", { class: "small mono" }, items.join(", ")))
      : items.length ? h("p", { class: "items" }, items.join(", ")) : null));
}

function figures(found) {
  const rows = found.pairs.map((pair) => h("tr", {}, h("th", { scope: "row" }, `${pair.first} and ${pair.second}`),
    cell(pair.regions.length), cell(pair.images), cell(pair.identical), cell(pair.near), cell(pair.returns.length),
    h("td", { class: "number" }, pair.gap_days == null ? "unknown" : `${pair.gap_days.toFixed(1)} d`)));
  return h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "parts"), ["regions", "images", "identical", "within a day", "may return", "shortest gap"].map((name) => h("th", { scope: "col", class: "number" }, name)))), h("tbody", {}, rows));
}

const cell = (count) => h("td", { class: `number ${count ? "hot" : ""}` }, integer(count));
