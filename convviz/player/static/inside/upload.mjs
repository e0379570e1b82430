// A picture file as the network takes pictures: cut to its proportions, made as small, grey where it sees no colour. What is read is
// C planes of H×W bytes, 255 white.

const MOST_BYTES = 20 * 2 ** 20;
const MOST_CELLS = 2048; // along a side of what is shrunk by halves; a larger picture comes there in one step
const GREY = [0.299, 0.587, 0.114]; // ITU-R BT.601: how bright red, green and blue look
const LIGHT = 127; // a ground brighter than this is light

// {bytes, isInverted} of a file; an Error in a sentence where it cannot be read.
export async function readPicture(file, shape) {
  if (file.size > MOST_BYTES) throw new Error(tooLarge(file));
  const [channels, height, width] = shape;
  const bitmap = await decoded(file);
  const bytes = planesOf(shrunk(bitmap, height, width), channels);
  bitmap.close();
  const isInverted = channels === 1 && borderMean(bytes, height, width) > LIGHT;
  return { bytes: isInverted ? inverted(bytes) : bytes, isInverted };
}

async function decoded(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new Error(`${nameOf(file)} is no picture that this browser can read: take a PNG or a JPEG.`);
  }
}

const nameOf = ({ name }) => name || "This file";

function tooLarge(file) {
  const size = (file.size / 2 ** 20).toFixed(1);
  return `${nameOf(file)} is ${size} MB large, and at most 20 MB are read: make it smaller first.`;
}

// The largest part from the middle that has the proportions of height to width.
export function cropOf(from, { height, width }) {
  const scale = Math.min(from.width / width, from.height / height);
  const [wide, high] = [width * scale, height * scale];
  return { x: (from.width - wide) / 2, y: (from.height - high) / 2, width: wide, height: high };
}

// How often it is made half as large on the way to `size`: how many times `size` its side is at each step, the last one 1.
export function halvings(from, size) {
  const factors = [1];
  while (2 * factors[0] * size < from && 2 * factors[0] * size <= MOST_CELLS) factors.unshift(2 * factors[0]);
  return factors;
}

// The pixels of the middle of a picture, height×width of them; what is transparent is white.
function shrunk(bitmap, height, width) {
  const crop = cropOf(bitmap, { height, width });
  let [source, part] = [bitmap, crop];
  for (const factor of halvings(Math.max(crop.height, crop.width), Math.max(height, width))) {
    source = drawn(source, part, height * factor, width * factor);
    part = { x: 0, y: 0, width: source.width, height: source.height };
  }
  return source.getContext("2d").getImageData(0, 0, width, height).data;
}

function drawn(source, { x, y, width: wide, height: high }, height, width) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  ctx.imageSmoothingQuality = "high";
  ctx.fillStyle = "#ffffff";
  ctx.fillRect(0, 0, width, height);
  ctx.drawImage(source, x, y, wide, high, 0, 0, width, height);
  return canvas;
}

// RGBA pixels as planes: three of them, or one of greys.
export function planesOf(pixels, channels) {
  const plane = pixels.length / 4;
  const grey = (at) => GREY.reduce((sum, share, part) => sum + share * pixels[4 * at + part], 0);
  if (channels === 1) return Uint8Array.from({ length: plane }, (_, at) => Math.round(grey(at)));
  return Uint8Array.from({ length: channels * plane }, (_, at) => pixels[4 * (at % plane) + Math.floor(at / plane)]);
}

// Of the cells along the edges of one plane.
export function borderMean(bytes, height, width) {
  const isEdge = (at) => [0, height - 1].includes(Math.floor(at / width)) || [0, width - 1].includes(at % width);
  const edge = bytes.filter((_, at) => isEdge(at));
  return edge.reduce((sum, byte) => sum + byte, 0) / edge.length;
}

export const inverted = (bytes) => bytes.map((byte) => 255 - byte);
