// One table: sort, filter, choose columns, select many, keyboard; only the rows in view are drawn.
import { button, broken, empty, h, icon, loading } from "./ui.js";

const BEYOND = 12; // rows that are drawn above and below what is seen
const store = {
  get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* forgets */ } },
};

/* table(host, {
     name: "datasets",                    // what sort and columns are remembered under
     label: "Data sets",                  // for those who hear the page
     columns: [{key, title, value: row => sortable, text: row => shown, cell: row => Node,
                kind: "number" | "text", hidden}],
     id: row => "key", open: row => "/address" or (row => void) or null,
     actions: [{label, icon, danger, run: async rows => {}, enabled: rows => bool}],   // of those selected
     facets: ["state"],                   // columns with a menu of their values
     sort: {key, down}, empty: {title, text, icon, action}, search: "Filter",
   }) -> {set(rows), patch(row), remove(id), loading(), fail(error, again), selected(), rows} */
export function table(host, options) {
  return new Table(host, options);
}

class Table {
  constructor(host, options) {
    this.options = { name: "table", label: "", actions: [], facets: [], search: "Filter", ...options };
    this.rows = [];
    this.shown = [];
    this.picked = new Set();
    this.facets = {};
    this.text = "";
    const kept = store.get(`table:${this.options.name}`) ?? {};
    this.sort = kept.sort ?? options.sort ?? { key: options.columns[0].key, down: false };
    this.hidden = new Set(kept.hidden ?? options.columns.filter((c) => c.hidden).map((c) => c.key));
    this.build(host);
    this.loading();
  }

  get columns() { return this.options.columns.filter((column) => !this.hidden.has(column.key)); }
  value(column, row) { return column.value ? column.value(row) : row[column.key]; }
  textOf(column, row) { return String((column.text ? column.text(row) : this.value(column, row)) ?? ""); }

  build(host) {
    const { search, label, facets, columns } = this.options;
    this.search = h("input", { class: "input search", type: "search", placeholder: search, "aria-label": `${search}: ${label}`,
      oninput: () => { this.text = this.search.value.trim().toLowerCase(); this.refresh(true); } });
    this.menus = facets.map((key) => h("select", { class: "select", "aria-label": columns.find((c) => c.key === key).title,
      onchange: (event) => { this.facets[key] = event.target.value; this.refresh(true); } }));
    this.count = h("span", { class: "count", role: "status" });
    this.tools = h("div", { class: "buttons", hidden: true });
    this.bar = h("div", { class: "table-bar" }, this.search, this.menus, this.tools, this.count, this.chooser());
    this.head = h("thead");
    this.body = h("tbody");
    this.grid = h("table", { role: "grid", "aria-label": label, "aria-multiselectable": "true" }, this.head, this.body);
    this.scroll = h("div", { class: "table-scroll", onscroll: () => this.draw() }, this.grid);
    this.note = h("div", { class: "note" });
    this.element = h("div", { class: "table" }, this.bar, this.scroll, this.note);
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("keydown", (event) => this.pressed(event));
    new ResizeObserver(() => this.draw()).observe(this.scroll);
    host.replaceChildren(this.element);
  }

  chooser() {
    const list = h("div", { class: "menu-list", hidden: true }, this.options.columns.map((column) => h("label", {},
      h("input", { type: "checkbox", checked: !this.hidden.has(column.key), onchange: (event) => {
        if (event.target.checked) this.hidden.delete(column.key); else this.hidden.add(column.key);
        this.keep();
        this.drawHead();
        this.draw(true);
      } }), column.title)));
    const toggle = button("", { icon: "columns", kind: "quiet square", title: "Choose columns", "aria-expanded": "false",
      onclick: () => { list.hidden = !list.hidden; toggle.setAttribute("aria-expanded", String(!list.hidden)); } });
    const menu = h("div", { class: "menu", onkeydown: (event) => {
      if (event.key === "Escape") { list.hidden = true; toggle.focus(); }
    } }, toggle, list);
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) list.hidden = true; });
    return menu;
  }

  keep() { store.set(`table:${this.options.name}`, { sort: this.sort, hidden: [...this.hidden] }); }

  // What is shown in place of rows.
  say(node) {
    const says = node != null;
    this.note.replaceChildren(...(says ? [node] : []));
    this.scroll.hidden = says;
  }

  loading() { this.bar.hidden = true; this.say(h("div", { class: "state" }, loading())); }
  fail(error, again) { this.bar.hidden = true; this.say(broken(error, again)); }
  selected() { return this.rows.filter((row) => this.picked.has(this.options.id(row))); }

  set(rows) {
    this.rows = rows;
    const there = new Set(rows.map(this.options.id));
    this.picked = new Set([...this.picked].filter((id) => there.has(id)));
    this.options.facets.forEach((key, at) => this.fillMenu(this.menus[at], key));
    this.refresh();
  }

  patch(row) {
    const id = this.options.id(row);
    const at = this.rows.findIndex((other) => this.options.id(other) === id);
    this.set(at < 0 ? [row, ...this.rows] : this.rows.with(at, row));
  }

  remove(id) { this.set(this.rows.filter((row) => this.options.id(row) !== id)); }

  fillMenu(menu, key) {
    const column = this.options.columns.find((c) => c.key === key);
    const values = [...new Set(this.rows.map((row) => this.textOf(column, row)))].sort();
    const chosen = this.facets[key] ?? "";
    menu.replaceChildren(h("option", { value: "" }, `${column.title}: all`), ...values.map((value) => h("option", { value }, value || "none")));
    menu.value = values.includes(chosen) ? chosen : "";
  }

  refresh(toTop = false) {
    if (!this.rows.length) {
      this.bar.hidden = true;
      this.say(empty(this.options.empty ?? { title: "Nothing here yet" }));
      return;
    }
    this.bar.hidden = false;
    const all = this.options.columns;
    let shown = this.rows.filter((row) => !this.text || all.some((c) => this.textOf(c, row).toLowerCase().includes(this.text)));
    for (const [key, wanted] of Object.entries(this.facets)) {
      const column = all.find((c) => c.key === key);
      if (wanted) shown = shown.filter((row) => this.textOf(column, row) === wanted);
    }
    const by = all.find((c) => c.key === this.sort.key) ?? all[0];
    const order = new Intl.Collator("en", { numeric: true }).compare;
    const sign = this.sort.down ? -1 : 1;
    shown = shown.map((row) => [this.value(by, row), row]).sort(([a], [b]) => {
      if (a == null || a === "") return b == null || b === "" ? 0 : 1;
      if (b == null || b === "") return -1;
      return sign * (typeof a === "number" && typeof b === "number" ? a - b : order(String(a), String(b)));
    }).map(([, row]) => row);
    this.shown = shown;
    this.say(shown.length ? null : empty({ title: "Nothing fits the filter", icon: "search" }));
    if (toTop) this.scroll.scrollTop = 0;
    this.drawHead();
    this.draw(true);
    this.drawBar();
  }

  drawBar() {
    const picked = this.picked.size;
    const total = this.rows.length;
    const part = this.shown.length === total ? `${total}` : `${this.shown.length} of ${total}`;
    this.count.textContent = picked ? `${picked} selected` : part;
    this.tools.hidden = !picked;
    if (!picked) return;
    const rows = this.selected();
    this.tools.replaceChildren(...this.options.actions.map((action) => {
      const one = button(action.label, { icon: action.icon, kind: action.danger ? "danger" : "",
        disabled: action.enabled ? !action.enabled(rows) : false,
        onclick: async () => { one.setAttribute("aria-busy", "true"); try { await action.run(rows); } finally { one.removeAttribute("aria-busy"); } } });
      return one;
    }));
  }

  drawHead() {
    const cells = this.columns.map((column) => {
      const isBy = this.sort.key === column.key;
      return h("th", { class: column.kind === "number" ? "number" : null, scope: "col",
        "aria-sort": isBy ? (this.sort.down ? "descending" : "ascending") : null },
      h("button", { type: "button", onclick: () => {
        this.sort = { key: column.key, down: isBy ? !this.sort.down : column.kind === "number" };
        this.keep();
        this.refresh(true);
        this.head.querySelectorAll("th button")[this.columns.indexOf(column)]?.focus();
      } }, column.title, icon("up")));
    });
    this.head.replaceChildren(h("tr", {}, this.options.actions.length ? h("th", { class: "pick" }, this.allBox()) : null, cells));
  }

  allBox() {
    const ids = this.shown.map(this.options.id);
    const count = ids.filter((id) => this.picked.has(id)).length;
    return h("input", { type: "checkbox", "aria-label": "Select all that are shown", checked: count > 0 && count === ids.length,
      indeterminate: count > 0 && count < ids.length, onchange: () => this.pickAll() });
  }

  pickAll() {
    const ids = this.shown.map(this.options.id);
    if (ids.every((id) => this.picked.has(id))) ids.forEach((id) => this.picked.delete(id));
    else ids.forEach((id) => this.picked.add(id));
    this.repick();
  }

  repick() {
    this.drawHead();
    this.draw(true);
    this.drawBar();
  }

  get height() { return this.rowHeight ??= parseFloat(getComputedStyle(this.element).getPropertyValue("--row")) || 42; }

  draw(force = false) {
    if (this.scroll.hidden) return;
    const seen = Math.ceil((this.scroll.clientHeight || 640) / this.height);
    const last = Math.max(0, this.shown.length - seen - BEYOND);
    const first = Math.min(last, Math.max(0, Math.floor(this.scroll.scrollTop / this.height) - BEYOND));
    const end = Math.min(this.shown.length, first + seen + 2 * BEYOND);
    if (!force && this.first === first && this.end === end) return;
    [this.first, this.end] = [first, end];
    const focused = this.body.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset.id : null;
    const rows = this.shown.slice(first, end).map((row, at) => this.drawRow(row, first + at));
    this.grid.setAttribute("aria-rowcount", String(this.shown.length + 1));
    this.body.replaceChildren(this.spacer(first), ...rows, this.spacer(this.shown.length - end));
    if (focused) this.body.querySelector(`tr[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  spacer(rows) {
    return h("tr", { class: "spacer", "aria-hidden": "true", hidden: rows === 0 },
      h("td", { colSpan: this.columns.length + 1, style: { height: `${rows * this.height}px` } }));
  }

  drawRow(row, at) {
    const id = this.options.id(row);
    const isPicked = this.picked.has(id);
    const opens = this.options.open?.(row) != null;
    const isFirst = this.current ? this.current === id : at === 0;
    return h("tr", { dataset: { id, at: String(at) }, class: opens ? "opens" : null, tabIndex: isFirst ? 0 : -1,
      "aria-rowindex": String(at + 2), "aria-selected": String(isPicked) },
    this.options.actions.length ? h("td", { class: "pick" }, h("input", { type: "checkbox", checked: isPicked, tabIndex: -1, "aria-label": `Select ${id}` })) : null,
    this.columns.map((column) => this.drawCell(column, row, opens)));
  }

  drawCell(column, row, opens) {
    const isFirst = column === this.columns[0];
    const address = isFirst && opens ? this.options.open(row) : null;
    const inside = column.cell ? column.cell(row) : this.textOf(column, row);
    const shown = typeof address === "string" ? h("a", { href: address, tabIndex: -1 }, inside) : inside;
    return h("td", { class: column.kind === "number" ? "number" : null, title: column.cell ? null : this.textOf(column, row) }, shown);
  }

  go(row) {
    const target = this.options.open?.(row);
    if (typeof target === "string") location.href = target;
    else if (typeof target === "function") target(row);
  }

  clicked(event) {
    const line = event.target.closest("tr[data-id]");
    if (!line) return;
    this.current = line.dataset.id;
    if (event.target.closest(".pick")) {
      event.preventDefault();
      this.toggle(line.dataset.id, event.shiftKey);
    } else if (!event.target.closest("a, button, input, select, label")) {
      if (event.ctrlKey || event.metaKey) this.toggle(line.dataset.id);
      else this.go(this.shown[Number(line.dataset.at)]);
    }
  }

  toggle(id, range = false) {
    const ids = this.shown.map(this.options.id);
    if (range && this.anchor && ids.includes(this.anchor)) {
      const [from, to] = [ids.indexOf(this.anchor), ids.indexOf(id)].sort((a, b) => a - b);
      ids.slice(from, to + 1).forEach((other) => this.picked.add(other));
    } else if (!this.picked.delete(id)) this.picked.add(id);
    this.anchor = id;
    setTimeout(() => this.repick());
  }

  pressed(event) {
    const line = event.target.closest("tr[data-id]");
    if (!line || event.target !== line) return;
    const at = Number(line.dataset.at);
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / this.height) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in moves) this.focusRow(at + moves[event.key]);
    else if (event.key === " " && this.options.actions.length) this.toggle(line.dataset.id, event.shiftKey);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey) && this.options.actions.length) this.pickAll();
    else if (event.key === "Enter") this.go(this.shown[at]);
    else return;
    event.preventDefault();
  }

  focusRow(wanted) {
    const at = Math.min(this.shown.length - 1, Math.max(0, wanted));
    this.current = this.options.id(this.shown[at]);
    const top = at * this.height;
    const view = this.scroll.clientHeight - 36;
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    else if (top + this.height > this.scroll.scrollTop + view) this.scroll.scrollTop = top + this.height - view;
    this.draw(true);
    this.body.querySelector(`tr[data-at="${at}"]`)?.focus({ preventScroll: true });
  }
}
