// A picture as a list of shapes. The same list is painted on a canvas (screen, PNG) and written
// as SVG, so what is saved is what was seen.

export const SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
export const MONO = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

export class Scene {
  constructor(width, height, ground) {
    this.width = width;
    this.height = height;
    this.ground = ground;
    this.shapes = [];
  }

  rect(x, y, width, height, { fill, stroke, radius = 0, lineWidth = 1, opacity = 1 } = {}) {
    this.shapes.push({
      kind: "rect",
      x,
      y,
      width,
      height,
      fill,
      stroke,
      radius,
      lineWidth,
      opacity,
    });
  }

  line(x1, y1, x2, y2, { stroke, lineWidth = 1, opacity = 1 }) {
    this.shapes.push({ kind: "path", points: [x1, y1, x2, y2], stroke, lineWidth, opacity });
  }

  // From left to right, leaving and arriving level.
  curve(x1, y1, x2, y2, { stroke, lineWidth = 1, opacity = 1 }) {
    const bend = (x2 - x1) / 2;
    const points = [x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2];
    this.shapes.push({ kind: "path", points, stroke, lineWidth, opacity });
  }

  // From top to bottom, leaving and arriving upright.
  drop(x1, y1, x2, y2, { stroke, lineWidth = 1, opacity = 1 }) {
    const bend = (y2 - y1) / 2;
    const points = [x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2];
    this.shapes.push({ kind: "path", points, stroke, lineWidth, opacity });
  }

  // `turned` text runs upwards.
  text(
    x,
    y,
    text,
    { fill, size = 13, align = "left", weight = 400, family = SANS, room, turned } = {},
  ) {
    this.shapes.push({ kind: "text", x, y, text, fill, size, align, weight, family, room, turned });
  }

  // Pixels that were painted once: `canvas` is stretched over the rectangle, its cells staying sharp.
  bitmap(x, y, width, height, canvas) {
    this.shapes.push({ kind: "bitmap", x, y, width, height, canvas });
  }

  // Another scene's shapes, moved.
  place(scene, dx, dy) {
    for (const shape of scene.shapes) this.shapes.push(moved(shape, dx, dy));
  }
}

function moved(shape, dx, dy) {
  if (shape.kind === "path") {
    return { ...shape, points: shape.points.map((p, i) => p + (i % 2 ? dy : dx)) };
  }
  return { ...shape, x: shape.x + dx, y: shape.y + dy };
}

let measure = null;

function measured(text, font) {
  measure ??= document.createElement("canvas").getContext("2d");
  measure.font = font;
  return measure.measureText(text).width;
}

export function textWidth(text, size, family = SANS) {
  return measured(text.slice(0, 400), `400 ${size}px ${family}`);
}

// The same labels are painted in every frame; what was measured once is remembered.
const shortened = new Map();
const MOST_REMEMBERED = 20_000;

// The text, shortened until it fits into `room` pixels.
export function fitted({ text, size, weight, family, room }) {
  if (!room) return text;
  const key = `${weight} ${size} ${Math.round(room)} ${family} ${text}`;
  if (!shortened.has(key)) {
    if (shortened.size > MOST_REMEMBERED) shortened.clear();
    shortened.set(key, cutToFit(text.slice(0, 400), text, `${weight} ${size}px ${family}`, room));
  }
  return shortened.get(key);
}

function cutToFit(short, text, font, room) {
  if (short === text && measured(text, font) <= room) return text;
  const letters = Array.from(short);
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measured(`${letters.slice(0, middle).join("")}…`, font) <= room) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("")}…`;
}
