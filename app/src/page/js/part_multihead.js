// Several heads: the columns of Q, K and V are shared out, each head attends by itself, and the
// outputs are laid side by side again.

import { choice, field, h } from "./dom.js";
import { t } from "./i18n.js";
import { headColour } from "./look.js";
import { matrixView } from "./matrix.js";
import { headChoices } from "./model.js";
import { dimensions } from "./play.js";

export function multiheadPart(app) {
  const result = app.result();
  const { tokens, tokensK } = app.data.play;
  const { heads } = app.state;
  const options = headChoices(app.data)
    .slice(0, 8)
    .map((n) => ({ value: n, label: String(n) }));
  const pick = choice({
    label: t("heads"),
    name: "heads",
    value: heads,
    options,
    onchoose: (n) => app.set({ heads: n, head: 0 }, true),
  });
  const whole = [
    ["q", "queries", result.q, tokens],
    ["k", "keys", result.k, tokensK],
    ["v", "values", result.v, tokensK],
  ];
  const el = h(
    "div",
    { class: "multihead" },
    h("div", { class: "controls" }, field(t("heads"), pick.el)),
    options.length === 1 ? h("p", { class: "notice", role: "note" }, t("oneHeadOnly")) : null,
    h("h3", {}, t("splitTitle")),
    h(
      "div",
      { class: "flow" },
      whole.map(([id, title, m, rows]) => banded(`split-${id}`, t(title), m, rows, heads)),
    ),
    h("h3", {}, t("eachHead")),
    h(
      "div",
      { class: "head-rows" },
      result.heads.slice(0, 8).map((head, n) => headRow(head, n, tokens, tokensK)),
    ),
    result.heads.length > 8
      ? h("p", { class: "quiet" }, t("moreHeads", { n: result.heads.length - 8 }))
      : null,
    h("h3", {}, t("concatTitle")),
    h("div", { class: "flow" }, banded("concat", t("output"), result.output, tokens, heads)),
    h("p", {}, t("concatThen")),
  );
  return { el };
}

function small(id, title, m, rowLabels, colLabels, kind) {
  const view = matrixView({
    id,
    title,
    shape: `[${m.rows}, ${m.cols}]`,
    rowLabels,
    colLabels,
    kind,
    places: 3,
  });
  view.update(m);
  return view;
}

// A matrix whose columns carry the colours of the heads that they belong to.
function banded(id, title, m, rowLabels, heads) {
  const view = small(id, title, m, rowLabels, dimensions(m.cols, "d"), "plain");
  const strip = Array.from({ length: heads }, (_, n) =>
    h(
      "span",
      { class: "band", style: { "background-color": headColour(n) } },
      t("headN", { n: n + 1 }),
    ),
  );
  return h("div", { class: "stage" }, h("div", {}, h("div", { class: "bands" }, strip), view.el));
}

function headRow(head, n, tokens, tokensK) {
  const pieces = [
    ["q", head.q, tokens, dimensions(head.q.cols, "d"), "plain"],
    ["k", head.k, tokensK, dimensions(head.k.cols, "d"), "plain"],
    ["weights", head.weights, tokens, tokensK, "weights"],
    ["v", head.v, tokensK, dimensions(head.v.cols, "d"), "plain"],
    ["output", head.output, tokens, dimensions(head.output.cols, "d"), "plain"],
  ];
  const signs = { k: "·", weights: "→", v: "×", output: "=" };
  const titles = { q: "q", k: "k", v: "v", weights: t("weights"), output: t("output") };
  const stages = pieces.map(([id, m, rows, cols, kind]) => {
    const view = small(`head${n + 1}-${id}`, titles[id], m, rows, cols, kind);
    return h(
      "div",
      { class: "stage" },
      signs[id] ? h("span", { class: "operator", "aria-hidden": "true" }, signs[id]) : null,
      view.el,
    );
  });
  return h(
    "section",
    { class: "head-row", style: { "border-left-color": headColour(n) } },
    h("h4", {}, t("headN", { n: n + 1 })),
    h("div", { class: "flow" }, stages),
  );
}
