// What has come by now: cells that are there, rings of those that won, small outputs that are done.

import { cellAt, positionOf } from "./cells.mjs";
import { slotOf } from "./faces.mjs";
import { circle, frameBox } from "./ink.mjs";
import { rectAt } from "./layout.mjs";
import { clockOf } from "./links.mjs";

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

// Cells that won an earlier window keep a ring.
export function earlierWinners(ctx, scene, layout, palette, focus, step) {
  for (const relation of scene.relations) {
    const box = layout.grids[relation.window];
    if (!relation.winners || relation.rows !== scene.clock || !box.numbered) continue;
    const rows = clockOf(scene);
    const perChannel = rows.data.length / rows.shape[0];
    const source = scene.grids[relation.window];
    const first = Math.floor(step / perChannel) * perChannel;
    for (const index of new Set(relation.winners.data.slice(first, step + 1))) {
      const rect = index < 0 ? null : rectAt(box, slotOf(source, focus, focus.ticking), positionOf(source, [0, ...cellAt(index, source.shape.slice(1))]));
      if (rect) circle(ctx, rect, palette.input);
    }
  }
}

// The small outputs: those still to come are faint, the one on show has a frame.
export function markThumbs(ctx, scene, layout, palette, focus, step) {
  const { thumbs } = layout;
  if (!thumbs) return;
  const clock = clockOf(scene);
  const done = scene.clock === "output" ? Math.floor(step / (clock.data.length / clock.shape[0])) : thumbs.count;
  for (let channel = 0; channel < thumbs.count; channel += 1) {
    const box = { x: thumbs.left + channel * thumbs.step - 2, y: thumbs.top - 2, width: Math.min(thumbs.step - 3, thumbs.size + 4), height: thumbs.size + 4 };
    if (channel > done) {
      ctx.save();
      ctx.globalAlpha = 0.75;
      ctx.fillStyle = palette.paper;
      ctx.fillRect(box.x, box.y, box.width, box.height);
      ctx.restore();
    }
    if (channel === focus.grids.output) frameBox(ctx, { ...box, height: thumbs.height + 4 }, palette.here, 2.5);
  }
}
