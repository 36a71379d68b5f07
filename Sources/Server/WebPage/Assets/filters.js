// The side of the page: facets, conditions, and the filter as JSON.

import { inWords, operators, readConditions, typed, writeConditions } from "./conditions.js";
import { byID, element, setOptions } from "./dom.js";
import { parse, stringify } from "./json.js";
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

  /** `facets` that are null are still being counted. */
  show(filter, fields, facets) {
    const isOther = this.#fields !== fields || stringify(filter) !== stringify(this.#filter);
    this.#filter = filter;
    this.#fields = fields;
    keepingFocus(() => {
      if (facets !== null) this.#showFacets(facets);
      this.#showConditions();
      // What someone is writing stays.
      if (isOther) this.#showBuilder();
    });
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
        const uncounted = chosen.filter((value) => !counts.some((one) => one.value === value));
        const shown = [...counts, ...uncounted.map((value) => ({ value, count: 0 }))];
        return element(
          "fieldset", { class: "facet", disabled: list === null }, element("legend", {}, field),
          element("ul", {}, shown.map((one) => this.#facetValue(field, one, chosen))),
        );
      }),
    );
  }

  #facetValue(field, { value, count }, chosen) {
    const box = element("input", {
      type: "checkbox", checked: chosen.includes(value), "data-key": stringify([field, value]),
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
      element(
        "label", {}, box, element("span", { class: "value" }, String(value)),
        element("span", { class: "count" }, count.toLocaleString("en")),
      ),
    );
  }

  // What holds, above the hits.

  #showConditions() {
    const list = this.#list();
    const remove = (words, act) => {
      const label = `Remove the filter ${words}`;
      const names = { type: "button", "aria-label": label, "data-key": words };
      const cross = element("span", { "aria-hidden": "true" }, "×");
      return element("li", {}, element("button", { ...names, onclick: act }, words, cross));
    };
    const chips = list === null
      ? [remove(stringify(this.#filter), () => this.onChange(null))]
      : list.map((one) => remove(inWords(one), () => this.#set(list.filter((other) => other !== one))));
    this.conditions.replaceChildren(...chips);
    this.conditions.hidden = !chips.length;
  }

  // A condition of one's own, and the JSON.

  #showBuilder() {
    const input = (attributes) => element("input", { type: "text", spellcheck: "false", ...attributes });
    const field = input({ id: "field", list: "field-names", required: true });
    const names = element("datalist", { id: "field-names" });
    const asOptions = (known) => known.map((one) => element("option", { value: String(one) }));
    field.addEventListener("focus", () => names.replaceChildren(...asOptions(this.#fields.names)));
    const operator = element("select", { id: "operator" });
    setOptions(operator, operators, "is");
    const value = input({ id: "value", list: "field-values" });
    const values = element("datalist", { id: "field-values" });
    field.addEventListener("input", () => {
      values.replaceChildren(...asOptions(this.#fields.values(field.value)));
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
          const all = () => value.value.split(",").filter((text) => text.trim()).map(read);
          const bound = operator.value === "absent" ? null : operator.value === "in" ? all() : read(value.value);
          this.#set([...this.#list(), { field: field.value.trim(), operator: operator.value, value: bound }]);
        },
      },
      element("label", {}, "Field", field), names,
      element("label", {}, element("span", { class: "unseen" }, "Relation"), operator),
      element("label", {}, "Value", value), values,
      element("button", { type: "submit" }, "Add"),
    );
    const own = element("details", { class: "more", hidden: isMore }, element("summary", {}, "Add a condition"), add);
    this.builder.replaceChildren(own, this.#rawFilter(isMore));
  }

  #rawFilter(isOpen) {
    const text = element("textarea", {
      id: "raw-filter", rows: 5, spellcheck: "false", "aria-describedby": "raw-problem",
      value: this.#filter ? stringify(this.#filter, null, 1) : "",
    });
    const problem = element("p", { id: "raw-problem", class: "wrong", role: "alert" });
    const use = () => {
      problem.textContent = "";
      text.removeAttribute("aria-invalid");
      if (!text.value.trim()) return this.onChange(null);
      try {
        const filter = parse(text.value);
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

/** Makes controls anew; the one that had the focus has it again, or where it is gone, the results have. */
function keepingFocus(make) {
  const key = document.activeElement?.dataset.key;
  make();
  if (key === undefined || document.activeElement !== document.body) return;
  const same = [...document.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key);
  (same ?? byID("results")).focus({ preventScroll: true });
}

function chosenValues(list, field) {
  return list
    .filter((one) => one.field === field && ["is", "in"].includes(one.operator))
    .flatMap((one) => one.value);
}
