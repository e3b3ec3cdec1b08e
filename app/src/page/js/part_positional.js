// Positional encoding: sines and cosines of many wavelengths, as a picture with one cell's sum.

import { css, viridis } from "./colour.js";
import { announce, choice, field, h } from "./dom.js";
import { t } from "./i18n.js";
import { at, positionalAngle, positionalEncoding } from "./math.js";
import { matrixView } from "./matrix.js";
import { brief } from "./numbers.js";
import { pixels, showScene } from "./paint.js";
import { dimensions } from "./play.js";
import { Scene } from "./scene.js";
import { colourOf } from "./theme.js";

export function positionalPart(app) {
  const { positions, width, layout } = app.state;
  const encoding = positionalEncoding(positions, width, layout);
  const canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": t("positionalLabel") });
  const sums = h("div", { class: "sums" });
  const view = {
    canvas,
    sums,
    encoding,
    layout,
    cell: [Math.min(3, positions - 1), Math.min(4, width - 1)],
    place: null,
  };
  listenToPositions(view);
  const el = h(
    "div",
    {},
    positionalControls(app),
    h(
      "p",
      { class: "formula" },
      t(layout === "interleaved" ? "positionalFormula" : "positionalFormulaConcatenated"),
    ),
    h("div", { class: "canvas-scroll" }, canvas),
    sums,
    own(app),
  );
  const shown = () => {
    const room = Math.max(el.clientWidth - 60, 200);
    view.place = {
      left: 44,
      top: 22,
      cellWidth: wholePixels(Math.min(40, room / width)),
      cellHeight: Math.max(4, Math.min(26, 420 / positions)),
    };
    view.picture = pixels(
      positions,
      width,
      (i, j) => at(encoding, i, j),
      (x) => viridis((x + 1) / 2),
    );
    paintPositions(view);
    saySum(view);
  };
  return { el, shown };
}

// Cells of whole pixels: otherwise stripes appear that are not in the numbers.
function wholePixels(size) {
  return Math.max(1, Math.floor(size));
}

function positionalControls(app) {
  const { q } = app.data.play;
  const sizes = [
    { value: "20x512", label: "20 × 512" },
    { value: "50x128", label: "50 × 128" },
    { value: "10x8", label: "10 × 8" },
    { value: `${q.rows}x${q.cols}`, label: t("thisInput", { size: `${q.rows} × ${q.cols}` }) },
  ];
  const size = choice({
    label: t("size"),
    name: "size",
    value: `${app.state.positions}x${app.state.width}`,
    options: sizes,
    onchoose: (value) => {
      const [positions, width] = value.split("x").map(Number);
      app.set({ positions: Math.min(positions, 512), width: Math.min(width, 1024) }, true);
    },
  });
  const layouts = ["interleaved", "concatenated"].map((value) => ({
    value,
    label: t(`layout_${value}`),
  }));
  const layout = choice({
    label: t("layout"),
    name: "layout",
    value: app.state.layout,
    options: layouts,
    onchoose: (value) => app.set({ layout: value }, true),
  });
  return h("div", { class: "controls" }, field(t("size"), size.el), field(t("layout"), layout.el));
}

function listenToPositions(view) {
  const { canvas, encoding } = view;
  const go = (pos, i, spoken) => {
    view.cell = [
      Math.min(Math.max(pos, 0), encoding.rows - 1),
      Math.min(Math.max(i, 0), encoding.cols - 1),
    ];
    paintPositions(view);
    const said = saySum(view);
    if (spoken) announce(said);
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const { left, top, cellWidth, cellHeight } = view.place;
    go(
      Math.floor((event.clientY - box.y - top) / cellHeight),
      Math.floor((event.clientX - box.x - left) / cellWidth),
      false,
    );
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    if (!move) return;
    event.preventDefault();
    go(view.cell[0] + move[0], view.cell[1] + move[1], true);
  });
}

function paintPositions({ canvas, encoding, place, picture, cell }) {
  const { left, top, cellWidth, cellHeight } = place;
  const width = encoding.cols * cellWidth;
  const height = encoding.rows * cellHeight;
  const scene = new Scene(left + width + 10, top + height + 62, colourOf("panel"));
  const fill = colourOf("quiet");
  scene.bitmap(left, top, width, height, picture);
  for (let pos = 0; pos < encoding.rows; pos += Math.ceil(12 / cellHeight)) {
    scene.text(left - 8, top + (pos + 0.5) * cellHeight, String(pos), {
      fill,
      size: 11,
      align: "right",
    });
  }
  const step = Math.max(1, Math.ceil(48 / cellWidth / 8) * 8);
  for (let i = 0; i < encoding.cols; i += cellWidth >= 24 ? 1 : step) {
    scene.text(left + (i + 0.5) * cellWidth, 12, String(i), { fill, size: 11, align: "center" });
  }
  const stroke = colourOf("ink");
  scene.rect(left, top + cell[0] * cellHeight, width, cellHeight, { stroke, lineWidth: 1 });
  scene.rect(left + cell[1] * cellWidth, top, Math.max(cellWidth, 2), height, {
    stroke,
    lineWidth: 1,
  });
  const legend = Math.min(200, width - 60);
  for (let n = 0; n < 50; n++) {
    scene.rect(left + 24 + (n * legend) / 50, top + height + 26, legend / 50 + 0.3, 12, {
      fill: css(viridis(n / 49)),
    });
  }
  scene.text(left + 18, top + height + 32, "−1", { fill, size: 11, align: "right" });
  scene.text(left + 30 + legend, top + height + 32, "1", { fill, size: 11 });
  showScene(canvas, scene);
}

function saySum({ sums, encoding, layout, cell }) {
  const [pos, i] = cell;
  const { pair, isSine, angle } = positionalAngle(pos, i, encoding.cols, layout);
  // In the letters of the formula above: there i counts pairs of columns, not columns.
  const halves = layout === "concatenated";
  const column = halves ? (isSine ? "i" : "d/2 + i") : isSine ? "2i" : "2i+1";
  const wave = isSine ? t("sine") : "cos";
  const line =
    `PE(${pos}, ${column}) = ${wave}(${pos} ÷ 10000^(2·${pair}/${encoding.cols}))` +
    ` = ${wave}(${brief(angle)}) = ${brief(at(encoding, pos, i))}`;
  const said = t("positionalAt", { col: i, name: column, pair });
  sums.replaceChildren(h("p", {}, `${said}: ${line}`));
  return `${said}: ${line}`;
}

// One vector for each different word, with one digit after the point so that sums can be followed. The numbers are
// made of the word's letters: any fixed ones would do, as a model's are learned.
function embeddings(tokens, cols) {
  const data = new Float64Array(tokens.length * cols);
  tokens.forEach((token, i) => {
    let seed = 2166136261;
    for (const letter of token) seed = Math.imul(seed ^ letter.codePointAt(0), 16777619) >>> 0;
    for (let c = 0; c < cols; c++) {
      seed = (Math.imul(seed ^ (c + 1), 2654435761) ^ (seed >>> 13)) >>> 0;
      data[i * cols + c] = ((seed % 21) - 10) / 10;
    }
  });
  return { rows: tokens.length, cols, data };
}

// The words' embeddings, the encoding of their places, and the two added: what a model would read.
function own(app) {
  const { tokens } = app.data.play;
  const q = embeddings(tokens, app.result().q.cols);
  const encoding = positionalEncoding(q.rows, q.cols, app.state.layout);
  const sum = { rows: q.rows, cols: q.cols, data: q.data.map((x, n) => x + encoding.data[n]) };
  const pieces = [
    ["", "ownInput", q],
    ["+", "ownEncoding", encoding],
    ["=", "ownSum", sum],
  ];
  const stages = pieces.map(([sign, title, m]) => {
    const view = matrixView({
      id: title,
      title: t(title),
      shape: `[${m.rows}, ${m.cols}]`,
      rowLabels: tokens,
      colLabels: dimensions(m.cols, "d"),
      kind: "signed",
    });
    view.update(m);
    return h(
      "div",
      { class: "stage" },
      sign ? h("span", { class: "operator", "aria-hidden": "true" }, sign) : null,
      view.el,
    );
  });
  return h("section", {}, h("h3", {}, t("ownPositions")), h("p", {}, t("ownWhy")), h("div", { class: "flow" }, stages));
}
