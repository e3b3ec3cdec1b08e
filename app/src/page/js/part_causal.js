// The causal mask: the same scores, once seen whole and once without the future.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { attention, causalMask } from "./math.js";
import { matrixView } from "./matrix.js";

export function causalPart(app) {
  const { tokens, tokensK } = app.data.play;
  const { q, k, v } = app.result();
  const { heads, divide, temperature } = app.state;
  const mask = causalMask(q.rows, k.rows);
  const open = attention(q, k, v, { heads, divide, temperature }).heads[app.state.head];
  const hidden = attention(q, k, v, { heads, divide, temperature, mask }).heads[app.state.head];
  const table = (id, title, m, kind, places) => {
    const view = matrixView({
      id,
      title: t(title),
      shape: "[L, S]",
      rowLabels: tokens,
      colLabels: tokensK,
      kind,
      places,
    });
    view.update(m);
    return view.el;
  };
  const sign = (text) => h("span", { class: "operator", "aria-hidden": "true" }, text);
  const el = h(
    "div",
    {},
    h("h3", {}, t("withoutMask")),
    h(
      "div",
      { class: "flow" },
      h("div", { class: "stage" }, table("open-scaled", "scaled", open.scaled, "plain")),
      h(
        "div",
        { class: "stage" },
        sign("softmax"),
        table("open-weights", "weights", open.weights, "weights"),
      ),
    ),
    h("h3", {}, t("withMask")),
    h(
      "div",
      { class: "flow" },
      h("div", { class: "stage" }, table("causal-scaled", "scaled", hidden.scaled, "plain")),
      h("div", { class: "stage" }, sign("+"), table("causal-mask", "mask", mask, "mask", 0)),
      h(
        "div",
        { class: "stage" },
        sign("="),
        table("causal-masked", "masked", hidden.masked, "plain"),
      ),
      h(
        "div",
        { class: "stage" },
        sign("softmax"),
        table("causal-weights", "weights", hidden.weights, "weights"),
      ),
    ),
    h("p", {}, t("causalWhy")),
  );
  return { el };
}
