/* Choice of detector and classifier. */
import { h } from "../lib/ui.js";

const HINTS = {
  proposals: "the one to use", centerpoint: "small network of centres", detectnet: "paper of 2020",
  threshold: "no network", mount_wilson: "the one to use", googlenet: "paper of 2020",
  climatology: "no network: how common classes are",
};

/** Fill a select with the networks of a task. */
export function fill(select, networks, chosen = null) {
  select.replaceChildren(...networks.map((network) => {
    const hint = HINTS[network.value] ?? (network.from === "workspace" ? "of this workspace" : "");
    return h("option", { value: network.value }, hint ? `${network.name}: ${hint}` : network.name);
  }));
  const own = networks.find((network) => network.default) ?? networks[0];
  const wanted = networks.find((network) => network.value === chosen) ?? own;
  if (wanted) select.value = wanted.value;
}

/** The two networks of de Oliveira & Gradvohl (2020). */
export const PAPER = { detector: "detectnet", classifier: "googlenet" };
