// One stream of events for the page: queue, progress, metrics, changed, reload.

const listeners = new Map();
let source = null;

const KINDS = ["hello", "queue", "progress", "metrics", "changed", "reload"];

function open() {
  if (source) return;
  source = new EventSource("/api/events");
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      let data = {};
      try { data = JSON.parse(event.data); } catch { return; }
      // After a pause of the stream something may have been missed: as if told to load again.
      const told = kind === "hello" ? (source.seen ? "reload" : null) : kind;
      if (kind === "hello") source.seen = true;
      if (told) emit(told, data);
    });
  }
}

function emit(kind, data) {
  for (const listener of listeners.get(kind) ?? []) listener(data);
}

// Call `listener(data)` at each event of a kind; returns what ends it.
export function subscribe(kind, listener) {
  open();
  if (!listeners.has(kind)) listeners.set(kind, new Set());
  listeners.get(kind).add(listener);
  return () => listeners.get(kind).delete(listener);
}

window.addEventListener("pagehide", () => { source?.close(); source = null; });
window.addEventListener("pageshow", (event) => {
  if (event.persisted && listeners.size) { open(); emit("reload", {}); }
});
