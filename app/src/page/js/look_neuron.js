// Neuron view: how one word's query meets every key, number by number: q, k, q×k, their sum, the
// weight.

import { css, signed, viridis } from "./colour.js";
import { announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { weightOf } from "./look.js";
import { brief } from "./numbers.js";
import { paintSoon, showScene } from "./paint.js";
import { MONO, Scene } from "./scene.js";
import { colourOf, isDark } from "./theme.js";

export function neuronView(picture) {
  const { set, app } = picture;
  if (!set.q || !set.k) return { el: h("p", { class: "notice", role: "note" }, t("neuronNeeds")) };
  const canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": t("neuronLabel") });
  const view = {
    ...picture,
    canvas,
    head: picture.heads[0],
    row: Math.min(Math.max(app.state.token, 0), set.rows - 1),
    key: -1,
  };
  const el = h(
    "div",
    {},
    h("p", { class: "hint" }, t("neuronHint", { head: view.head + 1 })),
    h("div", { class: "canvas-scroll" }, canvas),
  );
  listenToNeuron(view);
  const shown = () => {
    view.place = neuronPlace(set, el.clientWidth || 640);
    paintNeuron(view);
  };
  return { el, shown };
}

function neuronPlace(set, room) {
  const width = set.q.width;
  const label = Math.min(130, Math.max(70, room * 0.16));
  const space = Math.max(room - 2 * label - 150, 60);
  const cell = Math.max(2, Math.min(16, Math.floor(space / (3 * width))));
  const band = Math.max(cell * width, 34);
  const left = label + 8;
  const step = set.cols > 60 ? 17 : 26;
  return {
    label,
    cell,
    band,
    left,
    keyAt: left + band + 14,
    productAt: left + 2 * band + 28,
    dotAt: left + 3 * band + 42,
    step,
    top: 54,
    width: left + 3 * band + 42 + 118 + label,
    height: 54 + Math.max(set.rows, set.cols) * step + 10,
  };
}

function listenToNeuron(view) {
  const { canvas, set, app } = view;
  const go = (row, key, spoken) => {
    const next = [
      Math.min(Math.max(row, 0), set.rows - 1),
      Math.min(Math.max(key, -1), set.cols - 1),
    ];
    if (next[0] === view.row && next[1] === view.key) return;
    [view.row, view.key] = next;
    app.keep({ token: view.row });
    const said = view.say(view.row, "query");
    if (spoken) announce(said);
    paintSoon(view, paintNeuron);
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const n = Math.floor((event.clientY - box.y - view.place.top) / view.place.step);
    if (event.clientX - box.x < view.place.label) go(n, view.key, false);
    else go(view.row, n, false);
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    if (event.shiftKey) go(view.row, view.key + move, true);
    else go(view.row + move, view.key, true);
  });
}

function vector(set, which, layer, head, n) {
  const { width, data } = set[which];
  const rows = which === "q" ? set.rows : set.cols;
  const from = ((layer * set.heads + head) * rows + n) * width;
  return data.subarray(from, from + width);
}

function paintNeuron(view) {
  const { set, place, layer, head, row } = view;
  const scene = new Scene(place.width, place.height, colourOf("panel"));
  const q = vector(set, "q", layer, head, row);
  heading(scene, place);
  set.tokens.forEach((token, i) => wordLabel(scene, view, token, i));
  const y = place.top + (row + 0.5) * place.step;
  const most = { q: reachOfAll(view, "q"), k: reachOfAll(view, "k") };
  strip(scene, q, place.left, y, view, most.q);
  for (let j = 0; j < set.cols; j++) keyLine(scene, view, q, j, most);
  showScene(view.canvas, scene);
}

function heading(scene, place) {
  const at = [
    [place.left, "q"],
    [place.keyAt, "k"],
    [place.productAt, "q × k"],
    [place.dotAt, "q · k"],
    [place.dotAt + 64, t("weightWord")],
  ];
  for (const [x, text] of at)
    scene.text(x, 36, text, { fill: colourOf("quiet"), size: 12, weight: 600 });
}

function wordLabel(scene, { place, row }, token, i) {
  const y = place.top + (i + 0.5) * place.step;
  const on = i === row;
  if (on)
    scene.rect(2, y - 10, place.label, 20, {
      fill: colourOf("accent-soft"),
      stroke: colourOf("accent"),
      radius: 4,
    });
  scene.text(place.label - 4, y, token || "∅", {
    fill: colourOf("ink"),
    size: 13,
    align: "right",
    room: place.label - 8,
  });
}

function reach(values) {
  let most = 1e-12;
  for (const x of values) most = Math.max(most, Math.abs(x));
  return most;
}

// The largest number of all the words of a head: one scale for all, or a small key looks like a large one.
function reachOfAll({ set, layer, head }, which) {
  const rows = which === "q" ? set.rows : set.cols;
  const { width, data } = set[which];
  const from = (layer * set.heads + head) * rows * width;
  return reach(data.subarray(from, from + rows * width));
}

// Blue below zero, orange above.
function strip(scene, values, x, y, { place }, most) {
  const height = Math.min(place.step - 5, 18);
  values.forEach((value, c) => {
    scene.rect(x + c * place.cell, y - height / 2, place.cell - (place.cell > 4 ? 1 : 0), height, {
      fill: css(signed(value / most, isDark())),
    });
  });
}

function keyLine(scene, view, q, j, most) {
  const { set, place, layer, head, row, key } = view;
  const y = place.top + (j + 0.5) * place.step;
  const k = vector(set, "k", layer, head, j);
  const products = q.map((x, c) => x * k[c]);
  const dot = products.reduce((sum, x) => sum + x, 0);
  const weight = weightOf(set, layer, head, row, j);
  if (j === key)
    scene.rect(place.keyAt - 6, y - place.step / 2, place.width - place.keyAt, place.step, {
      fill: colourOf("accent-soft"),
      radius: 4,
    });
  strip(scene, k, place.keyAt, y, view, most.k);
  strip(scene, products, place.productAt, y, view, most.q * most.k);
  scene.text(place.dotAt, y, brief(dot, 2), { fill: colourOf("ink"), size: 12, family: MONO });
  const chip = Math.min(place.step - 5, 18);
  scene.rect(place.dotAt + 64, y - chip / 2, 14, chip, { fill: css(viridis(weight)) });
  scene.text(place.dotAt + 82, y, brief(weight, 2), {
    fill: colourOf("ink"),
    size: 12,
    family: MONO,
  });
  scene.text(place.dotAt + 122, y, set.tokensK[j] || "∅", {
    fill: colourOf("ink"),
    size: 13,
    room: place.label - 8,
  });
}
