// The elements of the lab, and how they stand together.

import { makeControls } from "../controls.mjs";
import { element } from "../elements.mjs";
import { makeConfusion } from "./confusion.mjs";
import { accuracyAxis, lossAxis, makeCurves } from "./curves.mjs";
import { makeFilters } from "./grid.mjs";
import { makePictures } from "./pictures.mjs";
import { makeStrip } from "./strip.mjs";
import { lossText, percent } from "./words.mjs";

const KEYS = [
  ["Space", "play: epoch by epoch"],
  ["← →", "one epoch back, on"],
  ["↑ ↓", "five epochs back, on"],
  ["Home End", "untrained, the newest"],
  ["[ ]", "the filter before, behind"],
  ["F", "weights or frequencies"],
  ["M", "hold the next mistake"],
  ["P", "other test pictures"],
  ["+ −", "speed"],
  ["L", "loop"],
  ["Esc", "let the held cell go"],
  ["?", "this list"],
];

const CURVES = {
  loss: { title: "Loss", names: ["test_loss", "train_loss"], axisOf: lossAxis, format: lossText },
  accuracy: { title: "Accuracy", names: ["test_accuracy", "train_accuracy"], axisOf: accuracyAxis, format: percent },
};

// `does`: what the parts do when somebody points, clicks or drags.
export function makeParts(parent, does) {
  const strip = makeStrip();
  const panels = {
    ...Object.fromEntries(Object.entries(CURVES).map(([name, told]) => [name, makeCurves({ ...told, sought: does.sought })])),
    confusion: makeConfusion({ pointed: does.pointed, clicked: does.clicked }),
    filters: makeFilters({ chose: does.chose, painted: does.painted, went: does.sought }),
    pictures: makePictures({ turned: does.turned }),
  };
  const bar = makeControls(KEYS);
  bar.scrubber.setAttribute("aria-label", "Epoch");
  const live = liveButton(does.followed);
  bar.counter.after(live);
  const arithmetic = element("div", "cv-live");
  arithmetic.dataset.convviz = "arithmetic";
  const spoken = element("div", "cv-live");
  spoken.setAttribute("aria-live", "polite");
  const middle = element("div", "cv-lab-panels", ...Object.values(panels).map(({ node }) => node));
  const root = element("div", "cv-stage cv-lab", strip.node, middle, bar.controls, arithmetic, spoken);
  root.dataset.convviz = "stage";
  parent.append(root);
  return { root, strip, panels, middle, live, arithmetic, spoken, ...bar };
}

function liveButton(followed) {
  const button = element("button", "cv-lab-live", element("i"), "live");
  Object.assign(button, { type: "button", tabIndex: -1, title: "Follow the newest epoch" });
  button.addEventListener("click", followed);
  return button;
}

// The strip alone is no stage of its own: it takes no keys.
export function asStrip(root, alone) {
  root.classList.toggle("cv-lab-alone", alone);
  root.tabIndex = alone ? -1 : 0;
  root.setAttribute("role", alone ? "group" : "application");
  root.setAttribute("aria-label", alone ? "How the training stands" : "Training: curves, filters, mistakes and test pictures, epoch by epoch. Arrows go from epoch to epoch, question mark lists the keys.");
}
