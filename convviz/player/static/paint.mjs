// What stays while the window moves: the grids with their tags, painted once per scene, size, theme and channel shown.

import { indexAt, indexOf, isOverhang, range, valueAt } from "./cells.mjs";
import { channelAt, localRow, positionAt, tapsIn, weightLeads } from "./faces.mjs";
import { between, WIDTH_OF_NUMBER, circle, dots, fillCell, mix, numberSize, onStrong, rangeOf, ROLES, setFont, share, text } from "./ink.mjs";
import { boxOfSheet, sheetAt } from "./layout.mjs";
import { coveredPositions, windowChannels } from "./links.mjs";
import { landed } from "./landed.mjs";
import { formatNumber } from "./words.mjs";

const TAG_ROOM = 48; // pixels above a grid that its name takes
const HATCH = 7; // pixels from line to line
const ASIDE = 0.7; // how much of the paper covers sheets of another group

// Shades of a role's colour: from the smallest value to the largest.
const PALE = { input: [0.1, 0.36], weight: [0.16, 0.5], output: [0.14, 0.46] };
const MAP = [0.05, 0.95];

// A tag above a grid: its name in its colour, its size beside it.
function tag(ctx, palette, layout, grid, box) {
  const y = box.top - 26;
  const size = box.cell < 24 ? 15 : 17;
  setFont(ctx, palette, 600, size);
  const nameWidth = ctx.measureText(grid.tag).width + 24;
  const whole = nameWidth + 10 + ctx.measureText(grid.label).width;
  const total = whole > box.room ? nameWidth : whole; // the size gives way to the neighbours' names
  const left = Math.min(Math.max(box.left + (box.width - total) / 2, 2), layout.width - total - 2);
  const role = ROLES[grid.role];
  ctx.fillStyle = palette[`${role}-strong`];
  ctx.beginPath();
  ctx.roundRect(left, y - 14, nameWidth, 28, 14);
  ctx.fill();
  text(ctx, palette, grid.tag, left + nameWidth / 2, y + 1, size, { colour: onStrong(palette, role) });
  if (total === whole) text(ctx, palette, grid.label, left + nameWidth + 10, y + 1, size, { align: "left" });
}

// Words below the grids, where there is room for them: they never meet.
function captions(ctx, scene, layout, palette) {
  let free = 0;
  const floor = layout.thumbs?.top ?? (layout.stamps ? layout.stamps.top - 26 : layout.height + 4);
  for (const box of Object.values(layout.grids)) {
    const { caption } = scene.grids[box.name];
    if (!caption) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height + 18];
    setFont(ctx, palette, 400, 14);
    const half = ctx.measureText(caption).width / 2;
    const below = Object.values(layout.grids).some(({ top }) => top > box.top + box.height && top - TAG_ROOM < y);
    if (below || y + 8 > floor || half > box.room / 2 + 30 || x - half < free || x + half > layout.width) continue;
    text(ctx, palette, caption, x, y, 14, { weight: 400, colour: palette.faint });
    free = x + half + 12;
  }
}

const sheetWords = (scene, grid, box, focus, slot, depth) => {
  if (grid.byTaps) return `tap ${tapsIn(grid)[slot].join(", ")}`;
  const slice = box.depths > 1 ? `slice ${depth}` : "";
  const word = box.columns * box.cell < 64 ? "" : "channel ";
  const several = box.slots > 1 ? `${word}${grid.role === "weight" ? (weightLeads(scene, grid, focus)[slot]?.[1] ?? slot) : slot}` : "";
  return [several, slice].filter(Boolean).join(", ");
};

function sheetHeads(ctx, scene, box, palette, focus) {
  if (!box.head) return;
  const grid = scene.grids[box.name];
  const room = box.columns * box.cell;
  for (const [index, sheet] of box.sheets.entries()) {
    const words = sheetWords(scene, grid, box, focus, Math.floor(index / box.depths), (index % box.depths) + box.depth0);
    if (room >= 26) text(ctx, palette, words, sheet.left, sheet.top - 9, 12, { weight: 400, colour: palette.faint, align: "left", room: room + 8 });
  }
}

// One pixel a cell, scaled up: as fast for 64 × 64 as for 4 × 4. `shadeAt` is how much of the role's colour a cell has.
function bitmap(palette, role, rows, columns, shadeAt) {
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const shade = shadeAt(row, column);
      const at = 4 * (row * columns + column);
      if (shade === null) continue; // no cell: what lies below shows
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

function drawMap(ctx, { x, y, width, height }, image) {
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(image, x, y, width, height);
}

// A canvas of the stage's size, the old one cleared where it fits: a new one costs milliseconds.
export function layer(old, layout, scale) {
  const width = Math.max(1, Math.round(layout.width * scale));
  const height = Math.max(1, Math.round(layout.height * scale));
  const canvas = old?.width === width && old.height === height ? old : new OffscreenCanvas(width, height);
  const ctx = canvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.clearRect(0, 0, layout.width, layout.height);
  return { canvas, ctx };
}

// Every sheet of a grid with the channel it shows.
const sheets = (scene, grid, box, focus) =>
  range(0, box.slots).flatMap((slot) =>
    range(box.depth0, box.depth0 + box.depths).map((depth) => ({ slot, depth, sheet: sheetAt(box, slot, depth), channel: channelAt(grid, focus, slot) })),
  );

const placesOf = (box) =>
  range(0, box.rows * box.columns).map((index) => ({ row: Math.floor(index / box.columns) + box.row0, column: (index % box.columns) + box.column0 }));

const rectOf = (box, sheet, { row, column }) => ({
  x: sheet.left + (column - box.column0) * box.cell,
  y: sheet.top + (row - box.row0) * box.cell,
  size: box.cell,
});

// The numbers of a grid of values, as shaded cells or as a map; `read` gives the value of a channel at an index.
export function paintCells(ctx, scene, box, palette, range_, focus, read) {
  const grid = scene.grids[box.name];
  const value = read ?? ((channel, index) => valueAt(grid, [channel, ...index]));
  for (const { depth, sheet, channel } of sheets(scene, grid, box, focus)) {
    const indexOfPlace = (place) => indexAt(grid, positionAt(scene.dimension, { depth, ...place }));
    if (box.bar) paintBars(ctx, scene, box, sheet, palette, grid, (column) => value(channel, [column]));
    if (box.numbered) {
      for (const place of placesOf(box)) {
        const index = indexOfPlace(place);
        const number = index && value(channel, index);
        if (index && number !== undefined) paintNumber(ctx, palette, grid, rectOf(box, sheet, place), number, range_);
      }
    } else {
      const shade = (row, column) => {
        const index = indexOfPlace({ row: row + box.row0, column: column + box.column0 });
        const number = index && value(channel, index);
        return index && number !== undefined ? between(MAP, share(number, range_)) : null;
      };
      drawMap(ctx, boxOfSheet(box, sheet), bitmap(palette, ROLES[grid.role], box.rows, box.columns, shade));
    }
  }
}

function paintNumber(ctx, palette, grid, rect, value, range_) {
  const amount = grid.places ? PALE[grid.role][0] : between(PALE[grid.role], share(value, range_));
  const role = ROLES[grid.role];
  fillCell(ctx, rect, mix(palette, role, amount), role === "input" ? palette.line : mix(palette, role, 0.6));
  if (grid.places) circle(ctx, rect, palette.input);
  text(ctx, palette, formatNumber(value), rect.x + rect.size / 2, rect.y + rect.size / 2 + 1, numberSize(rect.size), { room: rect.size * WIDTH_OF_NUMBER });
}

// A long row of numbers as bars above it.
function paintBars(ctx, scene, box, sheet, palette, grid, valueOf) {
  const [low, high] = rangeOf(grid);
  const [bottom, top] = [Math.min(0, low), Math.max(0, high)];
  const scale = (box.bar - 6) / (top - bottom || 1);
  const zero = sheet.top - 3 + bottom * scale;
  ctx.fillStyle = palette[ROLES[grid.role]];
  for (let column = 0; column < grid.shape.at(-1); column += 1) {
    const value = valueOf(column);
    if (value === undefined) continue;
    const position = column * grid.spread[0] - box.column0;
    const y = zero - Math.max(value, 0) * scale;
    ctx.fillRect(sheet.left + position * box.cell + 1, y, Math.max(1, box.cell - 2), Math.max(1, Math.abs(value) * scale));
  }
}

// The kernel: a sheet for each input channel of the output channel that is shown, or a matrix for each tap.
function paintWeights(ctx, scene, box, palette, range_, focus) {
  const grid = scene.grids[box.name];
  if (grid.byTaps) return paintMatrices(ctx, scene, grid, box, palette, range_, focus);
  const leads = weightLeads(scene, grid, focus);
  for (const { slot, depth, sheet } of sheets(scene, grid, box, focus)) {
    for (const place of placesOf(box)) {
      const lead = leads[slot];
      const tap = positionAt(scene.dimension, { depth, ...place });
      if (lead) paintWeight(ctx, palette, grid, box, rectOf(box, sheet, place), valueAt(grid, [...lead, ...tap]), range_);
      else fillCell(ctx, rectOf(box, sheet, place), palette.paper, palette.line);
    }
  }
  return undefined;
}

function paintWeight(ctx, palette, grid, box, rect, value, range_) {
  if (box.numbered) paintNumber(ctx, palette, grid, rect, value, range_);
  else fillCell(ctx, rect, mix(palette, "kernel", between(MAP, share(value, range_))), null);
}

function paintMatrices(ctx, scene, grid, box, palette, range_, focus) {
  const target = focus.grids.output;
  tapsIn(grid).forEach((tap, slot) => {
    const sheet = box.sheets[slot];
    for (const place of placesOf(box)) {
      const local = localRow(grid, place.column, place.row);
      const rect = rectOf(box, sheet, place);
      if (local === null) fillCell(ctx, rect, palette.paper, palette.line);
      else paintWeight(ctx, palette, grid, box, rect, valueAt(grid, [place.column, local, ...tap]), range_);
    }
    ctx.strokeStyle = palette.output;
    ctx.lineWidth = 2;
    ctx.strokeRect(sheet.left + target * box.cell + 1, sheet.top + 1, box.cell - 1, box.rows * box.cell - 1);
  });
}

// What lies around the cells of a grid: padding, overhang, holes, what is cut away; and what no window reads.
function paintSurroundings(ctx, scene, box, palette, focus) {
  const grid = scene.grids[box.name];
  const reader = scene.relations.find((relation) => !relation.sends && relation.window === grid.name);
  const reads = reader ? standIns(reader, grid) : null;
  const covered = coveredPositions(scene, grid.name);
  for (const { depth, sheet, channel } of sheets(scene, grid, box, focus)) {
    const around = placesOf(box).map((place) => ({ place, position: positionAt(scene.dimension, { depth, ...place }) })).filter(({ position }) => !indexAt(grid, position));
    if (box.numbered) for (const { place, position } of around) paintAround(ctx, palette, grid, rectOf(box, sheet, place), position, { reader, reads, channel });
    else fadeAround(ctx, palette, grid, box, sheet, around);
    if (covered) hatchUnread(ctx, box, sheet, covered, depth, palette);
    outline(ctx, scene, grid, box, sheet, depth, palette);
  }
}

const isHole = (grid, position) =>
  position.every((p, axis) => p >= 0 && p <= (grid.shape[axis + 1] - 1) * grid.spread[axis]);

function paintAround(ctx, palette, grid, rect, position, { reader, reads, channel }) {
  ctx.save();
  ctx.strokeStyle = palette.faint;
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = 1;
  const overhang = isOverhang(grid, position);
  if (overhang) dots(ctx, rect, palette);
  ctx.setLineDash(grid.beyond === "cut" ? [1, 3] : isHole(grid, position) ? [1, 2] : [4, 3]);
  ctx.strokeRect(rect.x + 0.5, rect.y + 0.5, rect.size, rect.size);
  ctx.restore();
  if (overhang || grid.beyond === "cut" || !reader) return;
  const cell = position.map((p, axis) => reads[axis].get(p));
  const known = cell.every((index) => index !== undefined && index >= 0);
  if (!known && reader.paddingMode !== "zeros") return;
  const value = known ? valueAt(grid, [channel, ...cell]) : reader.reduction === "max" ? -Infinity : 0;
  text(ctx, palette, formatNumber(value), rect.x + rect.size / 2, rect.y + rect.size / 2 + 1, numberSize(rect.size), { weight: 400, colour: palette.faint, room: rect.size * WIDTH_OF_NUMBER });
}

function fadeAround(ctx, palette, grid, box, sheet, around) {
  for (const { place, position } of around) {
    if (isOverhang(grid, position)) dots(ctx, rectOf(box, sheet, place), palette);
  }
}

// The cell that stands in for each position of an axis, padding included: what a window that covers it reads.
function standIns({ tables }, grid) {
  return tables.map((table, axis) => {
    const size = grid.shape[axis + 1];
    const reads = new Map(range(0, size).map((cell) => [cell * grid.spread[axis], cell]));
    table.positions.forEach((position, entry) => {
      if (table.reads[entry] >= 0) reads.set(position, table.reads[entry]);
    });
    return reads;
  });
}

// Padding is dashed; the cells have a firm edge.
function outline(ctx, scene, grid, box, sheet, depth, palette) {
  const { x, y, width, height } = boxOfSheet(box, sheet);
  ctx.save();
  ctx.lineWidth = 1;
  ctx.strokeStyle = palette.faint;
  ctx.setLineDash([4, 3]);
  ctx.strokeRect(x + 0.5, y + 0.5, width, height);
  ctx.setLineDash([]);
  ctx.strokeStyle = palette[ROLES[grid.role]];
  const sizes = grid.shape.slice(grid.lead).map((size, axis) => (size - 1) * grid.spread[axis] + 1);
  const [rows, columns] = scene.dimension === 1 ? [1, sizes[0]] : sizes.slice(-2);
  const insideDepth = scene.dimension < 3 || (depth >= 0 && depth < sizes[0]);
  if (insideDepth) ctx.strokeRect(x - box.column0 * box.cell + 0.5, y - box.row0 * box.cell + 0.5, columns * box.cell, rows * box.cell);
  ctx.restore();
}

// Cells that no window reads lie in whole slices, rows and columns: one clip, and lines over all of it.
function hatchUnread(ctx, box, sheet, covered, depth, palette) {
  const { x, y, width, height } = boxOfSheet(box, sheet);
  const [depths, rows, columns] = [...new Array(3 - covered.length).fill(null), ...covered];
  ctx.save();
  ctx.beginPath();
  if (depths && !depths.has(depth)) ctx.rect(x, y, width, height);
  for (const row of range(0, box.rows)) {
    if (rows && !rows.has(row + box.row0)) ctx.rect(x, y + row * box.cell, width, box.cell);
  }
  for (const column of range(0, box.columns)) {
    if (!columns.has(column + box.column0)) ctx.rect(x + column * box.cell, y, box.cell, height);
  }
  ctx.clip("nonzero");
  ctx.beginPath();
  for (let start = -height; start < width; start += HATCH) {
    ctx.moveTo(x + start, y + height);
    ctx.lineTo(x + start + height, y);
  }
  ctx.strokeStyle = palette.ink;
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = 1;
  ctx.stroke();
  ctx.restore();
}

function paintEmpty(ctx, scene, box, palette, focus) {
  const grid = scene.grids[box.name];
  ctx.strokeStyle = mix(palette, ROLES[grid.role], 0.45);
  ctx.lineWidth = 1;
  for (const { depth, sheet } of sheets(scene, grid, box, focus)) {
    const sizes = [1, ...grid.shape.slice(1)].slice(-2);
    if (scene.dimension === 3 && (depth < 0 || depth >= grid.shape[1])) continue;
    const [x, y] = [sheet.left - box.column0 * box.cell + 0.5, sheet.top - box.row0 * box.cell + 0.5];
    const [rows, columns] = scene.dimension === 1 ? [1, grid.shape.at(-1)] : sizes;
    for (let row = 0; row <= rows; row += box.numbered ? 1 : rows) ctx.strokeRect(x, y + row * box.cell, columns * box.cell, 0);
    for (let column = 0; column <= columns; column += box.numbered ? 1 : columns) ctx.strokeRect(x + column * box.cell, y, 0, rows * box.cell);
  }
}

// Sheets that the output channel on show does not read: another group's.
function veilOtherGroups(ctx, scene, layout, palette, focus) {
  for (const relation of scene.relations) {
    const box = layout.grids[relation.window];
    if (relation.sends || box.slots < 2) continue;
    const read = windowChannels(scene, relation, focus.grids[relation.rows]);
    for (const { slot, sheet } of sheets(scene, scene.grids[box.name], box, focus)) {
      if (read.includes(slot)) continue;
      ctx.save();
      ctx.globalAlpha = ASIDE;
      ctx.fillStyle = palette.paper;
      const { x, y, width, height } = boxOfSheet(box, sheet);
      ctx.fillRect(x - 1, y - 1, width + 3, height + 3);
      ctx.restore();
    }
  }
}

function paintThumbs(ctx, scene, layout, palette, ranges) {
  const { thumbs } = layout;
  if (!thumbs) return;
  const grid = scene.grids.output;
  const [rows, columns] = [1, ...grid.shape.slice(1)].slice(-2);
  const middle = scene.dimension === 3 ? [Math.floor(grid.shape[1] / 2)] : [];
  for (let channel = 0; channel < thumbs.count; channel += 1) {
    const shade = (row, column) => between(MAP, share(valueAt(grid, [channel, ...middle, ...(scene.dimension === 1 ? [column] : [row, column])]), ranges.output));
    const box = { x: thumbs.left + channel * thumbs.step, y: thumbs.top, width: (columns / Math.max(rows, columns)) * thumbs.size, height: (rows / Math.max(rows, columns)) * thumbs.size };
    drawMap(ctx, box, bitmap(palette, "output", rows, columns, shade));
    ctx.strokeStyle = palette.output;
    ctx.lineWidth = 1;
    ctx.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
  }
}

// Everything that stays while the window moves: `base`, and what grows as if all of it were there: `filled`.
export function paint(scene, layout, palette, scale, focus, old) {
  const ranges = Object.fromEntries(Object.entries(scene.grids).map(([name, grid]) => [name, rangeOf(grid)]));
  const base = layer(old?.base, layout, scale);
  const filled = layer(old?.filled, layout, scale);
  for (const box of Object.values(layout.grids)) {
    const grid = scene.grids[box.name];
    if (grid.role === "weight") paintWeights(base.ctx, scene, box, palette, ranges[box.name], focus);
    else {
      if (grid.grows) paintEmpty(base.ctx, scene, box, palette, focus);
      paintCells(grid.grows ? filled.ctx : base.ctx, scene, box, palette, ranges[box.name], focus);
      paintSurroundings(base.ctx, scene, box, palette, focus);
    }
    if (!layout.compact) {
      tag(base.ctx, palette, layout, grid, box);
      sheetHeads(base.ctx, scene, box, palette, focus);
    }
  }
  veilOtherGroups(base.ctx, scene, layout, palette, focus);
  paintThumbs(base.ctx, scene, layout, palette, ranges);
  if (!layout.compact) captions(base.ctx, scene, layout, palette);
  return { base: base.canvas, filled: filled.canvas, soFar: old?.soFar, soFarKey: "", landed: new Map(), ranges };
}

// What has landed by a step, on the grids that inputs send to.
export function paintLanded(painted, scene, layout, palette, scale, focus, step) {
  const sending = scene.relations.filter(({ sends }) => sends);
  if (!sending.length || painted.soFarKey === String(step)) return;
  painted.soFarKey = String(step);
  const { canvas, ctx } = layer(painted.soFar, layout, scale);
  painted.soFar = canvas;
  for (const relation of sending) {
    const state = landed(scene, relation, focus.grids[relation.window], step, painted.landed.get(relation));
    painted.landed.set(relation, state);
    // What nothing is sent to by an unpooling is 0, and known to be.
    const read = (_, index) => {
      const at = indexOf(index, state.shape);
      return state.written[at] || !relation.weight ? state.values[at] : undefined;
    };
    paintCells(ctx, scene, layout.grids[relation.window], palette, painted.ranges[relation.window], focus, read);
  }
}
