// One frame: the painted picture, the outputs that are there by now, the window, and what is pointed at or pinned.

import { boxOfGrid, fillCell, frameBox, mix, numberSize, onStrong, ROLES, share, strong, text } from "./ink.mjs";
import { boxOf, cellRect } from "./layout.mjs";
import { PLACE, cellAt, litBy, product, reachOf, termsOf, valueAt, windowOf } from "./links.mjs";
import { formatNumber } from "./words.mjs";

const IN_PADDING = 0.1;

function copyRows(ctx, image, scale, x, y, width, height) {
  if (width <= 0 || height <= 0) return;
  ctx.drawImage(image, x * scale, y * scale, width * scale, height * scale, x, y, width, height);
}

// The outputs that are there once `step` is done.
function reveal(ctx, scene, layout, filled, scale, step) {
  const grid = layout.output;
  const [, row, column] = cellAt(step, scene.output.shape);
  const width = grid.columns * grid.cell;
  copyRows(ctx, filled, scale, grid.left, grid.top, width + 1, row * grid.cell + (row ? 1 : 0));
  copyRows(ctx, filled, scale, grid.left, grid.top + row * grid.cell, (column + 1) * grid.cell + 1, grid.cell + 1);
}

function connect(ctx, from, to, colour) {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.75;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([2, 4]);
  const corners = [
    [from.y, to.y],
    [from.y + from.height, to.y + to.height],
  ];
  for (const [start, end] of corners) {
    const left = from.x + from.width;
    const half = (left + to.x) / 2;
    ctx.beginPath();
    ctx.moveTo(left, start);
    ctx.bezierCurveTo(half, start, half, end, to.x, end);
    ctx.stroke();
  }
  ctx.restore();
}

// The weight in the corner of a cell that it multiplies.
function factorText(ctx, palette, words, { x, y, size }, colour) {
  text(ctx, palette, words, x + size - 5, y + size - 9, Math.min(14, size * 0.25), { colour, align: "right", room: size - 8 });
}

// The cells of a window, each strong and with its weight.
function paintTerms(ctx, scene, layout, palette, ranges, terms) {
  const grid = layout.input;
  if (!layout.numbered) return;
  for (const term of terms) {
    const rect = cellRect(grid, term.position);
    const real = term.place === PLACE.INPUT;
    const fill = real ? strong(palette, "input", share(term.value, ranges.input)) : mix(palette, "input", IN_PADDING);
    fillCell(ctx, rect, fill, palette.line);
    const lift = layout.factors ? rect.size * 0.08 : 0;
    const colour = real ? palette["on-strong"] : palette.faint;
    text(ctx, palette, formatNumber(term.value), rect.x + rect.size / 2, rect.y + rect.size / 2 + 1 - lift, numberSize(rect.size), {
      colour,
      weight: real ? 600 : 400,
      room: rect.size - 4,
    });
    if (layout.factors) {
      factorText(ctx, palette, `×${formatNumber(term.weight)}`, rect, real ? palette["on-strong"] : palette["kernel-text"]);
    }
  }
}

// Lit cells: strong where there are numbers; where there are only colours the rest is veiled instead.
function paintLit(ctx, scene, layout, palette, ranges, name, lists) {
  const grid = layout[name];
  const numbered = name === "weight" ? layout.kernelNumbered : layout.numbered;
  if (!numbered) {
    veil(ctx, grid, palette, lists);
    return;
  }
  const prefix = name === "weight" ? [0, 0] : [0];
  for (const position of product(lists)) {
    const real = position.every((p, axis) => p >= 0 && p < scene[name].shape[prefix.length + axis]);
    const rect = cellRect(grid, position);
    if (!real) {
      frameBox(ctx, { x: rect.x + 1, y: rect.y + 1, width: rect.size - 1, height: rect.size - 1 }, palette.faint, 1.5);
      continue;
    }
    const value = valueAt(scene[name], [...prefix, ...position]);
    // A pale orange would not stand out among pale oranges.
    const amount = name === "weight" ? 0 : share(value, ranges[name]);
    fillCell(ctx, rect, strong(palette, ROLES[name], amount), palette.paper);
    const colour = onStrong(palette, ROLES[name]);
    text(ctx, palette, formatNumber(value), rect.x + rect.size / 2, rect.y + rect.size / 2 + 1, numberSize(rect.size), { colour, room: rect.size - 4 });
  }
}

// Lit cells are a product over the axes, so what is not lit is a union of whole rows and whole columns.
function veil(ctx, grid, palette, [rows, columns]) {
  const [litRows, litColumns] = [new Set(rows), new Set(columns)];
  const box = boxOfGrid(grid);
  ctx.save();
  ctx.beginPath();
  for (let row = 0; row < grid.rows; row += 1) {
    if (!litRows.has(row + grid.origin[0])) ctx.rect(box.x, box.y + row * grid.cell, box.width, grid.cell);
  }
  for (let column = 0; column < grid.columns; column += 1) {
    if (!litColumns.has(column + grid.origin[1])) ctx.rect(box.x + column * grid.cell, box.y, grid.cell, box.height);
  }
  ctx.globalAlpha = 0.72;
  ctx.fillStyle = palette.paper;
  ctx.fill("nonzero");
  ctx.restore();
}

// The ring of what is pointed at or pinned; a pinned one carries a marker.
function ring(ctx, layout, palette, target, pinned) {
  const rect = cellRect(layout[target.grid], target.cell.slice(target.grid === "weight" ? 2 : 1));
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = Math.min(3, Math.max(1.5, rect.size / 12));
  ctx.beginPath();
  const inset = rect.size > 20 ? 3 : 0;
  ctx.roundRect(rect.x + inset, rect.y + inset, rect.size - 2 * inset + 1, rect.size - 2 * inset + 1, Math.min(6, rect.size / 5));
  ctx.stroke();
  if (pinned) marker(ctx, palette, rect.x + rect.size - 1, rect.y + 3);
}

function marker(ctx, palette, x, y) {
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

const blend = (from, to, amount) =>
  Object.fromEntries(Object.keys(to).map((key) => [key, from[key] + (to[key] - from[key]) * amount]));

const outputBox = (layout, cell) => boxOf(layout.output, cell.slice(1).map((p) => [p]));

// One frame. `view`: step, from (the step the window glides from) and glide (0 … 1), hover and pin (targets or null).
export function drawFrame(ctx, scene, layout, palette, painted, scale, view) {
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.clearRect(0, 0, layout.width, layout.height);
  ctx.drawImage(painted.base, 0, 0, layout.width, layout.height);
  reveal(ctx, scene, layout, painted.filled, scale, view.step);
  const target = view.hover ?? view.pin;
  const current = cellAt(view.step, scene.output.shape);
  if (!target || target.grid === "output") {
    drawOutputFocus(ctx, scene, layout, palette, painted, scale, target ? target.cell : current, !target);
  } else {
    const lit = litBy(scene, target);
    revealLit(ctx, layout, painted.filled, scale, lit.output);
    // A weight takes part in every output: there is nothing to single out.
    const singled = target.grid === "weight" ? ["input", "weight"] : ["input", "weight", "output"];
    for (const name of singled) paintLit(ctx, scene, layout, palette, painted.ranges, name, lit[name]);
    if (target.grid === "input" && layout.factors) paintFactors(ctx, scene, layout, palette, target.cell);
  }
  drawHere(ctx, scene, layout, palette, view, current);
  if (view.pin) ring(ctx, layout, palette, view.pin, true);
  if (view.hover) ring(ctx, layout, palette, view.hover, false);
}

function revealLit(ctx, layout, filled, scale, lists) {
  const box = boxOfGrid(layout.output);
  if (lists[0].length * lists[1].length === layout.output.rows * layout.output.columns) {
    copyRows(ctx, filled, scale, box.x, box.y, box.width + 1, box.height + 1);
    return;
  }
  for (const position of product(lists)) {
    const { x, y, size } = cellRect(layout.output, position);
    copyRows(ctx, filled, scale, x, y, size, size);
  }
}

// On each output that an input cell reaches, the weights by which it does: several where padding repeats the cell.
function paintFactors(ctx, scene, layout, palette, cell) {
  const factors = new Map();
  for (const hits of product(reachOf(scene, cell))) {
    const output = hits.map((hit) => hit.output);
    const weight = formatNumber(valueAt(scene.weight, [0, 0, ...hits.map((hit) => hit.tap)]));
    const known = factors.get(output.join()) ?? { output, words: "" };
    factors.set(output.join(), { output, words: `${known.words}×${weight}` });
  }
  for (const { output, words } of factors.values()) {
    factorText(ctx, palette, words, cellRect(layout.output, output), palette["on-strong"]);
  }
}

function drawOutputFocus(ctx, scene, layout, palette, painted, scale, cell, isCurrent) {
  const terms = termsOf(scene, cell);
  paintTerms(ctx, scene, layout, palette, painted.ranges, terms);
  const { x, y, width, height } = outputBox(layout, cell);
  copyRows(ctx, painted.filled, scale, x, y, width, height);
  if (isCurrent) return;
  const box = boxOf(layout.input, windowOf(scene, cell));
  frameBox(ctx, box, palette.ink, 2);
  connect(ctx, box, boxOfGrid(layout.weight), palette.ink);
  connect(ctx, boxOfGrid(layout.weight), outputBox(layout, cell), palette.ink);
}

// Where we are: the window, the output cell and what joins them, in vermilion.
function drawHere(ctx, scene, layout, palette, view, current) {
  const previous = cellAt(view.from, scene.output.shape);
  const amount = view.glide;
  const window = blend(boxOf(layout.input, windowOf(scene, previous)), boxOf(layout.input, windowOf(scene, current)), amount);
  const output = blend(outputBox(layout, previous), outputBox(layout, current), amount);
  const width = layout.input.cell > 12 ? 3.5 : 2.5;
  if (!view.hover && !view.pin) {
    const kernel = boxOfGrid(layout.weight);
    connect(ctx, window, kernel, palette.here);
    connect(ctx, kernel, output, palette.here);
  }
  frameBox(ctx, window, palette.here, width);
  frameBox(ctx, output, palette.here, layout.output.cell > 12 ? 3.5 : 2.5);
}
