// What a pen leaves on a picture. Pictures are C planes of H×W bytes, 255 white; points are [down, right] in cells from the corner.

const SOFT = 0.75; // cells beyond half its size at which a soft pen has faded away, within one cell

// The cells from one to another, each touching the next (Bresenham): [[row, column], …].
export function cellsBetween([row, column], [lastRow, lastColumn]) {
  const [down, right] = [Math.abs(lastRow - row), Math.abs(lastColumn - column)];
  const [rowStep, columnStep] = [Math.sign(lastRow - row), Math.sign(lastColumn - column)];
  const cells = [[row, column]];
  let error = right - down;
  while (row !== lastRow || column !== lastColumn) {
    const twice = 2 * error;
    if (twice > -down) [error, column] = [error - down, column + columnStep];
    if (twice < right) [error, row] = [error + right, row + rowStep];
    cells.push([row, column]);
  }
  return cells;
}

// The upper left cell of a pen that stands at a point.
export const firstCell = ([y, x], size) => [Math.round(y - size / 2), Math.round(x - size / 2)];

// How much of each cell, 0 … 1, the stroke of a pen from point to point covers.
export function covered(shape, { size, soft }, from, to) {
  return soft ? faded(shape, size, from, to) : stamped(shape, size, from, to);
}

function faded([, height, width], size, from, to) {
  const cover = (at) => size / 2 + SOFT - distanceTo([Math.floor(at / width) + 0.5, (at % width) + 0.5], from, to);
  return Float32Array.from({ length: height * width }, (_, at) => Math.min(Math.max(cover(at), 0), 1));
}

// How far a point is from the line between two others.
function distanceTo([y, x], [y0, x0], [y1, x1]) {
  const [down, right] = [y1 - y0, x1 - x0];
  const squared = down * down + right * right;
  const along = squared ? Math.min(Math.max(((y - y0) * down + (x - x0) * right) / squared, 0), 1) : 0;
  return Math.hypot(y - y0 - along * down, x - x0 - along * right);
}

function stamped([, height, width], size, from, to) {
  const found = new Float32Array(height * width);
  const nib = nibOf(size);
  for (const [top, left] of cellsBetween(firstCell(from, size), firstCell(to, size))) {
    for (const [down, right] of nib) {
      const [row, column] = [top + down, left + right];
      if (row >= 0 && row < height && column >= 0 && column < width) found[row * width + column] = 1;
    }
  }
  return found;
}

// The cells of its square that a pen covers: their middles are within half its size of its own.
function nibOf(size) {
  const middle = (size - 1) / 2;
  const all = Array.from({ length: size * size }, (_, at) => [Math.floor(at / size), at % size]);
  return all.filter(([row, column]) => Math.hypot(row - middle, column - middle) <= size / 2);
}

// The picture with a stroke on it. Of soft ink the stronger counts: what is drawn twice gets no stronger.
export function stroked(bytes, shape, pen, from, to) {
  const cover = covered(shape, pen, from, to);
  const laid = pen.soft ? (pen.colour[0] ? inked : rubbed) : painted;
  return bytes.map((byte, at) => laid(byte, cover[at % cover.length], pen.colour[Math.floor(at / cover.length)]));
}

const inked = (byte, cover) => Math.max(byte, Math.round(255 * cover));
const rubbed = (byte, cover) => Math.min(byte, Math.round(255 * (1 - cover)));
const painted = (byte, cover, colour) => (cover ? colour : byte);

// One colour everywhere.
export function filled([channels, height, width], colour) {
  return Uint8Array.from({ length: channels * height * width }, (_, at) => colour[Math.floor(at / (height * width))]);
}

export function colourAt(bytes, [channels, height, width], [row, column]) {
  return Array.from({ length: channels }, (_, plane) => bytes[(plane * height + row) * width + column]);
}
