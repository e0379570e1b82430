// What several looks at a network share: choices and steppers, the last good answer, the outline of a field.

import { element } from "../elements.mjs";
import { svg } from "../lab/drawing.mjs";

const SEGMENTS = 4; // options beside each other; more are a list
const MARGIN = 9; // px of a field that are drawn beyond the picture

// --- Questions ----------------------------------------------------------------------------------------------------------------------------

// Of a question its answer; until that is there the last one before it, which is old. Of another network nothing stays.
export function makeAsked() {
  const known = {};
  return (answers, question) => {
    if (known.answers !== answers) Object.assign(known, { answers, last: undefined, of: "" });
    const found = question ? answers.get(question) : undefined;
    if (found && !found.refused) Object.assign(known, { last: found, of: question });
    return { answer: known.last, of: known.of, isOld: known.of !== question, refused: found?.refused ?? "" };
  };
}

// --- Choices ------------------------------------------------------------------------------------------------------------------------------

export function button(className, words, help, pressed) {
  const node = element("button", className, words);
  Object.assign(node, { type: "button", title: help });
  node.addEventListener("click", pressed);
  return node;
}

// Its keys are its own: the stage takes none of them.
export function ownKeys(input) {
  input.addEventListener("keydown", (event) => event.stopPropagation());
  return input;
}

export const backToStage = (node) => node.closest(".cv-stage")?.focus({ preventScroll: true });

// One of several options [value, words, help]: beside each other, or where there are many or little room, a list.
export function makeChoice(label, chose) {
  const node = element("div", "cv-in-choice");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", label);
  const known = { said: "" };

  const build = (options, isList) => {
    known.mark = isList ? list(node, label, options, chose) : segments(node, options, chose);
    node.classList.toggle("cv-in-choice-list", isList);
  };

  const show = (options, value, isTight = false) => {
    const said = JSON.stringify([options, isTight]);
    if (known.said !== said) {
      Object.assign(known, { said, value: undefined });
      build(options, isTight || options.length > SEGMENTS);
    }
    if (known.value === value) return;
    known.value = value;
    known.mark(value);
  };
  return { node, show };
}

function segments(node, options, chose) {
  const buttons = options.map(([value, words, help]) => button("", words, help ?? "", () => chose(value)));
  node.replaceChildren(...buttons);
  return (value) => buttons.forEach((each, at) => each.setAttribute("aria-pressed", options[at][0] === value));
}

function list(node, label, options, chose) {
  const select = ownKeys(element("select", "", ...options.map(([, words]) => element("option", "", words))));
  select.setAttribute("aria-label", label);
  select.addEventListener("change", () => {
    chose(options[select.selectedIndex][0]);
    backToStage(select);
  });
  node.replaceChildren(select);
  return (value) => (select.selectedIndex = options.findIndex(([each]) => each === value));
}

// One of several values in turn: a step back, a step on.
export function makeStepper(label, help, chose) {
  const value = element("b");
  const known = { values: [], at: 0 };
  const step = (by) => () => chose(known.values[known.at + by]);
  const [back, on] = [button("", "−", `${label}: less`, step(-1)), button("", "+", `${label}: more`, step(1))];
  const node = element("div", "cv-in-stepper", element("span", "", label), back, value, on);
  Object.assign(node, { title: help });
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", label);

  // `words` are those of the value; what is none of `values` stands before the first.
  const show = (values, now, words) => {
    Object.assign(known, { values, at: values.indexOf(now) });
    if (value.textContent !== words) value.textContent = words;
    back.disabled = known.at <= 0;
    on.disabled = known.at >= values.length - 1;
  };
  return { node, show };
}

// --- What a unit sees, on the picture -------------------------------------------------------------------------------------------------------

// The outline of a box [[top, bottom], [left, right]] in px, and of it what lies on a picture [height, width].
export function outlines([[top, bottom], [left, right]], [height, width]) {
  const lying = ([y]) => (y >= 0 && y <= height ? `M${Math.max(left, 0)} ${y}H${Math.min(right, width)}` : "");
  const upright = ([x]) => (x >= 0 && x <= width ? `M${x} ${Math.max(top, 0)}V${Math.min(bottom, height)}` : "");
  return { whole: `M${left} ${top}H${right}V${bottom}H${left}Z`, on: [lying([top]), lying([bottom]), upright([left]), upright([right])].join("") };
}

// A field in px; what goes on far beyond the picture is closed near its edge.
export const boxOf = (field, zoom, sizes) => field.map(([from, to], axis) => [Math.max(from * zoom, -MARGIN), Math.min(to * zoom, sizes[axis] * zoom + MARGIN)]);

// The field of a unit over a picture: dashed where it lies beyond.
export function makeFieldMark() {
  const [casing, dashed, solid] = ["cv-in-seen-casing", "cv-in-seen-beyond", "cv-in-seen"].map((name) => svg("path", { class: name }));
  const node = svg("svg", { class: "cv-in-over", "aria-hidden": "true" }, casing, dashed, solid);
  const known = { key: "" };
  const show = (field, zoom, sizes) => {
    const key = JSON.stringify([field, zoom]);
    if (known.key === key) return;
    known.key = key;
    const { whole, on } = outlines(boxOf(field, zoom, sizes), sizes.map((size) => size * zoom));
    casing.setAttribute("d", whole);
    dashed.setAttribute("d", whole);
    solid.setAttribute("d", on);
  };
  return { node, show };
}

// A square picture or map, enlarged and crisp, with what lies over it.
export function makePlate(className, ...over) {
  const canvas = element("canvas");
  return { canvas, node: element("div", `cv-in-plate ${className}`, canvas, ...over) };
}
