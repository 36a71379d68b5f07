// Why a hit is where it is: each stage's part, as pictures and as words.

import { counted, element, figure } from "./dom.js";
import { HeatMap } from "./heatmap.js";
import { isSpecial, pieceShades, readable, Scale, winningPairs } from "./interaction.js";
import { stageName } from "./pipelines.js";
import { ShadedText } from "./reading.js";

const fewWeights = 18;

/** The picture of a hit that the server explained. */
export function explanationView(hit) {
  const explanation = hit.explanation ?? {};
  const sections = [scores(hit, explanation), lateInteraction(hit, explanation), termWeights(explanation), wordMatches(explanation)].filter(Boolean);
  if (!sections.length) return element("p", { class: "wait" }, "The server has nothing to say about this hit.");
  return element("div", { class: "explanation" }, sections);
}

function section(title, note, ...content) {
  return element("section", {}, element("h4", {}, title), note && element("p", { class: "note" }, note), ...content);
}

function scores(hit, explanation) {
  const stages = Object.entries(hit.scores ?? {});
  if (Number.isFinite(explanation.cross_encoder) && !("cross-encoder" in (hit.scores ?? {}))) stages.push(["cross-encoder", explanation.cross_encoder]);
  if (!stages.length) return null;
  const order = ["bm25", "tildev2", "colbert", "cross-encoder"];
  stages.sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
  return element("dl", { class: "stages" }, stages.map(([stage, score]) => element("div", {}, element("dt", {}, stageName(stage)), element("dd", {}, figure(score)))));
}

// Late interaction: the pairs as a table, the passage shaded, the whole map.

function lateInteraction(hit, explanation) {
  const pairs = winningPairs(explanation);
  if (!pairs.length) return null;
  const { interaction } = explanation;
  const sum = pairs.reduce((sum, pair) => sum + pair.similarity, 0);
  const note = `Each piece of the query looks for its nearest piece of the passage; the similarities add up to ${figure(sum)}.`;
  if (!interaction) return section("Late interaction", note, pairTable(pairs, null));

  const scale = new Scale(interaction.similarities);
  const text = new ShadedText(hit.text ?? "", interaction.passage_pieces);
  let pressed = null;
  const show = (row) => {
    const winners = new Set(pairs.filter((pair) => row === null || pair.row === row).filter((pair) => !isSpecial(pair.piece)).map((pair) => pair.column));
    text.show(pieceShades(interaction, scale, row), winners);
  };
  const table = pairTable(pairs, {
    point: (row) => show(row ?? pressed),
    press: (row) => {
      pressed = pressed === row ? null : row;
      show(pressed);
      return pressed;
    },
  });
  const map = new HeatMap(interaction, pairs, scale, (row) => show(row ?? pressed));
  show(null);
  return section(
    "Late interaction", note,
    element("div", { class: "beside" }, table, element("div", {}, element("p", { class: "note" }, "Darker is nearer to the query. Choose a query piece to see what it found."), text.node)),
    map.node,
  );
}

function pairTable(pairs, acts) {
  const largest = Math.max(...pairs.map((pair) => pair.similarity), 0.001);
  const buttons = [];
  const queryPiece = (pair) => {
    if (!acts) return readable(pair.piece);
    const button = element(
      "button", {
        type: "button", class: "chip", "aria-pressed": "false", onmouseenter: () => acts.point(pair.row), onmouseleave: () => acts.point(null),
        onfocus: () => acts.point(pair.row), onblur: () => acts.point(null),
        onclick: () => {
          const pressed = acts.press(pair.row);
          buttons.forEach((other, row) => other.setAttribute("aria-pressed", String(pairs[row].row === pressed)));
        },
      },
      readable(pair.piece),
    );
    buttons.push(button);
    return button;
  };
  return element(
    "table", { class: "pairs" }, element("caption", { class: "unseen" }, "Best pairs"),
    element("thead", {}, element("tr", {}, ["Query", "Nearest", "Similarity"].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, pairs.map((pair) => element("tr", {}, element("th", { scope: "row" }, queryPiece(pair)), element("td", {}, readable(pair.match)), meterCell(pair.similarity, largest)))),
  );
}

function meterCell(value, largest) {
  return element("td", { class: "meter" }, element("span", { class: "fill", "aria-hidden": "true", "--share": Math.max(0, value / largest) }), element("span", { class: "number" }, figure(value)));
}

// Term weights.

function termWeights(explanation) {
  const matches = new Map((explanation.tildev2 ?? []).map((match) => [match.piece, match]));
  const weights = explanation.term_weights ?? [...matches.values()];
  if (!weights.length) return null;
  const sorted = [...weights].sort((one, other) => other.weight - one.weight);
  const sum = [...matches.values()].reduce((sum, { weight, count }) => sum + weight * count, 0);
  const note = matches.size
    ? `What each piece of the passage is worth. The query has ${counted(matches.size, "of them", "of them")}, filled in, worth ${figure(sum)} together.`
    : "What each piece of the passage is worth. The query has none of them.";
  // Matches first are always seen, however light.
  const shown = sorted.filter((term, place) => place < fewWeights || matches.has(term.piece));
  const list = element("ul", { class: "weights" });
  const fill = (terms) =>
    list.replaceChildren(
      ...terms.map((term) =>
        element(
          "li", { class: matches.has(term.piece) ? "match" : null }, element("span", { class: "piece" }, readable(term.piece), matches.has(term.piece) && element("span", { class: "unseen" }, " (in the query)")),
          element("span", { class: "track", "aria-hidden": "true" }, element("span", { class: "fill", "--share": Math.max(0, term.weight / Math.max(sorted[0].weight, 0.001)) })),
          element("span", { class: "number" }, figure(term.weight)),
        ),
      ),
    );
  fill(shown);
  const more = shown.length < sorted.length && element("button", { type: "button", class: "quiet", onclick: () => { fill(sorted); more.remove(); } }, `All ${sorted.length} pieces`);
  return section("Term weights", note, list, more);
}

// BM25.

function wordMatches(explanation) {
  const terms = explanation.bm25 ?? [];
  if (!terms.length) return null;
  const sorted = [...terms].sort((one, other) => other.score - one.score);
  const sum = terms.reduce((sum, { score }) => sum + score, 0);
  return section(
    "Word matches", `BM25 counts words, rare ones for more: ${figure(sum)} in all.`,
    element(
      "table", { class: "pairs" }, element("caption", { class: "unseen" }, "BM25 by term"),
      element("thead", {}, element("tr", {}, ["Term", "Here", "Passages with it", "Score"].map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, sorted.map((term) =>
        element("tr", {}, element("th", { scope: "row" }, term.term), element("td", { class: "number" }, `${term.count}×`), element("td", { class: "number" }, term.passages.toLocaleString("en")), meterCell(term.score, sorted[0].score)),
      )),
    ),
  );
}
