// What the network answers: of every class how probable it is, with the patch and without.

import { element } from "../elements.mjs";
import { mark } from "../lab/drawing.mjs";
import { winnerOf } from "./model.mjs";

const TALL = 36; // px of a row, from which on bars stand below the name

// How the rows of so many classes stand in a room: below each other in px, names above their bars or beside them.
export function fitRows(classes, height) {
  const row = Math.min(Math.floor(height / classes), 48);
  return { row, isTall: row >= TALL };
}

export function makeAnswer({ choseClass }) {
  const legend = element("div", "cv-in-legend", key("without", "without"), key("with patch", "with"));
  const head = element("div", "cv-in-head", element("h3", "", "Its answer"));
  const list = element("div", "cv-in-classes");
  const node = element("section", "cv-in-panel cv-in-answer", head, legend, list);
  const known = { rows: [] };

  const build = (about) => {
    known.rows = about.classes.map((name, at) => makeRow(name, about.marks[at], () => choseClass(at)));
    list.replaceChildren(...known.rows.map((row) => row.node));
    Object.assign(known, { about, rowsFit: null });
  };

  const fit = (height) => {
    if (known.height === height && known.rowsFit) return;
    known.height = height;
    known.rowsFit = fitRows(known.rows.length, height);
    list.style.setProperty("--cv-row", `${known.rowsFit.row}px`);
    list.classList.toggle("cv-in-tall", known.rowsFit.isTall);
  };

  // `height` is the room of all rows, in px; `here` are the chances with the patch, null where there is none.
  const show = ({ about, plain, here, klass, height }) => {
    if (about !== known.about) build(about);
    fit(height);
    const now = winnerOf(here ?? plain);
    legend.toggleAttribute("hidden", !here);
    known.rows.forEach((row, at) => row.show(plain[at], here?.[at] ?? null, at === klass, at === now));
  };
  return { node, show, head };
}

const key = (words, name) => element("span", `cv-in-key cv-in-key-${name}`, element("i"), words);

function makeRow(name, sign, chose) {
  const [without, withPatch] = [element("i", "cv-in-without"), element("i", "cv-in-with")];
  const value = element("span", "cv-in-chance");
  const label = element("span", "cv-in-name", name);
  const node = element("button", "cv-in-class", element("span", "cv-in-sign", ...(sign ? [mark(sign)] : [])), label, element("span", "cv-in-bars", without, withPatch), value);
  Object.assign(node, { type: "button", tabIndex: -1, title: `Probability of ${name}` });
  node.classList.toggle("cv-in-unmarked", !sign);
  node.addEventListener("click", chose);
  const known = {};

  const show = (plain, here, isChosen, isWinner) => {
    const words = (here ?? plain).toFixed(2);
    const text = `${words} ${plain.toFixed(4)} ${(here ?? 0).toFixed(4)} ${isChosen} ${isWinner} ${here === null}`;
    if (known.text === text) return;
    known.text = text;
    value.textContent = words;
    without.style.transform = `scaleX(${Math.max(plain, 0.006).toFixed(4)})`;
    withPatch.style.transform = `scaleX(${here === null ? 0 : Math.max(here, 0.006).toFixed(4)})`;
    node.setAttribute("aria-pressed", isChosen);
    node.classList.toggle("cv-in-winner", isWinner);
  };
  return { node, show };
}
