// Skip connections: how high each runs, where it leaves and lands. Heights ("rise") are pixels above the row's axis.

import { highest, px, total } from "./numbers.mjs";

const BEND = 11; // px, the most that a corner is rounded
const PORT = 3.5; // px between two arcs at one item
const ABOVE = 2; // px between a concat and its mark
const MANY = 30; // arcs that are drawn thin

// Arcs from the innermost outwards: those on the row first, the short before the long; with what each has below it: `under`, the
// tallest items of the row, and `inner`, the places of other arcs. `reach(item)` says how far an item reaches above the axis.
export function innerFirst(arcs, row, reach) {
  const base = ({ from, to }) => Math.max(from.level, to?.level ?? 0);
  const sorted = arcs.map((arc) => ({ ...arc, ...spanOf(arc) })).sort((a, b) => base(a) - base(b) || a.high - a.low - (b.high - b.low));
  sorted.forEach((arc, at) => {
    const covered = row.slice(Math.min(Math.floor(arc.low), row.length - 1), Math.ceil(arc.high) + 1);
    arc.under = [highest(covered, reach), highest(covered.filter(({ joined }) => joined), reach)].filter(Boolean);
    arc.inner = [...sorted.slice(0, at).keys()].filter((other) => arc.low < sorted[other].high && sorted[other].low < arc.high);
  });
  return sorted;
}

// From where to where an arc leads; between two arcs it may lead back.
function spanOf({ from, to }) {
  const ends = [from.order, to?.order ?? from.order + 1];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

// The rise of each arc, and the `top` of what stands on it, so that it clears the items under it and the arcs inside it by some px.
export function risesOf(arcs, sizeOf, { step, clear, mark }) {
  const done = [];
  for (const { over, under, inner } of arcs) {
    const half = Math.max(0, ...over.map((item) => sizeOf(item).height / 2));
    const top = Math.max(0, ...over.map((item) => topOf(item, sizeOf, mark)));
    const overItems = under.map((item) => topOf(item, sizeOf, mark) + clear);
    const overArcs = inner.map((other) => done[other].top + (half ? clear : step));
    const rise = Math.max(...overItems, ...overArcs) + half;
    done.push({ rise, top: rise + top });
  }
  return done;
}

// How far an item reaches above the axis, the mark on a concat included.
function topOf(item, sizeOf, mark) {
  const { height, rise } = sizeOf(item);
  return height / 2 + rise + (item.joined ? 2 * mark + ABOVE : 0);
}

// The arcs as they are drawn, `rises` above the axis.
export function arcsIn(rows, arcs, placed, axis, rises, mark) {
  const ports = portsOf(arcs, placed, mark);
  return arcs.map((arc, at) => {
    const { from, to, over } = arc;
    const y = axis - rises[at];
    const { leaves: start, lands: end = { x: placed.get(over.at(-1))?.x, y } } = ports.get(arc);
    const ends = { from: from.row, to: to && to.row, rows: arc.rows.map((each) => rows[each].index) };
    return { ...ends, start, end, y, path: archPath(start, end, y), broken: Boolean(to && placed.get(to).ghost), thin: arcs.length > MANY };
  });
}

// The marks where arcs end: in the row before what follows, or on top of a concat.
export function marksIn({ blocks, arcs, mark }) {
  const joints = blocks.filter(({ form, joined }) => form === "mark" || joined);
  return joints.map(({ row, kind, form, ghost, x, y, dy }) => {
    if (form === "mark") return { row, kind, x: x + mark, y: y + mark, radius: mark, broken: ghost };
    const ends = arcs.filter(({ to }) => to === row).map(({ end }) => end.x);
    return { row, kind, x: total(ends, (end) => end) / ends.length, y: y - dy - ABOVE - mark, radius: mark, broken: ghost };
  });
}

// Where arcs leave and land: an arc that lands stands left of one that leaves, an inner one left of an outer one where they land,
// right of it where they leave.
function portsOf(arcs, placed, mark) {
  const ends = new Map();
  const add = (item, arc, side) => item && ends.set(item, [...(ends.get(item) ?? []), { arc, side }]);
  for (const arc of arcs) {
    add(arc.to, arc, "lands");
    add(arc.from, arc, "leaves");
  }
  const ports = new Map(arcs.map((arc) => [arc, {}]));
  for (const [item, all] of ends) {
    const lands = all.filter(({ side }) => side === "lands");
    const leaves = all.filter(({ side }) => side === "leaves").reverse();
    [...lands, ...leaves].forEach((end, at, every) => {
      ports.get(end.arc)[end.side] = portOf(item, placed.get(item), at - (every.length - 1) / 2, end.side, mark);
    });
  }
  return ports;
}

function portOf(item, block, place, side, mark) {
  const middle = block.x + (block.front + block.dx) / 2;
  const room = item.form === "mark" ? block.front * 0.7 : block.front + block.dx;
  const x = middle + Math.max(-room / 2, Math.min(room / 2, place * PORT));
  if (side === "lands" && item.joined) return { x, y: block.y - block.dy - ABOVE - 2 * mark };
  return { x, y: item.form === "mark" ? block.y : block.y - block.dy / 2 };
}

// Up, across and down with round corners, as a path.
function archPath({ x: x0, y: y0 }, { x: x1, y: y1 }, y) {
  const bend = Math.max(0, Math.min(BEND, Math.abs(x1 - x0) / 2, y0 - y, y1 - y));
  const along = Math.sign(x1 - x0) * bend;
  const [up, over] = [`M${px(x0)} ${px(y0)}V${px(y + bend)}Q${px(x0)} ${px(y)} ${px(x0 + along)} ${px(y)}`, `H${px(x1 - along)}`];
  return `${up}${over}Q${px(x1)} ${px(y)} ${px(x1)} ${px(y + bend)}V${px(y1)}`;
}
