// The page of a job: where it stands, what it says.
import { api, leave, pageData, part } from "./lib/api.js";
import { subscribe } from "./lib/events.js";
import { duration, integer, time } from "./lib/format.js";
import { button, command, confirm, fail, h, progress, stateTag } from "./lib/ui.js";

let job = pageData();
const address = `/api/jobs/${part(job.id)}`;
const $ = (id) => document.getElementById(id);
const bar = progress();
const about = h("p", { class: "soft" });
const fault = h("div", { class: "notice bad", role: "alert", hidden: true });
const facts = h("dl", { class: "facts" });
const log = h("pre", { class: "log", tabIndex: 0, "aria-label": "Log" });
const follow = h("input", { type: "checkbox", checked: true });
let next = null;
let reading = false;
let again = false;

function fact(name, value) { return value ? [h("dt", {}, name), h("dd", {}, value)] : []; }

function seen(subject) {
  const [room, name] = (subject || "").split("/");
  const base = { datasets: "/datasets/", runs: "/models/", analyses: "/analyses/" }[room];
  return base && name ? h("a", { href: base + part(name) }, subject) : subject;
}

function draw() {
  const told = job.progress;
  const isActive = ["queued", "running"].includes(job.state);
  bar.hidden = !isActive;
  bar.set(job.state === "queued" ? 0 : told?.total ? told.done / told.total : null);
  about.hidden = !isActive;
  about.textContent = job.state === "queued" ? "Waits for its turn." : [told?.title,
    told?.total ? `${integer(told.done)} of ${integer(told.total)}` : null,
    told?.left != null ? `${duration(told.left)} left` : null].filter(Boolean).join(" · ") || "Runs.";
  fault.hidden = !job.message;
  fault.replaceChildren(h("strong", {}, { failed: "It failed", aborted: "It was aborted", interrupted: "It was interrupted" }[job.state] ?? ""), h("pre", { class: "fault" }, job.message));
  facts.replaceChildren(...fact("State", stateTag(job.state)), ...fact("Makes", seen(job.subject)), ...fact("Asked for", job.made && `${time(job.made)} UTC`),
    ...fact("Started", job.started && `${time(job.started)} UTC`), ...fact("Took", job.started && duration((job.ended ?? Date.now() / 1000) - job.started)),
    ...fact("Attempt", job.attempt > 1 ? String(job.attempt) : ""), ...fact("Exit code", job.exit == null ? "" : String(job.exit)));
  $("job-actions").replaceChildren(
    job.can_abort ? button("Abort", { icon: "stop", kind: "danger", onclick: () => act("abort") }) : "",
    job.can_resume ? button("Resume", { icon: "play", kind: "primary", onclick: () => act("resume") }) : "",
    isActive ? "" : button("Delete", { icon: "trash", kind: "danger", onclick: remove }));
}

async function act(what) {
  try { job = await api.post(`${address}/${what}`); draw(); } catch (error) { fail(error); }
}

async function remove() {
  if (!(await confirm({ title: "Delete this job?", text: "Its log goes; what it made stays." }))) return;
  try { await api.del(address); leave("/#jobs"); } catch (error) { fail(error); }
}

async function read() {
  if (reading) { again = true; return; }
  reading = true;
  try {
    for (let more = true; more;) {
      const piece = await api.get(`${address}/log${next == null ? "" : `?start=${next}`}`);
      if (piece.text) log.append(piece.text);
      more = piece.next < piece.size && piece.next !== next;
      next = piece.next;
    }
    if (!log.textContent) log.dataset.empty = "It has not said anything yet.";
    if (follow.checked) log.scrollTop = log.scrollHeight;
  } catch (error) { fail(error); }
  reading = false;
  if (again) { again = false; read(); }
}

function heard(now) {
  if (now.id !== job.id) return;
  if (now.state === "deleted") { leave("/#jobs"); return; }
  job = now;
  draw();
  read();
}

$("job").replaceChildren(
  h("div", { class: "columns" },
    h("div", { class: "stack" }, bar, about, fault,
      h("section", { "aria-label": "Log" }, h("div", { class: "section-head" }, h("h2", {}, "Log"), h("label", { class: "check small soft" }, follow, "Follow"),
        h("a", { class: "button", href: `${address}/log.txt` }, "Download")), log)),
    h("div", { class: "stack" }, h("div", { class: "card" }, facts), command(job.command))));
draw();
read();
setInterval(() => { if (job.state === "running") { draw(); read(); } }, 2000);
subscribe("queue", heard);
subscribe("progress", heard);
subscribe("reload", async () => { try { heard(await api.get(address)); } catch (error) { fail(error); } });
