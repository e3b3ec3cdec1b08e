// Everything that can be chosen or edited, as one plain object; the address after `#` holds what
// differs from the start, so a link shows the same view.

export const VIEWS = ["play", "read", "look", "parts"];
export const LOOKS = ["lines", "matrix", "neuron", "all"];
export const PARTS = ["positional", "causal", "multihead", "stack", "seq2seq"];

export function startState(data) {
  return {
    view: data.sets.length ? "look" : "play",
    lang: data.lang,
    theme: "auto",
    heads: data.play.heads,
    head: 0,
    divide: true,
    mask: data.play.causal ? "causal" : data.play.mask ? "given" : "none",
    hidden: [],
    temperature: 1,
    edits: { q: {}, k: {}, v: {} },
    row: -1,
    set: 0,
    layer: 0,
    shownHeads: null,
    look: "lines",
    token: -1,
    part: "positional",
    layout: "interleaved",
    positions: 20,
    width: 512,
    open: ["model"],
    aligned: 0,
  };
}

const NAMES = {
  view: "view",
  lang: "lang",
  theme: "theme",
  heads: "heads",
  head: "head",
  divide: "divide",
  mask: "mask",
  temperature: "t",
  row: "row",
  set: "set",
  layer: "layer",
  look: "look",
  token: "token",
  part: "part",
  layout: "layout",
  positions: "positions",
  width: "width",
  aligned: "aligned",
};

// Cells changed in Q, K or V: `i.j:value` separated by commas.
function editsToText(edits) {
  return Object.entries(edits)
    .map(([cell, value]) => `${cell}:${value}`)
    .join(",");
}

export function stateToHash(state, start) {
  const parts = new URLSearchParams();
  for (const [key, name] of Object.entries(NAMES)) {
    if (state[key] !== start[key]) parts.set(name, String(state[key]));
  }
  for (const name of ["q", "k", "v"]) {
    const text = editsToText(state.edits[name]);
    if (text) parts.set(name, text);
  }
  if (state.hidden.length) parts.set("hidden", state.hidden.join(","));
  if (state.shownHeads) parts.set("show", state.shownHeads.join(","));
  if (state.open.join() !== start.open.join()) parts.set("open", state.open.join(","));
  return parts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

function whole(text, limit) {
  return /^\d+$/.test(text) && Number(text) < limit ? Number(text) : null;
}

function textToEdits(text, m) {
  const edits = {};
  for (const part of (text ?? "").split(",")) {
    const found = /^(\d+)\.(\d+):(.+)$/.exec(part);
    if (!found) continue;
    const [, i, j, value] = found;
    if (Number(i) < m.rows && Number(j) < m.cols && Number.isFinite(Number(value))) {
      edits[`${i}.${j}`] = Number(value);
    }
  }
  return edits;
}

function textToCells(text, rows, cols) {
  return (text ?? "").split(",").filter((part) => {
    const found = /^(\d+)\.(\d+)$/.exec(part);
    return found && Number(found[1]) < rows && Number(found[2]) < cols;
  });
}

// What may stand behind each name; anything else in an address is passed over in silence.
function readers(data) {
  const oneOf =
    (...values) =>
    (text) =>
      values.includes(text) ? text : null;
  const upTo = (limit) => (text) => whole(text, limit);
  const { q, k, v, mask } = data.play;
  const fits = (n) => q.cols % n === 0 && v.cols % n === 0;
  const most = (pick) => Math.max(1, ...data.sets.map(pick));
  const tokens = Math.max(
    q.rows,
    k.rows,
    most((set) => Math.max(set.rows, set.cols)),
  );
  return {
    view: oneOf(...VIEWS),
    lang: oneOf("es", "en"),
    theme: oneOf("auto", "light", "dark"),
    heads: (text) => (whole(text, q.cols + 1) && fits(Number(text)) ? Number(text) : null),
    head: upTo(q.cols),
    divide: (text) => (text === "false" ? false : text === "true" ? true : null),
    mask: oneOf("none", "causal", "custom", ...(mask ? ["given"] : [])),
    temperature: (text) => (Number(text) >= 0.05 && Number(text) <= 10 ? Number(text) : null),
    row: upTo(q.rows),
    set: upTo(Math.max(1, data.sets.length)),
    layer: upTo(most((set) => set.layers)),
    look: oneOf(...LOOKS),
    token: upTo(tokens),
    part: oneOf(...PARTS),
    layout: oneOf("interleaved", "concatenated"),
    positions: (text) => (whole(text, 513) >= 1 ? Number(text) : null),
    width: (text) => (whole(text, 1025) >= 1 ? Number(text) : null),
    aligned: upTo(q.rows),
  };
}

export function hashToState(hash, start, data) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const state = structuredClone(start);
  const read = readers(data);
  for (const [key, name] of Object.entries(NAMES)) {
    const value = parts.has(name) ? read[key](parts.get(name)) : null;
    if (value !== null && value !== undefined) state[key] = value;
  }
  for (const name of ["q", "k", "v"]) {
    state.edits[name] = textToEdits(parts.get(name), data.play[name]);
  }
  state.hidden = textToCells(parts.get("hidden"), data.play.q.rows, data.play.k.rows);
  if (parts.has("show")) {
    const heads = parts
      .get("show")
      .split(",")
      .filter((text) => /^\d+$/.test(text))
      .map(Number);
    state.shownHeads = heads.length ? [...new Set(heads)] : null;
  }
  if (parts.has("open")) {
    state.open = parts
      .get("open")
      .split(",")
      .filter((name) => /^[a-z0-9-]+$/.test(name));
  }
  state.head = Math.min(state.head, state.heads - 1);
  return state;
}
