// The card of the progress: how the run stands, a segment an epoch, what is left of it.

import { element } from "../elements.mjs";
import { icon } from "./drawing.mjs";

const SEGMENTS = 40; // epochs; more are one bar

// How full each segment is, 0 … 1.
export function filling(epochs, done, part) {
  if (epochs > SEGMENTS) return [Math.min((done + part) / epochs, 1)];
  return Array.from({ length: epochs }, (_, at) => (at < done ? 1 : at === done ? part : 0));
}

const inWords = ([strong, words]) => element(strong ? "b" : "span", "", words);

export function makeStrip() {
  const sentence = element("div", "cv-lab-sentence");
  const note = element("div", "cv-note cv-lab-strip-note");
  const bar = element("div", "cv-lab-bar");
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", "epochs done");
  const facts = element("div", "cv-lab-facts");
  const node = element("div", "cv-card cv-lab-strip", element("div", "cv-lab-says", sentence, note), bar, facts);
  const known = {};
  const once = (name, value, change) => {
    const key = JSON.stringify(value);
    if (known[name] === key) return;
    known[name] = key;
    change();
  };

  const fill = (parts) => {
    while (bar.children.length > parts.length) bar.lastChild.remove();
    while (bar.children.length < parts.length) bar.append(element("i"));
    parts.forEach((part, at) => bar.children[at].style.setProperty("--cv-part", `${(100 * part).toFixed(1)}%`));
  };

  const show = ({ words, facts: told, epochs, done, part }) => {
    once("words", words, () => {
      sentence.replaceChildren(...words.says.map(inWords));
      note.textContent = words.note;
      note.title = words.note;
    });
    once("facts", told, () => facts.replaceChildren(...told.map(factNode)));
    const parts = filling(epochs, done, part);
    once("bar", parts, () => fill(parts));
    once("value", [done, epochs], () => {
      bar.setAttribute("aria-valuemax", epochs);
      bar.setAttribute("aria-valuenow", done);
    });
  };
  return { node, show };
}

function factNode([name, strong, words]) {
  return element("span", "cv-lab-fact", ...(name ? [icon(name)] : []), element("b", "", strong), words);
}
