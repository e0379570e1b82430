// Numbers and sentences: what the arithmetic line and the live region say.

import { PLACE, reachOf, unique, valueAt } from "./links.mjs";

const PLACES = 3;

// Whole numbers whole, the rest to three decimals; a real minus sign.
export function formatNumber(value) {
  const rounded = Number(value.toFixed(PLACES));
  const text = rounded !== 0 || value === 0 ? String(Math.abs(rounded)) : Math.abs(value).toExponential(1);
  return value < 0 ? `−${text}` : text;
}

export const factor = (value) => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value));

export const formatTerm = (term) => `${factor(term.value)}×${factor(term.weight)}`;

export const place = (cell) => `[${cell.join(", ")}]`;

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

export function noteOf(terms, paddingMode) {
  const outside = terms.filter((term) => term.place !== PLACE.INPUT).length;
  if (!outside) return "";
  return paddingMode === "zeros" ? "faded terms fall on padding" : `faded terms fall on padding (${paddingMode})`;
}

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export function inputWords(scene, cell) {
  const reach = reachOf(scene, cell);
  const outputs = reach.reduce((count, hits) => count * unique(hits.map((hit) => hit.output)).length, 1);
  const name = `input ${place(cell.slice(1))} = ${formatNumber(valueAt(scene.input, cell))}`;
  return outputs ? `${name} reaches ${plural(outputs, "output")}` : `${name} is read by no window`;
}

export function weightWords(scene, [channel, offset, ...taps]) {
  const meets = scene.tables.map((table, axis) => {
    const places = Array.from({ length: table.outputs }, (_, output) => table.places[output * table.taps + taps[axis]]);
    return { windows: places.length, inside: places.filter((found) => found === PLACE.INPUT).length };
  });
  const windows = meets.reduce((count, meet) => count * meet.windows, 1);
  const outside = windows - meets.reduce((count, meet) => count * meet.inside, 1);
  const given = taps.map((tap, axis) => (scene.flip ? scene.tables[axis].taps - 1 - tap : tap));
  const value = formatNumber(valueAt(scene.weight, [channel, offset, ...taps]));
  const where = outside ? `, in ${outside} of them in the padding` : "";
  return `weight ${place(given)} = ${value} meets a cell in each of ${plural(windows, "window")}${where}`;
}

export const stepWords = (scene, step, cell, terms) =>
  `Step ${step + 1} of ${scene.output.data.length}, output ${place(cell.slice(1))}: ` +
  `${terms.length > 25 ? plural(terms.length, "product") : terms.map(formatTerm).join(" + ")}` +
  `${scene.bias.data[cell[0]] ? ` plus bias ${formatNumber(scene.bias.data[cell[0]])}` : ""}` +
  ` equals ${formatNumber(valueAt(scene.output, cell))}`;
