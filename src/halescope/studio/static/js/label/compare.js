// Two labellers of the same pictures: what agrees, and where they differ.
import { api, pageData } from "/static/js/lib/api.js";
import { integer, percent, plural, symbol } from "/static/js/lib/format.js";
import { broken, busy, button, command, empty, h } from "/static/js/lib/ui.js";
import { table } from "/static/js/lib/table.js";
import { Viewer } from "/static/js/lib/viewer.js";

const data = pageData();
const outcome = document.getElementById("outcome");
const CANONICAL = { middle: 208, radius: 200 };

/** Return a box of the canonical disk in pixels of the file. */
function inFile(info, box) {
  const sun = info.geometry;
  const [cos, sin] = [Math.cos((sun.roll * Math.PI) / 180), Math.sin((sun.roll * Math.PI) / 180)];
  const corners = [[box.x_min, box.y_min], [box.x_max, box.y_min], [box.x_min, box.y_max], [box.x_max, box.y_max]]
    .map(([x, y]) => {
      const west = (x - CANONICAL.middle) / CANONICAL.radius;
      const north = (y - CANONICAL.middle) / CANONICAL.radius;
      const px = sun.x_center + sun.radius * (cos * west + sin * north) + 0.5;
      const py = sun.y_center + sun.radius * (-sin * west + cos * north) + 0.5;
      return [px, info.file.rows_down ? info.file.height - py : py];
    });
  const [xs, ys] = [corners.map((c) => c[0]), corners.map((c) => c[1])];
  return { ...box, x_min: Math.min(...xs), x_max: Math.max(...xs), y_min: Math.min(...ys), y_max: Math.max(...ys) };
}

function form() {
  const host = document.getElementById("sides");
  const side = (name, label) => h("label", { class: "field" }, h("span", {}, label),
    h("input", { class: "input", name, list: "compare-sets", required: true, value: data[name],
      placeholder: "a data set, or a folder of KITTI files", autocomplete: "off" }));
  const submit = h("button", { class: "button primary" }, "Compare");
  host.append(side("a", "First labeller"), side("b", "Second labeller"), submit,
    h("datalist", { id: "compare-sets" }, data.datasets.map((name) => h("option", { value: name }))));
  host.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(host));
    history.replaceState(null, "", `/compare?${new URLSearchParams(values)}`);
    busy(submit, show(values));
  });
  if (data.a && data.b) show({ a: data.a, b: data.b });
  else {
    outcome.replaceChildren(empty({ title: "Whom to compare", icon: "compare",
      text: "Two data sets of the same pictures, such as one and its clone that somebody else labelled, or two folders of label files." }));
  }
}

async function show(values) {
  try {
    draw(await api.get(`/api/compare?${new URLSearchParams(values)}`));
  } catch (error) {
    outcome.replaceChildren(broken(error));
  }
}

const figure = (value, name, hint) => h("div", { title: hint }, h("div", { class: "figure-value" }, value), h("div", { class: "figure-name" }, name));
const two = (value) => (value == null ? "–" : value.toFixed(2));

function draw(found) {
  const figures = h("div", { class: "card figures" },
    figure(percent(found.f1), "boxes matched (F1)", `${found.matched} pairs of ${found.boxes_a} and ${found.boxes_b} boxes, IoU ${found.iou} or more`),
    figure(two(found.mean_iou), "mean overlap (IoU)", "of the pairs"),
    figure(percent(found.agreement), "same class", "of the pairs"),
    figure(two(found.kappa), "Cohen's kappa", "agreement on the class beyond chance; 1 is all of it"),
    figure(integer(found.differing), `of ${plural(found.pictures, "picture")} differ`));
  const missing = found.missing.length ? h("p", { class: "notice" },
    `${plural(found.missing.length, "picture")} that only one has labels for, left out: ${found.missing.slice(0, 5).join(", ")}${found.missing.length > 5 ? " …" : ""}`) : null;
  const stage = h("div", { class: "compare-stage" });
  const list = h("div", {});
  outcome.replaceChildren(figures, ...(missing ? [missing] : []),
    ...(found.images.length ? [h("div", { class: "compare-pictures" }, list, stage)] : [h("p", { class: "notice good" }, "No picture differs.")]),
    ...(found.names.length ? [confusion(found)] : []), command(found.command));
  if (found.images.length) pictures(found, list, stage);
}

function confusion(found) {
  const most = Math.max(1, ...found.confusion.flat());
  const head = h("tr", {}, h("th", { scope: "col" }, "first \\ second"), found.names.map((name) => h("th", { scope: "col" }, symbol(name))));
  const rows = found.confusion.map((row, i) => h("tr", {}, h("th", { scope: "row" }, symbol(found.names[i])),
    row.map((count, j) => h("td", { class: i === j ? "is-same" : count ? "is-other" : "",
      style: { "--share": String(count / most) } }, count ? integer(count) : "·"))));
  return h("details", { class: "card", open: found.names.length < 9 }, h("summary", {}, "Classes of the pairs"),
    h("table", { class: "confusion" }, h("thead", {}, head), h("tbody", {}, rows)));
}

function pictures(found, list, stage) {
  let viewer = null;
  let chosen = null;
  const select = async (row) => {
    chosen = row;
    if (!row.path) {
      stage.replaceChildren(empty({ title: "The picture is not at hand", text: "Compare data sets to see the boxes on the pictures." }));
      viewer = null;
      return;
    }
    if (!viewer) {
      const host = h("div", { class: "compare-viewer" });
      const legend = h("p", { class: "compare-legend small" }, h("span", { class: "key-a" }, `first: ${found.a}`),
        h("span", { class: "key-b" }, `second: ${found.b}`), h("span", { class: "key-only" }, "filled: they differ"));
      stage.replaceChildren(host, legend);
      viewer = new Viewer(host, { label: "Both labellers' boxes", boxes: { mode: "read" } });
    }
    try {
      await viewer.open(row.path, { keep: true });
      if (chosen !== row) return; // another one meanwhile
      viewer.boxes.set(marked(found, row, viewer.info));
    } catch { /* the viewer says so */ }
    stage.querySelector(".compare-open")?.remove();
    if (row.key) {
      stage.append(h("p", { class: "compare-open" }, h("a", { class: "button",
        href: `/label/${encodeURIComponent(row.dataset)}/${encodeURIComponent(row.key)}` }, "Open in the editor")));
    }
  };
  const rows = found.images.map((image) => ({ ...image, id: image.image,
    named: image.pairs.filter((pair) => !pair.same).length }));
  table(list, {
    name: "compare", label: "Pictures that differ", id: (row) => row.id, open: (row) => () => select(row), sort: { key: "differences", down: true },
    columns: [
      { key: "image", title: "Picture" }, { key: "differences", title: "Differ", kind: "number" },
      { key: "only_a", title: "First only", kind: "number", value: (row) => row.only_a.length },
      { key: "only_b", title: "Second only", kind: "number", value: (row) => row.only_b.length },
      { key: "named", title: "Class", kind: "number" },
    ],
  }).set(rows);
  select(rows[0]);
}

/** Both labellers' boxes: the second's dashed, and those that differ said so. */
function marked(found, image, info) {
  const place = (box) => (found.frame === "canonical" ? inFile(info, box) : box);
  const other = new Map(image.pairs.filter((pair) => !pair.same).flatMap((pair) => [[`a${pair.a}`, pair], [`b${pair.b}`, pair]]));
  const side = (name, boxes, only) => boxes.map((box, index) => {
    const id = `${name}${index}`;
    const isAlone = only.includes(index);
    const isNamed = other.has(id);
    const words = isAlone ? `only ${name === "a" ? "first" : "second"}: ${symbol(box.class)}` : isNamed ? symbol(box.class) : "";
    return { ...place(box), id, class: box.class, text: words, status: name === "b" ? "doubtful" : "firm", differs: isAlone || isNamed };
  });
  return [...side("a", image.a, image.only_a), ...side("b", image.b, image.only_b)];
}

form();
