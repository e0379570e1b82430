// Where each grid stands, and which cell a point falls on. Pure: numbers in, numbers out, in CSS pixels.

const LARGEST_CELL = 64;
const KERNEL_CELL = 30; // a kernel keeps its numbers when the input is too large for them
const NUMBERED_CELL = 17; // smaller cells show colour instead of numbers
const COLOURED_SIZE = 24; // and so does an input of this many cells
const FACTOR_CELL = 38; // room for the weight beside the number
const TAG = 46; // tag above a grid
const FOOT = 8; // words below a grid stand where there is room for them

const sizesOf = (scene) => {
  const [rows, columns] = scene.tables;
  return {
    input: { rows: rows.stop - rows.start, columns: columns.stop - columns.start },
    weight: { rows: rows.taps, columns: columns.taps },
    output: { rows: rows.outputs, columns: columns.outputs },
  };
};

function cellSizes({ input, weight, output }, width, height) {
  const shared = Math.min(
    LARGEST_CELL,
    width / (input.columns + weight.columns + output.columns),
    height / Math.max(input.rows, weight.rows, output.rows),
  );
  if (shared >= KERNEL_CELL) return { cell: shared, kernelCell: shared };
  const kernelCell = Math.max(shared, Math.min(KERNEL_CELL, (0.22 * width) / weight.columns, height / weight.rows));
  const cell = Math.min(
    KERNEL_CELL,
    (width - kernelCell * weight.columns) / (input.columns + output.columns),
    height / Math.max(input.rows, output.rows),
  );
  return { cell, kernelCell };
}

export function layOut(scene, width, height, compact = false) {
  const sizes = sizesOf(scene);
  const gap = Math.max(compact ? 18 : 40, width * 0.07);
  const head = compact ? 4 : TAG;
  const foot = compact ? 4 : FOOT;
  const { cell, kernelCell } = cellSizes(sizes, width - 2 * gap - 4, height - head - foot);
  const middle = head + (height - head - foot) / 2;
  const widths = [sizes.input.columns * cell, sizes.weight.columns * kernelCell, sizes.output.columns * cell];
  const total = widths[0] + widths[1] + widths[2];
  // Spare width goes between the grids first, up to a measure, then to the margins.
  const between = Math.min((width - total) / 4, Math.max(gap, 110));
  let left = (width - total - 2 * between) / 2;
  const stand = (name, size, cellSize, origin) => {
    const grid = { name, ...size, cell: cellSize, left, top: middle - (size.rows * cellSize) / 2, origin };
    left += size.columns * cellSize + between;
    return grid;
  };
  const [rows, columns] = scene.tables;
  const coloured = Math.max(rows.size, columns.size) >= COLOURED_SIZE || cell < NUMBERED_CELL;
  return {
    width,
    height,
    compact,
    numbered: !coloured,
    kernelNumbered: kernelCell >= NUMBERED_CELL,
    factors: !coloured && cell >= FACTOR_CELL,
    input: stand("input", sizes.input, cell, [rows.start, columns.start]),
    weight: stand("weight", sizes.weight, kernelCell, [0, 0]),
    output: stand("output", sizes.output, cell, [0, 0]),
  };
}

// The rectangle of the cell at `position` (row, column) of a grid.
export const cellRect = (grid, [row, column]) => ({
  x: grid.left + (column - grid.origin[1]) * grid.cell,
  y: grid.top + (row - grid.origin[0]) * grid.cell,
  size: grid.cell,
});

// The rectangle around first and last position of each axis.
export function boxOf(grid, [rows, columns]) {
  const { x, y } = cellRect(grid, [Math.min(...rows), Math.min(...columns)]);
  return {
    x,
    y,
    width: (Math.max(...columns) - Math.min(...columns) + 1) * grid.cell,
    height: (Math.max(...rows) - Math.min(...rows) + 1) * grid.cell,
  };
}

function positionAt(grid, x, y) {
  const row = Math.floor((y - grid.top) / grid.cell);
  const column = Math.floor((x - grid.left) / grid.cell);
  const inside = row >= 0 && column >= 0 && row < grid.rows && column < grid.columns;
  return inside ? [row + grid.origin[0], column + grid.origin[1]] : null;
}

// What stands under a point: { grid, cell } as the links understand it, or null. Padding is no cell.
export function hit(scene, layout, x, y) {
  for (const name of ["input", "weight", "output"]) {
    const position = positionAt(layout[name], x, y);
    if (!position) continue;
    if (name === "weight") return { grid: name, cell: [0, 0, ...position] };
    const real = name === "output" || position.every((p, axis) => p >= 0 && p < scene.tables[axis].size);
    return real ? { grid: name, cell: [0, ...position] } : null;
  }
  return null;
}
