// Which part of an array a grid shows: a sheet for each channel or slice, the current channel where only one is shown.

import { cellAt, product, range } from "./cells.mjs";
import { clockOf, fromOf, rowChannels, toOf, weightCell, windowChannels } from "./links.mjs";

// The channel each grid shows at a moment of the clock. `channel` is the output channel that was chosen where inputs tick.
export function focusOf(scene, step, channel) {
  const ticking = cellAt(step, clockOf(scene).shape)[0];
  const focus = { ticking, grids: {} };
  for (const name of Object.keys(scene.grids)) focus.grids[name] = ticking;
  const stamped = scene.relations.find((relation) => relation.sends && relation.weight && relation.rows === scene.clock);
  if (stamped) {
    // Another group's channel would show nothing: its place in the sender's own group instead.
    const met = windowChannels(scene, stamped, ticking);
    focus.grids[stamped.window] = met.includes(channel) ? channel : met[channel % met.length];
  }
  return focus;
}

// The grid whose channels are chosen among: the output, where it has several and shows one.
export function choiceOf(scene) {
  const grid = scene.grids.output;
  return grid.shape[0] > 1 && grid.shows === "one" ? grid : null;
}

// [out, in] of the weights that stand in each slot of a grid of weights; null where the two channels do not meet.
export function weightLeads(scene, grid, focus) {
  const relation = scene.relations.find(({ weight }) => weight === grid.name);
  const target = focus.grids[toOf(relation)];
  if (grid.shows === "all") return range(0, grid.shape[1]).map((index) => [target, index]);
  const source = focus.grids[fromOf(relation)];
  return [rowChannels(scene, relation, target).includes(source) ? weightCell(scene, relation, target, source, []) : null];
}

// How many sheets stand side by side: channels times slices, or taps where weights are shown as matrices.
export function sheetsOf(grid) {
  const [depth] = grid.extent.length === 3 ? [grid.extent[0]] : [[0, 1]];
  if (grid.byTaps) {
    const taps = grid.shape.slice(2);
    return { slots: taps.reduce((count, size) => count * size, 1), depth: [0, 1], rows: [0, grid.inputs], columns: [0, grid.shape[0]] };
  }
  const slots = grid.shows === "one" ? 1 : grid.shape[grid.lead - 1];
  const plane = grid.extent.slice(-2);
  const [rows, columns] = plane.length === 2 ? plane : [[0, 1], plane[0]];
  return { slots, depth, rows, columns };
}

// A position along the axes as a slice, a row and a column; an axis that is not there has one cell.
export function placeOf(position) {
  const [depth, row, column] = [...new Array(3 - position.length).fill(0), ...position];
  return { depth, row, column };
}

export const positionAt = (dimension, { depth, row, column }) => [depth, row, column].slice(3 - dimension);

// The sheet's slot of a channel, or -1 where it is not shown.
export function slotOf(grid, focus, channel) {
  if (grid.shows === "all") return channel;
  return focus.grids[grid.name] === channel ? 0 : -1;
}

export const channelAt = (grid, focus, slot) => (grid.shows === "all" ? slot : focus.grids[grid.name]);

// Every tap as the lead of a matrix, in C order.
export const tapsIn = (grid) => product(grid.shape.slice(2).map((size) => range(0, size)));

// In a matrix of a tap: the index among the inputs that output channel `out` reads, or null where it does not read that row.
export function localRow(grid, out, row) {
  const groups = grid.inputs / grid.shape[1];
  const local = row - Math.floor((out * groups) / grid.shape[0]) * grid.shape[1];
  return local >= 0 && local < grid.shape[1] ? local : null;
}
