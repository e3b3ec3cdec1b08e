// Attention between two sequences, step by step: the decoder's state asks, the encoder's states
// answer. This input's queries stand for decoder states, its keys and values for encoder states.

import { choice, field, h, subscript } from "./dom.js";
import { t } from "./i18n.js";
import { at, attention, rowOf } from "./math.js";
import { matrixView } from "./matrix.js";
import { brief } from "./numbers.js";
import { dimensions } from "./play.js";
import { showScene } from "./paint.js";
import { viridis, css } from "./colour.js";
import { Scene } from "./scene.js";
import { colourOf } from "./theme.js";

export function seq2seqPart(app) {
  const step = Math.min(app.state.aligned, app.data.play.q.rows - 1);
  const { tokens } = app.data.play;
  // Between two sentences nothing is in the future: no mask.
  const { q, k, v } = app.result();
  const { heads, divide, temperature } = app.state;
  const result = attention(q, k, v, { heads, divide, temperature });
  const head = result.heads[app.state.head];
  const options = tokens.slice(0, 16).map((_, i) => ({ value: i, label: `t = ${i + 1}` }));
  const pick = choice({
    label: t("decoderStep"),
    name: "aligned",
    value: step,
    options,
    onchoose: (i) => app.set({ aligned: i }, true),
  });
  const canvas = h("canvas", { role: "img", "aria-label": t("seq2seqLabel") });
  const el = h(
    "div",
    {},
    h("div", { class: "controls" }, field(t("decoderStep"), pick.el), headPick(app)),
    heads > 1
      ? h("p", { class: "hint" }, t("oneOfHeads", { head: app.state.head + 1, n: heads }))
      : null,
    h("div", { class: "canvas-scroll" }, canvas),
    stepSums(app, result, head, step),
    alignment(app, head, step),
    h("h3", {}, t("scoreFunctions")),
    scoreFunctions(),
  );
  return { el, shown: () => paintStep(canvas, app, head, step, el.clientWidth || 640) };
}

// Each head has weights of its own, so one is shown at a time, and which can be chosen.
function headPick(app) {
  const { heads, head } = app.state;
  if (heads === 1) return null;
  const options = Array.from({ length: heads }, (_, n) => ({ value: n, label: String(n + 1) }));
  const pick = choice({
    label: t("shownHead"),
    name: "head",
    value: head,
    options,
    onchoose: (n) => app.set({ head: n }, true),
  });
  return field(t("shownHead"), pick.el);
}

function stepSums(app, result, head, i) {
  const weights = rowOf(head.weights, i);
  const n = weights.length;
  const first = Array.from({ length: Math.min(n, 6) }, (_, j) => j);
  const rest = n > 6 ? " …" : "";
  const lines = [
    `${t("sumScores")}: ${first.map((j) => `q${subscript(i + 1)}·k${subscript(j + 1)} = ${brief(at(head.scores, i, j))}`).join(",  ")}${rest}`,
    ...dividedSums(app, result, head, i, first, rest),
    `${t("sumWeights")}: ${first.map((j) => brief(weights[j])).join(" + ")}${rest} = ${brief(weights.reduce((a, b) => a + b, 0))}`,
    `${t("sumContext")}: c${subscript(i + 1)} = ${first.map((j) => `${brief(weights[j])}·v${subscript(j + 1)}`).join(" + ")}${rest} = [${rowOf(
      head.output,
      i,
    )
      .slice(0, 8)
      .map((x) => brief(x))
      .join(", ")}${head.output.cols > 8 ? ", …" : ""}]`,
  ];
  return h(
    "div",
    { class: "sums" },
    lines.map((line) => h("p", {}, line)),
  );
}

// What softmax is given: the scores after ÷ √d, and after the temperature where there is one.
function dividedSums({ state: { temperature } }, result, head, i, first, rest) {
  const lines = [];
  if (result.scale !== 1) {
    const root = `√${result.width}`;
    const each = first.map((j) => `${brief(at(head.scores, i, j))} ÷ ${root} = ${brief(at(head.scaled, i, j))}`);
    lines.push(`÷ √d: ${each.join(",  ")}${rest}`);
  }
  if (temperature !== 1) {
    const each = first.map((j) => `${brief(at(head.scaled, i, j))} ÷ ${brief(temperature)} = ${brief(at(head.scaled, i, j) / temperature)}`);
    lines.push(`${t("temperature")}: ${each.join(",  ")}${rest}`);
  }
  return lines;
}

// All the steps so far, one row each: the matrix that the readings show for translations.
function alignment(app, head, step) {
  const { tokens, tokensK } = app.data.play;
  const view = matrixView({
    id: "alignment",
    title: t("alignment"),
    shape: "[T, S]",
    rowLabels: tokens,
    colLabels: tokensK,
    kind: "weights",
  });
  view.update(head.weights);
  view.light((i) => (i === step ? "lit" : i > step ? "dim" : ""));
  const context = matrixView({
    id: "context",
    title: t("context"),
    shape: "[T, Dv]",
    rowLabels: tokens,
    colLabels: dimensions(head.output.cols, "d"),
    kind: "plain",
  });
  context.update(head.output);
  context.light((i) => (i === step ? "lit" : i > step ? "dim" : ""));
  return h(
    "div",
    { class: "flow" },
    h("div", { class: "stage" }, view.el),
    h(
      "div",
      { class: "stage" },
      h("span", { class: "operator", "aria-hidden": "true" }, "× V ="),
      context.el,
    ),
  );
}

const TOP = 120;
const BOX = 30;

function paintStep(canvas, app, head, step, room) {
  const { tokens, tokensK } = app.data.play;
  const n = Math.min(tokensK.length, Math.max(3, Math.floor(room / 64)));
  const gap = Math.min(120, (room - 20) / n);
  const width = Math.max(300, n * gap + 24);
  const scene = new Scene(width, 306, colourOf("panel"));
  const [ink, quiet] = [colourOf("ink"), colourOf("quiet")];
  scene.text(12, 16, t("encoderStates"), { fill: quiet, size: 12 });
  for (let j = 0; j < n; j++) {
    const weight = at(head.weights, step, j);
    const x = 12 + j * gap;
    const middle = x + gap / 2;
    scene.drop(middle, TOP + BOX, width / 2, 226, {
      stroke: colourOf("accent"),
      lineWidth: 1 + 9 * weight,
      opacity: 0.2 + 0.8 * weight,
    });
    const tall = 70 * weight;
    scene.rect(middle - 8, TOP - tall, 16, tall, { fill: css(viridis(weight)), radius: 2 });
    scene.text(middle, TOP - tall - 11, brief(weight, 2), { fill: ink, size: 12, align: "center" });
    state(scene, middle, TOP, gap - 10, tokensK[j], "accent");
  }
  if (n < tokensK.length) scene.text(width - 12, TOP + 15, "…", { fill: quiet, align: "right" });
  state(scene, width / 2, 226, 110, tokens[step], "warm");
  scene.text(width / 2, 274, `c${subscript(step + 1)} = Σ α·v`, {
    fill: quiet,
    size: 13,
    align: "center",
  });
  // Below, as the encoder's stands above: beside the box there is no room for the Spanish words.
  scene.text(12, 290, t("decoderState"), { fill: quiet, size: 12, room: width - 24 });
  showScene(canvas, scene);
}

function state(scene, middle, top, width, token, tone) {
  const colours = { fill: colourOf(`${tone}-soft`), stroke: colourOf(tone) };
  scene.rect(middle - width / 2, top, width, BOX, { ...colours, radius: 6 });
  scene.text(middle, top + BOX / 2, token || "∅", {
    fill: colourOf("ink"),
    size: 13,
    align: "center",
    room: width - 10,
  });
}

function scoreFunctions() {
  const rows = [
    ["score_dot", "q · k"],
    ["score_scaled", "q · k ÷ √d"],
    ["score_bilinear", "qᵀ W k"],
    ["score_mlp", "w₂ᵀ tanh(W₁ [q, k])"],
  ];
  return h(
    "table",
    { class: "plain-table" },
    h(
      "tbody",
      {},
      rows.map(([name, formula]) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, t(name)),
          h("td", { class: "mono" }, formula),
          h("td", {}, t(`say_${name}`)),
        ),
      ),
    ),
  );
}
