// A column of hits, each of which can be opened to say why it is where it is.

import { element, figure } from "./dom.js";
import { snippet, wholeText } from "./highlights.js";
import { stringify } from "./json.js";
import { byStage, stageName } from "./pipelines.js";

const shortSnippet = 170;
const longestValue = 120;

export class HitList {
  /**
   * `explain(hit)` gives the explanation's element, later; `onOpen(id)` hears which hit is open, null for none;
   * `movement(hit)` gives what to say beside the rank, in a comparison.
   */
  constructor(hits, { isCompact = false, explain, onOpen, movement = () => null }) {
    Object.assign(this, { hits, isCompact, explain, onOpen, movement });
    this.entries = new Map();
    this.node = element(
      "ol", { class: isCompact ? "hits compact" : "hits", start: hits[0]?.rank ?? 1 },
      hits.map((hit) => this.#entry(hit)),
    );
    this.open = null;
  }

  #entry(hit) {
    const key = `hit${HitList.#number++}`;
    const button = element(
      "button", {
        type: "button", class: "title", title: "Why this hit", "aria-expanded": "false", "aria-controls": key,
        onclick: () => this.toggle(hit.id),
      },
      title(hit),
    );
    const text = element("p", { class: "text" }, snippet(hit, this.isCompact ? shortSnippet : undefined));
    const rank = element("span", { class: "rank", "aria-hidden": "true" }, String(hit.rank));
    const score = element("span", { class: "score", title: "The last stage’s score" }, figure(hit.score));
    const panel = element("div", { class: "panel", id: key, hidden: true });
    const node = element(
      "li", { class: "hit", value: hit.rank },
      element("div", {}, rank, this.movement(hit)),
      element(
        "article", {},
        element("h3", {}, button, score),
        text, metadata(hit), panel, this.isCompact ? null : scores(hit),
      ),
    );
    this.entries.set(hit.id, { hit, button, text, panel, node });
    return node;
  }

  static #number = 0;

  toggle(id) {
    if (this.open === id) return this.close();
    this.show(id);
    this.onOpen(id);
  }

  /** Opens a hit without telling. */
  async show(id) {
    const entry = this.entries.get(id);
    if (!entry) return;
    if (this.open !== null) this.#shut(this.open);
    this.open = id;
    entry.button.setAttribute("aria-expanded", "true");
    entry.node.classList.add("open");
    entry.panel.hidden = false;
    if (entry.panel.firstChild) return;
    entry.panel.append(element("p", { class: "wait", role: "status" }, "Looking into it …"));
    const view = await this.explain(entry.hit);
    if (this.open === id) entry.panel.replaceChildren(...[whole(entry), view].filter(Boolean));
  }

  close() {
    if (this.open === null) return;
    this.#shut(this.open);
    this.entries.get(this.open).button.focus();
    this.open = null;
    this.onOpen(null);
  }

  #shut(id) {
    const { button, panel, node } = this.entries.get(id);
    button.setAttribute("aria-expanded", "false");
    node.classList.remove("open");
    panel.hidden = true;
    panel.replaceChildren();
  }

  focus(id) {
    this.entries.get(id)?.button.focus();
  }
}

/** What the snippet left out, to be unfolded. */
function whole({ hit, text }) {
  if (text.textContent === hit.text) return null;
  return element(
    "details", { class: "more" },
    element("summary", {}, "The whole passage"), element("p", { class: "text" }, wholeText(hit)),
  );
}

/** The passage's title where it has one, else its id. */
export function title(hit) {
  const { title } = hit.metadata ?? {};
  return typeof title === "string" && title.trim() ? title : hit.id;
}

function scores(hit) {
  const parts = Object.entries(hit.scores ?? {});
  if (parts.length < 2) return null;
  return element(
    "p", { class: "scores" },
    parts
      .sort(([one], [other]) => byStage(one, other))
      .map(([stage, score]) => element("span", {}, `${stageName(stage)} `, element("b", {}, figure(score)))),
  );
}

function metadata(hit) {
  const isShown = ([name, value]) => name !== "title" && value !== null && value !== "";
  const fields = Object.entries(hit.metadata ?? {}).filter(isShown);
  if (!fields.length) return null;
  return element(
    "dl", { class: "metadata" },
    fields.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, shown(value)))),
  );
}

/** A value as text; a web address can be followed, anything else that looks like one cannot. */
function shown(value) {
  const text = typeof value === "string" ? value : stringify(value);
  const isAddress = typeof value === "string" && /^https?:\/\/[^\s]+$/i.test(value) && URL.canParse(value);
  if (isAddress) {
    const words = text.replace(/^https?:\/\//i, "").replace(/\/$/, "");
    return element("a", { href: value, rel: "noopener noreferrer nofollow" }, words);
  }
  const characters = Array.from(text);
  return characters.length > longestValue ? `${characters.slice(0, longestValue).join("")} …` : text;
}
