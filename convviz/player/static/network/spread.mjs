// Where the items stand from left to right, so that the width is used.

import { clamp, largest, total } from "./numbers.mjs";

const LEAST = 1.2; // px between two items, where it is crowded
const APART = 14; // px between two items beyond the depth of the left one, where there is room
const BESIDE_MARK = 0.5; // of a gap, on both sides of a mark
const FAN = 1.4; // gaps between two bars
const FAN_LEAST = 0.035; // of the width, between two bars or a block and a bar where it is crowded
const ON_ARC = 8; // px on both sides of a block on an arc

// The left edges of all items: {xs: item → x, tier}. `needs` are tiers of what labels ask for, {ends: [px, px], apart: [px, …]}: the widths of
// the first and the last, and the distances between the middles of neighbours. The first tier that fits counts, and is told.
export function spread(plan, sizeOf, fronts, needs, width) {
  const boxes = plan.row.map((item) => ({ item, front: fronts.of(item), run: sizeOf(item).run }));
  const weights = boxes.slice(1).map(({ item }, at) => weightOf(boxes[at].item, item));
  boxes.forEach((box, at) => Object.assign(box, { shown: showsSide(plan, box.item, boxes[at + 1]?.item) }));
  const stretch = arcStretches(plan, sizeOf, fronts);
  let solved;
  for (let turn = 0; turn < 3; turn++) {
    solved = solve(boxes, weights, needs, width, stretch);
    if (!lengthen(stretch, boxes, solved.xs)) break;
  }
  return { tier: solved.tier, xs: withArcs(plan, sizeOf, fronts, boxes, solved.xs) };
}

function weightOf(left, right) {
  if (left.form === "mark" || right.form === "mark") return BESIDE_MARK;
  return left.form === "bar" && right.form === "bar" ? FAN : 1;
}

// Where sides must hide behind what follows, those of the input and of the last item before fewer cells stay in sight.
const showsSide = ({ natural }, item, next) => item.row === 0 || (next && next.form !== "mark" && natural.get(next).tall < natural.get(item).tall);

function solve(boxes, weights, needs, width, stretch) {
  for (const [tier, { ends, apart }] of needs.entries()) {
    const [left, right] = [boxes[0], boxes.at(-1)].map(({ front, run }, at) => Math.max(0, (ends[at] - front - run) / 2));
    const room = width - left - right;
    const least = apart.map((distance, at) => Math.max(gapFor(distance, boxes[at], boxes[at + 1]), leastGap(boxes, at, width, stretch)));
    const xs = placeWith(boxes, weights, least, room);
    if (xs) return { tier, xs: xs.map((x) => x + left) };
  }
  const least = weights.map((_, at) => leastGap(boxes, at, width, stretch));
  return { tier: needs.length, xs: placeWith(boxes, weights, least, width) ?? crowd(boxes, width) };
}

// The gap that brings two middles as far apart as that.
const gapFor = (distance, left, right) => distance - (left.front - left.run) / 2 - (right.front + right.run) / 2 - left.run;

// What a gap has at least beyond the left item's depth: room for blocks on an arc, and for the lines to a bar.
function leastGap(boxes, at, width, { extra }) {
  const leadsToBar = boxes[at + 1].item.form === "bar" && boxes[at].item.form !== "mark";
  return Math.max(extra[at] ?? -Infinity, leadsToBar ? FAN_LEAST * width : -Infinity);
}

// Gaps are the left item's depth (less of it where it is crowded) and a share of what is left over, or more where more is needed.
function placeWith(boxes, weights, least, room) {
  const taken = boxes.at(-1).run + total(boxes, ({ front }) => front);
  const shares = total(weights, (weight) => weight);
  const wanted = Math.min(APART, (0.3 * (room - taken)) / Math.max(1, shares));
  const gaps = (sides, share) => weights.map((weight, at) => Math.max(sides[at] + share * weight, boxes[at].run + least[at], 0));
  const fits = (sides, share) => taken + total(gaps(sides, share), (gap) => gap) <= room + 1e-6;
  const sides = sidesIn(boxes, largest((depth) => fits(sidesIn(boxes, depth), wanted), room));
  if (!fits(sides, Math.min(LEAST, wanted))) return null;
  return edges(boxes, gaps(sides, largest((share) => fits(sides, share), room)));
}

// How much of each side is in sight: all, or all of those that must be and a part of the others, or a part of those that must be.
function sidesIn(boxes, room) {
  const depth = (wanted) => total(boxes.slice(0, -1), ({ run, shown }) => (Boolean(shown) === wanted ? run : 0));
  const [must, may] = [depth(true), depth(false)];
  const share = (part, whole) => (whole ? clamp(part / whole, 0, 1) : 1);
  const [first, rest] = [share(room, must), share(room - must, may)];
  return boxes.map(({ run, shown }) => run * (shown ? first : rest));
}

function edges(boxes, gaps) {
  let x = 0;
  return boxes.map(({ front }, at) => {
    const left = x;
    x += front + (gaps[at] ?? 0);
    return left;
  });
}

// More items than there is room for: evenly, over each other.
function crowd(boxes, width) {
  const step = (width - Math.max(...boxes.map(({ front, run }) => front + run))) / Math.max(1, boxes.length - 1);
  return boxes.map((_, at) => at * step);
}

// The blocks on arcs, with the room that they ask for between the arc's ends.
function arcStretches({ arcs }, sizeOf, fronts) {
  const asks = arcs
    .filter(({ over, from, to }) => over.length && from.level === 0 && to?.level === 0)
    .map(({ from, to, over }) => ({ from, to, room: ON_ARC + total(over, (item) => fronts.of(item) + sizeOf(item).run + ON_ARC) }));
  return { asks, extra: [] };
}

// Widens the first gap under an arc whose blocks have too little room; false where all have enough.
function lengthen({ asks, extra }, boxes, xs) {
  let changed = false;
  for (const { from, to, room } of asks) {
    const [start, end] = [middleOf(boxes[from.order], xs[from.order]), middleOf(boxes[to.order], xs[to.order])];
    if (end - start >= room) continue;
    const gap = xs[from.order + 1] - xs[from.order] - boxes[from.order].front - boxes[from.order].run;
    extra[from.order] = Math.max(extra[from.order] ?? 0, gap + room - (end - start));
    changed = true;
  }
  return changed;
}

const middleOf = ({ front, run }, x) => x + (front + run) / 2;

// Blocks on arcs stand evenly between the arc's ends.
function withArcs({ arcs }, sizeOf, fronts, boxes, xs) {
  const right = xs.at(-1) + boxes.at(-1).front + boxes.at(-1).run;
  const placed = new Map(boxes.map(({ item }, at) => [item, xs[at]]));
  const middle = (item) => middleOf({ front: fronts.of(item), run: sizeOf(item).run }, placed.get(item));
  for (const { from, to, over } of arcs) {
    const start = middle(from);
    const end = to ? middle(to) : right;
    over.forEach((item, at) => {
      const x = start + ((end - start) * (at + 1)) / (over.length + 1);
      const wide = fronts.of(item) + sizeOf(item).run;
      placed.set(item, Math.max(0, Math.min(right - wide, x - wide / 2)));
    });
  }
  return placed;
}
