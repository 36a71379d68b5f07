// A passage's text with each piece shaded, for reading what a model saw in it.

import { element } from "./dom.js";

export class ShadedText {
  /** `pieces` have start and end in code points of the text; those without length are the model's own. */
  constructor(text, pieces) {
    const characters = Array.from(text);
    this.spans = pieces.map(() => null);
    const inText = pieces
      .map((piece, place) => ({ ...piece, place }))
      .filter(({ start, end }) => Number.isInteger(start) && start >= 0 && start < end && end <= characters.length)
      .sort((one, other) => one.start - other.start);
    const nodes = [];
    let reached = inText[0]?.start ?? 0;
    const last = inText.at(-1)?.end ?? 0;
    if (reached > 0) nodes.push("… ");
    for (const { start, end, place } of inText) {
      if (start < reached) continue;
      if (start > reached) nodes.push(characters.slice(reached, start).join(""));
      this.spans[place] = element("span", { class: "shaded" }, characters.slice(start, end).join(""));
      nodes.push(this.spans[place]);
      reached = end;
    }
    if (last < characters.length) nodes.push(characters.length - last < 3 ? characters.slice(last).join("") : " …");
    this.node = element("p", { class: "reading" }, nodes);
  }

  /** `shades` from 0 to 1, one a piece; `winners` are the places to underline. */
  show(shades, winners) {
    this.spans.forEach((span, place) => {
      span?.style.setProperty("--shade", shades[place].toFixed(3));
      span?.classList.toggle("won", winners.has(place));
    });
  }
}
