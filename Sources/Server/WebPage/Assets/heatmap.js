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
  if (characters.length <= longestLabel) return characters.join("");
  return `${characters.slice(0, longestLabel - 1).join("")}…`;
};

/** `onRow(row)` hears which query piece the pointer is on, null for none. */
export class HeatMap {
  constructor(interaction, pairs, scale, onRow) {
    Object.assign(this, { interaction, pairs, scale, onRow });
    this.lines = element("div", { class: "lines" });
    this.say = element("p", { class: "readout", "aria-hidden": "true" });
    const caption = element("figcaption", {}, this.say, this.#legend());
    this.node = element("figure", { class: "heatmap" }, this.lines, caption);
    this.columns = 0;
    this.lines.addEventListener("pointerover", (event) => this.#point(event.target));
    this.lines.addEventListener("pointerleave", () => this.#point(null));
    new ResizeObserver(() => requestAnimationFrame(() => this.#draw())).observe(this.lines);
    this.#point(null);
  }

  #legend() {
    const { low, high } = this.scale;
    const ring = shape("rect", { class: "winner", x: 2, y: 2, width: 10, height: 10, rx: 2 });
    return element(
      "p", { class: "legend" }, figure(low), element("span", { class: "ramp", "aria-hidden": "true" }), figure(high),
      element(
        "span", { class: "ringed" },
        shape("svg", { width: 14, height: 14, "aria-hidden": "true" }, ring), "best pair of its row",
      ),
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
    const starts = Array.from({ length: lines }, (_, line) => line * length);
    this.lines.replaceChildren(...starts.map((start) => this.#line(start, Math.min(all, start + length))));
  }

  /** The pieces from `start` up to `end`. */
  #line(start, end) {
    const { query_pieces: queryPieces, passage_pieces: pieces, similarities } = this.interaction;
    const columns = Array.from({ length: end - start }, (_, place) => start + place);
    const x = (column) => labelWidth + (column - start) * cell;
    const y = (row) => labelHeight + row * cell;
    const square = (row, column, attributes) =>
      shape("rect", { x: x(column), y: y(row), width: cell - 1, height: cell - 1, rx: 2, ...attributes });
    const winners = new Set(this.pairs.map((pair) => pair.column));
    const heads = columns.map((column) => {
      const place = `translate(${x(column) + cell / 2 + 3} ${labelHeight - 6}) rotate(-58)`;
      const kind = winners.has(column) ? "piece won" : "piece";
      return shape("text", { class: kind, transform: place }, short(pieces[column].piece));
    });
    const rows = queryPieces.map((piece, row) => [
      shape("text", { class: "piece query", "data-row": row, x: labelWidth - 8, y: y(row) + 13 }, short(piece)),
      columns.map((column) => {
        const shade = 0.05 + 0.95 * this.scale.shade(similarities[row][column]);
        const names = { class: "pair", "data-row": row, "data-column": column };
        return square(row, column, { ...names, "fill-opacity": shade.toFixed(3) });
      }),
    ]);
    // Rings last, so that no neighbour covers them.
    const rings = this.pairs
      .filter(({ column }) => column >= start && column < end)
      .map(({ row, column }) => square(row, column, { class: "winner" }));
    const [width, height] = [labelWidth + columns.length * cell + 34, labelHeight + queryPieces.length * cell + 4];
    const words =
      `Heat map of ${queryPieces.length} query pieces by passage pieces ${start + 1} to ${end} of ${pieces.length}. ` +
      "The table of best pairs says the same in words.";
    return shape("svg", { width, height, role: "img", "aria-label": words }, heads, rows, rings);
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
    const [one, other] = [readable(queryPieces[row]), readable(pieces[column].piece)];
    this.say.textContent = `${one} – ${other}: ${figure(similarities[row][column])}`;
  }
}
