// Six of the watched test pictures: what each is, and the two classes that are the most probable.

import { element } from "../elements.mjs";
import { showPicture } from "./confusion.mjs";
import { mark } from "./drawing.mjs";
import { shortNames, withArticle } from "./words.mjs";

export const SIX = 6;
const LONG = 15; // letters of a title

// The classes of a row of probabilities, the most probable first: [[class, probability], …].
export function mostProbable(row, most = 2) {
  const classes = Array.from(row, (probability, index) => [index, probability]);
  return classes.sort((a, b) => b[1] - a[1]).slice(0, most);
}

function makeCard() {
  const canvas = element("canvas", "cv-lab-picture");
  const title = element("b", "cv-lab-is");
  const bars = [0, 1].map(() => {
    const parts = { mark: element("span", "cv-lab-mark"), bar: element("i", "cv-lab-filled"), value: element("span", "cv-lab-value") };
    return { ...parts, node: element("div", "cv-lab-chance", parts.mark, element("span", "cv-lab-track", parts.bar), parts.value) };
  });
  const node = element("div", "cv-lab-watched", canvas, element("div", "cv-lab-says-it", title, ...bars.map((bar) => bar.node)));
  return { node, canvas, title, bars };
}

export function makePictures({ turned }) {
  const cards = Array.from({ length: SIX }, makeCard);
  const [before, after] = [["‹", -1, "The six before"], ["›", 1, "Six others"]].map(([sign, by, title]) => {
    const button = element("button", "cv-lab-turn", sign);
    Object.assign(button, { type: "button", tabIndex: -1, title });
    button.setAttribute("aria-label", title);
    button.addEventListener("click", () => turned(by));
    return button;
  });
  const head = element("div", "cv-lab-head", element("h3", "", "Test pictures"), element("span", "cv-note cv-lab-grows", "what it says, how surely"), before, after);
  const room = element("div", "cv-lab-room cv-lab-tests", ...cards.map(({ node }) => node));
  const node = element("section", "cv-lab-panel cv-lab-pictures", head, room);
  const known = {};

  const show = ({ about, numbers, rows, labels, record, pictureOf }) => {
    if (about !== known.about) Object.assign(known, { about, marks: about.marks?.length ? about.marks : shortNames(about.classes) });
    cards.forEach((card, at) => {
      card.node.hidden = at >= numbers.length;
      if (card.node.hidden) return;
      showPicture(card.canvas, numbers[at], about, pictureOf);
      showCard(card, about.classes, known.marks, labels[numbers[at]], record && probabilitiesOf(record, rows[at]));
    });
    for (const button of [before, after]) button.hidden = numbers.length < SIX;
  };
  return { node, show };
}

function probabilitiesOf({ probabilities: { data, shape: [, classes] } }, row) {
  return data.subarray(row * classes, (row + 1) * classes);
}

function showCard({ node, title, bars }, classes, marks, is, row) {
  const found = row?.length ? mostProbable(row) : [];
  const right = found[0]?.[0] === is;
  const words = !found.length ? classes[is] : right ? `✓ ${classes[is]}` : `✗ is ${withArticle(classes[is])}`;
  if (title.textContent !== words) [title.textContent, title.title] = [words, words];
  title.classList.toggle("cv-lab-tight", words.length > LONG);
  node.dataset.is = !found.length ? "" : right ? "right" : "wrong";
  bars.forEach((bar, at) => {
    bar.node.hidden = !found[at];
    if (!found[at]) return;
    const [index, probability] = found[at];
    if (bar.mark.title !== classes[index]) {
      bar.mark.replaceChildren(mark(marks[index]));
      bar.mark.title = classes[index];
    }
    bar.bar.style.transform = `scaleX(${probability.toFixed(3)})`;
    bar.value.textContent = probability.toFixed(2);
  });
}
