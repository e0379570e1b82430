// The field over two axes: on the input, or upwards on the units that it reaches.

import { box, hatch, level, rampOf } from "./ink.mjs";
import { mostOf, spanOf } from "./relation.mjs";
import { pathLevel } from "./rows.mjs";

const BESIDE = 0.3; // of the input that is shown of what lies beyond an end, at most
const MOST_HULLS = 6; // squares inside the field
const GRID_FROM = 6; // px of a cell from which its edges are drawn

// `spans`: first and last cell along both axes that there should be room for.
export function layOutMap(rows, columns, spans, width, height) {
  const ends = [rows, columns].map((size, axis) => {
    const most = Math.max(2, BESIDE * size);
    const [first, last] = spans[axis] ?? [0, size - 1];
    return [Math.max(Math.min(0, first), -most), Math.min(Math.max(size, last + 1), size + most)];
  });
  const cell = Math.min((height - 8) / (ends[0][1] - ends[0][0]), (width - 8) / (ends[1][1] - ends[1][0]), 44);
  const left = (width - cell * (ends[1][1] - ends[1][0])) / 2 - cell * ends[1][0];
  const top = 4 - cell * ends[0][0];
  return { rows, columns, cell, left, top, ends };
}

export const cellUnder = (map, x, y) => {
  const [row, column] = [Math.floor((y - map.top) / map.cell), Math.floor((x - map.left) / map.cell)];
  return row >= 0 && row < map.rows && column >= 0 && column < map.columns ? [row, column] : null;
};

const rectangle = (map, [rows, columns]) => ({
  x: map.left + columns[0] * map.cell,
  y: map.top + rows[0] * map.cell,
  width: (columns[1] - columns[0] + 1) * map.cell,
  height: (rows[1] - rows[0] + 1) * map.cell,
});

// `over`: { rows, columns, ways }; `look`: { paint, up }; `shades`: 0 … 1 of a picture, as large as the map; `heat` instead of ways.
export function drawMap(ctx, map, colours, { over, paint, up, spans, shades, heat }) {
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(pixels(map, colours, { over, paint, up, spans, shades, heat }), map.left, map.top, map.columns * map.cell, map.rows * map.cell);
  if (!up && !heat) hatchHoles(ctx, map, colours, over, spans);
  if (map.cell >= GRID_FROM) grid(ctx, map, colours);
  box(ctx, rectangle(map, [[0, map.rows - 1], [0, map.columns - 1]]), { line: colours.line, round: 0 });
}

function pixels(map, colours, settings) {
  const image = new ImageData(map.columns, map.rows);
  const colourOf = colourer(colours, settings, map);
  for (let index = 0; index < map.rows * map.columns; index += 1) {
    const [red, green, blue] = colourOf(index);
    image.data[4 * index] = red;
    image.data[4 * index + 1] = green;
    image.data[4 * index + 2] = blue;
    image.data[4 * index + 3] = 255;
  }
  const canvas = new OffscreenCanvas(map.columns, map.rows);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function colourer(colours, { over, paint, up, spans, shades, heat }, map) {
  const [strong, faint, warm] = [up ? colours["output-strong"] : colours["input-strong"], colours.faint, colours.gradient].map((colour) => rampOf(colours.paper, colour).levels);
  if (heat) return (index) => warm[level(heat[index])];
  const most = mostOf(over.ways);
  const inHull = inside(map, spans);
  const unread = (index) => faint[level(inHull(index) ? 0.05 + 0.4 * shades[index] : 0.02 + 0.16 * shades[index])];
  if (paint === "paths" && !up) return (index) => (over.ways[index] ? strong[pathLevel(over.ways[index] / most)] : unread(index));
  if (paint === "grid" || up) return (index) => (over.ways[index] ? strong[level(0.75)] : faint[level(0.04)]);
  return (index) => (over.ways[index] ? strong[level(0.22 + 0.78 * shades[index])] : unread(index));
}

function inside({ columns }, [rows, along]) {
  if (!rows || !along) return () => false;
  return (index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    return row >= rows[0] && row <= rows[1] && column >= along[0] && column <= along[1];
  };
}

// Cells in the hull that no path comes to, row by row as long as they go on.
function hatchHoles(ctx, map, colours, over, spans) {
  if (map.cell < 4 || !spans.every(Boolean)) return;
  const [rows, columns] = spans.map(([first, last], axis) => [Math.max(first, 0), Math.min(last, [map.rows, map.columns][axis] - 1)]);
  const colour = `${colours.faint}77`;
  for (let row = rows[0]; row <= rows[1]; row += 1) {
    for (let column = columns[0]; column <= columns[1]; column += 1) {
      if (!over.ways[row * map.columns + column]) hatch(ctx, rectangle(map, [[row, row], [column, column]]), colour);
    }
  }
}

function grid(ctx, map, colours) {
  ctx.strokeStyle = `${colours.paper}`;
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let row = 1; row < map.rows; row += 1) {
    ctx.moveTo(map.left, map.top + row * map.cell);
    ctx.lineTo(map.left + map.columns * map.cell, map.top + row * map.cell);
  }
  for (let column = 1; column < map.columns; column += 1) {
    ctx.moveTo(map.left + column * map.cell, map.top);
    ctx.lineTo(map.left + column * map.cell, map.top + map.rows * map.cell);
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
}

// The hull: solid on the input, dashed beyond it; and inside it the hulls of the units below on the way.
export function drawHulls(ctx, map, colours, field, axes, way, pointed) {
  const spansOf = ({ at, unit }) => axes.map((along) => spanOn(field, at, along, unit[along]));
  const between = way.slice(1, -1);
  const every = Math.ceil(between.length / MOST_HULLS);
  for (const stop of between.filter((_, index) => (between.length - 1 - index) % every === 0)) {
    const spans = spansOf(stop);
    if (spans.every((span, axis) => span && span[0] >= map.ends[axis][0] && span[1] < map.ends[axis][1])) {
      box(ctx, rectangle(map, spans), { line: colours.ink, lineWidth: 1.3, round: 0 });
    }
  }
  const spans = spansOf(way.at(-1));
  if (!spans.every(Boolean)) return;
  const colour = pointed ? colours.ink : colours.here;
  // What goes on beyond the picture is closed at its edge.
  const shown = spans.map(([first, last], axis) => [Math.max(first, map.ends[axis][0]), Math.min(last, map.ends[axis][1] - 1)]);
  const whole = rectangle(map, shown);
  ctx.save();
  box(ctx, whole, { line: colour, lineWidth: 2.5, dash: [5, 3], round: 0 });
  ctx.beginPath();
  ctx.rect(map.left - 2, map.top - 2, map.columns * map.cell + 4, map.rows * map.cell + 4);
  ctx.clip();
  box(ctx, whole, { line: colour, lineWidth: 2.5, round: 0 });
  ctx.restore();
  const centre = way[0].unit;
  const within = axes.every((along, axis) => centre[along] >= spans[axis][0] && centre[along] <= spans[axis][1]);
  if (way.length > 1 && within) box(ctx, rectangle(map, axes.map((along) => [centre[along] ?? 0, centre[along] ?? 0])), { fill: colour, round: 0 });
}

export function spanOn(field, at, along, unit) {
  const { sizes } = field.stations[0];
  if (sizes[along] === undefined) return [0, 0];
  const reach = field.stations[at].reach?.[along];
  return reach ? spanOf(reach, unit) : [0, sizes[along] - 1];
}

export function ringCell(ctx, map, colours, cell) {
  const place = rectangle(map, cell.map((position) => [position, position]));
  const grow = Math.max(0, (9 - map.cell) / 2);
  box(ctx, { x: place.x - grow, y: place.y - grow, width: place.width + 2 * grow, height: place.height + 2 * grow }, { line: colours.here, lineWidth: 2.5, round: 0 });
}
