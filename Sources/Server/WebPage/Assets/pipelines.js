// The pipelines that can be chosen for an index: those that its models can serve, and any other written out.

import { byID, setOptions } from "./dom.js";

const names = { bm25: "BM25", tildev2: "TILDEv2", colbert: "ColBERT", feedback: "Feedback", "cross-encoder": "Cross-encoder" };

const order = Object.keys(names);

/** Compares stages by where they stand in a pipeline, others last. */
export const byStage = (one, other) => place(one) - place(other);
const place = (stage) => (order.includes(stage) ? order.indexOf(stage) : order.length);

/** The name of a stage for people. */
export const stageName = (stage) => names[stage] ?? stage;

/** `bm25:1000,colbert:50:interpolate:0.8` as `BM25 1000 → ColBERT 50 at 0.8`. */
export function inWords(pipeline) {
  return pipeline
    .split(",")
    .map((stage) => {
      const [name, keep, ...rest] = stage.trim().split(":");
      const combination = rest.map((word) => (word === "interpolate" ? "at" : word));
      return [stageName(name), keep, ...combination].filter(Boolean).join(" ");
    })
    .join(" → ");
}

/** `[value, label]` pairs; "" is the index's own pipeline. */
export function pipelineChoices(index) {
  const own = index.pipeline ?? "";
  const { colbert, tildev2 } = index.models ?? {};
  const others = ["bm25:1000"];
  if (tildev2) others.push("bm25:1000,tildev2:200", "bm25:1000,tildev2:200:interpolate:0.5");
  if (colbert) others.push("bm25:1000,colbert:50");
  if (colbert && tildev2) others.push("bm25:1000,tildev2:200,colbert:50");
  return [
    ["", own ? `${inWords(own)} (standard)` : "The index’s own"],
    ...others.filter((pipeline) => pipeline !== own).map((pipeline) => [pipeline, inWords(pipeline)]),
  ];
}

const none = "none";
const written = "written";

/** The two selects for pipelines, each with a text field for one that is not on the list. */
export class PipelinePicker {
  /** `id` is that of the select; `isOptional` adds the choice of none, which is null. */
  constructor(id, isOptional, onChange) {
    this.select = byID(id);
    this.input = byID(`${id}-text`);
    this.isOptional = isOptional;
    this.select.addEventListener("change", () => {
      this.#showInput();
      if (this.select.value !== written) return onChange();
      this.input.focus();
    });
    this.input.addEventListener("change", onChange);
  }

  show(index, value) {
    const choices = pipelineChoices(index);
    const isListed = value === null || choices.some(([listed]) => listed === value);
    const options = [...choices, [written, "Written out…"]];
    if (this.isOptional) options.unshift([none, "nothing"]);
    setOptions(this.select, options, value === null ? none : isListed ? value : written);
    this.input.value = isListed ? "" : value;
    this.#showInput();
  }

  get value() {
    if (this.select.value === none) return null;
    return this.select.value === written ? this.input.value.trim() : this.select.value;
  }

  #showInput() {
    this.input.closest("label").hidden = this.select.value !== written;
  }
}
