// What stands on the page → Scene: boxes, borders, words and canvases where the browser laid them
// out. This is how "save what is shown" needs no second drawing of each view.

import { Scene } from "./scene.js";

const NOTHING = new Set(["rgba(0, 0, 0, 0)", "transparent"]);

function boxOf(el, origin) {
  const box = el.getBoundingClientRect();
  return { x: box.x - origin.x, y: box.y - origin.y, width: box.width, height: box.height };
}

function drawBox(scene, box, style) {
  const fill = NOTHING.has(style.backgroundColor) ? null : style.backgroundColor;
  if (fill) {
    scene.rect(box.x, box.y, box.width, box.height, {
      fill,
      radius: parseFloat(style.borderTopLeftRadius) || 0,
    });
  }
  const edges = [
    ["Top", box.x, box.y, box.x + box.width, box.y],
    ["Right", box.x + box.width, box.y, box.x + box.width, box.y + box.height],
    ["Bottom", box.x, box.y + box.height, box.x + box.width, box.y + box.height],
    ["Left", box.x, box.y, box.x, box.y + box.height],
  ];
  for (const [side, x1, y1, x2, y2] of edges) {
    const lineWidth = parseFloat(style[`border${side}Width`]);
    const stroke = style[`border${side}Color`];
    if (lineWidth && style[`border${side}Style`] !== "none" && !NOTHING.has(stroke)) {
      scene.line(x1, y1, x2, y2, { stroke, lineWidth });
    }
  }
  drawOutline(scene, box, style);
}

// Lit cells are outlined from within.
function drawOutline(scene, box, style) {
  const lineWidth = parseFloat(style.outlineWidth);
  if (style.outlineStyle !== "solid" || !lineWidth) return;
  const inset = lineWidth / 2;
  scene.rect(box.x + inset, box.y + inset, box.width - lineWidth, box.height - lineWidth, {
    stroke: style.outlineColor,
    lineWidth,
  });
}

function write(scene, text, box, style, room) {
  scene.text(box.x, box.y + box.height / 2, text, {
    fill: style.color,
    size: parseFloat(style.fontSize),
    weight: Number(style.fontWeight) || 400,
    family: style.fontFamily.replaceAll('"', "'"),
    room,
  });
}

// A text node may run over several lines: each gets its own words.
function drawText(scene, node, style, origin) {
  const range = document.createRange();
  let line = null;
  const flush = () => {
    if (line && line.text.trim()) write(scene, line.text.trim(), line, style, line.room);
    line = null;
  };
  // Where a line is cut off on the page, it is cut off in the picture.
  const holder = node.parentElement.closest("pre, th")?.getBoundingClientRect();
  for (const match of node.data.slice(0, 4000).matchAll(/\S+\s*/gu)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].trimEnd().length);
    const rect = range.getClientRects()[0];
    if (!rect || rect.width === 0) continue;
    const y = rect.y - origin.y;
    if (line && Math.abs(line.y - y) > rect.height / 2) flush();
    const word = match[0].replace(/\s+/g, " ");
    const x = rect.x - origin.x;
    const room = holder && holder.right - rect.x + 2;
    if (line) line.text += word;
    else line = { text: word, x, y, height: rect.height, room };
  }
  flush();
}

function drawInput(scene, el, style, box) {
  const text = el.tagName === "SELECT" ? el.selectedOptions[0]?.textContent : el.value;
  if (!text) return;
  const left = parseFloat(style.paddingLeft) || 0;
  const inner = { ...box, x: box.x + left };
  if (style.textAlign === "right" || style.textAlign === "center") {
    const middle = style.textAlign === "center";
    scene.text(
      middle ? box.x + box.width / 2 : box.x + box.width - left,
      box.y + box.height / 2,
      text,
      {
        fill: style.color,
        size: parseFloat(style.fontSize),
        family: style.fontFamily.replaceAll('"', "'"),
        align: middle ? "center" : "right",
      },
    );
  } else write(scene, text, inner, style);
}

function drawElement(scene, el, origin) {
  if (el.hasAttribute("data-no-picture") || el.type === "range") return;
  const from = scene.shapes.length;
  const style = getComputedStyle(el);
  if (style.display === "none" || style.visibility === "hidden" || Number(style.opacity) === 0)
    return;
  drawInside(scene, el, style, origin);
  const opacity = Number(style.opacity);
  if (opacity === 1) return;
  for (const shape of scene.shapes.slice(from)) shape.opacity = (shape.opacity ?? 1) * opacity;
}

function drawInside(scene, el, style, origin) {
  const box = boxOf(el, origin);
  if (style.position === "absolute" && box.width <= 1) return;
  drawBox(scene, box, style);
  if (el.tagName === "CANVAS") {
    if (el.scene) scene.place(el.scene, box.x, box.y);
    return;
  }
  if (el.tagName === "INPUT" || el.tagName === "SELECT") {
    drawInput(scene, el, style, box);
    return;
  }
  for (const child of el.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) drawText(scene, child, style, origin);
    else if (child.nodeType === Node.ELEMENT_NODE) drawElement(scene, child, origin);
  }
}

export function capture(root) {
  // What follows the screen's edge goes back to its place while the picture is taken.
  root.classList.add("still");
  const origin = root.getBoundingClientRect();
  const width = Math.ceil(Math.max(origin.width, root.scrollWidth));
  const height = Math.ceil(Math.max(origin.height, root.scrollHeight));
  const ground = getComputedStyle(document.body).backgroundColor;
  const scene = new Scene(width, height, ground);
  drawElement(scene, root, origin);
  // Tables that the page would scroll stand whole in the picture.
  for (const { kind, x, width: wide } of scene.shapes) {
    if (kind === "rect" || kind === "bitmap")
      scene.width = Math.max(scene.width, Math.ceil(x + wide));
  }
  root.classList.remove("still");
  return scene;
}
