// The log of a job as it grows.
import { api, part } from "./api.js";
import { h } from "./ui.js";

// follow(host, job's id) shows its end and what comes; it stops with the page.
export function follow(host, id) {
  const box = h("pre", { class: "log", tabIndex: 0, "aria-label": "Log" });
  const note = h("p", { class: "small" }, h("a", { href: `/api/jobs/${part(id)}/log.txt` }, "The whole log"));
  host.replaceChildren(box, note);
  let start = null;
  let text = "";
  async function look() {
    if (!box.isConnected) return;
    try {
      const found = await api.get(`/api/jobs/${part(id)}/log${start == null ? "" : `?start=${start}`}`);
      start = found.next;
      if (found.text) {
        const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
        text = (text + found.text).slice(-200_000);
        box.textContent = text.trimEnd();
        if (isAtEnd) box.scrollTop = box.scrollHeight;
      } else if (!text) box.textContent = "Nothing said yet.";
      if (start < found.size) { look(); return; }
    } catch { /* the next look may succeed */ }
    setTimeout(look, 2000);
  }
  look();
}
