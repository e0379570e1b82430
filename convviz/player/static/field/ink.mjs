// What the rows of units and the map are drawn with.

export { text } from "../ink.mjs";

const COLOURS = ["paper", "ink", "faint", "line", "input", "input-strong", "input-text", "on-strong", "kernel", "kernel-text", "output", "output-strong", "here", "slate", "gradient"];

export function readColours(element) {
  const style = getComputedStyle(element);
  const colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--cv-${name}`).trim()]));
  return { ...colours, font: style.fontFamily };
}

// Between two "#rrggbb" colours.
export function mixed(from, to, amount) {
  const [first, second] = [parts(from), parts(to)];
  return first.map((part, index) => Math.round(part + (second[index] - part) * amount));
}

const STEPS = 255;
const ramps = new Map(); // "from to" → levels

// From one colour to another in 256 levels: [[red, green, blue], …], each with its name as `css`.
export function rampOf(from, to) {
  const key = `${from} ${to}`;
  if (!ramps.has(key)) {
    const levels = Array.from({ length: STEPS + 1 }, (_, level) => mixed(from, to, level / STEPS));
    ramps.set(key, { levels, css: levels.map(css) });
  }
  return ramps.get(key);
}

export const level = (amount) => Math.min(Math.max(Math.round(amount * STEPS), 0), STEPS);

const parts = (colour) => [1, 3, 5].map((index) => Number.parseInt(colour.slice(index, index + 2), 16));

export const css = (rgb) => `rgb(${rgb.join(",")})`;

// Lines that lean to the right: a cell that nobody reads.
export function hatch(ctx, { x, y, width, height }, colour) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, width, height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let offset = -height; offset < width; offset += 5) {
    ctx.moveTo(x + offset, y + height);
    ctx.lineTo(x + offset + height, y);
  }
  ctx.stroke();
  ctx.restore();
}

export function box(ctx, { x, y, width, height }, { fill, line, lineWidth = 1, dash = [], round = 3 }) {
  ctx.beginPath();
  if (round && width > 6 && height > 6) ctx.roundRect(x, y, width, height, round);
  else ctx.rect(x, y, width, height);
  if (fill) {
    ctx.fillStyle = fill;
    ctx.fill();
  }
  if (!line) return;
  ctx.setLineDash(dash);
  ctx.strokeStyle = line;
  ctx.lineWidth = lineWidth;
  ctx.stroke();
  ctx.setLineDash([]);
}
