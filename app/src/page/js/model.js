// From the state to the numbers: Q, K, V with their edits, the mask, and what attention makes of
// them.

import { at, attention, causalMask, divisors, matrix } from "./math.js";

function edited(m, edits) {
  const cells = Object.entries(edits);
  if (!cells.length) return m;
  const copy = matrix(m.rows, m.cols, Float64Array.from(m.data));
  for (const [cell, value] of cells) {
    const [i, j] = cell.split(".").map(Number);
    copy.data[i * m.cols + j] = value;
  }
  return copy;
}

// `hidden` lists the cells that were clicked, on top of what the mask had been.
function customMask(base, hidden, rows, cols) {
  const mask = matrix(rows, cols, base ? Float64Array.from(base.data) : undefined);
  for (const cell of hidden) {
    const [i, j] = cell.split(".").map(Number);
    mask.data[i * cols + j] = -Infinity;
  }
  return mask;
}

export function maskOf(state, data) {
  const { q, k, mask } = data.play;
  if (state.mask === "causal") return causalMask(q.rows, k.rows);
  if (state.mask === "given") return mask;
  if (state.mask === "custom") return customMask(null, state.hidden, q.rows, k.rows);
  return null;
}

export function compute(state, data) {
  const q = edited(data.play.q, state.edits.q);
  const k = edited(data.play.k, state.edits.k);
  const v = edited(data.play.v, state.edits.v);
  const mask = maskOf(state, data);
  const options = {
    heads: state.heads,
    divide: state.divide,
    mask,
    temperature: state.temperature,
  };
  return { q, k, v, mask, ...attention(q, k, v, options) };
}

// A click in the mask: what was chosen becomes a mask of one's own, with that cell turned over.
export function toggled(state, data, i, j) {
  const mask = maskOf(state, data);
  const cell = `${i}.${j}`;
  const hidden = [];
  for (let r = 0; r < data.play.q.rows; r++) {
    for (let c = 0; c < data.play.k.rows; c++) {
      if (mask && at(mask, r, c) === -Infinity) hidden.push(`${r}.${c}`);
    }
  }
  const next = hidden.includes(cell) ? hidden.filter((one) => one !== cell) : [...hidden, cell];
  return { mask: next.length ? "custom" : "none", hidden: next };
}

export function headChoices(data) {
  const { q, v } = data.play;
  return divisors(q.cols).filter((n) => v.cols % n === 0);
}

// Attention weights as a set that can be looked at, like those that came from a file.
export function liveSet(result, data, name) {
  const { rows, cols } = result.heads[0].weights;
  const heads = result.heads.length;
  const weights = new Float64Array(heads * rows * cols);
  const q = new Float64Array(result.q.data.length);
  const k = new Float64Array(result.k.data.length);
  result.heads.forEach((head, h) => {
    weights.set(head.weights.data, h * rows * cols);
    q.set(head.q.data, h * head.q.data.length);
    k.set(head.k.data, h * head.k.data.length);
  });
  return {
    name,
    layers: 1,
    heads,
    rows,
    cols,
    weights,
    q: { width: result.width, data: q },
    k: { width: result.width, data: k },
    tokens: data.play.tokens,
    tokensK: data.play.tokensK,
    notices: [],
    live: true,
  };
}
