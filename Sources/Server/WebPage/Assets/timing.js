// Where a search's milliseconds went.

import { element, figure } from "./dom.js";
import { stageName } from "./pipelines.js";

const order = ["filter", "bm25", "tildev2", "colbert", "feedback", "cross-encoder", "facets", "fetch", "highlight", "explain"];

/** A bar with one part a stage, and the same as text. */
export function timingBar(milliseconds) {
  const { total, ...stages } = milliseconds ?? {};
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  const times = Object.entries(stages)
    .filter(([, time]) => Number.isFinite(time) && time >= 0)
    .sort(([one], [other]) => place(one) - place(other));
  const sum = times.reduce((sum, [, time]) => sum + time, 0);
  if (!(sum > 0)) return null;
  return element(
    "div", { class: "timing" },
    element(
      "div", { class: "bar", "aria-hidden": "true" },
      times.map(([, time], number) => element("span", { class: `part shade${number % 5}`, "--share": time / sum })),
    ),
    element(
      "ul", { "aria-label": "Milliseconds a stage" },
      times.map(([name, time], number) =>
        element(
          "li", {}, element("span", { class: `dot shade${number % 5}`, "aria-hidden": "true" }),
          `${stageName(name)} `, element("b", {}, `${figure(time)} ms`),
        ),
      ),
    ),
  );
}
