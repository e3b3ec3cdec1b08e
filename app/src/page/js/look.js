// Look: which word looks at which. Lines, matrix, neurons, or all layers and heads at once.

import { choice, field, h, tokenLabel } from "./dom.js";
import { t } from "./i18n.js";
import { linesView } from "./look_lines.js";
import { gridView } from "./look_matrix.js";
import { neuronView } from "./look_neuron.js";
import { overviewView } from "./look_all.js";
import { liveSet } from "./model.js";
import { brief } from "./numbers.js";
import { HEADS_DARK, HEADS_LIGHT } from "./colour.js";
import { isDark } from "./theme.js";

const SHAPES = { lines: linesView, matrix: gridView, neuron: neuronView, all: overviewView };

export function setsOf(app) {
  return app.data.sets.length ? app.data.sets : [liveSet(app.result(), app.data, t("playedWith"))];
}

// Heads that are shown; at first all of them, but one in the views that can show only one.
export function headsShown(app, set) {
  const { shownHeads } = app.state;
  const heads = (shownHeads ?? []).filter((n) => n < set.heads);
  if (heads.length) return heads;
  return Array.from({ length: set.heads }, (_, n) => n);
}

export function headColour(n) {
  const colours = isDark() ? HEADS_DARK : HEADS_LIGHT;
  return colours[n % colours.length];
}

// A reader of the weights of one layer: the mean over some heads, or one head.
export function weightOf(set, layer, head, i, j) {
  return set.weights[((layer * set.heads + head) * set.rows + i) * set.cols + j];
}

export function meanWeight(set, layer, heads, i, j) {
  let sum = 0;
  for (const head of heads) sum += weightOf(set, layer, head, i, j);
  return sum / heads.length;
}

export function lookView(app) {
  const sets = setsOf(app);
  const set = sets[Math.min(app.state.set, sets.length - 1)];
  const layer = Math.min(app.state.layer, set.layers - 1);
  const readout = h("div", { class: "readout", id: "readout" });
  const shown = headsShown(app, set);
  const picture = {
    app,
    set,
    layer,
    heads: app.state.look === "neuron" ? shown.slice(0, 1) : shown,
    say: (i, side) => sayRow(picture, readout, i, side),
  };
  const body = SHAPES[app.state.look](picture);
  const el = h(
    "div",
    { class: "look" },
    notices(set),
    lookControls(app, sets, set, layer, picture.heads),
    h("div", { class: "look-body" }, h("div", { class: "look-picture" }, body.el), readout),
    h(
      "details",
      { class: "how", "data-no-picture": true },
      h("summary", {}, t("howWeights")),
      h("p", {}, t("howWeightsText")),
      h("pre", { tabindex: "0" }, h("code", {}, howTo())),
    ),
  );
  sayRow(picture, readout, Math.max(app.state.token, 0), "query");
  return { el, update: null, shown: () => body.shown?.() };
}

const howTo = () => `from safetensors.torch import save_file
# ${t("howShape")}
attn = torch.stack(model(**inputs, output_attentions=True).attentions)
save_file({"weights": attn.contiguous()}, "attn.safetensors")

atencion explore --weights attn.safetensors --tokens tokens.json -o page.html`;

function notices(set) {
  return set.notices.map((notice) =>
    h("p", { class: "notice", role: "note" }, t(`notice_${notice.kind}`, notice)),
  );
}

function lookControls(app, sets, set, layer, heads) {
  const again = (patch) => app.set(patch, true);
  const looks = ["lines", "matrix", "neuron", "all"].map((value) => ({
    value,
    label: t(`look_${value}`),
  }));
  const parts = [
    field(
      t("lookAs"),
      choice({
        label: t("lookAs"),
        name: "look",
        value: app.state.look,
        options: looks,
        onchoose: (look) => again({ look }),
      }).el,
    ),
  ];
  if (sets.length > 1) {
    parts.push(
      field(
        t("whichSet"),
        menu(
          "set",
          t("whichSet"),
          sets.map((one) => one.name),
          app.state.set,
          (n) => again({ set: n, layer: 0, shownHeads: null, token: -1 }),
        ),
      ),
    );
  }
  if (app.state.look !== "all") {
    if (set.layers > 1) {
      const names = Array.from({ length: set.layers }, (_, n) => String(n + 1));
      parts.push(
        field(
          t("layer"),
          menu("layer", t("layer"), names, layer, (n) => again({ layer: n })),
        ),
      );
    }
    if (set.heads > 1) parts.push(headField(app, set, heads));
  }
  return h("div", { class: "controls" }, parts);
}

function menu(name, label, options, value, onchoose) {
  const el = h(
    "select",
    {
      "aria-label": label,
      "data-control": name,
      onchange: (event) => onchoose(Number(event.target.value)),
    },
    options.map((option, n) => h("option", { value: n }, option)),
  );
  el.value = String(value);
  return el;
}

// A press shows only that head, or takes it in and out with Ctrl, ⌘ or Shift.
function headField(app, set, heads) {
  const all = heads.length === set.heads;
  const press = (n, more) => {
    const next = more
      ? heads.includes(n)
        ? heads.filter((one) => one !== n)
        : [...heads, n].sort((a, b) => a - b)
      : [n];
    app.set({ shownHeads: next.length ? next : null }, true);
  };
  const buttons = Array.from({ length: set.heads }, (_, n) => {
    const on = heads.includes(n);
    const button = h(
      "button",
      {
        type: "button",
        class: "head-button",
        "aria-pressed": String(on),
        "data-head": n,
        title: t("headTip"),
        onclick: (event) => press(n, event.shiftKey || event.ctrlKey || event.metaKey),
      },
      h("span", {
        class: "swatch",
        "aria-hidden": "true",
        style: { "background-color": headColour(n) },
      }),
      String(n + 1),
    );
    return button;
  });
  const every = h(
    "button",
    {
      type: "button",
      class: "head-button",
      "aria-pressed": String(all),
      "data-head": "all",
      onclick: () => app.set({ shownHeads: null }, true),
    },
    t("allHeads"),
  );
  return field(
    t("heads"),
    h("div", { class: "heads", role: "group", "aria-label": t("heads") }, every, buttons),
  );
}

const MOST_SAID = 8;

// In words and numbers: what that word looks at, or who looks at it.
function sayRow({ app, set, layer, heads }, readout, i, side) {
  const query = side === "query";
  const own = query ? set.tokens : set.tokensK;
  const others = query ? set.tokensK : set.tokens;
  const at = Math.min(Math.max(i, 0), own.length - 1);
  const values = others.map((token, j) => ({
    token,
    value: query ? meanWeight(set, layer, heads, at, j) : meanWeight(set, layer, heads, j, at),
  }));
  const sum = values.reduce((total, one) => total + one.value, 0);
  values.sort((a, b) => b.value - a.value);
  const rows = values.slice(0, MOST_SAID).map(({ token, value }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, tokenLabel(token)),
      h("td", {}, brief(value)),
      h(
        "td",
        { class: "bar-cell" },
        h("span", {
          class: "bar",
          style: { width: `${Math.round(Math.min(Math.max(value, 0), 1) * 100)}%` },
        }),
      ),
    ),
  );
  readout.replaceChildren(
    h("h3", {}, tokenLabel(own[at]), ` ${t(query ? "looksAt" : "seenBy")}`),
    h("table", {}, h("tbody", {}, rows)),
    h(
      "p",
      { class: "quiet" },
      query ? t("rowSum", { sum: brief(sum) }) : t("columnSum", { sum: brief(sum) }),
    ),
    h(
      "p",
      { class: "quiet" },
      heads.length > 1
        ? t("meanOf", { n: heads.length })
        : t("oneHead", { head: heads[0] + 1, layer: layer + 1 }),
    ),
  );
  return `${own[at].slice(0, 40)} ${t(query ? "looksAt" : "seenBy")}: ${values
    .slice(0, 3)
    .map((one) => `${one.token.slice(0, 40)} ${brief(one.value, 2)}`)
    .join(", ")}`;
}
