// The stage's elements, and the line above the grids: the formula, or what is impossible.

import { inRole } from "./arithmetic.mjs";
import { makeControls } from "./controls.mjs";
import { element } from "./elements.mjs";

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
  const bar = makeControls(KEYS);
  const live = element("div", "cv-live");
  live.setAttribute("aria-live", "polite");
  const root = element("div", "cv-stage", formula, element("div", "cv-middle", field, aside), sum, bar.controls, live);
  root.tabIndex = 0;
  root.setAttribute("role", "application");
  root.setAttribute("aria-label", "Animated stage: a window slides over an input. Space plays, arrows step, question mark lists the keys.");
  parent.append(root);
  return { root, formula, field, aside, canvas, context: canvas.getContext("2d"), sum, label, arithmetic, note, live, ...bar };
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
