// The card of a unit: its map, its value, what it sees, and the test pictures that excite its channel most.

import { element, say } from "../elements.mjs";
import { put, svg } from "../lab/drawing.mjs";
import { makePlate } from "./lower-parts.mjs";
import { setBox } from "./picture.mjs";
import { cropImage, largestIn, planeImage } from "./shades.mjs";
import { fieldSize, isNumbers, paddingWords, placesOf, seenBy, stageNamed, threeDigits, unitWords, valueOf } from "./units.mjs";

const LEAST = 9; // px of the marker of a place
const ACROSS = 5; // crops beside each other
const BETWEEN = 6; // px
const HEAD = 46; // px above
const MAP = [64, 96]; // px of the map, least and most
const MOST = 9; // crops

// Sizes in px: the map, and how many crops there are room for.
export function layUnit(width, height) {
  const crop = Math.floor((width - (ACROSS - 1) * BETWEEN) / ACROSS);
  const map = Math.min(Math.max(height - HEAD - 2 * crop - 4 * BETWEEN, MAP[0]), MAP[1]);
  const rows = Math.max(Math.floor((height - HEAD - map - BETWEEN) / (crop + BETWEEN)), 1);
  return { crop, map, most: Math.min(rows * ACROSS, MOST) };
}

export function makeUnit(does) {
  const [title, note] = [element("h3"), element("p", "cv-note")];
  const place = makePlace();
  const plate = makePlate("cv-in-plate-output", place.node);
  const [value, sees, padding] = [element("b", "cv-output"), element("b"), element("p", "cv-note")];
  const facts = element("div", "cv-in-facts", element("p", "cv-in-value", "value ", value), element("p", "", "sees ", sees), padding, element("p", "cv-note cv-in-most", "excited most by"));
  const crops = element("div", "cv-in-crops");
  const refusal = element("p", "cv-note");
  const node = element("aside", "cv-in-unit", element("div", "cv-in-column-head", title, note), element("div", "cv-in-unit-row", plate.node, facts), crops, refusal);
  const known = { crops: [] };

  const drawMap = ({ shown, unit, ramps }, stage) => {
    const values = shown[stage.name];
    if (known.values !== values || known.channel !== unit.channel || known.ramps !== ramps) {
      Object.assign(known, { values, channel: unit.channel, ramps });
      put(plate.canvas, planeImage(values.data, unit.channel * placesOf(stage), stage.shape.slice(1), largestIn(values.data), ramps));
    }
    place.show(unit, stage.shape.slice(1), known.laid.map);
  };

  const layOut = (size) => {
    if (known.size === size.join()) return;
    known.size = size.join();
    known.laid = layUnit(...size);
    node.style.setProperty("--cv-in-l-map", `${known.laid.map}px`);
    node.style.setProperty("--cv-in-l-crop", `${known.laid.crop}px`);
  };

  const show = (model, size) => {
    layOut(size);
    const { about, unit, shown, isChosen } = model;
    const stage = stageNamed(about.stages, unit.stage);
    const field = seenBy(unit, about);
    const [, ...sizes] = about.picture;
    say(title, isChosen ? "Chosen unit" : "This unit");
    say(note, unitWords(unit, about));
    say(value, threeDigits(valueOf(shown[stage.name], stage, unit)));
    say(sees, stage.spans ? fieldSize(field) : "all of it");
    say(padding, paddingWords(field, sizes));
    plate.node.hidden = isNumbers(stage);
    if (!plate.node.hidden) drawMap(model, stage);
    showCrops(model, !isNumbers(stage));
  };

  const showCrops = ({ excites: { answer, isOld, refused }, about }, hasPlaces) => {
    crops.classList.toggle("cv-in-old", isOld);
    say(refusal, refused);
    const { most } = known.laid;
    if (!answer || (known.answer === answer && known.most === most)) return;
    Object.assign(known, { answer, most });
    crops.replaceChildren(...cropsOf(answer, about, { most, hasPlaces }, does));
  };
  return { node, show };
}

function cropsOf({ crops, inside, values, numbers, places, told: { labels } }, { classes }, { most, hasPlaces }, { opened }) {
  return Array.from(numbers.data.slice(0, most), (number, at) => {
    const canvas = element("canvas");
    put(canvas, cropImage(crops, inside, at));
    const node = element("button", "cv-in-crop", canvas);
    const words = `test picture ${number} (${classes[labels[at]]}): ${threeDigits(values.data[at])}${hasPlaces ? ` at (${places.data[2 * at]}, ${places.data[2 * at + 1]})` : ""}`;
    Object.assign(node, { type: "button", tabIndex: -1, title: words });
    node.setAttribute("aria-label", `open ${words}`);
    node.addEventListener("click", () => opened(String(number)));
    return node;
  });
}

// The ring around a place of a map; tiny cells get one that can be seen.
function makePlace() {
  const [casing, ring] = ["cv-in-casing", "cv-in-outline"].map((name) => svg("rect", { class: name, rx: 2 }));
  const node = svg("svg", { class: "cv-in-over cv-in-place", "aria-hidden": "true" }, casing, ring);
  const show = ({ row, column }, [height, width], side) => {
    const zoom = side / Math.max(height, width);
    const length = Math.max(zoom, LEAST);
    const from = (at) => (at + 0.5) * zoom - length / 2;
    for (const rect of [casing, ring]) setBox(rect, from(column), from(row), length, length);
  };
  return { node, show };
}
