// ColBERT's part of an explanation: the best pairs as a table, the passage shaded, the whole map.

import { element, figure } from "./dom.js";
import { HeatMap } from "./heatmap.js";
import { isSpecial, pieceShades, readable, Scale, winningPairs } from "./interaction.js";
import { ShadedText } from "./reading.js";
import { barTable } from "./table.js";

/** Elements for a hit that has been explained; none where ColBERT took no part. */
export function lateInteraction(hit) {
  const { interaction } = hit.explanation;
  const pairs = winningPairs(hit.explanation);
  if (!pairs.length) return [];
  if (!interaction) return [pairTable(pairs, (pair) => readable(pair.piece))];

  const scale = new Scale(interaction.similarities);
  const text = new ShadedText(hit.text ?? "", interaction.passage_pieces);
  const chips = new Chips((row) => {
    const shown = pairs.filter((pair) => (row === null || pair.row === row) && !isSpecial(pair.piece));
    text.show(pieceShades(interaction, scale, row), new Set(shown.map((pair) => pair.column)));
  });
  const table = pairTable(pairs, (pair) => chips.chip(pair));
  const map = new HeatMap(interaction, pairs, scale, (row) => chips.point(row));
  const words = "The stronger the shade, the nearer to the query. Choose a query piece to see what it found.";
  const reading = element("div", {}, element("p", { class: "note" }, words), text.node);
  return [element("div", { class: "beside" }, table, reading), map.node];
}

function pairTable(pairs, head) {
  const rows = pairs.map((pair) => {
    return { head: head(pair), cells: [readable(pair.match), figure(pair.weight)], value: pair.score };
  });
  return barTable("Best pairs", ["Query", "Nearest", "Weight", "Score"], rows);
}

/** The query's pieces as buttons: pointing at one shows what it found, pressing it keeps that. */
class Chips {
  #pressed = null;
  #buttons = new Map();

  /** `show(row)` draws one query piece, or all for null. */
  constructor(show) {
    this.show = show;
    show(null);
  }

  chip({ row, piece }) {
    const button = element(
      "button", {
        type: "button", class: "chip", "aria-pressed": "false", onclick: () => this.#press(row),
        onmouseenter: () => this.point(row), onmouseleave: () => this.point(null),
        onfocus: () => this.point(row), onblur: () => this.point(null),
      },
      readable(piece),
    );
    this.#buttons.set(row, button);
    return button;
  }

  /** Shows a row while it is pointed at; null goes back to the one that is pressed. */
  point(row) {
    this.show(row ?? this.#pressed);
  }

  #press(row) {
    this.#pressed = this.#pressed === row ? null : row;
    for (const [other, button] of this.#buttons) button.setAttribute("aria-pressed", String(other === this.#pressed));
    this.show(this.#pressed);
  }
}
