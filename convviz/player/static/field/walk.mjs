// Through a whole network, unit by unit: what is read, what is reached, and the way that is played. Pure functions.
// A field: { axes, stations }; a station: { inputs, crop, sizes, axes, mixes, reach }. Stations come in order, the input first.

import { cellAt, down, positionsOf, saturated, up, windowOf } from "./relation.mjs";

const sizeAlong = (station, along) => station.sizes[along] ?? 1;
const axisOf = (field, station, along) => field.axes[station.axes[along]];
const sum = (ways) => saturated(ways.reduce((total, each) => total + each, 0));
const cropOf = (station, input, along) => station.crop[input]?.[along] ?? 0;

// By station: in how many ways its units along one axis are read by one unit; null where none is.
export function readAlong(field, along, at, unit) {
  const found = Array(field.stations.length).fill(null);
  found[at] = oneOf(sizeAlong(field.stations[at], along), unit);
  for (let index = at; index > 0; index -= 1) {
    const station = field.stations[index];
    if (!found[index]) continue;
    station.inputs.forEach((below, input) => {
      const size = sizeAlong(field.stations[below], along);
      found[below] = united(found[below], readOf(field, station, along, input, found[index], size));
    });
  }
  return found;
}

function readOf(field, station, along, input, ways, size) {
  if (station.mixes) return new Float64Array(size).fill(sum(ways));
  if (station.axes) return down(axisOf(field, station, along), ways);
  const read = new Float64Array(size);
  const crop = cropOf(station, input, along);
  ways.forEach((each, unit) => (read[unit + crop] = each));
  return read;
}

// By station: in how many ways its units along one axis read one unit, or one cell of the input.
export function reachedAlong(field, along, at, unit) {
  const found = Array(field.stations.length).fill(null);
  found[at] = oneOf(sizeAlong(field.stations[at], along), unit);
  for (let index = at + 1; index < field.stations.length; index += 1) {
    const station = field.stations[index];
    station.inputs.forEach((below, input) => {
      if (found[below]) found[index] = united(found[index], reachedOf(field, station, along, input, found[below]));
    });
    if (found[index] && !found[index].some(Boolean)) found[index] = null;
  }
  return found;
}

function reachedOf(field, station, along, input, ways) {
  const size = sizeAlong(station, along);
  if (station.mixes) return new Float64Array(size).fill(sum(ways));
  if (station.axes) return up(axisOf(field, station, along), ways);
  const crop = cropOf(station, input, along);
  return Float64Array.from({ length: size }, (_, unit) => ways[unit + crop] ?? 0);
}

function oneOf(size, unit) {
  const ways = new Float64Array(size);
  ways[unit] = 1;
  return ways;
}

function united(first, second) {
  return first ? first.map((ways, unit) => saturated(ways + second[unit])) : second;
}

// By station: every position that a unit would come to if no layer ended, as a Set.
function endlessAlong(field, along, at, unit) {
  const found = Array(field.stations.length).fill(null);
  found[at] = new Set([unit]);
  for (let index = at; index > 0; index -= 1) {
    const station = field.stations[index];
    if (!found[index]) continue;
    station.inputs.forEach((below, input) => {
      found[below] ??= new Set();
      const size = sizeAlong(field.stations[below], along);
      for (const position of found[index]) addEndless(found[below], field, station, along, input, position, size);
    });
  }
  return found;
}

function addEndless(set, field, station, along, input, position, size) {
  if (station.mixes) {
    for (let cell = 0; cell < size; cell += 1) set.add(cell);
  } else if (station.axes) {
    const { first, step, count } = windowOf(axisOf(field, station, along), position);
    for (let tap = 0; tap < count; tap += 1) set.add(first + tap * step);
  } else {
    set.add(position + cropOf(station, input, along));
  }
}

// What every position of a station is to a unit: "read", "padding", "overhang", "hole", "beyond"; by station a Map.
export function marksAlong(field, along, at, unit) {
  const read = readAlong(field, along, at, unit);
  const endless = endlessAlong(field, along, at, unit);
  const marks = field.stations.map(() => new Map());
  field.stations.forEach((station, index) => {
    if (!endless[index]) return;
    const size = sizeAlong(station, along);
    const inside = (position) => position >= 0 && position < size;
    const hull = hullOf(endless[index]);
    for (let position = hull[0]; position <= hull[1]; position += 1) {
      if (inside(position)) marks[index].set(position, read[index]?.[position] ? "read" : "hole");
      else if (endless[index].has(position)) marks[index].set(position, "beyond");
    }
    // Padding that repeats cells can reach beyond what an endless input would show.
    read[index]?.forEach((ways, position) => ways && marks[index].set(position, "read"));
  });
  field.stations.forEach((station, index) => station.axes && markPadding(marks, read, field, station, index, along));
  return { read, marks };
}

function markPadding(marks, read, field, station, index, along) {
  const axis = axisOf(field, station, along);
  read[index]?.forEach((ways, output) => {
    if (!ways) return;
    for (const position of positionsOf(axis, output)) {
      if (position >= 0 && position < axis.size) continue;
      const [first, behind] = axis.padded;
      if (position >= first && position < behind) marks[station.inputs[0]].set(position, "padding");
      else if (axis.overhangs && position >= behind) marks[station.inputs[0]].set(position, "overhang");
    }
  });
}

function hullOf(positions) {
  let [low, high] = [Infinity, -Infinity];
  for (const position of positions) {
    if (position < low) low = position;
    if (position > high) high = position;
  }
  return [low, high];
}

// --- Over two axes --------------------------------------------------------------------------------------------------

// Whether every window on the way stands alone: then what is read is a product.
function isChain(field, at) {
  for (let index = at; index > 0; [index] = field.stations[index].inputs) {
    if (field.stations[index].inputs.length > 1) return false;
  }
  return true;
}

// In how many ways each cell of the input is read by a unit: { rows, columns, ways }, row by row.
export function readOver(field, axes, at, unit) {
  const [rows, columns] = axes.map((along) => sizeAlong(field.stations[0], along));
  if (!isChain(field, at)) return gathered(field, axes, at, unit);
  const [down0, down1] = axes.map((along) => readAlong(field, along, at, unit[along] ?? 0)[0]);
  const ways = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    if (!down0[row]) continue;
    for (let column = 0; column < columns; column += 1) ways[row * columns + column] = saturated(down0[row] * down1[column]);
  }
  return { rows, columns, ways };
}

// The same for units of one station that reach up from a cell.
export function reachedOver(field, axes, at, unit, to) {
  const sizes = axes.map((along) => sizeAlong(field.stations[to], along));
  const lists = axes.map((along) => reachedAlong(field, along, at, unit[along] ?? 0)[to]);
  const ways = new Float64Array(sizes[0] * sizes[1]);
  if (!lists.every(Boolean)) return { rows: sizes[0], columns: sizes[1], ways };
  if (!branchesBetween(field, at, to)) {
    lists[0].forEach((first, row) => lists[1].forEach((second, column) => (ways[row * sizes[1] + column] = saturated(first * second))));
    return { rows: sizes[0], columns: sizes[1], ways };
  }
  return spread(field, axes, at, unit, to);
}

function branchesBetween(field, at, to) {
  return field.stations.slice(at + 1, to + 1).some(({ inputs }) => inputs.length > 1);
}

const plane = (rows, columns) => ({ rows, columns, ways: new Float64Array(rows * columns) });
const planeOf = (field, axes, index) => plane(...axes.map((along) => sizeAlong(field.stations[index], along)));

function start(field, axes, at, unit) {
  const one = planeOf(field, axes, at);
  const [row, column] = axes.map((along) => unit[along] ?? 0); // what is flat has one place
  one.ways[row * one.columns + column] = 1;
  return one;
}

function gathered(field, axes, at, unit) {
  const found = Array(at + 1).fill(null);
  found[at] = start(field, axes, at, unit);
  for (let index = at; index > 0; index -= 1) {
    if (!found[index]) continue;
    const station = field.stations[index];
    station.inputs.forEach((below, input) => {
      found[below] ??= planeOf(field, axes, below);
      stepOver(field, station, axes, input, found[index], found[below], "down");
    });
    if (index !== at) found[index] = null; // its ways have gone down
  }
  return found[0] ?? planeOf(field, axes, 0);
}

function spread(field, axes, at, unit, to) {
  const found = Array(to + 1).fill(null);
  found[at] = start(field, axes, at, unit);
  for (let index = at + 1; index <= to; index += 1) {
    const station = field.stations[index];
    station.inputs.forEach((below, input) => {
      if (!found[below]) return;
      found[index] ??= planeOf(field, axes, index);
      stepOver(field, station, axes, input, found[below], found[index], "up");
    });
  }
  return found[to] ?? planeOf(field, axes, to);
}

// One relation over both axes, added to what is there: all columns of a row together, then cell by cell along the rows.
function stepOver(field, station, axes, input, from, to, direction) {
  if (station.mixes) {
    const ways = sum(from.ways);
    to.ways.forEach((each, index) => (to.ways[index] = saturated(each + ways)));
    return;
  }
  const [rows, columns] = axes.map((along) => pairsOf(field, station, along, input, direction));
  const half = plane(to.rows, from.columns);
  for (let row = 0; row < from.rows; row += 1) {
    const [first, last] = endsIn(from, row);
    for (const target of first <= last ? rows[row] ?? [] : []) {
      for (let column = first; column <= last; column += 1) half.ways[target * from.columns + column] += from.ways[row * from.columns + column];
    }
  }
  for (let row = 0; row < half.rows; row += 1) {
    const [first, last] = endsIn(half, row);
    for (let column = first; column <= last; column += 1) {
      const ways = half.ways[row * half.columns + column];
      for (const target of ways ? columns[column] ?? [] : []) to.ways[row * to.columns + target] = saturated(to.ways[row * to.columns + target] + ways);
    }
  }
}

// First and last column of a row that any way leads to.
function endsIn({ columns, ways }, row) {
  let [first, last] = [row * columns, (row + 1) * columns - 1];
  while (first <= last && !ways[first]) first += 1;
  while (last >= first && !ways[last]) last -= 1;
  return [first - row * columns, last - row * columns];
}

const pairs = new WeakMap(); // axis → { down, up }: by unit, whom it meets

function pairsOf(field, station, along, input, direction) {
  if (!station.axes) return cropPairs(field, station, along, input, direction);
  const axis = axisOf(field, station, along);
  if (!pairs.has(axis)) pairs.set(axis, metBy(axis));
  return pairs.get(axis)[direction];
}

function metBy(axis) {
  const [down, up] = [axis.outputs, axis.size].map((size) => Array.from({ length: size }, () => []));
  for (let output = 0; output < axis.outputs; output += 1) {
    for (const position of positionsOf(axis, output)) {
      const cell = cellAt(axis, position);
      if (cell < 0) continue;
      down[output].push(cell);
      up[cell].push(output);
    }
  }
  return { down, up };
}

function cropPairs(field, station, along, input, direction) {
  const crop = cropOf(station, input, along);
  const [outer, inner] = [sizeAlong(field.stations[station.inputs[input]], along), sizeAlong(station, along)];
  const shift = direction === "down" ? crop : -crop;
  const [from, to] = direction === "down" ? [inner, outer] : [outer, inner];
  return Array.from({ length: from }, (_, unit) => (unit + shift >= 0 && unit + shift < to ? [unit + shift] : []));
}

// --- The way that is played -----------------------------------------------------------------------------------------

// From the input up to a unit, through the middles of the windows: [{ at, unit: [position an axis] }, …].
export function wayDown(field, at, unit) {
  const way = [{ at, unit }];
  while (way[0].at > 0) {
    const { at: index, unit: positions } = way[0];
    const station = field.stations[index];
    const below = Math.max(...station.inputs);
    const sizes = field.stations[below].sizes;
    const input = station.inputs.indexOf(below);
    way.unshift({ at: below, unit: sizes.map((size, along) => middle(field, station, along, input, positions[along] ?? 0, size)) });
  }
  return way;
}

function middle(field, station, along, input, position, size) {
  if (station.mixes) return Math.floor(size / 2);
  if (!station.axes) return position + cropOf(station, input, along);
  const axis = axisOf(field, station, along);
  const cells = positionsOf(axis, position).map((each) => cellAt(axis, each));
  const cell = cells[Math.floor(cells.length / 2)] ?? -1;
  const [outputs, step] = axis.pace;
  return cell >= 0 ? cell : Math.min(Math.max(Math.round((position * step) / outputs), 0), size - 1);
}

// From a unit up to the last station that it reaches, through the middles of what is reached.
export function wayUp(field, at, unit) {
  const reached = field.stations[0].sizes.map((_, along) => reachedAlong(field, along, at, unit[along] ?? 0));
  const way = [];
  for (let index = at; index < field.stations.length; index += 1) {
    if (!reached.every((lists) => lists[index])) continue;
    way.push({ at: index, unit: field.stations[index].sizes.map((_, along) => middleOf(reached[along][index])) });
  }
  way[0].unit = unit;
  return way;
}

function middleOf(ways) {
  const there = [...ways.keys()].filter((index) => ways[index]);
  return there[Math.floor(there.length / 2)];
}
