// All layers and heads at once, as small pictures; a press opens one.

import { viridis } from "./colour.js";
import { announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { weightOf } from "./look.js";
import { largest } from "./look_matrix.js";
import { paintSoon, pixels, showScene } from "./paint.js";
import { Scene } from "./scene.js";
import { colourOf } from "./theme.js";

// The small pictures of a set never change, so they are painted once.
const painted = new WeakMap();

function thumbnails(set) {
  if (set.live || !painted.has(set)) {
    const all = [];
    for (let layer = 0; layer < set.layers; layer++) {
      for (let head = 0; head < set.heads; head++) {
        const weight = (i, j) => weightOf(set, layer, head, i, j);
        const top = largest(set, weight);
        all.push(pixels(set.rows, set.cols, weight, (x) => viridis(x / top)));
      }
    }
    painted.set(set, all);
  }
  return painted.get(set);
}

export function overviewView(picture) {
  const { set } = picture;
  const canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": t("allLabel") });
  const said = h("p", { class: "heat-said" }, t("pointHead"));
  const view = {
    ...picture,
    picture,
    canvas,
    said,
    small: thumbnails(set),
    cell: null,
    place: null,
  };
  const el = h("div", {}, said, h("div", { class: "canvas-scroll" }, canvas));
  listenToOverview(view);
  const shown = () => {
    const room = Math.min(el.clientWidth || 640, 900) - 40;
    const side = Math.max(22, Math.min(150, Math.floor(room / set.heads) - 4));
    view.place = { side, left: 34, top: 24 };
    paintOverview(view);
  };
  return { el, shown };
}

function listenToOverview(view) {
  const { canvas, set, app } = view;
  const go = (layer, head, spoken) => {
    if (layer < 0 || head < 0 || layer >= set.layers || head >= set.heads) return;
    if (view.cell && view.cell[0] === layer && view.cell[1] === head) return;
    view.cell = [layer, head];
    // The words beside the picture speak of the head that is pointed at.
    Object.assign(view.picture, { layer, heads: [head] });
    view.picture.say(Math.max(app.state.token, 0), "query");
    view.said.textContent = t("layerHead", { layer: layer + 1, head: head + 1 });
    if (spoken) announce(view.said.textContent);
    paintSoon(view, paintOverview);
  };
  const open = () => {
    if (view.cell)
      app.set({ layer: view.cell[0], shownHeads: [view.cell[1]], look: "lines" }, true);
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const step = view.place.side + 4;
    go(
      Math.floor((event.clientY - box.y - view.place.top) / step),
      Math.floor((event.clientX - box.x - view.place.left) / step),
      false,
    );
  });
  canvas.addEventListener("click", open);
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open();
      return;
    }
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    if (!move) return;
    event.preventDefault();
    if (view.cell) go(view.cell[0] + move[0], view.cell[1] + move[1], true);
    else go(0, 0, true);
  });
}

function paintOverview(view) {
  const { set, place, small, cell } = view;
  const step = place.side + 4;
  const scene = new Scene(
    place.left + set.heads * step,
    place.top + set.layers * step,
    colourOf("panel"),
  );
  const fill = colourOf("quiet");
  for (let head = 0; head < set.heads; head++) {
    scene.text(place.left + head * step + place.side / 2, 12, String(head + 1), {
      fill,
      size: 12,
      align: "center",
    });
  }
  for (let layer = 0; layer < set.layers; layer++) {
    scene.text(place.left - 8, place.top + layer * step + place.side / 2, String(layer + 1), {
      fill,
      size: 12,
      align: "right",
    });
    for (let head = 0; head < set.heads; head++) {
      const x = place.left + head * step;
      const y = place.top + layer * step;
      scene.bitmap(x, y, place.side, place.side, small[layer * set.heads + head]);
      if (cell?.[0] === layer && cell[1] === head)
        scene.rect(x - 1, y - 1, place.side + 2, place.side + 2, {
          stroke: colourOf("accent"),
          lineWidth: 3,
        });
    }
  }
  showScene(view.canvas, scene);
}
