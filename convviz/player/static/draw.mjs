// One frame: the painted picture, what has come by now, the windows, and what is pointed at or pinned.

import { cellAt, indexAt, isOverhang, positionOf, product, valueAt } from "./cells.mjs";
import { localRow, slotOf, tapsIn, weightLeads } from "./faces.mjs";
import { WIDTH_OF_NUMBER, fillCell, frameBox, mix, numberSize, onStrong, ROLES, share, strong, text } from "./ink.mjs";
import { boxesOf, boxOfGrid, boxOfSheet, rectAt, sheetAt } from "./layout.mjs";
import { clockOf, fromOf, isReal, litBy, PLACE, reachOf, relationTo, termsOf, toOf, weightCell, weightOf, winnerOf } from "./links.mjs";
import { connect, marker, veil } from "./marks.mjs";
import { earlierWinners, markThumbs, reveal } from "./progress.mjs";
import { drawStamps } from "./stamps.mjs";
import { formatNumber } from "./words.mjs";

const IN_PADDING = 0.1;
const SUM_ROOM = 90; // pixels a sheet of weights needs for its sum beside its head

// The weight in the corner of a cell that it multiplies.
function cornerText(ctx, palette, words, { x, y, size }, colour) {
  text(ctx, palette, words, x + size - 5, y + size - 9, Math.min(14, size * 0.25), { colour, align: "right", room: size - 8 });
}

// A chip in the corner of a cell: what lands there now.
function chip(ctx, palette, words, { x, y, size }) {
  const [height, width] = [Math.min(20, size * 0.32), Math.min(size - 6, 12 + 8 * words.length)];
  ctx.fillStyle = mix(palette, "kernel", 0.55);
  ctx.beginPath();
  ctx.roundRect(x + size - width - 3, y + size - height - 3, width, height, 5);
  ctx.fill();
  text(ctx, palette, words, x + size - width / 2 - 3, y + size - height / 2 - 2, height * 0.72, { colour: palette.ink, room: width - 4 });
}

const centre = (rect) => [rect.x + rect.size / 2, rect.y + rect.size / 2 + 1];

// The cells of a window, each strong and with its weight; of a maximum the winner alone is strong.
function paintTerms(ctx, scene, layout, palette, painted, focus, relation, terms, winner) {
  const box = layout.grids[relation.window];
  if (!box.numbered) return;
  const grid = scene.grids[relation.window];
  for (const term of terms) {
    const rect = rectAt(box, slotOf(grid, focus, term.channel), term.position);
    if (!rect || term.place === PLACE.ABSENT || isOverhang(grid, term.position)) continue;
    const real = isReal(grid, term.position);
    const solid = real && (relation.reduction !== "max" || term === winner);
    const amount = share(term.value, painted.ranges[relation.window]);
    const fill = solid ? strong(palette, ROLES[grid.role], amount) : mix(palette, ROLES[grid.role], real ? 0.3 + 0.2 * amount : IN_PADDING);
    fillCell(ctx, rect, fill, palette.line);
    const lift = box.factors && relation.weight ? rect.size * 0.08 : 0;
    const [x, y] = centre(rect);
    const colour = solid ? onStrong(palette, ROLES[grid.role]) : real ? palette.ink : palette.faint;
    text(ctx, palette, formatNumber(term.value), x, y - lift, numberSize(rect.size), { colour, weight: real ? 600 : 400, room: rect.size * WIDTH_OF_NUMBER });
    if (box.factors && relation.weight) cornerText(ctx, palette, `×${formatNumber(term.weight)}`, rect, solid ? colour : palette["kernel-text"]);
  }
}

// Lit cells: strong where there are numbers; where there are only colours the rest is veiled instead.
function paintLit(ctx, scene, layout, palette, painted, focus, name, { channels, lists }) {
  const [box, grid] = [layout.grids[name], scene.grids[name]];
  if (grid.role === "weight") return paintLitWeights(ctx, scene, layout, palette, focus, name, lists);
  for (const channel of channels) {
    const slot = slotOf(grid, focus, channel);
    if (slot < 0) continue;
    if (!box.numbered) {
      veil(ctx, box, slot, palette, lists);
      continue;
    }
    for (const position of product(lists)) paintLitCell(ctx, palette, painted, grid, rectAt(box, slot, position), position, channel);
  }
  return undefined;
}

function paintLitCell(ctx, palette, painted, grid, rect, position, channel) {
  if (!rect || isOverhang(grid, position)) return;
  const index = indexAt(grid, position);
  if (!index) {
    frameBox(ctx, { x: rect.x + 1, y: rect.y + 1, width: rect.size - 1, height: rect.size - 1 }, palette.faint, 1.5);
    return;
  }
  const value = valueAt(grid, [channel, ...index]);
  strongCell(ctx, palette, ROLES[grid.role], rect, value, grid.places ? 0 : share(value, painted.ranges[grid.name]));
}

function strongCell(ctx, palette, role, rect, value, amount) {
  fillCell(ctx, rect, strong(palette, role, amount), palette.paper);
  text(ctx, palette, formatNumber(value), ...centre(rect), numberSize(rect.size), { colour: onStrong(palette, role), room: rect.size * WIDTH_OF_NUMBER });
}

// A pale orange would not stand out among pale oranges: lit weights are all equally strong.
function paintLitWeights(ctx, scene, layout, palette, focus, name, lists) {
  const [box, grid] = [layout.grids[name], scene.grids[name]];
  for (const { rect, cell } of weightRects(scene, box, grid, focus, lists)) {
    if (box.numbered) strongCell(ctx, palette, "kernel", rect, valueAt(grid, cell), 0);
    else frameBox(ctx, { x: rect.x, y: rect.y, width: rect.size, height: rect.size }, palette.ink, 1);
  }
}

// Where the weights of some taps stand, for the channels on show.
function weightRects(scene, box, grid, focus, lists) {
  if (grid.byTaps) {
    const out = focus.grids.output;
    const wanted = new Set(product(lists).map(String));
    return tapsIn(grid).flatMap((tap, slot) =>
      wanted.has(String(tap))
        ? Array.from({ length: box.rows }, (_, row) => ({ row, local: localRow(grid, out, row) }))
            .filter(({ local }) => local !== null)
            .map(({ row, local }) => ({ cell: [out, local, ...tap], rect: { x: box.sheets[slot].left + out * box.cell, y: box.sheets[slot].top + row * box.cell, size: box.cell } }))
        : [],
    );
  }
  return weightLeads(scene, grid, focus).flatMap((lead, slot) =>
    lead ? product(lists).map((tap) => ({ cell: [...lead, ...tap], rect: rectAt(box, slot, tap) })).filter(({ rect }) => rect) : [],
  );
}

// The ring of what is pointed at or pinned, wherever that place appears; a pinned one carries a marker.
function ring(ctx, scene, layout, palette, focus, target, pinned) {
  for (const [index, rect] of targetRects(scene, layout, focus, target).entries()) {
    ctx.strokeStyle = palette.ink;
    ctx.lineWidth = Math.min(3, Math.max(1.5, rect.size / 12));
    ctx.beginPath();
    const inset = rect.size > 20 ? 3 : 0;
    ctx.roundRect(rect.x + inset, rect.y + inset, rect.size - 2 * inset + 1, rect.size - 2 * inset + 1, Math.min(6, rect.size / 5));
    ctx.stroke();
    if (pinned && !index) marker(ctx, palette, rect.x + rect.size - 1, rect.y + 3);
  }
}

export function targetRects(scene, layout, focus, { grid: name, cell }) {
  const grid = scene.grids[name];
  if (grid.role === "weight") {
    return weightRects(scene, layout.grids[name], grid, focus, cell.slice(2).map((tap) => [tap]))
      .filter((found) => found.cell.join() === cell.join())
      .map(({ rect }) => rect);
  }
  const names = [name, ...Object.keys(scene.grids).filter((other) => scene.grids[other].follows === name || grid.follows === other)];
  return names
    .map((other) => rectAt(layout.grids[other], slotOf(scene.grids[other], focus, cell[0]), positionOf(scene.grids[other], cell)))
    .filter(Boolean);
}

const blend = (from, to, amount) =>
  Object.fromEntries(Object.keys(to).map((key) => [key, from[key] + (to[key] - from[key]) * amount]));

// Where we are on every grid that takes part at a step: rectangles, sheet by sheet.
export function placesAt(scene, layout, focus, step) {
  const clock = { grid: scene.clock, cell: cellAt(step, clockOf(scene).shape) };
  const lit = litBy(scene, clock);
  return Object.fromEntries(
    Object.entries(lit)
      .filter(([name]) => scene.grids[name].role !== "weight")
      .map(([name, { channels, lists }]) => [name, channels.flatMap((channel) => boxesOf(layout.grids[name], slotOf(scene.grids[name], focus, channel), lists))]),
  );
}

function gliding(before, now, amount) {
  if (amount === 1) return now;
  return Object.fromEntries(
    Object.entries(now).map(([name, boxes]) => [
      name,
      before[name]?.length === boxes.length ? boxes.map((box, index) => blend(before[name][index], box, amount)) : boxes,
    ]),
  );
}

// Where we are, in vermilion: windows, cells, and what joins them.
function drawHere(ctx, scene, layout, palette, focus, view, joined) {
  const places = gliding(view.glide < 1 ? placesAt(scene, layout, focus, view.from) : {}, placesAt(scene, layout, focus, view.step), view.glide);
  if (joined) for (const relation of scene.relations) joinPlaces(ctx, scene, layout, palette, relation, places, palette.here);
  for (const [name, boxes] of Object.entries(places)) {
    const width = layout.grids[name].cell > 12 ? 3.5 : 2.5;
    for (const box of boxes) frameBox(ctx, box, palette.here, width);
  }
}

const REDUCTIONS = { max: "max", average: "average", lp: "norm" };

// What becomes of a window, in the gap on the way to its output.
function nameBetween(ctx, scene, layout, palette, relation) {
  const [from, to] = [layout.grids[relation.window], layout.grids[relation.rows]];
  const words = REDUCTIONS[relation.reduction];
  const gap = to.left - from.left - from.width;
  const clear = !Object.values(scene.grids).some(({ role }) => role === "weight");
  if (clear && words && gap > 9 * words.length + 16) text(ctx, palette, words, to.left - gap / 2, to.top + to.height / 2, 18);
}

const MOST_JOINED = 4; // sheets that are joined one by one

// From the window to the kernel to the cell it makes.
function joinPlaces(ctx, scene, layout, palette, relation, places, colour) {
  const [from, to] = [places[fromOf(relation)], places[toOf(relation)]];
  if (!from?.length || !to?.length) return;
  if (!relation.weight) {
    connect(ctx, from.at(-1), to[0], colour);
    nameBetween(ctx, scene, layout, palette, relation);
    return;
  }
  const box = layout.grids[relation.weight];
  const sheets = box.sheets.map((sheet) => boxOfSheet(box, sheet));
  if (from.length === sheets.length && from.length <= MOST_JOINED) from.forEach((each, index) => connect(ctx, each, sheets[index], colour));
  else connect(ctx, from.at(-1), boxOfGrid(box), colour);
  connect(ctx, boxOfGrid(box), to[0], colour);
}

// One frame. `view`: step, from (the step the window glides from) and glide (0 … 1), hover and pin (targets or null).
export function drawFrame(ctx, scene, layout, palette, painted, scale, view, focus) {
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.clearRect(0, 0, layout.width, layout.height);
  ctx.drawImage(painted.base, 0, 0, layout.width, layout.height);
  reveal(ctx, scene, layout, painted, scale, view.step);
  markThumbs(ctx, scene, layout, palette, focus, view.step);
  drawStamps(ctx, scene, layout, palette, focus, view.step, view.hover ?? view.pin);
  earlierWinners(ctx, scene, layout, palette, focus, view.step);
  const target = view.hover ?? view.pin;
  const current = { grid: scene.clock, cell: cellAt(view.step, clockOf(scene).shape) };
  if (target) drawTarget(ctx, scene, layout, palette, painted, scale, focus, target);
  if (!target || view.pin) drawCurrent(ctx, scene, layout, palette, painted, focus, current, target);
  drawHere(ctx, scene, layout, palette, focus, view, !target);
  if (view.pin) ring(ctx, scene, layout, palette, focus, view.pin, true);
  if (view.hover) ring(ctx, scene, layout, palette, focus, view.hover, false);
}

// What happens at the step we are at: strong cells in the windows, factors, stamps.
function drawCurrent(ctx, scene, layout, palette, painted, focus, current, target) {
  const main = scene.relations.filter((relation) => !target && !relation.sends && (relation.rows === current.grid || scene.grids[relation.rows].follows === current.grid));
  for (const relation of main) emphasise(ctx, scene, layout, palette, painted, focus, relation, current.cell);
  for (const relation of scene.relations) {
    const takesPart = relation.rows === current.grid || scene.grids[relation.rows].follows === current.grid;
    if (relation.sends && takesPart) drawStamp(ctx, scene, layout, palette, painted, focus, relation, current.cell, Boolean(target));
  }
  if (target) return;
  const lit = litBy(scene, current);
  const direct = new Set([...main.flatMap(({ rows, window, weight }) => [rows, window, weight]), ...scene.relations.filter(({ sends }) => sends).flatMap(({ rows, window, weight }) => [rows, window, weight])]);
  for (const [name, cells] of Object.entries(lit)) {
    if (!direct.has(name) && layout.grids[name].numbered) paintLit(ctx, scene, layout, palette, painted, focus, name, cells);
  }
}

function emphasise(ctx, scene, layout, palette, painted, focus, relation, cell) {
  // Of two relations on one input the first shows its factors.
  const first = scene.relations.find(({ window }) => window === relation.window) === relation && layout.grids[relation.window].numbered;
  const summed = showsSums(scene, layout, relation);
  if (!first && !summed) return;
  const terms = termsOf(scene, relation, cell);
  if (first) paintTerms(ctx, scene, layout, palette, painted, focus, relation, terms, winnerOf(scene, relation, cell, terms));
  if (summed) sheetSums(ctx, layout, palette, relation, terms);
}

function showsSums(scene, layout, relation) {
  const box = relation.weight && layout.grids[relation.weight];
  return box && box.slots > 1 && box.depths === 1 && !scene.grids[relation.weight].byTaps && box.columns * box.cell >= SUM_ROOM;
}

// Each input sheet's part of the sum, beside the head of its sheet of weights.
function sheetSums(ctx, layout, palette, relation, terms) {
  const box = layout.grids[relation.weight];
  const perSheet = terms.length / box.slots;
  for (let slot = 0; slot < box.slots; slot += 1) {
    const sum = terms.slice(slot * perSheet, (slot + 1) * perSheet).reduce((total, term) => total + term.value * term.weight, 0);
    const sheet = sheetAt(box, slot, box.depth0);
    const right = sheet.left + box.columns * box.cell;
    text(ctx, palette, `Σ ${formatNumber(sum)}`, right, sheet.top - 9, 13, { colour: palette["output-text"], align: "right", room: box.columns * box.cell - 54 });
  }
}

// A stamp: the sender strong, the weights with its value, and on every cell it lands on what it adds.
function drawStamp(ctx, scene, layout, palette, painted, focus, relation, cell, quiet) {
  const [rows, window] = [scene.grids[relation.rows], scene.grids[relation.window]];
  const value = valueAt(rows, cell);
  const rect = rectAt(layout.grids[relation.rows], slotOf(rows, focus, cell[0]), positionOf(rows, cell));
  if (rect && layout.grids[relation.rows].numbered && !quiet) strongCell(ctx, palette, ROLES[rows.role], rect, value, share(value, painted.ranges[relation.rows]));
  if (!relation.weight) return;
  const channel = focus.grids[relation.window];
  const lists = relation.tables.map((table) => Array.from({ length: table.taps }, (_, tap) => tap));
  const weights = layout.grids[relation.weight];
  if (weights.factors) {
    for (const { rect: corner } of weightRects(scene, weights, scene.grids[relation.weight], focus, lists)) cornerText(ctx, palette, `×${formatNumber(value)}`, corner, palette["on-weight"]);
  }
  if (!layout.grids[relation.window].factors) return;
  for (const taps of product(lists)) {
    const index = relation.tables.map((table, axis) => table.reads[cell[axis + 1] * table.taps + taps[axis]]);
    const meets = index.every((i) => i >= 0) && weightMeets(scene, relation, channel, cell[0], taps);
    const there = meets && rectAt(layout.grids[relation.window], slotOf(window, focus, channel), index);
    if (there) chip(ctx, palette, signed(value * weightOf(scene, relation, meets)), there);
  }
}

const signed = (value) => (value < 0 ? formatNumber(value) : `+${formatNumber(value)}`);

// The weight between two channels at a tap, or null where their groups differ.
function weightMeets(scene, relation, target, source, taps) {
  const cell = weightCell(scene, relation, target, source, taps);
  const { shape } = scene.grids[relation.weight];
  return cell.every((index, axis) => index >= 0 && index < shape[axis]) ? cell : null;
}

function drawTarget(ctx, scene, layout, palette, painted, scale, focus, target) {
  const grid = scene.grids[target.grid];
  const relation = relationTo(scene, target.grid);
  if (grid.role !== "weight" && relation && !relation.sends) {
    focusOnCell(ctx, scene, layout, palette, painted, scale, focus, relation, target);
    return;
  }
  const lit = litBy(scene, target);
  for (const [name, cells] of Object.entries(lit)) {
    const other = scene.grids[name];
    if (other.grows && other.role !== "weight") showCells(ctx, scene, layout, painted, scale, focus, name, cells);
    // A weight takes part in every output: there is nothing to single out.
    const singled = grid.role !== "weight" || !other.grows;
    if (singled && (name !== target.grid || grid.role === "weight" || !relation?.sends)) paintLit(ctx, scene, layout, palette, painted, focus, name, cells);
  }
  if (grid.role !== "weight") factorsFrom(ctx, scene, layout, palette, focus, target);
}

// A cell that a window makes: its terms, its window and what joins them, in ink.
function focusOnCell(ctx, scene, layout, palette, painted, scale, focus, relation, target) {
  const lit = litBy(scene, target);
  for (const [name, cells] of Object.entries(lit)) {
    if (name === relation.window || name === target.grid || scene.grids[name].role === "weight") continue;
    if (scene.grids[name].grows) showCells(ctx, scene, layout, painted, scale, focus, name, cells);
    if (layout.grids[name].numbered) paintLit(ctx, scene, layout, palette, painted, focus, name, cells);
  }
  const terms = termsOf(scene, relation, target.cell);
  paintTerms(ctx, scene, layout, palette, painted, focus, relation, terms, winnerOf(scene, relation, target.cell, terms));
  showCells(ctx, scene, layout, painted, scale, focus, target.grid, lit[target.grid]);
  const places = Object.fromEntries(
    [relation.window, target.grid].map((name) => [name, lit[name].channels.flatMap((channel) => boxesOf(layout.grids[name], slotOf(scene.grids[name], focus, channel), lit[name].lists))]),
  );
  for (const box of places[relation.window]) frameBox(ctx, box, palette.ink, 2);
  joinPlaces(ctx, scene, layout, palette, relation, places, palette.ink);
}

// Cells of a growing grid that have not come yet, shown because something points at them.
function showCells(ctx, scene, layout, painted, scale, focus, name, { channels, lists }) {
  const [box, grid] = [layout.grids[name], scene.grids[name]];
  if (scene.relations.some((relation) => relation.sends && relation.window === name)) return; // sums so far stay what they are
  for (const channel of channels) {
    const slot = slotOf(grid, focus, channel);
    if (slot < 0) continue;
    if (lists.reduce((count, list) => count * list.length, 1) >= box.rows * box.columns * box.depths) {
      for (const sheet of box.sheets) copy(ctx, painted.filled, scale, boxOfSheet(box, sheet));
      continue;
    }
    for (const position of product(lists)) {
      const rect = rectAt(box, slot, position);
      if (rect) copy(ctx, painted.filled, scale, { x: rect.x, y: rect.y, width: rect.size, height: rect.size });
    }
  }
}

function copy(ctx, image, scale, { x, y, width, height }) {
  ctx.drawImage(image, x * scale, y * scale, width * scale, height * scale, x, y, width, height);
}

// On each cell that a pointed-at one reaches, the weights by which it does: several where padding repeats the cell.
function factorsFrom(ctx, scene, layout, palette, focus, { grid: name, cell }) {
  const relation = scene.relations.find((candidate) => candidate.window === name && candidate.weight && !candidate.sends);
  const box = relation && layout.grids[relation.rows];
  if (!box?.factors) return;
  const channel = focus.grids[relation.rows];
  const factors = new Map();
  for (const hits of product(reachOf(relation, cell.slice(1)))) {
    const weight = weightMeets(scene, relation, channel, cell[0], hits.map(({ tap }) => tap));
    if (!weight) continue;
    const row = hits.map((hit) => hit.row);
    const known = factors.get(row.join()) ?? { row, words: "" };
    factors.set(row.join(), { row, words: `${known.words}×${formatNumber(weightOf(scene, relation, weight))}` });
  }
  for (const { row, words } of factors.values()) {
    const rect = rectAt(box, slotOf(scene.grids[relation.rows], focus, channel), row);
    if (rect) cornerText(ctx, palette, words, rect, palette["on-strong"]);
  }
}
