// What a data set was made of, notes, and who uses it.
import { api } from "../lib/api.js";
import { bytes, integer, plural, time } from "../lib/format.js";
import { busy, button, command, fail, h, toast } from "../lib/ui.js";
import { FORMATS, KINDS, quoted, RESIZES, rest, SPLITS } from "./shared.js";

export function about(dataset) {
  const { split, treatment, counts } = dataset;
  const facts = [
    ["Kind", KINDS[dataset.kind]],
    ["Made", dataset.made ? `${time(dataset.made)} UTC` : ""],
    ["From", [FORMATS[dataset.from] ?? dataset.from, dataset.source].filter(Boolean).join(", ")],
    ["Days", counts.from ? `${counts.from.slice(0, 10)} to ${counts.to.slice(0, 10)}` : ""],
    ["Divided", split ? words(split) : ""],
    ["Pictures", treatment ? `${RESIZES[treatment.mode]}, ${treatment.width} × ${treatment.height}, ${treatment.channels === 3 ? "colour" : "grey"}` : "as they are"],
    ["Left out", dataset.left_out ? `${plural(dataset.left_out, "image")}; see Faults` : ""],
    ["Without summaries", dataset.without_srs ? plural(dataset.without_srs, "image") : ""],
    ["On the disk", bytes(dataset.bytes)],
    ["Used by", dataset.used_by.length ? h("span", {}, dataset.used_by.map((name, at) => [at ? ", " : "", h("a", { href: `/models/${encodeURIComponent(name)}` }, name)])) : "no model"],
  ].filter(([, value]) => value);
  const notes = h("textarea", { class: "textarea notes", maxlength: "10000", "aria-label": "Notes", placeholder: "Who labelled it, what is special, what to mind", value: dataset.notes, oninput: () => { save.disabled = notes.value === dataset.notes; } });
  const save = button("Save notes", { disabled: true, onclick: async () => {
    try {
      await busy(save, api.patch(rest(dataset.name), { notes: notes.value }));
      dataset.notes = notes.value;
      save.disabled = true;
      toast("Notes saved", { seconds: 3 });
    } catch (error) { fail(error); }
  } });
  return h("div", { class: "columns" },
    h("div", { class: "stack" },
      h("div", { class: "card" }, h("h3", {}, "What it is"), h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))),
      dataset.job?.command ? command(dataset.job.command, "It was made by, in the workspace's folder") : null,
      command(dataset.kind === "crops" ? `halescope train googlenet --set ${quoted(`crops.folders=datasets/${dataset.name}`)}`
        : `halescope train classifier --set ${quoted(`data.manifest=datasets/${dataset.name}/manifest.csv`)} --set ${quoted(`data.root=datasets/${dataset.name}`)}`, "To train on it on the command line")),
    h("div", { class: "card stack" }, h("h3", {}, "Notes"), notes, h("div", { class: "buttons" }, save)));
}

function words(split) {
  const shares = split.boundaries?.length ? split.boundaries.join(" and ") : split.fractions.map((share) => `${Math.round(share * 100)} %`).join(", ");
  const gap = split.method === "time" || split.method === "shared" ? `, ${integer(split.gap_days)} days left out between the parts` : "";
  return `${SPLITS[split.method]}: ${shares}${gap}`;
}
