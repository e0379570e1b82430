// What test pictures are and what they are taken for: counts, and the pictures of one of them.

import { element } from "../elements.mjs";
import { imageOf, mark as signOf, put } from "./drawing.mjs";
import { cellWords, shortNames } from "./words.mjs";

const MOST = 12; // pictures of a cell
const HEAD = 22; // px of the columns' names
const NARROW = 21; // px of a cell, below which names are shortened
const ASIDE = [80, 110]; // px beside the counts, least and most
const [ACROSS, GAP] = [3, 4]; // pictures beside each other, px between them

// Cells [is, said] that are mistakes, the largest first.
export function mistakes(confusion) {
  const cells = confusion.flatMap((row, is) => row.map((count, said) => ({ count, cell: [is, said] })));
  return cells.filter(({ count, cell: [is, said] }) => count && is !== said).sort((a, b) => b.count - a.count).map(({ cell }) => cell);
}

// The numbers of the test pictures that a cell counts.
export function picturesOf(labels, predictions, [is, said]) {
  const found = [];
  labels.forEach((label, number) => label === is && predictions[number] === said && found.push(number));
  return found;
}

// How much of the output's colour: right ones by their share, mistakes so that few can be seen.
export function shade(count, all, isRight) {
  if (!count) return 0;
  const share = count / Math.max(all, 1);
  return isRight ? 0.22 + 0.28 * share : Math.min(0.1 + 0.55 * Math.sqrt(share), 0.38);
}

// Sizes of cells, type and what stands beside them, in a room; `names` is how wide those of the rows are.
export function fitMatrix(classes, width, height, names, digits) {
  const aside = Math.round(Math.min(Math.max(0.27 * width, ASIDE[0]), ASIDE[1]));
  const tall = Math.min((height - HEAD) / classes, 40);
  const wide = Math.min((width - names - aside - 14) / classes, Math.max(1.12 * tall, 26));
  const font = Math.min(17, 0.7 * tall, (0.87 * wide) / (0.53 * digits));
  const thumb = Math.floor((aside - (ACROSS - 1) * GAP) / ACROSS);
  return { aside, thumb, tall: Math.floor(tall), wide: Math.floor(wide), font: Math.floor(2 * font) / 2 };
}

const key = (cell) => cell?.join() ?? "";

export function makeConfusion({ pointed, clicked }) {
  const matrix = element("div", "cv-lab-matrix");
  const words = element("p", "cv-lab-cell-words");
  const pictures = element("div", "cv-lab-thumbs");
  const more = element("p", "cv-note cv-lab-more");
  const aside = element("div", "cv-lab-aside", words, pictures, more);
  const room = element("div", "cv-lab-room cv-lab-confusion-room", matrix, aside);
  const head = element("div", "cv-lab-head", element("h3", "", "Confusion"), element("span", "cv-note", "rows: what it is, columns: what it says"));
  const node = element("section", "cv-lab-panel cv-lab-confusion", head, room);
  const known = { cells: [], names: [], heads: [], thumbs: [] };

  const build = (about) => {
    const { classes } = about;
    known.heads = classes.map((name) => titled(element("span", "cv-lab-column"), name));
    known.names = classes.map((name) => titled(element("span", "cv-lab-name"), name));
    known.cells = classes.map((_, is) => classes.map((_, said) => Object.assign(element("span", "cv-lab-cell"), { convvizCell: [is, said] })));
    matrix.replaceChildren(element("span"), ...known.heads, ...known.names.flatMap((name, is) => [name, ...known.cells[is]]));
    matrix.style.setProperty("--cv-classes", classes.length);
    Object.assign(known, { about, confusion: null, focus: "", pinned: "", digits: 0 });
  };

  // Names in full, or where cells would be too narrow, shortened as much as they must be.
  const label = (isShort) => {
    const { classes, marks } = known.about;
    const short = shortNames(classes, isShort ? 2 : 3);
    known.heads.forEach((head, at) => head.replaceChildren(signOf(marks?.[at] ?? short[at])));
    known.names.forEach((each, at) => each.replaceChildren(...(marks?.length ? [element("i", "", signOf(marks[at]))] : []), isShort ? shortNames(classes)[at] : classes[at]));
  };

  const fit = (digits) => {
    if (known.digits === digits) return;
    known.digits = digits;
    const [width, height] = known.size;
    const fitted = () => {
      const names = Math.max(...known.names.map((each) => each.scrollWidth));
      return fitMatrix(known.about.classes.length, width, height, names, digits);
    };
    label(false);
    let found = fitted();
    if (found.wide < NARROW) {
      label(true);
      found = fitted();
    }
    for (const [part, pixels] of Object.entries(found)) room.style.setProperty(`--cv-${part}`, `${pixels}px`);
    const rows = Math.floor((height - words.offsetHeight - more.offsetHeight - 8) / (found.thumb + GAP));
    known.room = Math.max(Math.min(ACROSS * rows, MOST), ACROSS);
  };

  const count = (confusion) => {
    if (confusion === known.confusion) return;
    known.confusion = confusion;
    known.cells.forEach((row, is) => {
      const all = confusion?.[is].reduce((sum, each) => sum + each, 0) ?? 0;
      row.forEach((cell, said) => countIn(cell, confusion?.[is][said] ?? 0, all, is === said));
    });
  };

  // Marks of the cell on show and of the pinned one go where these are.
  const mark = (name, className, cell) => {
    if (known[name] === key(cell)) return;
    known[name] = key(cell);
    for (const each of matrix.querySelectorAll(`.${className}`)) each.classList.remove(className);
    if (!cell) return;
    const [is, said] = cell;
    for (const each of [known.cells[is][said], ...(name === "focus" ? [known.names[is], known.heads[said]] : [])]) each.classList.add(className);
  };

  const show = ({ about, figures, focus, pinned, numbers, pictureOf }) => {
    if (!known.size) return;
    if (about !== known.about) build(about);
    const confusion = figures?.confusion ?? null;
    fit(String(Math.max(10, ...(confusion?.flat() ?? []))).length);
    count(confusion);
    mark("focus", "cv-lab-focus", focus);
    mark("pinned", "cv-lab-pinned", pinned);
    const told = focus && confusion ? cellWords(confusion, focus, about.classes) : ["", confusion ? "No mistake at all" : ""];
    if (words.textContent !== told.join("")) words.replaceChildren(element("b", "", told[0]), told[1]);
    showPictures(numbers, focus && confusion ? confusion[focus[0]][focus[1]] : 0, about, pictureOf);
  };

  // As many as there is room for; those not there yet keep what they show, faintly.
  const showPictures = (numbers, all, about, pictureOf) => {
    const shown = numbers === null ? null : numbers.slice(0, known.room);
    if (!shown) return;
    while (known.thumbs.length < shown.length) known.thumbs.push(pictures.appendChild(element("canvas", "cv-lab-thumb")));
    known.thumbs.forEach((thumb, at) => {
      thumb.hidden = at >= shown.length;
      if (!thumb.hidden) showPicture(thumb, shown[at], about, pictureOf);
    });
    const rest = all - shown.length;
    const note = rest > 0 && shown.length ? `and ${rest.toLocaleString("en-US")} more` : "";
    if (more.textContent !== note) more.textContent = note;
  };

  const cellOf = (event) => event.target.convvizCell ?? null;
  matrix.addEventListener("pointerover", (event) => pointed(cellOf(event)));
  matrix.addEventListener("pointerleave", () => pointed(null));
  matrix.addEventListener("click", (event) => cellOf(event) && clicked(cellOf(event)));
  const resized = (...size) => Object.assign(known, { size, digits: 0 });
  return { node, show, room, resized, most: () => known.room ?? MOST };
}

function titled(node, title) {
  node.title = title;
  return node;
}

function countIn(cell, count, all, isRight) {
  const words = count ? `${count}` : "";
  if (cell.textContent !== words) cell.textContent = words;
  cell.style.setProperty("--cv-shade", shade(count, all, isRight).toFixed(3));
  cell.classList.toggle("cv-lab-wrong", !isRight);
}

// A test picture in its canvas, once it is there; `data-number` says whose it is.
export function showPicture(canvas, number, about, pictureOf) {
  const wanted = `${about.data} ${number}`;
  if (canvas.convvizShown === wanted) return;
  const bytes = pictureOf(number);
  canvas.classList.toggle("cv-lab-waits", !bytes);
  if (!bytes) return;
  put(canvas, imageOf(bytes, about.picture));
  canvas.convvizShown = wanted;
  canvas.dataset.number = number;
}
