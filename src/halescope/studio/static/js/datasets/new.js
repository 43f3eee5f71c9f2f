// The form of a new data set: source, split, treatment, name; the command that does the same.
import { api, pageData } from "../lib/api.js";
import { integer, plural } from "../lib/format.js";
import { busy, button, command, fail, h, icon, progress } from "../lib/ui.js";
import { pick } from "./folder.js";
import { address, formOf, FORMATS, later, rest } from "./shared.js";
import { splitStep } from "./split.js";
import { treatStep } from "./treat.js";
import { clean, dropped, picked, send } from "../lib/upload.js";

const { max_upload: most } = pageData();
const query = new URLSearchParams(location.search);
const state = {
  name: query.get("name") || query.get("again") || "", source: "", format: "auto", images: null, srs: null, method: query.get("method") || "", fractions: [0.7, 0.2, 0.1], gap: null,
  boundaries: "", stratify: true, seed: 0, resize: "none", width: 256, height: 256, colour: "grey", padding: 127, pictures: "link", notes: "",
};
let found = null;
let named = Boolean(state.name);

const steps = document.getElementById("steps");
const summary = document.getElementById("summary");

const step = (number, title, hint, ...inside) => h("section", { class: "card step", "aria-labelledby": `step-${number}` },
  h("header", {}, h("span", { class: "number-mark", "aria-hidden": "true" }, String(number)), h("div", {}, h("h2", { id: `step-${number}` }, title), hint && h("p", { class: "soft small" }, hint))), ...inside);

// 1. The source.
const chosen = h("div", { class: "chosen", "aria-live": "polite" });
const folderInput = h("input", { type: "file", hidden: true, webkitdirectory: true, multiple: true, onchange: () => take(picked(folderInput)) });
const fileInput = h("input", { type: "file", hidden: true, multiple: true, onchange: () => take(picked(fileInput)) });
const drop = h("div", { class: "drop small-drop", role: "button", tabIndex: 0, "aria-label": "Drop a folder, or choose one from this computer",
  onclick: () => folderInput.click(), onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { folderInput.click(); event.preventDefault(); } },
  ondragover: (event) => { event.preventDefault(); drop.classList.add("over"); }, ondragleave: () => drop.classList.remove("over"),
  ondrop: async (event) => { event.preventDefault(); drop.classList.remove("over"); try { take(await dropped(event.dataTransfer)); } catch (error) { fail(error); } } },
icon("upload"), h("b", {}, "Drop a folder here"), h("span", { class: "soft small" }, "or click to choose one: pictures, and their labels if there are any"));
const here = button("Folder of the workspace", { icon: "folder", onclick: () => choose("source", { title: "Where are the pictures and labels?", files: true }) });
const single = button("Files of this computer", { icon: "file", onclick: () => fileInput.click() });
const uploading = h("div", { class: "stack", hidden: true });
const path = h("input", { class: "input mono", placeholder: "inputs/hmi", spellcheck: "false", "aria-label": "Path of the source", onchange: () => setSource(path.value.trim()) });

async function choose(key, options) {
  const answer = await pick({ start: state[key] ?? "", ...options });
  if (answer === null) return;
  if (key === "source") setSource(answer);
  else { state[key] = answer; drawSource(); changed(); }
}

async function take(files) {
  if (!files.length) return;
  const bar = progress(0);
  const text = h("span", { class: "small soft grow", role: "status" }, plural(files.length, "file"));
  let stop = false;
  uploading.hidden = false;
  uploading.replaceChildren(bar, h("div", { class: "row" }, text, button("Stop", { icon: "stop", kind: "quiet", onclick: () => { stop = true; } })));
  drop.setAttribute("aria-busy", "true");
  try {
    const answer = await send(files, { most, stopped: () => stop, tell: (share, line) => { bar.set(share); text.textContent = line; } });
    uploading.replaceChildren(...(answer.refused.length ? [h("details", { class: "notice warn" }, h("summary", {}, `${plural(answer.refused.length, "file")} not taken`),
      h("ul", { class: "lines small mono" }, answer.refused.slice(0, 100).map((one) => h("li", {}, `${one.name}: ${one.reason}`))))] : []));
    uploading.hidden = !answer.refused.length;
    await setSource(answer.path);
  } catch (error) {
    uploading.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.detail || error.message));
  } finally { drop.removeAttribute("aria-busy"); }
}

async function setSource(text) {
  path.value = text;
  if (!text) return;
  Object.assign(state, { source: text, images: null, srs: null, format: "auto" });
  found = null;
  chosen.replaceChildren(h("div", { class: "skeleton look-skeleton", "aria-label": "Looking into the folder" }));
  try {
    found = await api.get(`/api/datasets/look?path=${encodeURIComponent(text)}`);
  } catch (error) {
    state.source = "";
    chosen.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.detail || error.message));
    changed();
    return;
  }
  state.source = found.path;
  path.value = found.path;
  if (found.format === "" && found.formats.length > 1) state.format = found.formats[0];
  if (isBare()) state.format = "pictures";
  if (!state.method || !query.get("method")) state.method = found.parts.length > 1 || isBare() ? "keep" : kindOf() === "crops" ? "random" : "time";
  if (!named) { state.name = clean(found.name || "data set"); name.value = state.name; }
  drawSource();
  split.draw();
  treat.draw();
  changed();
}

const isBare = () => found !== null && !found.formats.length;
const formatOf = () => (state.srs ? "srs" : state.format === "auto" ? found?.format ?? "" : state.format);
const kindOf = () => (formatOf() === "folders" ? "crops" : "disks");

function drawSource() {
  if (!found) { chosen.replaceChildren(); return; }
  const bare = isBare();
  const kind = found.pictures && (!found.missing || state.images) ? "good" : "warn";
  const label = (summaries) => { state.srs = summaries; if (summaries) state.method = "time"; else state.method = "keep"; drawSource(); split.draw(); treat.draw(); changed(); };
  const format = h("select", { class: "select", onchange: () => { state.format = format.value; drawSource(); split.draw(); treat.draw(); changed(); } },
    Object.entries(FORMATS).filter(([value]) => value !== "srs" || found.srs).map(([value, text]) => h("option", { value, selected: value === state.format }, value === "auto" && found.format ? `${text}: ${FORMATS[found.format]}` : text)));
  const other = (key, title, options, note) => h("div", { class: "field" }, h("span", {}, title), h("div", { class: "row nowrap" },
    h("span", { class: `path-box ${state[key] ? "" : "soft"}`, title: state[key] }, state[key] ?? note), button("Choose", { onclick: () => choose(key, options) }),
    state[key] && button("", { icon: "close", kind: "quiet square", title: "Clear", onclick: () => { state[key] = null; drawSource(); changed(); } })));
  chosen.replaceChildren(h("div", { class: `notice ${kind}` },
    h("strong", {}, plural(found.pictures, "picture")), ` in ${found.path}: ${state.srs && bare ? "labelled by NOAA's summaries" : bare ? "no labels yet" : found.said}.`,
    found.missing && !state.images ? h("p", {}, found.missing === found.pictures ? "None of them is where it says: choose the folder that the pictures are in." : `${integer(found.missing)} of them are not where it says, and are left out; or choose the folder that the pictures are in.`) : null,
    bare && found.pictures ? h("p", {}, state.srs ? "Each region that NOAA lists gets its box and class." : "You draw the labels yourself, on the page Label. Or NOAA's Solar Region Summaries of these days label them, if you have them: then each listed region gets its box and class.") : null,
    bare && found.pictures && found.summaries.length ? h("div", { class: "buttons near" }, found.summaries.map((one) => button(`Label by ${one.name}`, { icon: "file", title: one.path, "aria-pressed": String(state.srs === one.path), onclick: () => label(state.srs === one.path ? null : one.path) }))) : null,
    Object.keys(found.classes).length ? h("p", { class: "small" }, Object.entries(found.classes).map(([one, count]) => `${one} ${count}`).join(", ")) : null),
  h("div", { class: "fields" },
    bare ? null : h("label", { class: "field" }, h("span", {}, "Labels"), format),
    kindOf() === "crops" ? null : other("srs", bare ? "NOAA's summaries" : "Label anew by NOAA's summaries", { title: "NOAA's summaries: a table, a raw file, a folder or an archive", files: true }, bare ? "none chosen" : "no"),
    kindOf() === "crops" || bare ? null : other("images", "Pictures are in another folder", { title: "Where are the pictures?" }, "beside the labels")));
}

// 3. The treatment, 2. the split.
const split = splitStep(state, { found: () => found, kind: kindOf, changed: () => changed() });
const treat = treatStep(state, { found: () => found, kind: kindOf, changed: () => changed() });

// 4. The name.
const name = h("input", { class: "input", required: true, maxlength: "120", autocomplete: "off", spellcheck: "false", value: state.name, oninput: () => { named = true; state.name = name.value.trim(); changed(); } });
const notes = h("textarea", { class: "textarea", maxlength: "10000", oninput: () => { state.notes = notes.value; changed(); } });
const copies = h("input", { type: "checkbox", onchange: () => { state.pictures = copies.checked ? "copy" : "link"; changed(); } });

steps.replaceChildren(
  step(1, "Pictures and labels", "Full disks, with boxes in any format or without any, or class folders of crops.",
    h("div", { class: "source-ways" }, drop, h("div", { class: "stack ways" }, here, single, h("label", { class: "field" }, h("span", { class: "small soft" }, "or type a path"), path))), folderInput, fileInput, uploading, chosen),
  step(2, "Parts", "What trains, what chooses the best epoch, and what is only tested on.", split.element),
  step(3, "Pictures", "As they are, or written anew at one size as DIGITS did. The boxes move along.", treat.element),
  step(4, "Name", null, h("div", { class: "form" }, h("label", { class: "field" }, h("span", {}, "Name"), name), h("label", { class: "field" }, h("span", {}, "Notes"), notes),
    h("label", { class: "check" }, copies, h("span", {}, "Copy the pictures into the data set ", h("span", { class: "soft small" }, "(else it links to them)"))))));

// The summary beside it.
const line = command("");
const why = h("p", { class: "notice bad", role: "alert", hidden: true });
const make = h("button", { type: "submit", class: "button primary wide", disabled: true }, "Make the data set");
const facts = h("dl", { class: "facts" });
summary.replaceChildren(h("div", { class: "card stack" }, h("h2", {}, "Summary"), facts, why, make), line);

const METHODS = { keep: "as they came", none: "not yet", time: "by time", region: "by region", random: "at random", shared: "by time, at random" };
function drawFacts() {
  const rows = [
    ["From", found ? `${plural(found.pictures, "picture")}, ${state.srs ? FORMATS.srs : isBare() ? "no labels yet" : FORMATS[formatOf()] ?? "no labels"}` : "nothing chosen"],
    ["Parts", METHODS[state.method === "keep" && isBare() ? "none" : state.method] ?? ""],
    ["Pictures", state.resize === "none" ? "as they are" : `${state.resize.replace("_", " ")}, ${state.width} × ${state.height}, ${state.colour}`],
    ["Name", state.name || "none yet"],
  ];
  facts.replaceChildren(...rows.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]));
}

const asked = () => ({ ...state, format: state.srs ? "srs" : state.format, source: state.source || ".", method: state.method || "keep" });
const check = later(async () => {
  if (!state.source || !state.name) { line.set("halescope dataset import FOLDER -o datasets/NAME"); make.disabled = true; return; }
  const now = JSON.stringify(asked());
  try {
    const told = await api.post("/api/datasets/command", asked());
    if (now !== JSON.stringify(asked())) return;
    line.set(told.command);
    why.className = "notice bad";
    why.hidden = !told.problem;
    why.textContent = told.problem;
    make.disabled = Boolean(told.problem);
  } catch (error) {
    why.hidden = false;
    why.textContent = error.detail || error.message;
    make.disabled = true;
  }
}, 200);

function changed() { drawFacts(); check(); }

document.getElementById("new").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await busy(make, api.post("/api/datasets", asked()));
    location.href = address(state.name);
  } catch (error) {
    why.hidden = false;
    why.textContent = error.detail || error.message;
  }
});

// Begun anew: the form as it was for the one that could not be made.
async function again(old) {
  const told = await api.get(rest(old));
  const command = told.job?.command ?? "";
  if (!command.includes(" dataset import ")) return;
  const { source, method, ...more } = formOf(command);
  await setSource(source);
  Object.assign(state, more, { method });
  copies.checked = state.pictures === "copy";
  notes.value = state.notes;
  drawSource();
  split.draw();
  treat.draw();
  changed();
}

changed();
if (query.get("source")) setSource(query.get("source"));
else if (query.get("again")) again(query.get("again")).catch(fail);
