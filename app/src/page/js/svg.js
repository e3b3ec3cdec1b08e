// Scene → SVG text.

import { fitted } from "./scene.js";

// Characters that XML forbids even when escaped are replaced, the rest is escaped.
export function escapeXml(text) {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .toWellFormed()
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function number(x) {
  return String(Math.round(x * 100) / 100);
}

function attributes(values) {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => {
      return ` ${name}="${typeof value === "number" ? number(value) : escapeXml(value)}"`;
    })
    .join("");
}

function pathData(p) {
  const from = `M${number(p[0])} ${number(p[1])}`;
  const rest = p.slice(2).map(number).join(" ");
  return from + (p.length === 4 ? "L" : "C") + rest;
}

const ANCHORS = { left: "start", center: "middle", right: "end" };

function faint(shape) {
  return shape.opacity < 1 ? shape.opacity : undefined;
}

const WRITERS = {
  rect: (shape) =>
    `<rect${attributes({
      x: shape.x,
      y: shape.y,
      width: Math.max(shape.width, 0),
      height: Math.max(shape.height, 0),
      rx: shape.radius || undefined,
      fill: shape.fill ?? "none",
      stroke: shape.stroke,
      "stroke-width": shape.stroke && shape.lineWidth,
      opacity: faint(shape),
    })}/>`,
  path: (shape) =>
    `<path${attributes({
      d: pathData(shape.points),
      fill: "none",
      stroke: shape.stroke,
      "stroke-width": shape.lineWidth,
      "stroke-opacity": faint(shape),
    })}/>`,
  text: (shape) =>
    `<text${attributes({
      x: shape.x,
      y: shape.y,
      fill: shape.fill,
      "font-size": shape.size,
      "font-weight": shape.weight,
      "font-family": shape.family,
      "text-anchor": ANCHORS[shape.align],
      "dominant-baseline": "central",
      opacity: faint(shape),
      transform: shape.turned && `rotate(-90 ${number(shape.x)} ${number(shape.y)})`,
    })}>${escapeXml(fitted(shape))}</text>`,
  bitmap: (shape) =>
    `<image${attributes({
      x: shape.x,
      y: shape.y,
      width: shape.width,
      height: shape.height,
      href: shape.canvas.toDataURL("image/png"),
      preserveAspectRatio: "none",
      opacity: faint(shape),
      "image-rendering": "pixelated",
    })}/>`,
};

export function svgOf(scene, title) {
  const size = attributes({
    width: scene.width,
    height: scene.height,
    viewBox: `0 0 ${number(scene.width)} ${number(scene.height)}`,
  });
  const ground = attributes({ width: "100%", height: "100%", fill: scene.ground });
  const shapes = scene.shapes.map((shape) => WRITERS[shape.kind](shape)).join("\n");
  return (
    `<svg xmlns="http://www.w3.org/2000/svg"${size} role="img">\n` +
    `<title>${escapeXml(title)}</title>\n<rect${ground}/>\n${shapes}\n</svg>\n`
  );
}
