// The picture, with the patch on it that is dragged.

import { element } from "../elements.mjs";
import { imageOf, put, svg } from "../lab/drawing.mjs";
import { covered, middleOf, positionOf, stepNear } from "./model.mjs";
import { pictureWords, sizeWords } from "./words.mjs";

// A picture as a canvas as large as itself; each is made once.
const canvases = new WeakMap(); // bytes → canvas

export function canvasOf({ data, shape }) {
  if (!canvases.has(data)) {
    const canvas = element("canvas");
    put(canvas, imageOf(data, shape));
    canvases.set(data, canvas);
  }
  return canvases.get(data);
}

// A canvas of so many px, sharp at any scale of the screen; whether its size is a new one.
export function fitTo(canvas, [height, width], scale) {
  const size = [Math.max(Math.round(width * scale), 1), Math.max(Math.round(height * scale), 1)];
  if (canvas.width === size[0] && canvas.height === size[1]) return false;
  [canvas.width, canvas.height] = size;
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  return true;
}

// Where something under the pointer lies in the picture: [row, column], in cells.
export function placeUnder(event, box, zoom) {
  const { left, top } = box.getBoundingClientRect();
  return [(event.clientY - top) / zoom, (event.clientX - left) / zoom];
}

export function makePicture({ dragged }) {
  const title = element("h3", "", "Picture");
  const note = element("span", "cv-note", "drag the patch");
  const canvas = element("canvas");
  const box = element("div", "cv-in-box cv-in-picture-box", canvas);
  const foot = element("p", "cv-in-foot cv-note");
  const node = element("section", "cv-in-panel cv-in-picture", element("div", "cv-in-head", title, note), box, foot);
  const marks = makeMarks();
  const known = { grab: null };

  const draw = ({ scene: { picture, filled, grid }, step, zoom, ratio }) => {
    const ctx = canvas.getContext("2d");
    ctx.imageSmoothingEnabled = false;
    ctx.setTransform(zoom * ratio, 0, 0, zoom * ratio, 0, 0);
    ctx.drawImage(canvasOf(picture), 0, 0);
    if (!grid) return;
    const [[top, bottom], [left, right]] = patchOf(grid, step);
    ctx.drawImage(canvasOf(filled), left, top, right - left, bottom - top, left, top, right - left, bottom - top);
    marks.show(grid, step, zoom);
  };

  const show = (model) => {
    const { scene, step, zoom, ratio, about, field } = model;
    const [, ...sizes] = scene.picture.shape;
    const isNew = fitTo(canvas, sizes.map((size) => size * zoom), ratio);
    const isOther = known.scene !== scene;
    Object.assign(known, { model, scene });
    if (isOther) say(sizes, scene, about);
    if (isNew || isOther || known.step !== step || known.zoom !== zoom) draw(model);
    Object.assign(known, { step, zoom });
    marks.point(field, zoom, sizes);
  };

  const say = (sizes, scene, about) => {
    title.textContent = `Picture ${sizeWords(sizes)}`;
    foot.textContent = pictureWords(scene.of, scene.label, about.classes);
    node.classList.toggle("cv-in-still", !scene.grid);
    marks.patch.toggleAttribute("hidden", !scene.grid);
  };

  // Inside the patch it is taken hold of; elsewhere it comes to where one presses.
  const begin = (event) => {
    const { model } = known;
    if (!model?.scene.grid || event.button !== 0) return;
    box.setPointerCapture(event.pointerId);
    const place = placeUnder(event, box, model.zoom);
    const { grid } = model.scene;
    const isInside = patchOf(grid, model.step).every(([from, to], axis) => place[axis] >= from && place[axis] < to);
    const middle = middleOf(grid, model.step);
    known.grab = place.map((each, axis) => (isInside ? middle[axis] - each : 0));
    move(event);
  };

  const move = (event) => {
    const { model, grab } = known;
    if (!grab || !model.scene.grid) return;
    const place = placeUnder(event, box, model.zoom);
    dragged(stepNear(model.scene.grid, place.map((each, axis) => each + grab[axis])));
  };

  const end = () => (known.grab = null);
  box.addEventListener("pointerdown", begin);
  box.addEventListener("pointermove", move);
  for (const type of ["pointerup", "pointercancel"]) box.addEventListener(type, end);
  return { node, show, marks: marks.node };
}

export const patchOf = (grid, step) => positionOf(grid, step).map((position, axis) => covered(position, grid.sizes[axis], grid));

// What is drawn over the picture: the outline of the patch, its middle, and the field of a unit that is pointed at.
function makeMarks() {
  const [casing, outline] = [svg("rect", { class: "cv-in-casing" }), svg("rect", { class: "cv-in-outline" })];
  const [under, plus] = [svg("path", { class: "cv-in-plus-casing" }), svg("path", { class: "cv-in-plus" })];
  const [fieldCasing, field] = [svg("rect", { class: "cv-in-field-casing" }), svg("rect", { class: "cv-in-field" })];
  const fields = svg("g", {}, fieldCasing, field);
  const patch = svg("g", {}, casing, outline, under, plus);
  const node = svg("g", {}, patch, fields);
  const known = {};

  const show = (grid, step, zoom) => {
    const [[top, bottom], [left, right]] = patchOf(grid, step).map((span) => span.map((each) => each * zoom));
    for (const rect of [casing, outline]) setBox(rect, left, top, right - left, bottom - top);
    const arm = Math.min(9, (right - left) / 4, (bottom - top) / 4);
    const [row, column] = [(top + bottom) / 2, (left + right) / 2];
    for (const path of [under, plus]) path.setAttribute("d", `M${column - arm} ${row}h${2 * arm}M${column} ${row - arm}v${2 * arm}`);
  };

  // As much of the field as lies on the picture.
  const point = (spans, zoom, sizes) => {
    const key = JSON.stringify([spans, zoom]);
    if (known.key === key) return;
    known.key = key;
    fields.toggleAttribute("hidden", !spans);
    if (!spans) return;
    const [[top, bottom], [left, right]] = spans.map(([from, to], axis) => [Math.max(from, 0) * zoom, Math.min(to, sizes[axis]) * zoom]);
    for (const rect of [fieldCasing, field]) setBox(rect, left, top, Math.max(right - left, 0), Math.max(bottom - top, 0));
  };
  return { node, patch, show, point };
}

export function setBox(rect, x, y, width, height) {
  for (const [name, value] of Object.entries({ x, y, width, height })) rect.setAttribute(name, value.toFixed(2));
}
