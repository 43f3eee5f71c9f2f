/* The same images with other networks: a dialog, then the new analysis. */
import { api, part } from "../lib/api.js";
import { button, dialog, h } from "../lib/ui.js";
import { fill } from "./networks.js";

/** Return the button that analyses again. `told()` gives what the studio says of the analysis. */
export function againButton({ id, image = null, networks, told }) {
  return button("", { icon: "refresh", kind: "square", title: "Analyse again, with other networks", onclick: async () => {
    const { asked } = told();
    const choose = (task) => {
      const select = h("select", { class: "select", name: task });
      fill(select, networks[task], asked[task]);
      return h("label", { class: "field" }, h("span", {}, task === "detector" ? "Detector" : "Classifier"), select);
    };
    const physics = h("input", { type: "checkbox", name: "physics", checked: asked.physics });
    let made = null;
    const done = await dialog({ title: "Analyse again", action: "Analyse", body: [
      h("p", { class: "soft" }, "A new analysis of the same; this one stays."), choose("detector"), choose("classifier"),
      h("label", { class: "check" }, physics, h("span", {}, "Measure flux, tilt, inversion lines, cores"))],
    check: async (values) => {
      const query = new URLSearchParams({ detector: values.get("detector"), classifier: values.get("classifier"), physics: physics.checked });
      if (asked.time) query.set("time", asked.time);
      if (image) query.set("image", image);
      made = await api.post(`/api/analyses/${part(id)}/repeat?${query}`);
    } });
    if (done) location.href = made.links.page;
  } });
}
