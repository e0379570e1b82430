// Colours, numbers and boxes: what every part of the picture is drawn with.

export const ROLES = { input: "input", weight: "kernel", output: "output" };

const DEEPEST = 0.28; // how far a strong cell of the largest value moves away from the colour of its number

const parse = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

export const mix = (palette, role, amount) =>
  `rgb(${palette.rgb[role].map((part, index) => Math.round(part * amount + palette.rgb.paper[index] * (1 - amount))).join(",")})`;

export const onStrong = (palette, role) => palette[role === "kernel" ? "on-kernel" : "on-strong"];

// The fill of a strong cell: the larger the value, the further from the colour of the number on it.
export function strong(palette, role, amount) {
  const away = parse(onStrong(palette, role))[0] > 127 ? 0 : 255;
  const parts = palette.rgb[`${role}-strong`].map((part) => Math.round(part + (away - part) * DEEPEST * amount));
  return `rgb(${parts.join(",")})`;
}

// Theme colours as the canvas needs them, read once per theme.
export function readPalette(element) {
  const style = getComputedStyle(element);
  const roles = ["input", "kernel", "output"];
  const fills = ["paper", ...roles, ...roles.map((role) => `${role}-strong`)];
  const names = [...fills, "ink", "faint", "line", "here", "on-weight", "kernel-text", "output-text", "on-strong", "on-kernel"];
  const palette = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--cv-${name}`).trim()]));
  palette.rgb = Object.fromEntries(fills.map((name) => [name, parse(palette[name])]));
  palette.font = style.fontFamily;
  return palette;
}

// Smallest and largest finite value.
export function rangeOf({ data }) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return low > high ? [0, 0] : [low, high];
}

// Where a value lies in a range, 0 … 1; what is no number lies in the middle.
export function share(value, [low, high]) {
  if (!(high > low) || Number.isNaN(value)) return 0.5;
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

export const between = ([low, high], amount) => low + (high - low) * amount;

export const WIDTH_OF_NUMBER = 0.84; // of a cell: neighbours must not read as one number
const WIDEST = 0.6; // of a font's size: no digit or sign is wider

// Setting a font is slow, even to what it is; measuring a number is too: most are sure to fit.
export function setFont(ctx, palette, weight, size) {
  const font = `${weight} ${size}px ${palette.font}`;
  if (ctx.convvizFont === font) return;
  ctx.convvizFont = font;
  ctx.font = font;
}

export const forgetFont = (ctx) => delete ctx.convvizFont;

export function text(ctx, palette, words, x, y, size, { weight = 600, colour = palette.ink, align = "center", room = Infinity } = {}) {
  setFont(ctx, palette, weight, size);
  if (words.length * size * WIDEST > room) {
    const { width } = ctx.measureText(words);
    if (width > room) setFont(ctx, palette, weight, Math.max(7, Math.floor((size * room) / width)));
  }
  ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(words, x, y);
}

export const numberSize = (size) => Math.min(26, Math.max(size * 0.4, Math.min(size * 0.58, 13)));

export function fillCell(ctx, { x, y, size }, colour, line) {
  ctx.fillStyle = colour;
  ctx.fillRect(x, y, size, size);
  if (!line) return;
  ctx.strokeStyle = line;
  ctx.lineWidth = 1;
  ctx.strokeRect(x + 0.5, y + 0.5, size, size);
}

export function frameBox(ctx, box, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.strokeRect(box.x, box.y, box.width, box.height);
}

// Overhang and what is cut away: dots, no number.
export function dots(ctx, { x, y, size }, palette) {
  const step = size > 20 ? 5 : 4;
  ctx.save();
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = palette.faint;
  let line = 0;
  for (let row = y + step / 2; row < y + size; row += step, line += 1) {
    for (let column = x + step / 2 + (line % 2 ? step / 2 : 0); column < x + size; column += step) ctx.fillRect(column, row, 1.4, 1.4);
  }
  ctx.restore();
}

// A ring in a cell: it won, or it is remembered.
export function circle(ctx, { x, y, size }, colour) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = Math.min(2.5, Math.max(1, size / 18));
  ctx.beginPath();
  ctx.arc(x + size / 2 + 0.5, y + size / 2 + 0.5, size * 0.38, 0, 2 * Math.PI);
  ctx.stroke();
}
