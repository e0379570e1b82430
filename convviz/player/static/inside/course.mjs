// The score of a picture that emerges, step by step, against that of the best test picture.

import { element } from "../elements.mjs";
import { svg } from "../lab/drawing.mjs";
import { threeDigits } from "./units.mjs";

export const EVERY = 8; // steps between two pictures
export const LAST = 256; // steps
const NOTHING = [];
const ROOM = { left: 40, right: 12, top: 8, bottom: 22 }; // px around the curve

// The lowest and the highest value that the curve has room for.
export function rangeOf(scores, best) {
  const [low, high] = [Math.min(0, best, ...scores), Math.max(0, best, ...scores)];
  return [low, high + 0.06 * (high - low || 1)];
}

export function makeCourse() {
  const grid = svg("g", { class: "cv-in-axes" });
  const [before, later, dashes] = [svg("path", { class: "cv-in-curve" }), svg("path", { class: "cv-in-curve cv-in-curve-later" }), svg("line", { class: "cv-in-dashes" })];
  const [here, dot, label] = [svg("line", { class: "cv-in-at" }), svg("circle", { class: "cv-in-dot", r: 4.5 }), svg("text", { class: "cv-in-best-label", "text-anchor": "end" }, "best test picture")];
  const picture = svg("svg", { "aria-hidden": "true" }, grid, dashes, label, before, later, here, dot);
  const node = element("div", "cv-in-chart", picture);
  const known = {};

  const show = (run, at) => {
    const { scores = NOTHING, best } = run;
    node.classList.toggle("cv-in-nothing", !scores.length);
    const { width } = known;
    if (known.drawn === scores && known.at === at) return;
    Object.assign(known, { drawn: scores, at });
    if (!scores.length) return grid.replaceChildren();
    const range = rangeOf(scores, best.score);
    const xOf = (step) => ROOM.left + ((width - ROOM.left - ROOM.right) * step) / (LAST / EVERY);
    const yOf = (value) => known.height - ROOM.bottom - ((known.height - ROOM.top - ROOM.bottom) * (value - range[0])) / (range[1] - range[0]);
    const path = (from, values) => values.map((value, index) => `${index ? "L" : "M"}${xOf(from + index).toFixed(1)} ${yOf(value).toFixed(1)}`).join("");
    picture.setAttribute("viewBox", `0 0 ${width} ${known.height}`);
    grid.replaceChildren(...axes(range, width, xOf, yOf, known.height));
    before.setAttribute("d", path(0, scores.slice(0, at + 1)));
    later.setAttribute("d", path(at, scores.slice(at)));
    place({ dashes, label, here, dot }, { best: yOf(best.score), x: xOf(at), y: yOf(scores[at]), base: yOf(range[0]), width });
  };

  const resized = (width, height) => {
    Object.assign(known, { width, height, drawn: null });
    node.style.height = `${height}px`;
  };
  return { node, show, resized };
}

function place({ dashes, label, here, dot }, { best, x, y, base, width }) {
  const set = (node, attributes) => Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  set(dashes, { x1: ROOM.left, x2: width - ROOM.right, y1: best, y2: best });
  set(label, { x: width - ROOM.right - 10, y: best < ROOM.top + 20 ? best + 16 : best - 6 });
  set(here, { x1: x, x2: x, y1: ROOM.top - 4, y2: base });
  set(dot, { cx: x, cy: y });
}

// The line of 0 or of the lowest score, and the numbers at both ends.
function axes([low, high], width, xOf, yOf, height) {
  const rules = [...new Set([low, 0, high])].map((value) => [value, Math.round(yOf(value)) + 0.5]);
  const lines = rules.filter(([value]) => value !== high).map(([value, y]) => svg("line", { x1: ROOM.left, x2: width - ROOM.right, y1: y, y2: y, class: value === 0 ? "cv-in-base" : "cv-in-rule-of" }));
  const words = rules.filter(([value, y]) => value === 0 || Math.abs(y - yOf(0)) > 14).map(([value, y]) => svg("text", { x: ROOM.left - 7, y, dy: "0.35em", "text-anchor": "end" }, value === 0 ? "0" : threeDigits(Number(value.toPrecision(2)))));
  const ends = [[0, "0", "middle"], [LAST / EVERY, `${LAST} steps`, "end"]].map(([step, said, anchor]) => svg("text", { x: xOf(step) + (anchor === "end" ? 4 : 0), y: height - 5, "text-anchor": anchor }, said));
  return [...lines, ...words, ...ends];
}
