// Why a hit is where it is: each stage's part, as pictures and as words.

import { element, figure } from "./dom.js";
import { winningPairs } from "./interaction.js";
import { lateInteraction } from "./late-interaction.js";
import { byStage, stageName } from "./pipelines.js";
import { barTable } from "./table.js";
import { termWeights, weightsInWords } from "./term-weights.js";

/** The picture of a hit that the server has explained. */
export function explanationView(hit) {
  const explanation = hit.explanation ?? {};
  const sections = [
    scores(hit.scores ?? {}, explanation.cross_encoder),
    section("Late interaction", pairsInWords(explanation), lateInteraction({ ...hit, explanation })),
    section("Term weights", weightsInWords(explanation), termWeights(explanation)),
    section("Word matches", matchesInWords(explanation), wordMatches(explanation)),
    section("Feedback", feedbackInWords(explanation), feedback(explanation)),
  ].filter(Boolean);
  if (!sections.length) return element("p", { class: "wait" }, "The server has nothing to say about this hit.");
  return element("div", { class: "explanation" }, sections);
}

function section(title, words, content) {
  if (!content.length) return null;
  return element("section", {}, element("h4", {}, title), element("p", { class: "note" }, words), content);
}

function scores(known, crossEncoder) {
  const all = Number.isFinite(crossEncoder) ? { "cross-encoder": crossEncoder, ...known } : known;
  const stages = Object.entries(all).sort(([one], [other]) => byStage(one, other));
  if (!stages.length) return null;
  const entry = ([stage, score]) =>
    element("div", {}, element("dt", {}, stageName(stage)), element("dd", {}, figure(score)));
  return element("dl", { class: "stages" }, stages.map(entry));
}

function pairsInWords(explanation) {
  const sum = winningPairs(explanation).reduce((sum, pair) => sum + pair.score, 0);
  const about = "Each piece of the query looks for its nearest piece of the passage";
  return `${about}; their similarity times its weight is its score, ${figure(sum)} together.`;
}

function matchesInWords({ bm25 }) {
  const sum = (bm25 ?? []).reduce((sum, { score }) => sum + score, 0);
  return `BM25 counts words, rare ones for more: ${figure(sum)} in all.`;
}

function wordMatches({ bm25 }) {
  const sorted = [...(bm25 ?? [])].sort((one, other) => other.score - one.score);
  if (!sorted.length) return [];
  const rows = sorted.map(({ term, count, passages, score }) => {
    return { head: term, cells: [`${count}×`, passages.toLocaleString("en")], value: score };
  });
  return [barTable("BM25 by term", ["Term", "Here", "Passages with it", "Score"], rows)];
}

function feedbackInWords({ feedback }) {
  const sum = (feedback ?? []).reduce((sum, { weight, similarity }) => sum + weight * similarity, 0);
  return `How near the passage is to the best of the stages before, each by its weight: ${figure(sum)} together.`;
}

function feedback({ feedback }) {
  if (!feedback?.length) return [];
  const rows = feedback.map(({ id, weight, similarity }) => {
    return { head: id, cells: [figure(weight), figure(similarity)], value: weight * similarity };
  });
  return [barTable("Feedback by passage", ["Passage", "Weight", "Similarity", "Score"], rows)];
}
