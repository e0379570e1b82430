// What a unit sees in words: the line below the picture, the sentence that is read aloud. Pure functions.

import { signed } from "./rows.mjs";
import { spanOf } from "./relation.mjs";

const plural = (count, word) => `${count.toLocaleString("en-US")} ${word}${count === 1 ? "" : "s"}`;
const plain = (words) => ["plain", words];

// Cells of the hull along an axis: read, in holes, outside.
export function counted(marks, span, size) {
  const counts = { read: 0, hole: 0, outside: 0 };
  for (let cell = span[0]; cell <= span[1]; cell += 1) {
    if (cell < 0 || cell >= size) counts.outside += 1;
    else counts[marks.get(cell) === "read" ? "read" : "hole"] += 1;
  }
  return counts;
}

// [role, words] pairs of what a unit sees along an axis.
export function readLine(field, along, at, unit, shown) {
  const station = field.stations[at];
  const size = field.stations[0].sizes[along];
  if (at === 0) return [plain("cell "), ["input", String(unit)], plain(" of the input sees itself")];
  const read = shown.read[0]?.reduce((count, ways) => count + (ways > 0), 0) ?? 0;
  const reach = station.reach?.[along];
  if (!reach) return [plain(`${station.name} sees everything: `), ["input", String(read)], plain(` of ${size} cells are read on the way`)];
  const span = spanOf(reach, unit);
  const name = [plain("unit "), ["output", String(unit)]];
  if (!span || !read) return [...name, plain(" sees nothing: no stamp lands on it")];
  const length = span[1] - span[0] + 1;
  const counts = counted(shown.marks[0], span, size);
  if (counts.read !== read) {
    const repeats = [["input", read.toLocaleString("en-US")], plain(" read, some of them again in the place of padding")];
    return [...name, ...starts(reach, unit, span), plain("  ·  "), ["input", String(length)], plain(" cells long: "), ...repeats];
  }
  const parts = [[["input", counts.read.toLocaleString("en-US")], plain(" read")], [["hole", String(counts.hole)], plain(" in holes")], [["hole", String(counts.outside)], plain(" outside")]];
  const there = parts.filter(([[, count]], index) => !index || count !== "0");
  const sum = there.flatMap((part, index) => (index ? [plain(" + "), ...part] : part));
  return [...name, ...starts(reach, unit, span), plain("  ·  "), ["input", String(length)], plain(` ${length === 1 ? "cell" : "cells"} = `), ...sum];
}

// Where the field starts: as a sum where all units see alike.
function starts({ shift, spans }, unit, span) {
  const cells = span[0] === span[1] ? signed(span[0]) : `${signed(span[0])} … ${signed(span[1])}`;
  if (spans.length > 1 || shift === null) return [plain(" sees "), ["input", cells]];
  return [plain(` starts at ${signed(spans[0][0])} + `), ["output", String(unit)], plain(`·${shift} = `), ["input", signed(span[0])]];
}

export function overWords(over, spans) {
  if (!spans.every(Boolean)) return "";
  const read = over.ways.reduce((count, ways) => count + (ways > 0), 0);
  const whole = spans.reduce((count, [first, last]) => count * (last - first + 1), 1);
  if (over.rowsRead !== undefined && over.rowsRead * over.columnsRead === read) {
    return `in 2-D: ${over.rowsRead} × ${over.columnsRead} = ${read.toLocaleString("en-US")} of ${whole.toLocaleString("en-US")} cells read`;
  }
  return `in 2-D: ${read.toLocaleString("en-US")} of ${whole.toLocaleString("en-US")} cells read`;
}

// Upwards: how many units of the last row read the unit, in how many ways.
export function reachedLine(field, along, at, unit, reached, until) {
  const start = [plain(at === 0 ? "cell " : "unit "), [at === 0 ? "input" : "output", String(unit)], plain(at === 0 ? " of the input" : ` of ${field.stations[at].name}`)];
  if (until === at) return [...start, plain(": follow it upwards")];
  const ways = reached[until];
  const count = ways?.reduce((total, each) => total + (each > 0), 0) ?? 0;
  const station = field.stations[until];
  if (!count) return [...start, plain(` is read by no unit of ${station.name}`)];
  if (!station.sizes.length) return [...start, plain(` has a part in all that ${station.name} says`)];
  const first = ways.findIndex(Boolean);
  const last = ways.findLastIndex(Boolean);
  return [...start, plain(" reaches "), ["output", String(count)], plain(` of ${plural(station.sizes[along], "unit")} of ${station.name}: ${stretch(first, last, count)}`)];
}

// Units from the first to the last, all of them or some.
function stretch(first, last, count) {
  if (first === last) return first;
  return last - first + 1 === count ? `${first} … ${last}` : `among ${first} … ${last}`;
}

export const spoken = (tokens) => tokens.map(([, words]) => words).join("").replace(/\s+/g, " ");
