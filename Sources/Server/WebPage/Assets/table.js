// A table of numbers with a small bar under the last of each row.

import { element, figure } from "./dom.js";

/** `rows` are {head, cells, value}: a row's name, what stands between, and the number drawn as a bar. */
export function barTable(caption, columns, rows) {
  const largest = Math.max(...rows.map((row) => row.value), 0.001);
  return element(
    "table", { class: "pairs" }, element("caption", { class: "unseen" }, caption),
    element("thead", {}, element("tr", {}, columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, rows.map((row) => barRow(row, largest))),
  );
}

function barRow({ head, cells, value }, largest) {
  const bar = element("span", { class: "fill", "aria-hidden": "true", "--share": Math.max(0, value / largest) });
  return element(
    "tr", {}, element("th", { scope: "row" }, head), cells.map((cell) => element("td", { class: "number" }, cell)),
    element("td", { class: "meter" }, bar, element("span", { class: "number" }, figure(value))),
  );
}
