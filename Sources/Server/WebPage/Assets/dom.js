// Elements are made here and nowhere else. Text only ever becomes a text node, so what a passage, its metadata or a
// message says is shown and never read as markup.

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * An HTML element: `element("button", {type: "button", onclick: open}, "Open")`.
 * A value of null, undefined or false leaves its attribute out; true sets it empty; functions are listeners.
 */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An SVG element, made like an HTML one. */
export function shape(name, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNamespace, name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) node.style.setProperty(name, value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byID = (id) => document.getElementById(id);

/** Refills a select with `[value, label]` pairs, keeping one chosen. */
export function setOptions(select, options, chosen) {
  select.replaceChildren(...options.map(([value, label]) => element("option", { value }, label)));
  select.value = chosen;
}

/** A number for reading: three digits that matter, no more. */
export function figure(number) {
  if (!Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  return number.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace("-", "−");
}

export const counted = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
