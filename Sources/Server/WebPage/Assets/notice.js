// What went wrong, in words, with what can be done about it.

import { keyring } from "./api.js";
import { element } from "./dom.js";

const longestWait = 120;
const mostRetries = 3;

export class Notice {
  #timer = null;
  #retries = 0;

  /** `onRetry` asks again. */
  constructor(node, onRetry) {
    Object.assign(this, { node, onRetry });
  }

  /** After an answer: nothing is wrong. */
  clear() {
    this.#retries = 0;
    this.hide();
  }

  hide() {
    clearInterval(this.#timer);
    this.node.replaceChildren();
  }

  show(problem) {
    clearInterval(this.#timer);
    if (problem.kind === "key") return this.#askForKey(problem.message);
    const retry = () => {
      this.#retries = 0;
      this.onRetry();
    };
    const box = element("div", { class: "notice" }, element("p", {}, problem.message));
    if (problem.kind === "busy") this.#wait(problem, box);
    if (problem.kind !== "refused") box.append(element("button", { type: "button", onclick: retry }, "Try again"));
    this.node.replaceChildren(box);
  }

  /** Counts down what the server asked for, then tries again; not for ever. */
  #wait(problem, box) {
    if (problem.retryAfter === null || this.#retries >= mostRetries) return;
    this.#retries += 1;
    let seconds = Math.min(longestWait, Math.max(1, Math.ceil(problem.retryAfter)));
    // A live region that changed every second would be read out every second.
    const words = element("p", { "aria-live": "off" });
    const say = () => (words.textContent = `Trying again in ${seconds} s.`);
    say();
    box.append(words);
    this.#timer = setInterval(() => {
      seconds -= 1;
      if (seconds > 0) return say();
      clearInterval(this.#timer);
      this.onRetry();
    }, 1000);
  }

  #askForKey(message) {
    const input = element("input", { id: "key", type: "password", required: true, autocomplete: "off" });
    const form = element(
      "form", {
        class: "notice",
        onsubmit: (event) => {
          event.preventDefault();
          keyring.key = input.value.trim();
          this.onRetry();
        },
      },
      element("p", {}, message),
      element("label", { for: "key" }, "Key"), input, element("button", { type: "submit", class: "primary" }, "Use it"),
      element("p", { class: "note" }, "It is kept until this tab is closed, and sent to this server only."),
    );
    this.node.replaceChildren(form);
    input.focus();
  }
}
