// A network on a list: how often it is right, where it fails, which label may be wrong.
import { api, part } from "./lib/api.js";
import { subscribe } from "./lib/events.js";
import { integer, level, percent } from "./lib/format.js";
import { table } from "./lib/table.js";
import { broken, busy, button, command, empty, fail, h, progress, stateTag } from "./lib/ui.js";

const PAPER = { A: "alpha", B: "beta", AG: "complex", BG: "complex" };
const colourOf = (name) => PAPER[name] ?? level(name);
const fileName = (path) => path.split("/").at(-1);
const TOP = 8;

export function onList(state) {
  const { data } = state;
  const dataset = h("select", { class: "select", id: "try-dataset" }, data.datasets.map((one) => h("option", { value: one.name }, one.kind === "crops" ? `${one.name} (crops)` : one.name)));
  if (data.chosen.dataset) dataset.value = data.chosen.dataset;
  const which = h("select", { class: "select", id: "try-part" }, [["validation", "validation"], ["test", "test"], ["train", "train"], ["", "everything"]].map(([value, words]) => h("option", { value }, words)));
  const go = button("Try it on the list", { icon: "play", kind: "primary", onclick: () => begin() });
  const result = h("div", { class: "stack", "aria-live": "polite" });
  const form = h("div", { class: "card row list-form" }, h("label", { class: "field" }, h("span", {}, "Data set"), dataset), h("label", { class: "field" }, h("span", {}, "Part"), which), go);
  const element = h("div", { class: "stack" }, data.datasets.length ? form : empty({ title: "There is no data set", icon: "datasets", action: { label: "New data set", href: "/datasets/new" } }), result);
  let id = new URLSearchParams(location.search).get("try");
  let timer = null;

  async function begin() {
    try {
      const made = await busy(go, api.post(`/api/models/${part(state.network.name)}/infer`, { dataset: dataset.value, part: which.value, epoch: state.epoch }));
      id = made.id;
      const address = new URL(location.href);
      address.searchParams.set("try", id);
      history.replaceState(null, "", address);
      follow();
    } catch (error) { result.replaceChildren(broken(error, begin)); }
  }

  async function follow() {
    clearTimeout(timer);
    let told;
    try { told = await api.get(`/api/tries/${part(id)}`); } catch (error) { fail(error); return; }
    dataset.value = told.dataset;
    which.value = told.part;
    if (told.summary) { draw(told); return; }
    const job = told.job;
    if (!job || ["failed", "aborted", "interrupted"].includes(job.state)) {
      result.replaceChildren(broken({ title: "It did not end well", detail: job?.message || "Its job is gone." }, begin));
      return;
    }
    const done = job.progress;
    const bar = progress(done?.total ? done.done / done.total : null);
    result.replaceChildren(h("div", { class: "card stack" }, h("div", { class: "row" }, stateTag(job.state), h("span", { class: "grow" }, job.title), h("a", { class: "small", href: job.links.page }, "Job")), bar,
      h("p", { class: "soft small" }, done ? `${integer(done.done)} pictures` : job.state === "queued" ? "Waits for its turn" : "Opens the network"), command(job.command)));
    timer = setTimeout(follow, 1200);
  }

  function draw(told) {
    const isClasses = told.summary.task === "classifier";
    result.replaceChildren(head(told), ...(isClasses ? classes(told) : boxes(told)), command(`halescope ${told.command}`));
  }

  subscribe("queue", (job) => { if (id && job.subject === `tries/${id}`) follow(); });
  if (id) follow();
  return { element, changed() {} };
}

const figure = (value, name) => h("div", {}, h("div", { class: "figure-value" }, value ?? "–"), h("div", { class: "figure-name" }, name));
const share = (value) => (value == null ? null : percent(value, 1));

function head(told) {
  const s = told.summary;
  const figures = s.task === "classifier"
    ? [figure(share(s.accuracy), "accuracy"), figure(share(s.balanced_accuracy), "balanced accuracy"), figure(integer(s.count), "firm labels")]
    : [figure(share(s.precision), "precision"), figure(share(s.recall), "recall"), figure(share(s.f1), "F1"), figure(share(s.average_precision), "AP50"), figure(integer(s.labels), "firm labels")];
  return h("section", { class: "card stack" }, h("h2", {}, `${told.network} on ${told.dataset}${told.part ? `, ${told.part}` : ""}`), h("div", { class: "figures" }, figures),
    ...s.problems.slice(0, 5).map((line) => h("p", { class: "notice warn" }, line)),
    h("p", { class: "soft small" }, h("a", { href: `/api/tries/${part(told.id)}/predictions.csv`, download: "" }, "predictions.csv")));
}

// ---- classes

function classes(told) {
  return [h("div", { class: "two" }, confusion(told.summary), perClass(told.summary)), tops(told), mistakes(told)];
}

function confusion({ classes: names, confusion: counts }) {
  const cell = (count, sum, isRight) => h("td", { class: `cell ${isRight ? "right" : ""}`, style: { "--share": String(sum ? count / sum : 0) }, title: sum ? percent(count / sum, 1) : "" }, count ? integer(count) : "·");
  return h("section", { class: "card" }, h("h2", {}, "Confusion"), h("div", { class: "scroll-x" }, h("table", { class: "confusion" },
    h("thead", {}, h("tr", {}, h("th", {}, h("span", { class: "soft" }, "label \\ said")), names.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, counts.map((row, at) => { const sum = row.reduce((a, b) => a + b, 0); return h("tr", {}, h("th", { scope: "row" }, names[at]), row.map((count, other) => cell(count, sum, other === at))); })))));
}

function perClass({ classes: names, recall, confusion: counts }) {
  return h("section", { class: "card" }, h("h2", {}, "Accuracy of each class"), h("dl", { class: "likeliest" }, names.flatMap((name, at) => {
    const sum = counts[at].reduce((a, b) => a + b, 0);
    const fill = h("i", { class: `fill ${colourOf(name)}`, style: { width: `${(recall[at] ?? 0) * 100}%` } });
    return [h("dt", {}, name), h("dd", {}, h("span", { class: "bar" }, fill), h("span", { class: "value" }, recall[at] == null ? "no label" : `${percent(recall[at])} of ${sum}`))];
  })));
}

const picture = (told, row) => (told.summary.task === "classifier" && !row.x_min ? `/api/crops/${part(told.dataset)}/${row.image.split("/").map(part).join("/")}` : `/api/tries/${part(told.id)}/regions/${row.at}.png`);
const labelPage = (told, row) => (row.x_min ? `/label/${part(told.dataset)}/${part(fileName(row.image))}` : `/datasets/${part(told.dataset)}`);

function tops(told) {
  const host = h("div", { class: "stack" });
  const names = told.summary.classes.filter((name) => told.rows.some((row) => row.predicted === name));
  const rows = told.rows.map((row, at) => ({ ...row, at }));
  for (const name of names) {
    const best = rows.filter((row) => Number(row[`p_${name}`]) > 0.01).sort((a, b) => Number(b[`p_${name}`]) - Number(a[`p_${name}`])).slice(0, TOP);
    host.append(h("div", {}, h("h3", { class: "class-name" }, h("span", { class: `dot ${colourOf(name)}` }), name), h("div", { class: "tops" }, best.map((row) => h("a", { class: `tile ${row.truth === name ? "" : "wrong"}`, href: labelPage(told, row), title: `${row.image}: labelled ${row.truth}` },
      h("img", { src: picture(told, row), alt: `Labelled ${row.truth}`, loading: "lazy" }), h("div", { class: "caption" }, percent(Number(row[`p_${name}`])), h("span", { class: row.truth === name ? "soft" : "bad-text" }, ` ${row.truth}`)))))));
  }
  return h("details", { class: "card", open: true }, h("summary", {}, `Likeliest ${TOP} of each class`), host);
}

function mistakes(told) {
  const host = h("div", {});
  const rows = told.rows.map((row, at) => ({ ...row, at, doubt: row.predicted === row.truth ? 0 : Number(row.probability) }));
  const wrong = rows.filter((row) => row.doubt > 0).length;
  const made = table(host, {
    name: "predictions", label: "Predictions", id: (row) => String(row.at), open: (row) => labelPage(told, row), facets: ["truth", "predicted", "status"], sort: { key: "doubt", down: true },
    columns: [
      { key: "image", title: "Picture", value: (row) => fileName(row.image) }, { key: "region", title: "Region", hidden: !rows.some((row) => row.region) },
      { key: "truth", title: "Label", cell: (row) => named(row.truth) }, { key: "predicted", title: "Network says", cell: (row) => named(row.predicted) },
      { key: "doubt", title: "Sure against the label", kind: "number", text: (row) => (row.doubt ? percent(row.doubt, 1) : "") },
      { key: "probability", title: "Probability", kind: "number", value: (row) => Number(row.probability), text: (row) => percent(Number(row.probability), 1) },
      { key: "truth_probability", title: "Of the label", kind: "number", value: (row) => Number(row.truth_probability), text: (row) => percent(Number(row.truth_probability), 1) },
      { key: "status", title: "Status" }, { key: "part", title: "Part", hidden: true },
    ],
  });
  queueMicrotask(() => made.set(rows));
  return h("section", { "aria-labelledby": "mistakes" }, h("div", { class: "section-head" }, h("h2", { id: "mistakes" }, "Predictions, the surest against their labels first"),
    h("span", { class: "soft small" }, `${integer(wrong)} of ${integer(rows.length)} differ; a click opens the picture in Label`)), host);
}

const named = (name) => h("span", { class: "class-name" }, h("span", { class: `dot ${colourOf(name)}` }), name);

// ---- boxes

const KINDS = { false: "false box", missed: "missed label", found: "found" };

function boxes(told) {
  const host = h("div", {});
  const rows = told.rows.map((row, at) => ({ ...row, at, score: Number(row.score), worth: row.kind === "found" ? -1 : row.kind === "missed" ? 2 : Number(row.score) }))
    .filter((row) => row.kind !== "false" || row.score >= Math.min(0.2, told.summary.threshold));
  const made = table(host, {
    name: "found", label: "Boxes and labels", id: (row) => String(row.at), open: (row) => labelPage(told, row), facets: ["kind"], sort: { key: "worth", down: true },
    columns: [
      { key: "kind", title: "What", text: (row) => KINDS[row.kind], cell: (row) => h("span", { class: `tag ${{ found: "good", missed: "bad", false: "warn" }[row.kind]}` }, KINDS[row.kind]) },
      { key: "look", title: "", cell: (row) => h("img", { class: "thumb", loading: "lazy", alt: "", src: picture(told, row) }) },
      { key: "image", title: "Picture", value: (row) => fileName(row.image) }, { key: "region", title: "Region" }, { key: "class", title: "Class" },
      { key: "score", title: "Score", kind: "number", text: (row) => (row.kind === "missed" ? "" : row.score.toFixed(3)) },
      { key: "worth", title: "Against the label", kind: "number", text: (row) => (row.kind === "found" ? "" : row.kind === "missed" ? "not found" : row.score.toFixed(2)), hidden: true },
      { key: "part", title: "Part", hidden: true },
    ],
  });
  queueMicrotask(() => made.set(rows));
  return [h("section", {}, h("div", { class: "section-head" }, h("h2", {}, "Missed labels and surest false boxes first"), h("span", { class: "soft small" }, "A click opens the picture in Label")), host)];
}
