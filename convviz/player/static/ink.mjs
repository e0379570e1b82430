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
  const names = [...fills, "ink", "faint", "line", "here", "kernel-text", "on-strong", "on-kernel"];
  const palette = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--cv-${name}`).trim()]));
  palette.rgb = Object.fromEntries(fills.map((name) => [name, parse(palette[name])]));
  palette.font = style.fontFamily;
  return palette;
}

export const rangeOf = ({ data }) => data.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

export const share = (value, [low, high]) => (high > low ? (value - low) / (high - low) : 0.5);

export const between = ([low, high], amount) => low + (high - low) * amount;

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

export const boxOfGrid = (grid) => ({ x: grid.left, y: grid.top, width: grid.columns * grid.cell, height: grid.rows * grid.cell });
