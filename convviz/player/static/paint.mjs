// What stays while the window moves: the grids with their tags, painted once per scene, size and theme.

import { between, boxOfGrid, fillCell, mix, numberSize, onStrong, rangeOf, ROLES, setFont, share, text } from "./ink.mjs";
import { cellRect } from "./layout.mjs";
import { coveredPositions, valueAt } from "./links.mjs";
import { formatNumber } from "./words.mjs";

const NAMES = { input: "Input", weight: "Kernel", output: "Output" };
const HATCH = 7; // pixels from line to line

// Shades of a role's colour: from the smallest value to the largest.
const PALE = { input: [0.1, 0.36], weight: [0.16, 0.5], output: [0.14, 0.46] };
const MAP = [0.05, 0.95];

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

const isInside = (scene, position) => position.every((p, axis) => p >= 0 && p < scene.tables[axis].size);

function paintInput(ctx, scene, layout, palette, range) {
  const grid = layout.input;
  if (layout.numbered) {
    const reads = standIns(scene);
    for (const position of positions(grid)) paintInputCell(ctx, scene, palette, grid, position, reads, range);
  } else {
    const shade = (row, column) => {
      const position = [row + grid.origin[0], column + grid.origin[1]];
      return isInside(scene, position) ? between(MAP, share(valueAt(scene.input, [0, ...position]), range)) : 0;
    };
    drawMap(ctx, grid, bitmap(palette, "input", grid.rows, grid.columns, shade));
  }
  hatchUnread(ctx, grid, coveredPositions(scene), palette);
  outlineInput(ctx, scene, layout, palette);
}

function paintInputCell(ctx, scene, palette, grid, position, reads, range) {
  const rect = cellRect(grid, position);
  const real = isInside(scene, position);
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
      if (isInside(scene, position)) continue;
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

// Cells that no window reads lie in whole rows and columns: one clip, and lines over all of it.
function hatchUnread(ctx, grid, covered, palette) {
  const { x, y, width, height } = boxOfGrid(grid);
  ctx.save();
  ctx.beginPath();
  for (let row = 0; row < grid.rows; row += 1) {
    if (!covered[0].has(row + grid.origin[0])) ctx.rect(x, y + row * grid.cell, width, grid.cell);
  }
  for (let column = 0; column < grid.columns; column += 1) {
    if (!covered[1].has(column + grid.origin[1])) ctx.rect(x + column * grid.cell, y, grid.cell, height);
  }
  ctx.clip("nonzero");
  ctx.strokeStyle = palette.ink;
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let offset = -height; offset < width; offset += HATCH) {
    ctx.moveTo(x + offset, y + height);
    ctx.lineTo(x + offset + height, y);
  }
  ctx.stroke();
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
