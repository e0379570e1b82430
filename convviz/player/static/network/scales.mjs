// The scale bars: what a length in the picture stands for. They stand at the upper right, or in a column of their own.

import { clamp, highest } from "./numbers.mjs";

const GAP = 10; // px between a bar and its words, and around all
const BETWEEN = 26; // px between two of them
const WANTED = { cells: 46, channels: 52, units: 40 }; // px, about as long as a bar is
const IN_COLUMN = 0.65; // of that
const FULL = 185; // px, a picture's height above the labels for which these are meant: in a lower one all are shorter
const LIMITS = [6, 110]; // px; a bar whose one step of number is not between them is left out
const ROW = 58; // px, the height that they take side by side
const STACKED = { flat: 28, least: 16, apart: 14 }; // px in a column: a flat one's height, a standing one's, between two

// {bars: [{kind, words, length, x, y, text: {x, y, anchor}}], wanted}: with a `column` of px they stand in one, right of the picture.
// `wanted` is how wide a column they want: 0 where there is room for them at the upper right.
export function scalesOf(picture, column = 0) {
  const { blocks, cell, channel, unit, frame } = picture;
  const has = (form) => blocks.some((block) => block.form === form && !block.ghost);
  const wanted = [...(has("block") ? [["cells", cell], ["channels", channel]] : []), ...(has("bar") ? [["units", unit]] : [])];
  const all = wanted.filter(([, scale]) => scale).map(([kind, scale]) => barOf(kind, scale, frame, column));
  const bars = all.filter(({ length }) => length > LIMITS[0] && length < LIMITS[1]);
  if (!bars.length) return { bars, wanted: 0 };
  const left = column ? null : freeAt(picture, bars);
  if (left !== null) return { bars: besideEachOther(bars, left), wanted: 0 };
  return { bars: stacked(bars, picture.width + GAP, frame), wanted: GAP + Math.max(...bars.map(widthOf)) };
}

// A bar whose number is 1, 2 or 5 times a power of ten, about as long as is wanted.
function barOf(kind, scale, frame, column) {
  const number = niceNumber((WANTED[kind] * partOf(frame) * (column ? IN_COLUMN : 1)) / scale);
  const words = `${number.toLocaleString("en-US")} ${number === 1 ? kind.slice(0, -1) : kind}`;
  return { kind, words, length: number * scale, room: frame.measure(words, frame.small, false) };
}

const partOf = (frame) => clamp(frame.labels / FULL, 0.5, 1);

function niceNumber(wanted) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, wanted)));
  const away = (number) => -Math.abs(Math.log(number / wanted));
  return highest([power, 2 * power, 5 * power, 10 * power], away);
}

const widthOf = ({ kind, length, room }) => (kind === "channels" ? Math.max(length, room) : GAP + 5 + room);
const totalOf = (bars) => bars.reduce((sum, bar) => sum + widthOf(bar), BETWEEN * (bars.length - 1));

function besideEachOther(bars, left) {
  const tallest = Math.max(0, ...bars.filter(({ kind }) => kind !== "channels").map(({ length }) => length));
  const middle = 3 + Math.max(tallest, 36) / 2;
  let x = left;
  return bars.map((bar) => {
    const placed = bar.kind === "channels" ? lying(bar, x, middle) : standing(bar, x + 4, middle);
    x += widthOf(bar) + BETWEEN;
    return placed;
  });
}

const standing = (bar, x, middle) => ({ ...bar, x, y: middle - bar.length / 2, text: { x: x + GAP, y: middle, anchor: "start" } });

function lying(bar, left, middle) {
  const width = widthOf(bar);
  return { ...bar, x: left + (width - bar.length) / 2, y: middle + 9, text: { x: left + width / 2, y: middle - 7, anchor: "middle" } };
}

// One below another, as far as there is room.
function stacked(bars, left, frame) {
  const apart = STACKED.apart * partOf(frame) ** 2;
  let y = 4;
  const placed = bars.map((bar) => {
    const height = bar.kind === "channels" ? STACKED.flat : Math.max(bar.length, STACKED.least);
    const middle = y + height / 2;
    y += height + apart;
    return bar.kind === "channels" ? lying(bar, left, middle) : standing(bar, left + 4, middle);
  });
  return placed.filter((bar) => bar.y + (bar.kind === "channels" ? 0 : bar.length) < frame.labels);
}

// The right-most place at the top where the bars cover nothing; null where that would not be in the right half.
function freeAt(picture, bars) {
  const width = totalOf(bars);
  const tallest = Math.max(36, ...bars.map(({ kind, length }) => (kind === "channels" ? 0 : length)));
  const things = obstaclesOf(picture);
  const bottom = Math.min(ROW, tallest) + 6 + GAP;
  const isFree = (left) => !things.some(({ x0, x1, top }) => x0 < left + width + GAP && x1 > left - GAP && top < bottom);
  for (let left = picture.width - width - 4; left + width / 2 > picture.width / 2; left -= 6) if (isFree(left)) return left;
  return null;
}

function obstaclesOf({ blocks, arcs, fans, wedges, mark }) {
  const boxes = blocks.map(({ x, y, front, dx, dy, joined }) => ({ x0: x, x1: x + front + dx, top: y - dy - (joined ? 2 * mark + 4 : 0) }));
  const curves = arcs.map(({ start, end, y }) => ({ x0: Math.min(start.x, end.x), x1: Math.max(start.x, end.x), top: y }));
  return [...boxes, ...curves, ...[...fans, ...wedges].flatMap(({ outline }) => strips(outline))];
}

// A slanting outline as narrow boxes.
function strips(outline) {
  const [[x0, y0], [x1, y1]] = outline;
  return Array.from({ length: 6 }, (_, at) => {
    const [a, b] = [at / 6, (at + 1) / 6].map((share) => [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share]);
    return { x0: a[0], x1: b[0], top: Math.min(a[1], b[1]) };
  });
}
