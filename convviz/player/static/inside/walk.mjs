// The shortcut story: two networks side by side, in seven steps. It asks the server by itself, and says where it is and when it is left.

import { makeFrames } from "../frames.mjs";
import { addressOf } from "../lab/feed.mjs";
import { living } from "../lifecycle.mjs";
import { makeReport } from "../report.mjs";
import { prefersStill, readTheme } from "../surface.mjs";
import { keepAnswers } from "./answers.mjs";
import { stepNear } from "./model.mjs";
import { packed } from "./packed.mjs";
import { readColours } from "./scale.mjs";
import { factsOf, LETTERS, PATCH } from "./walk-facts.mjs";
import { makeFrame, showWords } from "./walk-frame.mjs";
import { SCENES } from "./walk-scenes.mjs";
import { clampedStep, frameAt, isOn, reachable, refusalAt, STEPS, stickersInTurn, turnAt, wanted } from "./walk-steps.mjs";
import "./walk-styles.mjs";

const FADES = 0.8; // s
const SPOKEN_AFTER = 700; // ms at rest
const LAST = STEPS.length - 1;

export const mount = living({ create, receive, destroy });

function create(parent) {
  const stage = { step: 0, time: 0, reached: 0, playing: false, amount: 1, picks: { vote: null }, scenes: {}, packing: null, picture: null, stop: new AbortController() };
  stage.does = deedsOf(stage);
  stage.parts = makeFrame(parent, stage.does);
  stage.frames = makeFrames((seconds) => frameOf(stage, seconds));
  stage.report = makeReport({
    waits: () => false,
    place: () => ({ step: stage.step }),
    send: (place) => stage.send.setStateValue("place", { cue: stage.data.cue.id, ...place }),
  });
  listen(stage);
  stage.parts.root.convviz = stage; // what a test or a curious reader can look at
  stage.parts.root.focus({ preventScroll: true });
  return stage;
}

function destroy(stage) {
  stage.frames.stop();
  stage.report.stop();
  clearTimeout(stage.speakTimer);
  stage.stop.abort();
  stage.answers?.stop();
  stage.parts.root.remove();
}

function receive(stage, bytes) {
  const text = new TextDecoder().decode(bytes);
  takeTheme(stage);
  if (text === stage.text) return;
  const old = stage.data;
  const data = JSON.parse(text);
  Object.assign(stage, { text, data });
  if (JSON.stringify([data.runs, data.feed, data.classes]) !== JSON.stringify([old?.runs, old?.feed, old?.classes])) takeRuns(stage);
  if (data.cue.id !== old?.cue.id) {
    enter(stage, clampedStep(data.cue.step));
    stage.report.known();
  }
  stage.frames.request();
}

function takeTheme(stage) {
  readTheme(stage.parts.root);
  stage.theme = stage.parts.root.dataset.theme;
  stage.colours = readColours(stage.parts.root);
  stage.frames.request();
}

function takeRuns(stage) {
  stage.answers?.stop();
  stage.answers = keepAnswers(addressOf(stage.data.feed.inside), () => stage.frames.request());
  Object.assign(stage, { scenes: {}, scene: null, packing: null, picture: null });
}

// The example in a few letters, as soon as it is there.
function pack(stage, { sides: [{ story }] }) {
  if (!story || stage.packing === story) return;
  stage.packing = story;
  packed(story.tagged.data).then((picture) => {
    if (stage.packing !== story) return;
    stage.picture = picture;
    stage.frames.request();
  });
}

// A step begins anew; where nothing should move, it is at its end at once.
function enter(stage, step) {
  const { seconds } = STEPS[step];
  const still = prefersStill();
  const time = still ? seconds : 0;
  Object.assign(stage, { step, time, reached: time, playing: seconds > 0 && !still, picks: { vote: stage.picks.vote } });
  stage.amount = Number(isOn(time));
  clearTimeout(stage.speakTimer);
  stage.spoken = null;
}

function go(stage, step) {
  const next = clampedStep(step);
  if (next === stage.step) return;
  enter(stage, next);
  stage.report.soon();
  stage.frames.request();
}

// --- Show -------------------------------------------------------------------------------------------------------------------------------

function frameOf(stage, seconds) {
  if (!stage.data) return false;
  const facts = factsOf(stage.data, stage.answers.get, stage.picture);
  pack(stage, facts);
  stage.answers.want(wanted(stage.step, facts));
  const moves = advance(stage, seconds, reachable(stage.step, facts));
  const fades = fade(stage, seconds);
  show(stage, facts);
  return moves || fades;
}

// Whether it goes on: what has not come yet is waited for.
function advance(stage, seconds, limit) {
  const whole = STEPS[stage.step].seconds;
  if (stage.playing) {
    stage.time = Math.max(Math.min(stage.time + seconds, limit), Math.min(stage.time, whole));
    if (stage.time >= whole) stage.playing = false;
  }
  stage.reached = Math.max(stage.reached, stage.time);
  return stage.playing && stage.time < limit;
}

const hasSticker = ({ picks, time }) => picks.sticker ?? isOn(time);

function fade(stage, seconds) {
  const aim = Number(hasSticker(stage));
  const most = prefersStill() ? 1 : seconds / FADES;
  stage.amount += Math.min(Math.max(aim - stage.amount, -most), most);
  return stage.amount !== aim;
}

function show(stage, facts) {
  const { parts, step } = stage;
  const { root } = parts;
  const { id, evidence } = STEPS[step];
  root.dataset.playing = stage.playing;
  if (stage.scene !== id) change(stage, id);
  const model = modelOf(stage, facts);
  const scene = stage.scenes[id];
  parts.middle.head(scene.middle.head(facts));
  scene.show(model);
  const { position, isWhole } = model.look;
  const refusal = refusalAt(step, facts);
  showWords(parts, step, facts, evidence(facts, { position, isWhole, sticker: model.sticker, frame: model.frame }), refusal);
  parts.showWay(step);
  root.dataset.step = step;
  speak(stage);
}

function change(stage, id) {
  const { parts, data } = stage;
  stage.scenes[id] ??= SCENES[id](stage.does, { classes: data.classes, marks: data.marks ?? [] });
  stage.scene = id;
  const { sides, middle } = stage.scenes[id];
  parts.sides.forEach((column, side) => column.fill(sides[side]));
  parts.middle.fill(middle, "");
}

function modelOf(stage, facts) {
  const { picks, time, theme, colours, amount } = stage;
  const turn = facts.isKnown ? stickersInTurn(facts) : [];
  const shares = time / (STEPS[stage.step].seconds || 1);
  return {
    facts,
    picks,
    theme,
    colours,
    amount,
    share: shares,
    look: lookOf(stage, facts),
    sticker: hasSticker(stage),
    moved: turn.length ? (picks.moved ?? turn[turnAt(time, STEPS[stage.step].seconds || 1, turn.length)]) : null,
    frame: Math.max(Math.min(...facts.sides.map(({ frames }) => frameAt(time, frames))), 0),
  };
}

// Where the patch lies, and how far it has been.
function lookOf({ time, reached, step }, { sides: [{ look, story }] }) {
  const { seconds } = STEPS[step];
  const share = seconds ? time / seconds : 1;
  if (!look.reading) return { grid: null, position: null, until: -1, share, isWhole: false };
  const { counts } = look.reading;
  const grid = { counts, sizes: story.tagged.shape.slice(1), ...PATCH };
  const count = counts[0] * counts[1];
  const at = (moment) => turnAt(moment, seconds || 1, count);
  return { grid, position: at(time), until: at(reached), share, isWhole: reached >= seconds };
}

function speak(stage) {
  const { parts, step } = stage;
  const words = `Step ${step + 1} of ${STEPS.length}: ${parts.title.textContent}. ${parts.words.textContent} ${parts.arithmetic.textContent}`;
  if (stage.playing || stage.spoken === words) return;
  stage.spoken = words;
  clearTimeout(stage.speakTimer);
  stage.speakTimer = setTimeout(() => (parts.spoken.textContent = words), SPOKEN_AFTER);
}

// --- Do ---------------------------------------------------------------------------------------------------------------------------------

function deedsOf(stage) {
  const refocused = () => stage.parts.root.focus({ preventScroll: true });
  const pick = (change) => set(stage, { playing: false, picks: { ...stage.picks, ...change } });
  return {
    went: (step) => go(stage, step),
    turned: (by) => go(stage, stage.step + by),
    again: () => go(stage, 0),
    left: () => stage.send.setTriggerValue("left", { step: stage.step }),
    opened: (side) => stage.send.setTriggerValue("open", { run: [stage.data.runs.plain, stage.data.runs.tagged][side] }),
    voted: (letter) => pick({ vote: letter }),
    picked: pick,
    toggled: () => toggle(stage),
    sought: (share) => seek(stage, share * STEPS[stage.step].seconds),
    settled: refocused,
    pointed: (place) => point(stage, place),
  };
}

function set(stage, change) {
  Object.assign(stage, change);
  stage.frames.request();
}

const seek = (stage, time) => set(stage, { time, playing: false });

// From its end it plays again.
function toggle(stage) {
  const { seconds } = STEPS[stage.step];
  if (!seconds) return;
  const time = stage.time >= seconds ? 0 : stage.time;
  set(stage, { playing: !stage.playing, time: stage.playing ? stage.time : time });
}

// The patch comes to where somebody points, once it has been everywhere.
function point(stage, place) {
  const { grid, isWhole } = lookOf(stage, factsOf(stage.data, stage.answers.get, stage.picture));
  if (!isWhole || stage.playing) return;
  const count = grid.counts[0] * grid.counts[1];
  seek(stage, ((stepNear(grid, place) + 0.5) / count) * STEPS[stage.step].seconds);
}

function listen(stage) {
  const { root, keys } = stage.parts;
  const on = (target, type, handler) => target.addEventListener(type, handler, { signal: stage.stop.signal });
  on(root, "mousedown", (event) => {
    if (event.target.matches("input")) return;
    event.preventDefault(); // the walk keeps the focus, so its keys go on working
    root.focus({ preventScroll: true });
  });
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // keeps Streamlit's own one-letter shortcuts out
    const act = event.target.matches("input") ? null : actOf(stage, event, keys);
    if (!act) return;
    event.preventDefault();
    act();
  };
  on(root, "keydown", pressed);
  // A presenter's clicker sends its keys wherever the focus is.
  on(document, "keydown", (event) => event.target === document.body && pressed(event));
}

function actOf(stage, { key, shiftKey }, keys) {
  const { does } = stage;
  const [back, on] = [() => does.turned(-1), () => does.turned(1)];
  const ways = { ArrowRight: on, PageDown: on, " ": shiftKey ? back : on, ArrowLeft: back, PageUp: back, Home: () => does.went(0), End: () => does.went(LAST) };
  const rest = { Escape: () => (keys.hidden ? does.left() : (keys.hidden = true)), "?": () => keys.toggleAttribute("hidden"), p: does.toggled };
  return ways[key] ?? rest[key] ?? rest[key.toLowerCase()] ?? own(stage, key);
}

// What a key means at this step alone.
function own(stage, key) {
  const { does, data } = stage;
  const letter = key.toUpperCase();
  const meant = {
    both: () => LETTERS.includes(letter) && (() => does.voted(letter)),
    without: () => letter === "S" && (() => does.picked({ sticker: !hasSticker(stage) })),
    moved: () => Number(key) >= 1 && Number(key) <= data.classes.length && (() => does.picked({ moved: Number(key) - 1 })),
  };
  return meant[STEPS[stage.step].id]?.();
}
