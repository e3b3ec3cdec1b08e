// A matrix too large for a table, as a picture: point at a cell or walk with the arrow keys, and
// its value is said below. Cells that can be edited are edited there.

import { colourScale } from "./colour.js";
import { announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { at } from "./math.js";
import { brief, parsed, typed } from "./numbers.js";
import { pixels, showScene } from "./paint.js";
import { Scene } from "./scene.js";
import { isDark } from "./theme.js";

const HIDDEN_LIGHT = [222, 224, 228];
const HIDDEN_DARK = [52, 56, 64];

export function heatView(spec) {
  const rows = spec.rowLabels.length;
  const cols = spec.colLabels.length;
  const side = Math.min(18, Math.max(2, Math.floor(420 / Math.max(rows, cols))));
  const view = { spec, rows, cols, side, cell: [0, 0], how: null, picture: null, m: null };
  view.canvas = h("canvas", { tabindex: "0", role: "img" });
  view.said = h("output", { class: "heat-said" });
  view.input = spec.edit === "number" ? editor(view) : null;
  pointing(view);
  const el = h(
    "div",
    { class: "heat" },
    h("div", { class: "matrix-scroll" }, view.canvas),
    view.said,
    view.input,
  );
  return {
    el,
    update(m) {
      const colour = colourScale(spec.kind, m.data, isDark());
      const hidden = isDark() ? HIDDEN_DARK : HIDDEN_LIGHT;
      view.m = m;
      view.picture = pixels(
        rows,
        cols,
        (i, j) => at(m, i, j),
        (x) => (x === -Infinity ? hidden : colour(x)),
      );
      draw(view);
      say(view);
    },
    light(how) {
      view.how = how;
      draw(view);
    },
  };
}

function editor(view) {
  return h("input", {
    type: "text",
    inputmode: "decimal",
    class: "heat-input",
    "aria-label": t("editCell"),
    oninput: (event) => {
      const value = parsed(event.target.value);
      event.target.setAttribute("aria-invalid", String(!Number.isFinite(value)));
      if (Number.isFinite(value)) view.spec.onedit(...view.cell, value);
    },
  });
}

function pointing(view) {
  const { canvas, spec } = view;
  const go = (i, j, spoken) => {
    view.cell = [Math.min(Math.max(i, 0), view.rows - 1), Math.min(Math.max(j, 0), view.cols - 1)];
    view.active = true;
    spec.onpoint?.(...view.cell);
    say(view);
    draw(view);
    if (spoken) announce(view.said.textContent);
  };
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      Math.floor((event.clientY - box.y) / view.side),
      Math.floor((event.clientX - box.x) / view.side),
    ];
  };
  canvas.addEventListener("pointermove", (event) => {
    if (document.activeElement !== view.input) go(...spot(event));
  });
  const leave = () => {
    view.active = document.activeElement === canvas || document.activeElement === view.input;
    spec.onleave?.();
  };
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("blur", leave);
  canvas.addEventListener("focus", () => go(...view.cell, false));
  canvas.addEventListener("click", (event) => {
    go(...spot(event));
    if (spec.edit === "toggle") spec.onedit(...view.cell);
    view.input?.focus();
    view.input?.select();
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    const press = event.key === "Enter" || event.key === " ";
    if (!move && !(press && spec.edit)) return;
    event.preventDefault();
    if (move) go(view.cell[0] + move[0], view.cell[1] + move[1], true);
    else if (spec.edit === "toggle") spec.onedit(...view.cell);
    else view.input.focus();
  });
}

function say(view) {
  const [i, j] = view.cell;
  const value = at(view.m, i, j);
  const words = {
    what: view.spec.title,
    row: view.spec.rowLabels[i].slice(0, 60),
    col: view.spec.colLabels[j].slice(0, 60),
    value: value === -Infinity ? t("hiddenWord") : brief(value),
  };
  view.said.textContent = t("cell", words);
  view.canvas.setAttribute("aria-label", view.said.textContent);
  if (view.input && document.activeElement !== view.input) view.input.value = typed(value);
}

function draw(view) {
  const { rows, cols, side, picture, how } = view;
  if (!picture) return;
  const scene = new Scene(cols * side, rows * side, null);
  scene.bitmap(0, 0, scene.width, scene.height, picture);
  const dim = isDark() ? "rgba(0,0,0,0.55)" : "rgba(255,255,255,0.6)";
  for (let i = 0; how && i < rows; i++) {
    // Runs of cells that are not lit are dimmed together.
    let from = 0;
    for (let j = 0; j <= cols; j++) {
      if (j < cols && !how(i, j)) continue;
      if (j > from) scene.rect(from * side, i * side, (j - from) * side, side, { fill: dim });
      from = j + 1;
    }
  }
  const [i, j] = view.cell;
  if (view.active)
    scene.rect(j * side, i * side, side, side, {
      stroke: isDark() ? "#ffffff" : "#000000",
      lineWidth: 1.5,
    });
  showScene(view.canvas, scene);
}
