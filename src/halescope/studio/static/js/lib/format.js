// Values as people read them.

export const LEVELS = ["alpha", "beta", "complex"];

// First level of a class, the name of its colour: alpha, beta, complex, or plage for none.
export function level(name) {
  const text = String(name ?? "").toLowerCase();
  if (text === "alpha" || text === "beta") return text;
  return /gamma|delta|complex/.test(text) ? "complex" : "plage";
}

const GREEK = { alpha: "α", beta: "β", gamma: "γ", delta: "δ" };
export const symbol = (name) => String(name ?? "").replace(/alpha|beta|gamma|delta/g, (word) => GREEK[word]).replaceAll("-", "");

export function bytes(count) {
  if (count == null) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count, unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${value >= 100 || unit === 0 ? value.toFixed(0) : value.toPrecision(3)} ${units[unit]}`;
}

// Seconds as "45 s", "12 min", "3 h 20 min", "2 d 4 h".
export function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return "";
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min${s < 600 && s % 60 ? ` ${s % 60} s` : ""}`;
  if (s < 86400) return `${Math.floor(s / 3600)} h${s % 3600 >= 60 ? ` ${Math.floor((s % 3600) / 60)} min` : ""}`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

const asDate = (value) => (typeof value === "number" ? new Date(value * 1000) : new Date(value));

// Seconds since 1970, or an ISO text, as "2026-02-01 12:00" in UTC.
export function time(value) {
  if (value == null || value === "") return "";
  const date = asDate(value);
  return Number.isNaN(date.getTime()) ? String(value) : date.toISOString().slice(0, 16).replace("T", " ");
}

export function ago(value) {
  if (value == null || value === "") return "";
  const seconds = (Date.now() - asDate(value).getTime()) / 1000;
  if (seconds < 10) return "now";
  if (seconds < 7 * 86400) return `${duration(seconds < 3600 ? seconds : Math.floor(seconds / 3600) * 3600).replace(/ (\d+ s)$/, "")} ago`;
  return time(value).slice(0, 10);
}

export function number(value, digits = 3) {
  if (value == null || value === "" || Number.isNaN(Number(value))) return "";
  return Number(value).toLocaleString("en", { maximumSignificantDigits: digits, useGrouping: true });
}

export const integer = (value) => (value == null ? "" : Number(value).toLocaleString("en"));
export const percent = (share, digits = 0) => (share == null ? "" : `${(share * 100).toFixed(digits)} %`);
export const plural = (count, one, many = `${one}s`) => `${integer(count)} ${count === 1 ? one : many}`;
