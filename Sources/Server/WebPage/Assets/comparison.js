// Two pipelines' hits side by side: who moved, and by how much.

import { element, shape } from "./dom.js";
import { HitList } from "./hits.js";
import { inWords } from "./pipelines.js";
import { timingBar } from "./timing.js";

/** Ranks of every passage in both lists: id → [rank or null, rank or null]. */
export function ranks(left, right) {
  const places = new Map(left.map((hit) => [hit.id, [hit.rank, null]]));
  for (const hit of right) {
    if (places.has(hit.id)) places.get(hit.id)[1] = hit.rank;
    else places.set(hit.id, [null, hit.rank]);
  }
  return places;
}

/** What moved, in one sentence. */
export function changes(places) {
  const both = [...places.values()].filter(([one, other]) => one !== null && other !== null);
  if (!places.size) return "Neither finds anything.";
  const moved = both.filter(([one, other]) => one !== other).length;
  const [left, right] = [0, 1].map((side) => [...places.values()].filter((pair) => pair[1 - side] === null).length);
  const same = both.length - moved;
  const shared = `${both.length} in both, ${same} at the same rank and ${moved} moved`;
  return `${shared}; ${left} only on the left, ${right} only on the right.`;
}

/** A badge: how a hit stands against its twin in the other list. */
function movement(places, side, id) {
  const pair = places.get(id);
  const [here, there] = [pair[side], pair[1 - side]];
  if (there === null) {
    const [sign, other] = side ? ["new", "left"] : ["gone", "right"];
    return badge(sign, sign, `not among the ${other}’s hits here`);
  }
  const by = Math.abs(here - there);
  if (by === 0) return badge("same", "=", "the same rank in both");
  // Read from left to right on both sides: what the right pipeline made of the left one's order.
  const isUp = side ? here < there : there < here;
  const [kind, sign] = isUp ? ["up", "▲"] : ["down", "▼"];
  return badge(kind, `${sign}${by}`, `${kind} ${by}, rank ${pair[0]} on the left, ${pair[1]} on the right`);
}

const badge = (kind, sign, words) =>
  element(
    "span", { class: `movement ${kind}`, title: words },
    element("span", { "aria-hidden": "true" }, sign), element("span", { class: "unseen" }, words),
  );

export class Comparison {
  /** `responses` are two; `column(side)` gives the options of that side's list. */
  constructor(responses, column) {
    const places = ranks(responses[0].hits, responses[1].hits);
    this.summary = changes(places);
    this.lists = responses.map((response, side) => {
      const moved = (hit) => movement(places, side, hit.id);
      return new HitList(response.hits, { ...column(side), isCompact: true, movement: moved });
    });
    this.lines = shape("svg", { class: "lines", "aria-hidden": "true" });
    const columns = responses.map((response, side) =>
      element(
        "section", { class: "side", "aria-label": side ? "Right pipeline" : "Left pipeline" },
        element(
          "div", {}, element("p", { class: "pipeline" }, inWords(response.pipeline)), timingBar(response.milliseconds),
        ),
        response.hits.length ? this.lists[side].node : element("p", {}, "Nothing found."),
      ),
    );
    this.node = element("div", { class: "comparison" }, columns[0], this.lines, columns[1]);
    this.twins = [...places].filter(([, [one, other]]) => one !== null && other !== null);
    const draw = () => requestAnimationFrame(() => this.#draw());
    new ResizeObserver(draw).observe(this.node);
    const light = (event) => this.#light(event.target.closest(".hit"));
    this.node.addEventListener("pointerover", light);
    this.node.addEventListener("focusin", light);
    this.node.addEventListener("pointerleave", () => this.#light(null));
  }

  /** Lines from each passage's place on the left to its place on the right. */
  #draw() {
    const frame = this.lines.getBoundingClientRect();
    if (!frame.width) return;
    const middle = (side, id) => {
      const place = this.lists[side].entries.get(id).node.getBoundingClientRect();
      return place.top - frame.top + 14;
    };
    this.lines.replaceChildren(
      ...this.twins.map(([id, [one, other]]) => {
        const [from, to, bend] = [middle(0, id), middle(1, id), frame.width / 2];
        const kind = one === other ? "same" : other < one ? "up" : "down";
        const curve = `${bend} ${from} ${bend} ${to} ${frame.width - 2} ${to}`;
        const line = shape("path", { class: kind, d: `M 2 ${from} C ${curve}` });
        line.passage = id;
        return line;
      }),
    );
  }

  #light(hit) {
    const lit = this.lists.flatMap((list) => [...list.entries]).find(([, entry]) => entry.node === hit)?.[0] ?? null;
    for (const list of this.lists) for (const [id, { node }] of list.entries) node.classList.toggle("lit", id === lit);
    for (const line of this.lines.children) line.classList.toggle("lit", line.passage === lit);
  }
}
