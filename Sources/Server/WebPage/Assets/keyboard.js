// The page by keyboard: / to the search box, arrows from hit to hit, Escape to close and then back.

import { byID } from "./dom.js";

const isTyping = (node) => ["INPUT", "TEXTAREA", "SELECT"].includes(node.tagName);

/** `close()` shuts an open explanation and says whether there was one. */
export function listenToKeys(close) {
  const box = byID("query");
  const hits = byID("hits");
  const titles = () => [...hits.querySelectorAll(".title")];
  const go = (node) => {
    node?.focus({ preventScroll: true });
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    node?.scrollIntoView({ block: "nearest", behavior: isStill ? "auto" : "smooth" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "/" && !isTyping(event.target)) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape") {
      if (close()) event.preventDefault();
      else if (event.target !== box && !isTyping(event.target)) box.focus();
    } else if (event.key === "ArrowDown" && event.target === box) {
      event.preventDefault();
      go(titles()[0]);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.classList?.contains("title")) {
      event.preventDefault();
      const all = titles();
      const place = all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
      go(place < 0 ? box : all[place]);
    }
  });
}
