// What has landed on a grid by a step, where inputs send their values: sums so far, and which cells were written at all.

import { cellAt } from "./cells.mjs";
import { rowChannels, weightCell } from "./links.mjs";
import { indexOf } from "./cells.mjs";

// The plane of one channel of the window grid once the rows up to `step` have had their turn; goes on from `known` where it can.
export function landed(scene, relation, channel, step, known) {
  const goesOn = known && known.relation === relation && known.channel === channel && known.step <= step;
  const state = goesOn ? known : begun(scene, relation, channel);
  const source = scene.grids[relation.rows];
  const senders = new Set(rowChannels(scene, relation, channel));
  for (let index = state.step + 1; index <= step; index += 1) {
    const cell = cellAt(index, source.shape);
    if (!senders.has(cell[0])) continue;
    if (relation.remembered) send(state, relation.remembered.data[index], source.data[index]);
    else stamp(scene, relation, state, cell, source.data[index]);
  }
  state.step = step;
  return state;
}

function begun(scene, relation, channel) {
  const shape = scene.grids[relation.window].shape.slice(1);
  const size = shape.reduce((product, each) => product * each, 1);
  const bias = relation.bias?.data[channel] ?? 0;
  return { relation, channel, step: -1, shape, values: new Float64Array(size).fill(bias), written: new Uint8Array(size) };
}

function send(state, index, value) {
  state.values[index] = value;
  state.written[index] = 1;
}

function stamp(scene, relation, state, [channel, ...position], value) {
  const weights = relation.weight ? scene.grids[relation.weight] : null;
  const at = (taps) => (weights ? weights.data[indexOf(weightCell(scene, relation, state.channel, channel, taps), weights.shape)] : 1);
  const walk = (axis, index, taps) => {
    if (axis === position.length) {
      state.values[index] += value * at(taps);
      state.written[index] = 1;
      return;
    }
    const table = relation.tables[axis];
    for (let tap = 0; tap < table.taps; tap += 1) {
      const read = table.reads[position[axis] * table.taps + tap];
      if (read >= 0) walk(axis + 1, index * state.shape[axis] + read, [...taps, tap]);
    }
  };
  walk(0, 0, []);
}
