// A field of a configuration as an input with label, hint and fault.
import { h } from "./ui.js";

// A value as the field shows it: lists by spaces, exponents short.
export function textOf(value) {
  if (Array.isArray(value)) return value.join(" ");
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-3) return value.toExponential().replace("e+", "e");
  return String(value ?? "");
}

// widget(field, value or nothing, changed) -> {element, value(), set(value), show(on), fault(text)}
export function widget(field, given, changed) {
  const value = given ?? textOf(field.default);
  const id = `field-${field.key.replaceAll(".", "-")}`;
  const error = h("span", { class: "error", hidden: true, id: `${id}-error` });
  const input = inputOf(field, id, changed);
  const hint = field.hint && h("span", { class: "hint" }, field.hint);
  const isSwitch = field.kind === "switch";
  const element = isSwitch
    ? h("div", { class: "field" }, h("label", { class: "check", for: id }, input, h("span", {}, field.title)), hint, error)
    : h("div", { class: "field" }, h("label", { for: id }, field.title), input, hint, error);
  element.title = field.key;
  const set = (next) => { if (isSwitch) input.checked = next === true || next === "true"; else input.value = String(next); };
  set(value);
  return {
    element, set,
    value: () => (isSwitch ? input.checked : input.value),
    show: (on) => { element.hidden = !on; },
    fault: (text) => { error.hidden = !text; error.textContent = text; input.setAttribute("aria-invalid", String(Boolean(text))); },
  };
}

function inputOf(field, id, changed) {
  if (field.kind === "switch") return h("input", { type: "checkbox", id, onchange: changed });
  if (field.kind === "choice") {
    return h("select", { class: "select", id, onchange: changed }, field.choices.map(([value, words]) => h("option", { value }, words)));
  }
  return h("input", { class: "input", id, inputmode: "decimal", autocomplete: "off", "aria-describedby": `${id}-error`, oninput: changed });
}

// Whether a field matters beside the values of the others.
export function shows(field, values) {
  if (!field.shown_for) return true;
  const [key, wanted] = field.shown_for.split("=");
  return wanted.split("|").includes(String(values[key]));
}
