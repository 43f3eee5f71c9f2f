// The page of a run: how it stands, live curves, snapshots, settings, log, notes.
import { api, leave, pageData, part } from "./lib/api.js";
import { chart, short } from "./lib/chart.js";
import { subscribe } from "./lib/events.js";
import { bytes, duration, integer, time } from "./lib/format.js";
import { follow } from "./lib/log.js";
import { dataName, isLoss, metricName, runTag } from "./lib/runs.js";
import { busy, button, command, confirm, dialog, fail, h, icon, progress, toast } from "./lib/ui.js";

let run = pageData();
const at = `/api/models/${part(run.name)}`;
const EVERY = 1000;
const steps = { step: [], epoch: [], loss: [], learning_rate: [], seconds: [] };
let epochs = [];
let next = 0;
let timer = null;

const head = h("section", { class: "card run-head", "aria-label": "How it stands" });
const charts = h("section", { class: "charts", "aria-label": "Curves" });
const kept = h("section", { class: "card", "aria-labelledby": "snapshots-title" });
const settings = h("details", { class: "card" });
const log = h("details", { class: "card", open: run.state === "failed" || !run.is_run });
const host = document.getElementById("run");
host.className = "stack";

// ---- how it stands

const bar = progress(null);
const barText = h("div", { class: "row" });

function figure(value, name) {
  return h("div", {}, h("div", { class: "figure-value" }, value), h("div", { class: "figure-name" }, name));
}

function drawHead() {
  const active = run.state === "running" || run.state === "queued";
  const figures = [];
  if (run.epochs.total) figures.push(figure(`${run.epochs.done} of ${run.epochs.total}`, "epochs"));
  if (run.best) {
    const value = isLoss(run.best.metric) ? short(run.best.value) : `${run.best.value.toFixed(1)} %`;
    figures.push(figure(value, run.best.epoch ? `best ${metricName(run.best.metric)}, epoch ${run.best.epoch}` : `${run.best.metric}, held out`));
  }
  const last = steps.loss.at(-1) ?? run.last.loss;
  if (last != null) figures.push(figure(short(last), steps.step.length ? `loss at step ${integer(steps.step.at(-1))}` : "loss"));
  const took = steps.seconds.at(-1) ?? run.seconds;
  if (took != null) figures.push(figure(duration(took), "trained"));
  head.replaceChildren(
    h("div", { class: "row" }, runTag(run), h("span", { class: "tag plain" }, run.title),
      run.dataset && h("span", { class: "soft" }, "on ", dataLink()), h("span", { class: "soft small grow" }, bytes(run.size)), run.job && h("a", { class: "small", href: run.job.links.page }, "Job")),
    figures.length ? h("div", { class: "figures" }, figures) : "",
    active ? h("div", { class: "run-progress" }, bar, barText) : "",
    words());
  bar.set(run.state === "queued" ? null : run.progress);
  barText.replaceChildren(h("span", {}, run.state === "queued" ? "Waits for its turn: one training runs at a time" : stage()),
    h("span", {}, run.left ? `${duration(run.left)} left` : ""));
}

function stage() {
  if (run.job?.abort) return "Stops after the step at hand";
  if (steps.step.length || run.epochs.done) return `Step ${integer(steps.step.at(-1) ?? 0)}${run.record.steps ? ` of ${integer(run.record.steps)}` : ""}`;
  return run.job?.progress?.title ?? "Reads the data";
}

const dataLink = () => (run.dataset.includes("/") ? h("span", { title: run.dataset }, dataName(run.dataset)) : h("a", { href: `/datasets/${part(run.dataset)}` }, run.dataset));

function words() {
  if (run.state === "failed") return h("p", { class: "notice bad" }, h("strong", {}, "It failed. "), lastLine(run.job?.message));
  if (run.state === "interrupted") return h("p", { class: "notice warn" }, "It ended without a word: killed, or the machine stopped. Resume goes on from its last snapshot.");
  if (run.state === "stopped") return h("p", { class: "notice" }, "Stopped. Its last snapshot is kept; Resume goes on from there.");
  if (run.ended === "early") return h("p", { class: "notice good" }, "Ended early: its last validations were no better.");
  if (!run.is_run && run.state === "done") return h("p", { class: "notice good" }, "Done. What it reached on what was held out stands in its log, with intervals.");
  return "";
}

const lastLine = (text) => (text ?? "").trim().split("\n").at(-1) ?? "";

function drawActions() {
  const more = run.usable ? [button("Use in Analyse", { icon: "analyse", onclick: (event) => use("best", event.currentTarget) }),
    h("a", { class: "button", href: `/try?network=${part(run.name)}` }, icon("try"), "Try")] : [];
  document.getElementById("run-actions").replaceChildren(
    ...(run.can_stop ? [button("Stop", { icon: "stop", kind: "danger", onclick: (event) => act(event.currentTarget, "stop") })] : []),
    ...(run.can_resume ? [button("Resume", { icon: "play", kind: "primary", onclick: (event) => act(event.currentTarget, "resume") })] : []),
    ...more, h("a", { class: "button", href: `/models/new?clone=${part(run.name)}` }, icon("clone"), "Clone"),
    button("", { icon: "edit", kind: "quiet square", title: "Rename", onclick: rename, disabled: run.can_stop }),
    button("", { icon: "trash", kind: "quiet square", title: "Delete", onclick: remove, disabled: run.can_stop }));
}

async function act(element, what) {
  try { await busy(element, api.post(`${at}/${what}`)); await refresh(); } catch (error) { fail(error); }
}

async function rename() {
  const input = h("input", { class: "input", name: "name", value: run.name, required: true });
  const done = await dialog({ title: "Rename", body: [h("label", { class: "field" }, h("span", {}, "Name"), input)], action: "Rename",
    check: (values) => api.patch(at, { name: values.get("name").trim() }) });
  if (done) location.href = `/models/${part(done.get("name").trim())}`;
}

async function remove() {
  if (!await confirm({ title: `Delete ${run.name}?`, text: `Snapshots, curves and what was exported of it go too: ${bytes(run.size)}. Networks that Analyse uses stay.` })) return;
  try { await api.del(at); leave("/models"); } catch (error) { fail(error); }
}

async function use(epoch, element) {
  const suggested = epoch === "best" ? run.name : `${run.name}-e${epoch}`;
  const input = h("input", { class: "input", name: "name", value: suggested, required: true });
  const done = await dialog({ title: "Use in Analyse", action: "Use it", body: [
    h("p", { class: "soft" }, `Writes the ${!run.has_snapshots ? "network" : epoch === "best" ? "best snapshot" : epoch === "last" ? "last snapshot" : `snapshot of epoch ${epoch}`} with its card into models/; Analyse and Try then offer it by this name. Takes some seconds.`),
    h("label", { class: "field" }, h("span", {}, "Name"), input)],
  check: (values) => api.post(`${at}/use`, { epoch: String(epoch), name: values.get("name").trim() }) });
  if (!done) return;
  element?.focus();
  toast(`${done.get("name").trim()} is among the ${run.task}s of Analyse`, { seconds: 10, action: { label: "Analyse", run: () => { location.href = `/analyse?${run.task}=models/${part(done.get("name").trim())}.json`; } } });
}

// ---- curves

const LOSSES = [["loss", "--accent"], ["val_loss", "--complex-ink"], ["coverage_loss", "--alpha-ink"], ["bbox_loss", "--beta-ink"],
  ["val_coverage_loss", "--alpha-ink"], ["val_bbox_loss", "--beta-ink"], ["heat", "--alpha-ink"], ["boxes", "--beta-ink"], ["plage", "--plage-ink"], ["offsets", "--good"]];
const SCORES = [["mAP", "--accent"], ["precision", "--alpha-ink"], ["recall", "--complex-ink"], ["f1", "--good"], ["accuracy", "--accent"], ["accuracy_top5", "--plage-ink"]];
const plots = {};
const isLog = { loss: localStorage.getItem("log:loss") === "yes", rate: false };

function chartCard(key, title, options, toggle) {
  const place = h("div", {});
  const tools = toggle && button("Log axis", { kind: "quiet", "aria-pressed": String(isLog[key]), onclick: (event) => {
    isLog[key] = !isLog[key];
    event.currentTarget.setAttribute("aria-pressed", String(isLog[key]));
    try { localStorage.setItem(`log:${key}`, isLog[key] ? "yes" : "no"); } catch { /* forgets */ }
    plots[key].log(isLog[key]);
  } });
  const card = h("div", { class: `card chart-card ${options.wide ? "wide" : ""}` }, h("div", { class: "section-head" }, h("h2", {}, title), tools), place);
  charts.append(card);
  plots[key] = chart(place, { label: title, x: "epoch", log: isLog[key] ?? false, ...options });
  return card;
}

let shape = "";
function layCharts() {
  const there = (list) => list.filter(([key]) => epochs.some((row) => key in row) && !(key === "accuracy_top5" && epochs.every((row) => !(row[key] < 100))));
  const losses = there(LOSSES), scores = there(SCORES);
  const now = JSON.stringify([losses, scores, steps.step.length > 0]);
  if (now === shape) return { losses, scores };
  shape = now;
  charts.replaceChildren();
  for (const key of Object.keys(plots)) delete plots[key];
  if (!losses.length && !steps.step.length) return { losses, scores };
  const perStep = steps.step.length ? [{ label: "each step", colour: "--accent", alpha: 0.28, width: 1 }, { label: "loss", colour: "--accent", width: 2 }] : [];
  const perEpoch = losses.filter(([key]) => key !== "loss" || !perStep.length)
    .map(([key, colour]) => ({ label: metricName(key), colour, dash: key.startsWith("val") ? [6, 4] : null, points: epochs.length < 40, width: key.includes("_loss") && key !== "val_loss" ? 1.25 : 2 }));
  chartCard("loss", "Loss", { series: [...perStep, ...perEpoch], height: 290, wide: !scores.length }, true);
  if (scores.length) {
    chartCard("score", "Validation, percent", { height: 290, unit: " %", range: [0, 100],
      series: scores.map(([key, colour]) => ({ label: metricName(key), colour, points: epochs.length < 40 })) });
  }
  if (steps.step.length || epochs.some((row) => "learning_rate" in row)) {
    chartCard("rate", "Learning rate", { height: 150, wide: true, series: [{ label: "rate", colour: "--plage-ink" }] }, true);
  }
  return { losses, scores };
}

// The loss of steps as a person follows it: the mean that leans on the last fifty or so.
function smooth(values) {
  const keep = 1 - 1 / Math.max(2, Math.min(50, values.length / 8));
  let mean = null;
  return values.map((value) => { mean = mean == null ? value : keep * mean + (1 - keep) * value; return mean; });
}

function drawCharts() {
  const { losses, scores } = layCharts();
  if (!plots.loss) return;
  const xs = epochs.map((row) => row.epoch);
  const column = (key) => epochs.map((row) => row[key] ?? null);
  const rows = losses.filter(([key]) => key !== "loss" || !steps.step.length).map(([key]) => column(key));
  const tables = [];
  if (steps.step.length) tables.push([steps.epoch, steps.loss, smooth(steps.loss)]);
  if (rows.length) tables.push([xs, ...rows]);
  plots.loss.set(tables.length > 1 ? globalThis.uPlot.join(tables) : tables[0]);
  plots.score?.set([xs, ...scores.map(([key]) => column(key))]);
  plots.rate?.set(steps.step.length ? [steps.epoch, steps.learning_rate] : [xs, column("learning_rate")]);
  for (const key of ["loss", "score"]) plots[key]?.mark(run.best?.epoch, run.best ? `best: epoch ${run.best.epoch}` : "");
}

// ---- snapshots

function drawSnapshots() {
  kept.hidden = !run.usable;
  if (!run.usable) return;
  const list = run.has_snapshots ? [...run.snapshots].reverse() : [];
  const columns = SCORES.map(([key]) => key).filter((key) => key !== "accuracy_top5" && epochs.some((row) => key in row));
  const rows = list.map((epoch) => row(epoch, `epoch ${epoch}`, columns));
  if (run.has_snapshots) rows.unshift(row("best", run.best ? `best, epoch ${run.best.epoch}` : "the last step, no epoch validated yet", columns));
  else rows.push(row("best", "the network", columns));
  kept.replaceChildren(h("div", { class: "section-head" }, h("h2", { id: "snapshots-title" }, run.has_snapshots ? "Snapshots" : "Network")),
    h("div", { class: "scroll-x" }, h("table", { class: "snapshots" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""), columns.map((key) => h("th", { scope: "col", class: "number" }, metricName(key))),
      h("th", { scope: "col", class: "number" }, columns.length ? "loss" : ""), h("th", {}, h("span", { class: "visually-hidden" }, "What can be done")))), h("tbody", {}, rows))));
}

function row(epoch, title, columns) {
  const number = epoch === "best" ? run.best?.epoch : epoch;
  const metrics = epochs.find((one) => one.epoch === number) ?? {};
  const link = `${at}/snapshots/${epoch}`;
  return h("tr", { class: epoch === "best" || epoch === run.best?.epoch ? "best" : null }, h("td", {}, title),
    columns.map((key) => h("td", { class: "number" }, metrics[key] == null ? "" : `${metrics[key].toFixed(1)} %`)),
    h("td", { class: "number" }, metrics.loss == null ? "" : short(metrics.loss)),
    h("td", {}, h("div", { class: "buttons" },
      h("a", { class: "button quiet", href: `${link}.zip`, download: "", title: "ONNX and card, in one file" }, icon("download"), "ONNX"),
      h("a", { class: "button quiet", href: `/try?network=${part(run.name)}&epoch=${epoch}` }, icon("try"), "Try"),
      run.has_snapshots ? h("a", { class: "button quiet", href: `/models/new?clone=${part(run.name)}&start=${part(`runs/${run.name}@${epoch}`)}` }, icon("play"), "Start from") : "",
      button("Use", { icon: "analyse", kind: "quiet", onclick: (event) => use(epoch, event.currentTarget) }))));
}

// ---- settings, log, notes

function flat(config, prefix = "") {
  return Object.entries(config ?? {}).flatMap(([key, value]) => (value && typeof value === "object" && !Array.isArray(value)
    ? flat(value, `${prefix}${key}.`) : [[prefix + key, Array.isArray(value) ? value.join(", ") : String(value ?? "")]]));
}

function drawSettings() {
  const record = run.record;
  const facts = [["began", time(run.made)], ["device", record.device], ["halescope learned on", counts(record)], ["split", record.split_sha256?.slice(0, 16)],
    ...Object.entries(record.versions ?? {})].filter(([, value]) => value);
  settings.replaceChildren(h("summary", {}, "Run card"), h("div", { class: "stack" },
    h("dl", { class: "facts" }, facts.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)])),
    h("dl", { class: "settings" }, flat(record.config).map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, value)))),
    run.job ? command(run.job.command) : ""));
}

function counts(record) {
  const found = record.frames ?? record.crops;
  if (!found) return "";
  return Object.entries(found).map(([name, count]) => `${name} ${integer(Array.isArray(count) ? count.reduce((a, b) => a + b, 0) : count)}`).join(", ");
}

function drawLog() {
  if (!run.job) { log.hidden = true; return; }
  log.hidden = false;
  if (log.dataset.job === run.job.id) return;
  log.dataset.job = run.job.id;
  const place = h("div", {});
  log.replaceChildren(h("summary", {}, "Log"), place);
  follow(place, run.job.id);
}

const notes = h("textarea", { class: "textarea notes", "aria-label": "Notes", placeholder: "Notes: what this run was for, what it showed",
  onchange: async () => { try { await api.patch(at, { notes: notes.value }); toast("Notes kept", { seconds: 2 }); } catch (error) { fail(error); } } });
notes.value = run.notes;

// ---- as it goes

async function pull() {
  let more = true;
  while (more) {
    const found = await api.get(`${at}/metrics?after=${next}`);
    const first = found.steps.step[0];
    if (first != null) cut(first);
    for (const key of Object.keys(steps)) for (const value of found.steps[key]) steps[key].push(value);
    epochs = found.epochs;
    next = found.next;
    more = found.more;
  }
}

// A resumed run goes on from an earlier step.
function cut(first) {
  let keep = steps.step.length;
  while (keep && steps.step[keep - 1] >= first) keep -= 1;
  for (const list of Object.values(steps)) list.length = keep;
}

async function refresh() {
  clearTimeout(timer);
  try {
    const before = run.state;
    run = await api.get(at);
    if (before !== run.state && before !== "running") next = Math.max(0, next - 2000);
    await pull();
    draw();
  } catch (error) {
    if (error.status === 404) { leave("/models"); return; }
  }
  if (run.state === "running" || run.state === "queued") timer = setTimeout(refresh, document.hidden ? 8 * EVERY : EVERY);
}

function draw() {
  drawHead();
  drawActions();
  drawCharts();
  drawSnapshots();
  drawSettings();
  drawLog();
}

host.replaceChildren(head, charts, kept, notes, settings, log);
draw();
refresh();
for (const kind of ["queue", "reload"]) {
  subscribe(kind, (job) => { if (kind === "reload" || job.subject === `runs/${run.name}`) refresh(); });
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
