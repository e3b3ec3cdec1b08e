// Who may look at whom: the three kinds of attention in a Transformer, as lines between words.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { showScene } from "./paint.js";
import { Scene } from "./scene.js";
import { colourOf } from "./theme.js";

const WORDS = 4;
const GAP = 62;

export function whoLooks(kind) {
  const canvas = h("canvas", { role: "img", "aria-label": t(`looks_${kind}`) });
  const scene = new Scene(WORDS * GAP + 20, 128, colourOf("panel"));
  const from = { all: "x", past: "y", other: "y" }[kind];
  const to = { all: "x", past: "y", other: "x" }[kind];
  for (let i = 0; i < WORDS; i++) {
    for (let j = 0; j < WORDS; j++) {
      if (kind === "past" && j > i) continue;
      scene.line(middle(i), 30, middle(j), 94, {
        stroke: colourOf("accent"),
        lineWidth: 1.4,
        opacity: 0.65,
      });
    }
  }
  for (let i = 0; i < WORDS; i++) {
    word(scene, middle(i), 18, `${from}${i + 1}`, "warm");
    word(scene, middle(i), 106, `${to}${i + 1}`, "accent");
  }
  showScene(canvas, scene);
  return h("figure", { class: "who-looks" }, canvas, h("figcaption", {}, t(`looks_${kind}`)));
}

function middle(i) {
  return 10 + (i + 0.5) * GAP;
}

function word(scene, x, y, text, tone) {
  scene.rect(x - 22, y - 12, 44, 24, {
    fill: colourOf(`${tone}-soft`),
    stroke: colourOf(tone),
    radius: 5,
  });
  scene.text(x, y, text, { fill: colourOf("ink"), size: 13, align: "center" });
}
