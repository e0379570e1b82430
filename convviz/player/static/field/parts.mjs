// The elements around the rows of units: formulas, map, numbers, line, transport.

import { inRole } from "../arithmetic.mjs";
import { makeControls } from "../controls.mjs";
import { element } from "../elements.mjs";
import { spanOf } from "./relation.mjs";
import { signed } from "./rows.mjs";

const KEYS = [
  ["Space", "play: the field grows, layer by layer"],
  ["← →  ↓ ↑", "one layer down, up"],
  ["Home End", "first, last layer"],
  ["[ ]", "the unit before, behind"],
  ["+ −", "speed"],
  ["L", "loop"],
  ["Click", "choose a unit, of any layer"],
  ["Esc", "back to the unit before"],
  ["?", "this list"],
];

const LONGEST = 14; // letters of a name in the table

const LEGENDS = {
  down: [["read", "read", " (stronger: more paths)"], ["hole", "hole"], ["padding", "padding"], ["beyond", "beyond", ": nothing there"]],
  effective: [["measured", "measured gradients"], ["gaussian", "Gaussian that fits"], ["read", "read"], ["hole", "hole"]],
  up: [["start", "the unit"], ["reached", "changes with it"]],
};

export function makeParts(parent) {
  const formula = element("div", "cv-card cv-formula cv-fields-formula");
  const [title, legend, mapTitle] = [element("b", "cv-fields-title"), element("span", "cv-fields-legend"), element("b", "cv-fields-title")];
  const [canvas, mapCanvas] = [element("canvas", "cv-canvas"), element("canvas", "cv-canvas")];
  const rows = element("div", "cv-fields-rows", canvas);
  const map = element("div", "cv-fields-map", mapCanvas);
  const numbers = element("table", "cv-fields-numbers");
  const note = element("div", "cv-note cv-fields-note", "In input cells from the edge; start and centre of unit 0.");
  const left = element("div", "cv-fields-left", element("div", "cv-fields-head", title, legend), rows);
  const right = element("div", "cv-fields-right", element("div", "cv-fields-head", mapTitle), map, element("div", "cv-fields-box", numbers), note);
  const arithmetic = element("span", "cv-arithmetic");
  arithmetic.dataset.convviz = "arithmetic";
  const aside = element("span", "cv-note");
  const sum = element("div", "cv-card cv-sum", arithmetic, aside);
  const bar = makeControls(KEYS);
  const live = element("div", "cv-live");
  live.setAttribute("aria-live", "polite");
  const root = element("div", "cv-stage cv-fields", formula, element("div", "cv-fields-middle", left, right), sum, bar.controls, live);
  root.tabIndex = 0;
  root.setAttribute("role", "application");
  root.setAttribute("aria-label", "Receptive field: rows of units, the field of one of them below it. Arrows go layer by layer, question mark lists the keys.");
  parent.append(root);
  return { root, formula, title, legend, mapTitle, canvas, mapCanvas, rows, map, right, numbers, arithmetic, aside, sum, live, ...bar };
}

// The formulas of a layer, or what is impossible and the way out.
export function fillFormula(node, { refusal, station, along }, applyRemedy) {
  node.classList.toggle("cv-message", Boolean(refusal));
  node.setAttribute("role", refusal ? "status" : "group");
  if (refusal) {
    const way = element("button", "cv-remedy", refusal.remedy ?? "");
    way.type = "button";
    way.addEventListener("click", applyRemedy);
    node.replaceChildren(element("span", "cv-reason", refusal.message), ...(refusal.remedy ? [way] : []));
    return;
  }
  const parts = (station.formulas[along] ?? station.formulas[0]).map(([name, tokens]) =>
    element("span", "cv-fields-part", `${name} = `, ...tokens.map(inRole)),
  );
  node.replaceChildren(element("b", "cv-fields-layer", station.name), ...parts);
  node.classList.remove("cv-tight");
  node.classList.toggle("cv-tight", node.scrollWidth > node.clientWidth);
}

export function fillLegend(node, kind) {
  if (node.dataset.kind === kind) return;
  node.dataset.kind = kind;
  node.replaceChildren(...LEGENDS[kind].map(([key, words, more = ""]) => element("span", "", element("i", `cv-key cv-key-${key}`), words, element("span", "cv-key-more", more))));
}

// The numbers of the layers on the way, the highest first; as many as there is room for, around the one we are at.
export function fillNumbers(table, field, along, way, step, most) {
  const stop = Math.min(way.length, Math.max(step + 1 + Math.floor(most / 2), most));
  const shown = way.slice(Math.max(0, stop - most), stop).reverse();
  const head = ["", "size", "jump", "start", "centre", "unit", "its field"].map((words) => element("th", "", words));
  table.replaceChildren(
    element("thead", "", element("tr", "", ...head)),
    element("tbody", "", ...shown.map((stop) => numbersRow(field, along, stop, stop === way[step]))),
  );
}

function numbersRow(field, along, { at, unit }, here) {
  const station = field.stations[at];
  const numbers = station.numbers[along] ?? station.numbers[0];
  const reach = station.reach?.[along];
  const span = reach && spanOf(reach, unit[along]);
  const its = !reach ? "all" : span ? (span[0] === span[1] ? signed(span[0]) : `${signed(span[0])} … ${signed(span[1])}`) : "nothing";
  const size = span ? String(span[1] - span[0] + 1) : numbers.size;
  const cells = [size, numbers.jump, numbers.start, numbers.centre, station.sizes.length ? String(unit[along]) : "–", its];
  const name = element("th", "", sizeMark(span, field.stations[0].sizes[along]), shortened(station.name));
  name.title = station.name;
  const row = element("tr", here ? "cv-here" : "", name, ...cells.map((words) => element("td", "", words)));
  row.dataset.station = at;
  return row;
}

export function fillTokens(node, tokens) {
  node.replaceChildren(...tokens.map(inRole));
}

// Of a long name the end tells more: it begins with groups that others are in too.
const shortened = (name) => (name.length > LONGEST ? `…${name.slice(1 - LONGEST)}` : name);

// A square as large, of the input, as the field is.
function sizeMark(span, input) {
  const mark = element("i", "cv-fields-mark");
  const part = span ? Math.min(1, (span[1] - span[0] + 1) / input) : 1;
  mark.style.setProperty("--cv-side", `${Math.max(4, Math.round(15 * part))}px`);
  return element("span", "cv-fields-marks", mark);
}
