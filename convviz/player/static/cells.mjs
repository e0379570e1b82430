// Cells and their places in arrays. A cell is [channel, ...position]; a weight's is [out, in, ...tap].

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

export const unique = (list) => [...new Set(list)];

export const range = (start, stop) => Array.from({ length: stop - start }, (_, index) => start + index);

// Where a cell of a grid is drawn: spread apart where the scene says so.
export const positionOf = (grid, cell) => cell.slice(grid.lead).map((index, axis) => index * grid.spread[axis]);

// The index of each axis's cell at a drawn position, or null where no cell stands: padding, overhang, a hole.
export function indexAt(grid, position) {
  const index = position.map((p, axis) => p / grid.spread[axis]);
  const real = index.every((i, axis) => Number.isInteger(i) && i >= 0 && i < grid.shape[grid.lead + axis]);
  return real ? index : null;
}

export const isOverhang = (grid, position) => position.some((p, axis) => p < grid.padded[axis][0] || p >= grid.padded[axis][1]);

// The step of a new clock that is nearest to where we were on the old one: the same cell, or the same part of the way where
// another grid ticks now.
export function nearestStep(step, oldClock, newClock, sameGrid) {
  const cell = cellAt(step, oldClock).slice(-newClock.length);
  const shift = newClock.length - cell.length;
  return indexOf(
    newClock.map((size, axis) => {
      const [at, from] = [cell[axis - shift] ?? 0, oldClock.at(axis - newClock.length) ?? 1];
      const wanted = sameGrid || axis === 0 ? at : Math.floor(((at + 0.5) * size) / from);
      return Math.min(wanted, size - 1);
    }),
    newClock,
  );
}
