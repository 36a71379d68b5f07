// JSON whose whole numbers keep every digit: those that a double may have rounded are BigInts.
//
// A browser's own JSON makes a double of each number, which holds whole numbers up to 2^53; the
// server keeps 64 bits, so what the page shows of a number, or sends back in a filter, has to be that number.

/** Stands in front of the digits of a BigInt where only a string can go; nobody can have written it. */
const mark = Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("-");
const strings = /"(?:[^"\\]|\\.)*"/;
const numbers = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const tokens = new RegExp(`${strings.source}|${numbers.source}`, "g");
const marked = new RegExp(`"${mark}(-?\\d+)"`, "g");
/** Beyond this a double is written with an exponent, and read back as it was. */
const largestInDigits = 1e21;

/** A number as it was written: a BigInt where it is whole and beyond what a double counts one by one. */
export function exactNumber(text) {
  const number = Number(text);
  if (!Number.isInteger(number) || Number.isSafeInteger(number)) return number;
  if (/^-?\d+$/.test(text)) return BigInt(text);
  return Math.abs(number) < largestInDigits ? BigInt(number) : number;
}

/** The value of a JSON text. Throws what `JSON.parse` throws. */
export function parse(text) {
  // What is wrong with a text is told of the text as it was given.
  const value = JSON.parse(text);
  // Most answers have no such number.
  if (!/(?:^|[^.\d])\d{16}|\d[eE]\+?\d/.test(text)) return value;
  const exact = text.replace(tokens, (token) => {
    const number = token.startsWith("\"") ? null : exactNumber(token);
    return typeof number === "bigint" ? `"${mark}${number}"` : token;
  });
  const isMarked = (one) => typeof one === "string" && one.startsWith(mark);
  return JSON.parse(exact, (_, one) => (isMarked(one) ? BigInt(one.slice(mark.length)) : one));
}

/** The JSON text of a value, BigInts written in digits. */
export function stringify(value, indent) {
  const text = JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${mark}${one}` : one), indent);
  return text?.replace(marked, "$1");
}
