// The stage: one element, kept alive while data changes. Playing happens here alone; the server hears of a step only at rest.

import { fillArithmetic } from "./arithmetic.mjs";
import { fillAside } from "./aside.mjs";
import { cellAt, nearestStep } from "./cells.mjs";
import { showControls, wireControls } from "./controls.mjs";
import { drawFrame } from "./draw.mjs";
import { edit } from "./edit.mjs";
import { choiceOf, focusOf } from "./faces.mjs";
import { makeFrames } from "./frames.mjs";
import { readPalette, setFont } from "./ink.mjs";
import { hit, layOut, rectAt } from "./layout.mjs";
import { living } from "./lifecycle.mjs";
import { clockOf, litBy, stepCount } from "./links.mjs";
import { paint, paintLanded } from "./paint.mjs";
import { decode } from "./payload.mjs";
import { makeReport } from "./report.mjs";
import { fillFormula, makeSkeleton } from "./skeleton.mjs";
import "./styles.mjs";
import { asCard, fitCanvas, prefersStill, readTheme } from "./surface.mjs";
import * as transport from "./transport.mjs";
import { stepWords } from "./words.mjs";

const GLIDE_SECONDS = 0.18;

export const mount = living({ create, receive, destroy });

function create(parent) {
  const parts = makeSkeleton(parent);
  const stage = {
    parts,
    transport: transport.initial(1),
    view: { step: 0, from: 0, glide: 1, hover: null, pin: null },
    channel: 0, // the output channel on show where inputs tick
    edits: [],
    unfolded: false,
    stop: new AbortController(),
  };
  stage.frames = makeFrames((seconds) => frameOf(stage, seconds));
  stage.report = makeReport({
    waits: () => stage.transport.playing || stage.scene.compact,
    place: () => ({ step: stage.transport.step, pin: stage.view.pin, channel: stage.channel }),
    send: (place) => stage.send.setStateValue("place", { ...place, cue: stage.scene.cue.id }),
  });
  stage.observer = new ResizeObserver(() => resize(stage));
  stage.observer.observe(parts.field);
  listen(stage);
  parts.root.convviz = stage; // what a test or a curious reader can look at
  return stage;
}

function destroy(stage) {
  stage.frames.stop();
  stage.report.stop();
  stage.observer.disconnect();
  stage.stop.abort();
  stage.parts.root.remove();
}

// New data: the same bytes mean a theme change at most; else the place is kept as near as the new shape allows.
function receive(stage, bytes) {
  const scene = decode(bytes);
  const old = stage.scene;
  stage.scene = scene;
  asCard(stage.parts.root, scene.compact, Boolean(scene.refusal));
  stage.edits = stage.edits.filter((edit) => edit.id > scene.cue.edits);
  const kept = old ? nearestStep(stage.transport.step, clockOf(old).shape, clockOf(scene).shape, old.clock === scene.clock) : 0;
  stage.transport = { ...stage.transport, steps: stepCount(scene) };
  if (!old || old.cue.id !== scene.cue.id) {
    jump(stage, scene.cue.step);
    stage.channel = scene.cue.channel;
    stage.view.pin = targetOf(scene, scene.cue.pin);
    if (scene.compact && !prefersStill()) stage.transport = { ...stage.transport, playing: true, loop: true, speed: 2 };
    stage.report.known();
  } else {
    jump(stage, kept);
    stage.view.pin = targetOf(scene, stage.view.pin);
    stage.view.hover = targetOf(scene, stage.view.hover);
    stage.report.soon(); // a new shape can move the step and drop the pin
  }
  fillFormula(stage.parts.formula, scene, () => stage.send.setTriggerValue("remedy", true));
  resize(stage);
}

// A pin or a pointer from an earlier scene, where its cell still exists.
function targetOf(scene, target) {
  const shape = target && scene.grids[target.grid]?.shape;
  const fits = shape && target.cell.length === shape.length && target.cell.every((p, axis) => p >= 0 && p < shape[axis]);
  return fits ? target : null;
}

function jump(stage, step) {
  stage.transport = { ...stage.transport, step: Math.min(Math.max(step, 0), stage.transport.steps - 1) };
  Object.assign(stage.view, { step: stage.transport.step, from: stage.transport.step, glide: 1 });
}

function resize(stage) {
  const { canvas, field, root } = stage.parts;
  if (!stage.scene || !field.clientWidth || !field.clientHeight) return;
  readTheme(root);
  showAside(stage); // takes its room first
  stage.scale = devicePixelRatio || 1;
  stage.layout = layOut(stage.scene, field.clientWidth, field.clientHeight, stage.scene.compact);
  stage.palette = readPalette(root);
  stage.character = digitWidth(stage);
  stage.paintedFor = "";
  fitCanvas(canvas, field, stage.scale);
  show(stage);
  if (stage.transport.playing) stage.frames.request();
}

// The width of a digit in the line of arithmetic, in whatever font there is.
function digitWidth({ parts, palette }) {
  setFont(parts.context, palette, 700, Number.parseFloat(getComputedStyle(parts.sum).fontSize));
  return parts.context.measureText("0").width;
}

// Bring canvas and words up to date now, in this frame.
function show(stage) {
  prepare(stage);
  drawFrame(stage.parts.context, stage.scene, stage.layout, stage.palette, stage.painted, stage.scale, stage.view, stage.focus);
  const key = JSON.stringify([stage.view.step, stage.view.hover, stage.view.pin, stage.channel]);
  if (key !== stage.shownKey || stage.scene !== stage.shownScene) {
    stage.shownKey = key;
    stage.shownScene = stage.scene;
    showWords(stage);
  }
  showTransport(stage);
}

// Paint anew where another channel is on show, and bring sums up to the step.
function prepare(stage) {
  const { scene, layout, palette, scale, view } = stage;
  stage.focus = focusOf(scene, view.step, stage.channel);
  const key = JSON.stringify(stage.focus);
  if (key !== stage.paintedFor) {
    stage.painted = paint(scene, layout, palette, scale, stage.focus, stage.painted);
    stage.paintedFor = key;
  }
  paintLanded(stage.painted, scene, layout, palette, scale, stage.focus, view.step);
}

function showAside(stage) {
  const { scene, view } = stage;
  const target = [view.hover, view.pin].find((each) => each?.grid === "output");
  const cell = target ? target.cell : cellAt(view.step, clockOf(scene).shape);
  if (stage.asideOf === scene && stage.asideAt === cell.join()) return;
  [stage.asideOf, stage.asideAt] = [scene, cell.join()];
  fillAside(stage.parts.aside, scene, { cell });
}

function showWords(stage) {
  const { scene, parts, view } = stage;
  parts.root.dataset.step = view.step;
  parts.root.dataset.steps = stage.transport.steps;
  parts.root.dataset.outputShape = scene.grids.output.shape.join("×");
  const step = cellAt(view.step, clockOf(scene).shape);
  fillArithmetic(parts, scene, { ...view, step }, {
    width: parts.sum.clientWidth,
    character: stage.character,
    landed: view.step,
    unfolded: stage.unfolded,
    unfold: () => unfold(stage),
  });
  showAside(stage);
  if (!stage.transport.playing) speak(stage);
}

function unfold(stage) {
  stage.unfolded = !stage.unfolded;
  stage.shownKey = "";
  stage.frames.request();
}

// Politely, and only at rest: a voice that reads every step of a running animation is noise.
function speak(stage) {
  const { scene, view } = stage;
  const words = stepWords(scene, view.step, cellAt(view.step, clockOf(scene).shape));
  if (stage.parts.live.textContent !== words) stage.parts.live.textContent = words;
}

function showTransport(stage) {
  const { parts, transport: state } = stage;
  const rests = parts.root.dataset.playing !== String(state.playing) && !state.playing;
  showControls(parts, parts.root, state, ({ step, steps }) => `step <b>${step + 1}</b> of ${steps}`);
  if (rests && stage.layout) speak(stage);
}

function frameOf(stage, seconds) {
  follow(stage, transport.advance(stage.transport, seconds));
  const { view } = stage;
  view.glide = Math.min(1, view.glide + seconds / GLIDE_SECONDS);
  show(stage);
  return stage.transport.playing || view.glide < 1;
}

// Take over a new transport state; the window glides to a neighbouring step unless steps come too fast to follow.
function follow(stage, next) {
  const moved = next.step !== stage.transport.step;
  const ended = stage.transport.playing && !next.playing;
  const glides = Math.abs(next.step - stage.transport.step) === 1 && next.speed <= 4 && !prefersStill();
  const { view } = stage;
  if (moved) Object.assign(view, { from: view.step, step: next.step, glide: glides ? 0 : 1 });
  stage.transport = next;
  if (moved || ended) stage.report.soon();
}

function act(stage, next) {
  follow(stage, next);
  stage.frames.request();
  stage.report.soon();
}

function setTarget(stage, name, target) {
  const old = stage.view[name];
  if (JSON.stringify(old) === JSON.stringify(target)) return;
  stage.view[name] = target;
  stage.frames.request();
  if (name === "pin") stage.report.soon();
}

function listen(stage) {
  const { parts } = stage;
  const on = (element, type, handler) => element.addEventListener(type, handler, { signal: stage.stop.signal });
  on(parts.canvas, "pointermove", (event) => point(stage, targetAt(stage, event)));
  on(parts.canvas, "pointerleave", () => setTarget(stage, "hover", null));
  on(parts.canvas, "click", (event) => click(stage, targetAt(stage, event)));
  wireControls(stage, {
    act: (next) => act(stage, next),
    keys: () => ({
      Enter: () => unfold(stage),
      "[": () => choose(stage, (channel) => channel - 1),
      "]": () => choose(stage, (channel) => channel + 1),
    }),
    letGo: () => setTarget(stage, "pin", null),
    row: () => clockOf(stage.scene).shape.at(-1),
  });
}

// Another output channel: the same place in it where outputs tick, else the one that is looked at.
function choose(stage, channelAfter) {
  const grid = choiceOf(stage.scene);
  if (!grid) return;
  const ticks = stage.scene.clock === "output";
  const perChannel = grid.data.length / grid.shape[0];
  const { step } = stage.transport;
  const channel = channelAfter(ticks ? Math.floor(step / perChannel) : stage.channel);
  if (channel < 0 || channel >= grid.shape[0]) return;
  if (ticks) {
    act(stage, transport.seek(stage.transport, channel * perChannel + (step % perChannel)));
    return;
  }
  stage.channel = channel;
  stage.frames.request();
  stage.report.soon();
}

function targetAt(stage, event) {
  if (!stage.layout || stage.scene.refusal) return null;
  const box = stage.parts.canvas.getBoundingClientRect();
  return hit(stage.scene, stage.layout, stage.focus, event.clientX - box.left, event.clientY - box.top);
}

function point(stage, target) {
  stage.parts.canvas.style.cursor = target?.channel === undefined ? "" : "pointer";
  setTarget(stage, "hover", target?.grid ? target : null);
}

// A click pins; on a number that can be changed it also opens the cell for typing. A second click lets go.
function click(stage, target) {
  stage.parts.root.focus({ preventScroll: true });
  if (target?.channel !== undefined) {
    choose(stage, () => target.channel);
    return;
  }
  const same = JSON.stringify(target) === JSON.stringify(stage.view.pin);
  setTarget(stage, "pin", same ? null : target);
  if (target && !same && stage.scene.grids[target.grid].editable) edit(stage, target, setTarget);
}

// For tests: exactly what lights up now.
export const litNow = (root) => litBy(root.convviz.scene, root.convviz.view.hover ?? root.convviz.view.pin);

// And where a position of a grid stands, on the sheet of a slot.
export const rectNow = (root, name, position, slot = 0) => rectAt(root.convviz.layout.grids[name], slot, position);
