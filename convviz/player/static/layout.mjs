// Where each grid and each of its sheets stands, and which cell a point falls on. Pure: numbers in, numbers out, in CSS pixels.

import { indexAt, range } from "./cells.mjs";
import { channelAt, choiceOf, localRow, placeOf, positionAt, sheetsOf, tapsIn, weightLeads } from "./faces.mjs";
import { stampLine } from "./stamps.mjs";

const LARGEST_CELL = 64;
const KERNEL_CELL = 30; // a kernel keeps its numbers when the input is too large for them
const SHEET_CELL = 22; // and so does each of several
const NUMBERED_CELL = 17; // smaller cells show colour instead of numbers
const COLOURED_SIZE = 24; // and so does a grid of this many cells
const CAPTION = 18; // room for words between the grids and what stands at the foot
const SMALL_CELL = 4; // below this, names give way
const CROWDED = 5; // where many sheets leave so little, the one that is made is drawn larger than they
const FACTOR_CELL = 38; // room for the weight beside the number
const TAG = 46; // tag above a grid
const FOOT = 8; // words below a grid stand where there is room for them
const TAG_CHARACTER = 8.5; // pixels, about
const WIDEST_TAG = 190;
const SHEET_HEAD = 17; // a word above each of several sheets
const SHEET_GAP = 12;
const STRIP = 0.62; // the cells of a second line, as a part of the first one's
const THUMB = 44;
const THUMBS = 62; // and the line that holds them
const BAR = 64; // bars over a long row of numbers

const spanOf = ([start, stop]) => stop - start;

// How the sheets of a grid stand in `height` pixels with cells of one size: as many below each other as fit.
function arranged(scene, name, cell, height, alike) {
  const grid = scene.grids[name];
  const { slots, depth, rows, columns } = sheetsOf(grid);
  const count = slots * spanOf(depth);
  const head = count > 1 ? SHEET_HEAD : 0;
  const bar = barOf(scene, grid);
  const [sheetWidth, sheetHeight] = [spanOf(columns) * cell, spanOf(rows) * cell + head + bar];
  const fits = Math.max(1, Math.floor((height + SHEET_GAP) / (sheetHeight + SHEET_GAP)));
  const across = grid.byTaps ? grid.shape.at(-1) : alike?.count === count && count > 1 ? alike.across : Math.ceil(count / fits);
  const down = Math.ceil(count / across);
  return {
    name,
    cell,
    head,
    bar,
    slots,
    across,
    down: Math.ceil(count / across),
    count,
    rows: spanOf(rows),
    columns: spanOf(columns),
    row0: rows[0],
    column0: columns[0],
    depth0: depth[0],
    depths: spanOf(depth),
    width: across * sheetWidth + (across - 1) * SHEET_GAP,
    height: down * sheetHeight + (down - 1) * SHEET_GAP,
  };
}

const isLong = (scene, grid) => scene.dimension === 1 && grid.shape.at(-1) >= COLOURED_SIZE && grid.role !== "weight";
const barOf = (scene, grid) => (isLong(scene, grid) && grid.shape[0] === 1 ? BAR : 0);

function ownCell(scene, name, cell, width, { rigid, kernels }) {
  const grid = scene.grids[name];
  const single = grid.role === "weight" && sheetsOf(grid).slots === 1;
  if (rigid) return single ? Math.max(cell, Math.min(KERNEL_CELL, (0.4 * width) / grid.shape.at(-1))) : cell;
  if (!kernels) return cell;
  if (grid.role !== "weight") return grid.shows === "one" && cell < CROWDED ? Math.max(cell, Math.min(NUMBERED_CELL, (0.2 * width) / grid.shape.at(-1))) : cell;
  const { depth, columns } = sheetsOf(grid);
  const alone = single && spanOf(depth) === 1;
  const room = (alone ? 0.22 : 0.3) * width;
  return Math.max(cell, kernels * Math.min(alone ? KERNEL_CELL : SHEET_CELL, room / (spanOf(columns) * (alone ? 1 : 2))));
}

// Room for a grid's name and size above it.
const tagWidth = ({ tag, label }) => Math.min(TAG_CHARACTER * (tag.length + label.length) + 34, WIDEST_TAG);

// All lines of the plan with cells of one size, or null where they do not fit.
function tried(scene, cell, width, height, { head, gap, names, kernels }) {
  const stacked = scene.plan.every((line) => line.length === 1);
  const scaleOf = (index) => (index && !stacked ? STRIP : 1);
  const lines = scene.plan.map((line, index) =>
    line.map((column) => column.map((name) => ({ name, cell: ownCell(scene, name, cell * scaleOf(index), width, { rigid: stacked, kernels }) }))),
  );
  const strips = lines.slice(stacked ? 0 : 1).map((line) => Math.max(...line.flat().map((entry) => smallest(scene, entry)))); // a line's least height
  const spare = height - lines.length * head - strips.reduce((sum, each) => sum + each, 0);
  const placed = lines.map((line, index) => {
    const room = stacked || index ? strips[stacked ? index : index - 1] : spare;
    let alike = null; // weights stand as the sheets they meet
    const columns = line.map((column) => {
      const grids = column.map(({ name, cell: size }) => arranged(scene, name, size, (room - (column.length - 1) * head) / column.length, scene.grids[name].role === "weight" ? alike : null));
      alike ??= grids[0];
      return {
        grids,
        width: Math.max(...grids.map((grid) => Math.max(grid.width, names ? tagWidth(scene.grids[grid.name]) : 0))),
        height: grids.reduce((sum, grid) => sum + grid.height, (grids.length - 1) * head),
      };
    });
    return { room, columns, total: columns.reduce((sum, column) => sum + column.width, 0), needed: Math.max(...columns.map((column) => column.height)) };
  });
  const fits = spare >= 0 && placed.every(({ room, columns, total, needed }) => needed <= room + 0.5 && total + (columns.length - 1) * gap <= width);
  return fits ? placed : null;
}

// The height of a grid whose sheets stand side by side.
const smallest = (scene, { name, cell }) => {
  const { height, head, bar, rows, down, count } = arranged(scene, name, cell, 0);
  return scene.dimension === 1 ? (rows * cell + head + bar) * count + (count - 1) * SHEET_GAP : down > 1 ? height : rows * cell + head + bar;
};

// The lines with the largest cells that fit; where they come out too small, without room for names and with narrower gaps.
function largest(scene, width, height, { head, gap, names }) {
  const attempts = [
    { head, gap, names, kernels: names ? 1 : 0 },
    { head, gap: Math.min(gap, 24), names: false, kernels: names ? 0.6 : 0 },
    { head, gap: 8, names: false, kernels: 0 },
  ];
  for (const [index, attempt] of attempts.entries()) {
    const least = index < attempts.length - 1 ? SMALL_CELL : 0.25;
    for (let cell = LARGEST_CELL; cell >= least; cell -= cell > 8 ? 0.5 : 0.125) {
      const lines = tried(scene, cell, width, height, attempt);
      if (lines) return lines;
    }
  }
  return tried(scene, 0.25, Infinity, Infinity, attempts.at(-1));
}

export function layOut(scene, width, height, compact = false) {
  const head = compact ? 4 : TAG;
  const thumbs = compact ? null : choiceOf(scene);
  const stamps = compact || thumbs ? null : stampLine(scene, width, height);
  const foot = (compact ? 4 : FOOT) + (thumbs ? THUMBS : 0) + (stamps ? stamps.room + CAPTION : 0);
  const gap = Math.max(compact ? 18 : 40, width * (scene.plan[0].length > 3 ? 0.035 : 0.07));
  const lines = largest(scene, width - 4, height - foot, { head, gap, names: !compact });
  const grids = {};
  const used = lines.reduce((sum, line) => sum + line.needed + head, 0);
  // Spare height goes between the lines.
  const spare = Math.max(0, height - foot - used) / (lines.length + 1);
  let top = lines.length > 1 ? spare : 0;
  for (const line of lines) {
    const room = lines.length > 1 ? line.needed : height - foot - head;
    standLine(scene, line, { top: top + head, room, width, gap, head }, grids);
    top += head + line.needed + spare;
  }
  const longest = Math.max(...Object.values(scene.grids).filter(({ role }) => role !== "weight").flatMap(({ shape }) => shape.slice(-2).slice(shape.length > 2 ? 0 : 1)));
  for (const box of Object.values(grids)) {
    const isKernel = scene.grids[box.name].role === "weight";
    box.numbered = box.cell >= NUMBERED_CELL - 2 && (isKernel || longest < COLOURED_SIZE);
    box.factors = box.numbered && box.cell >= FACTOR_CELL;
  }
  return { width, height, compact, grids, stamps, thumbs: thumbs && thumbLine(thumbs, grids.output, width, height) };
}

function standLine(scene, line, { top, room, width, gap, head }, grids) {
  const count = line.columns.length;
  const between = Math.min((width - line.total) / (count + 1), Math.max(gap, 110));
  let left = (width - line.total - (count - 1) * between) / 2;
  for (const column of line.columns) {
    let y = top + (room - column.height) / 2;
    for (const grid of column.grids) {
      grids[grid.name] = { ...grid, room: column.width + between - 6, ...standSheets(grid, left + (column.width - grid.width) / 2, y) };
      y += grid.height + head;
    }
    left += column.width + between;
  }
}

function standSheets(grid, left, top) {
  const [width, height] = [grid.columns * grid.cell, grid.rows * grid.cell + grid.head + grid.bar];
  const sheets = range(0, grid.count).map((index) => {
    const [line, place] = [Math.floor(index / grid.across), index % grid.across];
    return { left: left + place * (width + SHEET_GAP), top: top + line * (height + SHEET_GAP) + grid.head + grid.bar };
  });
  return { left, top, sheets };
}

// All channels of the output, small, in a line below it.
function thumbLine(grid, box, width, height) {
  const [rows, columns] = [box.rows, box.columns];
  const count = grid.shape[0];
  const size = Math.min(THUMB, Math.max(8, (width - 8) / count - 6));
  const scale = size / Math.max(rows, columns);
  const step = Math.min(size + 8, (width - 8) / count);
  const total = count * step;
  const middle = box.left + box.width / 2;
  const left = Math.min(Math.max(middle - total / 2, 4), width - total - 4);
  return { count, step, left, top: height - size - 3, width: columns * scale, height: rows * scale, size };
}

export const sheetAt = (box, slot, depth) => box.sheets[slot * box.depths + depth - box.depth0];

// The rectangle of a place on the sheet of a slot, or null where that sheet is not there.
export function rectAt(box, slot, position) {
  const { depth, row, column } = placeOf(position);
  const sheet = slot < 0 ? null : sheetAt(box, slot, depth);
  return sheet ? { x: sheet.left + (column - box.column0) * box.cell, y: sheet.top + (row - box.row0) * box.cell, size: box.cell } : null;
}

// The rectangles around first and last position of each axis: one on each slice.
export function boxesOf(box, slot, lists) {
  const [depths, rows, columns] = [...new Array(3 - lists.length).fill([0]), ...lists];
  if (slot < 0 || !rows.length || !columns.length) return [];
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const [height, width] = [(Math.max(...rows) - top + 1) * box.cell, (Math.max(...columns) - left + 1) * box.cell];
  return depths
    .map((depth) => sheetAt(box, slot, depth))
    .filter(Boolean)
    .map((sheet) => ({ x: sheet.left + (left - box.column0) * box.cell, y: sheet.top + (top - box.row0) * box.cell, width, height }));
}

export const boxOfSheet = (box, sheet) => ({ x: sheet.left, y: sheet.top, width: box.columns * box.cell, height: box.rows * box.cell });

// The whole grid, heads of sheets included.
export const boxOfGrid = (box) => ({ x: box.left, y: box.top + box.head + box.bar, width: box.width, height: box.height - box.head - box.bar });

// What stands under a point: { grid, cell } as the links understand it, { channel } for a small output, or null. Padding is no cell.
export function hit(scene, layout, focus, x, y) {
  const channel = thumbAt(layout.thumbs, x, y);
  if (channel !== null) return { channel };
  for (const box of Object.values(layout.grids)) {
    const found = placeUnder(box, x, y);
    if (found) return targetOf(scene, scene.grids[box.name], focus, found);
  }
  return null;
}

function thumbAt(thumbs, x, y) {
  if (!thumbs || y < thumbs.top - 4 || y > thumbs.top + thumbs.size + 4) return null;
  const index = Math.floor((x - thumbs.left) / thumbs.step);
  return index >= 0 && index < thumbs.count ? index : null;
}

function placeUnder(box, x, y) {
  for (const [index, sheet] of box.sheets.entries()) {
    const [row, column] = [Math.floor((y - sheet.top) / box.cell), Math.floor((x - sheet.left) / box.cell)];
    if (row < 0 || column < 0 || row >= box.rows || column >= box.columns) continue;
    return { slot: Math.floor(index / box.depths), depth: (index % box.depths) + box.depth0, row: row + box.row0, column: column + box.column0 };
  }
  return null;
}

function targetOf(scene, grid, focus, found) {
  if (grid.byTaps) {
    const lead = tapsIn(grid)[found.slot];
    const local = localRow(grid, found.column, found.row);
    return local === null ? null : { grid: grid.name, cell: [found.column, local, ...lead] };
  }
  const position = positionAt(scene.dimension, found);
  if (grid.role === "weight") {
    const lead = weightLeads(scene, grid, focus)[found.slot];
    return lead && { grid: grid.name, cell: [...lead, ...position] };
  }
  const index = indexAt(grid, position);
  return index && { grid: grid.name, cell: [channelAt(grid, focus, found.slot), ...index] };
}
