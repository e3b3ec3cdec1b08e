// Saving the view as SVG or PNG, and copying its address.

import { capture } from "./capture.js";
import { canvasOf } from "./paint.js";
import { svgOf } from "./svg.js";

function offer(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function saveSvg(root, name, title) {
  const text = svgOf(capture(root), title);
  offer(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`);
}

export function savePng(root, name) {
  const canvas = canvasOf(capture(root), 2);
  canvas.toBlob((blob) => blob && offer(blob, `${name}.png`), "image/png");
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
