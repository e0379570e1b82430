// What the steps of the walk are made of: pictures with marks on them, answers as bars, shares, a bar that plays.

import { element, say } from "../elements.mjs";
import { imageOf, mark, put, svg } from "../lab/drawing.mjs";
import { setBox } from "./picture.mjs";

const ICONS = { play: "M6 3.5 16 10 6 16.5z", pause: "M6.5 4v12M13.5 4v12", back: "M12.5 4 6.5 10l6 6", on: "M7.5 4l6 6-6 6", out: "M5 5l10 10M15 5 5 15" };
const LEAST = 0.006; // of a bar is always there

export const icon = (name) => svg("svg", { viewBox: "0 0 20 20", class: `cv-in-walk-icon cv-icon-${name}`, "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));

export function makeButton(className, label, pressed, ...content) {
  const node = element("button", className, ...content);
  Object.assign(node, { type: "button", tabIndex: -1, title: label });
  node.setAttribute("aria-label", label);
  node.addEventListener("click", pressed);
  return node;
}

export const sign = (name) => element("span", "cv-in-walk-sign", ...(name ? [mark(name)] : []));

// --- Pictures -------------------------------------------------------------------------------------------------------------------------

// A square with a picture and what is marked on it; empty, it keeps its room.
export function makeBoard(name) {
  const canvas = element("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  const marks = { outline: makeOutline(), tag: makeFrame("cv-in-walk-tag"), extent: svg("rect", { class: "cv-in-walk-extent" }), patch: makeFrame("cv-in-walk-patch"), peaks: svg("g") };
  const layer = svg("svg", { viewBox: "0 0 32 32", "aria-hidden": "true" }, ...Object.values(marks).map((each) => each.node ?? each));
  const node = element("div", "cv-in-walk-board", element("div", "cv-in-walk-square", canvas, layer));
  const shown = {};

  // `key` says which picture it is, `draw()` makes it; the marks are boxes of cells [[top, bottom], [left, right]], or null.
  const show = ({ key, draw, tag = null, patch = null, extent = null, outline = null }) => {
    node.classList.toggle("cv-in-walk-waits", !key);
    if (shown.key !== key) {
      if (key) put(canvas, draw());
      shown.key = key;
    }
    marks.tag.show(key ? tag : null);
    marks.patch.show(key ? patch : null);
    marks.extent.toggleAttribute("hidden", !extent);
    if (extent) boxOn(marks.extent, extent);
    marks.outline.show(key ? outline : null);
  };
  return { node, square: node.firstChild, show, peaks: marks.peaks };
}

const boxOn = (rect, [[top, bottom], [left, right]]) => setBox(rect, left, top, right - left, bottom - top);

// A box with a casing, so that it stands out on any ground.
function makeFrame(className) {
  const rects = [svg("rect", { class: "cv-in-walk-casing" }), svg("rect", { class: className })];
  const node = svg("g", {}, ...rects);
  const show = (box) => {
    node.toggleAttribute("hidden", !box);
    if (box) for (const rect of rects) boxOn(rect, box);
  };
  return { node, show };
}

// Along the edge of a mask.
function makeOutline() {
  const paths = [svg("path", { class: "cv-in-walk-casing" }), svg("path", { class: "cv-in-walk-edge" })];
  const node = svg("g", {}, ...paths);
  let shown = null;
  const show = (mask) => {
    node.toggleAttribute("hidden", !mask);
    if (!mask || mask === shown) return;
    shown = mask;
    for (const path of paths) path.setAttribute("d", edgeOf(mask));
  };
  return { node, show };
}

// The edges between cells in a mask and cells outside, as the path of an SVG.
export function edgeOf({ data, shape: [height, width] }) {
  const isIn = (row, column) => row >= 0 && column >= 0 && row < height && column < width && data[row * width + column] > 0;
  const found = [];
  for (let row = 0; row <= height; row += 1) {
    for (let column = 0; column <= width; column += 1) {
      if (isIn(row, column) !== isIn(row - 1, column)) found.push(`M${column} ${row}h1`);
      if (isIn(row, column) !== isIn(row, column - 1)) found.push(`M${column} ${row}v1`);
    }
  }
  return found.join("");
}

// The cells of a box alone.
export function cropped({ data, shape: [channels, height, width] }, [[top, bottom], [left, right]]) {
  const found = new Uint8Array(channels * (bottom - top) * (right - left));
  let at = 0;
  for (let channel = 0; channel < channels; channel += 1) {
    for (let row = top; row < bottom; row += 1) for (let column = left; column < right; column += 1) found[at++] = data[(channel * height + row) * width + column];
  }
  return { data: found, shape: [channels, bottom - top, right - left] };
}

export const imageOfPicture = ({ data, shape }) => imageOf(data, shape);

// A small picture, drawn once for each `key`.
export function makeTile(className) {
  const node = element("canvas", className);
  let shown = null;
  const show = (key, picture) => {
    if (key === shown) return;
    shown = key;
    put(node, imageOfPicture(picture));
  };
  return { node, show };
}

// --- Answers ----------------------------------------------------------------------------------------------------------------------------

// What a network says of a picture: the class in large, the probabilities of all classes as bars, those before in pale.
export function makeAnswer({ classes, marks }) {
  const [verb, says, chance, verdict] = [element("span", "cv-in-walk-verb"), element("b", "cv-in-walk-says"), element("span", "cv-in-walk-chance"), element("span", "cv-in-walk-verdict")];
  const rows = classes.map((name, klass) => makeRow(name, marks[klass]));
  const node = element("div", "cv-in-walk-answer", element("div", "cv-in-walk-head-line", verb, says, chance, verdict), ...rows.map((row) => row.node));
  const shown = {};

  // `notes`: by class a word beside it.
  const show = ({ now, before = null, label, winner, notes = {} }) => {
    node.classList.toggle("cv-in-walk-waits", !now);
    node.classList.toggle("cv-in-walk-compared", Boolean(before));
    say(verb, now ? "says" : "");
    if (shown.winner !== winner) {
      shown.winner = winner;
      says.replaceChildren(...(winner === null ? [] : [sign(marks[winner]), classes[winner]]));
    }
    say(chance, now ? now[winner].toFixed(2) : "");
    say(verdict, now ? (winner === label ? "right" : "wrong") : "");
    rows.forEach((row, klass) => row.show(now?.[klass] ?? 0, before?.[klass] ?? 0, klass === winner, notes[klass] ?? ""));
  };
  return { node, show };
}

function makeRow(name, mark) {
  const [strong, pale, value, note] = [element("i", "cv-in-walk-now"), element("i", "cv-in-walk-before"), element("span", "cv-in-walk-value"), element("small", "cv-in-walk-note")];
  const node = element("div", "cv-in-walk-row", sign(mark), element("span", "cv-in-walk-name", name, note), element("span", "cv-in-walk-bars", pale, strong), value);
  const show = (now, before, isWinner, words) => {
    say(value, now.toFixed(2));
    say(note, words);
    strong.style.transform = `scaleX(${Math.max(now, LEAST).toFixed(4)})`;
    pale.style.transform = `scaleX(${before.toFixed(4)})`;
    node.classList.toggle("cv-in-walk-winner", isWinner);
  };
  return { node, show };
}

// Shares below each other, each with its words, a bar, a number; `mark` is where chance would be.
export function makeShares(count, className = "") {
  const rows = Array.from({ length: count }, makeShare);
  const node = element("div", `cv-in-walk-shares ${className}`, ...rows.map((row) => row.node));
  const show = (all) => rows.forEach((row, index) => row.show(all[index]));
  return { node, show };
}

function makeShare() {
  const [label, bar, tick, value] = [element("span", "cv-in-walk-label"), element("i", "cv-in-walk-now"), element("i", "cv-in-walk-tick"), element("b", "cv-in-walk-number")];
  const node = element("div", "cv-in-walk-share", label, element("span", "cv-in-walk-bars", bar, tick), value);
  const show = ({ label: words, share, text, chance = null }) => {
    say(label, words);
    say(value, text);
    node.classList.toggle("cv-in-walk-hidden", share === null);
    bar.style.transform = `scaleX(${Math.max(share ?? 0, LEAST).toFixed(4)})`;
    tick.hidden = chance === null;
    if (chance !== null) tick.style.left = `${(100 * chance).toFixed(2)}%`;
  };
  return { node, show };
}

// --- What plays by itself ---------------------------------------------------------------------------------------------------------------

// Play, pause, and where it is: `sought(share)` when somebody goes elsewhere.
export function makePlayer({ toggled, sought, settled }) {
  const button = makeButton("cv-button cv-play", "Play or pause (P)", toggled, icon("play"), icon("pause"));
  const input = element("input", "cv-scrubber");
  Object.assign(input, { type: "range", min: 0, max: 1000, step: 1, tabIndex: -1 });
  const words = element("span", "cv-in-walk-place");
  input.addEventListener("input", () => sought(Number(input.value) / 1000));
  input.addEventListener("change", settled);
  const node = element("div", "cv-in-walk-player", button, element("div", "cv-in-walk-track", input), words);
  const show = (share, name, said) => {
    input.setAttribute("aria-label", name);
    input.value = Math.round(1000 * share);
    input.style.setProperty("--cv-done", `${(100 * share).toFixed(2)}%`);
    say(words, said);
  };
  return { node, show };
}
