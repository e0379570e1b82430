// Who reads whom along one axis: the server says where the windows of one period lie, and they repeat. Pure functions.
// An axis: { size, outputs, pace: [outputs, cells], windows: [[first, step, count], …], padded: [first, behind], standIns: {position: cell} }.

const MOST = 1e150; // ways that are counted

// The positions that an output would read of an input without ends.
export function windowOf(axis, output) {
  const [outputs, cells] = axis.pace;
  const turn = Math.floor(output / outputs);
  const [first, step, count] = axis.windows[output - turn * outputs];
  return { first: first + turn * cells, step, count };
}

// The cell whose value stands at a position; −1 where there is none.
export function cellAt(axis, position) {
  if (position >= 0 && position < axis.size) return position;
  return axis.standIns[position] ?? -1;
}

export function positionsOf(axis, output) {
  const { first, step, count } = windowOf(axis, output);
  return Array.from({ length: count }, (_, tap) => first + tap * step);
}

// The most ways to any unit: there may be too many units to be arguments of a function.
export const mostOf = (ways) => ways?.reduce((most, each) => (each > most ? each : most), 0) ?? 0;

export const saturated = (ways) => Math.min(ways, MOST);

// In how many ways each input is read, where the outputs are wanted in `ways`; and the other way round.
export function down(axis, ways) {
  const read = new Float64Array(axis.size);
  eachRead(axis, ways.length, (output, cell) => {
    if (ways[output]) read[cell] = saturated(read[cell] + ways[output]);
  });
  return read;
}

export function up(axis, ways) {
  const reached = new Float64Array(axis.outputs);
  eachRead(axis, axis.outputs, (output, cell) => {
    if (ways[cell]) reached[output] = saturated(reached[output] + ways[cell]);
  });
  return reached;
}

function eachRead(axis, outputs, visit) {
  for (let output = 0; output < outputs; output += 1) {
    const { first, step, count } = windowOf(axis, output);
    for (let tap = 0; tap < count; tap += 1) {
      const cell = cellAt(axis, first + tap * step);
      if (cell >= 0) visit(output, cell);
    }
  }
}

// First and last cell that a unit sees of an input without ends; null where it sees nothing. `reach`: { shift, spans }.
export function spanOf({ shift, spans }, unit) {
  const turn = Math.floor(unit / spans.length);
  const span = spans[unit - turn * spans.length];
  if (!span || (shift === null && turn)) return null;
  return [span[0] + turn * (shift ?? 0), span[1] + turn * (shift ?? 0)];
}
