// Numbers as people read them: four places, a true minus sign, −∞ for what is hidden.

export function shown(x, places = 4) {
  if (x === -Infinity) return "−∞";
  if (x === Infinity) return "∞";
  if (Number.isNaN(x)) return "NaN";
  const size = Math.abs(x);
  const text =
    size >= 1e5 || (size > 0 && size < 0.5 * Math.pow(10, -places))
      ? x.toExponential(2)
      : x.toFixed(places);
  return text.replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}

// As short as it can be, for arithmetic that is read aloud: 0.3, not 0.3000.
export function brief(x, places = 4) {
  const text = shown(x, places);
  return text.includes("e") || !text.includes(".") ? text : text.replace(/\.?0+$/, "");
}

// What stands in an input cell: seven digits are what a float32 holds.
export function typed(x) {
  return String(Number(x.toPrecision(7)));
}

// The same while nobody is typing there: four places are enough to read.
export function resting(x) {
  return String(Number(x.toFixed(4)) || Number(x.toPrecision(3)));
}

export function parsed(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}

// In a product a negative factor stands in brackets.
export function factor(x) {
  return x < 0 ? `(${brief(x)})` : brief(x);
}
