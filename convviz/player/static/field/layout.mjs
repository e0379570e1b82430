// Where the rows of units stand: every unit over the middle of its field, so that fans are to scale. Pure functions.

import { spanOf } from "./relation.mjs";

const LABELS = 124; // px for names, at the left
const BESIDE = 0.35; // of the input, at most, that is shown of what lies beyond either end
const [TALLEST, WIDEST] = [25, 36]; // px of a unit
const BORDER = WIDEST / 2; // px at both sides: the first unit stands over the first cell and may be wider

// `room`: { width, height, compact, foot }; `seen`: first and last cell to have room for.
export function layOut(field, along, room, seen) {
  const { width, height, compact } = room;
  const size = field.stations[0].sizes[along];
  const margin = Math.max(4, BESIDE * size);
  const [low, high] = [Math.max(Math.min(0, seen[0]), -margin), Math.min(Math.max(size, seen[1] + 1), size + margin)];
  const left = compact ? 8 : LABELS;
  const scale = (width - left - 2 * BORDER) / (high - low);
  const [top, bottom] = compact ? [20, height - 20] : [20, height - room.foot - 14];
  const gap = (bottom - top) / Math.max(field.stations.length - 1, 1);
  const tall = Math.min(TALLEST, Math.max(2, gap * 0.42));
  const rows = field.stations.map((station, index) => rowOf(station, along, size, { y: bottom - index * gap, scale, tall }));
  return { along, width, height, left, low, high, scale, gap, tall, top, bottom, rows, compact, x: (cell) => left + BORDER + (cell - low) * scale };
}

function rowOf(station, along, inputSize, { y, scale, tall }) {
  const units = station.sizes[along] ?? 1;
  const middles = middlesOf(station, along, inputSize);
  const jump = units > 1 ? Math.abs(middles(units - 1) - middles(0)) / (units - 1) : inputSize;
  const room = jump * scale;
  const wide = station.sizes.length ? Math.min(WIDEST, room > 4 ? room - Math.min(4, room * 0.14) : room) : Math.min(72, room);
  return { y, tall, units, wide, jump, strip: room < 4, middle: middles };
}

// From a unit to where it stands, in cells of the input.
function middlesOf(station, along, inputSize) {
  const reach = station.reach?.[along];
  const units = station.sizes[along] ?? 1;
  if (!reach) return (unit) => ((unit + 0.5) * inputSize) / units;
  const period = reach.spans.length;
  if (reach.shift === null) {
    return (unit) => {
      const span = spanOf(reach, unit);
      return span ? (span[0] + span[1] + 1) / 2 : ((unit + 0.5) * inputSize) / units;
    };
  }
  const jump = reach.shift / period;
  const starts = reach.spans.flatMap((span, phase) => (span ? [(span[0] + span[1] + 1) / 2 - phase * jump] : []));
  const first = starts.length ? starts.reduce((total, each) => total + each, 0) / starts.length : 0.5;
  return (unit) => first + unit * jump;
}

// The rectangle of a unit; units beside the layer stand beside it.
export function boxOf(layout, index, unit) {
  const row = layout.rows[index];
  const middle = layout.x(row.middle(unit));
  return { x: middle - row.wide / 2, y: row.y - row.tall / 2, width: row.wide, height: row.tall, middle };
}

// The unit under a point of the canvas; null beside them.
export function unitAt(layout, x, y) {
  const index = Math.round((layout.bottom - y) / (layout.gap || 1));
  const row = layout.rows[index];
  if (!row || Math.abs(y - row.y) > Math.max(row.tall, layout.gap * 0.5)) return null;
  const unit = Math.min(Math.max(nearest(layout, row, x), 0), row.units - 1);
  const away = Math.abs(layout.x(row.middle(unit)) - x);
  return away <= Math.max(row.wide / 2 + 2, 4) ? { at: index, unit } : null;
}

function nearest(layout, row, x) {
  const cell = (x - layout.x(0)) / layout.scale;
  if (row.units < 2) return 0;
  const [first, last] = [row.middle(0), row.middle(row.units - 1)];
  return Math.round(((cell - first) / (last - first)) * (row.units - 1));
}
