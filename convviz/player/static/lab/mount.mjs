// The stage of the training lab: a run, live or replayed. It asks the server by itself; choosing and stepping happen here alone.

import { showControls, wireControls } from "../controls.mjs";
import { makeFrames } from "../frames.mjs";
import { living } from "../lifecycle.mjs";
import { makeReport } from "../report.mjs";
import { asCard, prefersStill, readTheme } from "../surface.mjs";
import * as transport from "../transport.mjs";
import { mistakes, picturesOf } from "./confusion.mjs";
import { addressOf, goesOn, keepEpochs, keepPictures, NOTHING, watchRun } from "./feed.mjs";
import { endsAt, sampled, stepsDone, stepsPerSecond } from "./pace.mjs";
import { asStrip, makeParts } from "./parts.mjs";
import { SIX } from "./pictures.mjs";
import { grown, inTurn, isNewest, wantedEpochs } from "./place.mjs";
import "./styles.mjs";
import { fromBase64 } from "./tensors.mjs";
import { placeSpoken, placeWords, standingFacts, standingWords } from "./words.mjs";

const SPEED = 2; // epochs a second, at first
const TOLD_AGAIN = 2000; // ms: a server that was just started may have heard nothing
const FAR = 5; // epochs that an arrow up or down goes
const SPOKEN_AFTER = 700; // ms at rest

export const mount = living({ create, receive, destroy });

function create(parent) {
  const stage = { transport: { ...transport.initial(1), speed: SPEED }, stands: NOTHING, follows: true, aim: null, filter: null, paint: "weights" };
  Object.assign(stage, { pinned: null, hover: null, page: 0, record: undefined, samples: [], ends: null, stop: new AbortController() });
  stage.parts = makeParts(parent, deedsOf(stage));
  stage.frames = makeFrames((seconds) => frameOf(stage, seconds));
  stage.report = makeReport({
    waits: () => stage.transport.playing || stage.aim !== null || stage.data.only === "card",
    place: () => placeOf(stage),
    send: (place) => stage.send.setStateValue("place", { cue: stage.data.cue.id, ...place }),
  });
  stage.observer = new ResizeObserver((rooms) => resized(stage, rooms));
  for (const { room } of Object.values(stage.parts.panels)) if (room) stage.observer.observe(room);
  listen(stage);
  stage.parts.root.convviz = stage; // what a test or a curious reader can look at
  return stage;
}

// Sizes are told, not asked for: asking between two changes would lay the page out each time.
function resized(stage, rooms) {
  const panels = Object.values(stage.parts.panels);
  for (const { target, contentRect: { width, height } } of rooms) if (width && height) panels.find(({ room }) => room === target).resized(width, height);
  stage.frames.request();
}

function destroy(stage) {
  stage.frames.stop();
  stage.report.stop();
  clearTimeout(stage.speakTimer);
  stage.observer.disconnect();
  stage.stop.abort();
  stage.unwatch?.();
  stage.epochs?.stop();
  stage.pictures?.stop();
  stage.parts.root.remove();
}

// New data: another run is watched, other pictures are kept, a new cue goes to its place; all else stays as it is.
function receive(stage, bytes) {
  const text = new TextDecoder().decode(bytes);
  readTheme(stage.parts.root);
  if (text === stage.text) return;
  const old = stage.data;
  const data = JSON.parse(text);
  Object.assign(stage, { text, data });
  takeAbout(stage, old);
  if (data.run !== old?.run || !old) takeRun(stage);
  if (data.state !== old?.state) stage.toldState = null;
  if (data.cue.id !== old?.cue.id) takeCue(stage, data.cue);
  asStrip(stage.parts.root, data.only === "strip");
  asCard(stage.parts.root, data.only === "card", Boolean(data.refused));
  take(stage, stage.stands);
}

// What is known before any training; the same object for as long as it says the same.
function takeAbout(stage, old) {
  const said = JSON.stringify(stage.data.about);
  if (said === stage.aboutSaid) {
    stage.data.about = old.about;
    return;
  }
  const { about, feed } = stage.data;
  stage.aboutSaid = said;
  about.watched ??= [];
  stage.labels = fromBase64(about.labels);
  about.count = stage.labels.length;
  stage.order = inTurn(about.watched, stage.labels);
  Object.assign(stage, { page: 0, hover: null });
  stage.pictures?.stop();
  const size = about.picture.reduce((product, length) => product * length, 1);
  stage.pictures = keepPictures(addressOf(`${feed.pictures}?${about.data}`), size, () => stage.frames.request());
}

function takeRun(stage) {
  const { run, feed } = stage.data;
  stage.unwatch?.();
  stage.epochs?.stop();
  Object.assign(stage, { stands: NOTHING, unwatch: null, epochs: null, record: undefined, samples: [], ends: null, follows: true, hover: null, pinned: null });
  if (run === null || run === undefined) return;
  const address = addressOf(`${feed.runs}/${encodeURIComponent(run)}`);
  stage.epochs = keepEpochs(`${address}/epochs`, () => stage.frames.request());
  stage.unwatch = watchRun(address, (stands) => heard(stage, stands));
}

function takeCue(stage, cue) {
  const { classes, filters } = stage.data.about;
  const isThere = { cell: cue.cell?.every((each) => each < classes.length), filter: cue.filter < filters.shown };
  Object.assign(stage, { aim: cue.epoch ?? null, follows: (cue.epoch ?? null) === null, paint: cue.paint ?? "weights" });
  Object.assign(stage, { filter: isThere.filter ? cue.filter : null, pinned: isThere.cell ? cue.cell : null });
  stage.transport = transport.pause(stage.transport);
  aim(stage);
  stage.report.known();
}

// To the epoch that was asked for, as soon as it is known which there are.
function aim(stage) {
  const reached = stage.stands.figures.length;
  if (!reached) return;
  stage.transport = grown(stage.transport, reached, stage.data.about.epochs, stage.follows);
  if (stage.data.only === "card" && !stage.transport.loop && !prefersStill()) {
    stage.transport = { ...transport.toggle(stage.transport), loop: true };
  }
  if (stage.aim === null) return;
  stage.transport = transport.seek(stage.transport, stage.aim);
  stage.aim = null;
  stage.report.known();
}

// The run stands otherwise than before, or is further on.
function heard(stage, stands) {
  const before = stage.stands.figures;
  if (stands.figures.length < before.length) stage.epochs.forget(stands.figures.length);
  watchPace(stage, stands);
  take(stage, stands);
  if (stands.state === stage.data.state) stage.toldState = null;
  else if (stands.state && (stands.state !== stage.toldState || performance.now() - stage.toldAt > TOLD_AGAIN)) {
    Object.assign(stage, { toldState: stands.state, toldAt: performance.now() });
    stage.send.setTriggerValue("stands", stands.state);
  }
}

function take(stage, stands) {
  stage.stands = stands;
  stage.transport = grown(stage.transport, stands.figures.length, stage.data.about.epochs, stage.follows);
  aim(stage);
  stage.frames.request();
}

function watchPace(stage, { state, progress }) {
  if (state !== "training" || !progress) {
    Object.assign(stage, { samples: [], ends: null });
    return;
  }
  const [now, done] = [performance.now(), stepsDone(progress)];
  stage.samples = sampled(stage.samples, now, done);
  const { about } = stage.data;
  const rate = stepsPerSecond(stage.samples, progress.pictures_per_second / about.batch);
  stage.ends = endsAt(stage.ends, now, about.epochs * progress.steps - done, rate);
}

function frameOf(stage, seconds) {
  follow(stage, transport.advance(stage.transport, seconds));
  show(stage);
  return stage.transport.playing;
}

function follow(stage, next) {
  const changed = next.step !== stage.transport.step || next.playing !== stage.transport.playing;
  stage.transport = next;
  if (!changed) return;
  stage.follows = isNewest(next);
  stage.report.soon();
}

// Somebody has gone somewhere: who goes to the newest epoch follows it.
function act(stage, next) {
  follow(stage, next);
  stage.follows = isNewest(next);
  changed(stage);
}

function changed(stage) {
  stage.frames.request();
  stage.report.soon();
}

function placeOf({ follows, transport: { step }, filter, paint, pinned }) {
  return { epoch: follows ? null : step, filter, paint, cell: pinned };
}

// --- Show: each part looks for itself whether there is anything new to draw ------------------------------------------------------

function show(stage) {
  const { parts, data } = stage;
  if (!data) return;
  showStrip(stage);
  if (data.only === "strip") return;
  const figures = stage.stands.figures[stage.transport.step];
  showPlace(stage, figures);
  recall(stage);
  const curves = { figures: stage.stands.figures, epochs: data.about.epochs, place: stage.transport.step, classes: data.about.classes.length };
  parts.panels.loss.show(curves);
  parts.panels.accuracy.show(curves);
  showConfusion(stage, figures);
  showFilters(stage);
  showPictures(stage);
}

// The arrays of the place; the last ones stay until these are there.
function recall(stage) {
  const { epochs, transport: { step }, data: { about } } = stage;
  const reached = stage.stands.figures.length;
  if (!epochs || !reached) {
    epochs?.want([]);
    stage.record = undefined;
    return;
  }
  epochs.want(wantedEpochs(reached, step, stage.parts.panels.filters.shown(about.epochs, step)));
  stage.record = epochs.get(step) ?? stage.record;
}

function showStrip({ parts, stands, data: { about, told, only }, ends, transport: { step } }) {
  const { progress, figures, state } = stands;
  const seconds = ends === null ? NaN : Math.max(ends - performance.now(), 0) / 1000;
  const done = about.loaded && state === "finished" ? about.epochs : Math.max(figures.length - 1, 0);
  const part = progress && progress.epoch === done + 1 && goesOn(stands) ? progress.step / progress.steps : 0;
  parts.strip.show({ words: standingWords(stands, about, told), facts: standingFacts(stands, seconds), epochs: about.epochs, done, part });
  Object.assign(parts.root.dataset, { state: state ?? "", epochs: about.epochs, steps: figures.length, step, linkStep: "" });
  if (only === "strip") parts.root.dataset.playing = false;
}

function showPlace(stage, figures) {
  const { parts, stands, data, transport: state } = stage;
  const { about } = data;
  const [, height, width] = about.filters.shape;
  const live = goesOn(stands) && stage.follows;
  Object.assign(parts.root.dataset, { run: data.run ?? "", live, outputShape: [about.filters.shown, height, width].join("×") });
  parts.live.classList.toggle("cv-lab-off", !goesOn(stands));
  parts.live.setAttribute("aria-pressed", live);
  parts.ticks.style.setProperty("--cv-reached", `${(100 * (state.steps - 1)) / Math.max(about.epochs, 1)}%`);
  showControls(parts, parts.root, state, ({ step }) => `epoch <b>${step}</b> of ${about.epochs}`);
  const words = placeWords(figures, about.epochs);
  if (parts.arithmetic.textContent === words) return;
  parts.arithmetic.textContent = words;
  clearTimeout(stage.speakTimer);
  stage.speakTimer = setTimeout(() => (parts.spoken.textContent = placeSpoken(figures)), SPOKEN_AFTER);
}

// The cell pointed at, else the one held, else the largest mistake; its pictures, where this epoch's predictions are there.
function showConfusion(stage, figures) {
  const { parts, data: { about }, record, labels, pictures, transport: { step } } = stage;
  const focus = stage.hover ?? stage.pinned ?? (figures ? (mistakes(figures.confusion)[0] ?? null) : null);
  const isThere = record && record.epoch === step && focus;
  const numbers = isThere ? picturesOf(labels, record.predictions.data, focus) : focus ? null : [];
  if (numbers) pictures.want(numbers.slice(0, parts.panels.confusion.most()));
  parts.panels.confusion.show({ about, figures, focus: figures ? focus : null, pinned: figures ? stage.pinned : null, numbers, pictureOf: pictures.get });
}

function showFilters({ parts, data: { about }, record, epochs, stands, paint, filter, transport: { step } }) {
  const recordOf = (epoch) => epochs?.get(epoch);
  parts.panels.filters.show({ about, record, paint, filter: filter ?? 0, recordOf, last: about.epochs, place: step, reached: stands.figures.length });
}

function showPictures({ parts, data: { about }, record, labels, order, page, pictures }) {
  const rows = Array.from({ length: Math.min(SIX, order.length) }, (_, at) => order[(page * SIX + at) % order.length]);
  const numbers = rows.map((row) => about.watched[row]);
  pictures.want(numbers);
  parts.panels.pictures.show({ about, numbers, rows, labels, record, pictureOf: pictures.get });
}

// --- Do ---------------------------------------------------------------------------------------------------------------------------

function deedsOf(stage) {
  return {
    sought: (epoch) => act(stage, transport.seek(transport.pause(stage.transport), epoch)),
    followed: () => act(stage, transport.onKey(stage.transport, "End")),
    pointed: (cell) => point(stage, cell),
    clicked: (cell) => hold(stage, cell.join() === stage.pinned?.join() ? null : cell),
    chose: (filter) => choose(stage, filter),
    painted: (paint) => set(stage, { paint }),
    turned: (by) => set(stage, { page: turned(stage, by) }),
  };
}

function turned({ page, order }, by) {
  const pages = Math.max(Math.ceil(order.length / SIX), 1);
  return (page + by + pages) % pages;
}

function set(stage, change) {
  Object.assign(stage, change);
  changed(stage);
}

function point(stage, cell) {
  if (cell?.join() === stage.hover?.join()) return;
  stage.hover = cell;
  stage.frames.request();
}

const hold = (stage, pinned) => set(stage, { pinned });

function choose(stage, filter) {
  const { shown } = stage.data.about.filters;
  set(stage, { filter: (filter + shown) % shown });
}

// The next largest mistake behind the one that is held.
function holdNext(stage) {
  const { confusion } = stage.stands.figures[stage.transport.step] ?? {};
  const all = confusion ? mistakes(confusion) : [];
  const at = all.findIndex((cell) => cell.join() === stage.pinned?.join());
  if (all.length) hold(stage, all[(at + 1) % all.length]);
}

function listen(stage) {
  const { root, middle } = stage.parts;
  const on = (element, type, handler) => element.addEventListener(type, handler, { signal: stage.stop.signal });
  on(middle, "mousedown", (event) => {
    event.preventDefault(); // the stage keeps the focus, so its keys go on working
    root.focus({ preventScroll: true });
  });
  const paint = () => set(stage, { paint: stage.paint === "weights" ? "frequencies" : "weights" });
  const filter = (by) => () => choose(stage, (stage.filter ?? 0) + by);
  const page = () => set(stage, { page: turned(stage, 1) });
  const mistake = () => holdNext(stage);
  const far = (by) => () => act(stage, transport.nudge(stage.transport, by * FAR));
  wireControls(stage, {
    act: (next) => act(stage, next),
    keys: () => ({ ArrowUp: far(-1), ArrowDown: far(1), "[": filter(-1), "]": filter(1), f: paint, F: paint, m: mistake, M: mistake, p: page, P: page }),
    letGo: () => hold(stage, null),
    row: () => 1,
  });
}
