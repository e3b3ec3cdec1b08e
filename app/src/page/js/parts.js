// Parts: the pieces around attention, as pictures with this input's numbers.

import { choice, h } from "./dom.js";
import { t } from "./i18n.js";
import { causalPart } from "./part_causal.js";
import { multiheadPart } from "./part_multihead.js";
import { positionalPart } from "./part_positional.js";
import { seq2seqPart } from "./part_seq2seq.js";
import { stackPart } from "./part_stack.js";
import { PARTS } from "./state.js";

const PIECES = {
  positional: positionalPart,
  causal: causalPart,
  multihead: multiheadPart,
  stack: stackPart,
  seq2seq: seq2seqPart,
};

export function partsView(app) {
  const { part } = app.state;
  const options = PARTS.map((value) => ({ value, label: t(`part_${value}`) }));
  const pick = choice({
    label: t("parts"),
    name: "part",
    value: part,
    options,
    onchoose: (next) => app.set({ part: next }, true),
  });
  const body = PIECES[part](app);
  const el = h(
    "div",
    { class: "parts" },
    h("div", { class: "controls" }, pick.el),
    h("h2", {}, t(`part_${part}`)),
    h("p", { class: "lead" }, t(`say_part_${part}`)),
    body.el,
  );
  return { el, update: null, shown: body.shown };
}
