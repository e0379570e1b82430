// The receptive field's stage: one element, kept alive while data changes. Stepping, pointing and choosing happen here alone.

import { showControls, wireControls } from "../controls.mjs";
import { makeFrames } from "../frames.mjs";
import { living } from "../lifecycle.mjs";
import { makeReport } from "../report.mjs";
import { asCard, fitCanvas, prefersStill, readTheme } from "../surface.mjs";
import * as transport from "../transport.mjs";
import { drawEffective, effectiveShades } from "./effective.mjs";
import { readColours } from "./ink.mjs";
import { layOut, unitAt } from "./layout.mjs";
import { cellUnder, drawHulls, drawMap, layOutMap, ringCell, spanOn } from "./map.mjs";
import { fillFormula, fillLegend, fillNumbers, fillTokens, makeParts } from "./parts.mjs";
import { drawFan, drawFoot, drawLabels, drawReached, paintUnits, ring } from "./rows.mjs";
import "./styles.mjs";
import { marksAlong, reachedAlong, reachedOver, readAlong, readOver, wayDown, wayUp } from "./walk.mjs";
import { overWords, readLine, reachedLine, spoken } from "./words.mjs";

const SLOW = 14; // ms: a map that takes longer follows the pointer when it rests
const MAP_AFTER = 70; // ms of that rest
const ROWS = { high: 6, low: 5 }; // lines of numbers, by the window's height

export const mount = living({ create, receive, destroy });

function create(parent) {
  const parts = makeParts(parent);
  const stage = { parts, transport: { ...transport.initial(1), speed: 1 }, chosen: null, hover: null, earlier: [], mapCost: 0, stop: new AbortController() };
  stage.frames = makeFrames((seconds) => frameOf(stage, seconds));
  stage.report = makeReport({
    waits: () => stage.transport.playing || stage.data.compact,
    place: () => placeOfStage(stage),
    send: (place) => stage.send.setStateValue("place", { ...place, cue: stage.data.cue.id }),
  });
  stage.observer = new ResizeObserver(() => resize(stage));
  stage.observer.observe(parts.rows);
  stage.observer.observe(parts.map);
  listen(stage);
  parts.root.convviz = stage; // what a test or a curious reader can look at
  return stage;
}

function destroy(stage) {
  stage.frames.stop();
  stage.report.stop();
  clearTimeout(stage.mapTimer);
  stage.observer.disconnect();
  stage.stop.abort();
  stage.parts.root.remove();
}

// New data: a new cue goes to its place; else the place is kept, as near as the new network allows.
function receive(stage, bytes) {
  const text = new TextDecoder().decode(bytes);
  if (text === stage.text) {
    resize(stage); // the theme has changed at most
    return;
  }
  const data = JSON.parse(text);
  const begins = data.cue.id !== stage.data?.cue.id;
  const old = stage.data && nameOf(stage.data.field, stage.chosen.at);
  for (const station of data.field.stations) station.reach &&= station.reach.map((index) => data.field.reaches[index]);
  Object.assign(stage, { text, data, field: data.field, hover: null, shownKey: "", mapKey: "" });
  asCard(stage.parts.root, data.compact, Boolean(data.refusal));
  stage.along = Math.min(data.look.along, data.field.stations[0].sizes.length - 1);
  if (begins) {
    stage.chosen = { at: data.cue.at, unit: data.cue.unit };
    stage.earlier = [];
    setWay(stage, data.cue.step);
  } else {
    const { step, steps } = stage.transport;
    stage.chosen = kept(data, old, stage.chosen);
    setWay(stage, step === steps - 1 ? null : step);
  }
  if (begins && data.compact && !prefersStill()) stage.transport = { ...stage.transport, playing: true, loop: true, speed: 1 };
  if (begins) stage.report.known();
  else stage.report.soon();
  resize(stage);
}

const nameOf = (field, at) => field.stations[at].name;

// The same layer under its name, and the same unit where there still is one.
function kept(data, name, chosen) {
  const found = data.field.stations.findIndex((station) => station.name === name);
  const at = found < 0 ? data.cue.at : found;
  const { sizes } = data.field.stations[at];
  return { at, unit: sizes.map((size, along) => Math.min(chosen.unit[along] ?? 0, size - 1)) };
}

// The layers that are played, from the input to the unit or from the unit upwards; null is the last of them.
function setWay(stage, step) {
  const { at, unit } = stage.chosen;
  const up = stage.data.look.follow === "up";
  stage.way = up ? wayUp(stage.field, at, unit) : wayDown(stage.field, at, unit);
  const steps = stage.way.length;
  stage.transport = { ...stage.transport, steps, step: Math.min(Math.max(step ?? steps - 1, 0), steps - 1) };
}

function resize(stage) {
  const { parts, field } = stage;
  if (!field || !parts.rows.clientWidth || !parts.rows.clientHeight) return;
  readTheme(parts.root);
  stage.colours = readColours(parts.root);
  stage.scale = devicePixelRatio || 1;
  parts.right.hidden = stage.data.compact;
  parts.map.hidden = field.stations[0].sizes.length < 2;
  fitCanvas(parts.canvas, parts.rows, stage.scale);
  fitCanvas(parts.mapCanvas, parts.map, stage.scale);
  stage.mapKey = ""; // another size, or another theme
  layOutRows(stage);
  show(stage);
  if (stage.transport.playing) stage.frames.request();
}

// What the unit sees has room, and what others of its layer saw before: rows stay where they are if they can.
function roomFor(stage) {
  const { field, along, chosen } = stage;
  const key = `${nameOf(field, chosen.at)} ${along} ${field.stations.map(({ sizes }) => sizes)}`;
  const [first, last] = spanOn(field, chosen.at, along, chosen.unit[along] ?? 0) ?? [0, 0];
  const before = stage.roomKey === key ? stage.room : [first, last];
  Object.assign(stage, { roomKey: key, room: [Math.min(before[0], first), Math.max(before[1], last)] });
  return stage.room;
}

function layOutRows(stage) {
  const { parts, field, along, data, colours, scale } = stage;
  const seen = roomFor(stage);
  const room = { width: parts.rows.clientWidth, height: parts.rows.clientHeight, compact: data.compact, foot: data.effective ? 112 : 52 };
  stage.layout = layOut(field, along, room, seen);
  const canvas = new OffscreenCanvas(Math.max(parts.canvas.width, 1), Math.max(parts.canvas.height, 1));
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  paintUnits(ctx, field, stage.layout, colours);
  stage.painted = canvas;
}

// The unit whose field is on show: that pointed at, or that of the step.
function focusOf(stage) {
  const { transport: state, way, hover, data } = stage;
  if (hover) return { ...hover, pointed: true };
  return data.look.follow === "up" ? { ...stage.chosen, until: way[state.step].at } : way[state.step];
}

function show(stage) {
  const { parts, layout } = stage;
  if (!layout) return;
  const focus = focusOf(stage);
  const up = stage.data.look.follow === "up";
  const key = JSON.stringify([focus, stage.chosen, stage.transport.step, stage.along]);
  const other = key !== stage.shownKey;
  if (other) stage.shown = seen(stage, focus, up);
  stage.shownKey = key;
  drawRows(stage, focus, up);
  if (other) showWords(stage, focus, up);
  if (key !== stage.mapKey) showMapSoon(stage, focus, up, key);
  showControls(parts, parts.root, stage.transport, ({ step, steps }) => `layer <b>${step}</b> of ${steps - 1}`);
}

// What there is to draw along the axis on show. A unit that sees nothing along another axis reads nothing at all.
function seen({ field, along }, focus, up) {
  const { at } = focus;
  const unit = focus.unit[along] ?? 0;
  const until = focus.until ?? field.stations.length - 1;
  if (up) return { at, unit, until, reached: reachedAlong(field, along, at, unit) };
  const found = marksAlong(field, along, at, unit);
  const blind = focus.unit.some((position, axis) => !spanOn(field, at, axis, position));
  if (!blind) return { at, unit, ...found };
  const alone = (each, index) => (index === at ? each : null);
  return { at, unit, read: found.read.map(alone), marks: found.marks.map((each, index) => alone(each, index) ?? new Map()) };
}

// The measured field, where it is that of the unit on show.
function effectiveOf({ data, field }, { at, unit }) {
  const { effective } = data;
  return effective?.magnitude && effective.at === nameOf(field, at) && effective.unit.join() === unit.join() ? effective : null;
}

function drawRows(stage, focus, up) {
  const { parts, field, layout, colours, scale, shown } = stage;
  const ctx = parts.canvas.getContext("2d");
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, parts.canvas.width, parts.canvas.height);
  ctx.drawImage(stage.painted, 0, 0);
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.save();
  ctx.beginPath();
  ctx.rect(layout.left - 6, 0, layout.width, layout.height);
  ctx.clip();
  if (up) drawReached(ctx, field, layout, colours, shown);
  else drawFan(ctx, field, layout, colours, shown);
  ring(ctx, layout, colours, focus.at, shown.unit, focus.pointed);
  ctx.restore();
  if (layout.compact) return;
  drawLabels(ctx, field, layout, colours, focus.at);
  drawFoot(ctx, field, layout, colours, focus.at, shown.unit, up);
  const effective = up ? null : effectiveOf(stage, focus);
  if (effective) drawEffective(ctx, layout, colours, effective, stage.along);
}

function showWords(stage, focus, up) {
  const { parts, field, along, data, shown, way, transport: state } = stage;
  const station = field.stations[focus.at];
  Object.assign(parts.root.dataset, { step: state.step, steps: state.steps, layer: station.name, unit: focus.unit.join("×"), outputShape: station.shape, linkStep: placeOfStage(stage).step ?? "" });
  fillFormula(parts.formula, { refusal: data.refusal, station: field.stations[up ? shown.until : focus.at], along }, () => stage.send.setTriggerValue("remedy", true));
  parts.title.textContent = `Along the ${data.look.names[along]}`;
  fillLegend(parts.legend, up ? "up" : data.effective ? "effective" : "down");
  fillNumbers(parts.numbers, field, along, ...wayOf(stage, focus, up), innerHeight > 800 ? ROWS.high : ROWS.low);
  const tokens = up ? reachedLine(field, along, shown.at, shown.unit, shown.reached, shown.until) : readLine(field, along, shown.at, shown.unit, shown);
  fillTokens(parts.arithmetic, tokens);
  if (!state.playing && !focus.pointed && parts.live.textContent !== spoken(tokens)) parts.live.textContent = spoken(tokens);
}

// The layers in the table, and which of them is on show.
function wayOf({ field, way, transport: state }, focus, up) {
  if (!focus.pointed) return [way, state.step];
  const pointed = up ? wayUp(field, focus.at, focus.unit) : wayDown(field, focus.at, focus.unit);
  return [pointed, pointed.length - 1];
}

// The map at once where it is quick, else when the pointer or the steps rest.
function showMapSoon(stage, focus, up, key) {
  stage.mapKey = key;
  clearTimeout(stage.mapTimer);
  if (stage.mapCost < SLOW) showMap(stage, focus, up);
  else stage.mapTimer = setTimeout(() => showMap(stage, focus, up), MAP_AFTER);
}

function mapAxes(field) {
  const axes = field.stations[0].sizes.length;
  return axes > 1 ? [axes - 2, axes - 1] : null;
}

function showMap(stage, focus, up) {
  const { parts, field, colours, scale, data } = stage;
  const axes = mapAxes(field);
  parts.mapTitle.textContent = "";
  parts.aside.textContent = data.effective?.words ?? "";
  if (!axes || data.compact) return;
  const started = performance.now();
  const shownAt = up ? (focus.until ?? field.stations.length - 1) : 0;
  const { sizes, name } = field.stations[shownAt];
  const spans = axes.map((along) => (up ? null : spanOn(field, focus.at, along, focus.unit[along] ?? 0)));
  const key = JSON.stringify([focus, up]);
  if (key !== stage.overKey || stage.overOf !== stage.text) {
    stage.over = up ? reachedOver(field, axes, focus.at, focus.unit, shownAt) : readWithCounts(field, axes, focus);
    Object.assign(stage, { overKey: key, overOf: stage.text });
  }
  const { over } = stage;
  const ctx = parts.mapCanvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.clearRect(0, 0, parts.map.clientWidth, parts.map.clientHeight);
  const room = axes.map((along) => (up ? null : spanOn(field, stage.chosen.at, along, stage.chosen.unit[along] ?? 0)));
  const map = layOutMap(over.rows, over.columns, room, parts.map.clientWidth, parts.map.clientHeight);
  stage.map = map;
  const shades = up ? new Float32Array(over.rows * over.columns) : shadesOf(stage, over);
  const effective = up ? null : effectiveOf(stage, focus);
  const heat = effective && effectiveShades(effective, over.rows, over.columns);
  drawMap(ctx, map, colours, { over, paint: data.look.paint, up, spans, shades, heat });
  const place = sizes.length ? `${sizes[axes[0]]} × ${sizes[axes[1]]}` : "all";
  if (up) {
    const count = over.ways.reduce((total, ways) => total + (ways > 0), 0);
    parts.mapTitle.textContent = sizes.length ? `${name} ${place} above ${placeOf(focus.unit, axes)}` : `${name}: all of it`;
    parts.aside.textContent = sizes.length ? `in 2-D: ${count.toLocaleString("en-US")} of ${(over.rows * over.columns).toLocaleString("en-US")} units` : "";
  } else {
    const way = focus.pointed ? wayDown(field, focus.at, focus.unit) : stage.way.slice(0, stage.transport.step + 1);
    drawHulls(ctx, map, colours, field, axes, way, focus.pointed);
    parts.mapTitle.textContent = `Input ${place} under ${field.stations[focus.at].sizes.length ? `unit ${placeOf(focus.unit, axes)}` : field.stations[focus.at].name}`;
    const told = effective ?? (data.effective?.magnitude ? null : data.effective);
    parts.aside.textContent = told ? told.words : overWords(over, spans);
  }
  if (up && focus.at === shownAt) ringCell(ctx, map, colours, axes.map((along) => focus.unit[along]));
  stage.mapCost = performance.now() - started;
}

const placeOf = (unit, axes) => `(${axes.map((along) => unit[along] ?? 0).join(", ")})`;

// With how many rows and columns are read: where their product is all, it can be said so.
function readWithCounts(field, axes, focus) {
  const over = readOver(field, axes, focus.at, focus.unit);
  const [rowsRead, columnsRead] = axes.map((along) => readAlong(field, along, focus.at, focus.unit[along] ?? 0)[0]?.filter(Boolean).length ?? 0);
  return { ...over, rowsRead, columnsRead };
}

// The sample picture, as large as the input.
function shadesOf(stage, { rows, columns }) {
  const { picture } = stage.data;
  if (stage.shadesOf !== stage.text) {
    const bytes = Uint8Array.from(atob(picture.pixels), (letter) => letter.charCodeAt(0));
    stage.shades = Float32Array.from({ length: rows * columns }, (_, index) => {
      const row = Math.floor((Math.floor(index / columns) * picture.rows) / rows);
      const column = Math.floor(((index % columns) * picture.columns) / columns);
      return bytes[row * picture.columns + column] / 255;
    });
    stage.shadesOf = stage.text;
  }
  return stage.shades;
}

function frameOf(stage, seconds) {
  follow(stage, transport.advance(stage.transport, seconds));
  show(stage);
  return stage.transport.playing;
}

function follow(stage, next) {
  const changed = next.step !== stage.transport.step || (stage.transport.playing && !next.playing);
  stage.transport = next;
  if (changed) stage.report.soon();
}

function act(stage, next) {
  stage.hover = null;
  follow(stage, next);
  stage.frames.request();
  stage.report.soon();
}

// The step is no place where all layers are shown: another network has another number of them.
function placeOfStage({ field, chosen, transport: state }) {
  return { layer: nameOf(field, chosen.at), unit: chosen.unit, step: state.step === state.steps - 1 ? null : state.step };
}

function choose(stage, at, unit, remember = true) {
  if (remember) stage.earlier.push(stage.chosen);
  stage.chosen = { at, unit };
  stage.hover = null;
  setWay(stage, null);
  stage.transport = transport.pause(stage.transport);
  layOutRows(stage);
  stage.frames.request();
  stage.report.soon();
}

function point(stage, hover) {
  if (JSON.stringify(hover) === JSON.stringify(stage.hover)) return;
  stage.hover = hover;
  stage.parts.canvas.style.cursor = hover ? "pointer" : "";
  stage.frames.request();
}

// The unit under the pointer: along the other axes it stands where the chosen one's field has its middle.
function rowTarget(stage, event) {
  if (!stage.layout || stage.data.refusal) return null;
  const box = stage.parts.canvas.getBoundingClientRect();
  const found = unitAt(stage.layout, event.clientX - box.left, event.clientY - box.top);
  return found && { at: found.at, unit: placed(stage, found) };
}

function placed(stage, { at, unit }) {
  const { field, along, way } = stage;
  const onWay = way.find((stop) => stop.at === at)?.unit;
  return field.stations[at].sizes.map((size, axis) => (axis === along ? unit : (onWay?.[axis] ?? Math.floor(size / 2))));
}

function mapTarget(stage, event) {
  const axes = stage.field && mapAxes(stage.field);
  if (!stage.map || !axes || stage.data.refusal || stage.data.look.follow !== "up") return null;
  const box = stage.parts.mapCanvas.getBoundingClientRect();
  const cell = cellUnder(stage.map, event.clientX - box.left, event.clientY - box.top);
  if (!cell) return null;
  const at = focusOf(stage).until ?? stage.chosen.at;
  return at === stage.chosen.at ? { at, unit: stage.chosen.unit.map((position, axis) => (axes.includes(axis) ? cell[axes.indexOf(axis)] : position)) } : null;
}

function listen(stage) {
  const { parts } = stage;
  const on = (element, type, handler) => element.addEventListener(type, handler, { signal: stage.stop.signal });
  on(parts.canvas, "pointermove", (event) => point(stage, rowTarget(stage, event)));
  on(parts.canvas, "pointerleave", () => point(stage, null));
  on(parts.canvas, "click", (event) => clicked(stage, rowTarget(stage, event)));
  on(parts.mapCanvas, "click", (event) => clicked(stage, mapTarget(stage, event)));
  on(parts.numbers, "click", (event) => {
    const row = event.target.closest("[data-station]");
    const index = row ? stage.way.findIndex(({ at }) => at === Number(row.dataset.station)) : -1;
    if (index >= 0) act(stage, transport.seek(stage.transport, index));
  });
  wireControls(stage, {
    act: (next) => act(stage, next),
    keys: ({ forward, back }) => ({ "[": () => neighbour(stage, -1), "]": () => neighbour(stage, 1), ArrowUp: forward, ArrowDown: back }),
    letGo: () => goBack(stage),
    row: () => 1,
  });
}

// To the unit that was chosen before.
function goBack(stage) {
  const before = stage.earlier.pop();
  if (before) choose(stage, before.at, before.unit, false);
}

function clicked(stage, target) {
  stage.parts.root.focus({ preventScroll: true });
  if (target) choose(stage, target.at, target.unit);
}

// Along the axis on show.
function neighbour(stage, by) {
  const { along, chosen, field } = stage;
  const { sizes } = field.stations[chosen.at];
  if (!sizes.length) return;
  const unit = chosen.unit.map((position, axis) => (axis === along ? Math.min(Math.max(position + by, 0), sizes[axis] - 1) : position));
  choose(stage, chosen.at, unit, false);
}
