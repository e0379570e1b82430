// What the stage of a trained network knows: chances of classes, where the patch lies, what the map shows, which unit. Pure functions.

export const VIEWS = ["probability", "drop", "runner-up"];

// A value, or the nearest of a range.
export const within = (value, [least, most]) => Math.min(Math.max(value, least), most);

// --- Chances --------------------------------------------------------------------------------------------------------------------

// Probabilities of rows of scores, one row behind the other.
export function chancesOf(scores, classes) {
  const found = new Float64Array(scores.length);
  for (let start = 0; start < scores.length; start += classes) softmax(found, scores, start, start + classes);
  return found;
}

function softmax(found, scores, from, to) {
  let [largest, sum] = [-Infinity, 0];
  for (let at = from; at < to; at += 1) largest = Math.max(largest, scores[at]);
  for (let at = from; at < to; at += 1) sum += found[at] = Math.exp(scores[at] - largest);
  for (let at = from; at < to; at += 1) found[at] /= sum;
}

export const winnerOf = (row) => row.reduce((best, value, at) => (value > row[best] ? at : best), 0);

// The most probable of all classes but one.
export const rivalOf = (row, klass) => winnerOf(Float64Array.from(row, (value, at) => (at === klass ? -1 : value)));

// --- Where the patch lies, along one axis and over both -----------------------------------------------------------------------------

// Cells [from, to) that the patch covers at a position; at the edge it is cut.
export const covered = (position, size, { patch, stride }) => [position * stride, Math.min(position * stride + patch, size)];

const begin = (size, { patch, stride }) => (Math.min(patch, size) - stride) / 2;

// The cell of the map of a position: as long as the stride, in the middle of the patch, cut where the picture ends.
export function cellOf(position, size, geometry) {
  const from = position * geometry.stride + begin(size, geometry);
  return [Math.max(from, 0), Math.min(from + geometry.stride, size)];
}

// From the first to the last middle of the patch, half a stride around them.
export function extentOf(count, size, geometry) {
  return [cellOf(0, size, geometry)[0], cellOf(count - 1, size, geometry)[1]];
}

// The position at which the middle of the patch is nearest to a place.
export function nearest(place, count, size, { patch, stride }) {
  const position = Math.round((place - Math.min(patch, size) / 2) / stride);
  return Math.min(Math.max(position, 0), count - 1);
}

// `grid`: {counts: [rows, columns], sizes: [height, width], patch, stride}; a step counts its positions row by row.
export const positionOf = ({ counts: [, columns] }, step) => [Math.floor(step / columns), step % columns];

export const stepOf = ({ counts: [, columns] }, [row, column]) => row * columns + column;

export const middleOf = (grid, step) => positionOf(grid, step).map((position, axis) => position * grid.stride + Math.min(grid.patch, grid.sizes[axis]) / 2);

export const stepNear = (grid, place) => stepOf(grid, place.map((each, axis) => nearest(each, grid.counts[axis], grid.sizes[axis], grid)));

// The same place on another grid: where the middle of the patch was, as a share of the picture.
export function carried(step, before, grid) {
  return stepNear(grid, middleOf(before, step).map((place, axis) => (place * grid.sizes[axis]) / before.sizes[axis]));
}

// --- What the map shows -------------------------------------------------------------------------------------------------------------

// What is known of an occlusion answer once: {classes, chances: a row a position, plain: the row without the patch}.
export function readOcclusion({ scores, plain }) {
  const classes = plain.data.length;
  return { classes, chances: chancesOf(scores.data, classes), plain: chancesOf(plain.data, classes) };
}

export const rowOf = ({ chances, classes }, step) => chances.subarray(step * classes, (step + 1) * classes);

// The step at which a class loses the most.
export function steepest({ chances, classes }, klass) {
  let best = 0;
  for (let step = 1; step * classes < chances.length; step += 1) if (chances[step * classes + klass] < chances[best * classes + klass]) best = step;
  return best;
}

// Which class the map is about.
export const aboutClass = (shows, plain, klass) => (shows === "runner-up" ? rivalOf(plain, klass) : klass);

// The values of the map, position by position: the probability, how much it drops, how much that of the runner-up rises.
export function valuesOf(reading, shows, klass) {
  const { chances, classes, plain } = reading;
  const about = aboutClass(shows, plain, klass);
  const [factor, from] = { probability: [1, 0], drop: [-1, plain[about]], "runner-up": [1, -plain[about]] }[shows];
  return Float64Array.from({ length: chances.length / classes }, (_, step) => from + factor * chances[step * classes + about]);
}

// --- Units --------------------------------------------------------------------------------------------------------------------------

// The unit of the largest value in the second stage of convolutions, or in the only one.
export function strongestUnit(shown, stages) {
  const convolutions = stages.filter(({ kind }) => kind === "convolution");
  const { name, shape } = convolutions[1] ?? convolutions[0] ?? stages[0];
  return unitAt(name, shape, winnerOf(shown[name].data));
}

function unitAt(stage, [, height, width], at) {
  if (height === undefined) return { stage, channel: at, row: null, column: null };
  const plane = height * width;
  return { stage, channel: Math.floor(at / plane), row: Math.floor((at % plane) / width), column: at % width };
}

export function isUnit(unit, stages) {
  const { shape } = stages.find(({ name }) => name === unit?.stage) ?? {};
  if (!shape) return false;
  const isFlat = shape.length === 1;
  const place = isFlat ? [unit.channel] : [unit.channel, unit.row, unit.column];
  return isFlat === (unit.row === null) && place.every((each, axis) => Number.isInteger(each) && each >= 0 && each < shape[axis]);
}

// Rows and columns [from, to) that a unit sees, those of padding too.
export function fieldOf({ stage, row, column }, stages, sizes) {
  const { spans } = stages.find(({ name }) => name === stage);
  if (!spans || row === null) return sizes.map((size) => [0, size]);
  return [row, column].map((position, axis) => [spans[axis][position][0], spans[axis][position][1] + 1]);
}

// --- What the page asks for -----------------------------------------------------------------------------------------------------------

// Settings that are other than the page's last ones, and no echo of what the stage has told.
export function news(asked, before, told) {
  const fresh = Object.entries(asked).filter(([name, value]) => value !== before?.[name] && value !== told[name]);
  return Object.fromEntries(fresh);
}
