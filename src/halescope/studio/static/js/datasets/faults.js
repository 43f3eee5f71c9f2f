// Faults of the table and of label files; safe ones are mended by a click.
import { api } from "../lib/api.js";
import { integer, plural } from "../lib/format.js";
import { table } from "../lib/table.js";
import { busy, button, command, confirm, fail, h, icon, toast } from "../lib/ui.js";
import { rest } from "./shared.js";

export const FAULTS = {
  format: "cannot be read", class: "class", inverted: "edges swapped", outside: "out of the picture", "off-disk": "off the disk", tiny: "tiny box",
  doubled: "doubled", empty: "empty line", "no-image": "no picture", "no-labels": "no labels", status: "status", flag: "flag",
};

export function faults(host, found, dataset, changed) {
  const draw = (now, mended = null) => host.replaceChildren(view(now, mended));

  function view(now, mended) {
    const safe = now.fixable;
    const mend = button(`Mend ${plural(safe, "fault")}`, { icon: "ok", kind: "primary", onclick: async () => {
      const text = "Swapped edges are put in order, boxes cut to the picture, classes spelled as they should be, exact doubles and empty lines dropped. Each changed file is kept with .bak at the end of its name.";
      if (!(await confirm({ title: `Mend ${plural(safe, "fault")}?`, text, action: "Mend", danger: false }))) return;
      try {
        const answer = await busy(mend, api.post(rest(dataset.name, "/lint/fix")));
        toast(`${plural(answer.mended_count, "fault")} mended`);
        draw(answer, answer);
        changed?.();
      } catch (error) { fail(error); }
    } });
    const kind = now.total === 0 ? "good" : safe ? "warn" : "";
    const title = now.total === 0 ? "No faults" : plural(now.total, "fault");
    const text = now.total === 0 ? "The table and the label files say what they should."
      : safe ? `${safe === now.total ? "All" : integer(safe)} of them can be mended safely.` : "None of them can be mended safely: look at them one by one.";
    const list = h("div");
    if (now.total) fill(list, now.faults);
    return h("div", { class: "stack" },
      h("div", { class: `verdict ${kind}` }, icon(now.total ? "warn" : "ok"), h("div", { class: "grow" }, h("h2", {}, title), h("p", {}, text)), safe ? mend : null),
      mended ? done(mended) : null,
      now.total ? list : null,
      now.total > now.faults.length ? h("p", { class: "soft small" }, `The first ${integer(now.faults.length)} are listed.`) : null,
      source(now.source),
      command(now.command));
  }
  draw(found);
}

function fill(host, rows) {
  const list = table(host, {
    name: "faults", label: "Faults", search: "Filter faults", id: (row) => row.id, facets: ["kind"], sort: { key: "file" },
    columns: [
      { key: "file", title: "File" },
      { key: "line", title: "Line", kind: "number", text: (row) => (row.line ? integer(row.line) : "") },
      { key: "kind", title: "Fault", value: (row) => FAULTS[row.kind] ?? row.kind },
      { key: "text", title: "Found" },
      { key: "fixable", title: "Safe to mend", value: (row) => (row.fixable ? "yes" : "no"), cell: (row) => (row.fixable ? h("span", { class: "tag good" }, "safe") : h("span", { class: "tag plain" }, "by hand")) },
    ],
  });
  list.set(rows.map((row, id) => ({ ...row, id: `fault ${id + 1}` })));
}

function done(answer) {
  return h("details", { class: "notice good" }, h("summary", {}, `${plural(answer.mended_count, "fault")} mended; the files as they were: ${answer.kept.slice(0, 3).join(", ")}${answer.kept.length > 3 ? ` and ${answer.kept.length - 3} more` : ""}`),
    h("ul", { class: "lines mono small" }, answer.mended.slice(0, 200).map((one) => h("li", {}, `${one.file}${one.line ? `:${one.line}` : ""}  ${one.text}`))));
}

function source(told) {
  if (!told.count && !told.left_out) return null;
  return h("details", { class: "card source", open: told.left_out > 0 }, h("summary", {}, h("h3", {}, "In the source, when the data set was made")),
    told.left_out ? [h("p", {}, `${plural(told.left_out, "image")} left out:`), h("ul", { class: "lines small mono" }, told.failures.slice(0, 50).map((one) => h("li", {}, one.reason)))] : null,
    told.count ? [h("p", {}, `${plural(told.count, "fault")} in its label files; what is safe was corrected on reading:`), h("ul", { class: "lines small mono" }, told.faults.slice(0, 200).map((one) => h("li", {}, `${one.file}${one.line ? `:${one.line}` : ""}  ${FAULTS[one.kind] ?? one.kind}: ${one.text}`)))] : null);
}

