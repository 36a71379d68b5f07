// TILDEv2's part of an explanation: what each piece of the passage weighs, the query's own filled in.

import { element, figure } from "./dom.js";
import { readable } from "./interaction.js";

const few = 18;

/** Elements for an explanation; none where TILDEv2 took no part. */
export function termWeights({ tildev2, term_weights: weights }) {
  const matches = new Map((tildev2 ?? []).map((match) => [match.piece, match.count]));
  const sorted = [...(weights ?? tildev2 ?? [])].sort((one, other) => other.weight - one.weight);
  if (!sorted.length) return [];
  // The query's pieces are always seen, however light.
  const shown = sorted.filter((term, place) => place < few || matches.has(term.piece));
  const list = element("ul", { class: "weights" });
  const show = (terms) => list.replaceChildren(...terms.map((term) => entry(term, sorted[0].weight, matches)));
  show(shown);
  if (shown.length === sorted.length) return [list];
  const showAll = () => {
    show(sorted);
    more.remove();
  };
  const more = element("button", { type: "button", class: "quiet", onclick: showAll }, `All ${sorted.length} pieces`);
  return [list, more];
}

function entry({ piece, weight, added }, largest, matches) {
  const isMatch = matches.has(piece);
  const asked = matches.get(piece) ? " (in the query)" : " (asked for beside the query's own)";
  const said = [isMatch && asked, added && " (added by the model)"].filter(Boolean).join("");
  const bar = element("span", { class: "fill", "--share": Math.max(0, weight / Math.max(largest, 0.001)) });
  return element(
    "li", { class: [isMatch && "match", added && "added"].filter(Boolean).join(" ") || null },
    element("span", { class: "piece" }, readable(piece), said && element("span", { class: "unseen" }, said)),
    element("span", { class: "track", "aria-hidden": "true" }, bar),
    element("span", { class: "number" }, figure(weight)),
  );
}

/** In one sentence, what the query's pieces are worth. */
export function weightsInWords({ tildev2, term_weights: weights }) {
  const isExpanded = (weights ?? tildev2 ?? []).some((term) => term.added);
  const about = "What each piece of the passage is worth."
    + (isExpanded ? " Those with a plus are not in its text: the model adds what its questions may say." : "");
  if (!tildev2?.length) return `${about} The query has none of them.`;
  const sum = tildev2.reduce((sum, { weight, query_weight: asked }) => sum + weight * asked, 0);
  const others = tildev2.filter((term) => !term.count).length;
  const beside = others ? `, ${others} of them beside its own pieces` : "";
  return `${about} The query asks for ${tildev2.length}${beside}, filled in, worth ${figure(sum)} together.`;
}
