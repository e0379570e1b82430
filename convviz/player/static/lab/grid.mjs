// The first layer's filters side by side, and one of them epoch by epoch.

import { element } from "../elements.mjs";
import { put } from "./drawing.mjs";
import { filterImage, fitSquares } from "./filters.mjs";
import { byEpoch } from "./place.mjs";

const MOST = 12; // epochs of the row
const PAINTS = ["weights", "frequencies"];
const NOTES = { weights: "grey is 0", frequencies: "finer stripes further out" };
const HELP = {
  weights: "Each filter is as bright as its own largest weight; weak ones are shown at most 4 times stronger than the strongest.",
  frequencies: "Magnitudes of the Fourier transform: which stripes a filter answers, across their direction, the finer the further out.",
};

function makeSquare(className) {
  const canvas = element("canvas");
  const label = element("span", "cv-lab-epoch");
  return { canvas, label, node: element("div", className, element("div", "cv-lab-square", canvas), label) };
}

export function makeFilters({ chose, painted, went }) {
  const note = element("span", "cv-note cv-lab-grows");
  const paints = PAINTS.map((name) => {
    const button = element("button", "cv-lab-paint", name);
    Object.assign(button, { type: "button", tabIndex: -1, title: HELP[name] });
    button.addEventListener("click", () => painted(name));
    return button;
  });
  const head = element("div", "cv-lab-head", element("h3", "", "First-layer filters"), note, element("div", "cv-lab-paints", ...paints));
  const squares = element("div", "cv-lab-squares");
  const room = element("div", "cv-lab-room", squares);
  const [name, epochs] = [element("div", "cv-lab-by"), element("div", "cv-lab-epochs")];
  const row = element("div", "cv-lab-row", name, epochs);
  const node = element("section", "cv-lab-panel cv-lab-filters", head, room, row);
  const known = { grid: [], line: [] };

  const build = (about) => {
    known.about = about;
    known.fitted = false;
    known.grid = Array.from({ length: about.filters.shown }, (_, at) => Object.assign(makeSquare("cv-lab-filter"), { at }));
    known.grid.forEach((each) => (each.node.title = `filter ${each.at + 1}`));
    squares.replaceChildren(...known.grid.map((each) => each.node));
  };

  const fit = () => {
    if (known.fitted) return;
    known.fitted = true;
    const [width, height] = known.size;
    const found = fitSquares(known.grid.length, width - 6, height - 6);
    for (const part of ["size", "gap", "rowGap"]) squares.style.setProperty(`--cv-${part}`, `${found[part]}px`);
    squares.style.setProperty("--cv-columns", found.columns);
  };

  const showRow = ({ last, place, reached, recordOf, filter, paint }) => {
    const shown = byEpoch(last, place, MOST);
    while (known.line.length > shown.length) known.line.pop().node.remove();
    while (known.line.length < shown.length) {
      known.line.push(makeSquare("cv-lab-at"));
      epochs.append(known.line.at(-1).node);
    }
    known.line.forEach((each, at) => {
      const epoch = shown[at];
      Object.assign(each, { epoch });
      if (each.label.textContent !== `${epoch}`) each.label.textContent = epoch;
      each.node.classList.toggle("cv-lab-chosen", epoch === place && reached > 0);
      each.node.classList.toggle("cv-lab-empty", epoch >= reached);
      drawIn(each, epoch < reached ? recordOf(epoch) : undefined, filter, paint);
    });
  };

  const show = (model) => {
    if (!known.size) return;
    const { about, record, filter, paint } = model;
    if (about !== known.about) build(about);
    fit();
    note.textContent = noteOf(about.filters, paint);
    note.title = HELP[paint];
    paints.forEach((button) => button.setAttribute("aria-pressed", button.textContent === paint));
    known.grid.forEach((each, at) => {
      each.node.classList.toggle("cv-lab-chosen", at === filter && Boolean(record));
      each.node.classList.toggle("cv-lab-empty", !record);
      drawIn(each, record, at, paint);
    });
    const words = `Filter ${filter + 1}`;
    if (known.words !== words) name.replaceChildren(element("b", "", (known.words = words)), element("span", "cv-note", "by epoch"));
    showRow(model);
  };

  const found = (list, event) => list.find((each) => each.node.contains(event.target));
  squares.addEventListener("click", (event) => {
    const each = found(known.grid, event);
    if (each) chose(each.at);
  });
  epochs.addEventListener("click", (event) => {
    const each = found(known.line, event);
    if (each && !each.node.classList.contains("cv-lab-empty")) went(each.epoch);
  });
  const resized = (...size) => Object.assign(known, { size, fitted: false });
  return { node, show, room, resized, shown: (last, place) => byEpoch(last, place, MOST) };
}

function noteOf({ of, shown, shape: [channels, height, width] }, paint) {
  const many = shown < of ? `${shown} of its ${of},` : `${of} of`;
  return `${many} ${height} × ${width}${channels > 1 ? ` × ${channels}` : ""}, ${NOTES[paint]}`;
}

// Only what is not there already.
function drawIn(each, record, filter, paint) {
  if (!record) return;
  const image = filterImage(record, filter, paint);
  if (each.image === image) return;
  each.image = image;
  put(each.canvas, image);
}
