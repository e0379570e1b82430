// The parts of a frame that know nothing of convolution: curves, markers, veils, and what has come by now.

import { cellAt } from "./cells.mjs";
import { boxOfSheet } from "./layout.mjs";
import { clockOf } from "./links.mjs";

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

const WHOLE = { done: Infinity, now: Infinity };

// How far each axis of a grid has come at a step: `done` is the end of what earlier rows, slices and so on needed, `now` of this one.
function frontiers(scene, name, step) {
  const clock = clockOf(scene);
  if (name === scene.clock || scene.grids[name].follows === scene.clock) {
    return cellAt(step, clock.shape).slice(1).map((index) => ({ done: index, now: index + 1 }));
  }
  const reader = scene.relations.find((relation) => !relation.sends && relation.window === name);
  if (!reader || !scene.grids[reader.rows].grows) return null;
  const rows = frontiers(scene, reader.rows, step);
  return rows?.map(({ done, now }, axis) => ({ done: endOf(reader.tables[axis], done), now: endOf(reader.tables[axis], now) }));
}

// One behind the last position that the first `count` rows of a table cover.
function endOf(table, count) {
  let end = -Infinity;
  for (let entry = 0; entry < count * table.taps; entry += 1) end = Math.max(end, table.positions[entry] + 1);
  return end;
}

// What has come once `step` is done: sums so far where values are sent, else copied from the finished picture.
export function reveal(ctx, scene, layout, painted, scale, step) {
  for (const box of Object.values(layout.grids)) {
    if (!scene.grids[box.name].grows) continue;
    const sent = scene.relations.some((relation) => relation.sends && relation.window === box.name);
    if (sent) copyBox(ctx, painted.soFar, scale, { x: box.left - 1, y: box.top - 1, width: box.width + 2, height: box.height + 2 });
    else revealRead(ctx, box, painted.filled, scale, frontiers(scene, box.name, step) ?? []);
  }
}

function revealRead(ctx, box, filled, scale, axes) {
  const [depths, rows, columns] = [...new Array(3 - axes.length).fill({ done: 0, now: 1 }), ...axes];
  for (const [index, sheet] of box.sheets.entries()) {
    const depth = (index % box.depths) + box.depth0;
    if (depth >= depths.now) continue;
    const whole = depth < depths.done;
    const line = (top, bottom, right) => {
      const [from, to] = [Math.max(top, box.row0), Math.min(bottom, box.row0 + box.rows)];
      const width = (Math.min(right, box.column0 + box.columns) - box.column0) * box.cell;
      const bar = from === box.row0 ? box.bar : 0;
      copyBox(ctx, filled, scale, { x: sheet.left, y: sheet.top + (from - box.row0) * box.cell - bar, width: width + 1, height: (to - from) * box.cell + 1 + bar });
    };
    if (whole) line(-Infinity, Infinity, WHOLE.now);
    else {
      line(-Infinity, rows.done, Infinity);
      line(rows.done, rows.now, columns.now);
    }
  }
}

function copyBox(ctx, image, scale, { x, y, width, height }) {
  if (!image || !(width > 1) || !(height > 1)) return;
  ctx.drawImage(image, x * scale, y * scale, width * scale, height * scale, x, y, width, height);
}
