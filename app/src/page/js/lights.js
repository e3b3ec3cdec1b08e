// Which cells made a cell, and which cells a cell goes into.
// "point" is the cell itself, "lit" what made it, "next" what it flows into.

const EVERYTHING = () => "next";

function row(i, light = "lit") {
  return (r) => (r === i ? light : "");
}

function cell(i, j, light = "lit") {
  return (r, c) => (r === i && c === j ? light : "");
}

function part(i, from, to) {
  return (r, c) => (r === i && c >= from && c < to ? "lit" : "");
}

const ORDER = ["scores", "scaled", "mask", "masked", "weights"];

// What made cell (i, j) of a step.
export function lightsBehind(step, i, j, { result, head }) {
  const { width } = result;
  if (step === "output") {
    return { weights: row(i), v: (_, c) => (c === j ? "lit" : ""), output: cell(i, j, "point") };
  }
  const lights = {
    q: part(i, head * width, (head + 1) * width),
    k: part(j, head * width, (head + 1) * width),
  };
  for (const before of ORDER.slice(0, ORDER.indexOf(step))) lights[before] = cell(i, j);
  // A weight is made of the whole row: softmax divides by the row's sum.
  if (step === "weights") lights.masked = (r, c) => (r === i ? (c === j ? "point" : "lit") : "");
  lights[step] = cell(i, j, "point");
  if (step === "weights") lights.v = row(j, "next");
  return lights;
}

// Where an input's cell (i, j) goes.
export function lightsFrom(input, i, j) {
  const own = cell(i, j, "point");
  if (input === "v") return { v: own, output: (_, c) => (c === j ? "next" : "") };
  if (input === "q") {
    const next = row(i, "next");
    return { q: own, scores: next, scaled: next, masked: next, weights: next, output: next };
  }
  const next = (_, c) => (c === i ? "next" : "");
  return {
    k: own,
    scores: next,
    scaled: next,
    masked: next,
    weights: EVERYTHING,
    output: EVERYTHING,
  };
}
