// Head view: a line from each word to each word it looks at, as thick as the weight.

import { announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { headColour, weightOf } from "./look.js";
import { paintSoon, showScene } from "./paint.js";
import { Scene } from "./scene.js";
import { colourOf } from "./theme.js";

const FAINTEST = 0.01;
const MOST_LINES = 6000;

export function linesView(picture) {
  const { app, set } = picture;
  const canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": t("linesLabel") });
  const view = { ...picture, canvas, place: layOut(set, 640), pointed: null };
  if (app.state.token >= 0)
    view.pointed = { side: "query", i: Math.min(app.state.token, set.rows - 1) };
  listenTo(view);
  const el = h("div", { class: "canvas-scroll" }, canvas);
  const shown = () => {
    view.place = layOut(set, Math.max(300, Math.min(el.clientWidth || 640, 960)));
    paintLines(view);
  };
  return { el, shown };
}

// Where things stand: a column of words on each side, lines between.
function layOut(set, width) {
  const most = Math.max(set.rows, set.cols);
  const step = most > 400 ? 12 : most > 60 ? 17 : most > 12 ? 30 : 40;
  const side = Math.round(Math.min(240, width * 0.29));
  return {
    width,
    step,
    side,
    top: 34,
    size: Math.min(15, step - 3),
    height: 34 + most * step + 12,
    left: side + 8,
    right: width - side - 8,
  };
}

function rowY(place, i) {
  return place.top + (i + 0.5) * place.step;
}

function listenTo(view) {
  const { canvas, app, set } = view;
  const go = (side, i, spoken) => {
    const count = side === "query" ? set.rows : set.cols;
    const next = Math.min(Math.max(i, 0), count - 1);
    if (view.pointed?.side === side && view.pointed.i === next) return;
    view.pointed = { side, i: next };
    app.keep({ token: side === "query" ? next : -1 });
    const said = view.say(next, side);
    if (spoken) announce(said);
    paintSoon(view, paintLines);
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const y = event.clientY - box.y - view.place.top;
    go(
      event.clientX - box.x < box.width / 2 ? "query" : "key",
      Math.floor(y / view.place.step),
      false,
    );
  });
  canvas.addEventListener("pointerleave", () => {
    view.pointed = null;
    paintSoon(view, paintLines);
  });
  canvas.addEventListener("keydown", (event) => {
    const { side, i } = view.pointed ?? { side: "query", i: -1 };
    const moves = {
      ArrowDown: [side, i + 1],
      ArrowUp: [side, i - 1],
      ArrowRight: ["key", Math.max(i, 0)],
      ArrowLeft: ["query", Math.max(i, 0)],
      Home: [side, 0],
      End: [side, Infinity],
    };
    if (event.key === "Escape") {
      view.pointed = null;
      paintSoon(view, paintLines);
    }
    if (!moves[event.key]) return;
    event.preventDefault();
    go(...moves[event.key], true);
  });
}

function paintLines(view) {
  const { set, place, pointed } = view;
  const scene = new Scene(place.width, place.height, colourOf("panel"));
  const ink = colourOf("ink");
  const quiet = colourOf("quiet");
  scene.text(place.left - 10, 16, t("queryWords"), { fill: quiet, size: 12, align: "right" });
  const room = place.width - place.right - 10;
  scene.text(place.right + 10, 16, t("keyWords"), { fill: quiet, size: 12, room });
  for (const line of linesToDraw(view)) drawLine(scene, view, line);
  const reach = reachOf(view);
  set.tokens.forEach((token, i) => label(scene, view, token, i, "query", ink, reach));
  set.tokensK.forEach((token, j) => label(scene, view, token, j, "key", ink, reach));
  if (pointed === null)
    scene.text(place.width / 2, 16, t("pointWord"), {
      fill: quiet,
      size: 12,
      align: "center",
      room: place.right - place.left - 10,
    });
  showScene(view.canvas, scene);
}

function linesToDraw({ set, layer, heads, pointed }) {
  const lines = [];
  const take = (head, i, j) => {
    const weight = weightOf(set, layer, head, i, j);
    if (weight >= FAINTEST) lines.push({ head, i, j, weight });
  };
  for (const head of heads) {
    if (pointed?.side === "query") for (let j = 0; j < set.cols; j++) take(head, pointed.i, j);
    else if (pointed) for (let i = 0; i < set.rows; i++) take(head, i, pointed.i);
    else for (let i = 0; i < set.rows; i++) for (let j = 0; j < set.cols; j++) take(head, i, j);
  }
  // With very many, the strongest tell the story and the rest would only be haze.
  if (lines.length > MOST_LINES) lines.sort((a, b) => b.weight - a.weight).length = MOST_LINES;
  return lines;
}

function drawLine(scene, { place, heads, pointed }, { head, i, j, weight }) {
  const spread =
    heads.length > 1 ? ((heads.indexOf(head) + 0.5) / heads.length - 0.5) * place.step * 0.5 : 0;
  const strength = Math.min(weight, 1);
  scene.curve(place.left, rowY(place, i) + spread, place.right, rowY(place, j) + spread, {
    stroke: headColour(head),
    lineWidth:
      0.5 + (strength * Math.min(place.step * 0.5, pointed ? 9 : 6)) / Math.sqrt(heads.length),
    opacity: pointed ? 0.25 + 0.75 * strength : 0.12 + 0.75 * strength,
  });
}

// How strongly each word on the other side is meant, for its shade.
function reachOf({ set, layer, heads, pointed }) {
  if (!pointed) return null;
  const count = pointed.side === "query" ? set.cols : set.rows;
  return Array.from({ length: count }, (_, n) => {
    const each = heads.map((head) =>
      pointed.side === "query"
        ? weightOf(set, layer, head, pointed.i, n)
        : weightOf(set, layer, head, n, pointed.i),
    );
    return Math.min(1, Math.max(0, ...each));
  });
}

function label(scene, { place, pointed }, token, n, side, ink, reach) {
  const y = rowY(place, n);
  const query = side === "query";
  const own = pointed?.side === side;
  const x = query ? 4 : place.right + 4;
  const height = Math.min(place.step - 2, 24);
  if (own && pointed.i === n) {
    scene.rect(x, y - height / 2, place.side, height, {
      fill: colourOf("accent-soft"),
      stroke: colourOf("accent"),
      radius: 4,
    });
  } else if (reach && !own && reach[n] > FAINTEST) {
    scene.rect(x, y - height / 2, place.side, height, {
      fill: colourOf("accent"),
      radius: 4,
      opacity: 0.08 + 0.4 * reach[n],
    });
  }
  scene.text(query ? place.left - 12 : place.right + 12, y, token || "∅", {
    fill: ink,
    size: place.size,
    align: query ? "right" : "left",
    room: place.side - 14,
  });
}
