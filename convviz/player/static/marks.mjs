// The parts of a frame that know nothing of convolution: curves, markers, veils.

import { boxOfSheet } from "./layout.mjs";

// Two dotted curves from one rectangle to another: to its right, or below it.
export function connect(ctx, from, to, colour) {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.75;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([2, 4]);
  const below = to.x < from.x + from.width && to.y > from.y + from.height;
  for (const far of [0, 1]) {
    ctx.beginPath();
    if (below) curveDown(ctx, from.x + far * from.width, from.y + from.height, to.x + far * to.width, to.y);
    else curveRight(ctx, from.x + from.width, from.y + far * from.height, to.x, to.y + far * to.height);
    ctx.stroke();
  }
  ctx.restore();
}

function curveRight(ctx, left, start, right, end) {
  const half = (left + right) / 2;
  ctx.moveTo(left, start);
  ctx.bezierCurveTo(half, start, half, end, right, end);
}

function curveDown(ctx, start, top, end, bottom) {
  const half = (top + bottom) / 2;
  ctx.moveTo(start, top);
  ctx.bezierCurveTo(start, half, end, half, end, bottom);
}

export function marker(ctx, palette, x, y) {
  ctx.fillStyle = palette.ink;
  ctx.beginPath();
  ctx.arc(x, y - 5, 6, Math.PI * 0.85, Math.PI * 0.15);
  ctx.lineTo(x, y + 7);
  ctx.closePath();
  ctx.fill();
  ctx.fillStyle = palette.paper;
  ctx.beginPath();
  ctx.arc(x, y - 5, 2.2, 0, 2 * Math.PI);
  ctx.fill();
}

// Lit cells are a product over the axes, so what is not lit on a sheet is a union of whole rows and whole columns.
export function veil(ctx, box, slot, palette, lists) {
  const [depths, rows, columns] = [...new Array(3 - lists.length).fill([0]), ...lists].map((list) => new Set(list));
  ctx.save();
  ctx.globalAlpha = 0.72;
  ctx.fillStyle = palette.paper;
  ctx.beginPath();
  for (let index = 0; index < box.depths; index += 1) {
    const { x, y, width, height } = boxOfSheet(box, box.sheets[slot * box.depths + index]);
    if (!depths.has(index + box.depth0)) {
      ctx.rect(x, y, width, height);
      continue;
    }
    for (let row = 0; row < box.rows; row += 1) {
      if (!rows.has(row + box.row0)) ctx.rect(x, y + row * box.cell, width, box.cell);
    }
    for (let column = 0; column < box.columns; column += 1) {
      if (!columns.has(column + box.column0)) ctx.rect(x + column * box.cell, y, box.cell, height);
    }
  }
  ctx.fill("nonzero");
  ctx.restore();
}
