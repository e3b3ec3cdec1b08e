// The page's numbers beside those that Rust computed when it wrote the page.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { attention } from "./math.js";
import { maskOf } from "./model.js";
import { startState } from "./state.js";

// The largest difference over weights and output, from the inputs as they were given.
export function largestDifference(data) {
  const start = startState(data);
  const { q, k, v, heads } = data.play;
  const result = attention(q, k, v, { heads, mask: maskOf(start, data) });
  let largest = 0;
  for (const name of ["weights", "output"]) {
    const step = data.steps.find((one) => one.name === name);
    if (!step) continue;
    const each = result.heads.flatMap((head) => Array.from(head[name].data));
    each.forEach((x, i) => {
      largest = Math.max(largest, Math.abs(x - step.tensor[i]));
    });
  }
  return largest;
}

export function agreement(app) {
  const difference = largestDifference(app.data);
  const text = difference <= 1e-5 ? "agrees" : "differs";
  return h("p", { class: "quiet agreement" }, t(text, { difference: difference.toExponential(1) }));
}
