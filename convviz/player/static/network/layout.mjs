// A network to scale, in pixels: nothing is drawn here. Heights and depths share one scale of cells, fronts one of channels, bars one of
// units; what would be thinner than SMALLEST is drawn as thin as that.

import { arcsIn, innerFirst, marksIn } from "./arcs.mjs";
import { frontsOf, markRadius, naturalSizes, reachIn, uprightOf } from "./fit.mjs";
import { bracketsOf, estimate, framesOf, groupsOf, needsOf, TIERS } from "./frame.mjs";
import { graphOf } from "./graph.mjs";
import { labelsOf } from "./labels.mjs";
import { fansOf, wedgesOf, windowsOf } from "./links.mjs";
import { scalesOf } from "./scales.mjs";
import { spread } from "./spread.mjs";

export { SMALLEST } from "./fit.mjs";

const TURNS = 3; // in which the column of scale bars becomes wide enough
const WINDOWED = 15; // as many items as have all the windows in the row drawn

// The picture of visible rows (see `visibleRows`), in pixels. `blocks` "scale" | "equal" (one front width for all); `measure(text, size,
// bold)` gives a text's width. Returned, among others:
//   blocks  {row: in `rows`, index: of the source row, form: "block" | "bar" | "mark", kind, role, ghost, x, y, front, height, dx, dy}: the
//           front's upper left corner and size, and how far the depth goes right and up
//   arcs    {from, to: rows, start, end: {x, y}, y: of its top, path}, marks {row, x, y, radius} where they end
//   windows, fans, wedges, breaks, brackets, labels {row, line, role, parts, box: {x, y, width, height}}, scales {kind, words, length, …}
//   cell, channel, unit: pixels for one of each (channel null where fronts are equal); width: what the scale bars leave
export function layout(rows, { width, height, blocks = "scale", measure = estimate }) {
  const plan = planOf(rows, { width, height, equal: blocks === "equal", measure });
  let column = 0;
  for (let turn = 0; ; turn++) {
    const picture = arrange(plan, width - column);
    const { bars, wanted } = scalesOf(picture, column);
    if (wanted <= column || turn === TURNS) return { ...picture, scales: bars };
    column = wanted;
  }
}

// What does not depend on the width that is left beside the scale bars.
function planOf(rows, options) {
  const graph = graphOf(rows);
  const row = graph.items.filter(({ level }) => level === 0);
  const natural = naturalSizes(rows, graph);
  const arcs = innerFirst(graph.arcs, row, reachIn(natural));
  return { rows, graph, row, arcs, natural, groups: groupsOf(rows, row), mark: markRadius(graph.items, options.width), options };
}

// The picture in that width, with the largest type in which all shapes and names find room, or else all shapes.
function arrange(plan, width) {
  const fronts = frontsOf(plan, width);
  const tries = [];
  for (const frame of framesOf(plan, width)) {
    const upright = uprightOf(plan, frame, width);
    tries.push({ frame, upright, ...spread(plan, upright.sizeOf, fronts, needsOf(plan, frame), width) });
    if (tries.at(-1).tier <= TIERS.names) return pictureOf(plan, fronts, tries.at(-1), width);
  }
  return pictureOf(plan, fronts, tries.find(({ tier }) => tier === TIERS.shapes) ?? tries[0], width);
}

function pictureOf({ rows, graph, arcs, natural, mark, options }, fronts, { frame, upright, xs, tier }, width) {
  const { cell, unit, axis, rises } = upright;
  const placed = placeItems({ rows, graph, arcs, natural }, upright, fronts, xs);
  const itemOf = graph.itemOf.map((item) => placed.get(item));
  const sizes = { width, height: options.height, axis, mark, cell, unit, channel: fronts.channel };
  const picture = { rows, ...sizes, frame, tight: tier > TIERS.shapes, blocks: [...placed.values()], itemOf };
  picture.arcs = arcsIn(rows, arcs, placed, axis, rises, mark);
  picture.marks = marksIn(picture);
  picture.windows = windowsOf(picture, placed.size <= WINDOWED);
  Object.assign(picture, { fans: fansOf(picture), wedges: wedgesOf(picture), breaks: breaksOf(picture), brackets: bracketsOf(picture) });
  picture.labels = labelsOf(picture, { selected: null, hovered: null });
  return picture;
}

function placeItems({ rows, graph, arcs, natural }, { axis, sizeOf, rises }, fronts, xs) {
  const lifts = new Map(arcs.flatMap(({ over }, at) => over.map((item) => [item, rises[at]])));
  const last = graph.itemOf[rows.length - 1];
  const place = (item) => {
    const { height, run, rise } = sizeOf(item);
    const { shape, kind, index } = rows[item.row];
    const { row, form, level, joined } = item;
    const role = row === 0 ? "input" : item === last && shape ? "output" : "";
    const front = fronts.of(item);
    const box = { x: xs.get(item), y: axis - (lifts.get(item) ?? 0) - height / 2, front, height, dx: run, dy: rise };
    const slice = fronts.channel ?? front / (natural.get(item).channels ?? 1);
    return { row, index, form, kind, role, level, joined, ghost: shape === null, ...box, slice, segments: segmentsOf(rows, graph, arcs, item) };
  };
  return new Map(graph.items.map((item) => [item, place(item)]));
}

// What of a concat came from where: runs of its channels from 0 to 1, over an arc or from the row.
function segmentsOf(rows, { itemOf }, arcs, item) {
  const { kind, shape, inputs } = rows[item.row];
  if (kind !== "concat" || !shape) return [];
  const carriers = arcs.filter(({ to }) => to === item).map(({ from, over }) => over.at(-1) ?? from);
  let at = 0;
  return inputs.map((from) => ({ from: at, to: (at += (rows[from].shape?.[0] ?? 0) / shape[0]), arc: carriers.includes(itemOf[from]) }));
}

// Where the network broke: between an item that has a shape and one after it that has none.
function breaksOf({ blocks, itemOf, rows, axis }) {
  const half = Math.max(14, ...blocks.filter(({ ghost }) => ghost).map(({ height }) => height / 2 + 4));
  const begins = ({ row, ghost, level }) => ghost && level === 0 && rows[row].inputs.every((from) => !itemOf[from].ghost);
  return blocks.filter(begins).map(({ row, x }) => {
    const before = itemOf[rows[row].inputs.at(-1)];
    const left = before ? Math.min(before.x + before.front + before.dx / 2, x) : x;
    return { row, x: (left + x) / 2, y: axis - half, height: 2 * half };
  });
}
