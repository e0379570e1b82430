// One small sheet for each input cell that stamps: the output is their sum. Of many, those around the step.

import { cellAt, positionOf, product, range, valueAt } from "./cells.mjs";
import { fillCell, frameBox, mix, setFont, text } from "./ink.mjs";
import { clockOf, rowChannels, weightCell, weightOf } from "./links.mjs";
import { factor, formatNumber } from "./words.mjs";

const MOST = 4;
const FEWEST = 2;
const CELL = 25;
const LEAST_CELL = 17;
const MOST_ROWS = 8;
const HEAD = 24;
const GAP = 40;
const WORDS = 118; // room for words before
const BEHIND = 170; // and behind

// The relation whose stamps are worth a line of their own: one that ticks, and a small output.
function stampsIn(scene) {
  const relation = scene.relations.length === 1 && scene.relations[0];
  const shape = scene.grids.output.shape;
  const small = scene.dimension === 2 && shape[1] <= MOST_ROWS && shape[2] <= 2 * MOST_ROWS;
  return relation && relation.sends && relation.weight && small && clockOf(scene).data.length > 1 ? relation : null;
}

// The line at the foot of the stage, or null where there is no room for it.
export function stampLine(scene, width, height) {
  const relation = stampsIn(scene);
  if (!relation) return null;
  const [, rows, columns] = scene.grids.output.shape;
  const total = clockOf(scene).data.length;
  const cellFor = (count) => Math.min(CELL, (0.3 * height - HEAD) / rows, ((width - WORDS - BEHIND) / count - GAP) / columns);
  let count = Math.min(MOST, total);
  while (count > FEWEST && cellFor(count) < LEAST_CELL) count -= 1;
  const cell = cellFor(count);
  if (cell < LEAST_CELL) return null;
  return { relation, count, cell, rows, columns, room: rows * cell + HEAD + 10, left: WORDS, top: height - rows * cell - 4 };
}

export function drawStamps(ctx, scene, layout, palette, focus, step, pin) {
  const line = layout.stamps;
  if (!line) return;
  const total = clockOf(scene).data.length;
  const first = Math.min(Math.max(0, step - line.count + 2), total - line.count);
  const middle = line.top + (line.rows * line.cell) / 2;
  text(ctx, palette, "One sheet for", 2, middle - 10, 15, { align: "left" });
  text(ctx, palette, "each input cell", 2, middle + 10, 15, { align: "left" });
  for (const index of range(0, line.count)) {
    const left = line.left + index * (line.columns * line.cell + GAP);
    drawSheet(ctx, scene, line, palette, focus, { index: first + index, step, left, pin });
    const bias = line.relation.bias?.data[focus.grids.output] ?? 0;
    const sign = index < line.count - 1 ? "+" : `${bias ? `+ bias ${factor(bias)} ` : ""}= the output, so far`;
    text(ctx, palette, sign, left + line.columns * line.cell + (index < line.count - 1 ? GAP / 2 : 14), middle, 18, { weight: 400, colour: palette.faint, align: index < line.count - 1 ? "center" : "left" });
  }
}

function drawSheet(ctx, scene, line, palette, focus, { index, step, left, pin }) {
  const cell = cellAt(index, clockOf(scene).shape);
  const rectAt = ([row, column]) => ({ x: left + column * line.cell, y: line.top + row * line.cell, size: line.cell });
  for (const place of product([range(0, line.rows), range(0, line.columns)])) fillCell(ctx, rectAt(place), palette.paper, mix(palette, "output", 0.2));
  heading(ctx, palette, valueAt(clockOf(scene), cell), left + (line.columns * line.cell) / 2, line.top - 11, index <= step);
  const landing = landings(scene, line.relation, focus, cell);
  if (index <= step) for (const { at, value } of landing) drawLanded(ctx, palette, rectAt(at), value);
  const box = around(landing.map(({ at }) => rectAt(at)));
  if (box && index === step) frameBox(ctx, box, palette.here, 2.5);
  if (box && index === step + 1) drawNext(ctx, palette, box);
  if (index <= step && pin?.grid === "output" && pin.cell[0] === focus.grids.output) {
    const rect = rectAt(positionOf(scene.grids.output, pin.cell));
    frameBox(ctx, { x: rect.x + 2, y: rect.y + 2, width: rect.size - 3, height: rect.size - 3 }, palette.ink, 1.5);
  }
}

// "4 × kernel", centred: the factor in its colour.
function heading(ctx, palette, value, x, y, come) {
  const words = `${factor(value)} × kernel`;
  setFont(ctx, palette, 600, 14);
  text(ctx, palette, words, x, y, 14, { colour: come ? palette["kernel-text"] : palette.faint });
}

function landings(scene, relation, focus, cell) {
  const channel = focus.grids.output;
  if (!rowChannels(scene, relation, channel).includes(cell[0])) return [];
  const value = valueAt(clockOf(scene), cell);
  return product(relation.tables.map((table) => range(0, table.taps))).flatMap((taps) => {
    const at = relation.tables.map((table, axis) => table.reads[cell[axis + 1] * table.taps + taps[axis]]);
    if (at.some((index) => index < 0)) return [];
    return [{ at, value: value * weightOf(scene, relation, weightCell(scene, relation, channel, cell[0], taps)) }];
  });
}

function drawLanded(ctx, palette, rect, value) {
  fillCell(ctx, rect, mix(palette, "kernel", 0.24), mix(palette, "kernel", 0.6));
  text(ctx, palette, formatNumber(value), rect.x + rect.size / 2, rect.y + rect.size / 2 + 1, 13, { room: rect.size - 3 });
}

function around(rects) {
  if (!rects.length) return null;
  const [x, y] = [Math.min(...rects.map((rect) => rect.x)), Math.min(...rects.map((rect) => rect.y))];
  const size = rects[0].size;
  return { x, y, width: Math.max(...rects.map((rect) => rect.x)) + size - x, height: Math.max(...rects.map((rect) => rect.y)) + size - y };
}

function drawNext(ctx, palette, box) {
  ctx.save();
  ctx.setLineDash([4, 4]);
  frameBox(ctx, box, palette.faint, 1.5);
  ctx.restore();
  text(ctx, palette, "next", box.x + box.width / 2, box.y + box.height / 2, 14, { weight: 400, colour: palette.faint });
}
