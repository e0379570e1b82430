// The map: over the pale picture, at the middle of every place of the patch, what became of the probability there.

import { element } from "../elements.mjs";
import { put, svg } from "../lab/drawing.mjs";
import { cellOf, extentOf, positionOf, stepNear, VIEWS } from "./model.mjs";
import { canvasOf, fitTo, placeUnder, setBox } from "./picture.mjs";
import { amountOf, colourOf, makeScale } from "./scale.mjs";
import { HELP, sizeWords } from "./words.mjs";

const QUARTER = 0.25; // of the picture's contrast is left under the map
const LATER = 0.25; // how visible what is still to come is
const LEAST = 9; // px of the marker of a place
const DARK = 30; // what is black enough
const GREY = [0.299, 0.587, 0.114]; // how bright red, green and blue are

// The picture in grey; the more map, the less contrast, towards white or, in the dark, towards black.
export function pale({ data, shape: [channels, height, width] }, mix, isDark) {
  const image = new ImageData(width, height);
  const plane = height * width;
  const contrast = 1 - (1 - QUARTER) * Math.min(2 * mix, 1);
  const rest = (1 - contrast) * (isDark ? DARK : 255);
  for (let at = 0; at < plane; at += 1) {
    const grey = channels === 3 ? GREY.reduce((sum, part, channel) => sum + part * data[channel * plane + at], 0) : data[at];
    image.data.fill(rest + contrast * grey, 4 * at, 4 * at + 3);
    image.data[4 * at + 3] = 255;
  }
  return image;
}

// How opaque a cell is: at half mix as strong as its amount, below that less, above that more and more, all of them at last.
export function opacityOf(amount, mix) {
  const own = Math.min(1.5 * Math.abs(amount), 1);
  return mix <= 0.5 ? 2 * mix * own : own + (2 * mix - 1) * (1 - own);
}

// The cells of the map as a picture, a pixel each; behind `until` they are still to come.
export const cellsOf = (map, look) => fadedBehind(wholeOf(map, look), look.until);

function wholeOf({ values, counts: [rows, columns] }, { shows, scale, colours, mix }) {
  const image = new ImageData(columns, rows);
  values.forEach((value, step) => {
    const amount = amountOf(shows, scale, value);
    colourOf(colours, amount).forEach((part, at) => (image.data[4 * step + at] = part));
    image.data[4 * step + 3] = 255 * opacityOf(amount, mix);
  });
  return image;
}

function fadedBehind({ data, width, height }, last) {
  const image = new ImageData(data.slice(), width, height);
  for (let at = 4 * last + 7; at < data.length; at += 4) image.data[at] = LATER * data[at];
  return image;
}

// A map over its picture, on a canvas that shows `zoom` px a cell of the picture.
export function drawMap(ctx, base, cells, grid, zoom) {
  ctx.imageSmoothingEnabled = false;
  ctx.setTransform(zoom, 0, 0, zoom, 0, 0);
  ctx.clearRect(0, 0, base.width, base.height);
  ctx.drawImage(base, 0, 0);
  if (!cells) return;
  const [top, left] = grid.sizes.map((size) => (Math.min(grid.patch, size) - grid.stride) / 2);
  const [rows, columns] = grid.counts;
  ctx.drawImage(cells, left, top, columns * grid.stride, rows * grid.stride);
}

export function makeMap(does) {
  const title = element("h3", "", "Map");
  title.title = "A cell where the middle of the patch was, a place each";
  const views = VIEWS.map((view) => viewButton(view, () => does.showed(view)));
  const head = element("div", "cv-in-head", title, segmented(views));
  const canvas = element("canvas");
  const box = element("div", "cv-in-box cv-in-map-box", canvas);
  const scale = makeScale();
  const mix = mixSlider(does.mixed);
  const node = element("section", "cv-in-panel cv-in-map", head, element("div", "cv-in-body", box, scale.node), mix.node);
  const marks = makeMarks();
  const [base, cells] = [element("canvas"), element("canvas")];
  const known = {};

  const draw = ({ scene, map, colours, mix: share, shows, theme, zoom, ratio, until: last }) => {
    const baseKey = `${share} ${theme}`;
    if (known.picture !== scene.picture || known.baseKey !== baseKey) {
      Object.assign(known, { picture: scene.picture, baseKey });
      put(base, pale(scene.picture, share, theme === "dark"));
    }
    if (map && (known.drawn !== map || known.cellsKey !== baseKey)) {
      const whole = wholeOf({ ...map, counts: scene.grid.counts }, { shows, scale: map.scale, colours, mix: share });
      Object.assign(known, { drawn: map, cellsKey: baseKey, whole });
    }
    if (map) put(cells, fadedBehind(known.whole, last));
    drawMap(canvas.getContext("2d"), base, map && cells, scene.grid, zoom * ratio);
  };

  const show = (model) => {
    const { scene, map, mix: share, shows, theme, zoom, ratio, until: last, step } = model;
    Object.assign(known, { model });
    const [, ...sizes] = scene.picture.shape;
    const isNew = fitTo(canvas, sizes.map((size) => size * zoom), ratio);
    const key = [share, shows, theme, last, zoom].join();
    if (isNew || known.scene !== scene || known.map !== map || known.key !== key) {
      Object.assign(known, { scene, map, key });
      draw(model);
    }
    views.forEach((button) => button.setAttribute("aria-pressed", button.textContent === shows));
    mix.show(share);
    marks.node.toggleAttribute("hidden", !map);
    const name = map ? `Map ${sizeWords(scene.grid.counts)}` : "Map";
    if (title.textContent !== name) title.textContent = name;
    scale.node.toggleAttribute("hidden", !map);
    if (!map) return;
    marks.show(scene.grid, step, zoom);
    scale.show({ scale: map.scale, colours: model.colours, shows, words: map.words, at: map.values[step], height: sizes[0] * zoom - model.titleHeight });
  };

  const stepUnder = (event) => stepNear(known.model.scene.grid, placeUnder(event, box, known.model.zoom));
  const isThere = () => known.model?.map;
  box.addEventListener("pointerdown", (event) => {
    if (!isThere() || event.button !== 0) return;
    box.setPointerCapture(event.pointerId);
    known.drags = true;
    does.dragged(stepUnder(event));
  });
  box.addEventListener("pointermove", (event) => {
    if (isThere()) (known.drags ? does.dragged : does.peeked)(stepUnder(event));
  });
  for (const type of ["pointerup", "pointercancel"]) box.addEventListener(type, () => (known.drags = false));
  box.addEventListener("pointerleave", () => does.peeked(null));
  return { node, show, marks: marks.node };
}

function viewButton(view, chose) {
  const button = element("button", "", view);
  Object.assign(button, { type: "button", tabIndex: -1, title: HELP[view] });
  button.addEventListener("click", chose);
  return button;
}

function segmented(buttons) {
  const node = element("div", "cv-in-views", ...buttons);
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", "Map shows");
  return node;
}

// How much of the map covers the picture.
function mixSlider(mixed) {
  const input = element("input");
  Object.assign(input, { type: "range", min: 0, max: 100, step: 1, tabIndex: -1, title: "How much of the map covers the picture" });
  input.setAttribute("aria-label", "Map over picture");
  input.addEventListener("input", () => mixed(Number(input.value) / 100));
  const node = element("label", "cv-in-mix", element("span", "", "picture"), input, element("span", "", "map"));
  const known = {};
  const show = (share) => {
    if (known.share === share) return;
    known.share = share;
    input.value = 100 * share;
    input.style.setProperty("--cv-done", `${100 * share}%`);
  };
  return { node, show };
}

// What is drawn over the map: how far the middles of the patch go, and the cell of the place.
function makeMarks() {
  const extent = svg("rect", { class: "cv-in-extent" });
  const [casing, here] = [svg("rect", { class: "cv-in-casing", rx: 2.5 }), svg("rect", { class: "cv-in-outline", rx: 2.5 })];
  const node = svg("g", {}, extent, casing, here);
  const known = {};
  const show = (grid, step, zoom) => {
    if (known.grid !== grid || known.zoom !== zoom) {
      const [[top, bottom], [left, right]] = grid.counts.map((count, axis) => extentOf(count, grid.sizes[axis], grid).map((each) => each * zoom));
      setBox(extent, left, top, right - left, bottom - top);
    }
    if (known.grid === grid && known.zoom === zoom && known.step === step) return;
    Object.assign(known, { grid, zoom, step });
    for (const rect of [casing, here]) setBox(rect, ...markerOf(grid, step, zoom));
  };
  return { node, show };
}

// The box [x, y, width, height] around the cell of a step, in px; tiny cells get one that can be seen.
export function markerOf(grid, step, zoom) {
  const [rows, columns] = positionOf(grid, step).map((position, axis) => {
    const [from, to] = cellOf(position, grid.sizes[axis], grid).map((each) => each * zoom);
    const length = Math.max(to - from, LEAST);
    return [(from + to - length) / 2, length];
  });
  return [columns[0], rows[0], columns[1], rows[1]];
}
