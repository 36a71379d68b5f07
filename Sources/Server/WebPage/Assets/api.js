// The REST interface as this page uses it; failures become `Problem`s with words.

import { parse, stringify } from "./json.js";

const keyName = "passerine-key";

/** Why an answer did not come: `kind` is unreachable, key, busy or refused; `message` is for people. */
export class Problem extends Error {
  constructor(kind, message, retryAfter = null) {
    super(message);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

export const keyring = {
  get key() {
    return sessionStorage.getItem(keyName);
  },
  /** Kept until the tab closes; null forgets it. */
  set key(value) {
    if (value) sessionStorage.setItem(keyName, value);
    else sessionStorage.removeItem(keyName);
  },
};

/** The parsed answer of a GET, or of a POST where there is a body. Throws `Problem`. */
async function ask(path, { body, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (keyring.key) headers.Authorization = `Bearer ${keyring.key}`;
  let response, answer;
  try {
    response = await fetch(path, {
      method: body ? "POST" : "GET", headers, signal, credentials: "same-origin",
      body: body && stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    // A key with a character that no header can carry never leaves the browser.
    const isSendable = !keyring.key || /^[\x21-\x7e]+$/.test(keyring.key);
    if (!isSendable) throw new Problem("key", "That key has characters no key has.");
    throw new Problem("unreachable", "The server does not answer. It may be stopped, or the network is down.");
  }
  try {
    answer = parse(await response.text());
  } catch (error) {
    if (error.name === "AbortError") throw error;
    answer = null;
  }
  if (response.ok && answer !== null) return answer;
  throw problem(response, answer?.error?.message);
}

function problem(response, message) {
  const { status } = response;
  if (status === 401) {
    return new Problem("key", keyring.key ? "The server does not know this key." : "This server asks for a key.");
  }
  if (status === 503 || status === 429) {
    const seconds = Number(response.headers.get("Retry-After"));
    const retryAfter = response.headers.has("Retry-After") && Number.isFinite(seconds) ? seconds : null;
    return new Problem("busy", message ?? "The server has too much to do at the moment.", retryAfter);
  }
  if (response.ok) return new Problem("refused", "The server's answer could not be read.");
  return new Problem("refused", message ?? `The server answered with status ${status} and gave no reason.`);
}

const indexPath = (name) => `/v1/indexes/${encodeURIComponent(name)}`;

export const listIndexes = async () => (await ask("/v1/indexes")).indexes ?? [];
export const serverVersion = async () => (await ask("/healthz")).version ?? "";
export const search = (index, body, signal) => ask(`${indexPath(index)}/search`, { body, signal });
