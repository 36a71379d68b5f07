// Filters as a list of conditions, which people can edit, and as the JSON that the server takes.
//
// A condition is {field, operator, value}; all of a list must hold. A filter that is more than that (or, nested) has no
// such list and is edited as JSON.

import { exactNumber } from "./json.js";

export const operators = [
  ["is", "is"],
  ["not", "is not"],
  ["in", "is one of"],
  ["gte", "at least"],
  ["lte", "at most"],
  ["gt", "more than"],
  ["lt", "less than"],
  ["absent", "is absent"],
];

const ranges = ["gt", "gte", "lt", "lte"];
const isScalar = (value) => value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The conditions of a filter, null where it is more than a list of them. */
export function readConditions(filter) {
  if (filter === null) return [];
  const conditions = [];
  for (const [field, value] of Object.entries(filter)) {
    const found = field === "and" ? readAll(value) : field === "or" ? null : readField(field, value);
    if (found === null) return null;
    conditions.push(...found);
  }
  return conditions;
}

function readAll(parts) {
  if (!Array.isArray(parts) || !parts.every(isObject)) return null;
  const lists = parts.map(readConditions);
  return lists.includes(null) ? null : lists.flat();
}

function readField(field, value) {
  if (field === "not") return readNegation(value);
  if (value === null) return [{ field, operator: "absent", value: null }];
  if (isScalar(value)) return [{ field, operator: "is", value }];
  if (!isObject(value) || !Object.keys(value).length) return null;
  const conditions = [];
  for (const [operator, bound] of Object.entries(value)) {
    const isList = operator === "in" && Array.isArray(bound) && bound.every(isScalar);
    const isRange = ranges.includes(operator) && isScalar(bound);
    if (!isList && !isRange) return null;
    conditions.push({ field, operator, value: bound });
  }
  return conditions;
}

function readNegation(inner) {
  if (!isObject(inner)) return null;
  const entries = Object.entries(inner);
  if (entries.length !== 1) return null;
  const [field, value] = entries[0];
  const isPlain = !["and", "or", "not"].includes(field) && isScalar(value) && value !== null;
  return isPlain ? [{ field, operator: "not", value }] : null;
}

/** The filter that a list of conditions stands for; null for none. */
export function writeConditions(conditions) {
  const parts = conditions.map(({ field, operator, value }) => {
    if (operator === "is") return { [field]: value };
    if (operator === "not") return { not: { [field]: value } };
    if (operator === "absent") return { [field]: null };
    return { [field]: { [operator]: value } };
  });
  if (!parts.length) return null;
  const fields = parts.flatMap(Object.keys);
  // Not assign, which would lose a field named __proto__.
  return new Set(fields).size === fields.length ? Object.fromEntries(parts.flatMap(Object.entries)) : { and: parts };
}

/** A condition in words. */
export function inWords({ field, operator, value }) {
  const words = operators.find(([name]) => name === operator)?.[1] ?? operator;
  if (operator === "absent") return `${field} ${words}`;
  return `${field} ${words} ${Array.isArray(value) ? value.join(", ") : value}`;
}

/** What someone typed, as the type that the field's known values have. */
export function typed(text, known) {
  const kinds = new Set(known.map((value) => typeof value));
  if (kinds.has("string")) return text;
  if (kinds.has("boolean") && (text === "true" || text === "false")) return text === "true";
  const number = exactNumber(text.trim());
  return text.trim() !== "" && (typeof number === "bigint" || Number.isFinite(number)) ? number : text;
}
