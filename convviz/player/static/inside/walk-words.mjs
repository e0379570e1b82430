// What the walk says at each step. Pure functions; evidence is made of [is a number, words] pairs.

import { rowOf, steepest, winnerOf } from "./model.mjs";
import { GAME, gameShares, LETTERS, PATCH, peakOf, touched } from "./walk-facts.mjs";
import { percent } from "./words.mjs";

const COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const grouped = (number) => number.toLocaleString("en-US");
const number = (words) => [true, words];
const text = (words) => [false, words];
export const chanceText = (chance) => chance.toFixed(2);
export const scoreText = (score) => score.toFixed(1).replace("-", "−");

const saysOf = (side, kind) => winnerOf(side.story.chances[kind]);

export function bothWords({ classes, label, sides, name, isKnown }) {
  const start = `Both have learned ${COUNTS[classes.length] ?? classes.length} shapes, and neither has seen this picture.`;
  if (!isKnown) return start;
  const [first, second] = sides.map((side) => saysOf(side, "tagged"));
  if (first === label && second === label) return `${start} Both say ${name}, and both are right.`;
  return `${start} It is a ${name}: A says ${classes[first]}, B says ${classes[second]}.`;
}

// "A 97.5 %, B 100 %" of something.
const bothShares = (sides, shareOf) => sides.flatMap((side, index) => [text(`${index ? ", " : ""}${side.letter} `), number(percent(shareOf(side)))]);

export function bothEvidence({ sides, isKnown }) {
  if (!isKnown) return [];
  return [text(`Right on ${grouped(sides[0].story.pictures)} such test pictures: `), ...bothShares(sides, ({ story }) => story.accuracy.tagged), text(".")];
}

export const lookWords = ({ name }) => `A grey patch slides over the picture. Where the probability of ${name} falls, the network was looking.`;

export function lookEvidence({ sides, label, name }, { position, isWhole }) {
  if (!sides.every(({ look }) => look.reading)) return [];
  if (!isWhole) return [text(`Probability of ${name} with the patch here: `), ...sides.flatMap(({ letter, look }, index) => [text(`${index ? ", " : ""}${letter} `), number(chanceText(rowOf(look.reading, position)[label]))])];
  return sides.flatMap((side, index) => [...peakWords(side, label, name), text(index ? "." : ". ")]);
}

function peakWords({ letter, look: { reading }, story }, label, name) {
  const place = placeWords(touched(peakOf(reading, label), PATCH.patch, story), name);
  const lowest = rowOf(reading, steepest(reading, label))[label];
  return [text(`${letter} falls most ${place}: `), number(chanceText(reading.plain[label])), text(" → "), number(chanceText(lowest))];
}

export function placeWords({ shape, sticker }, name) {
  if (shape && sticker) return `between the ${name} and the sticker`;
  if (!shape && !sticker) return "beside both";
  return shape ? `on the ${name}` : "on the sticker";
}

export function withoutEvidence({ sides, classes, isKnown }, { sticker }) {
  if (!isKnown) return [];
  if (sticker) return [text("Right on test pictures with stickers: "), ...bothShares(sides, ({ story }) => story.accuracy.tagged), text(".")];
  const guess = text(`. Guessing would get ${percent(1 / classes.length)}.`);
  return [text(`Right on the same ${grouped(sides[0].story.pictures)} pictures without stickers: `), ...bothShares(sides, ({ story }) => story.accuracy.without), guess];
}

export const movedWords = ({ name }) => `The shape is still a ${name}. Only the sticker is one that B saw on another class. Choose one.`;

export function movedEvidence({ sides }) {
  const [plain, tagged] = sides.map(({ swapped }) => swapped.told);
  if (!plain || !tagged) return [];
  return [
    text(`With a wrong sticker on every test picture: A still names the shape in `),
    number(percent(plain.kept)),
    text(", B names the sticker in "),
    number(percent(tagged.followed)),
    text("."),
  ];
}

export const emergingWords = ({ name }) => `A grey picture is changed step by step to raise the score of ${name}: each network draws what it is after.`;

export function emergingEvidence({ sides, name }, { frame }) {
  const shown = sides.map(({ frames }) => frames.all[Math.min(frame, frames.all.length - 1)]);
  if (!shown.every(Boolean)) return [];
  const scores = shown.flatMap(({ told, scores: { data } }, side) => [text(`${side ? ", " : ""}${LETTERS[side]} `), number(scoreText(data.at(-1))), text(` (best test picture ${scoreText(told.best.score)})`)]);
  return [text(`Score of ${name} after ${shown[0].told.step} steps: `), ...scores, text(".")];
}

export const gameWords = () => `In each test picture: does the ${GAME.patch} × ${GAME.patch} patch that lowers the score most touch the shape, or the sticker?`;

export function gameEvidence({ sides }) {
  const seen = Math.min(...sides.map(({ game }) => game.seen));
  const shares = sides.map(({ game }) => gameShares(game));
  if (!seen || !shares.every(Boolean)) return [];
  const [plain, tagged] = shares;
  return [
    text(`After ${grouped(seen)} of ${grouped(sides[0].game.of)} pictures: A touches the shape in `),
    number(percent(plain.shape)),
    text(`, B touches the sticker in `),
    number(percent(tagged.sticker)),
    text(` (chance: ${percent(plain.chance.shape)} and ${percent(tagged.chance.sticker)}).`),
  ];
}

export const moralWords = () => "In B's training every class came with its own sticker: an easier rule than the shapes, so B learned it.";

export function moralEvidence({ sides, isKnown }) {
  if (!isKnown) return [];
  const of = (name) => bothShares(sides, ({ story }) => story.accuracy[name]);
  return [text("Right with stickers: "), ...of("tagged"), text(". Without: "), ...of("without"), text(".")];
}

// The vote of the first step, said back.
export function voteWords(vote, { sides, isKnown }) {
  if (!vote || !isKnown) return "";
  const [plain, tagged] = sides.map(({ story }) => story.accuracy.tagged);
  const better = plain === tagged ? null : LETTERS[Number(tagged > plain)];
  if (vote === "B") return `You chose B${better === "B" ? ", as its test result suggested" : ""}. The test could not tell a shape from a sticker.`;
  return `You chose A${better === "B" ? ", although B had the better test result" : ""}. A is the one that looks at the shapes.`;
}

export const MORAL = ["A network learns whatever tells the classes apart.", "A good test result does not say what that was."];

export const TO_DO = ["Test on pictures without the give-away.", "Look where the network looks."];

export const REAL = "It happens with real pictures too: a classifier of photographs found horses by a copyright notice in the corner (Lapuschkin et al., 2019).";
