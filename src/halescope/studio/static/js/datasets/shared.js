// What the pages of data sets share.
import { api } from "../lib/api.js";
import { dialog, h } from "../lib/ui.js";

export const KINDS = { disks: "full disks", crops: "class folders" };
export const SPLITS = { time: "by time", region: "by region", random: "at random", shared: "by time, at random" };
export const FORMATS = {
  auto: "found by content", manifest: "manifest", srs: "NOAA's summaries", kitti: "KITTI", yolo: "YOLO", coco: "COCO", voc: "Pascal VOC",
  cvat: "CVAT", folders: "class folders",
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

// Not at each key, but when there is a pause.
export function later(call, milliseconds = 250) {
  let timer = null;
  return (...values) => { clearTimeout(timer); timer = setTimeout(() => call(...values), milliseconds); };
}
