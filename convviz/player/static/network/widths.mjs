// How wide the table's columns are: as their longest words need, in letters as large as leave room for the bars.

import { COLUMNS } from "./columns.mjs";
import { INDENT } from "./line.mjs";
import { formatted } from "./rows.mjs";

// From roomy to dense: the letters' size, what a cell needs beside its words, whether the selected row's icons stand beside what
// follows the layer or in its place, whether the bars have the layer's name between them, and whether long words are cut.
const DENSITIES = [
  { size: 17, gap: 17, beside: true, named: true },
  { size: 16, gap: 13, beside: true, named: true },
  { size: 16, gap: 13, named: true },
  { size: 16, gap: 13 },
  { size: 15, gap: 12 },
  { size: 14, gap: 11 },
  { size: 15, gap: 11, cut: true },
  { size: 14, gap: 10, cut: true },
  { size: 13, gap: 9, cut: true },
  { size: 12, gap: 8, cut: true },
];
const BAR = 96; // pixels a bar needs with its number
const HANDLE = 26;
const ICONS = 104;
const CUT = 6.8; // letters' heights of a name that is cut
const SMALL = 0.84; // the head's letters
const LARGEST = 0.68; // letters' height in a line's
const LEAST = { layer: 5.2, out: 2.5, kernel: 2.6, stride: 2.2, pad: 2.2, field: 2.2 }; // letters' heights, so that fields have room
const FRAMED = ["out", "kernel", "stride", "pad"]; // columns where fields stand
const FRAME = 12; // pixels of a field and its cell beside its words
const MOST = { layer: 11, name: 5, then: 7.4 };
const MEASURED = ["layer", "out", "kernel", "stride", "pad", "then", "shape", "parameters", "macs", "bytes", "field"];

// Note the longest words of each column: digits are all as wide, so what has most letters needs most room.
export function measureRows(table) {
  const { keys, rows, totals, fields } = table;
  const longest = (words) => words.reduce((best, each) => (each.length > best.length ? each : best), "");
  const said = (key) => rows.filter((row) => key !== "out" || !row.group).map((row) => COLUMNS[key].text(row, fields));
  const measured = keys.filter((key) => MEASURED.includes(key));
  table.longest = Object.fromEntries(measured.map((key) => [key, longest([...said(key), key in totals ? formatted(totals[key]) : ""])]));
  table.indent = INDENT * Math.max(...rows.map((row) => row.level + (row.group ? 1 : 0)));
}

// Set the columns' widths, and the size of letters, for the room there is.
export function setWidths(table) {
  const room = table.node.parentElement?.clientWidth ?? 0;
  if (!room || !table.longest) return;
  const needs = needsOf(table);
  const bar = ({ size, gap, cut }) => Math.max(BAR, cut ? 0 : needs.bar * size + gap); // its head is never cut in two
  const fits = (each) => each.size <= needs.most && barRoom(table, needs, each, room) >= bar(each);
  const density = DENSITIES.find(fits) ?? DENSITIES.at(-1);
  table.grid.style.fontSize = `${density.size}px`;
  table.grid.classList.toggle("cv-unnamed", !density.named);
  table.grid.classList.toggle("cv-narrow-then", !density.beside);
  table.grid.classList.toggle("cv-cut", Boolean(density.cut));
  table.keys.forEach((key, index) => (table.columns[index].style.width = widthOf(table, needs, density, key)));
}

// What each column's longest words need, in heights of letters.
function needsOf(table) {
  const pen = (table.pen ??= document.createElement("canvas").getContext("2d"));
  const style = getComputedStyle(table.grid);
  pen.font = `700 100px ${style.fontFamily}`;
  const letters = (words) => pen.measureText(words).width / 100;
  const need = (key) => Math.max(letters(table.longest[key] ?? ""), SMALL * letters(COLUMNS[key].head), LEAST[key] ?? 0);
  const needs = Object.fromEntries(MEASURED.map((key) => [key, Math.min(need(key), MOST[key] ?? Infinity)]));
  const most = LARGEST * Number.parseFloat(style.getPropertyValue("--cv-high"));
  const bar = SMALL * Math.max(...table.keys.filter((key) => COLUMNS[key].bar).map((key) => letters(COLUMNS[key].head)));
  return { ...needs, most, bar, name: Math.min(letters(table.longest.layer ?? ""), MOST.name) };
}

function pixelsOf(table, needs, { size, gap, beside, named, cut }, key) {
  if (key === "handle") return HANDLE;
  if (key === "then" && cut) return ICONS;
  if (key === "then") return beside ? needs.then * size + gap + ICONS : Math.max(needs.then * size + gap, ICONS);
  if (key === "name") return named ? needs.name * size * 0.9 + 10 : 0;
  if (!(key in needs)) return null;
  if (key === "layer") return Math.min(needs.layer, cut ? CUT : Infinity) * size + gap + table.indent;
  return needs[key] * size + (FRAMED.includes(key) ? Math.max(gap, FRAME) : gap);
}

function widthOf(table, needs, density, key) {
  const pixels = pixelsOf(table, needs, density, key);
  return pixels === null ? "" : `${Math.ceil(pixels)}px`;
}

function barRoom(table, needs, density, room) {
  const taken = table.keys.reduce((sum, key) => sum + (pixelsOf(table, needs, density, key) ?? 0), 0);
  return (room - taken) / table.keys.filter((key) => COLUMNS[key].bar).length;
}
