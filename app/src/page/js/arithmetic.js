// The sums behind a cell, written out: q₂·k₃ = 1·0.3 + 1·0.3 + 1·0.3 = 0.9 → ÷ √3 = 0.5196 → …

import { subscript } from "./dom.js";
import { t } from "./i18n.js";
import { at, rowOf } from "./math.js";
import { brief, factor } from "./numbers.js";

const MOST_TERMS = 8;

function joined(terms) {
  if (terms.length <= MOST_TERMS) return terms.join(" + ");
  return `${terms.slice(0, MOST_TERMS - 1).join(" + ")} + … (${t("moreTerms", { n: terms.length - MOST_TERMS + 1 })})`;
}

function range(n) {
  return Array.from({ length: n }, (_, c) => c);
}

export function dotText(head, i, j) {
  const terms = range(head.q.cols).map(
    (c) => `${factor(at(head.q, i, c))}·${factor(at(head.k, j, c))}`,
  );
  return `q${subscript(i + 1)}·k${subscript(j + 1)} = ${joined(terms)} = ${brief(at(head.scores, i, j))}`;
}

export function scaledText(result, head, i, j) {
  const score = brief(at(head.scores, i, j));
  if (result.scale === 1) return t("notDivided", { score });
  const root = brief(1 / result.scale);
  return `${score} ÷ √${result.width} = ${score} ÷ ${root} = ${brief(at(head.scaled, i, j))}`;
}

export function maskedText(head, mask, i, j) {
  const before = brief(at(head.scaled, i, j));
  if (!mask) return `${before} + 0 = ${before}`;
  return `${before} + ${factor(at(mask, i, j))} = ${brief(at(head.masked, i, j))}`;
}

function power(x, temperature) {
  return temperature === 1 ? `e^${factor(x)}` : `e^(${brief(x)}/${brief(temperature)})`;
}

export function softmaxText(head, temperature, i, j) {
  const row = rowOf(head.masked, i);
  if (row.every((x) => x === -Infinity)) return t("allHidden");
  const visible = row.filter((x) => x !== -Infinity);
  const sum = joined(visible.map((x) => power(x, temperature)));
  const top = row[j] === -Infinity ? "0" : power(row[j], temperature);
  return `softmax: ${top} ÷ (${sum}) = ${brief(at(head.weights, i, j))}`;
}

export function outputText(head, i, c) {
  const terms = range(head.weights.cols).map(
    (j) => `${brief(at(head.weights, i, j))}·${factor(at(head.v, j, c))}`,
  );
  return `${t("outputWord")}${subscript(i + 1)}[${c + 1}] = ${joined(terms)} = ${brief(at(head.output, i, c))}`;
}

// From the two words to the cell of that step, a step a line.
export function journey(step, { result, head, mask, temperature }, i, j) {
  const lines = [dotText(head, i, j)];
  if (step === "scores") return lines;
  lines.push(scaledText(result, head, i, j));
  if (step === "scaled") return lines;
  if (mask || step !== "weights") lines.push(maskedText(head, mask, i, j));
  if (step === "weights") lines.push(softmaxText(head, temperature, i, j));
  return lines;
}
