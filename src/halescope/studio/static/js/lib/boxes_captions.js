/* Captions of boxes: what they say, and where they stand so that they stay off one another. */

let pen = null;
const widths = new Map();

/** Return the width of a caption's text, CSS pixels. */
export function textWidth(text) {
  if (!widths.has(text)) {
    pen ??= document.createElement("canvas").getContext("2d");
    pen.font = "600 12px system-ui, sans-serif";
    if (widths.size > 2000) widths.clear();
    widths.set(text, pen.measureText(text).width);
  }
  return widths.get(text);
}

/** Return number, class, a mark where it is in doubt, and the probability where one is known. */
export function caption(box, kind) {
  if (kind === "ghost") return box.text ?? "";
  const number = box.region === undefined ? "" : String(box.region).padStart(2, "0");
  const share = kind === "proposal" ? box.score : box.p_class;
  const known = typeof share === "number" && !String(box.flags ?? "").includes("out_of_distribution");
  return [number, (box.class ?? "") + (box.doubted ? "?" : ""), known ? share.toFixed(2) : ""]
    .filter(Boolean).join(" ");
}

const HEIGHT = 18;

/** Return the id of the box whose caption is at a place on the screen, null if none. */
export function captionAt(entries, x, y) {
  let found = null;
  for (const { box, kind, width, spot } of entries) {
    if (!width || !spot || kind === "ghost") continue;
    if (x >= spot.x && x <= spot.x + width && y >= spot.y && y <= spot.y + HEIGHT) found = box.id;
  }
  return found;
}

/** Put each caption above its box, or where it covers neither another nor an edge. */
export function placeCaptions(list, width, height) {
  const taken = [];
  const covers = (a) => taken.some((b) =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + HEIGHT && b.y < a.y + HEIGHT);
  for (const { entry, rect } of list) {
    const wide = entry.width;
    const spots = [
      [rect.x - 1, rect.y - HEIGHT - 2], [rect.x + rect.width - wide + 1, rect.y - HEIGHT - 2],
      [rect.x - 1, rect.y + rect.height + 2], [rect.x + rect.width - wide + 1, rect.y + rect.height + 2],
      [rect.x + rect.width + 3, rect.y], [rect.x - wide - 3, rect.y],
    ].map(([x, y]) => ({ x, y, width: wide }));
    const isIn = (s) => s.x >= 0 && s.y >= 0 && s.x + wide <= width && s.y + HEIGHT <= height;
    const spot = spots.find((s) => isIn(s) && !covers(s)) ?? spots.find((s) => !covers(s)) ?? spots[0];
    taken.push(spot);
    entry.spot = spot;
    entry.label.setAttribute("transform", `translate(${spot.x} ${spot.y})`);
  }
}
