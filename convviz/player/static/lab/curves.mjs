// Loss and accuracy over the epochs: axes that stay, what is reached, the place.

import { element } from "../elements.mjs";
import { svg } from "./drawing.mjs";

const MARGIN = { left: 46, right: 12, top: 7, bottom: 25 };
const NICE = [[1, 0.25], [1.2, 0.3], [1.5, 0.5], [2, 0.5], [2.5, 0.5], [3, 1], [4, 1], [5, 1], [6, 2], [8, 2], [10, 2.5]]; // top, step
const EPOCH_STEPS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 150, 200, 250, 500, 1000];
const OFF = 4; // losses so many times larger than at first leave the picture: the others stay readable

// An axis from 0 to a round number that has room for a value: {top, ticks}.
export function roundAxis(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const [top, step] = NICE.find(([mantissa]) => mantissa * power >= value * (1 - 1e-9)) ?? NICE.at(-1);
  const digits = Math.max(0, (String(step).split(".")[1]?.length ?? 0) - Math.round(Math.log10(power)));
  const ticks = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, at) => at * step * power);
  return { top: top * power, ticks: ticks.map((tick) => [tick, tick ? tick.toFixed(digits) : "0"]) };
}

// Of all losses of a run: at least what a guess costs, and no larger for a few that are far off.
export function lossAxis(figures, classes) {
  const guess = Math.log(Math.max(classes, 2));
  const losses = figures.flatMap(({ train_loss, test_loss }) => [train_loss, test_loss]).filter(Number.isFinite);
  const most = Math.max(guess, figures[0]?.test_loss || 0) * OFF;
  return roundAxis(Math.min(Math.max(guess, ...losses), most));
}

export const accuracyAxis = () => ({ top: 1, ticks: [0, 25, 50, 75, 100].map((part) => [part / 100, `${part} %`]) });

// Epochs that are written below the axis, both ends among them; at most so many steps, even ones if there are any.
export function epochTicks(epochs, most) {
  const fits = EPOCH_STEPS.filter((step) => epochs / step <= most);
  const step = fits.find((each) => epochs % each === 0 && epochs / each >= Math.min(3, epochs)) ?? fits[0] ?? epochs;
  const ticks = Array.from({ length: Math.floor(epochs / step) + 1 }, (_, at) => at * step);
  return [...ticks.filter((tick) => epochs - tick >= 0.7 * step), epochs];
}

// The outline of a curve, broken where there is no number.
export function curveOf(figures, name, xOf, yOf) {
  let pen = "M";
  return figures.reduce((path, each) => {
    if (!Number.isFinite(each[name])) {
      pen = "M";
      return path;
    }
    const point = `${pen}${xOf(each.epoch).toFixed(1)} ${yOf(each[name]).toFixed(1)}`;
    pen = "L";
    return path + point;
  }, "");
}

let charts = 0; // names of clips differ from chart to chart

// `names` of the two curves in the figures, `format` of their values; `sought(epoch)` hears where somebody clicks or drags.
export function makeCurves({ title, names: [testName, trainName], axisOf, format, sought }) {
  const values = { test: element("b"), train: element("span") };
  const legend = element("span", "cv-lab-legend", ...Object.entries(values).map(([name, value]) => element("span", `cv-lab-key cv-lab-key-${name}`, element("i"), `${name} `, value)));
  const clip = { before: svg("rect", { y: 0 }), later: svg("rect", { y: 0 }) };
  charts += 1;
  const ids = { before: `cv-lab-before-${charts}`, later: `cv-lab-later-${charts}` };
  const grid = svg("g", { class: "cv-lab-axes" });
  const curves = Object.entries(ids).map(([part, id]) => {
    const [train, test] = [svg("path", { class: "cv-lab-train" }), svg("path", { class: "cv-lab-test" })];
    return { test, train, node: svg("g", { class: `cv-lab-curves cv-lab-${part}`, "clip-path": `url(#${id})` }, train, test) };
  });
  const here = svg("line", { class: "cv-lab-here" });
  const dot = svg("circle", { class: "cv-lab-dot", r: 5 });
  const clips = Object.entries(ids).map(([part, id]) => svg("clipPath", { id }, clip[part]));
  const picture = svg("svg", { "aria-hidden": "true" }, svg("defs", {}, ...clips), grid, ...curves.map(({ node }) => node), here, dot);
  const room = element("div", "cv-lab-room", picture);
  const node = element("section", "cv-lab-panel cv-lab-chart", element("div", "cv-lab-head", element("h3", "", title), legend), room);
  const known = {};

  const xOf = (epoch) => known.left + (known.width * epoch) / known.epochs;
  const yOf = (value) => known.bottom - (known.height * value) / known.axis.top;

  const layOut = () => {
    const [width, height] = known.size;
    Object.assign(known, { left: MARGIN.left, top: MARGIN.top, bottom: height - MARGIN.bottom, width: width - MARGIN.left - MARGIN.right });
    known.height = known.bottom - known.top;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    grid.replaceChildren(...axesOf(known, xOf, yOf));
    for (const part of curves) {
      part.test.setAttribute("d", curveOf(known.figures, testName, xOf, yOf));
      part.train.setAttribute("d", curveOf(known.figures, trainName, xOf, yOf));
    }
    for (const part of Object.values(clip)) part.setAttribute("height", known.bottom + 2);
    clip.before.setAttribute("x", 0);
    here.setAttribute("y1", 0);
    here.setAttribute("y2", known.bottom);
  };

  const place = () => {
    const figures = known.figures[known.place];
    const x = xOf(known.place);
    clip.before.setAttribute("width", x);
    clip.later.setAttribute("x", x);
    clip.later.setAttribute("width", Math.max(known.left + known.width + 8 - x, 0));
    for (const end of ["x1", "x2"]) here.setAttribute(end, x);
    const value = figures?.[testName];
    here.style.display = figures ? "" : "none";
    dot.style.display = Number.isFinite(value) && value <= known.axis.top ? "" : "none";
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", yOf(value || 0));
    values.test.textContent = figures ? format(value) : "";
    values.train.textContent = figures ? format(figures[trainName]) : "";
  };

  const show = ({ figures, epochs, place: at, classes }) => {
    const same = known.figures === figures && known.epochs === epochs && known.laidOut;
    if (!known.size || (same && known.place === at)) return;
    Object.assign(known, { figures, epochs, place: at, laidOut: true });
    if (!same) {
      known.axis = axisOf(figures, classes);
      layOut();
    }
    place();
  };

  const epochAt = (event) => Math.round(((event.clientX - room.getBoundingClientRect().left - known.left) * known.epochs) / known.width);
  room.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    room.setPointerCapture(event.pointerId);
    sought(epochAt(event));
  });
  room.addEventListener("pointermove", (event) => room.hasPointerCapture(event.pointerId) && sought(epochAt(event)));
  const resized = (...size) => Object.assign(known, { size, laidOut: false });
  return { node, show, room, resized };
}

// Lines and numbers of both axes.
function axesOf({ left, width, bottom, axis, epochs }, xOf, yOf) {
  const nodes = axis.ticks.flatMap(([value, words]) => {
    const y = Math.round(yOf(value)) + 0.5;
    const line = svg("line", { x1: left, x2: left + width, y1: y, y2: y, class: value ? "cv-lab-rule" : "cv-lab-base" });
    return [line, svg("text", { x: left - 8, y, dy: "0.35em", "text-anchor": "end" }, words)];
  });
  const below = epochTicks(epochs, width > 300 ? 6 : 4).map((epoch) => svg("text", { x: xOf(epoch), y: bottom + 18, "text-anchor": "middle" }, `${epoch}`));
  return [...nodes, ...below, svg("text", { x: left - 8, y: bottom + 18, "text-anchor": "end" }, "epoch")];
}
