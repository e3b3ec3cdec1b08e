// Matrix view: queries down, keys across, the weight as colour.

import { announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { meanWeight } from "./look.js";
import { brief } from "./numbers.js";
import { paintSoon, pixels, showScene } from "./paint.js";
import { MONO, Scene, textWidth } from "./scene.js";
import { css, inkOn, viridis } from "./colour.js";
import { colourOf } from "./theme.js";

export function gridView(picture) {
  const { set, layer, heads } = picture;
  const canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": t("matrixLabel") });
  const said = h("p", { class: "heat-said", id: "cell-said" }, t("pointCell"));
  const weight = (i, j) => meanWeight(set, layer, heads, i, j);
  const top = largest(set, weight);
  const colour = (x) => viridis(x / top);
  const picturePixels = pixels(set.rows, set.cols, weight, colour);
  const view = { ...picture, canvas, said, colour, pixels: picturePixels, place: null, cell: null };
  const el = h("div", {}, said, h("div", { class: "canvas-scroll" }, canvas), legend(top));
  listenToGrid(view);
  const shown = () => {
    view.place = gridPlace(set, el.clientWidth || 640);
    paintGrid(view);
  };
  return { el, shown };
}

// Among many words all weights are small: the largest one is the brightest colour.
export function largest(set, weight) {
  let top = 0;
  for (let i = 0; i < set.rows; i++) {
    for (let j = 0; j < set.cols; j++) top = Math.max(top, weight(i, j));
  }
  return top || 1;
}

function legend(top) {
  const canvas = h("canvas", { role: "img", "aria-label": t("legend", { top: brief(top, 2) }) });
  const scene = new Scene(240, 26, null);
  for (let n = 0; n < 60; n++) scene.rect(28 + n * 3, 6, 3.2, 12, { fill: css(viridis(n / 59)) });
  scene.text(22, 12, "0", { fill: colourOf("quiet"), size: 12, align: "right" });
  scene.text(214, 12, brief(top, 2), { fill: colourOf("quiet"), size: 12 });
  showScene(canvas, scene);
  return h("div", { class: "legend" }, canvas);
}

function widest(tokens, most) {
  return Math.min(most, Math.max(24, ...tokens.map((token) => textWidth(token, 13) + 14)));
}

function gridPlace(set, room) {
  const labels = widest(set.tokens, Math.max(60, Math.min(150, room * 0.25)));
  const top = widest(set.tokensK, 130);
  const fit = Math.floor((Math.min(room, 1000) - labels - 8) / set.cols);
  const side = Math.max(4, Math.min(68, fit));
  const step = side >= 11 ? 1 : Math.ceil(11 / side);
  const width = labels + set.cols * side + 8;
  return { labels, side, step, top, width, height: top + set.rows * side + 8 };
}

function listenToGrid(view) {
  const { canvas, set } = view;
  const go = (i, j, spoken) => {
    const cell = [Math.min(Math.max(i, 0), set.rows - 1), Math.min(Math.max(j, 0), set.cols - 1)];
    if (view.cell && view.cell[0] === cell[0] && view.cell[1] === cell[1]) return;
    view.cell = cell;
    view.app.keep({ token: cell[0] });
    view.say(cell[0], "query");
    const value = meanWeight(set, view.layer, view.heads, ...cell);
    view.said.textContent = t("lookCell", {
      row: set.tokens[cell[0]].slice(0, 60),
      col: set.tokensK[cell[1]].slice(0, 60),
      value: brief(value),
    });
    if (spoken) announce(view.said.textContent);
    paintSoon(view, paintGrid);
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const { labels, top, side } = view.place;
    go(
      Math.floor((event.clientY - box.y - top) / side),
      Math.floor((event.clientX - box.x - labels) / side),
      false,
    );
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    if (!move) return;
    event.preventDefault();
    const [i, j] = view.cell ?? [-move[0], -move[1]];
    go(i + move[0], j + move[1], true);
  });
}

function paintGrid(view) {
  const { set, place, cell } = view;
  const { labels, top, side } = place;
  const scene = new Scene(place.width, place.height, colourOf("panel"));
  scene.bitmap(labels, top, set.cols * side, set.rows * side, view.pixels);
  if (side >= 34) cellValues(scene, view);
  const ink = colourOf("ink");
  set.tokens.forEach((token, i) => {
    const on = cell?.[0] === i;
    if (i % place.step && !on) return;
    scene.text(labels - 6, top + (i + 0.5) * side, token || "∅", {
      fill: on ? colourOf("accent") : ink,
      weight: on ? 700 : 400,
      size: Math.min(13, Math.max(side, 11)),
      align: "right",
      room: labels - 12,
    });
  });
  set.tokensK.forEach((token, j) => columnLabel(scene, view, token, j, ink));
  if (cell) {
    const stroke = colourOf("accent");
    scene.rect(labels, top + cell[0] * side, set.cols * side, side, { stroke, lineWidth: 1 });
    scene.rect(labels + cell[1] * side, top, side, set.rows * side, { stroke, lineWidth: 1 });
    scene.rect(labels + cell[1] * side, top + cell[0] * side, side, side, {
      stroke: colourOf("ground"),
      lineWidth: 2,
    });
  }
  showScene(view.canvas, scene);
}

function columnLabel(scene, { place, cell }, token, j, ink) {
  const on = cell?.[1] === j;
  if (j % place.step && !on) return;
  scene.text(place.labels + (j + 0.5) * place.side, place.top - 6, token || "∅", {
    fill: on ? colourOf("accent") : ink,
    weight: on ? 700 : 400,
    size: Math.min(13, Math.max(place.side, 11)),
    room: place.top - 10,
    turned: true,
  });
}

function cellValues(scene, { set, layer, heads, place, colour }) {
  for (let i = 0; i < set.rows; i++) {
    for (let j = 0; j < set.cols; j++) {
      const value = meanWeight(set, layer, heads, i, j);
      scene.text(
        place.labels + (j + 0.5) * place.side,
        place.top + (i + 0.5) * place.side,
        value.toFixed(2),
        {
          fill: inkOn(colour(value)),
          size: 12,
          align: "center",
          family: MONO,
        },
      );
    }
  }
}
