// Who touches whom, read off the tables: pure functions from a scene and a cell to cells.
// A cell is [channel, ...position]; every set here is a product over the axes, so it is kept as one list an axis.

export const PLACE = { INPUT: 0, PADDING: 1, OVERHANG: 2, HOLE: 3, ABSENT: 4 };

export const product = (lists) =>
  lists.reduce((cells, list) => cells.flatMap((cell) => list.map((item) => [...cell, item])), [[]]);

export const indexOf = (cell, shape) => cell.reduce((index, position, axis) => index * shape[axis] + position, 0);

export function cellAt(index, shape) {
  const cell = new Array(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    cell[axis] = index % shape[axis];
    index = Math.floor(index / shape[axis]);
  }
  return cell;
}

export const valueAt = (array, cell) => array.data[indexOf(cell, array.shape)];

export const stepCount = (scene) => scene.output.data.length;

// The step of a new shape that is nearest to where we were in the old one.
export function nearestStep(step, oldShape, newShape) {
  const cell = cellAt(step, oldShape).slice(-newShape.length);
  return indexOf(
    newShape.map((size, axis) => Math.min(cell[axis] ?? 0, size - 1)),
    newShape,
  );
}

const tapsOf = (table, output) =>
  Array.from({ length: table.taps }, (_, tap) => {
    const entry = output * table.taps + tap;
    return { tap, position: table.positions[entry], read: table.reads[entry], place: table.places[entry] };
  });

// The terms of one output cell, in the order of the taps: what was read, from where, times what.
export function termsOf(scene, [channel, ...position]) {
  const inputs = scene.weight.shape[1];
  const first = Math.floor((channel * scene.groups) / scene.weight.shape[0]) * inputs;
  const windows = product(scene.tables.map((table, axis) => tapsOf(table, position[axis])));
  return Array.from({ length: inputs }, (_, offset) =>
    windows.map((entries) => {
      const read = entries.every((entry) => entry.read >= 0);
      const cell = read ? [first + offset, ...entries.map((entry) => entry.read)] : null;
      const weight = [channel, offset, ...entries.map((entry) => entry.tap)];
      return {
        position: entries.map((entry) => entry.position),
        place: Math.max(...entries.map((entry) => entry.place)),
        cell,
        value: read ? valueAt(scene.input, cell) : 0,
        weightCell: weight,
        weight: valueAt(scene.weight, weight),
      };
    }),
  ).flat();
}

// Positions along each axis that a window covers.
export const windowOf = (scene, [, ...position]) =>
  scene.tables.map((table, axis) => tapsOf(table, position[axis]).map((entry) => entry.position));

// Outputs that an input cell reaches, with the taps by which it does (reflected padding can reach an output twice).
export function reachOf(scene, [, ...position]) {
  return scene.tables.map((table, axis) => {
    const hits = [];
    for (let entry = 0; entry < table.reads.length; entry += 1) {
      if (table.reads[entry] === position[axis]) {
        hits.push({ output: Math.floor(entry / table.taps), tap: entry % table.taps });
      }
    }
    return hits;
  });
}

// Positions that a weight meets, along each axis, over all outputs.
const metBy = (scene, [, , ...taps]) =>
  scene.tables.map((table, axis) =>
    Array.from({ length: table.outputs }, (_, output) => table.positions[output * table.taps + taps[axis]]),
  );

// Which drawn positions of each axis some window covers, and which input cells it reads in their stead: the rest is hatched.
export const coveredPositions = (scene) => scene.tables.map((table) => new Set([...table.positions, ...table.reads]));

export const unique = (list) => [...new Set(list)];

// What lights up under a pointer: one list of positions an axis for each grid, or null where nothing does.
export function litBy(scene, target) {
  if (!target) return { input: null, weight: null, output: null };
  if (target.grid === "output") {
    return { input: windowOf(scene, target.cell), weight: allTaps(scene), output: target.cell.slice(1).map((p) => [p]) };
  }
  if (target.grid === "input") {
    const reach = reachOf(scene, target.cell);
    return {
      input: target.cell.slice(1).map((p) => [p]),
      weight: reach.map((hits) => unique(hits.map((hit) => hit.tap))),
      output: reach.map((hits) => unique(hits.map((hit) => hit.output))),
    };
  }
  return {
    input: metBy(scene, target.cell).map(unique),
    weight: target.cell.slice(2).map((tap) => [tap]),
    output: scene.tables.map((table) => Array.from({ length: table.outputs }, (_, output) => output)),
  };
}

const allTaps = (scene) => scene.tables.map((table) => Array.from({ length: table.taps }, (_, tap) => tap));
