// Numbers and sentences: what the arithmetic line and the live region say.

import { indexOf, range, unique, valueAt } from "./cells.mjs";
import { clockOf, fromOf, PLACE, reachOf, relationTo, rowChannels, sentTo, termsOf, windowChannels } from "./links.mjs";

const PLACES = 3;
const SPOKEN = 25; // terms that are read out one by one

// Whole numbers whole, the rest to three decimals; a real minus sign.
export function formatNumber(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value < 0 ? "−∞" : "∞";
  const rounded = Number(value.toFixed(PLACES));
  const text = rounded !== 0 || value === 0 ? String(Math.abs(rounded)) : Math.abs(value).toExponential(1);
  return value < 0 ? `−${text}` : text;
}

export const factor = (value) => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value));

export const formatTerm = (term) => `${factor(term.value)}×${factor(term.weight)}`;

export const place = (cell) => `[${cell.join(", ")}]`;

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// A cell by its grid's name, its channel where there are several, its position.
export function cellName(scene, { grid: name, cell }) {
  const grid = scene.grids[name];
  const channel = grid.shape[0] > 1 ? ` channel ${cell[0]}` : "";
  return `${grid.tag.toLowerCase()}${channel} ${place(cell.slice(1))}`;
}

const FOLD = 13; // characters' room for what stands in place of the folded terms
const PLUS = 1.9; // and for a plus sign between its narrow blanks

// Which terms a line of `room` characters shows: all, or as many as fit from both ends with the middle folded away.
export function fold(lengths, room) {
  const all = lengths.reduce((sum, length) => sum + length + PLUS, 0);
  if (all <= room || lengths.length < 3) return { head: lengths.length, hidden: 0 };
  let left = room - FOLD;
  let [head, tail] = [0, 0];
  while (head + tail < lengths.length - 1) {
    const next = head <= tail ? lengths[head] : lengths[lengths.length - 1 - tail];
    left -= next + PLUS;
    if (left < 0 && head && tail) break;
    if (head <= tail) head += 1;
    else tail += 1;
  }
  return { head, hidden: lengths.length - head - tail };
}

// What an average is divided by: how many cells of each kind, and which of them count.
export function divisorOf(relation, terms) {
  const count = (kind) => terms.filter((term) => term.place === kind).length;
  const [input, padding, overhang] = [count(PLACE.INPUT), count(PLACE.PADDING), count(PLACE.OVERHANG)];
  return { input, padding, overhang, divisor: input + (relation.countPadding ? padding : 0) };
}

const OUTSIDE = {
  [PLACE.PADDING]: "faded terms fall on padding",
  [PLACE.HOLE]: "faded terms fall on inserted zeros and padding",
};

// What stands in the margin of a line of arithmetic.
export function noteOf(scene, relation, cell, terms, winner) {
  if (relation.function) return "";
  if (relation.reduction === "max") return winner ? foundWords(scene, relation, winner) : "no input cell in this window";
  if (relation.reduction === "average") return averageWords(relation, terms);
  const outside = Math.max(...terms.map((term) => (term.place === PLACE.ABSENT ? 0 : term.place)));
  const mode = outside && relation.paddingMode !== "zeros" ? ` (${relation.paddingMode})` : "";
  return `${OUTSIDE[outside] ?? ""}${mode}`;
}

function foundWords(scene, relation, { cell: [, ...position] }) {
  const sizes = scene.grids[relation.window].shape.slice(1);
  const flat = indexOf(position, sizes);
  const sum = position.length === 2 ? ` → position ${position[0]}·${sizes[1]} + ${position[1]} = ${flat}` : position.length > 2 ? ` → position ${flat}` : "";
  return `found at ${place(position)}${sum}`;
}

function averageWords(relation, terms) {
  const { input, padding, overhang } = divisorOf(relation, terms);
  const parts = [`counts ${input} of input`];
  if (padding) parts.push(relation.countPadding ? `${padding} of padding` : `not the ${padding} of padding`);
  if (overhang) parts.push(`never the ${overhang} of overhang`);
  return parts.join(", ");
}

// What a cell takes part in.
export function sourceWords(scene, target) {
  const name = `${cellName(scene, target)} = ${formatNumber(valueAt(scene.grids[target.grid], target.cell))}`;
  const relations = scene.relations.filter((relation) => fromOf(relation) === target.grid);
  return relations.length ? `${name} ${relations.map((relation) => reachWords(scene, relation, target.cell)).join("; ")}` : name;
}

function reachWords(scene, relation, cell) {
  if (relation.remembered) return `goes to ${place(sentTo(scene, relation, cell))}`;
  if (relation.sends) {
    const cells = relation.tables.reduce((count, table, axis) => count * landings(table, cell[axis + 1]), 1);
    return `${relation.weight ? "stamps" : "goes to"} ${plural(cells, "output cell")}${eachChannel(windowChannels(scene, relation, cell[0]).length)}`;
  }
  const outputs = reachOf(relation, cell.slice(1)).reduce((count, hits) => count * unique(hits.map(({ row }) => row)).length, 1);
  if (!outputs) return "is read by no window";
  return `reaches ${plural(outputs, "output")}${eachChannel(rowChannels(scene, relation, cell[0]).length)}`;
}

const eachChannel = (count) => (count > 1 ? ` in each of ${count} channels` : "");

const landings = (table, row) => range(0, table.taps).filter((tap) => table.reads[row * table.taps + tap] >= 0).length;

export function weightWords(scene, target) {
  const relation = scene.relations.find(({ weight }) => weight === target.grid);
  const [, , ...taps] = target.cell;
  const meets = relation.tables.map((table, axis) => {
    const places = range(0, table.rows).map((row) => table.places[row * table.taps + taps[axis]]);
    return { rows: places.length, inside: places.filter((found) => found === PLACE.INPUT).length };
  });
  const rows = meets.reduce((count, meet) => count * meet.rows, 1);
  const outside = rows - meets.reduce((count, meet) => count * meet.inside, 1);
  const given = taps.map((tap, axis) => (relation.flip ? relation.tables[axis].taps - 1 - tap : tap));
  const value = formatNumber(valueAt(scene.grids[target.grid], target.cell));
  if (relation.sends) return `weight ${place(given)} = ${value} is stamped by each of ${plural(rows, "input cell")}`;
  const where = outside ? `, in ${outside} of them in the padding` : "";
  return `weight ${place(given)} = ${value} meets a cell in each of ${plural(rows, "window")}${where}`;
}

// The step in words, for those who hear it.
export function stepWords(scene, step, cell) {
  const start = `Step ${step + 1} of ${clockOf(scene).data.length}, `;
  const relation = relationTo(scene, scene.clock);
  if (!relation || relation.sends) {
    const sends = scene.relations.find((candidate) => candidate.sends && candidate.rows === scene.clock);
    return `${start}${cellName(scene, { grid: scene.clock, cell })} = ${formatNumber(valueAt(clockOf(scene), cell))} ${reachWords(scene, sends, cell)}`;
  }
  const terms = termsOf(scene, relation, cell);
  const result = formatNumber(valueAt(clockOf(scene), cell));
  return `${start}${cellName(scene, { grid: scene.clock, cell })}: ${spoken(relation, cell, terms)} equals ${result}`;
}

const SPOKEN_AS = { max: "largest of ", average: "average of ", lp: "norm of " };

function spoken(relation, cell, terms) {
  if (relation.reduction in SPOKEN_AS) {
    const read = terms.filter((term) => term.cell);
    return SPOKEN_AS[relation.reduction] + (read.length > SPOKEN ? plural(read.length, "value") : read.map((term) => formatNumber(term.value)).join(", "));
  }
  const products = terms.length > SPOKEN ? plural(terms.length, "product") : terms.map(formatTerm).join(" + ");
  const bias = relation.bias?.data[cell[0]] ?? 0;
  return `${products}${bias ? ` plus bias ${formatNumber(bias)}` : ""}`;
}

