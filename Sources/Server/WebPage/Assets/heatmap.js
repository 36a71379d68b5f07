// Query pieces by passage pieces, each pair's similarity a shade, each query piece's best pair ringed. A passage is
// longer than a screen is wide, so the map is broken into lines like a score of music.

import { element, figure, shape } from "./dom.js";
import { readable } from "./interaction.js";

const cell = 18;
const labelWidth = 92;
const labelHeight = 66;
const longestLabel = 11;

const short = (piece) => {
  const characters = Array.from(readable(piece));
  return characters.length > longestLabel ? `${characters.slice(0, longestLabel - 1).join("")}…` : characters.join("");
};

/** `onRow(row)` hears which query piece the pointer is on, null for none. */
export class HeatMap {
  constructor(interaction, pairs, scale, onRow) {
    Object.assign(this, { interaction, pairs, scale, onRow });
    this.lines = element("div", { class: "lines" });
    this.say = element("p", { class: "readout", "aria-hidden": "true" });
    this.node = element("figure", { class: "heatmap" }, this.lines, element("figcaption", {}, this.say, this.#legend()));
    this.columns = 0;
    this.lines.addEventListener("pointerover", (event) => this.#point(event.target));
    this.lines.addEventListener("pointerleave", () => this.#point(null));
    new ResizeObserver(() => requestAnimationFrame(() => this.#draw())).observe(this.lines);
    this.#point(null);
  }

  #legend() {
    const { low, high } = this.scale;
    return element(
      "p", { class: "legend" }, figure(low), element("span", { class: "ramp", "aria-hidden": "true" }), figure(high),
      element("span", { class: "ringed" }, shape("svg", { width: 14, height: 14, "aria-hidden": "true" }, shape("rect", { class: "winner", x: 2, y: 2, width: 10, height: 10, rx: 2 })), "best pair of its row"),
    );
  }

  #draw() {
    const width = this.lines.clientWidth;
    const all = this.interaction.passage_pieces.length;
    const columns = Math.min(all, Math.max(6, Math.floor((width - labelWidth - 34) / cell)));
    if (width === 0 || columns === this.columns) return;
    this.columns = columns;
    // Lines of about one length look better than a full one and a remnant.
    const lines = Math.ceil(all / columns);
    const length = Math.ceil(all / lines);
    this.lines.replaceChildren(...Array.from({ length: lines }, (_, line) => this.#line(line * length, Math.min(all, (line + 1) * length))));
  }

  #line(start, end) {
    const { query_pieces: queryPieces, passage_pieces: pieces, similarities } = this.interaction;
    const columns = Array.from({ length: end - start }, (_, place) => start + place);
    const x = (column) => labelWidth + (column - start) * cell;
    const y = (row) => labelHeight + row * cell;
    const wins = new Map(this.pairs.map((pair) => [pair.row, pair.column]));
    const winners = new Set(this.pairs.map((pair) => pair.column));
    const width = labelWidth + columns.length * cell + 34;
    const height = labelHeight + queryPieces.length * cell + 4;
    return shape(
      "svg", {
        width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
        "aria-label": `Heat map of ${queryPieces.length} query pieces by passage pieces ${start + 1} to ${end} of ${pieces.length}. The table of best pairs says the same in words.`,
      },
      columns.map((column) =>
        shape("text", { class: winners.has(column) ? "piece won" : "piece", transform: `translate(${x(column) + cell / 2 + 3} ${labelHeight - 6}) rotate(-58)` }, short(pieces[column].piece)),
      ),
      queryPieces.map((piece, row) => [
        shape("text", { class: "piece query", x: labelWidth - 8, y: y(row) + cell / 2 + 4, "text-anchor": "end", "data-row": row }, short(piece)),
        columns.map((column) =>
          shape("rect", { class: "pair", x: x(column), y: y(row), width: cell - 1, height: cell - 1, rx: 2, "fill-opacity": (0.05 + 0.95 * this.scale.shade(similarities[row][column])).toFixed(3), "data-row": row, "data-column": column }),
        ),
      ]),
      // Rings last, so that no neighbour covers them.
      queryPieces.map((_, row) => {
        const column = wins.get(row);
        return column >= start && column < end ? shape("rect", { class: "winner", x: x(column), y: y(row), width: cell - 1, height: cell - 1, rx: 3 }) : null;
      }),
    );
  }

  #point(target) {
    const row = target?.dataset?.row ?? null;
    const column = target?.dataset?.column ?? null;
    this.onRow(row === null ? null : Number(row));
    if (row === null || column === null) {
      this.say.textContent = "Point at a pair to read its similarity.";
      return;
    }
    const { query_pieces: queryPieces, passage_pieces: pieces, similarities } = this.interaction;
    this.say.textContent = `${readable(queryPieces[row])} – ${readable(pieces[column].piece)}: ${figure(similarities[row][column])}`;
  }
}
