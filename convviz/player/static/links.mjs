// Who touches whom, read off the tables: pure functions from a scene and a cell to cells.
// Windows and reaches are products over the axes, so they are kept as one list an axis.

import { cellAt, indexAt, indexOf, positionOf, product, range, unique, valueAt } from "./cells.mjs";

export const PLACE = { INPUT: 0, PADDING: 1, OVERHANG: 2, HOLE: 3, ABSENT: 4 };

export const clockOf = (scene) => scene.grids[scene.clock];

export const stepCount = (scene) => clockOf(scene).data.length;

// A relation computes `to` from `from`; its table has a window on `window` for every cell of `rows`.
export const toOf = (relation) => (relation.sends ? relation.window : relation.rows);
export const fromOf = (relation) => (relation.sends ? relation.rows : relation.window);

export const relationTo = (scene, name) => scene.relations.find((relation) => toOf(relation) === name);

// Channels of one side that meet channel `channel` of the other: those of its group.
function groupOf(channel, here, there, groups) {
  const size = there / groups;
  const first = Math.floor((channel * groups) / here) * size;
  return range(first, first + size);
}

const channelsOf = (scene, name) => scene.grids[name].shape[0];

export const windowChannels = (scene, relation, channel) =>
  groupOf(channel, channelsOf(scene, relation.rows), channelsOf(scene, relation.window), relation.groups);

export const rowChannels = (scene, relation, channel) =>
  groupOf(channel, channelsOf(scene, relation.window), channelsOf(scene, relation.rows), relation.groups);

// Where the weight stands that takes input channel `source` to output channel `target` at a tap.
export function weightCell(scene, relation, target, source, tap) {
  const outputs = channelsOf(scene, toOf(relation));
  const inputs = channelsOf(scene, fromOf(relation));
  if (relation.swapped) return [source, target - groupOf(source, inputs, outputs, relation.groups)[0], ...tap];
  return [target, source - groupOf(target, outputs, inputs, relation.groups)[0], ...tap];
}

export const weightOf = (scene, relation, cell) => (relation.weight ? valueAt(scene.grids[relation.weight], cell) : 1);

const tapsOf = (table, row) =>
  Array.from({ length: table.taps }, (_, tap) => {
    const entry = row * table.taps + tap;
    return { tap, position: table.positions[entry], read: table.reads[entry], place: table.places[entry] };
  });

// The terms of one cell of the rows, channel by channel in the order of the taps: what was read, from where, times what.
export function termsOf(scene, relation, [channel, ...position]) {
  const source = scene.grids[relation.window];
  const windows = product(relation.tables.map((table, axis) => tapsOf(table, position[axis])));
  const nothing = relation.reduction === "max" ? -Infinity : 0;
  return windowChannels(scene, relation, channel).flatMap((from) =>
    windows.map((entries) => {
      const cell = entries.every((entry) => entry.read >= 0) ? [from, ...entries.map((entry) => entry.read)] : null;
      const tap = entries.map((entry) => entry.tap);
      const weight = weightCell(scene, relation, channel, from, tap);
      return {
        channel: from,
        tap,
        position: entries.map((entry) => entry.position),
        place: Math.max(...entries.map((entry) => entry.place)),
        cell,
        value: cell ? valueAt(source, cell) : nothing,
        weightCell: weight,
        weight: weightOf(scene, relation, weight),
      };
    }),
  );
}

// What lands on one cell of the window grid, in the order in which its senders have their turn.
export function arrivalsOf(scene, relation, [channel, ...position]) {
  const source = scene.grids[relation.rows];
  if (relation.remembered) return rememberedBy(scene, relation, [channel, ...position]);
  const hits = product(reachOf(relation, position));
  return rowChannels(scene, relation, channel)
    .flatMap((from) =>
      hits.map((entries) => {
        const cell = [from, ...entries.map((entry) => entry.row)];
        const weight = weightCell(scene, relation, channel, from, entries.map((entry) => entry.tap));
        return { cell, step: indexOf(cell, source.shape), value: valueAt(source, cell), weightCell: weight, weight: weightOf(scene, relation, weight) };
      }),
    )
    .sort((first, second) => first.step - second.step);
}

function rememberedBy(scene, relation, [channel, ...position]) {
  const source = scene.grids[relation.rows];
  const wanted = indexOf(position, scene.grids[relation.window].shape.slice(1));
  const perChannel = source.data.length / source.shape[0];
  return range(channel * perChannel, (channel + 1) * perChannel)
    .filter((index) => relation.remembered.data[index] === wanted)
    .map((index) => ({ cell: cellAt(index, source.shape), step: index, value: source.data[index], weight: 1 }));
}

// Where an unpooling sends a cell of the rows.
export function sentTo(scene, relation, cell) {
  const flat = valueAt({ ...relation.remembered }, cell);
  return cellAt(flat, scene.grids[relation.window].shape.slice(1));
}

// Positions along each axis that the window of a cell of the rows covers; absent taps are none.
export const windowOf = (scene, relation, [channel, ...position]) =>
  relation.remembered
    ? sentTo(scene, relation, [channel, ...position]).map((p) => [p])
    : relation.tables.map((table, axis) => coveredBy(table, [position[axis]]));

const coveredBy = (table, rows) =>
  unique(rows.flatMap((row) => tapsOf(table, row).filter(({ place }) => place !== PLACE.ABSENT).map(({ position }) => position)));

// Rows whose window holds a cell, with the taps by which it does (reflected padding can reach a row twice).
export const reachOf = (relation, position) =>
  relation.tables.map((table, axis) => {
    const hits = [];
    for (let entry = 0; entry < table.reads.length; entry += 1) {
      if (table.reads[entry] === position[axis]) hits.push({ row: Math.floor(entry / table.taps), tap: entry % table.taps });
    }
    return hits;
  });

// Which drawn positions of each axis some window covers, and which cells it reads in their stead: the rest is hatched.
export function coveredPositions(scene, name) {
  const grid = scene.grids[name];
  const readers = scene.relations.filter((relation) => !relation.sends && relation.window === name);
  if (!readers.length) return null;
  return grid.spread.map(
    (spread, axis) =>
      new Set(
        readers.flatMap(({ tables }) => [
          ...tables[axis].positions.filter((_, entry) => tables[axis].places[entry] !== PLACE.ABSENT),
          ...Array.from(tables[axis].reads, (cell) => cell * spread),
        ]),
      ),
  );
}

// What lights up under a pointer or a pin: of each grid that is touched { channels, lists }, a list of positions an axis.
export function litBy(scene, target) {
  if (!target) return {};
  const grid = scene.grids[target.grid];
  if (grid.role === "weight") return litByWeight(scene, target);
  const lit = { [target.grid]: { channels: [target.cell[0]], lists: positionOf(grid, target.cell).map((p) => [p]) } };
  upstream(scene, target.grid, lit);
  downstream(scene, target.grid, lit);
  lightWeights(scene, target, lit);
  for (const [name, { follows }] of Object.entries(scene.grids)) {
    if (!lit[name] && (follows === target.grid || (grid.follows && (name === grid.follows || follows === grid.follows)))) {
      lit[name] = { channels: [target.cell[0]], lists: target.cell.slice(1).map((p) => [p]) };
      downstream(scene, name, lit);
    }
  }
  return lit;
}

function upstream(scene, name, lit) {
  for (const relation of scene.relations) {
    const from = fromOf(relation);
    if (toOf(relation) !== name || lit[from]) continue;
    lit[from] = relation.sends ? litRows(scene, relation, lit[name]) : litWindow(scene, relation, lit[name]);
    upstream(scene, from, lit);
  }
}

function downstream(scene, name, lit) {
  for (const relation of scene.relations) {
    const to = toOf(relation);
    if (fromOf(relation) !== name || lit[to]) continue;
    lit[to] = relation.sends ? litWindow(scene, relation, lit[name]) : litRows(scene, relation, lit[name]);
    downstream(scene, to, lit);
  }
}

const uniteChannels = (channels, take) => unique(channels.flatMap(take));

function litWindow(scene, relation, { channels, lists }) {
  const reached = uniteChannels(channels, (channel) => windowChannels(scene, relation, channel));
  if (relation.remembered) return { channels: reached, lists: windowOf(scene, relation, [channels[0], ...lists.map(([p]) => p)]) };
  return { channels: reached, lists: relation.tables.map((table, axis) => coveredBy(table, lists[axis].filter((row) => row >= 0 && row < table.rows))) };
}

function litRows(scene, relation, { channels, lists }) {
  const grid = scene.grids[relation.window];
  const reached = uniteChannels(channels, (channel) => rowChannels(scene, relation, channel));
  if (relation.remembered) {
    const cells = arrivalsOf(scene, relation, [channels[0], ...lists.map(([p]) => p)]);
    return { channels: reached, lists: lists.map((_, axis) => unique(cells.map(({ cell }) => cell[axis + 1]))) };
  }
  const rows = lists.map((list, axis) => {
    const wanted = new Set(list.filter((p) => p % grid.spread[axis] === 0).map((p) => p / grid.spread[axis]));
    const table = relation.tables[axis];
    return unique(range(0, table.reads.length).filter((entry) => table.reads[entry] >= 0 && wanted.has(table.reads[entry])).map((entry) => Math.floor(entry / table.taps)));
  });
  return { channels: reached, lists: rows };
}

// The weights between a cell and what it touches directly.
function lightWeights(scene, target, lit) {
  for (const relation of scene.relations) {
    if (!relation.weight) continue;
    if (relation.rows === target.grid) lit[relation.weight] = { lists: relation.tables.map((table) => range(0, table.taps)) };
    if (relation.window === target.grid) {
      const hits = reachOf(relation, target.cell.slice(1));
      lit[relation.weight] = { lists: hits.map((axis) => unique(axis.map(({ tap }) => tap))) };
    }
  }
}

// A weight: every cell that it meets, over all rows.
function litByWeight(scene, target) {
  const relation = scene.relations.find(({ weight }) => weight === target.grid);
  const [out, index, ...taps] = target.cell;
  const meets = relation.sends ? rowChannels : windowChannels;
  const channels = { [toOf(relation)]: [out], [fromOf(relation)]: [meets(scene, relation, out)[index]] };
  const { rows, window, tables } = relation;
  return {
    [target.grid]: { cell: target.cell, lists: taps.map((tap) => [tap]) },
    [window]: { channels: channels[window], lists: tables.map((table, axis) => metBy(table, taps[axis])) },
    [rows]: { channels: channels[rows], lists: tables.map((table) => range(0, table.rows)) },
  };
}

const metBy = (table, tap) => unique(range(0, table.rows).map((row) => table.positions[row * table.taps + tap]));

// Whether a position of a grid is a cell of it.
export const isReal = (grid, position) => indexAt(grid, position) !== null;

// The term that a maximum took, or null where its window holds no cell.
export function winnerOf(scene, relation, cell, terms) {
  if (!relation.winners) return null;
  const index = valueAt(relation.winners, cell);
  const source = scene.grids[relation.window];
  const position = index < 0 ? null : cellAt(index, source.shape.slice(1)).join();
  return terms.find((term) => term.cell && term.cell.slice(1).join() === position) ?? null;
}
