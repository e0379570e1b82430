// The first layer's filters: their room, their colours, the frequencies they answer. Pure functions.

const RASTER = 16; // frequencies along an axis, at least
const LIFT = 4; // a weak filter is shown at most so many times stronger than the strongest
const LARGEST = 118; // px of a filter
const [BETWEEN, WIDEST] = [0.13, 0.3]; // of its size: the gap between two, least and most
const FULL = 1.12;

// Columns, size and gaps of equal squares in a room, as large as they can be; full rows are worth a little less size.
export function fitSquares(many, width, height, largest = LARGEST) {
  let best = { worth: -1 };
  for (let columns = 1; columns <= many; columns += 1) {
    const rows = Math.ceil(many / columns);
    const size = Math.floor(Math.min(width / (columns + BETWEEN * (columns - 1)), height / (rows + BETWEEN * (rows - 1)), largest));
    const worth = size * (columns * rows === many ? FULL : 1);
    if (worth > best.worth) best = { columns, rows, size, worth };
  }
  const { columns, rows, size } = best;
  const gapIn = (room, count) => Math.floor(Math.min((room - count * size) / Math.max(count - 1, 1), WIDEST * size));
  const gap = gapIn(width, columns);
  return { columns, rows, size, gap, rowGap: Math.min(gapIn(height, rows), gap) };
}

// The weight that is fully bright, of each filter: its own largest one, or a share of the largest of all where it is weak.
export function scalesOf({ data, shape: [many, ...each] }) {
  const size = each.reduce((product, length) => product * length, 1);
  const largest = Float64Array.from({ length: many }, (_, filter) => largestIn(data, filter * size, (filter + 1) * size));
  const floor = largestIn(largest, 0, many) / LIFT;
  return largest.map((own) => Math.max(own, floor) || 1);
}

function largestIn(values, from, to) {
  let largest = 0;
  for (let at = from; at < to; at += 1) largest = Math.max(largest, Math.abs(values[at]));
  return largest;
}

// A filter's weights as a picture, grey where they are 0: three channels in their colours, else the mean of all.
export function weightsImage({ data, shape: [, channels, height, width] }, filter, scale) {
  const image = new ImageData(width, height);
  const plane = height * width;
  const start = filter * channels * plane;
  for (let at = 0; at < plane; at += 1) {
    for (let part = 0; part < 3; part += 1) {
      const weight = channels === 3 ? data[start + part * plane + at] : meanAt(data, start + at, channels, plane);
      image.data[4 * at + part] = 127.5 + (127.5 * weight) / scale;
    }
    image.data[4 * at + 3] = 255;
  }
  return image;
}

function meanAt(data, start, channels, plane) {
  let sum = 0;
  for (let channel = 0; channel < channels; channel += 1) sum += data[start + channel * plane];
  return sum / channels;
}

export const rasterOf = (height, width) => Math.max(RASTER, 2 ** Math.ceil(Math.log2(Math.max(height, width))));

const waves = new Map(); // raster → cosines and sines of its angles

function wavesOf(raster) {
  if (!waves.has(raster)) {
    const angles = Array.from({ length: raster }, (_, at) => (2 * Math.PI * at) / raster);
    waves.set(raster, { cos: Float64Array.from(angles, Math.cos), sin: Float64Array.from(angles, Math.sin) });
  }
  return waves.get(raster);
}

// How strongly a filter answers each frequency, the mean over its channels: the magnitude of its Fourier transform on a raster
// padded with zeros, frequency zero in the middle.
export function spectrumOf({ data, shape: [, channels, height, width] }, filter) {
  const raster = rasterOf(height, width);
  const found = new Float64Array(raster * raster);
  const plane = height * width;
  for (let channel = 0; channel < channels; channel += 1) addSpectrum(found, raster, data, (filter * channels + channel) * plane, height, width);
  return { raster, magnitude: found.map((sum) => sum / channels) };
}

// Weights are real: half of the columns is enough, each stands for its mirror image too.
function addSpectrum(found, raster, data, start, height, width) {
  const { cos, sin } = wavesOf(raster);
  const half = raster / 2;
  const [real, imaginary] = [new Float64Array(height), new Float64Array(height)];
  for (let u = 0; u <= half; u += 1) {
    for (let row = 0; row < height; row += 1) {
      let [re, im] = [0, 0];
      for (let column = 0; column < width; column += 1) {
        const [weight, turn] = [data[start + row * width + column], (u * column) % raster];
        re += weight * cos[turn];
        im -= weight * sin[turn];
      }
      [real[row], imaginary[row]] = [re, im];
    }
    for (let v = 0; v < raster; v += 1) {
      let [re, im] = [0, 0];
      for (let row = 0; row < height; row += 1) {
        const turn = (v * row) % raster;
        re += real[row] * cos[turn] + imaginary[row] * sin[turn];
        im += imaginary[row] * cos[turn] - real[row] * sin[turn];
      }
      const magnitude = Math.hypot(re, im);
      found[((half + v) % raster) * raster + ((half + u) % raster)] += magnitude;
      if (u > 0 && u < half) found[((half - v + raster) % raster) * raster + half - u] += magnitude;
    }
  }
}

const RAMP = rampOf([22, 30, 40], [116, 78, 20], [230, 159, 0], [255, 241, 214]); // from nothing to the strongest

// 256 colours, from the first of some to the last.
function rampOf(...stops) {
  const last = stops.length - 1;
  return Array.from({ length: 256 }, (_, level) => {
    const along = (level / 255) * last;
    const at = Math.min(Math.floor(along), last - 1);
    return stops[at].map((part, index) => Math.round(part + (stops[at + 1][index] - part) * (along - at)));
  });
}

// A filter's frequencies as a picture, the strongest one brightest.
export function spectrumImage(filters, filter) {
  const { raster, magnitude } = spectrumOf(filters, filter);
  const scale = 255 / (largestIn(magnitude, 0, magnitude.length) || 1);
  const image = new ImageData(raster, raster);
  for (let at = 0; at < magnitude.length; at += 1) {
    const colour = RAMP[Math.round(magnitude[at] * scale)];
    for (let part = 0; part < 3; part += 1) image.data[4 * at + part] = colour[part];
    image.data[4 * at + 3] = 255;
  }
  return image;
}

// A filter's picture out of an epoch's record, which keeps it.
export function filterImage(record, filter, paint) {
  const key = `${paint} ${filter}`;
  if (!record.images.has(key)) record.images.set(key, painted(record, filter, paint));
  return record.images.get(key);
}

function painted(record, filter, paint) {
  if (paint === "frequencies") return spectrumImage(record.filters, filter);
  record.scales ??= scalesOf(record.filters);
  return weightsImage(record.filters, filter, record.scales[filter]);
}
