// Read: the six steps, each with one sentence, formula, Python beside Rust, and its own numbers;
// pointing at a result lights up what made it.

import { journey, outputText } from "./arithmetic.js";
import { choice, field, h, tokenLabel } from "./dom.js";
import { t } from "./i18n.js";
import { lightsBehind } from "./lights.js";
import { matrixView } from "./matrix.js";
import { matrix, rowOf, transposed } from "./math.js";
import { agreement } from "./agreement.js";
import { brief } from "./numbers.js";
import { dimensions } from "./play.js";

// What stands beside what in each step; `=>` comes before the result.
const CARDS = [
  { name: "vectors", shows: ["q", "k", "v"], signs: ["", "", ""] },
  { name: "scores", shows: ["q", "kt", "scores"], signs: ["", "·", "="] },
  { name: "scaled", shows: ["scores", "scaled"], signs: ["", "÷ √d ="] },
  { name: "masked", shows: ["scaled", "mask", "masked"], signs: ["", "+", "="] },
  { name: "weights", shows: ["masked", "weights"], signs: ["", "softmax ="] },
  { name: "output", shows: ["weights", "v", "output"], signs: ["", "·", "="] },
];

export function readView(app) {
  const cards = CARDS.map((card, n) => stepCard(app, card, n));
  const el = h(
    "div",
    { class: "read" },
    h("p", { class: "lead" }, t("readLead")),
    readControls(app),
    cards.map((card) => card.el),
    agreement(app),
  );
  return { el, update: () => cards.forEach((card) => card.update()) };
}

function readControls(app) {
  const { tokens } = app.data.play;
  const { state } = app;
  const words = [
    { value: -1, label: t("allWords") },
    ...tokens.slice(0, 12).map((token, i) => ({ value: i, label: tokenLabel(token) })),
  ];
  const rows = choice({
    label: t("whichWord"),
    name: "row",
    value: state.row,
    options: words,
    onchoose: (row) => app.set({ row }, true),
  });
  const controls = [field(t("whichWord"), rows.el)];
  if (state.heads > 1) {
    const options = Array.from({ length: state.heads }, (_, i) => ({
      value: i,
      label: String(i + 1),
    }));
    const pick = choice({
      label: t("shownHead"),
      name: "head",
      value: state.head,
      options,
      onchoose: (head) => app.set({ head }, true),
    });
    controls.push(field(t("shownHead"), pick.el));
  }
  return h("div", { class: "controls" }, controls);
}

function linesOf(app, name) {
  return app.data.steps.find((step) => step.name === name) ?? { formula: "", python: "", rust: "" };
}

function code(label, text) {
  return h(
    "div",
    { class: "code" },
    h("span", { class: "code-label" }, label),
    h("pre", { tabindex: "0" }, h("code", {}, text)),
  );
}

function stepCard(app, card, n) {
  const lines = linesOf(app, card.name);
  const hint = card.name === "vectors" ? null : h("p", { class: "quiet" }, t("pointHint"));
  const sums = h("div", { class: "sums" }, hint ?? []);
  const tables = cardTables(app, card, sums);
  const el = h(
    "article",
    { class: "card", "aria-labelledby": `step-${card.name}`, "data-step": card.name },
    h(
      "h2",
      { id: `step-${card.name}` },
      h("span", { class: "step-number" }, String(n + 1)),
      t(`step_${card.name}`),
    ),
    h("p", {}, t(`say_${card.name}`)),
    card.name === "masked" && !app.result().mask
      ? h("p", { class: "quiet" }, t("noMaskHere"))
      : null,
    lines.formula ? h("p", { class: "formula" }, lines.formula) : null,
    h("div", { class: "codes" }, code("Python", lines.python), code("Rust", lines.rust)),
    h(
      "div",
      { class: "flow" },
      tables.map(({ sign, view }) =>
        h(
          "div",
          { class: "stage" },
          sign ? h("span", { class: "operator", "aria-hidden": "true" }, sign) : null,
          view.el,
        ),
      ),
    ),
    hint ? sums : null,
  );
  const update = () => tables.forEach((table) => table.update());
  update();
  return { el, update };
}

// The numbers behind each name, for the head that is shown.
function contents(app) {
  const result = app.result();
  const head = result.heads[app.state.head];
  const { scores, scaled, masked, weights, output } = head;
  const mask = result.mask ?? matrix(scores.rows, scores.cols);
  return {
    q: head.q,
    k: head.k,
    kt: transposed(head.k),
    v: head.v,
    scores,
    scaled,
    mask,
    masked,
    weights,
    output,
  };
}

function shapeOf(name, m) {
  const letters = { q: "L, D", k: "S, D", kt: "D, S", v: "S, Dv", output: "L, Dv" }[name] ?? "L, S";
  const [a, b] = letters.split(", ");
  return `[${a}=${m.rows}, ${b}=${m.cols}]`;
}

function labelsOf(app, name, m) {
  const { tokens, tokensK } = app.data.play;
  if (name === "kt") return { rows: dimensions(m.rows, "d"), cols: tokensK };
  if (name === "k" || name === "v") return { rows: tokensK, cols: dimensions(m.cols, "d") };
  if (name === "q" || name === "output") return { rows: tokens, cols: dimensions(m.cols, "d") };
  return { rows: tokens, cols: tokensK };
}

const TITLES = { q: "queries", k: "keys", kt: "keysTurned", v: "values" };

function cardTables(app, card, sums) {
  const chosen = app.state.row;
  const whole = contents(app);
  const tables = card.shows.map((name, n) => {
    const m = whole[name];
    const labels = labelsOf(app, name, m);
    // Rows that belong to queries can be cut down to the one word that is followed.
    const cut = chosen >= 0 && !["k", "kt", "v"].includes(name);
    const kind = name === "weights" || name === "mask" ? name : "plain";
    const view = matrixView({
      id: `${card.name}-${name}`,
      title: t(TITLES[name] ?? name),
      shape: shapeOf(name, m),
      kind,
      places: name === "mask" ? 0 : 4,
      rowLabels: cut ? [labels.rows[chosen]] : labels.rows,
      colLabels: labels.cols,
      onpoint: (i, j) => pointIn(app, card, tables, sums, name, cut ? chosen : i, j),
      onleave: () => tables.forEach((table) => table.view.light(null)),
    });
    const update = () => {
      const now = contents(app)[name];
      view.update(cut ? matrix(1, now.cols, Float64Array.from(rowOf(now, chosen))) : now);
    };
    return { name, view, cut, update, sign: card.signs[n] };
  });
  return tables;
}

function pointIn(app, card, tables, sums, name, i, j) {
  const result = app.result();
  const { head: own, row: chosen, temperature } = app.state;
  const head = result.heads[own];
  const step = ["q", "k", "kt", "v"].includes(name) ? null : name;
  // One head stands alone here, so its columns are counted from zero.
  const lights = step ? lightsBehind(step, i, j, { result: { width: result.width }, head: 0 }) : {};
  lights.kt = lights.k && ((r, c) => lights.k(c, r));
  for (const table of tables) {
    const how = lights[table.name];
    table.view.light(how ? (r, c) => how(table.cut ? chosen : r, c) : () => "");
  }
  if (!step) return undefined;
  const parts = { result, head, mask: result.mask, temperature };
  const lines = step === "output" ? [outputText(head, i, j)] : journey(step, parts, i, j).slice(-1);
  if (step === "weights")
    lines.push(`Σ = ${brief(rowOf(head.weights, i).reduce((a, b) => a + b, 0))}`);
  sums.replaceChildren(...lines.map((line) => h("p", {}, line)));
  return lines[0];
}
