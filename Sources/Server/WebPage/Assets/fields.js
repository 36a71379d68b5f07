// Which metadata fields an index has, learned from what its hits and facets show.

const mostValues = 200;
const mostFacets = 4;
const longestFacetValue = 40;

/** The fields of one index, each with values seen and how good a facet it makes. */
export class Fields {
  #fields = new Map();

  get names() {
    return [...this.#fields.keys()].sort();
  }

  /** Values seen under a field, as they are in the JSON. */
  values(name) {
    return [...(this.#fields.get(name)?.values ?? [])];
  }

  learn(response) {
    for (const hit of response.hits ?? []) {
      for (const [name, value] of Object.entries(hit.metadata ?? {})) {
        for (const one of Array.isArray(value) ? value : [value]) this.#see(name, one);
      }
    }
    for (const [name, counts] of Object.entries(response.facets ?? {})) {
      for (const { value } of counts) this.#see(name, value);
    }
  }

  #see(name, value) {
    if (!["string", "number", "bigint", "boolean"].includes(typeof value)) return;
    if (!this.#fields.has(name)) this.#fields.set(name, { values: new Set(), seen: 0, long: 0 });
    const field = this.#fields.get(name);
    field.seen += 1;
    const text = String(value);
    const isNumber = ["number", "bigint"].includes(typeof value);
    if (isNumber || text.length > longestFacetValue || text.includes("://")) field.long += 1;
    if (field.values.size < mostValues) field.values.add(value);
  }

  /** Fields worth counting: short words, of which some come more than once. */
  get facets() {
    return [...this.#fields]
      .filter(([, { values, seen, long }]) => long === 0 && (values.size < seen || values.size === 1))
      .sort(([, one], [, other]) => one.values.size / one.seen - other.values.size / other.seen)
      .slice(0, mostFacets)
      .map(([name]) => name);
  }
}
