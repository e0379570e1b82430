// The words under the blocks: shapes in the first line, layers in the second. What would collide is left out, the least important first.

import { shapeText } from "./frame.mjs";
import { tensorOf } from "./links.mjs";

const NUDGES = [0, -5, 5, -10, 10, -15, 15]; // px that a label may stand beside its place where it would collide there
// What is left out last; before all of these stand the selected row (0) and the one that is pointed at (1).
const RANKS = { ends: 2, handed: 3, resized: 4, other: 5, same: 6 };
const WEIGHED = new Set(["convolution", "transposed_convolution", "dense"]);

// The labels that are there, with what is selected and pointed at first: [{row, line, role, parts: [{text, bold, faint}], box}].
// `selected` and `hovered` are positions of visible rows.
export function labelsOf(picture, { selected, hovered }) {
  const { frame } = picture;
  const marked = [selected, hovered].filter((row) => row !== null && row !== undefined);
  const wanted = [...shapesOf(picture, marked), ...namesOf(picture, marked), ...groupNames(picture)].sort((a, b) => a.rank - b.rank);
  const lines = [[], []];
  const placed = wanted.filter((label) => place(label, lines, frame));
  placed.filter(({ more }) => more).forEach((label) => extend(label, lines, frame));
  return placed;
}

function place(label, lines, frame) {
  const width = widthOf(label.parts, frame, label.line);
  if (width > frame.width) return false;
  const boxes = NUDGES.map((nudge) => boxAt({ ...label, middle: label.middle + nudge }, width, frame));
  label.box = boxes.find((box) => !lines[label.line].some((other) => touches(box, other.box, frame)));
  if (!label.box) return false;
  lines[label.line].push(label);
  return true;
}

// The words beside a name, where they find room too.
function extend(label, lines, frame) {
  const parts = [...label.parts, label.more];
  const box = boxAt(label, widthOf(parts, frame, label.line), frame);
  if (lines[label.line].some((other) => other !== label && touches(box, other.box, frame))) return;
  if (box.width <= frame.width) Object.assign(label, { parts, box });
}

const touches = (a, b, { apart }) => a.x < b.x + b.width + apart && b.x < a.x + a.width + apart;
const sizeOf = (line, frame) => (line ? frame.small : frame.font);

function widthOf(parts, frame, line) {
  const widths = parts.map(({ text, bold }, at) => frame.measure(at ? ` ${text}` : text, sizeOf(line, frame), bold));
  return widths.reduce((sum, width) => sum + width + frame.space, -frame.space);
}

function boxAt({ middle, line }, width, frame) {
  const size = sizeOf(line, frame);
  const y = line ? frame.names : frame.shapes;
  return { x: Math.max(0, Math.min(frame.width - width, middle - width / 2)), y: y - size, width, height: 1.3 * size };
}

const middleOf = ({ x, front, dx }) => x + (front + dx) / 2;

function shapesOf(picture, marked) {
  const { blocks, rows } = picture;
  const shown = blocks.filter(({ form, ghost, row, level }) => form !== "mark" && !ghost && (level === 0 || marked.includes(row)));
  return runsOf(shown, picture, marked)
    .map((run) => {
      const [block] = run;
      const { row, index, role } = block;
      const rank = rankOf(marked, row, role ? RANKS.ends : shapeRank(picture, block));
      const middle = (middleOf(block) + middleOf(run.at(-1))) / 2;
      return { row, index, line: 0, role, parts: [{ text: shapeText(rows[row]), bold: true }], middle, rank };
    })
    .filter(({ rank }) => rank !== null);
}

// Neighbours of one shape share a label where not each finds room for its own.
function runsOf(blocks, { rows, tight, frame }, marked) {
  if (!tight || frame.groups.length) return blocks.map((block) => [block]);
  const alone = ({ row, role }) => marked.includes(row) || role !== "";
  const alike = (one, other) => !alone(one) && !alone(other) && shapeText(rows[one.row]) === shapeText(rows[other.row]);
  const runs = [];
  for (const block of blocks) {
    if (runs.length && alike(runs.at(-1).at(-1), block)) runs.at(-1).push(block);
    else runs.push([block]);
  }
  return runs;
}

// In groups what they hand on counts, then where the resolution changes, and nothing else.
function shapeRank({ rows, itemOf, frame: { groups } }, block) {
  if (groups.some(({ rows: members }) => tensorOf({ rows, itemOf }, members.at(-1)) === block)) return RANKS.handed;
  if (changesSize(rows, block)) return RANKS.resized;
  if (groups.some(({ rows: members }) => members.includes(block.row))) return null;
  return rows[block.row].inputs.some((from) => shapeText(rows[from]) === shapeText(rows[block.row])) ? RANKS.same : RANKS.other;
}

const rankOf = (marked, row, otherwise) => (marked.includes(row) ? marked.indexOf(row) : otherwise);

function changesSize(rows, { row }) {
  const before = rows[row].inputs.at(-1);
  const sizes = (at) => rows[at]?.shape?.slice(1).join();
  return before === undefined || sizes(before) !== sizes(row);
}

// A layer's name stands between what it reads and what it makes; in a group only while it is marked.
function namesOf(picture, marked) {
  const { blocks, rows, frame } = picture;
  const grouped = new Set(frame.groups.flatMap(({ rows: members }) => members));
  const shown = blocks.filter(({ row, level }) => row > 0 && (marked.includes(row) || (level === 0 && !grouped.has(row))));
  return shown.map((block) => {
    const { row, index } = block;
    const { name, label } = rows[row];
    const more = label ? { text: label, faint: true } : null;
    const rank = rankOf(marked, row, nameRank(rows, block));
    return { row, index, line: 1, role: colourOf(block), parts: [{ text: name, bold: true }], more, middle: besideOf(picture, block), rank };
  });
}

function nameRank(rows, block) {
  if (block.form === "mark") return RANKS.same;
  return changesSize(rows, block) ? RANKS.resized : RANKS.other;
}

const colourOf = ({ ghost, kind }) => (ghost ? "faint" : WEIGHED.has(kind) ? "kernel" : "slate");

// Half way from what a layer reads, or under a mark or a block on an arc.
function besideOf({ rows, itemOf }, block) {
  if (block.form === "mark" || block.level) return middleOf(block);
  const before = itemOf[rows[block.row].inputs.at(-1)] ?? block;
  return (middleOf(before) + middleOf(block)) / 2;
}

function groupNames({ brackets }) {
  const named = { row: null, index: null, line: 1, role: "group", rank: RANKS.ends };
  return brackets.map(({ words, x, width }) => ({ ...named, parts: [{ text: words }], middle: x + width / 2 }));
}
