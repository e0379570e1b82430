// The elements of the stage, and how they stand together.

import { makeControls } from "../controls.mjs";
import { element } from "../elements.mjs";
import { mark } from "../lab/drawing.mjs";
import { makeLower } from "./lower.mjs";
import { makeTop } from "./top.mjs";

const KEYS = [
  ["Space", "play: place by place"],
  ["← →", "one place back, on"],
  ["↑ ↓", "one row up, down"],
  ["Home End", "the first place, the last"],
  ["C", "the next class"],
  ["V", "the next view of the map"],
  ["+ −", "speed"],
  ["L", "loop"],
  ["Esc", "show the whole map"],
  ["?", "this list"],
];

const LABEL = "A patch slides over a picture, and the map says what became of the probability. Arrows move the patch, question mark lists the keys.";

// `does`: what the parts do when somebody points, clicks or drags.
export function makeParts(parent, does) {
  const [top, lower] = [makeTop(does), makeLower(does)];
  const [sum, verdict] = [element("span", "cv-in-sum"), element("span", "cv-in-verdict")];
  const arithmetic = element("div", "cv-card cv-in-line", sum, " ", verdict);
  arithmetic.dataset.convviz = "arithmetic";
  const spoken = element("div", "cv-live");
  spoken.setAttribute("aria-live", "polite");
  const bar = makeControls(KEYS);
  bar.scrubber.setAttribute("aria-label", "Place of the patch");
  const rule = element("hr", "cv-in-rule");
  const bottom = element("div", "cv-in-bottom", lower.node);
  const root = element("div", "cv-stage cv-in", top.node, arithmetic, bar.controls, rule, bottom, spoken);
  root.dataset.convviz = "stage";
  root.tabIndex = 0;
  root.setAttribute("role", "application");
  root.setAttribute("aria-label", LABEL);
  parent.append(root);
  return { root, top, lower, sum, verdict, arithmetic, spoken, bottom, ...bar };
}

const CLASSES = { label: "cv-in-of", value: "cv-output", result: "cv-output cv-result", sign: "cv-in-minus" };

// The line of arithmetic: [kind, words] pairs, and what the network says now: [words, sign, name, chance].
export function fillLine({ sum, verdict }, words, said) {
  sum.replaceChildren(...words.flatMap(([kind, text]) => [element("span", CLASSES[kind] ?? "", text), " "]));
  const [before, sign, name, chance] = said ?? [];
  verdict.replaceChildren(...(said ? [`${before} `, ...(sign ? [mark(sign), " "] : []), element("b", "", name), ` ${chance}`] : []));
}

export function fillRefusal({ sum, verdict }, words) {
  sum.replaceChildren(element("span", "cv-in-refusal", words));
  verdict.replaceChildren();
}
