// The encoder and decoder stack, opened piece by piece.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { STACK } from "./stack_pieces.js";
import { whoLooks } from "./who_looks.js";

export function stackPart(app) {
  const el = h(
    "div",
    { class: "stack" },
    h("p", { class: "hint", "data-no-picture": true }, t("stackHint")),
    openAll(app),
    piece(app, STACK),
  );
  return { el };
}

function names(node) {
  return [node.name, ...(node.inside ?? []).flatMap(names)];
}

function openAll(app) {
  const press = (open) => () => app.set({ open }, true);
  return h(
    "div",
    { class: "controls", "data-no-picture": true },
    h(
      "button",
      { type: "button", class: "plain", "data-action": "open-all", onclick: press(names(STACK)) },
      t("openAll"),
    ),
    h(
      "button",
      { type: "button", class: "plain", "data-action": "close-all", onclick: press(["model"]) },
      t("closeAll"),
    ),
  );
}

function piece(app, node) {
  const isOpen = app.state.open.includes(node.name);
  const id = `piece-${node.name}`;
  const toggle = () => {
    const open = isOpen
      ? app.state.open.filter((name) => name !== node.name)
      : [...app.state.open, node.name];
    app.set({ open }, true);
    document.getElementById(id)?.focus();
  };
  const title = h(
    "button",
    { type: "button", class: "piece-title", id, "aria-expanded": String(isOpen), onclick: toggle },
    h("span", { class: "piece-mark", "aria-hidden": "true" }, isOpen ? "−" : "+"),
    h("span", { class: "piece-name" }, t(`piece_${node.kind}`)),
    node.times ? h("span", { class: "piece-times" }, `× ${node.times}`) : null,
    node.shape ? h("span", { class: "matrix-shape" }, node.shape) : null,
  );
  return h(
    "div",
    { class: `piece piece-${node.tone ?? "plain"}`, "data-piece": node.name },
    title,
    isOpen ? opened(app, node) : null,
  );
}

function opened(app, node) {
  const inside = node.inside ?? [];
  const flow = inside.flatMap((child, n) => {
    const joint =
      n && !node.beside ? [h("span", { class: "joint", "aria-hidden": "true" }, "↓")] : [];
    const skip = child.skip ? [h("span", { class: "skip" }, t("skip"))] : [];
    return [...joint, ...skip, piece(app, child)];
  });
  return h(
    "div",
    { class: "piece-body" },
    h("p", {}, t(`say_piece_${node.kind}`)),
    node.formula ? h("p", { class: "formula" }, node.formula) : null,
    node.code
      ? h(
          "p",
          { class: "piece-code" },
          h("code", {}, `torch.nn.${node.code}`),
          " · ",
          h("code", {}, `atencion::nn::${node.code}`),
        )
      : null,
    node.looks ? whoLooks(node.looks) : null,
    node.goTo
      ? h(
          "button",
          {
            type: "button",
            class: "plain",
            "data-no-picture": true,
            onclick: () => app.set(node.goTo, true),
          },
          t("seeNumbers"),
        )
      : null,
    inside.length ? h("div", { class: node.beside ? "pieces beside" : "pieces" }, flow) : null,
  );
}
