// What is known of the two networks by now: their answers about the example, its maps, what emerges, the pointing game. Pure functions.

import { emergingQuestion, gameQuestion, occlusionQuestion, storyQuestion, SWAPPED } from "./ask.mjs";
import { chancesOf, readOcclusion, steepest } from "./model.mjs";

export const LETTERS = ["A", "B"];
export const PATCH = { patch: 5, stride: 1, fill: "grey" }; // slides over the picture
export const GAME = { patch: 4, stride: 1, fill: "grey" }; // of the pointing game
const SLICE = 24; // pictures of the game in one answer
export const EVERY = 8; // steps between two pictures that emerge
const EMERGING = { jitter: 2, smooth: 0.05, seed: 0 };
export const EXAMPLE = storyQuestion("example");

// All that the steps speak of: `get(question)` is an answer that has come, `picture` the packed example, as far as that is known.
export function factsOf({ runs, classes }, get, picture) {
  const asked = [runs.plain, runs.tagged].map((run) => ({ run, story: get(`${run}/${EXAMPLE}`) }));
  const label = asked.find(({ story }) => story?.told?.label !== undefined)?.story.told.label;
  const sides = asked.map(({ run, story }, side) => ({
    run,
    letter: LETTERS[side],
    story: story?.told ? storyOf(story) : null,
    swapped: toldOf(get, `${run}/${SWAPPED}`),
    look: occlusionOf(get, run, picture, PATCH),
    aim: occlusionOf(get, run, picture, GAME),
    frames: framesOf(get, run, label),
    last: lastOf(get, run, label),
    game: gameOf(get, run),
    refused: story?.refused ?? "",
  }));
  return { classes, label, name: classes[label] ?? "shape", sides, isKnown: sides.every(({ story }) => story) };
}

const known = new WeakMap(); // answer → what was read out of it

function once(answer, read) {
  if (!known.has(answer)) known.set(answer, read(answer));
  return known.get(answer);
}

const storyOf = (answer) =>
  once(answer, ({ told, without, tagged, moved, object, tag, logits_without, logits_tagged, logits_moved }) => {
    const classes = logits_tagged.data.length;
    const rows = chancesOf(logits_moved.data, classes);
    const chances = { without: chancesOf(logits_without.data, classes), tagged: chancesOf(logits_tagged.data, classes), moved: Array.from({ length: classes }, (_, sticker) => rows.subarray(sticker * classes, (sticker + 1) * classes)) };
    return { ...told, without, tagged, moved, object, tag, chances, box: boxOf(tag) };
  });

// The rows and columns [from, to) that a mask covers.
export function boxOf({ data, shape: [height, width] }) {
  const rows = Array.from({ length: height }, (_, row) => row).filter((row) => data.subarray(row * width, (row + 1) * width).some(Boolean));
  const columns = Array.from({ length: width }, (_, column) => column).filter((column) => rows.some((row) => data[row * width + column]));
  return [rows, columns].map((cells) => [cells[0] ?? 0, (cells.at(-1) ?? -1) + 1]);
}

const isThere = (answer) => Boolean(answer);

function occlusionOf(get, run, picture, geometry) {
  if (!picture) return { question: null, isThere: false, reading: null, refused: "" };
  const question = `${run}/${occlusionQuestion(picture, geometry)}`;
  const answer = get(question);
  const reading = answer?.told ? once(answer, (each) => ({ ...readOcclusion(each), scores: each.scores, counts: each.scores.shape.slice(0, 2) })) : null;
  return { question, isThere: isThere(answer), reading, refused: answer?.refused ?? "" };
}

// What an answer without numbers tells.
function toldOf(get, question) {
  const answer = get(question);
  return { question, isThere: isThere(answer), told: answer?.told ?? null, refused: answer?.refused ?? "" };
}

const emerging = (run, label, step) => `${run}/${emergingQuestion(`class:${label}`, { ...EMERGING, step })}`;

// The pictures that have emerged so far, in order, and the next one to ask for.
function framesOf(get, run, label) {
  const found = { all: [], steps: 256, refused: "", next: { question: null, isThere: true } };
  if (label === undefined) return found;
  for (let step = 0; step <= found.steps; step += EVERY) {
    const question = emerging(run, label, step);
    const answer = get(question);
    if (answer?.refused) return { ...found, refused: answer.refused };
    if (!answer) return { ...found, next: { question, isThere: false } };
    found.steps = answer.told.steps;
    found.all.push(answer);
  }
  return found;
}

const lastOf = (get, run, label) => {
  if (label === undefined) return { question: null, isThere: false, answer: null };
  const question = emerging(run, label, 256);
  const answer = get(question);
  return { question, isThere: isThere(answer), answer: answer?.told ? answer : null };
};

const COUNTED = ["right", "hits", "on_tag", "chance", "chance_tag"];

// The pointing game so far, slice by slice, and the next slice to ask for.
function gameOf(get, run) {
  const sums = { seen: 0, of: Infinity, ...Object.fromEntries(COUNTED.map((name) => [name, 0])), refused: "" };
  while (sums.seen < sums.of) {
    const question = `${run}/${gameQuestion(sums.seen, SLICE)}`;
    const answer = get(question);
    if (answer?.refused) return { ...sums, refused: answer.refused, next: { question: null, isThere: true } };
    if (!answer) return { ...sums, next: { question, isThere: false } };
    for (const name of COUNTED) sums[name] += answer.told[name];
    sums.of = answer.told.of;
    sums.seen += answer.told.count;
  }
  return { ...sums, next: { question: null, isThere: true } };
}

// Shares of the pictures that were recognised: on the shape, on the sticker, and how often each would be met by chance.
export function gameShares({ right, hits, on_tag, chance, chance_tag }) {
  if (!right) return null;
  return { shape: hits / right, sticker: on_tag / right, chance: { shape: chance / right, sticker: chance_tag / right } };
}

// What the patch touches at a position: the names of the masks.
export function touched([row, column], patch, { object, tag }) {
  const [height, width] = object.shape;
  const meets = ({ data }) => {
    for (let y = row; y < Math.min(row + patch, height); y += 1) for (let x = column; x < Math.min(column + patch, width); x += 1) if (data[y * width + x]) return true;
    return false;
  };
  return { shape: meets(object), sticker: meets(tag) };
}

// The position of the largest fall: of a probability, or of a score as the pointing game asks.
export const peakOf = ({ counts: [, columns], ...reading }, klass) => cellAt(steepest(reading, klass), columns);

export function scorePeak({ scores: { data }, classes, counts: [, columns] }, klass) {
  let best = 0;
  for (let step = 1; step * classes < data.length; step += 1) if (data[step * classes + klass] < data[best * classes + klass]) best = step;
  return cellAt(best, columns);
}

const cellAt = (step, columns) => [Math.floor(step / columns), step % columns];
