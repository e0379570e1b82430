// The stage of a trained network: a patch slides over a picture. It asks the server by itself; playing, dragging and choosing happen
// here alone.

import { showControls, wireControls } from "../controls.mjs";
import { makeFrames } from "../frames.mjs";
import { addressOf, keepPictures } from "../lab/feed.mjs";
import { living } from "../lifecycle.mjs";
import { makeReport } from "../report.mjs";
import { asCard, prefersStill, readTheme } from "../surface.mjs";
import * as transport from "../transport.mjs";
import { keepAnswers } from "./answers.mjs";
import { mapsQuestion, occlusionQuestion } from "./ask.mjs";
import { aboutClass, carried, chancesOf, isUnit, fieldOf, news, positionOf, readOcclusion, rowOf, steepest, strongestUnit, valuesOf, VIEWS, winnerOf } from "./model.mjs";
import { fillLine, fillRefusal, makeParts } from "./parts.mjs";
import { readColours, scaleOf } from "./scale.mjs";
import { keepPacked, mapQuestions, storyQuestions } from "./story.mjs";
import "./top-styles.mjs";
import { scaleWords, spokenWords, sumWords, verdictWords } from "./words.mjs";

const SPEED = 16; // positions a second, at first
const CARD_SPEED = 32; // in a card nobody makes it faster
const LATE = 300; // ms, after which what is old is pale
const SPOKEN_AFTER = 700; // ms at rest
const TYPED = "input, select, textarea"; // keep the focus that they are given

export const mount = living({ create, receive, destroy });

function create(parent) {
  const stage = { transport: { ...transport.initial(1), speed: SPEED }, asked: {}, told: {}, picks: {}, shows: "probability", mix: 0.5, stop: new AbortController() };
  Object.assign(stage, { picture: null, klass: null, unit: null, hover: null, peek: null, placed: false, played: false, aim: null, scene: null, settled: null, shown: null, refused: "" });
  stage.parts = makeParts(parent, deedsOf(stage));
  stage.frames = makeFrames((seconds) => frameOf(stage, seconds));
  stage.packed = keepPacked(() => stage.frames.request());
  stage.report = makeReport({
    waits: () => stage.transport.playing || stage.aim !== null || !stage.scene || stage.data.only === "card",
    place: () => placeOf(stage),
    send: (place) => tell(stage, place),
  });
  stage.observer = new ResizeObserver((rooms) => resized(stage, rooms));
  for (const part of roomsOf(stage)) stage.observer.observe(part.room ?? part.node);
  listen(stage);
  stage.parts.root.convviz = stage; // what a test or a curious reader can look at
  return stage;
}

const roomsOf = ({ parts: { top, lower } }) => [top, lower].filter(({ resized }) => resized);

// Sizes are told, not asked for: asking between two changes would lay the page out each time.
function resized(stage, rooms) {
  const parts = roomsOf(stage);
  for (const { target, contentRect: { width, height } } of rooms) if (width && height) parts.find(({ room, node }) => (room ?? node) === target).resized(width, height);
  stage.frames.request();
}

function destroy(stage) {
  stage.frames.stop();
  stage.report.stop();
  clearTimeout(stage.speakTimer);
  clearTimeout(stage.lateTimer);
  stage.observer.disconnect();
  stage.stop.abort();
  stage.answers?.stop();
  stage.tellers?.stop();
  stage.pictures?.stop();
  stage.parts.lower.stop?.();
  stage.parts.root.remove();
}

// --- What the page says -----------------------------------------------------------------------------------------------------------

// New data: another run is asked, what the page asks otherwise is taken over, a new cue goes to its place; all else stays as it is.
function receive(stage, bytes) {
  const text = new TextDecoder().decode(bytes);
  takeTheme(stage);
  if (text === stage.text) return;
  const old = stage.data;
  const data = JSON.parse(text);
  const isOther = data.run !== old?.run;
  Object.assign(stage, { text, data });
  takeAbout(stage, old);
  if (isOther) takeRun(stage);
  if (isOther || data.about.weights !== old.about.weights) takeWeights(stage);
  takeAsked(stage, news(data.asked, isOther ? null : old.asked, isOther ? {} : stage.told));
  if (data.cue.id !== old?.cue.id) takeCue(stage, data.cue);
  asCard(stage.parts.root, data.only === "card", Boolean(data.refused));
  stage.parts.root.classList.toggle("cv-in-alone", data.only !== "");
  stage.frames.request();
}

function takeTheme(stage) {
  const { root } = stage.parts;
  readTheme(root);
  if (root.dataset.theme === stage.theme) return;
  stage.theme = root.dataset.theme;
  stage.colours = readColours(root);
  stage.frames.request();
}

// The same object for as long as it says the same.
function takeAbout(stage, old) {
  const said = JSON.stringify(stage.data.about);
  if (said === stage.aboutSaid) {
    stage.data.about = old.about;
    return;
  }
  const { about, feed } = stage.data;
  stage.aboutSaid = said;
  stage.pictures?.stop();
  const size = about.picture.reduce((product, length) => product * length, 1);
  stage.pictures = keepPictures(addressOf(`${feed.pictures}?${about.data}`), size, () => stage.frames.request());
}

function takeRun(stage) {
  const { feed } = stage.data;
  stage.tellers?.stop();
  stage.tellers = keepAnswers(addressOf(feed.inside), () => stage.frames.request());
  Object.assign(stage, { scene: null, settled: null, shown: null, unit: null, hover: null, peek: null, placed: false, played: false });
  stage.transport = { ...transport.pause(stage.transport), step: 0, steps: 1 };
}

// A run that trains on has other ones: all that is asked is asked of these, and what is shown stays until it is answered.
function takeWeights(stage) {
  const { run, feed, about } = stage.data;
  stage.answers?.stop();
  stage.answers = keepAnswers(addressOf(`${feed.inside}/${encodeURIComponent(run)}@${about.weights}`), () => stage.frames.request());
  Object.assign(stage, { wantedKey: "", askedKey: "", sceneKey: "" });
}

// Of another picture the class is its own, unless the page says which.
function takeAsked(stage, { picture = stage.picture, klass, ...settings }) {
  if (picture !== stage.picture) Object.assign(stage, { picture, klass: null, peek: null });
  // From here on an echo of what the stage said of the class before is news.
  if (klass !== undefined) Object.assign(stage, { klass, told: { ...stage.told, klass } });
  stage.asked = { ...stage.asked, ...settings };
}

function takeCue(stage, cue) {
  const { stages } = stage.data.about;
  const isPlaced = (cue.step ?? null) !== null;
  Object.assign(stage, { shows: cue.shows, mix: cue.mix, picks: { ...cue.picks }, unit: isUnit(cue.unit, stages) ? cue.unit : null });
  Object.assign(stage, { aim: isPlaced ? cue.step : null, placed: isPlaced, played: isPlaced, peek: null, hover: null });
  stage.transport = transport.pause(stage.transport);
  if (stage.scene?.grid) settleStep(stage, stage.scene, stage.scene);
  stage.report.known();
}

// What the page hears: what it then asks for of that is no news.
function tell(stage, place) {
  stage.told = { picture: place.picture, klass: place.klass };
  stage.send.setStateValue("place", { cue: stage.data.cue.id, ...place });
}

function placeOf({ placed, transport: { step }, shows, mix, unit, picks, klass, picture, scene }) {
  return { step: placed ? step : null, shows, mix, unit, picks, klass: klass ?? scene?.klass ?? null, picture };
}

// --- What the server answers --------------------------------------------------------------------------------------------------------

const wantedOf = ({ picture, asked, data }) => [...(data.refused ? [] : [occlusionQuestion(picture, asked)]), mapsQuestion(picture)];

function take(stage) {
  const wanted = wantedOf(stage);
  watchTime(stage, wanted.join(" "));
  const [maps, occlusion] = [stage.answers.get(wanted.at(-1)), wanted.length > 1 ? stage.answers.get(wanted[0]) : undefined];
  stage.refused = stage.data.refused || maps?.refused || occlusion?.refused || "";
  const isThere = { maps: maps && !maps.refused, occlusion: occlusion && !occlusion.refused };
  if (isThere.maps) takeMaps(stage, maps);
  const whole = isThere.maps && isThere.occlusion;
  if (whole && stage.sceneKey !== stage.wantedKey) settle(stage, maps, occlusion);
  else if (isThere.maps && !whole && (stage.late || !stage.scene || stage.refused) && stage.scene?.of !== stage.picture) settle(stage, maps, null);
  stage.waits = Boolean(stage.late && !whole && !stage.refused);
}

// How long what is wanted has been on its way.
function watchTime(stage, key) {
  if (stage.wantedKey === key) return;
  Object.assign(stage, { wantedKey: key, late: false });
  clearTimeout(stage.lateTimer);
  stage.lateTimer = setTimeout(() => {
    stage.late = true;
    stage.frames.request();
  }, LATE);
}

function takeMaps(stage, maps) {
  if (stage.shown?.logits === maps.logits) return;
  stage.shown = { ...maps, of: stage.picture };
  stage.strongest = strongestUnit(maps, stage.data.about.stages);
}

// A picture, its answer, and where the patch slides over it; without an occlusion only the first two.
function settle(stage, maps, occlusion) {
  const { patch, stride } = stage.asked;
  const plain = chancesOf(maps.logits.data, maps.logits.data.length);
  const { label } = maps.told;
  const scene = { of: stage.picture, picture: maps.picture, label, plain, klass: label ?? winnerOf(plain), reading: null, grid: null };
  if (occlusion) {
    const [, ...sizes] = maps.picture.shape;
    scene.reading = readOcclusion(occlusion);
    scene.grid = { counts: occlusion.scores.shape.slice(0, 2), sizes, patch, stride };
    Object.assign(scene, { filled: occlusion.filled, plain: scene.reading.plain });
  }
  Object.assign(stage, { scene, sceneKey: occlusion ? stage.wantedKey : "" });
  if (scene.grid) settleStep(stage, stage.settled, scene);
  stage.report.soon();
}

// The place of before on the new grid; until somebody has gone anywhere, where the class loses the most.
function settleStep(stage, before, scene) {
  const { grid, reading } = scene;
  const { step } = stage.transport;
  const steps = grid.counts[0] * grid.counts[1];
  const there = !stage.placed ? steepest(reading, klassOf(stage)) : stage.aim !== null ? stage.aim : before?.grid ? carried(step, before.grid, grid) : step;
  stage.transport = { ...stage.transport, steps, step: Math.min(there, steps - 1) };
  Object.assign(stage, { aim: null, settled: scene, peek: null });
  if (stage.data.only === "card" && !stage.placed && !prefersStill()) playCard(stage);
}

function playCard(stage) {
  Object.assign(stage, { placed: true, played: true });
  stage.transport = { ...transport.toggle(transport.seek(stage.transport, 0)), loop: true, speed: CARD_SPEED };
}

const klassOf = ({ klass, scene, data }) => klass ?? scene?.klass ?? data.asked.klass ?? 0;

// What is wanted of the server, the patch first; the story once the first picture's own answers are there.
function ask(stage, model) {
  const { answers, parts, data } = stage;
  const questions = [...wantedOf(stage), ...(data.only === "" ? parts.lower.questions(model) : [])];
  const key = questions.join(" ");
  if (key !== stage.askedKey) answers.want(questions);
  stage.askedKey = key;
}

// --- Show: each part looks for itself whether there is anything new to draw --------------------------------------------------------

function frameOf(stage, seconds) {
  if (!stage.refused) follow(stage, transport.advance(stage.transport, seconds));
  show(stage);
  return stage.transport.playing;
}

function follow(stage, next) {
  const changed = next.step !== stage.transport.step || next.playing !== stage.transport.playing;
  stage.transport = next;
  if (changed) stage.report.soon();
}

function show(stage) {
  if (!stage.data) return;
  take(stage);
  const model = modelOf(stage);
  ask(stage, model);
  const { parts, data, scene } = stage;
  parts.root.classList.toggle("cv-refused", Boolean(stage.refused));
  parts.root.classList.toggle("cv-in-waits", stage.waits);
  parts.top.show(model);
  if (data.only === "") parts.lower.show(model);
  const { step, steps } = stage.transport;
  const { counts } = scene?.grid ?? stage.settled?.grid ?? { counts: [] };
  Object.assign(parts.root.dataset, { step, steps, run: data.run, picture: stage.picture, klass: model.klass, outputShape: ["1", ...counts].join("×"), linkStep: stage.placed ? step : "" });
  showControls(parts, parts.root, stage.transport, ({ step, steps }) => `step <b>${step + 1}</b> of ${steps}`);
  showLine(stage, model);
}

function modelOf(stage) {
  const { data: { about, only }, scene, shown, transport: state, peek, theme, colours } = stage;
  const klass = klassOf(stage);
  const step = state.playing ? state.step : (peek ?? state.step);
  const unit = stage.unit ?? (shown ? stage.strongest : null);
  const [, ...sizes] = about.picture;
  const base = { about, answers: stage.answers, asked: stage.asked, view: stage.asked.view, picture: stage.picture, shown, klass, unit, hover: stage.hover, step };
  const chosen = { transport: state, shows: stage.shows, mix: stage.mix, picks: stage.picks, theme, pictureOf: stage.pictures.get, wantPictures: stage.pictures.want };
  const drawn = { scene, reading: scene?.reading ?? null, plain: scene?.plain, map: mapOf(stage, klass), colours, isCard: only === "card", hasStory: Boolean(stage.data.story) };
  const until = stage.played && state.step < state.steps - 1 ? state.step : Infinity;
  return { ...base, ...chosen, ...drawn, until, field: stage.hover && fieldOf(stage.hover, about.stages, sizes), told: storyOf(stage) };
}

// The values of the map and their scale; the same object until they are others.
function mapOf(stage, klass) {
  const { scene, shows, data: { about } } = stage;
  if (!scene?.reading) return null;
  if (stage.map?.scene !== scene || stage.map.shows !== shows || stage.map.klass !== klass) {
    const values = valuesOf(scene.reading, shows, klass);
    const name = about.classes[aboutClass(shows, scene.plain, klass)];
    stage.map = { scene, shows, klass, values, scale: scaleOf(shows, values), words: scaleWords(shows, name) };
  }
  return stage.map;
}

// The story's answers of both its networks, asked for once the stage has its own; nothing where it has no room.
function storyOf({ data: { story }, parts, scene, tellers, packed, colours, theme }) {
  if (!story || !parts.top.hasCard() || !scene?.reading) return null;
  const told = storyQuestions(story).map((question) => known(tellers.get(question)));
  const picture = packed.get(told[0]?.tagged.data);
  const maps = picture ? mapQuestions(story, picture) : [];
  tellers.want([...storyQuestions(story), ...maps]);
  return { told, maps: maps.map((question) => known(tellers.get(question))), colours, theme };
}

const known = (answer) => (answer && !answer.refused ? answer : undefined);

// What the place takes from the class, and what the network says there.
function showLine(stage, { scene, reading, step, klass, shows, about }) {
  const key = stage.refused || (reading ? [stage.sceneKey, step, klass, shows].join() : "");
  if (stage.lineKey === key && stage.lineOf === scene) return;
  Object.assign(stage, { lineKey: key, lineOf: scene });
  clearTimeout(stage.speakTimer);
  if (stage.refused) return fillRefusal(stage.parts, stage.refused);
  if (!reading) return fillLine(stage.parts, [], null);
  const { plain } = reading;
  const here = rowOf(reading, step);
  const of = aboutClass(shows, plain, klass);
  const [before, now] = [winnerOf(plain), winnerOf(here)];
  fillLine(stage.parts, sumWords(about.classes[of], plain[of], here[of]), [verdictWords(before, now), about.marks[now], about.classes[now], here[now].toFixed(2)]);
  const { counts } = scene.grid;
  const spoken = { position: positionOf(scene.grid, step), counts, name: about.classes[of], without: plain[of], withPatch: here[of], before, now, classes: about.classes };
  stage.speakTimer = setTimeout(() => !stage.transport.playing && (stage.parts.spoken.textContent = spokenWords(spoken)), SPOKEN_AFTER);
}

// --- Do ---------------------------------------------------------------------------------------------------------------------------

function deedsOf(stage) {
  return {
    choseUnit: (unit) => set(stage, { unit }),
    pointed: (unit) => point(stage, unit),
    choseClass: (klass) => choose(stage, klass),
    opened: (picture) => open(stage, picture),
    picked: (picks) => set(stage, { picks: { ...stage.picks, ...picks } }),
    sought: (step) => act(stage, transport.seek(transport.pause(stage.transport), step)),
    dragged: (step) => drag(stage, step),
    peeked: (step) => peek(stage, step),
    showed: (shows) => set(stage, { shows }),
    mixed: (mix) => set(stage, { mix }),
    walked: () => stage.send.setTriggerValue("walk", {}),
  };
}

function set(stage, change) {
  Object.assign(stage, change);
  stage.frames.request();
  stage.report.soon();
}

// Played or stepped: the map fills up to the place. Who has not gone anywhere yet plays from the beginning.
function act(stage, next) {
  const goes = next.step !== stage.transport.step || next.playing !== stage.transport.playing;
  const begins = next.playing && !stage.placed;
  if (goes) Object.assign(stage, { placed: true, played: true, peek: null });
  follow(stage, begins ? transport.seek(next, 0) : next);
  set(stage, {});
}

// By hand: the whole map is there.
function drag(stage, step) {
  Object.assign(stage, { placed: true, played: false, peek: null });
  follow(stage, transport.seek(transport.pause(stage.transport), step));
  set(stage, {});
}

// The patch comes along with the pointer for as long as it points.
function peek(stage, step) {
  const next = stage.transport.playing ? null : step;
  if (stage.peek === next) return;
  stage.peek = next;
  stage.frames.request();
}

function point(stage, unit) {
  stage.hover = unit;
  stage.frames.request();
}

function choose(stage, klass) {
  stage.klass = klass;
  if (stage.scene?.reading && !stage.placed) stage.transport = transport.seek(stage.transport, steepest(stage.scene.reading, klass));
  set(stage, {});
}

function open(stage, picture) {
  if (picture !== stage.picture) takeAsked(stage, { picture });
  set(stage, {});
}

const letGo = (stage) => set(stage, { peek: null, hover: null, played: false });

function listen(stage) {
  const { root, top, bottom } = stage.parts;
  const on = (element, type, handler) => element.addEventListener(type, handler, { signal: stage.stop.signal });
  const keepFocus = (event) => {
    if (!event.target.closest(TYPED)) event.preventDefault(); // the stage keeps the focus, so its keys go on working
    if (!event.target.closest(TYPED) || event.target.type === "range") root.focus({ preventScroll: true });
  };
  for (const part of [top.node, bottom]) on(part, "mousedown", keepFocus);
  on(top.node, "change", () => root.focus({ preventScroll: true }));
  const nextClass = () => choose(stage, (klassOf(stage) + 1) % stage.data.about.classes.length);
  const nextView = () => set(stage, { shows: VIEWS[(VIEWS.indexOf(stage.shows) + 1) % VIEWS.length] });
  wireControls(stage, {
    act: (next) => act(stage, next),
    keys: () => ({ c: nextClass, C: nextClass, v: nextView, V: nextView }),
    letGo: () => letGo(stage),
    row: () => stage.scene?.grid?.counts[1] ?? 1,
  });
}
