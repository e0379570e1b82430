// How large a cell, a channel and a unit are drawn, so that a network fills the picture and stays inside.

import { risesOf } from "./arcs.mjs";
import { clamp, highest, largest, total } from "./numbers.mjs";

export const SMALLEST = 1.5; // px; what would be thinner is drawn as thin as that
export const SLANT = { x: 0.4, y: 0.28 }; // what a cell of depth takes of the picture, in cells
const TOP = 4; // px left free above
const LARGEST = { cell: 40, channel: 7 }; // px
const DEEPEST = 1 / 3; // of the width, a block's depth
const WIDEST = { block: 0.14, arc: 0.4, equal: 0.03 }; // of the width, a front, those on one arc, each of equal fronts
const BAR = { least: 3, most: 11, share: 0.18 }; // px, a bar's width, and its share of its place
const MARK = { least: 1.5, dot: 2.2, most: 7, share: 0.065 }; // px, a mark's radius; all radii together take that share of the width
const CLEAR = 7; // px between an arc and what it passes over
const STEP = { least: 2.5, most: 9 }; // px between nested arcs
const SQUEEZES = [1, 0.6, 0.35, 0.2, 0.1, 0.05, 0]; // of these distances, where many arcs are nested
const FOR_ARCS = 0.6; // of the height, at most, for arcs alone

// Sizes of all items in cells, channels and units: {item → {tall, deep, channels, units}}. A bar as long as the largest is as tall as the
// tallest block. Blocks that could not be computed are as large as the last that could.
export function naturalSizes(rows, graph) {
  const sizes = new Map(graph.items.map((item) => [item, sizeOf(item, shapeBefore(rows, graph, item))]));
  const tallest = Math.max(0, ...[...sizes.values()].map(({ tall = 0 }) => tall)) || 1;
  const most = Math.max(1, ...[...sizes.values()].map(({ units = 0 }) => units));
  for (const [{ form }, size] of sizes) {
    if (form === "bar") Object.assign(size, { tall: size.units ? (tallest * size.units) / most : tallest / 2, deep: 0 });
  }
  return sizes;
}

// An item's shape, or that of the last tensor with sizes before it.
function shapeBefore(rows, { inputs, itemOf }, item) {
  const serves = (at) => rows[at].shape && (at === item.row || rows[at].shape.length > 1);
  let at = item.row;
  while (at > 0 && !serves(at)) at = itemOf[inputs[at].at(-1) ?? 0].row;
  return rows[at].shape;
}

function sizeOf({ form }, shape) {
  if (form === "mark") return { tall: 0, deep: 0 };
  if (form === "bar") return { units: shape.length === 1 ? shape[0] : 0 };
  if (shape.length === 1) return { channels: 1, tall: 1, deep: 1 };
  return { channels: shape[0], tall: shape.length > 2 ? shape.at(-2) : shape[1], deep: shape.length > 2 ? shape.at(-1) : 0 };
}

// How far an item reaches above the axis, in cells.
export const reachIn = (natural) => (item) => natural.get(item).tall / 2 + SLANT.y * natural.get(item).deep;

// The radius of marks: the more there are, the smaller, down to a dot.
export function markRadius(items, width) {
  const count = items.filter(({ form, joined }) => form === "mark" || joined).length;
  const dot = clamp(width / 560, MARK.least, MARK.dot);
  return clamp((MARK.share * width) / Math.max(1, count), dot, MARK.most);
}

// The largest scale of cells at which everything fits above the labels: {cell, unit, axis, sizeOf(item) in px, rises: of arcs}.
export function uprightOf(plan, frame, width) {
  const { natural, row } = plan;
  const room = frame.labels - TOP;
  const spine = { peak: highest(row, reachIn(natural)), tallest: highest(row, (item) => natural.get(item).tall) };
  const height = (cell, squeeze) => {
    const { above, below } = heightsAt(plan, spine, cell, room, squeeze);
    return above + below;
  };
  const squeeze = SQUEEZES.find((each) => height(0, each) <= FOR_ARCS * room) ?? SQUEEZES.at(-1);
  const cell = largest((each) => height(each, squeeze) <= room, highestCell(plan, width), 18);
  const { above, below, sizeOf: pixels, rises } = heightsAt(plan, spine, cell, room, squeeze);
  const axis = Math.min(room + TOP - below, TOP + above + (room - above - below) / 2);
  const held = rises.map(({ rise, top }) => Math.min(rise, axis - TOP - (top - rise)));
  return { cell, unit: cell * unitsIn(natural), axis, sizeOf: pixels, rises: held };
}

// How many cells a unit is as tall as.
const unitsIn = (natural) => Math.max(0, ...[...natural.values()].map(({ tall, units }) => (units ? tall / units : 0)));

// A few cells do not fill the picture, and no block is too deep for it.
function highestCell({ natural, options, row }, width) {
  const deepest = Math.max(...[...natural.values()].map(({ deep }) => deep));
  const most = row.some(({ form }) => form === "block") ? LARGEST.cell : options.height;
  return Math.min(most, (DEEPEST * width) / (SLANT.x * Math.max(1e-9, deepest)));
}

// How far the picture reaches above and below its axis at a scale.
function heightsAt({ natural, arcs, mark }, { peak, tallest }, cell, room, squeeze) {
  const pixels = (item) => (item.form === "mark" ? { height: 2 * mark, run: 0, rise: 0 } : pixelsOf(natural.get(item), cell));
  const step = squeeze * clamp((0.3 * room) / Math.max(1, arcs.length), STEP.least, STEP.most);
  const rises = risesOf(arcs, pixels, { step, clear: squeeze * CLEAR, mark });
  const tops = [peak, tallest].map((item) => pixels(item).height / 2 + pixels(item).rise);
  const above = Math.max(mark, ...tops, ...rises.map(({ top }) => top + 1));
  return { above, below: Math.max(mark, pixels(tallest).height / 2), sizeOf: pixels, rises };
}

const pixelsOf = ({ tall, deep }, cell) => ({ height: Math.max(SMALLEST, tall * cell), run: deep * cell * SLANT.x, rise: deep * cell * SLANT.y });

// How wide fronts are: `of(item)`, and the pixels a channel takes (null where all are equally wide).
export function frontsOf(plan, width) {
  const { row, natural, mark, options } = plan;
  const blocks = row.filter(({ form }) => form === "block").map((item) => natural.get(item).channels);
  const marks = 2 * mark * row.filter(({ form }) => form === "mark").length;
  const share = shareOf(row.length) * (width - marks);
  const least = Math.min(SMALLEST, (0.4 * width) / row.length);
  const taken = (scale) => total(blocks, (channels) => Math.max(least, channels * scale));
  const channel = options.equal ? null : largest((scale) => taken(scale) <= share, highestChannel(plan, width));
  const equal = clamp(share / Math.max(1, blocks.length), least, WIDEST.equal * width);
  const widths = {
    block: ({ channels }) => (options.equal ? equal : Math.max(least, channels * channel)),
    bar: () => clamp(BAR.share * (width / row.length), BAR.least, BAR.most),
    mark: () => 2 * mark,
  };
  return { channel, of: (item) => widths[item.form](natural.get(item)) };
}

// What of the width all fronts together take: more in long networks, whose gaps are small.
const shareOf = (count) => 0.55 - 0.4 * Math.exp(-count / 40);

function highestChannel({ natural, arcs }, width) {
  const channelsOf = (item) => natural.get(item).channels ?? 0;
  const widest = Math.max(1, ...[...natural.keys()].map(channelsOf));
  const onArc = Math.max(1, ...arcs.map(({ over }) => total(over, channelsOf)));
  return Math.min(LARGEST.channel, (WIDEST.block * width) / widest, (WIDEST.arc * width) / onArc);
}
