// The receptive field's stage: one element, kept alive while data changes. Stepping, pointing and choosing happen here alone.

import { showControls } from "../controls.mjs";
import { forgetFont } from "../ink.mjs";
import { living } from "../lifecycle.mjs";
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

const REPORT_AFTER = 350; // ms at rest before the server hears of the place
const SLOW = 14; // ms: a map that takes longer follows the pointer when it rests
const MAP_AFTER = 70; // ms of that rest
const ROWS = { high: 6, low: 5 }; // lines of numbers, by the window's height

const prefersStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const mount = living({ create, receive, destroy });

function create(parent) {
  const parts = makeParts(parent);
  const stage = { parts, transport: { ...transport.initial(1), speed: 1 }, chosen: null, hover: null, earlier: [], frame: 0, lastTime: 0, mapCost: 0, reported: "", stop: new AbortController() };
  stage.observer = new ResizeObserver(() => resize(stage));
  stage.observer.observe(parts.rows);
  stage.observer.observe(parts.map);
  listen(stage);
  parts.root.convviz = stage; // what a test or a curious reader can look at
  return stage;
}

function destroy(stage) {
  cancelAnimationFrame(stage.frame);
  clearTimeout(stage.reportTimer);
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
  Object.assign(stage, { text, data, field: data.field, hover: null });
  const { root } = stage.parts;
  root.classList.toggle("cv-compact", data.compact);
  root.toggleAttribute("inert", data.compact);
  root.classList.toggle("cv-refused", Boolean(data.refusal));
  root.dataset.convviz = data.compact ? "card" : "stage";
  stage.along = Math.min(data.look.along, data.field.stations[0].sizes.length - 1);
  if (begins) {
    stage.chosen = { at: data.cue.at, unit: data.cue.unit };
    stage.earlier = [];
    stage.wantedStep = data.cue.step;
  } else {
    stage.chosen = kept(data, old, stage.chosen);
    stage.wantedStep = stage.transport.step === stage.transport.steps - 1 ? null : stage.transport.step;
  }
  setWay(stage, stage.wantedStep);
  if (begins && data.compact && !prefersStill()) stage.transport = { ...stage.transport, playing: true, loop: true, speed: 1 };
  if (begins) stage.reported = placeKey(stage);
  else reportSoon(stage);
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
  parts.root.dataset.theme = isDark(parts.root) ? "dark" : "light";
  stage.colours = readColours(parts.root);
  stage.scale = devicePixelRatio || 1;
  parts.right.hidden = stage.data.compact;
  parts.map.hidden = field.stations[0].sizes.length < 2;
  for (const [canvas, room] of [[parts.canvas, parts.rows], [parts.mapCanvas, parts.map]]) {
    const pixels = [room.clientWidth, room.clientHeight].map((size) => Math.round(size * stage.scale));
    if (canvas.width === pixels[0] && canvas.height === pixels[1]) continue;
    [canvas.width, canvas.height] = pixels;
    forgetFont(canvas.getContext("2d"));
  }
  layOutRows(stage);
  show(stage);
  if (stage.transport.playing) request(stage);
}

function layOutRows(stage) {
  const { parts, field, along, data, colours, scale } = stage;
  const seen = spanOn(field, stage.chosen.at, along, stage.chosen.unit[along]) ?? [0, 0];
  const room = { width: parts.rows.clientWidth, height: parts.rows.clientHeight, compact: data.compact, foot: data.effective?.magnitude ? 112 : 52 };
  stage.layout = layOut(field, along, room, seen);
  const canvas = new OffscreenCanvas(Math.max(parts.canvas.width, 1), Math.max(parts.canvas.height, 1));
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  paintUnits(ctx, field, stage.layout, colours);
  stage.painted = canvas;
}

function isDark(root) {
  const [red, green, blue] = getComputedStyle(root).backgroundColor.match(/[\d.]+/g).map(Number);
  return 0.3 * red + 0.59 * green + 0.11 * blue < 128;
}

// The unit whose field is on show: that pointed at, or that of the step.
function focusOf(stage) {
  const { transport: state, way, hover, data } = stage;
  if (hover) return { ...hover, pointed: true };
  return data.look.follow === "up" ? { ...stage.chosen, until: way[state.step].at } : way[state.step];
}

function show(stage) {
  const { parts, field, layout, along } = stage;
  if (!layout) return;
  const focus = focusOf(stage);
  const unit = focus.unit[along] ?? 0;
  const up = stage.data.look.follow === "up";
  const until = focus.until ?? field.stations.length - 1;
  stage.shown = up ? { at: focus.at, unit, until, reached: reachedAlong(field, along, focus.at, unit) } : { at: focus.at, unit, ...marksAlong(field, along, focus.at, unit) };
  drawRows(stage, focus, up);
  const key = JSON.stringify([focus, stage.chosen, stage.transport.step, up]);
  if (key !== stage.shownKey || stage.text !== stage.shownText) {
    [stage.shownKey, stage.shownText] = [key, stage.text];
    showWords(stage, focus, up);
    showMapSoon(stage, focus, up);
  } else {
    showMap(stage, focus, up);
  }
  showControls(parts, parts.root, stage.transport, ({ step, steps }) => `layer <b>${step}</b> of ${steps - 1}`);
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
  drawFoot(ctx, field, layout, colours, focus.at, shown.unit);
  if (stage.data.effective?.magnitude) drawEffective(ctx, layout, colours, stage.data.effective, stage.along);
}

function showWords(stage, focus, up) {
  const { parts, field, along, data, shown, way, transport: state } = stage;
  const station = field.stations[focus.at];
  Object.assign(parts.root.dataset, { step: state.step, steps: state.steps, layer: station.name, unit: focus.unit.join("×"), outputShape: station.shape });
  fillFormula(parts.formula, { refusal: data.refusal, station, along }, () => stage.send.setTriggerValue("remedy", true));
  parts.title.textContent = `Along the ${data.look.names[along]}`;
  fillLegend(parts.legend, data.look.follow);
  fillNumbers(parts.numbers, field, along, focus.pointed ? wayDown(field, focus.at, focus.unit) : way, focus.pointed ? focus.at : state.step, innerHeight > 800 ? ROWS.high : ROWS.low);
  const tokens = up ? reachedLine(field, along, shown.at, shown.unit, shown.reached, shown.until) : readLine(field, along, shown.at, shown.unit, shown);
  fillTokens(parts.arithmetic, tokens);
  parts.note.textContent = data.note || "In input cells from the edge; start and centre of unit 0.";
  if (!state.playing && !focus.pointed && parts.live.textContent !== spoken(tokens)) parts.live.textContent = spoken(tokens);
}

// The map at once where it is quick, else when the pointer or the steps rest.
function showMapSoon(stage, focus, up) {
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
  parts.aside.textContent = "";
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
  const heat = data.effective?.magnitude && !up ? effectiveShades(data.effective, over.rows, over.columns) : null;
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
    parts.aside.textContent = data.effective ? data.effective.words : overWords(field, axes, over, spans);
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

// Ask for one frame; the loop goes on by itself while something moves.
function request(stage) {
  if (stage.frame) return;
  stage.lastTime = 0;
  stage.frame = requestAnimationFrame((time) => tick(stage, time));
}

function tick(stage, time) {
  const seconds = stage.lastTime ? Math.min((time - stage.lastTime) / 1000, 0.25) : 0;
  stage.frame = 0;
  follow(stage, transport.advance(stage.transport, seconds));
  show(stage);
  if (!stage.transport.playing) return;
  request(stage);
  stage.lastTime = time;
}

function follow(stage, next) {
  const changed = next.step !== stage.transport.step || (stage.transport.playing && !next.playing);
  stage.transport = next;
  if (changed) reportSoon(stage);
}

function act(stage, next) {
  stage.hover = null;
  follow(stage, next);
  request(stage);
  reportSoon(stage);
}

const placeKey = ({ field, chosen, transport: state }) =>
  JSON.stringify({ layer: nameOf(field, chosen.at), unit: chosen.unit, step: state.step === state.steps - 1 ? null : state.step });

function reportSoon(stage) {
  clearTimeout(stage.reportTimer);
  if (stage.transport.playing || stage.data.compact) return;
  stage.reportTimer = setTimeout(() => {
    const key = placeKey(stage);
    if (key === stage.reported) return;
    stage.reported = key;
    stage.send.setStateValue("place", { ...JSON.parse(key), cue: stage.data.cue.id });
  }, REPORT_AFTER);
}

function choose(stage, at, unit, remember = true) {
  if (remember) stage.earlier.push(stage.chosen);
  stage.chosen = { at, unit };
  stage.hover = null;
  const ends = stage.data.look.follow === "up" ? null : undefined;
  setWay(stage, ends);
  stage.transport = transport.pause(stage.transport);
  layOutRows(stage);
  request(stage);
  reportSoon(stage);
}

function point(stage, hover) {
  if (JSON.stringify(hover) === JSON.stringify(stage.hover)) return;
  stage.hover = hover;
  stage.parts.canvas.style.cursor = hover ? "pointer" : "";
  request(stage);
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
  on(parts.root, "keydown", (event) => key(stage, event));
  on(parts.controls, "mousedown", (event) => {
    if (event.target !== parts.scrubber) event.preventDefault(); // the stage keeps the focus, so its keys go on working
    parts.root.focus({ preventScroll: true });
  });
  on(parts.controls, "click", (event) => {
    const name = event.target.closest("[data-act]")?.dataset.act;
    if (name) ACTIONS[name](stage);
  });
  on(parts.scrubber, "input", () => act(stage, transport.seek(stage.transport, Number(parts.scrubber.value))));
  on(parts.scrubber, "change", () => parts.root.focus({ preventScroll: true }));
}

function clicked(stage, target) {
  stage.parts.root.focus({ preventScroll: true });
  if (target) choose(stage, target.at, target.unit);
}

const ACTIONS = {
  first: (stage) => act(stage, transport.onKey(stage.transport, "Home")),
  back: (stage) => act(stage, transport.nudge(stage.transport, -1)),
  play: (stage) => act(stage, transport.toggle(stage.transport)),
  forward: (stage) => act(stage, transport.nudge(stage.transport, 1)),
  last: (stage) => act(stage, transport.onKey(stage.transport, "End")),
  slower: (stage) => act(stage, transport.faster(stage.transport, -1)),
  faster: (stage) => act(stage, transport.faster(stage.transport, 1)),
  loop: (stage) => act(stage, { ...stage.transport, loop: !stage.transport.loop }),
  help: (stage) => stage.parts.help.toggleAttribute("hidden"),
};

// Along the axis on show.
function neighbour(stage, by) {
  const { along, chosen, field } = stage;
  const { sizes } = field.stations[chosen.at];
  if (!sizes.length) return;
  const unit = chosen.unit.map((position, axis) => (axis === along ? Math.min(Math.max(position + by, 0), sizes[axis] - 1) : position));
  choose(stage, chosen.at, unit, false);
}

const KEY_ACTIONS = {
  "?": ACTIONS.help,
  l: ACTIONS.loop,
  L: ACTIONS.loop,
  "[": (stage) => neighbour(stage, -1),
  "]": (stage) => neighbour(stage, 1),
  ArrowUp: ACTIONS.forward,
  ArrowDown: ACTIONS.back,
};

function key(stage, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  event.stopPropagation(); // keeps Streamlit's own one-letter shortcuts out
  if (event.target !== stage.parts.root) return;
  if (event.key === "Escape") {
    stage.parts.help.hidden = true;
    const before = stage.earlier.pop();
    if (before) choose(stage, before.at, before.unit, false);
  } else if (event.key in KEY_ACTIONS) {
    KEY_ACTIONS[event.key](stage);
  } else {
    const next = transport.onKey(stage.transport, event.key, 1);
    if (!next) return;
    act(stage, next);
  }
  event.preventDefault();
}
