// The page as a whole: reads its address, asks the server, shows the answer. The module to read first.

import { keyring, listIndexes, Problem, search, serverVersion } from "./api.js";
import { Comparison } from "./comparison.js";
import { byID, counted, element, figure, setOptions } from "./dom.js";
import { explanationView } from "./explanation.js";
import { Fields } from "./fields.js";
import { facetRequest, Filters } from "./filters.js";
import { HitList } from "./hits.js";
import { listenToKeys } from "./keyboard.js";
import { Notice } from "./notice.js";
import { showPager } from "./pager.js";
import { PipelinePicker } from "./pipelines.js";
import { readState, writeState } from "./state.js";
import { timingBar } from "./timing.js";

let state = readState(location.search);
let indexes = [];
let running = null;
/** The columns of hits shown, one or two. */
let lists = [];
const fieldsOf = new Map();

const box = byID("query");
const choice = byID("index");
const notice = new Notice(byID("problem"), () => (indexes.length ? run() : start()));
/** From the first page, with nothing open. */
const atStart = { page: 1, open: [null, null] };
const filters = new Filters((filter) => go({ filter, ...atStart }));
const pipeline = new PipelinePicker("pipeline", false, () => go({ pipeline: pipeline.value, ...atStart }));
const against = new PipelinePicker("against", true, () => go({ against: against.value, ...atStart }));

const index = () => indexes.find((one) => one.name === state.index);
const fields = () => {
  if (!fieldsOf.has(state.index)) fieldsOf.set(state.index, new Fields());
  return fieldsOf.get(state.index);
};

/** Changes the state and the address, and asks anew. */
function go(changes) {
  state = { ...state, query: box.value, ...changes };
  history.pushState(null, "", writeState(state));
  show();
  return run();
}

/** Puts the state into the controls. */
function show() {
  const opened = index() ?? {};
  box.value = state.query;
  document.title = state.query ? `${state.query} – Passerine` : "Passerine";
  choice.value = state.index;
  pipeline.show(opened, state.pipeline);
  against.show(opened, state.against);
  byID("forget-key").hidden = !keyring.key;
  byID("summary").textContent = Number.isFinite(opened.passages) ? counted(opened.passages, "passage", "passages") : "";
  document.body.classList.toggle("comparing", state.against !== null);
}

/** The request for a pipeline, its explanations left out. */
function body(pipeline) {
  const request = { query: state.query, k: state.size, highlight: true };
  if (pipeline) request.pipeline = pipeline;
  if (state.page > 1) request.offset = (state.page - 1) * state.size;
  if (state.filter) request.filter = state.filter;
  const facets = facetRequest(fields());
  if (facets.length) request.facets = facets;
  return request;
}

/** Asks what the state says and shows the answers. */
async function run() {
  running?.abort();
  const current = (running = new AbortController());
  notice.hide();
  const isAsked = state.query.trim() !== "" && index() !== undefined;
  byID("welcome").hidden = isAsked;
  if (!isAsked) return clear();
  byID("results").setAttribute("aria-busy", "true");
  try {
    const pipelines = state.against === null ? [state.pipeline] : [state.pipeline, state.against];
    const responses = await Promise.all(pipelines.map((one) => search(state.index, body(one), current.signal)));
    responses.forEach((response) => fields().learn(response));
    present(responses, pipelines);
    notice.clear();
    byID("results").setAttribute("aria-busy", "false");
    await countFacets(responses[0], current.signal);
  } catch (error) {
    fail(error, current);
  }
}

/** An index's first hits tell which fields it has; their counts come after. */
async function countFacets(response, signal) {
  const facets = facetRequest(fields());
  if (response.facets || !facets.length) return;
  const request = { ...body(state.pipeline), k: 1, offset: 0, include_text: false, highlight: false, facets };
  const counted = await search(state.index, request, signal);
  fields().learn(counted);
  filters.show(state.filter, fields(), counted.facets);
}

function fail(error, current) {
  if (current !== running || error.name === "AbortError") return;
  byID("results").setAttribute("aria-busy", "false");
  if (!(error instanceof Problem)) throw error;
  clear();
  notice.show(error);
}

function clear() {
  lists = [];
  byID("hits").replaceChildren();
  byID("timing").replaceChildren();
  byID("status").textContent = "";
  byID("pages").hidden = true;
  filters.show(state.filter, fields(), {});
}

function present(responses, pipelines) {
  const column = (side) => ({ explain: (hit) => explain(hit, pipelines[side]), onOpen: (id) => remember(side, id) });
  const [first] = responses;
  if (responses.length === 2) {
    const comparison = new Comparison(responses, column);
    lists = comparison.lists;
    byID("status").textContent = comparison.summary;
    byID("timing").replaceChildren();
    byID("hits").replaceChildren(comparison.node);
  } else {
    lists = [new HitList(first.hits, column(0))];
    byID("status").textContent = outcome(first);
    byID("timing").replaceChildren(...[timingBar(first.milliseconds)].filter(Boolean));
    byID("hits").replaceChildren(lists[0].node);
  }
  filters.show(state.filter, fields(), first.facets ?? null);
  const isLast = responses.every((response) => response.hits.length < state.size);
  showPager(state, isLast, {
    onPage: (page) => {
      go({ ...atStart, page });
      byID("results").focus();
      scrollTo(0, 0);
    },
    onSize: (size) => go({ size, ...atStart }),
  });
  state.open.forEach((id, side) => id !== null && lists[side]?.show(id));
}

function outcome({ hits, milliseconds }) {
  if (!hits.length) return state.page > 1 ? "No more hits." : "Nothing found. Other words may do, or fewer filters.";
  const span = hits.length === 1 ? `Hit ${hits[0].rank}` : `Hits ${hits[0].rank} to ${hits.at(-1).rank}`;
  return `${span}, in ${figure(milliseconds?.total)} ms`;
}

/** Asks for one hit's explanation. */
async function explain(hit, pipeline) {
  const { facets, offset, ...request } = body(pipeline);
  try {
    const response = await search(state.index, { ...request, k: 1, offset: hit.rank - 1, explain: true });
    const explained = response.hits.find((other) => other.id === hit.id);
    if (explained) return explanationView(explained);
    return element("p", { class: "wait" }, "The index has changed since; search again.");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return element("p", { class: "wait", role: "alert" }, error.message);
  }
}

/** Keeps in the address which hit is open; that is no step of its own for Back. */
function remember(side, id) {
  state.open = state.open.map((other, place) => (place === side ? id : other));
  history.replaceState(null, "", writeState(state));
}

function closeOpen() {
  const open = lists.filter((list) => list.open !== null);
  const inside = open.find((list) => list.node.contains(document.activeElement));
  const one = inside ?? (document.activeElement === box ? null : open[0]);
  one?.close();
  return Boolean(one);
}

async function start() {
  notice.hide();
  try {
    indexes = (await listIndexes()).filter((one) => !one.error);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return notice.show(error);
  }
  if (!indexes.length) {
    return notice.show(new Problem("refused", "The server has no index yet. `passerine index` makes one."));
  }
  setOptions(choice, indexes.map(({ name }) => [name, name]), state.index);
  const asked = state.index;
  if (!index()) state.index = indexes[0].name;
  show();
  await run();
  if (asked && asked !== state.index) {
    notice.show(new Problem("refused", `There is no index named ${asked}; this is ${state.index}.`));
  }
  serverVersion().then((version) => (byID("version").textContent = `Passerine ${version}`), () => {});
}

byID("form").addEventListener("submit", (event) => {
  event.preventDefault();
  go(atStart);
});
choice.addEventListener("change", () => {
  go({ index: choice.value, pipeline: "", against: state.against === null ? null : "", filter: null, ...atStart });
});
byID("forget-key").addEventListener("click", () => {
  keyring.key = null;
  show();
  run();
});
addEventListener("popstate", () => {
  state = { ...readState(location.search), index: readState(location.search).index || indexes[0]?.name || "" };
  show();
  run();
});
listenToKeys(closeOpen);
if (!state.query) box.focus();
start();
