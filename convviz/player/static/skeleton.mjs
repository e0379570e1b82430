// The stage's elements, and the line above the grids: the formula, or what is impossible.

import { inRole } from "./arithmetic.mjs";
import { element } from "./elements.mjs";

const ICONS = {
  first: "M5 4v12M16 4 8 10l8 6z",
  back: "M14 4 6 10l8 6zM16 4v12",
  play: "M6 3.5 16 10 6 16.5z",
  pause: "M6.5 4v12M13.5 4v12",
  forward: "M6 4l8 6-8 6zM4 4v12",
  last: "M15 4v12M4 4l8 6-8 6z",
  loop: "M4 9V8a3 3 0 0 1 3-3h8M12.5 2.5 15 5l-2.5 2.5M16 11v1a3 3 0 0 1-3 3H5M7.500 12.500 5 15l2.500 2.500",
};

const KEYS = [
  ["Space", "play, pause"],
  ["← →", "one step"],
  ["↑ ↓", "one row"],
  ["Home End", "first, last step"],
  ["+ −", "speed"],
  ["L", "loop"],
  ["[ ]", "previous, next output channel"],
  ["Enter", "unfold a long sum"],
  ["Click", "pin a cell; type to change an input or a weight"],
  ["Esc", "let go"],
  ["?", "this list"],
];

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add(`cv-icon-${name}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(act, label, ...content) {
  const node = element("button", `cv-button cv-${act}`, ...content);
  node.type = "button";
  node.tabIndex = -1; // the stage is one tab stop: its keys do all of this
  node.dataset.act = act;
  node.title = label;
  node.setAttribute("aria-label", label);
  return node;
}

function helpList() {
  const list = element("dl", "cv-help", ...KEYS.flatMap(([keys, words]) => [element("dt", "", keys), element("dd", "", words)]));
  list.hidden = true;
  return list;
}

export function makeSkeleton(parent) {
  const canvas = element("canvas", "cv-canvas");
  const field = element("div", "cv-field", canvas);
  const aside = element("aside", "cv-card cv-aside");
  aside.hidden = true;
  const formula = element("div", "cv-card cv-formula");
  const label = element("span", "cv-label");
  const arithmetic = element("span", "cv-arithmetic");
  arithmetic.dataset.convviz = "arithmetic";
  const note = element("span", "cv-note");
  const sum = element("div", "cv-card cv-sum", label, arithmetic, note);
  const play = button("play", "Play", icon("play"), icon("pause"));
  const scrubber = element("input", "cv-scrubber");
  Object.assign(scrubber, { type: "range", min: 0, max: 0, step: 1, tabIndex: -1 });
  scrubber.setAttribute("aria-label", "Step");
  const ticks = element("div", "cv-track", scrubber);
  const counter = element("span", "cv-counter");
  const speed = element("span", "cv-speed-value");
  const loop = button("loop", "Loop", icon("loop"));
  const help = helpList();
  const controls = element(
    "div",
    "cv-controls",
    button("first", "First step", icon("first")),
    button("back", "Step back", icon("back")),
    play,
    button("forward", "Step forward", icon("forward")),
    button("last", "Last step", icon("last")),
    ticks,
    counter,
    element("span", "cv-speed", button("slower", "Slower", "−"), speed, button("faster", "Faster", "+")),
    loop,
    button("help", "Keys", "?"),
    help,
  );
  const live = element("div", "cv-live");
  live.setAttribute("aria-live", "polite");
  const root = element("div", "cv-stage", formula, element("div", "cv-middle", field, aside), sum, controls, live);
  root.tabIndex = 0;
  root.setAttribute("role", "application");
  root.setAttribute("aria-label", "Animated stage: a window slides over an input. Space plays, arrows step, question mark lists the keys.");
  parent.append(root);
  return { root, formula, field, aside, canvas, context: canvas.getContext("2d"), sum, label, arithmetic, note, controls, play, scrubber, ticks, counter, speed, loop, help, live };
}

// The size formula, one line an axis, or what is impossible and the way out.
export function fillFormula(node, scene, applyRemedy) {
  node.classList.toggle("cv-message", Boolean(scene.refusal));
  node.setAttribute("role", scene.refusal ? "status" : "group");
  if (scene.refusal) {
    const words = element("span", "cv-reason", scene.refusal.message);
    const way = element("button", "cv-remedy", scene.refusal.remedy);
    way.type = "button";
    way.addEventListener("click", applyRemedy);
    node.replaceChildren(words, ...(scene.refusal.remedy ? [way] : []));
    return;
  }
  const lines = scene.formula.map(({ label, tokens, words }) =>
    element(
      "div",
      "cv-line",
      element("span", "cv-terms", ...(label ? [element("span", "cv-label", label)] : []), ...tokens.map(inRole)),
      element("span", "cv-note", words),
    ),
  );
  node.replaceChildren(...lines, ...scene.notes.map((words) => element("div", "cv-note cv-extra", words)));
}
