// What the modules of the editor share.

export const EDGES = ["x_min", "y_min", "x_max", "y_max"];

/** What is kept from page to page. */
export const kept = {
  read(key, other = null) {
    try { return localStorage.getItem(`label.${key}`) ?? other; } catch { return other; }
  },
  write(key, value) {
    try { localStorage.setItem(`label.${key}`, value); } catch { /* a private window forgets */ }
  },
};

/** Where a box was put, and by what: while it stays there, the manifest says so. */
export function origin(box, source) {
  return { source, ...Object.fromEntries(EDGES.map((edge) => [edge, box[edge]])) };
}
