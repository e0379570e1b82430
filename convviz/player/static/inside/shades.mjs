// Values as pixels: white for 0, the role's colour the deeper the larger, another one below 0. Pure functions.

const LEVELS = 255;
const OF_ALL = 0.99; // of the cells, that a scale has room for: a few that are far off are as strong as the next
const [MIDDLE, DEEP] = [0.62, 0.55]; // where the role's colour is on the way to the deepest, and how far that goes on to ink
const SEEN = 1.5; // times its amount is how opaque a cell over a picture is, as the map of the patch has it

// Between two colours, channel by channel.
export const blend = (from, to, share) => from.map((part, at) => part + (to[at] - part) * share);

// 256 colours one behind the other, through some at places from 0 to 1.
export function rampOf(stops) {
  const ramp = new Uint8ClampedArray(3 * (LEVELS + 1));
  for (let level = 0; level <= LEVELS; level += 1) {
    const along = level / LEVELS;
    const after = Math.max(stops.findIndex(([place]) => place >= along), 1);
    const [[from, first], [to, second]] = [stops[after - 1], stops[after]];
    ramp.set(blend(first, second, (along - from) / (to - from)), 3 * level);
  }
  return ramp;
}

const rising = (colours, role) => rampOf([[0, colours.card], [MIDDLE, role], [1, blend(role, colours.ink, DEEP)]]);

// The ramps of a theme; `colours` are red, green and blue of its variables, by name.
export function rampsOf(colours) {
  const { output, input, slate, gradient } = colours;
  return { up: rising(colours, output), down: rising(colours, blend(input, slate, 0.55)), less: rising(colours, input), moved: rising(colours, gradient) };
}

export function largestIn(values, from = 0, to = values.length) {
  let largest = 0;
  for (let at = from; at < to; at += 1) largest = Math.max(largest, Math.abs(values[at]));
  return largest;
}

// The size that is fully strong: that of nearly all values.
export function strongOf(values) {
  const sizes = Float32Array.from(values, Math.abs).sort();
  return sizes[Math.min(Math.floor(OF_ALL * sizes.length), sizes.length - 1)] || sizes.at(-1) || 1;
}

function colour(image, at, amount, { up, down }) {
  const ramp = amount < 0 ? down : up;
  const from = 3 * Math.min(Math.round(LEVELS * Math.abs(amount)), LEVELS);
  for (let part = 0; part < 3; part += 1) image.data[4 * at + part] = ramp[from + part];
}

// A plane of values that begins somewhere, as a picture; `scale` is the size that is fully strong.
export function planeImage(values, from, [height, width], scale, ramps) {
  const image = new ImageData(width, height);
  for (let at = 0; at < height * width; at += 1) {
    colour(image, at, scale ? values[from + at] / scale : 0, ramps);
    image.data[4 * at + 3] = 255;
  }
  return image;
}

// The same to lie over something: the less there is, the more is seen of what is below.
export function overImage(values, [height, width], scale, ramps) {
  const image = new ImageData(width, height);
  for (let at = 0; at < height * width; at += 1) {
    const amount = scale ? values[at] / scale : 0;
    colour(image, at, amount, ramps);
    image.data[4 * at + 3] = LEVELS * Math.min(SEEN * Math.abs(amount), 1);
  }
  return image;
}

// One of several pictures (k, C, H, W), with what lies beyond it (k, H, W: 0) left out.
export function cropImage({ data, shape: [, channels, height, width] }, inside, which) {
  const image = new ImageData(width, height);
  const plane = height * width;
  for (let at = 0; at < plane; at += 1) {
    for (let part = 0; part < 3; part += 1) image.data[4 * at + part] = data[(which * channels + (channels === 3 ? part : 0)) * plane + at];
    image.data[4 * at + 3] = inside.data[which * plane + at] ? LEVELS : 0;
  }
  return image;
}

// Filters (O, I, h, w) as they are looked at: with all their channels, the mean of those, or one of them: (O, 1, h, w).
export function filterPlanes({ data, shape: [filters, channels, height, width] }, channel) {
  const plane = height * width;
  const chosen = channel < 0 ? Array.from({ length: channels }, (_, each) => each) : [channel];
  const found = new Float32Array(filters * plane);
  for (let filter = 0; filter < filters; filter += 1) {
    for (const each of chosen) for (let at = 0; at < plane; at += 1) found[filter * plane + at] += data[(filter * channels + each) * plane + at] / chosen.length;
  }
  return { data: found, shape: [filters, 1, height, width] };
}

// A plane's sums along its rows or its columns, and the share of a Gaussian on each cell.
export function marginal({ data, shape: [height, width] }, axis) {
  const found = new Float64Array(axis ? width : height);
  for (let at = 0; at < height * width; at += 1) found[axis ? at % width : Math.floor(at / width)] += data[at];
  return found;
}

export function gaussianOn(first, size, mean, deviation) {
  const edge = (cell) => below(first + cell - mean, deviation);
  return Float64Array.from({ length: size }, (_, cell) => edge(cell + 1) - edge(cell));
}

// How much of a Gaussian around 0 lies below; one without width lies at 0.
const below = (distance, deviation) => (deviation ? (1 + erf(distance / deviation / Math.SQRT2)) / 2 : Number(distance > 0));

// To within 2e-7 (Abramowitz and Stegun, 7.1.26).
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
  return x < 0 ? tail - 1 : 1 - tail;
}
