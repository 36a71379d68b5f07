// What the page shows is what its address says: it can be sent to someone, and Back goes back.

import { parse, stringify } from "./json.js";

const standardSize = 10;
export const sizes = [10, 20, 50];

/** The state that an address's query string stands for; what it does not say is standard. */
export function readState(search) {
  const fields = new URLSearchParams(search);
  const page = Number(fields.get("page"));
  const size = Number(fields.get("size"));
  return {
    query: fields.get("q") ?? "",
    index: fields.get("index") ?? "",
    // "" is the index's own pipeline.
    pipeline: fields.get("pipeline") ?? "",
    // null is no comparison.
    against: fields.get("vs"),
    filter: readFilter(fields.get("filter")),
    page: Number.isInteger(page) && page > 0 && page < 10_000 ? page : 1,
    size: sizes.includes(size) ? size : standardSize,
    // Ids of the hits whose explanation is open, one a column.
    open: [fields.get("hit"), fields.get("hit2")],
  };
}

function readFilter(text) {
  if (!text) return null;
  try {
    const value = parse(text);
    return isFilter(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether a value has a filter's outer form; the server judges the rest. */
export function isFilter(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The query string for a state, short where things are standard. */
export function writeState(state) {
  const fields = new URLSearchParams();
  if (state.query) fields.set("q", state.query);
  if (state.index) fields.set("index", state.index);
  if (state.pipeline) fields.set("pipeline", state.pipeline);
  if (state.against !== null) fields.set("vs", state.against);
  if (state.filter) fields.set("filter", stringify(state.filter));
  if (state.page > 1) fields.set("page", state.page);
  if (state.size !== standardSize) fields.set("size", state.size);
  if (state.open[0] !== null) fields.set("hit", state.open[0]);
  if (state.open[1] !== null) fields.set("hit2", state.open[1]);
  const text = fields.toString();
  return text ? `?${text}` : location.pathname;
}
