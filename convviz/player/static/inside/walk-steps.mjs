// The steps of the shortcut story: what each asks for, and what it shows when. Pure functions.

import { winnerOf } from "./model.mjs";
import { EVERY, EXAMPLE } from "./walk-facts.mjs";
import * as words from "./walk-words.mjs";

// `seconds` is how long what moves by itself takes.
export const STEPS = [
  { id: "both", title: () => "Two networks, one picture", words: words.bothWords, evidence: words.bothEvidence, seconds: 0 },
  { id: "look", title: () => "Where do they look?", words: words.lookWords, evidence: words.lookEvidence, seconds: 9 },
  { id: "without", title: () => "Take the sticker away", words: () => "Nothing else in the picture changes.", evidence: words.withoutEvidence, seconds: 2 },
  { id: "moved", title: () => "Put another sticker on", words: words.movedWords, evidence: words.movedEvidence, seconds: 9 },
  { id: "emerging", title: ({ name }) => `What would be the best ${name}?`, words: words.emergingWords, evidence: words.emergingEvidence, seconds: 8 },
  { id: "game", title: () => "Not only in this picture", words: words.gameWords, evidence: words.gameEvidence, seconds: 0 },
  { id: "moral", title: () => "It learned what was easiest", words: words.moralWords, evidence: words.moralEvidence, seconds: 0 },
];

const at = (id) => STEPS.findIndex((step) => step.id === id);

// --- Ask ------------------------------------------------------------------------------------------------------------------------

// What is wanted at a step, the most urgent first: the example; what the step shows; once that is there, what the next one will.
export function wanted(step, facts) {
  const stories = facts.sides.map(({ run }) => `${run}/${EXAMPLE}`);
  if (!facts.isKnown) return stories;
  const here = asked(step, facts);
  const waits = here.some(({ isThere }) => !isThere);
  const all = waits ? here : [...here, ...asked(step + 1, facts)];
  return [...stories, ...all.map(({ question }) => question).filter(Boolean)];
}

function asked(step, { sides }) {
  const asks = {
    look: ({ look }) => [look],
    moved: ({ swapped }) => [swapped],
    emerging: ({ frames }) => [frames.next],
    game: ({ aim, game }) => [aim, game.next],
    moral: ({ look, last, game }) => [look, last, game.next],
  };
  const ask = asks[STEPS[step]?.id];
  return ask ? sides.flatMap(ask) : [];
}

// What the server says against a step, or nothing.
export function refusalAt(step, { sides }) {
  const said = { look: ({ look }) => look.refused, moved: ({ swapped }) => swapped.refused, emerging: ({ frames }) => frames.refused, game: ({ game }) => game.refused }[STEPS[step].id];
  for (const side of sides) {
    const why = side.refused || said?.(side);
    if (why) return `Network ${side.letter}: ${why}`;
  }
  return "";
}

// --- What shows when ----------------------------------------------------------------------------------------------------------------

export const clampedStep = (step) => Math.min(Math.max(Math.trunc(Number(step) || 0), 0), STEPS.length - 1);

// The time that what moves can have reached, with what has come so far.
export function reachable(step, { sides, isKnown }) {
  const { id, seconds } = STEPS[step];
  if (id === "look") return sides.every(({ look }) => look.reading) ? seconds : 0;
  if (id === "emerging") return Math.min(...sides.map(({ frames }) => (seconds * Math.max(frames.all.length - 1, 0) * EVERY) / frames.steps));
  return isKnown ? seconds : 0;
}

// Of `count` things that are shown one by one in a time, the one at a moment.
export const turnAt = (time, seconds, count) => Math.min(Math.floor((time / seconds) * count + 1e-9), count - 1);

// The frame of what emerges at a moment, of those that have come.
export const frameAt = (time, { all, steps }) => Math.min(Math.round(((time / STEPS[at("emerging")].seconds) * steps) / EVERY), all.length - 1);

export const isOn = (time) => time < STEPS[at("without")].seconds;

// The stickers in the order in which they are tried: every other class's, last of all the one of which the story is the clearest.
export function stickersInTurn({ label, sides: [plain, tagged] }) {
  const all = plain.story.chances.moved.map((_, sticker) => sticker);
  const others = [...all.slice(label + 1), ...all.slice(0, label)];
  const isClear = (sticker) => winnerOf(tagged.story.chances.moved[sticker]) === sticker && winnerOf(plain.story.chances.moved[sticker]) === label;
  const clear = others.find(isClear) ?? others[0];
  return [...others.filter((sticker) => sticker !== clear), clear];
}

// Between two pictures: `amount` of the second one.
export const blended = (from, to, amount) => Uint8Array.from(from, (value, cell) => Math.round(value + (to[cell] - value) * amount));
