// What leads from one tensor to the next: a window and the cell it makes, the fan of a dense layer, the wedge of a flatten.

import { SLANT, SMALLEST } from "./fit.mjs";

const SPOTS = { apart: 9, most: 10 }; // px between the lines of a fan where they meet a bar, and their number

// The block that shows what a row makes. A sum has its inputs' shape and no block of its own: the one before it shows it.
export function tensorOf({ itemOf, rows }, row) {
  let block = itemOf[row];
  while (block?.form === "mark") {
    const { level } = block;
    const inputs = rows[block.row].inputs.map((from) => itemOf[from]);
    block = inputs.findLast((each) => each.level === level) ?? inputs[0];
  }
  return block;
}

const sourceOf = (picture, { row }) => tensorOf(picture, picture.rows[row].inputs.at(-1));

// A window to scale on the block it reads (of a transposed convolution: on the block it writes), the cell that it makes (or reads), and
// the lines between them: {row, kind, front, side, cell, lines, slice, always}. Corners are [x, y]; `front` and `cell` {x, y, width,
// height}, `side` the window's corners along the depth, `slice` the width of a channel in it. With `all` those in the row are `always` drawn.
export function windowsOf(picture, all) {
  const pairs = picture.blocks.map((block) => ({ block, source: sourceOf(picture, block), kernel: picture.rows[block.row].kernel }));
  return pairs.filter(slides).map(({ block, source, kernel }) => {
    const { row, kind, level } = block;
    return { row, kind, always: all && level === 0, ...SLIDING[kind](picture.cell, source, block, kernel) };
  });
}

function slides({ block, source, kernel }) {
  return kernel && block.kind in SLIDING && [block, source].every((each) => each?.form === "block" && !each.ghost);
}

// All channels of the window make a cell.
const convolving = (cell, source, block, kernel) => reading(cell, source, block, kernel, source.front);
// Each channel of a pooling by itself: the last one is in sight.
const pooling = (cell, source, block, kernel) => reading(cell, source, block, kernel, channelOf(source));

function reading(cell, source, block, kernel, width) {
  const window = boxOf(source, cell, kernel, width);
  const target = cellOf(block, cell, block.x);
  const [near, back, backLow, nearLow] = window.side;
  const lines = [back, backLow, near, nearLow].map((corner, at) => [corner, [target.x, at % 2 ? target.y + target.height : target.y]]);
  return { ...window, cell: target, lines, slice: Math.min(width, source.slice) };
}

// The cell stands at the right edge of what is read, the window at the left edge of what is written.
function transposed(cell, source, block, kernel) {
  const from = cellOf(source, cell, source.x + source.front - channelOf(source));
  const window = boxOf(block, cell, kernel, block.front);
  const [right, { x, y, height }] = [from.x + from.width, window.front];
  const lines = [
    [[right, from.y], [x, y]],
    [[right, from.y + from.height], [x, y + height]],
  ];
  return { ...window, cell: from, lines, slice: block.slice };
}

const SLIDING = { convolution: convolving, pooling, transposed_convolution: transposed };

const channelOf = ({ front, slice }) => Math.min(front, Math.max(SMALLEST, slice));

const middleOf = ({ y, height }) => y + height / 2;

// A window at the right end of a block's front face, and along its depth from there: {front, side}.
function boxOf(block, cell, kernel, width) {
  const [rows, columns] = kernel.length > 1 ? kernel.slice(-2) : [kernel[0], 0];
  const height = Math.min(block.height, Math.max(SMALLEST, rows * cell));
  const front = { x: block.x + block.front - width, y: middleOf(block) - height / 2, width, height };
  const [run, rise] = [Math.min(block.dx, columns * cell * SLANT.x), Math.min(block.dy, columns * cell * SLANT.y)];
  const right = front.x + width;
  const side = [[right, front.y], [right + run, front.y - rise], [right + run, front.y + height - rise], [right, front.y + height]];
  return { front, side };
}

function cellOf(block, cell, x) {
  const [width, height] = [channelOf(block), Math.min(block.height, Math.max(SMALLEST, cell))];
  return { x, y: middleOf(block) - height / 2, width, height };
}

// Dense layers between two bars: the fan's outline and a few of its lines, [[x, y], [x, y]].
export function fansOf(picture) {
  const dense = picture.blocks.filter(({ kind }) => kind === "dense");
  return leading(picture, dense, "bar").map(({ source, block }) => ({ row: block.row, ...fan(source, block) }));
}

// Blocks with their sources, where a source of that form leads to a bar.
function leading(picture, blocks, form) {
  const pairs = blocks.map((block) => ({ block, source: sourceOf(picture, block) }));
  return pairs.filter(({ block, source }) => block.form === "bar" && source?.form === form && !block.ghost && !source.ghost);
}

function fan(source, block) {
  const [left, right] = [source.x + source.front + 1, block.x - 1];
  const [from, to] = [spots(source), spots(block)];
  const lines = from.flatMap((y) => to.map((end) => [[left, y], [right, end]]));
  return { outline: [[left, source.y], [right, block.y], [right, block.y + block.height], [left, source.y + source.height]], lines };
}

// Where lines meet a bar: few on a short one.
function spots({ y, height }) {
  const count = Math.max(1, Math.min(SPOTS.most, Math.round(height / SPOTS.apart)));
  return Array.from({ length: count }, (_, at) => y + (height * (at + 0.5)) / count);
}

// From a block to the bar that it becomes in one row: the wedge's outline.
export function wedgesOf(picture) {
  return leading(picture, picture.blocks, "block").map(({ source, block }) => ({ row: block.row, outline: wedge(source, block) }));
}

function wedge({ x, y, front, height, dx, dy }, block) {
  const [left, right, bottom] = [x + front, block.x - 1, y + height];
  return [[left + dx, y - dy], [right, block.y], [right, block.y + block.height], [left, bottom], [left + dx, bottom - dy]];
}
