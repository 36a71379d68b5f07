// Earlier and later hits, and how many a page.

import { byID, element, setOptions } from "./dom.js";
import { sizes } from "./state.js";

// The server finds no further than this (the largest number of candidates).
const furthest = 10_000;

/** `onPage(page)` and `onSize(size)` hear what was chosen; `isLast` says that no hit follows. */
export function showPager({ page, size }, isLast, { onPage, onSize }) {
  const node = byID("pages");
  const turn = (label, to, isPossible) =>
    element("button", { type: "button", disabled: !isPossible, onclick: () => onPage(to) }, label);
  const choice = element("select", { onchange: () => onSize(Number(choice.value)) });
  setOptions(choice, sizes.map((number) => [String(number), String(number)]), String(size));
  node.replaceChildren(
    turn("← Earlier", page - 1, page > 1),
    element("span", { "aria-current": "page" }, `Page ${page}`),
    turn("Later →", page + 1, !isLast && (page + 1) * size <= furthest),
    element("label", {}, "Hits a page ", choice),
  );
  node.hidden = page === 1 && isLast && size === sizes[0];
}
