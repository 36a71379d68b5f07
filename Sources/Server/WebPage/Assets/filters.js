// The side of the page: facets, conditions, and the filter as JSON.

import { inWords, operators, readConditions, typed, writeConditions } from "./conditions.js";
import { byID, element } from "./dom.js";
import { isFilter } from "./state.js";

const facetSize = 12;

/** The facets to ask for. */
export const facetRequest = (fields) => fields.facets.map((field) => ({ field, size: facetSize }));

export class Filters {
  #filter = null;
  #fields = null;

  /** `onChange` gets the new filter, null for none. */
  constructor(onChange) {
    this.onChange = onChange;
    this.facets = byID("facets");
    this.builder = byID("builder");
    this.conditions = byID("conditions");
    const details = byID("filters");
    const wide = matchMedia("(min-width: 62rem)");
    const open = () => (details.open = wide.matches);
    wide.addEventListener("change", open);
    open();
  }

  show(filter, fields, facets) {
    this.#filter = filter;
    this.#fields = fields;
    this.#showFacets(facets ?? {});
    this.#showBuilder();
    this.#showConditions();
  }

  #list = () => readConditions(this.#filter);

  #set(conditions) {
    this.onChange(writeConditions(conditions));
  }

  // Facets: each value a checkbox; those ticked are one "is one of".

  #showFacets(facets) {
    const list = this.#list();
    this.facets.replaceChildren(
      ...Object.entries(facets).map(([field, counts]) => {
        const chosen = list === null ? [] : chosenValues(list, field);
        const shown = [...counts, ...chosen.filter((value) => !counts.some((one) => one.value === value)).map((value) => ({ value, count: 0 }))];
        return element(
          "fieldset", { class: "facet", disabled: list === null }, element("legend", {}, field),
          element("ul", {}, shown.map((one) => this.#facetValue(field, one, chosen))),
        );
      }),
    );
  }

  #facetValue(field, { value, count }, chosen) {
    const box = element("input", {
      type: "checkbox", checked: chosen.includes(value),
      onchange: () => {
        const values = box.checked ? [...chosen, value] : chosen.filter((other) => other !== value);
        const others = this.#list().filter((one) => !(one.field === field && ["is", "in"].includes(one.operator)));
        if (values.length === 1) others.push({ field, operator: "is", value: values[0] });
        if (values.length > 1) others.push({ field, operator: "in", value: values });
        this.#set(others);
      },
    });
    return element(
      "li", {},
      element("label", {}, box, element("span", { class: "value" }, String(value)), element("span", { class: "count" }, count.toLocaleString("en"))),
    );
  }

  // What holds, above the hits.

  #showConditions() {
    const list = this.#list();
    const remove = (words, act) =>
      element("li", {}, element("button", { type: "button", "aria-label": `Remove the filter ${words}`, onclick: act }, words, element("span", { "aria-hidden": "true" }, "×")));
    const chips = list === null
      ? [remove(JSON.stringify(this.#filter), () => this.onChange(null))]
      : list.map((one) => remove(inWords(one), () => this.#set(list.filter((other) => other !== one))));
    this.conditions.replaceChildren(...chips);
    this.conditions.hidden = !chips.length;
  }

  // A condition of one's own, and the JSON.

  #showBuilder() {
    const field = element("input", { id: "field", type: "text", list: "field-names", spellcheck: "false", required: true });
    const operator = element("select", { id: "operator" }, operators.map(([value, label]) => element("option", { value }, label)));
    const value = element("input", { id: "value", type: "text", list: "field-values", spellcheck: "false" });
    const values = element("datalist", { id: "field-values" });
    field.addEventListener("input", () => {
      values.replaceChildren(...this.#fields.values(field.value).map((known) => element("option", { value: String(known) })));
    });
    operator.addEventListener("change", () => {
      value.disabled = operator.value === "absent";
      value.placeholder = operator.value === "in" ? "one, another" : "";
    });
    const isMore = this.#list() === null;
    const add = element(
      "form", {
        class: "condition", "aria-label": "Add a condition",
        onsubmit: (event) => {
          event.preventDefault();
          const known = this.#fields.values(field.value);
          const read = (text) => typed(text.trim(), known);
          const bound = operator.value === "absent" ? null
            : operator.value === "in" ? value.value.split(",").filter((text) => text.trim()).map(read) : read(value.value);
          this.#set([...this.#list(), { field: field.value.trim(), operator: operator.value, value: bound }]);
        },
      },
      element("label", {}, "Field", field),
      element("datalist", { id: "field-names" }, this.#fields.names.map((name) => element("option", { value: name }))),
      element("label", {}, element("span", { class: "unseen" }, "Relation"), operator),
      element("label", {}, "Value", value), values,
      element("button", { type: "submit" }, "Add"),
    );
    const own = element("details", { class: "more", hidden: isMore }, element("summary", {}, "Add a condition"), add);
    this.builder.replaceChildren(own, this.#rawFilter(isMore));
  }

  #rawFilter(isOpen) {
    const text = element("textarea", { id: "raw-filter", rows: 5, spellcheck: "false", value: this.#filter ? JSON.stringify(this.#filter, null, 1) : "", "aria-describedby": "raw-problem" });
    const problem = element("p", { id: "raw-problem", class: "wrong", role: "alert" });
    const use = () => {
      problem.textContent = "";
      text.removeAttribute("aria-invalid");
      if (!text.value.trim()) return this.onChange(null);
      try {
        const filter = JSON.parse(text.value);
        if (isFilter(filter)) return this.onChange(filter);
        problem.textContent = "A filter is a JSON object, such as {\"section\": \"net\"}.";
      } catch (error) {
        problem.textContent = `That is not JSON: ${error.message}`;
      }
      text.setAttribute("aria-invalid", "true");
    };
    return element(
      "details", { class: "more raw", open: isOpen }, element("summary", {}, "Filter as JSON"),
      element("label", { class: "unseen", for: "raw-filter" }, "JSON"), text, problem,
      element("button", { type: "button", onclick: use }, "Use this filter"),
    );
  }
}

function chosenValues(list, field) {
  return list
    .filter((one) => one.field === field && ["is", "in"].includes(one.operator))
    .flatMap((one) => one.value);
}
