// What Rust put into the page: tensors as base64 of little-endian numbers.

import { matrix } from "./math.js";

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function numbers(tensor) {
  const bytes = bytesOf(tensor.data);
  return tensor.kind === "f64" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

function toMatrix(tensor) {
  const [rows, cols] = tensor.shape;
  return matrix(rows, cols, Float64Array.from(numbers(tensor)));
}

function readSet(set) {
  const [layers, heads, rows, cols] = set.weights.shape;
  const neuron = (tensor) => tensor && { width: tensor.shape[3], data: numbers(tensor) };
  return {
    name: set.name,
    layers,
    heads,
    rows,
    cols,
    weights: numbers(set.weights),
    q: neuron(set.q),
    k: neuron(set.k),
    tokens: set.tokens,
    tokensK: set.tokens_k,
    notices: set.notices,
  };
}

export function readData() {
  const raw = JSON.parse(document.getElementById("atencion-data").textContent);
  return {
    lang: raw.lang,
    play: {
      q: toMatrix(raw.play.q),
      k: toMatrix(raw.play.k),
      v: toMatrix(raw.play.v),
      mask: raw.play.mask && toMatrix(raw.play.mask),
      causal: raw.play.causal,
      heads: raw.play.heads,
      tokens: raw.play.tokens,
      tokensK: raw.play.tokens_k,
    },
    steps: raw.steps.map((step) => ({
      ...step,
      // The lines of Q, K and V are one step; their numbers are those to play with.
      tensor: step.tensor && numbers(step.tensor),
      shape: step.tensor?.shape,
    })),
    sets: raw.sets.map(readSet),
  };
}
