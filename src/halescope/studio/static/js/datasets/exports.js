// Exports: in every format, as a zip file or into a folder of the workspace.
import { api } from "../lib/api.js";
import { subscribe } from "../lib/events.js";
import { ago, bytes } from "../lib/format.js";
import { busy, button, command, confirm, fail, h, icon, progress, toast } from "../lib/ui.js";
import { later, rest } from "./shared.js";

const FORMATS = [
  ["kitti", "KITTI", "DetectNet, DIGITS"], ["yolo", "YOLO", "a text file an image"], ["coco", "COCO", "one JSON file"],
  ["voc", "Pascal VOC", "an XML file an image"], ["cvat", "CVAT", "to label on in CVAT"], ["crops", "Class folders", "each region cut out"],
];
const SCHEMES = [["mount-wilson", "NOAA's seven classes"], ["coarse", "alpha, beta, complex"], ["paper", "A, AG, B, BG as in the paper"], ["detector", "one class for all"]];
const DOUBTFUL = [["drop", "leave out"], ["keep", "keep"], ["dontcare", "DontCare"]];

export function exportPanel(dataset) {
  const state = { format: "kitti", scheme: "mount-wilson", doubtful: "drop", plage: false, pictures: "png", size: 0, folder: "" };
  const line = command("");
  const problem = h("p", { class: "notice bad", role: "alert", hidden: true });
  const running = h("div", { class: "stack" });
  const list = h("ul", { class: "exports" });
  const whole = h("div", { class: "card export-whole" }, h("div", { class: "grow" }, h("h3", {}, "The data set itself"),
    h("p", { class: "soft small" }, dataset.kind === "crops" ? "Class folders, crops.csv and what it was made of." : "Table, labels, pictures and what it was made of: unpacked, halescope reads it.")),
  h("a", { class: "button", href: rest(dataset.name, "/exports/folder.zip"), download: "" }, icon("download"), "Download"),
  h("a", { class: "button quiet", href: rest(dataset.name, dataset.kind === "crops" ? "/crops.csv" : "/manifest.csv"), download: "" }, "Table alone"));
  if (dataset.kind === "crops") return h("div", { class: "stack" }, whole);

  const choose = (name, entries, label) => h("label", { class: "field" }, h("span", {}, label), h("select", { class: "select", name, onchange: (event) => { state[name] = event.target.value; changed(); } },
    entries.map(([value, text]) => h("option", { value, selected: value === state[name] }, text))));
  const cards = h("div", { class: "format-cards", role: "radiogroup", "aria-label": "Format" }, FORMATS.map(([value, title, text]) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "format", value, checked: value === state.format, onchange: () => { state.format = value; changed(); } }), h("span", {}, h("b", {}, title), h("span", { class: "soft small" }, text)))));
  const size = h("input", { class: "input", type: "number", min: "0", max: "4096", step: "1", value: "0", oninput: () => { state.size = Number(size.value) || 0; changed(); } });
  const pictures = choose("pictures", [["png", "PNG, 8 bits"], ["copy", "as they are"], ["none", "labels alone"]], "Pictures");
  const sizeField = h("label", { class: "field" }, h("span", {}, "Side of the pictures"), size, h("span", { class: "hint" }, "0 leaves their size"));
  const folder = h("input", { class: "input", placeholder: "exports/mine", spellcheck: "false", oninput: later(() => { state.folder = folder.value.trim(); changed(); }) });
  const plage = h("input", { type: "checkbox", onchange: () => { state.plage = plage.checked; changed(); } });
  const start = button("Export", { icon: "download", kind: "primary", onclick: begin });

  const asked = () => ({ ...state, folder: state.folder || null });
  async function changed() {
    pictures.hidden = state.format === "crops";
    sizeField.hidden = state.format !== "crops" && state.pictures !== "png";
    problem.hidden = true;
    try { line.set((await api.post(rest(dataset.name, "/export/command"), asked())).command); } catch (error) { problem.textContent = error.detail || error.message; problem.hidden = false; }
  }

  async function begin() {
    try {
      const answer = await busy(start, api.post(rest(dataset.name, "/export"), asked()));
      watch(answer);
    } catch (error) { problem.textContent = error.detail || error.message; problem.hidden = false; }
  }

  function watch(answer) {
    const bar = progress(null);
    const text = h("span", { class: "grow" }, answer.job.title);
    const stop = button("Stop", { icon: "stop", kind: "quiet", onclick: () => api.post(`/api/jobs/${answer.job.id}/abort`).catch(fail) });
    const row = h("div", { class: "card export-job" }, h("div", { class: "row" }, text, stop), bar);
    running.append(row);
    let ended = false;
    const end = async (job) => {
      if (ended) return;
      ended = true;
      row.remove();
      if (job.state === "done") {
        toast(answer.download ? "Export is ready" : `Written to ${state.folder}`);
        if (answer.download) { const link = h("a", { href: answer.download, download: "" }); document.body.append(link); link.click(); link.remove(); }
      } else if (job.state !== "aborted") {
        problem.textContent = job.message || `The export ${job.state}`;
        problem.hidden = false;
      }
      refresh();
    };
    subscribe("queue", (job) => { if (job.id === answer.job.id && !["queued", "running"].includes(job.state)) end(job); });
    subscribe("progress", (job) => { if (job.id === answer.job.id && job.progress) bar.set(job.progress.total ? job.progress.done / job.progress.total : null); });
    const look = async () => { try { const job = await api.get(`/api/jobs/${answer.job.id}`); if (!["queued", "running"].includes(job.state)) await end(job); else setTimeout(look, 1500); } catch { setTimeout(look, 3000); } };
    look();
  }

  async function refresh() {
    try {
      const found = await api.get(rest(dataset.name));
      list.replaceChildren(...found.exports.map((one) => h("li", {}, h("span", { class: "grow" }, h("b", {}, one.name), h("span", { class: "soft small" }, ` ${bytes(one.bytes)}, ${ago(one.made)}`)),
        h("a", { class: "button quiet", href: one.download, download: "" }, icon("download"), "Download"),
        button("", { icon: "trash", kind: "quiet square", title: `Delete ${one.name}`, onclick: async () => {
          if (!(await confirm({ title: `Delete the export ${one.name}?` }))) return;
          try { await api.del(rest(dataset.name, `/exports/${encodeURIComponent(one.name)}`)); refresh(); } catch (error) { fail(error); }
        } }))));
      earlier.hidden = !found.exports.length;
    } catch (error) { fail(error); }
  }
  const earlier = h("div", { class: "card", hidden: true }, h("h3", {}, "Written before"), list);
  changed();
  refresh();
  return h("div", { class: "columns" },
    h("div", { class: "stack" },
      h("div", { class: "card form" }, h("h3", {}, "In another format"), cards,
        h("div", { class: "fields" }, choose("scheme", SCHEMES, "Names of the classes"), choose("doubtful", DOUBTFUL, "Doubtful labels"), pictures, sizeField),
        h("label", { class: "check" }, plage, "Keep plage, under this name"),
        h("details", {}, h("summary", { class: "small" }, "Into a folder of the workspace instead"), h("label", { class: "field" }, h("span", { class: "visually-hidden" }, "Folder"), folder, h("span", { class: "hint" }, `New or empty. Without one, the export is kept with the data set and comes as a zip file.`))),
        problem, h("div", { class: "buttons" }, start)),
      running, line),
    h("div", { class: "stack" }, whole, earlier));
}

