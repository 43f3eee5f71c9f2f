// Words about runs that several pages use.
import { short } from "./chart.js";
import { h } from "./ui.js";

const KINDS = { done: "good", running: "active", failed: "bad", stopped: "warn", aborted: "warn", interrupted: "warn" };

// The state of a run as a tag; a run that its patience ended says so.
export function runTag(run) {
  const words = run.state === "done" && run.ended === "early" ? "done, ended early" : run.state;
  return h("span", { class: `tag ${KINDS[run.state] ?? ""}` }, words);
}

// A data set of the workspace by its name, another one by its folder.
export function dataName(text) {
  const parts = String(text ?? "").split("/");
  return parts.length > 1 ? parts.slice(-2, /\.csv$/.test(text) ? -1 : undefined).at(-1) : text;
}

const NAMES = { mAP: "simplified mAP", f1: "F1", accuracy_top5: "top-5 accuracy", val_loss: "validation loss", learning_rate: "learning rate" };

export function metricName(key) {
  if (NAMES[key]) return NAMES[key];
  return key.replace(/^val_/, "validation ").replaceAll("_", " ").replace("bbox", "box");
}

export const isLoss = (key) => /loss|heat|plage|boxes|offsets/.test(key);

// "mAP 75.7 %", "loss 0.31".
export function metricText(best) {
  if (!best) return "";
  return isLoss(best.metric) ? `${metricName(best.metric)} ${short(best.value)}` : `${metricName(best.metric)} ${best.value.toFixed(1)} %`;
}
