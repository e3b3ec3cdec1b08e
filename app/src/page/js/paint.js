// Scene → canvas.

import { fitted } from "./scene.js";

const PAINTERS = {
  rect(ctx, shape) {
    ctx.beginPath();
    if (shape.radius) ctx.roundRect(shape.x, shape.y, shape.width, shape.height, shape.radius);
    else ctx.rect(shape.x, shape.y, shape.width, shape.height);
    if (shape.fill) {
      ctx.fillStyle = shape.fill;
      ctx.fill();
    }
    if (shape.stroke) {
      ctx.strokeStyle = shape.stroke;
      ctx.lineWidth = shape.lineWidth;
      ctx.stroke();
    }
  },
  path(ctx, shape) {
    const p = shape.points;
    ctx.beginPath();
    ctx.moveTo(p[0], p[1]);
    if (p.length === 4) ctx.lineTo(p[2], p[3]);
    else ctx.bezierCurveTo(p[2], p[3], p[4], p[5], p[6], p[7]);
    ctx.strokeStyle = shape.stroke;
    ctx.lineWidth = shape.lineWidth;
    ctx.stroke();
  },
  text(ctx, shape) {
    ctx.font = `${shape.weight} ${shape.size}px ${shape.family}`;
    ctx.fillStyle = shape.fill;
    ctx.textAlign = shape.align;
    ctx.textBaseline = "middle";
    if (!shape.turned) {
      ctx.fillText(fitted(shape), shape.x, shape.y);
      return;
    }
    ctx.save();
    ctx.translate(shape.x, shape.y);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(fitted(shape), 0, 0);
    ctx.restore();
  },
  bitmap(ctx, shape) {
    // Made smaller, cells are blended, or single bright ones would be lost between the pixels.
    ctx.imageSmoothingEnabled = shape.width < shape.canvas.width;
    ctx.drawImage(shape.canvas, shape.x, shape.y, shape.width, shape.height);
  },
};

export function paintScene(ctx, scene) {
  if (scene.ground) {
    ctx.fillStyle = scene.ground;
    ctx.fillRect(0, 0, scene.width, scene.height);
  }
  for (const shape of scene.shapes) {
    ctx.globalAlpha = shape.opacity ?? 1;
    PAINTERS[shape.kind](ctx, shape);
  }
  ctx.globalAlpha = 1;
}

// Browsers refuse canvases beyond about 16,000 pixels a side.
const LONGEST_SIDE = 16000;

export function sharpness(width, height, wanted) {
  return Math.max(Math.min(wanted, LONGEST_SIDE / Math.max(width, height, 1)), 0.1);
}

export function canvasOf(scene, wanted) {
  const scale = sharpness(scene.width, scene.height, wanted);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(scene.width * scale));
  canvas.height = Math.max(1, Math.round(scene.height * scale));
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  paintScene(ctx, scene);
  return canvas;
}

// Fits the canvas on the page to the scene and paints it.
export function showScene(canvas, scene) {
  const scale = sharpness(scene.width, scene.height, window.devicePixelRatio || 1);
  const width = Math.round(scene.width * scale);
  const height = Math.round(scene.height * scale);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.style.setProperty("width", `${scene.width}px`);
  canvas.style.setProperty("height", `${scene.height}px`);
  const ctx = canvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.clearRect(0, 0, scene.width, scene.height);
  paintScene(ctx, scene);
  canvas.scene = scene;
}

// However many events arrive, a view is painted once a frame.
export function paintSoon(view, paint) {
  if (view.waiting) return;
  view.waiting = true;
  requestAnimationFrame(() => {
    view.waiting = false;
    if (view.canvas.isConnected) paint(view);
  });
}

// A matrix as a picture of one pixel a cell.
export function pixels(rows, cols, value, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = cols;
  canvas.height = rows;
  const ctx = canvas.getContext("2d");
  const image = ctx.createImageData(cols, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const [r, g, b] = colour(value(i, j));
      image.data.set([r, g, b, 255], (i * cols + j) * 4);
    }
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
}
