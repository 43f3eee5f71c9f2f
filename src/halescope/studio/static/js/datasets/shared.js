// What the pages of data sets share.
import { api } from "../lib/api.js";
import { dialog, h } from "../lib/ui.js";

export const KINDS = { disks: "full disks", crops: "class folders" };
export const SPLITS = { time: "by time", region: "by region", random: "at random", shared: "by time, at random" };
export const FORMATS = {
  auto: "found by content", manifest: "manifest", srs: "NOAA's summaries", kitti: "KITTI", yolo: "YOLO", coco: "COCO", voc: "Pascal VOC",
  cvat: "CVAT", folders: "class folders", pictures: "none, I draw them",
};
export const RESIZES = { none: "as they are", squash: "squash", crop: "crop", fill: "fill", half_crop: "half crop, half fill" };

export const address = (name, tab = "") => `/datasets/${encodeURIComponent(name)}${tab ? `#${tab}` : ""}`;
export const rest = (name, path = "") => `/api/datasets/${encodeURIComponent(name)}${path}`;
export const partName = (part) => part || "in no part";

export function nameField(value = "", label = "Name") {
  return h("label", { class: "field" }, h("span", {}, label), h("input", { class: "input", name: "name", value, required: true, maxlength: "120", autocomplete: "off", spellcheck: "false" }));
}

// Ask for a name and copy a data set; resolves to the name, or null.
export async function clone(name) {
  let made = null;
  const answer = await dialog({
    title: `Clone ${name}`, body: [h("p", { class: "soft" }, "A copy with its own labels, to change without changing the first."), nameField(`${name} copy`)], action: "Clone",
    check: async (values) => { made = (await api.post(rest(name, "/clone"), { name: values.get("name").trim() })).name; },
  });
  return answer && made;
}

// A word of a command line, quoted where a shell would take it apart.
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

// The words of a command line as `quoted` and Python's shlex write them.
export function words(line) {
  const found = [];
  const pattern = /(?:[^\s'"]+|'[^']*'|"[^"]*")+/g;
  for (const [word] of line.matchAll(pattern)) found.push(word.replace(/'([^']*)'|"([^"]*)"/g, (all, one, two) => one ?? two));
  return found;
}

// The values of the form that a command of `halescope dataset import` stands for.
export function formOf(line) {
  const [, , , source, ...rest] = words(line);
  const said = {};
  for (let at = 0; at < rest.length; at += 1) if (rest[at].startsWith("-")) said[rest[at]] = rest[at + 1];
  const [width, height] = (said["--size"] ?? "256x256").split("x").map(Number);
  return {
    source, method: said["--method"] ?? "keep", gap: said["--gap"] ? Number(said["--gap"]) : null, images: said["--images"] ?? null, srs: said["--srs"] ?? null,
    format: said["--from"] ?? "auto", fractions: said["--fractions"] ? said["--fractions"].split(",").map(Number) : [0.7, 0.2, 0.1], seed: Number(said["--seed"] ?? 0),
    stratify: !rest.includes("--no-stratify"), resize: said["--resize"] ?? "none", width, height, colour: said["--colour"] ?? "grey", padding: Number(said["--padding"] ?? 127),
    pictures: said["--pictures"] ?? "link", notes: said["--notes"] ?? "",
  };
}

// Not at each key, but when there is a pause.
export function later(call, milliseconds = 250) {
  let timer = null;
  return (...values) => { clearTimeout(timer); timer = setTimeout(() => call(...values), milliseconds); };
}
