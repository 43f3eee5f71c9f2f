/* Where a place in a picture is on the Sun, and which field is there.
 *
 * A picture has three frames: *view* pixels (what the viewer shows: rows downwards, north up as far
 * as quarter turns go), *file* pixels (the file's own rows; boxes in catalogues and label files are
 * in these) and Stonyhurst degrees. All pixels are pixel-edge coordinates: the first one reaches
 * from 0 to 1. `info` is the answer of GET /api/pictures.
 */

const RADIANS = Math.PI / 180;

/** Return the view position [x, y] of file pixels. */
export function toView(info, x, y) {
  const [a, b, c, d, e, f] = info.to_view;
  return [a * x + b * y + c, d * x + e * y + f];
}

/** Return the file position [x, y] of view pixels. */
export function toFile(info, x, y) {
  const [a, b, c, d, e, f] = info.to_view;
  const turn = a * e - b * d;
  return [(e * (x - c) - b * (y - f)) / turn, (a * (y - f) - d * (x - c)) / turn];
}

/** Return the view box {x_min, y_min, x_max, y_max} of a file box, or the other way with toFile. */
export function mapBox(info, box, map = toView) {
  const [x0, y0] = map(info, box.x_min, box.y_min);
  const [x1, y1] = map(info, box.x_max, box.y_max);
  return {
    x_min: Math.min(x0, x1), y_min: Math.min(y0, y1),
    x_max: Math.max(x0, x1), y_max: Math.max(y0, y1),
  };
}

/** Return {west, north, rho} of view pixels in limb radii from disk centre. */
export function offset(info, x, y) {
  const sun = info.geometry;
  let [column, row] = toFile(info, x, y);
  if (info.file.rows_down) row = info.file.height - row;
  const dx = (column - 0.5 - sun.x_center) / sun.radius;
  const dy = (row - 0.5 - sun.y_center) / sun.radius;
  const [cos, sin] = [Math.cos(sun.roll * RADIANS), Math.sin(sun.roll * RADIANS)];
  const west = cos * dx - sin * dy;
  const north = sin * dx + cos * dy;
  return { west, north, rho: Math.hypot(west, north) };
}

/** Return {lon, lat} in degrees (Stonyhurst, west positive) of view pixels; null off the limb or
 * where the picture's time is unknown. The same as halescope.geometry.pixel_to_stonyhurst. */
export function stonyhurst(info, x, y) {
  const sun = info.geometry;
  if (sun.b0 === null || sun.l0 === null) return null;
  const { west, north, rho } = offset(info, x, y);
  if (rho > 1) return null;
  const limb = Math.asin(1 / sun.distance);
  const sine = Math.sin(rho * limb);
  const cosine = Math.sqrt(1 - sine * sine);
  const along = sun.distance * cosine
    - Math.sqrt(Math.max(0, 1 - (sun.distance * sine) ** 2));
  const scale = rho > 0 ? (along * sine) / rho : along * limb;
  const [px, py, pz] = [west * scale, north * scale, sun.distance - along * cosine];
  const tilt = sun.b0 * RADIANS;
  const lat = Math.asin(Math.max(-1, Math.min(1, py * Math.cos(tilt) + pz * Math.sin(tilt))));
  const lon = Math.atan2(px, pz * Math.cos(tilt) - py * Math.sin(tilt)) / RADIANS
    + sun.observer_lon;
  return { lon: ((((lon + 180) % 360) + 360) % 360) - 180, lat: lat / RADIANS };
}

/** Return a place as a solar physicist writes it: N13 W063. */
export function placeWords(place, digits = 1) {
  const part = (value, names) => `${names[value < 0 ? 1 : 0]}${Math.abs(value).toFixed(digits)}°`;
  return `${part(place.lat, "NS")} ${part(place.lon, "WE")}`;
}

/** The values of a picture, as much of them as the view needs: all of it coarsely, and what is in
 * view at full size once one has zoomed in. `at(x, y)` answers at once. */
export class Field {
  constructor(info, query) {
    this.info = info;
    this.query = query;
    this.parts = [];
    this.wanted = "";
  }

  /** Load the coarse whole: the largest level of at most 1,024 pixels. */
  async load() {
    let level = this.info.levels - 1;
    const side = Math.max(this.info.width, this.info.height);
    while (level > 0 && side / this.step(level) > 1024) level -= 1;
    await this.fetch(level, 0, 0, 2048, 2048, 0);
  }

  /** Load what a rectangle of view pixels shows, if it is finer than what is there. */
  async look(x, y, width, height) {
    const level = this.info.levels - 1;
    if (width > 1500 || height > 1500 || !this.parts[0] || this.parts[0].level === level) return;
    const [left, top] = [Math.max(0, Math.floor(x) - 64), Math.max(0, Math.floor(y) - 64)];
    const size = [Math.ceil(width) + 128, Math.ceil(height) + 128];
    const key = `${left},${top},${size}`;
    if (key === this.wanted) return;
    this.wanted = key;
    await this.fetch(level, left, top, size[0], size[1], 1);
  }

  step(level) {
    return 2 ** (this.info.levels - 1 - level);
  }

  async fetch(level, x, y, width, height, slot) {
    const part = { level, x, y, width: Math.min(width, 2048), height: Math.min(height, 2048) };
    const answer = await fetch(`/api/pictures/field?${this.query}&${new URLSearchParams(part)}`);
    if (!answer.ok) return;
    const cut = answer.headers.get("X-Part").split(",").map(Number);
    const values = new Int16Array(await answer.arrayBuffer());
    this.parts[slot] = { level, x: cut[0], y: cut[1], width: cut[2], height: cut[3], values };
  }

  /** Return the field at view pixels in the picture's unit; null where there are no data. */
  at(x, y) {
    for (const part of [this.parts[1], this.parts[0]]) {
      if (!part) continue;
      const step = this.step(part.level);
      const column = Math.floor(x / step) - part.x;
      const row = Math.floor(y / step) - part.y;
      if (column < 0 || row < 0 || column >= part.width || row >= part.height) continue;
      const value = part.values[row * part.width + column];
      return value === -32768 ? null : value * this.info.step;
    }
    return null;
  }
}
