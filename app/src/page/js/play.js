// Play: Q, K, V, heads, scale, mask and temperature in one's own hands; every step below follows.

import { journey, outputText } from "./arithmetic.js";
import { choice, field, h, subscript } from "./dom.js";
import { t } from "./i18n.js";
import { lightsBehind, lightsFrom } from "./lights.js";
import { matrixView } from "./matrix.js";
import { headChoices, toggled } from "./model.js";
import { matrix } from "./math.js";
import { brief } from "./numbers.js";

const INPUTS = ["q", "k", "v"];
const STEPS = ["scores", "scaled", "mask", "masked", "weights", "output"];

export function dimensions(n, letter) {
  return Array.from({ length: n }, (_, i) => `${letter}${subscript(i + 1)}`);
}

export function playView(app) {
  const controls = playControls(app);
  const sums = h("div", { class: "sums", id: "sums" }, h("p", { class: "quiet" }, t("pointHint")));
  const tables = buildTables(app, sums);
  const el = h(
    "div",
    { class: isSmall(app.data.play) ? "play beside" : "play" },
    controls.el,
    h(
      "section",
      { class: "flow given", "aria-label": t("inputs") },
      tables.q.el,
      tables.k.el,
      tables.v.el,
    ),
    h("p", { class: "hint", "data-no-picture": true }, t("editHint")),
    h(
      "section",
      { class: "flow", "aria-label": t("steps") },
      stage("Q·Kᵀ", tables.scores),
      stage(`÷ √d`, tables.scaled),
      stage("+", tables.mask),
      stage("=", tables.masked),
      stage("softmax", tables.weights),
      stage("× V", tables.output),
    ),
    sums,
  );
  const update = () => {
    controls.update();
    updateTables(app, tables);
    if (sums.pointed) saySums(app, sums);
  };
  update();
  return { el, update };
}

// Few words of few numbers leave room for the sum beside them, where it covers nothing.
function isSmall({ q, k, v }) {
  return Math.max(q.rows, k.rows) <= 4 && Math.max(q.cols, v.cols) <= 4;
}

function stage(operator, table) {
  return h(
    "div",
    { class: "stage" },
    h("span", { class: "operator", "aria-hidden": "true" }, operator),
    table.el,
  );
}

function playControls(app) {
  const { state } = app;
  const heads = choice({
    label: t("heads"),
    name: "heads",
    value: state.heads,
    options: headChoices(app.data)
      .slice(0, 8)
      .map((n) => ({ value: n, label: String(n) })),
    onchoose: (n) => app.set({ heads: n, head: Math.min(app.state.head, n - 1) }),
  });
  const divide = choice({
    label: t("divideLabel"),
    name: "divide",
    value: state.divide,
    options: [
      { value: true, label: "÷ √d" },
      { value: false, label: t("off") },
    ],
    onchoose: (on) => app.set({ divide: on }),
  });
  const masks = ["none", "causal", ...(app.data.play.mask ? ["given"] : []), "custom"];
  const mask = choice({
    label: t("maskLabel"),
    name: "mask",
    value: state.mask,
    options: masks.map((value) => ({ value, label: t(`mask_${value}`) })),
    onchoose: (value) => app.set({ mask: value }),
  });
  const temperature = temperatureControl(app);
  const shownHead = h("div", { class: "field" });
  const reset = h(
    "button",
    { type: "button", class: "plain", "data-action": "reset", onclick: () => app.reset() },
    t("reset"),
  );
  const el = h(
    "div",
    { class: "controls" },
    field(t("heads"), heads.el),
    shownHead,
    field(t("divideLabel"), divide.el),
    field(t("maskLabel"), mask.el),
    temperature.el,
    h("div", { class: "field", "data-no-picture": true }, reset),
  );
  const update = () => {
    heads.show(app.state.heads);
    divide.show(app.state.divide);
    mask.show(app.state.mask);
    temperature.update();
    showHeadChoice(app, shownHead);
  };
  return { el, update };
}

// With several heads, one of them is shown at a time.
function showHeadChoice(app, holder) {
  const { heads, head } = app.state;
  if (heads === 1) return holder.replaceChildren();
  if (holder.dataset.heads === String(heads) && holder.firstChild) return undefined;
  holder.dataset.heads = String(heads);
  const options = Array.from({ length: heads }, (_, i) => ({ value: i, label: String(i + 1) }));
  const pick = choice({
    label: t("shownHead"),
    name: "head",
    value: head,
    options,
    onchoose: (i) => app.set({ head: i }),
  });
  return holder.replaceChildren(h("span", { class: "field-label" }, t("shownHead")), pick.el);
}

function temperatureControl(app) {
  const value = h("output", { class: "temperature-value" });
  const slider = h("input", {
    type: "range",
    min: "-1.3",
    max: "1",
    step: "0.05",
    "aria-label": t("temperature"),
    "data-control": "temperature",
    oninput: (event) =>
      app.set({ temperature: Number(Math.pow(10, Number(event.target.value)).toPrecision(3)) }),
  });
  const el = h(
    "div",
    { class: "field" },
    h("span", { class: "field-label" }, t("temperature")),
    h("div", { class: "temperature" }, slider, value),
  );
  const update = () => {
    const { temperature } = app.state;
    if (document.activeElement !== slider) slider.value = String(Math.log10(temperature));
    value.textContent = brief(temperature, 3);
    slider.setAttribute("aria-valuetext", brief(temperature, 3));
  };
  return { el, update };
}

function buildTables(app, sums) {
  const { tokens, tokensK, q, v } = app.data.play;
  const result = app.result();
  const point = (step) => ({
    onpoint: (i, j) => pointAt(app, tables, sums, step, i, j),
    onleave: () => STEPS.concat(INPUTS).forEach((name) => tables[name].light(null)),
  });
  const edit = (name) => ({
    edit: "number",
    onedit: (i, j, value) => {
      const edits = {
        ...app.state.edits,
        [name]: { ...app.state.edits[name], [`${i}.${j}`]: value },
      };
      app.set({ edits });
    },
  });
  const input = (name, title, rowLabels, cols, shape) =>
    matrixView({
      id: name,
      title,
      shape,
      rowLabels,
      colLabels: dimensions(cols, "d"),
      kind: "plain",
      ...edit(name),
      ...point(name),
    });
  const square = (id, kind) =>
    matrixView({
      id,
      title: t(id),
      shape: `[L=${tokens.length}, S=${tokensK.length}]`,
      rowLabels: tokens,
      colLabels: tokensK,
      kind,
      ...point(id),
    });
  const tables = {
    q: input("q", t("queries"), tokens, q.cols, `Q [L=${tokens.length}, E=${q.cols}]`),
    k: input("k", t("keys"), tokensK, q.cols, `K [S=${tokensK.length}, E=${q.cols}]`),
    v: input("v", t("values"), tokensK, v.cols, `V [S=${tokensK.length}, Ev=${v.cols}]`),
    scores: square("scores", "plain"),
    scaled: square("scaled", "plain"),
    mask: matrixView({
      id: "mask",
      title: t("mask"),
      shape: `[L=${tokens.length}, S=${tokensK.length}]`,
      rowLabels: tokens,
      colLabels: tokensK,
      kind: "mask",
      edit: "toggle",
      places: 0,
      onedit: (i, j) => app.set(toggled(app.state, app.data, i, j)),
      ...point("mask"),
    }),
    masked: square("masked", "plain"),
    weights: square("weights", "weights"),
    output: matrixView({
      id: "output",
      title: t("output"),
      shape: `[L=${tokens.length}, Ev=${result.v.cols}]`,
      rowLabels: tokens,
      colLabels: dimensions(v.cols, "d"),
      kind: "plain",
      ...point("output"),
    }),
  };
  return tables;
}

function updateTables(app, tables) {
  const result = app.result();
  const head = result.heads[app.state.head];
  const bands = (width) =>
    app.state.heads > 1
      ? (_, j) => (Math.floor(j / width) === app.state.head ? "own" : "other")
      : null;
  tables.q.update(result.q, bands(result.width));
  tables.k.update(result.k, bands(result.width));
  tables.v.update(result.v, bands(result.valueWidth));
  for (const step of ["scores", "scaled", "masked", "weights"]) tables[step].update(head[step]);
  tables.mask.update(result.mask ?? matrix(head.scores.rows, head.scores.cols));
  tables.output.update(result.output, bands(result.valueWidth));
}

// Lights up what made the cell (or, for an input, what it makes) and writes out the sum.
function pointAt(app, tables, sums, step, i, j) {
  const result = app.result();
  const own = step === "output" ? Math.floor(j / result.valueWidth) : app.state.head;
  const shape = { result, head: own };
  const lights = INPUTS.includes(step) ? lightsFrom(step, i, j) : lightsBehind(step, i, j, shape);
  for (const name of STEPS.concat(INPUTS)) tables[name].light(lights[name] ?? (() => ""));
  sums.pointed = { step, i, j };
  return saySums(app, sums);
}

// Writes out the sum of the cell that was pointed at, which follows what is edited.
function saySums(app, sums) {
  const { step, i, j } = sums.pointed;
  const own = step === "output" ? Math.floor(j / app.result().valueWidth) : app.state.head;
  const lines = linesFor(app, step, i, j, own);
  sums.replaceChildren(...lines.map((line) => h("p", {}, line)));
  return lines.at(-1);
}

// What comes out, where one edits: on a phone the output is screens below.
function results(output, rows) {
  const line = (i) => {
    const numbers = Array.from({ length: Math.min(output.cols, 6) }, (_, c) =>
      brief(output.data[i * output.cols + c]),
    );
    return `${t("outputWord")}${subscript(i + 1)} = [${numbers.join(", ")}${output.cols > 6 ? ", …" : ""}]`;
  };
  return rows.slice(0, 4).map(line);
}

function linesFor(app, step, i, j, own) {
  const result = app.result();
  const head = result.heads[own];
  if (INPUTS.includes(step)) {
    const words = step === "q" ? app.data.play.tokens : app.data.play.tokensK;
    const rows = step === "q" ? [i] : Array.from({ length: result.output.rows }, (_, row) => row);
    const said = t(`flows_${step}`, { word: words[i].slice(0, 60) });
    return [said, ...results(result.output, rows)];
  }
  if (step === "output") return [outputText(head, i, j - own * result.valueWidth)];
  const { temperature } = app.state;
  return journey(step, { result, head, mask: result.mask, temperature }, i, j);
}
