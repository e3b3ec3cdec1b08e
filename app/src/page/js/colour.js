// Colours: viridis for what is never negative, blue-to-orange for what has a sign, and a set of
// colours for heads (Okabe and Ito's, which colour-blind people tell apart).

const VIRIDIS = [
  [68, 1, 84],
  [72, 36, 117],
  [65, 68, 135],
  [53, 95, 141],
  [42, 120, 142],
  [33, 145, 140],
  [34, 168, 132],
  [68, 191, 112],
  [122, 209, 81],
  [189, 223, 38],
  [253, 231, 37],
];

const SIGNED_LIGHT = [
  [16, 78, 139],
  [67, 131, 188],
  [146, 189, 219],
  [246, 246, 246],
  [244, 184, 118],
  [214, 118, 32],
  [138, 66, 4],
];

const SIGNED_DARK = [
  [140, 200, 255],
  [70, 140, 205],
  [38, 78, 120],
  [34, 38, 46],
  [112, 70, 28],
  [196, 116, 40],
  [255, 190, 110],
];

export const HEADS_LIGHT = [
  "#0072b2",
  "#d55e00",
  "#007d5a",
  "#b3508a",
  "#3d8ec9",
  "#8a6d00",
  "#6a3d9a",
  "#a6541f",
  "#444b54",
  "#00838f",
  "#c2185b",
  "#5a7a00",
];

export const HEADS_DARK = [
  "#5ab4f0",
  "#ff9850",
  "#3ddbaa",
  "#f09bcb",
  "#9fd4ff",
  "#f0d040",
  "#c8a2f0",
  "#f0b088",
  "#c8d0da",
  "#50d8e8",
  "#ff80ab",
  "#c0e060",
];

function between(stops, t) {
  const place = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  const part = place - low;
  return stops[low].map((from, c) => Math.round(from + (stops[low + 1][c] - from) * part));
}

export function viridis(t) {
  return between(VIRIDIS, t);
}

export function signed(t, dark) {
  return between(dark ? SIGNED_DARK : SIGNED_LIGHT, (t + 1) / 2);
}

export function css([r, g, b]) {
  return `rgb(${r}, ${g}, ${b})`;
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((x) => {
    const c = x / 255;
    return c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// Black or white, whichever stands out more on that ground.
export function inkOn(rgb) {
  return luminance(rgb) > 0.179 ? "#111111" : "#ffffff";
}

// A function from a value to a colour, fitted to the numbers that will be shown.
export function colourScale(kind, values, dark) {
  if (kind === "weights") return (x) => viridis(x);
  // A mask that hides nothing is no colour at all.
  if (kind === "mask")
    return (x) =>
      x === 0 ? (dark ? SIGNED_DARK[3] : SIGNED_LIGHT[3]) : signed(Math.sign(x) * 0.6, dark);
  let low = Infinity;
  let high = -Infinity;
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  const reach = Math.max(Math.abs(low), Math.abs(high), 1e-12);
  if (kind === "plain" && low >= 0) return (x) => viridis(x / reach);
  return (x) => signed(x / reach, dark);
}
