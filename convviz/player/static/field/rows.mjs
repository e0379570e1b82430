// The rows of units, and the fan from one of them.

import { box, css, hatch, level, mixed, rampOf, text } from "./ink.mjs";
import { boxOf } from "./layout.mjs";
import { mostOf, positionsOf, spanOf } from "./relation.mjs";

const MOST_LINES = 700; // taps that are drawn one by one
const ASIDE = 26; // px by which a line passes rows between
const LINE = 16; // px of a line between two rows
const LOW = 7; // px of a unit below which it has no edges
const SPOKEN_GAP = 21; // px between rows from which taps are lines

// Units as they stand, without a fan: painted once for a layout.
export function paintUnits(ctx, field, layout, colours) {
  layout.rows.forEach((row, index) => {
    if (row.strip) {
      const [first, last] = [boxOf(layout, index, 0), boxOf(layout, index, row.units - 1)];
      box(ctx, { ...first, width: last.x + last.width - first.x }, { fill: colours.paper, line: colours.line, round: 0 });
      return;
    }
    for (let unit = 0; unit < row.units; unit += 1) {
      const place = boxOf(layout, index, unit);
      box(ctx, place, { fill: colours.paper, line: colours.line });
      number(ctx, layout, place, field.stations[index].sizes.length ? String(unit) : "all", colours, colours.faint);
    }
  });
}

function number(ctx, layout, place, words, colours, colour, weight = 400) {
  const size = Math.min(15, place.height - 3, place.width * 0.62);
  if (size >= 8 && !layout.compact) text(ctx, colours, words, place.middle, place.y + place.height / 2 + 0.5, size, { weight, colour, room: place.width - 3 });
}

// What a unit reads: `shown` has { at, unit, read, marks }, along the layout's axis.
export function drawFan(ctx, field, layout, colours, shown) {
  const { read, marks } = shown;
  const lines = countLines(field, layout, read);
  for (let index = shown.at; index > 0; index -= 1) shade(ctx, field, layout, colours, index, read[index]);
  if (lines <= MOST_LINES && layout.gap >= SPOKEN_GAP) {
    for (let index = shown.at; index > 0; index -= 1) drawTaps(ctx, field, layout, colours, index, shown);
  }
  const shades = rampOf(colours.paper, colours["input-strong"]).css;
  marks.forEach((marked, index) => {
    const most = mostOf(read[index]);
    for (const [position, mark] of marked) {
      const shade = mark === "read" ? shades[pathLevel(read[index][position] / most)] : null;
      drawUnit(ctx, layout, colours, index, position, mark, shade);
    }
    numberRead(ctx, field, layout, colours, index, read[index], most);
  });
}

function drawUnit(ctx, layout, colours, index, position, mark, shade) {
  const place = boxOf(layout, index, position);
  if (place.x + place.width < layout.left || place.x > layout.width) return;
  const { strip } = layout.rows[index];
  if (strip || layout.tall < LOW) drawPlain(ctx, colours, place, mark, shade, strip);
  else if (mark === "read") box(ctx, place, { fill: shade, line: colours.input });
  else if (mark === "hole") {
    box(ctx, place, { fill: colours.paper, line: colours.line });
    hatch(ctx, place, colours.line);
    number(ctx, layout, place, String(position), colours, colours.faint);
  } else {
    const dash = mark === "padding" ? [3, 2.5] : [1.5, 2.5];
    box(ctx, place, { fill: mark === "padding" ? `${colours.faint}22` : null, line: mark === "beyond" ? `${colours.faint}88` : colours.faint, dash, lineWidth: mark === "padding" ? 1.4 : 1 });
  }
}

// Where there is no room for edges: what is padded is darker than what lies beyond.
const PLAIN = { hole: "00", padding: "66", overhang: "55", beyond: "1c" };

function drawPlain(ctx, colours, { x, y, width, height }, mark, shade, strip) {
  if (mark === "hole" && !strip) return;
  ctx.fillStyle = shade ?? (mark === "hole" ? colours.paper : `${colours.faint}${PLAIN[mark]}`);
  if (strip) ctx.fillRect(x - 0.3, y, Math.max(width + 0.6, 1), height);
  else ctx.fillRect(x, y, width, height);
}

// Darker where more paths lead; even one among thousands is seen.
export const pathLevel = (part) => level(0.34 + 0.66 * weightOf(part));

const weightOf = (part) => Math.sqrt(part || 0);
const DARK = 0.45; // from which letters on it are light

function numberRead(ctx, field, layout, colours, index, read, most) {
  if (layout.rows[index].strip) return;
  read?.forEach((ways, unit) => {
    if (!ways) return;
    const dark = weightOf(ways / most) > DARK;
    const words = field.stations[index].sizes.length ? String(unit) : "all";
    number(ctx, layout, boxOf(layout, index, unit), words, colours, dark ? colours["on-strong"] : colours.ink, 700);
  });
}

// A pale ground under every window: from the unit's edges to those of what it reads; where many overlap, one for all.
function shade(ctx, field, layout, colours, index, read) {
  if (!read) return;
  ctx.fillStyle = css(mixed(colours.paper, colours.input, 0.12));
  const many = layout.gap < SPOKEN_GAP;
  const grounds = new Map(); // row below → stretches above and below
  eachWindow(field, layout, index, read, (unit, below, positions) => {
    const spread = positions.length > 1 && positions[1] - positions[0] > 1 && !field.stations[index].mixes;
    if (spread || (index - below > 1 && !many)) return; // a ground would fill the holes, or rows that are passed
    const [upper, first, last] = [boxOf(layout, index, unit), boxOf(layout, below, positions[0]), boxOf(layout, below, positions.at(-1))];
    if (!many) ground(ctx, [upper, upper], [first, last]);
    else grounds.set(below, joined(grounds.get(below), [upper, upper], [first, last]));
  });
  for (const stretches of grounds.values()) ground(ctx, ...stretches);
}

function joined(before, above, below) {
  if (!before) return [above, below];
  const outer = (one, other) => [one[0].x < other[0].x ? one[0] : other[0], one[1].x > other[1].x ? one[1] : other[1]];
  return [outer(before[0], above), outer(before[1], below)];
}

// Between two stretches of units, from the lower edge of the upper ones.
function ground(ctx, [upper, behind], [first, last]) {
  ctx.beginPath();
  ctx.moveTo(upper.x, upper.y + upper.height);
  ctx.lineTo(behind.x + behind.width, behind.y + behind.height);
  ctx.lineTo(last.x + last.width, last.y);
  ctx.lineTo(first.x, first.y);
  ctx.fill();
}

function eachWindow(field, layout, index, read, visit) {
  const station = field.stations[index];
  read?.forEach((ways, unit) => {
    if (!ways) return;
    station.inputs.forEach((below, input) => {
      const positions = positionsBelow(field, layout, station, below, input, unit);
      if (positions.length) visit(unit, below, positions);
    });
  });
}

function positionsBelow(field, { along, rows }, station, below, input, unit) {
  if (station.mixes) return [0, rows[below].units - 1];
  if (!station.axes) return [unit + (station.crop[input]?.[along] ?? 0)];
  return positionsOf(field.axes[station.axes[along]], unit).sort((first, second) => first - second);
}

function countLines(field, { along }, read) {
  return field.stations.reduce((total, station, index) => {
    const units = read[index]?.reduce((count, ways) => count + (ways > 0), 0) ?? 0;
    const taps = station.axes ? field.axes[station.axes[along]].windows[0][2] : station.inputs.length;
    return total + units * taps;
  }, 0);
}

function drawTaps(ctx, field, layout, colours, index, { read, marks }) {
  const station = field.stations[index];
  ctx.strokeStyle = station.learns ? colours.kernel : colours.slate;
  eachWindow(field, layout, index, read[index], (unit, below, positions) => {
    const from = boxOf(layout, index, unit);
    for (const position of positions) {
      const [to, mark] = [boxOf(layout, below, position), marks[below].get(position)];
      ctx.setLineDash(mark === "read" ? [] : [3, 3]);
      ctx.globalAlpha = mark === "read" ? 1 : 0.7;
      ctx.lineWidth = layout.gap > 60 && index > field.stations.length - 3 ? 1.8 : 1.2;
      connect(ctx, from, to, index - below);
    }
  });
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

// A line from a unit to one it reads; past rows between them it swings aside, so that they are not taken for what is read.
function connect(ctx, from, to, rows) {
  ctx.beginPath();
  ctx.moveTo(from.middle, from.y + from.height);
  const [aside, middle] = [ASIDE + from.width / 2, (from.y + from.height + to.y) / 2];
  if (rows === 1) ctx.lineTo(to.middle, to.y);
  else ctx.bezierCurveTo(from.middle - 1.5 * aside, middle, to.middle - 1.5 * aside, middle, to.middle, to.y);
  ctx.stroke();
}

// Every unit that reads one: the same rows, walked upwards.
export function drawReached(ctx, field, layout, colours, { at, unit, reached, until }) {
  for (let index = at + 1; index <= until; index += 1) {
    if (!reached[index]) continue;
    for (const below of new Set(field.stations[index].inputs)) shadeUp(ctx, field, layout, colours, index, below, reached);
  }
  for (let index = at; index <= until; index += 1) {
    reached[index]?.forEach((ways, position) => ways && drawReachedUnit(ctx, field, layout, colours, index, position, index === at && position === unit));
  }
}

function shadeUp(ctx, field, layout, colours, index, below, reached) {
  if (!reached[below]) return;
  const [first, last] = endsOf(reached[index]);
  const [from, to] = endsOf(reached[below]);
  ctx.fillStyle = css(mixed(colours.paper, colours.output, 0.14));
  ground(ctx, [boxOf(layout, index, first), boxOf(layout, index, last)], [boxOf(layout, below, from), boxOf(layout, below, to)]);
}

function endsOf(ways) {
  const first = ways.findIndex(Boolean);
  return [first, ways.findLastIndex(Boolean)];
}

function drawReachedUnit(ctx, field, layout, colours, index, position, isStart) {
  const place = boxOf(layout, index, position);
  box(ctx, place, { fill: isStart ? colours["input-strong"] : colours["output-strong"], line: layout.rows[index].strip ? null : colours.output });
  if (!layout.rows[index].strip) number(ctx, layout, place, field.stations[index].sizes.length ? String(position) : "all", colours, colours["on-strong"], 700);
}

// The unit we are at, or one that is pointed at.
export function ring(ctx, layout, colours, index, unit, pointed) {
  const place = boxOf(layout, index, unit);
  const grown = { x: place.x - 2, y: place.y - 2, width: place.width + 4, height: place.height + 4 };
  box(ctx, grown, { line: pointed ? colours.ink : colours.here, lineWidth: 3, round: 5 });
  if (place.width < 9) {
    ctx.fillStyle = pointed ? colours.ink : colours.here;
    ctx.beginPath();
    ctx.moveTo(place.middle, place.y - 4);
    ctx.lineTo(place.middle - 5, place.y - 12);
    ctx.lineTo(place.middle + 5, place.y - 12);
    ctx.fill();
  }
}

// Numbers of cells below the input, and how long the field is.
export function drawFoot(ctx, field, layout, colours, at, unit, up) {
  const input = field.stations[0].sizes[layout.along];
  const every = niceStep(46 / layout.scale);
  const y = layout.bottom + layout.tall / 2 + 11;
  for (let cell = 0; cell < input; cell += every) {
    text(ctx, colours, String(cell), layout.x(cell + 0.5), y, 13, { weight: 400, colour: colours.ink });
  }
  const reach = field.stations[at].reach?.[layout.along];
  const span = reach && !(up && at) ? spanOf(reach, unit) : null;
  if (span) drawLength(ctx, layout, colours, span, input, y + 18);
}

function drawLength(ctx, layout, colours, [first, last], input, y) {
  const [start, stop] = [Math.max(first, layout.low), Math.min(last + 1, layout.high)];
  const [x0, x1] = [layout.x(start), layout.x(stop)];
  const inner = [layout.x(Math.min(Math.max(0, start), input)), layout.x(Math.max(Math.min(input, stop), 0))];
  ctx.strokeStyle = colours.here;
  ctx.lineWidth = 3;
  if (stop <= 0 || start >= input) stroke(ctx, [[x0, y], [x1, y]], [4, 3]);
  else {
    stroke(ctx, [[x0, y], [inner[0], y]], [4, 3]);
    stroke(ctx, [[inner[0], y], [inner[1], y]], []);
    stroke(ctx, [[inner[1], y], [x1, y]], [4, 3]);
  }
  ctx.lineWidth = 2;
  if (first >= layout.low) stroke(ctx, [[x0, y - 6], [x0, y + 6]], []);
  if (last < layout.high) stroke(ctx, [[x1, y - 6], [x1, y + 6]], []);
  const words = last === first ? `cell ${signed(first)}` : `${last - first + 1} cells, from ${signed(first)} to ${signed(last)}`;
  const width = words.length * 7.6;
  const middle = Math.min(Math.max((x0 + x1) / 2, layout.left + width / 2), layout.width - width / 2 - 4);
  text(ctx, colours, words, middle, y + 16, 15, { weight: 700, colour: colours.here });
}

function stroke(ctx, [from, to], dash) {
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
  ctx.setLineDash([]);
}

export const signed = (number) => String(number).replace("-", "−");

function niceStep(wanted) {
  const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 1)));
  return [1, 2, 4, 5, 8, 10].map((factor) => factor * power).find((step) => step >= wanted) ?? 10 * power;
}

// Names at the left, and between the rows what stands between them.
export function drawLabels(ctx, field, layout, colours, at) {
  if (layout.gap < 12.5) {
    drawGroups(ctx, field, layout, colours, at);
    return;
  }
  field.stations.forEach((station, index) => {
    const { y } = layout.rows[index];
    const size = Math.min(17, Math.max(11, layout.gap * 0.34));
    const colour = index === 0 ? colours["input-text"] : colours.ink;
    const spacious = layout.gap >= 44;
    text(ctx, colours, station.name, 0, spacious ? y - 7 : y, size, { align: "left", weight: index === at || spacious ? 700 : 600, colour, room: layout.left - 14 });
    if (spacious) text(ctx, colours, station.note, 0, y + 10, 13, { align: "left", weight: 400, colour: colours.faint, room: layout.left - 14 });
    if (index && layout.gap >= 74) words(ctx, station, layout, colours, y + layout.gap / 2);
  });
}

function words(ctx, station, layout, colours, y) {
  const colour = station.learns ? colours["kernel-text"] : colours.slate;
  const most = Math.max(1, Math.floor((layout.gap - 44) / LINE));
  const lines = [...station.words.slice(0, most - 1), station.words.slice(most - 1).join(", ")].filter(Boolean);
  lines.forEach((line, row) => text(ctx, colours, line, 0, y + 5 + (row - (lines.length - 1) / 2) * LINE, 13.5, { align: "left", weight: 400, colour, room: layout.left - 14 }));
}

function drawGroups(ctx, field, layout, colours, at) {
  let [last, below] = [null, Infinity];
  field.stations.forEach((station, index) => {
    const group = station.name.split(".")[0];
    const { y } = layout.rows[index];
    if (group === last || below - y < 13) return;
    [last, below] = [group, y];
    text(ctx, colours, group, 0, y, 12, { align: "left", weight: group === field.stations[at].name.split(".")[0] ? 700 : 400, colour: index ? colours.ink : colours["input-text"], room: layout.left - 14 });
  });
}
