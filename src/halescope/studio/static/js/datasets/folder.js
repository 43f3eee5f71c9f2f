// Pick a folder or a file of the workspace or of a root.
import { api } from "../lib/api.js";
import { bytes, plural } from "../lib/format.js";
import { broken, button, h, icon, loading } from "../lib/ui.js";

// pick({title, files: true}) -> path, or null
export function pick({ title = "Choose a folder", start = "", files = false, folders = true } = {}) {
  return new Promise((resolve) => {
    const crumbs = h("nav", { class: "crumbs path-crumbs", "aria-label": "Folder" });
    const list = h("ul", { class: "entries", role: "listbox", "aria-label": "Entries" });
    const said = h("span", { class: "soft small grow" });
    const take = button("Choose this folder", { kind: "primary", disabled: true, onclick: () => done(here.path) });
    let here = { path: "" };
    const done = (value) => { resolve(value); box.close(); box.remove(); };
    const box = h("dialog", { class: "picker", "aria-label": title, oncancel: (event) => { event.preventDefault(); done(null); } },
      h("div", { class: "picker-inside" }, h("h2", {}, title), crumbs, list, h("div", { class: "row" }, said, button("Cancel", { onclick: () => done(null) }), folders && take)));
    document.body.append(box);
    box.showModal();

    async function go(path) {
      list.replaceChildren(loading(6));
      try {
        here = await api.get(`/api/datasets/folder?path=${encodeURIComponent(path)}`);
      } catch (error) {
        if (path) return go("");
        list.replaceChildren(broken(error));
        return null;
      }
      take.disabled = !here.path;
      const trail = [h("button", { type: "button", class: "link", onclick: () => go("") }, "Places")];
      if (here.path) {
        if (here.parent) trail.push(h("button", { type: "button", class: "link", onclick: () => go(here.parent) }, here.parent));
        trail.push(h("b", {}, here.path.split("/").at(-1)));
      }
      crumbs.replaceChildren(...trail.map((node) => h("span", {}, node)));
      const lines = here.folders.map((one) => entry("folder", here.path ? one.name : one.path, "", () => go(one.path)));
      if (files) lines.push(...here.files.map((one) => entry("file", one.name, bytes(one.bytes), () => done(one.path))));
      list.replaceChildren(...(lines.length ? lines : [h("li", { class: "soft none" }, here.path ? "No folders in here" : "Nothing yet: put folders into inputs/ of the workspace, or start the studio with --root")]));
      said.textContent = here.path ? [here.pictures && plural(here.pictures, "picture"), here.labels && plural(here.labels, "file of labels", "files of labels")].filter(Boolean).join(", ") : "";
      list.querySelector("button")?.focus();
      return null;
    }
    list.addEventListener("keydown", (event) => {
      const all = [...list.querySelectorAll("button")];
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) { all[Math.min(all.length - 1, Math.max(0, all.indexOf(document.activeElement) + by))]?.focus(); event.preventDefault(); }
      if (event.key === "Backspace" && here.path) { go(here.parent ?? ""); event.preventDefault(); }
    });
    go(start);
  });
}

const entry = (symbol, name, note, open) => h("li", {}, h("button", { type: "button", onclick: open }, icon(symbol), h("span", { class: "grow" }, name), h("span", { class: "soft small" }, note)));
