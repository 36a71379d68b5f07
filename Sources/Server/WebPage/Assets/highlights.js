// Texts with the words marked that matched. Spans count Unicode code points, as the server does, not UTF-16 units.

import { element } from "./dom.js";

const longestSnippet = 420;
const before = 60;

/** Spans in order, inside the text, none overlapping. */
function clean(spans, length) {
  const sorted = (spans ?? [])
    .filter((span) => Array.isArray(span) && span[0] >= 0 && span[0] < span[1] && span[1] <= length)
    .sort((one, other) => one[0] - other[0]);
  const kept = [];
  for (const span of sorted) if (!kept.length || span[0] >= kept.at(-1)[1]) kept.push(span);
  return kept;
}

/** Text nodes and `<mark>`s for part of a text. */
function marked(characters, spans, start, end) {
  const nodes = [];
  let place = start;
  for (const [from, to] of spans) {
    if (to <= start || from >= end) continue;
    if (from > place) nodes.push(characters.slice(place, from).join(""));
    nodes.push(element("mark", {}, characters.slice(Math.max(from, start), Math.min(to, end)).join("")));
    place = Math.min(to, end);
  }
  if (place < end) nodes.push(characters.slice(place, end).join(""));
  return nodes;
}

/** The whole of a hit's text, marked. */
export function wholeText(hit) {
  const characters = Array.from(hit.text ?? "");
  return marked(characters, clean(hit.highlights, characters.length), 0, characters.length);
}

/** A hit's text, or of a long one the part with most marks inside the window that won. */
export function snippet(hit, longest = longestSnippet) {
  const characters = Array.from(hit.text ?? "");
  const spans = clean(hit.highlights, characters.length);
  if (characters.length <= longest) return marked(characters, spans, 0, characters.length);
  const [low, high] = hit.span ? [hit.span.start, hit.span.end] : [0, characters.length];
  const starts = spans.map(([from]) => from).filter((from) => from >= low && from < high);
  let [start, most] = [low, starts.filter((from) => from < low + longest).length];
  for (const from of starts) {
    const candidate = Math.max(low, from - before);
    const marks = starts.filter((other) => other >= candidate && other < candidate + longest).length;
    if (marks > most) [start, most] = [candidate, marks];
  }
  start = wordStart(characters, start);
  const end = wordEnd(characters, Math.min(characters.length, start + longest));
  const nodes = marked(characters, spans, start, end);
  if (start > 0) nodes.unshift("…\u00a0");
  if (end < characters.length) nodes.push("\u00a0…");
  return nodes;
}

const isSpace = (character) => /\s/.test(character);

function wordStart(characters, place) {
  if (place === 0) return 0;
  for (let near = place; near < Math.min(place + 30, characters.length); near++) {
    if (isSpace(characters[near])) return near + 1;
  }
  return place;
}

function wordEnd(characters, place) {
  if (place === characters.length) return place;
  for (let near = place; near > Math.max(place - 30, 0); near--) if (isSpace(characters[near])) return near;
  return place;
}
