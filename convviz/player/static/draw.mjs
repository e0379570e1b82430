// The picture on a canvas. What does not depend on the step is painted once per scene, size and theme and then copied.

import { cellRect, boxOf } from "./layout.mjs";
import { PLACE, cellAt, coveredPositions, litBy, product, reachOf, termsOf, valueAt, windowOf } from "./links.mjs";
import { formatNumber } from "./words.mjs";

const NAMES = { input: "Input", weight: "Kernel", output: "Output" };
const ROLES = { input: "input", weight: "kernel", output: "output" };

// Shades of a role's colour: from the smallest value to the largest.
const PALE = { input: [0.1, 0.36], weight: [0.16, 0.5], output: [0.14, 0.46] };
const DEEPEST = 0.28; // how far a strong cell of the largest value moves away from the colour of its number
const MAP = [0.05, 0.95];
const IN_PADDING = 0.1;

const parse = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

const mix = (palette, role, amount) =>
  `rgb(${palette.rgb[role].map((part, index) => Math.round(part * amount + palette.rgb.paper[index] * (1 - amount))).join(",")})`;

const onStrong = (palette, role) => palette[role === "kernel" ? "on-kernel" : "on-strong"];

// The fill of a strong cell: the larger the value, the further from the colour of the number on it.
function strong(palette, role, amount) {
  const away = parse(onStrong(palette, role))[0] > 127 ? 0 : 255;
  const parts = palette.rgb[`${role}-strong`].map((part) => Math.round(part + (away - part) * DEEPEST * amount));
  return `rgb(${parts.join(",")})`;
}

// Theme colours as the canvas needs them, read once per theme.
export function readPalette(element) {
  const style = getComputedStyle(element);
  const roles = ["input", "kernel", "output"];
  const fills = ["paper", ...roles, ...roles.map((role) => `${role}-strong`)];
  const names = [...fills, "ink", "faint", "line", "here", "kernel-text", "on-strong", "on-kernel"];
  const palette = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--cv-${name}`).trim()]));
  palette.rgb = Object.fromEntries(fills.map((name) => [name, parse(palette[name])]));
  palette.font = style.fontFamily;
  return palette;
}

const rangeOf = ({ data }) => data.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

const share = (value, [low, high]) => (high > low ? (value - low) / (high - low) : 0.5);

const between = ([low, high], amount) => low + (high - low) * amount;

const WIDEST = 0.6; // of a font's size: no digit or sign is wider

// Setting a font is slow, even to what it is; measuring a number is too: most are sure to fit.
function setFont(ctx, palette, weight, size) {
  const font = `${weight} ${size}px ${palette.font}`;
  if (ctx.convvizFont === font) return;
  ctx.convvizFont = font;
  ctx.font = font;
}

export const forgetFont = (ctx) => delete ctx.convvizFont;

function text(ctx, palette, words, x, y, size, { weight = 600, colour = palette.ink, align = "center", room = Infinity } = {}) {
  setFont(ctx, palette, weight, size);
  if (words.length * size * WIDEST > room) {
    const { width } = ctx.measureText(words);
    if (width > room) setFont(ctx, palette, weight, Math.max(7, Math.floor((size * room) / width)));
  }
  ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(words, x, y);
}

const numberSize = (size) => Math.min(26, Math.max(size * 0.4, Math.min(size * 0.58, 13)));

function fillCell(ctx, { x, y, size }, colour, line) {
  ctx.fillStyle = colour;
  ctx.fillRect(x, y, size, size);
  if (!line) return;
  ctx.strokeStyle = line;
  ctx.lineWidth = 1;
  ctx.strokeRect(x + 0.5, y + 0.5, size, size);
}

function hatch(ctx, { x, y, size }, colour) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, size, size);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let offset = -size; offset < size; offset += Math.max(4, size / 7)) {
    ctx.moveTo(x + offset, y + size);
    ctx.lineTo(x + offset + size, y);
  }
  ctx.stroke();
  ctx.restore();
}

// A tag above a grid: its name in its colour, its size beside it.
function tag(ctx, palette, layout, name, words) {
  const grid = layout[name];
  const y = grid.top - 26;
  setFont(ctx, palette, 600, 17);
  const nameWidth = ctx.measureText(NAMES[name]).width + 24;
  const total = nameWidth + 10 + ctx.measureText(words).width;
  const wanted = grid.left + (grid.columns * grid.cell - total) / 2;
  const left = Math.min(Math.max(wanted, 2), layout.width - total - 2);
  ctx.fillStyle = palette[`${ROLES[name]}-strong`];
  ctx.beginPath();
  ctx.roundRect(left, y - 14, nameWidth, 28, 14);
  ctx.fill();
  text(ctx, palette, NAMES[name], left + nameWidth / 2, y + 1, 17, { colour: onStrong(palette, ROLES[name]) });
  text(ctx, palette, words, left + nameWidth + 10, y + 1, 17, { align: "left" });
}

// Words below the grids, where there is room for them: they never meet.
function captions(ctx, scene, layout, palette) {
  let free = 0;
  for (const name of ["weight", "output"]) {
    const grid = layout[name];
    const [x, y] = [grid.left + (grid.columns * grid.cell) / 2, grid.top + grid.rows * grid.cell + 18];
    setFont(ctx, palette, 400, 14);
    const half = ctx.measureText(scene.captions[name]).width / 2;
    if (y > layout.height - 4 || x - half < free || x + half > layout.width) continue;
    text(ctx, palette, scene.captions[name], x, y, 14, { weight: 400, colour: palette.faint });
    free = x + half + 12;
  }
}

const positions = (grid) =>
  Array.from({ length: grid.rows * grid.columns }, (_, index) => [
    Math.floor(index / grid.columns) + grid.origin[0],
    (index % grid.columns) + grid.origin[1],
  ]);

// The cell that stands in for each position, padding included: what a window that covers it reads.
function standIns(scene) {
  return scene.tables.map((table) => {
    const reads = new Map(Array.from({ length: table.size }, (_, cell) => [cell, cell]));
    table.positions.forEach((position, entry) => {
      if (table.reads[entry] >= 0) reads.set(position, table.reads[entry]);
    });
    return reads;
  });
}

// One pixel a cell, scaled up: as fast for 64 × 64 as for 4 × 4. `shadeAt` is how much of the role's colour a cell has.
function bitmap(palette, role, rows, columns, shadeAt) {
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const shade = shadeAt(row, column);
      const at = 4 * (row * columns + column);
      for (let part = 0; part < 3; part += 1) {
        image.data[at + part] = palette.rgb[role][part] * shade + palette.rgb.paper[part] * (1 - shade);
      }
      image.data[at + 3] = 255;
    }
  }
  const canvas = new OffscreenCanvas(columns, rows);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function drawMap(ctx, grid, image) {
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(image, grid.left, grid.top, grid.columns * grid.cell, grid.rows * grid.cell);
}

// A canvas of the stage's size, the old one cleared where it fits: a new one costs milliseconds.
function layer(old, layout, scale) {
  const width = Math.max(1, Math.round(layout.width * scale));
  const height = Math.max(1, Math.round(layout.height * scale));
  const canvas = old?.width === width && old.height === height ? old : new OffscreenCanvas(width, height);
  const ctx = canvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.clearRect(0, 0, layout.width, layout.height);
  return { canvas, ctx };
}

function paintInput(ctx, scene, layout, palette, range) {
  const grid = layout.input;
  const reads = standIns(scene);
  const covered = coveredPositions(scene);
  const inside = (position) => position.every((p, axis) => p >= 0 && p < scene.tables[axis].size);
  const isCovered = (position) => position.every((p, axis) => covered[axis].has(p));
  if (!layout.numbered) {
    const shade = (row, column) => {
      const position = [row + grid.origin[0], column + grid.origin[1]];
      return inside(position) ? between(MAP, share(valueAt(scene.input, [0, ...position]), range)) : 0;
    };
    drawMap(ctx, grid, bitmap(palette, "input", grid.rows, grid.columns, shade));
  }
  for (const position of positions(grid)) {
    const rect = cellRect(grid, position);
    const real = inside(position);
    if (layout.numbered) paintInputCell(ctx, scene, palette, rect, position, real, reads, range);
    if (!isCovered(position)) hatch(ctx, rect, real ? palette.ink : palette.faint);
  }
  outlineInput(ctx, scene, layout, palette);
}

function paintInputCell(ctx, scene, palette, rect, position, real, reads, range) {
  const cell = position.map((p, axis) => reads[axis].get(p));
  const known = cell.every((p) => p !== undefined);
  const value = known ? valueAt(scene.input, [0, ...cell]) : 0;
  if (real) fillCell(ctx, rect, mix(palette, "input", between(PALE.input, share(value, range))), palette.line);
  const words = known || scene.padding_mode === "zeros" ? formatNumber(value) : "";
  const style = real ? {} : { weight: 400, colour: palette.faint };
  text(ctx, palette, words, rect.x + rect.size / 2, rect.y + rect.size / 2 + 1, numberSize(rect.size), { ...style, room: rect.size - 4 });
}

// Padding is dashed, cell by cell while cells are large; the input has a firm edge.
function outlineInput(ctx, scene, layout, palette) {
  const grid = layout.input;
  const [rows, columns] = scene.tables;
  const { x, y } = cellRect(grid, [0, 0]);
  ctx.save();
  ctx.lineWidth = 1;
  ctx.strokeStyle = palette.faint;
  ctx.setLineDash([4, 3]);
  if (layout.numbered) {
    ctx.globalAlpha = 0.45;
    ctx.beginPath();
    for (const position of positions(grid)) {
      if (position.every((p, axis) => p >= 0 && p < scene.tables[axis].size)) continue;
      const rect = cellRect(grid, position);
      ctx.rect(rect.x + 0.5, rect.y + 0.5, rect.size, rect.size);
    }
    ctx.stroke();
    ctx.globalAlpha = 1;
  }
  ctx.strokeRect(grid.left + 0.5, grid.top + 0.5, grid.columns * grid.cell, grid.rows * grid.cell);
  ctx.setLineDash([]);
  ctx.strokeStyle = palette.input;
  ctx.strokeRect(x + 0.5, y + 0.5, columns.size * grid.cell, rows.size * grid.cell);
  ctx.restore();
}

function paintGrid(ctx, scene, layout, palette, name, range, numbered) {
  const grid = layout[name];
  const array = scene[name];
  const role = ROLES[name];
  const prefix = name === "weight" ? [0, 0] : [0];
  if (!numbered) {
    const shade = (row, column) => between(MAP, share(valueAt(array, [...prefix, row, column]), range));
    drawMap(ctx, grid, bitmap(palette, role, grid.rows, grid.columns, shade));
    return;
  }
  for (const position of positions(grid)) {
    const value = valueAt(array, [...prefix, ...position]);
    const rect = cellRect(grid, position);
    fillCell(ctx, rect, mix(palette, role, between(PALE[name], share(value, range))), mix(palette, role, 0.6));
    text(ctx, palette, formatNumber(value), rect.x + rect.size / 2, rect.y + rect.size / 2 + 1, numberSize(rect.size), { room: rect.size - 4 });
  }
}

function paintEmptyOutput(ctx, layout, palette) {
  const grid = layout.output;
  ctx.strokeStyle = mix(palette, "output", 0.45);
  ctx.lineWidth = 1;
  const across = layout.numbered ? 1 : grid.columns;
  const down = layout.numbered ? 1 : grid.rows;
  for (let row = 0; row <= grid.rows; row += down) {
    ctx.strokeRect(grid.left + 0.5, grid.top + 0.5 + row * grid.cell, grid.columns * grid.cell, 0);
  }
  for (let column = 0; column <= grid.columns; column += across) {
    ctx.strokeRect(grid.left + 0.5 + column * grid.cell, grid.top + 0.5, 0, grid.rows * grid.cell);
  }
}

// Everything that stays while the window moves: `base`, and the output as if all of it were there: `filled`.
export function paint(scene, layout, palette, scale, old) {
  const ranges = { input: rangeOf(scene.input), weight: rangeOf(scene.weight), output: rangeOf(scene.output) };
  const base = layer(old?.base, layout, scale);
  const filled = layer(old?.filled, layout, scale);
  paintInput(base.ctx, scene, layout, palette, ranges.input);
  paintGrid(base.ctx, scene, layout, palette, "weight", ranges.weight, layout.kernelNumbered);
  paintEmptyOutput(base.ctx, layout, palette);
  paintGrid(filled.ctx, scene, layout, palette, "output", ranges.output, layout.numbered);
  if (!layout.compact) {
    for (const name of ["input", "weight", "output"]) tag(base.ctx, palette, layout, name, scene.labels[name]);
    captions(base.ctx, scene, layout, palette);
  }
  return { base: base.canvas, filled: filled.canvas, ranges };
}

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

function frameBox(ctx, box, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.strokeRect(box.x, box.y, box.width, box.height);
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

const boxOfGrid = (grid) => ({ x: grid.left, y: grid.top, width: grid.columns * grid.cell, height: grid.rows * grid.cell });

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
    fillCell(ctx, rect, strong(palette, ROLES[name], share(value, ranges[name])), palette.paper);
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

// On each output that an input cell reaches, the weight by which it does.
function paintFactors(ctx, scene, layout, palette, cell) {
  for (const hits of product(reachOf(scene, cell))) {
    const rect = cellRect(layout.output, hits.map((hit) => hit.output));
    const words = `×${formatNumber(valueAt(scene.weight, [0, 0, ...hits.map((hit) => hit.tap)]))}`;
    factorText(ctx, palette, words, rect, palette["on-strong"]);
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

