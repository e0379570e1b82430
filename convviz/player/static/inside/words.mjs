// What the stage of a trained network says: the sum of a position, which class wins there, whose picture it is. Pure functions.

const VOWEL = /^([aeiou]|8|11|18)/i;

const withArticle = (name) => `${VOWEL.test(name) ? "an" : "a"} ${name}`;
const rounded = (chance) => Math.round(1000 * chance) / 1000;

// As [kind, words] pairs: what the patch takes from a class, or gives it. The numbers add up as they are written.
export function sumWords(name, without, withPatch) {
  const [before, after] = [rounded(without), rounded(withPatch)];
  const [values, change] = after > before ? [[after, "with the patch", before, "without"], "gained here"] : [[before, "without", after, "with the patch"], "lost here"];
  const [first, firstWords, second, secondWords] = values;
  return [
    ["label", `P(${name}):`],
    ["value", first.toFixed(3)],
    ["", firstWords],
    ["sign", "−"],
    ["value", second.toFixed(3)],
    ["", secondWords],
    ["sign", "="],
    ["result", Math.abs(after - before).toFixed(3)],
    ["", change],
  ];
}

// Whether another class wins with the patch there.
export const verdictWords = (before, now) => (before === now ? "still says" : "now it says");

export function spokenWords({ position: [row, column], counts: [rows, columns], name, without, withPatch, before, now, classes }) {
  const [from, to] = [rounded(without).toFixed(3), rounded(withPatch).toFixed(3)];
  const way = from === to ? `stays at ${to}` : `${to > from ? "rises" : "falls"} from ${from} to ${to}`;
  return `patch at row ${row + 1} of ${rows}, column ${column + 1} of ${columns}: the probability of ${name} ${way}; it ${before === now ? "still" : "now"} says ${classes[now]}`;
}

// Whose picture it is, as far as is known.
export function pictureWords(picture, label, classes) {
  if (picture.startsWith(".")) return "a picture of your own";
  return `test picture ${picture}${label === null || label === undefined ? "" : `: ${withArticle(classes[label])}`}`;
}

export const sizeWords = ([height, width]) => `${height} × ${width}`;

export const percent = (share) => `${Number((100 * share).toFixed(1))} %`;

// What the colours of a map stand for, in short and in full.
export const scaleWords = (shows, name) =>
  ({
    probability: [`P(${name})`, `The probability of ${name}`],
    drop: ["P lost", `How much of the probability of ${name} is lost`],
    "runner-up": ["P gained", `How much the probability of ${name} gains`],
  })[shows];

export const HELP = {
  probability: "The probability that is left while the patch lies there",
  drop: "How much of the probability is lost while the patch lies there",
  "runner-up": "How much the second most probable class gains while the patch lies there",
};
