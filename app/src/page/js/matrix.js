// A matrix as a table: coloured cells with their numbers, editable where asked, and walked with the
// arrow keys. Beyond a few hundred cells a picture takes the table's place (heat.js).

import { colourScale, css, inkOn } from "./colour.js";
import { announce, h } from "./dom.js";
import { heatView } from "./heat.js";
import { t } from "./i18n.js";
import { at } from "./math.js";
import { brief, parsed, resting, shown, typed } from "./numbers.js";
import { isDark } from "./theme.js";

const MOST_CELLS = 420;
const MOST_COLUMNS = 26;

// spec: { id, title, shape, rowLabels, colLabels, kind, edit: "number" | "toggle" | undefined,
//         onedit(i, j, value), onpoint(i, j), onleave() }
export function matrixView(spec) {
  const rows = spec.rowLabels.length;
  const cols = spec.colLabels.length;
  const large = rows * cols > MOST_CELLS || cols > MOST_COLUMNS;
  const body = large ? heatView(spec) : tableView(spec);
  const el = h(
    "figure",
    { class: `matrix matrix-${spec.kind}`, "data-matrix": spec.id },
    h(
      "figcaption",
      {},
      h("span", { class: "matrix-title" }, spec.title),
      spec.shape ? h("span", { class: "matrix-shape" }, spec.shape) : null,
    ),
    body.el,
  );
  return { ...body, el, large };
}

function tableView(spec) {
  const cells = [];
  const labels = h("tr", {}, h("td", { class: "corner" }), spec.colLabels.map(columnHead));
  const lines = spec.rowLabels.map((label, i) => {
    const row = spec.colLabels.map((_, j) => makeCell(spec, i, j));
    cells.push(row);
    return h(
      "tr",
      {},
      rowHead(label),
      row.map((cell) => cell.td),
    );
  });
  const table = h(
    "table",
    { role: "grid", "aria-label": spec.title },
    h("thead", {}, labels),
    h("tbody", {}, lines),
  );
  if (cells[0]?.[0]) cells[0][0].focusable.tabIndex = 0;
  listen(table, cells, spec);
  const el = h("div", { class: "matrix-scroll" }, table);
  return {
    el,
    update: (m, bands) => updateCells(cells, spec, m, bands),
    light: (how) => lightCells(cells, how),
  };
}

function columnHead(label) {
  return h("th", { scope: "col" }, h("bdi", { class: "token", title: label.slice(0, 500) }, label));
}

function rowHead(label) {
  return h("th", { scope: "row" }, h("bdi", { class: "token", title: label.slice(0, 500) }, label));
}

function makeCell(spec, i, j) {
  const td = h("td", { role: "gridcell", "data-i": i, "data-j": j });
  if (spec.edit === "number") {
    const focusable = h("input", {
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      tabindex: "-1",
    });
    td.append(focusable);
    return { td, focusable, value: undefined };
  }
  if (spec.edit === "toggle") {
    const focusable = h("button", { type: "button", tabindex: "-1" });
    td.append(focusable);
    return { td, focusable, value: undefined };
  }
  td.tabIndex = -1;
  return { td, focusable: td, value: undefined };
}

function place(event) {
  const td = event.target.closest?.("td[data-i]");
  return td ? [Number(td.dataset.i), Number(td.dataset.j)] : null;
}

function listen(table, cells, spec) {
  const point = (event) => {
    const cell = place(event);
    if (cell) spec.onpoint?.(...cell);
  };
  table.addEventListener("pointerover", point);
  table.addEventListener("pointerleave", () => spec.onleave?.());
  table.addEventListener("focusin", (event) => {
    const cell = place(event);
    if (!cell) return;
    for (const row of cells) for (const one of row) one.focusable.tabIndex = -1;
    cells[cell[0]][cell[1]].focusable.tabIndex = 0;
    if (spec.edit === "number") event.target.value = typed(cells[cell[0]][cell[1]].value);
    const said = spec.onpoint?.(...cell);
    if (said && !spec.edit) announce(said);
  });
  table.addEventListener("focusout", (event) => {
    const cell = place(event);
    if (cell && spec.edit === "number") rest(cells[cell[0]][cell[1]]);
    spec.onleave?.();
  });
  table.addEventListener("input", (event) => typedInto(event, cells, spec));
  table.addEventListener("click", (event) => {
    const cell = place(event);
    if (cell && spec.edit === "toggle") spec.onedit(...cell);
  });
  table.addEventListener("keydown", (event) => walk(event, cells, spec));
}

function typedInto(event, cells, spec) {
  const cell = place(event);
  if (!cell || spec.edit !== "number") return;
  const value = parsed(event.target.value);
  const wrong = !Number.isFinite(value);
  event.target.setAttribute("aria-invalid", String(wrong));
  if (!wrong) spec.onedit(...cell, value);
}

const MOVES = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Enter: [1, 0],
};

// Arrows walk from cell to cell; in an input left and right stay with the text, Page Up and
// Page Down change the number.
function walk(event, cells, spec) {
  const cell = place(event);
  if (!cell) return;
  const number = spec.edit === "number";
  if (number && (event.key === "PageUp" || event.key === "PageDown")) {
    event.preventDefault();
    nudge(
      cells[cell[0]][cell[1]],
      cell,
      spec,
      (event.key === "PageUp" ? 1 : -1) * (event.shiftKey ? 1 : 0.1),
    );
    return;
  }
  const move = MOVES[event.key];
  if (!move || (number && move[1] !== 0) || (spec.edit === "toggle" && event.key === "Enter"))
    return;
  const next = cells[cell[0] + move[0]]?.[cell[1] + move[1]];
  event.preventDefault();
  if (!next) return;
  next.focusable.focus();
  next.focusable.select?.();
}

function nudge(one, [i, j], spec, step) {
  const value = Math.round((one.value + step) * 1e6) / 1e6;
  one.focusable.value = typed(value);
  spec.onedit(i, j, value);
}

// An input that is being typed in keeps its text unless the value became another.
function showValue(one, spec) {
  const { focusable, value } = one;
  if (spec.edit !== "number") {
    focusable.textContent = shown(value, spec.places ?? 4);
    return;
  }
  if (document.activeElement !== focusable) focusable.value = resting(value);
  else if (parsed(focusable.value) !== value) focusable.value = typed(value);
  focusable.removeAttribute("aria-invalid");
}

function rest({ focusable, value }) {
  focusable.value = resting(value);
  focusable.removeAttribute("aria-invalid");
}

function updateCells(cells, spec, m, bands) {
  const colour = colourScale(spec.kind, m.data, isDark());
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  cells.forEach((row, i) => {
    row.forEach((one, j) => {
      const value = at(m, i, j);
      const fresh = one.value !== undefined && !Object.is(one.value, value);
      one.value = value;
      showValue(one, spec);
      paintCell(one, spec, value, colour);
      name(one, spec, i, j, value);
      one.td.dataset.band = bands ? String(bands(i, j)) : "";
      if (fresh && !still) flash(one.td);
    });
  });
}

function paintCell({ td }, spec, value, colour) {
  const hidden = value === -Infinity;
  td.classList.toggle("hidden-cell", hidden);
  if (hidden) {
    td.style.removeProperty("background-color");
    td.style.removeProperty("color");
    return;
  }
  const rgb = colour(value);
  td.style.setProperty("background-color", css(rgb));
  td.style.setProperty("color", inkOn(rgb));
}

function name({ focusable }, spec, i, j, value) {
  const words = {
    what: spec.title,
    row: spec.rowLabels[i].slice(0, 60),
    col: spec.colLabels[j].slice(0, 60),
  };
  const text = t("cell", { ...words, value: value === -Infinity ? t("hiddenWord") : brief(value) });
  focusable.setAttribute("aria-label", text);
  if (spec.edit === "toggle") focusable.setAttribute("aria-pressed", String(value === -Infinity));
}

// The change runs through the page: cells that changed glow for a moment.
function flash(td) {
  td.getAnimations().forEach((old) => old.cancel());
  td.animate(
    [
      { boxShadow: "inset 0 0 0 3px var(--flash)", transform: "scale(1.06)" },
      { boxShadow: "inset 0 0 0 3px transparent", transform: "none" },
    ],
    { duration: 900, easing: "ease-out" },
  );
}

function lightCells(cells, how) {
  cells.forEach((row, i) => {
    row.forEach(({ td }, j) => {
      const light = how ? how(i, j) : "";
      if (light) td.dataset.lit = light;
      else delete td.dataset.lit;
    });
  });
}
