// The pad: a picture enlarged, a pen of a few cells, colours, and what takes a stroke back.

import { element } from "../elements.mjs";
import { imageOf, put } from "../lab/drawing.mjs";
import { colourAt, filled, firstCell, stroked } from "./pen.mjs";
import { icon } from "./picker-icons.mjs";

const SIZES = [1, 2, 3, 4]; // cells
const USUAL = 14; // cells of a picture for each cell of the pen that it begins with
const MOST_UNDONE = 100; // strokes
const [LARGE, SMALL, LOW] = [240, 196, 800]; // px of the pad, fewer where the window is lower than this
const GRID_UP_TO = 40; // cells along a side that have lines between them

const PAINTS = { white: [255, 255, 255], black: [0, 0, 0], grey: [128, 128, 128], red: [214, 40, 40], yellow: [250, 204, 60], green: [34, 150, 84], blue: [38, 92, 214] };
const INKS = { ink: [255], rubber: [0] };

// `changed(bytes, isAsBegun)` hears of the end of every stroke, and of what was taken back; `done()` that it is enough.
export function makePad({ changed, done }) {
  const pad = { shape: null, bytes: null, begun: null, undone: [], pen: null, takes: false, stroke: null };
  const parts = makeParts();
  const show = () => showPad(parts, pad);
  const set = (change) => (Object.assign(pad, change), show());
  const settle = (bytes) => {
    set({ undone: [...pad.undone, pad.bytes].slice(-MOST_UNDONE), bytes });
    changed(bytes, false);
  };
  const undo = () => {
    if (pad.stroke || !pad.undone.length) return;
    set({ bytes: pad.undone.at(-1), undone: pad.undone.slice(0, -1) });
    changed(pad.bytes, pad.bytes === pad.begun);
  };
  const leave = () => pad.stroke || done();

  parts.sizes.forEach((node, at) => node.addEventListener("click", () => set({ pen: { ...pad.pen, size: SIZES[at] } })));
  parts.node.addEventListener("click", ({ target: { convvizColour: colour } }) => colour && set({ pen: { ...pad.pen, colour } }));
  parts.take.addEventListener("click", () => set({ takes: !pad.takes }));
  parts.fill.addEventListener("click", () => settle(filled(pad.shape, pad.pen.soft ? INKS.rubber : pad.pen.colour)));
  parts.undo.addEventListener("click", undo);
  parts.done.addEventListener("click", leave);
  listen(parts, pad, set, settle);

  return {
    node: parts.node,
    open: (bytes, shape) => {
      if (shape.join() !== pad.shape?.join()) {
        Object.assign(pad, { shape, pen: penFor(shape) });
        makeColours(parts, pad.pen.soft);
      }
      fit(parts.paper, shape);
      set({ bytes, begun: bytes, undone: [], takes: false, stroke: null });
    },
    take: settle,
    focus: () => parts.paper.focus({ preventScroll: true }),
    // Whether a key was meant for the pad.
    key: ({ key, ctrlKey, metaKey }) => {
      const isUndo = key.toLowerCase() === "z" && (ctrlKey || metaKey);
      if (isUndo) undo();
      if (key === "Escape") leave();
      return isUndo || key === "Escape";
    },
  };
}

// A single channel is drawn as with ink, soft at its edges.
function penFor([channels, height, width]) {
  const size = Math.min(Math.max(Math.round(Math.max(height, width) / USUAL), SIZES[0]), SIZES.at(-1));
  return { size, soft: channels === 1, colour: channels === 1 ? INKS.ink : PAINTS.black };
}

// --- Parts ------------------------------------------------------------------------------------------------------------------------

function button(className, label, ...content) {
  const node = element("button", className, ...content);
  node.type = "button";
  return labelled(node, label);
}

function labelled(node, label) {
  node.title = label;
  node.setAttribute("aria-label", label);
  return node;
}

function makeParts() {
  const [canvas, nib] = [element("canvas"), element("i", "cv-in-pad-nib")];
  const paper = element("div", "cv-in-pad-paper", canvas, nib);
  paper.tabIndex = 0;
  paper.setAttribute("role", "img");
  const sizes = SIZES.map(sizeButton);
  const take = button("cv-in-pad-tool", "Take the colour of a cell: press it (or press it with Alt)", icon("dropper"));
  const [tools, paints] = [element("div", "cv-in-pad-row", ...sizes), element("div", "cv-in-pad-row")];
  const undo = button("cv-in-pick-button", "Take the last stroke back (Ctrl+Z)", icon("undo"), "undo");
  const fill = button("cv-in-pick-button", "");
  const done = button("cv-in-pick-button cv-in-pick-strong", "Back to the pictures; what is drawn stays (Escape)", "done");
  const node = element("div", "cv-in-pad", paper, tools, paints, element("div", "cv-in-pick-row", undo, fill, done));
  return { node, paper, canvas, nib, sizes, take, tools, paints, undo, fill, done, colours: [], taken: null };
}

function sizeButton(size) {
  const dot = element("i", "cv-in-pad-dot");
  dot.style.setProperty("--cv-dot", `${2 + 3 * size}px`);
  return button("cv-in-pad-tool", size === 1 ? "A pen of 1 cell" : `A pen of ${size} cells`, dot);
}

const inkButton = ([name, colour]) => Object.assign(button("cv-in-pad-tool cv-in-pad-ink", name, name), { convvizColour: colour });

const paintButton = ([name, colour]) => painted(button("cv-in-pad-paint", name), colour);

function painted(node, colour) {
  node.style.background = `rgb(${colour.join(" ")})`;
  return Object.assign(node, { convvizColour: colour });
}

// Ink has a rubber; paints are seven, and the one that was taken from the picture.
function makeColours(parts, soft) {
  const taken = soft ? null : paintButton(["taken from the picture", []]);
  const colours = soft ? Object.entries(INKS).map(inkButton) : [...Object.entries(PAINTS).map(paintButton), taken];
  Object.assign(parts, { colours, taken });
  parts.tools.replaceChildren(...parts.sizes, element("span", "cv-in-pick-grows"), ...(soft ? colours : [parts.take]));
  parts.paints.replaceChildren(...(soft ? [] : colours));
  parts.paints.hidden = soft;
  parts.fill.textContent = soft ? "blank" : "fill";
  labelled(parts.fill, soft ? "Begin with nothing: all black" : "The whole picture in the chosen colour");
}

// Whole pixels for each cell.
function fit(paper, [, height, width]) {
  const cell = Math.max(Math.floor((innerHeight < LOW ? SMALL : LARGE) / Math.max(height, width)), 1);
  Object.assign(paper.style, { width: `${cell * width}px`, aspectRatio: `${width} / ${height}` });
  paper.style.setProperty("--cv-rows", height);
  paper.style.setProperty("--cv-columns", width);
  paper.classList.toggle("cv-in-pad-grid", Math.max(height, width) <= GRID_UP_TO);
  paper.setAttribute("aria-label", `Drawing pad, ${height} by ${width} cells: draw with the pointer`);
}

function showPad({ canvas, paper, sizes, take, colours, taken, undo }, { pen, bytes, shape, undone, takes, stroke }) {
  const isChosen = ({ convvizColour }) => convvizColour.join() === pen.colour.join();
  put(canvas, imageOf(stroke?.bytes ?? bytes, shape));
  sizes.forEach((node, at) => node.setAttribute("aria-pressed", SIZES[at] === pen.size));
  if (taken && !colours.some(isChosen)) painted(taken, pen.colour);
  if (taken) taken.hidden = !taken.convvizColour.length;
  for (const node of colours) node.setAttribute("aria-pressed", isChosen(node));
  take.setAttribute("aria-pressed", takes);
  paper.classList.toggle("cv-in-pad-takes", takes);
  if (!undone.length && undo === document.activeElement) paper.focus({ preventScroll: true }); // a disabled button hears no keys
  undo.disabled = !undone.length;
}

// --- The pointer ------------------------------------------------------------------------------------------------------------------

function listen({ paper, canvas, nib }, pad, set, settle) {
  const pointOf = ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientY - top) / height) * pad.shape[1], ((clientX - left) / width) * pad.shape[2]];
  };
  const draw = (stroke, point) => ({ ...stroke, at: point, bytes: stroked(stroke.bytes, pad.shape, pad.pen, stroke.at, point) });

  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pad.stroke) return;
    const point = pointOf(event);
    if (!pad.pen.soft && (pad.takes || event.altKey)) {
      const cell = point.map((each, axis) => Math.min(Math.max(Math.floor(each), 0), pad.shape[axis + 1] - 1));
      set({ takes: false, pen: { ...pad.pen, colour: colourAt(pad.bytes, pad.shape, cell) } });
      return;
    }
    paper.setPointerCapture(event.pointerId);
    set({ stroke: draw({ id: event.pointerId, at: point, bytes: pad.bytes }, point) });
  });

  paper.addEventListener("pointermove", (event) => {
    showNib(nib, pad, pointOf(event), event.pointerType);
    if (event.pointerId !== pad.stroke?.id) return;
    const events = event.getCoalescedEvents?.() ?? [];
    set({ stroke: (events.length ? events : [event]).map(pointOf).reduce(draw, pad.stroke) });
  });

  const end = ({ pointerId }) => {
    if (pointerId !== pad.stroke?.id) return;
    const { bytes } = pad.stroke;
    pad.stroke = null;
    settle(bytes);
  };
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) paper.addEventListener(type, end);
  paper.addEventListener("pointerleave", () => nib.classList.remove("cv-in-pad-near"));
}

// Where the pen would draw; under a finger nobody would see it.
function showNib(nib, { pen: { size, soft }, shape: [, height, width] }, point, pointer) {
  const [row, column] = soft ? point.map((each) => each - size / 2) : firstCell(point, size);
  nib.classList.toggle("cv-in-pad-near", pointer !== "touch");
  nib.classList.toggle("cv-in-pad-round", soft);
  const [down, right] = [(cells) => `${(100 * cells) / height}%`, (cells) => `${(100 * cells) / width}%`];
  Object.assign(nib.style, { top: down(row), left: right(column), height: down(size), width: right(size) });
}
