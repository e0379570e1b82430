// What of the picture moves a score, by four methods side by side, each over the pale picture.

import { element, say } from "../elements.mjs";
import { put } from "../lab/drawing.mjs";
import { attributionsQuestion } from "./ask.mjs";
import { makeAsked, makeChoice } from "./lower-parts.mjs";
import { cellsOf, drawMap, pale } from "./map.mjs";
import { valuesOf } from "./model.mjs";
import { canvasOf, fitTo } from "./picture.mjs";
import { scaleOf } from "./scale.mjs";
import { overImage, strongOf } from "./shades.mjs";
import { classTarget, stageNamed, stageWords, threeDigits, unitTarget, unitWords } from "./units.mjs";

const HEAD = 28; // px above a picture
const SIZES = { narrow: { gap: 18, text: 66 }, wide: { gap: 30, text: 58 } }; // px between two, and below them
const NARROW = 1000; // px
const MANY = 5; // pictures
const HALF = 0.5; // as much map as picture

const METHODS = {
  occlusion: { title: "Occlusion", formula: "P(x) − P(x under the patch)" },
  saliency: { title: "Saliency", formula: "|∂S/∂x|, of the largest colour" },
  gradcam: { title: "Grad-CAM", formula: "max(0, Σₖ mean(∂S/∂Aₖ) · Aₖ)" },
  integrated: { title: "Integrated gradients", formula: "x · ∫₀¹ ∂S(αx)/∂x dα, from black" },
};

export const targetOf = ({ picks, klass, unit }) => (picks["saliency.of"] === "unit" ? unitTarget(unit) : classTarget(klass));

// What the sum of integrated gradients says of their exactness.
export const sumWords = ({ sum, difference }) => `sums to ${threeDigits(sum)} of ${threeDigits(difference)}`;

export function layPanels(width, height) {
  const { gap, text } = SIZES[width < NARROW ? "narrow" : "wide"];
  const column = Math.floor((width - (MANY - 1) * gap) / MANY);
  return { gap, column, side: Math.max(Math.min(column, height - HEAD - text), 40) };
}

export function makeSaliency(does) {
  const of = makeChoice("Of", (chosen) => does.picked({ "saliency.of": chosen }));
  const score = element("p", "cv-note");
  const picture = makePanel("Picture", element("div", "cv-in-of-what", element("span", "cv-note", "of"), of.node), score);
  const panels = Object.fromEntries(Object.entries(METHODS).map(([name, method]) => [name, makeMethod(method)]));
  const node = element("div", "cv-in-look cv-in-saliency", picture.node, ...Object.values(panels).map((panel) => panel.node));
  const asked = makeAsked();
  const base = element("canvas");
  const known = {};

  const layOut = (size) => {
    if (known.size === size.join()) return;
    known.size = size.join();
    known.laid = layPanels(...size);
    for (const name of ["gap", "column", "side"]) node.style.setProperty(`--cv-in-l-${name}`, `${known.laid[name]}px`);
  };

  const show = (model, size) => {
    layOut(size);
    showPicture(model);
    showOcclusion(model);
    const { answer, isOld, refused } = asked(model.answers, attributionsQuestion(model.picture, targetOf(model)));
    for (const name of ["saliency", "gradcam", "integrated"]) {
      panels[name].node.classList.toggle("cv-in-old", isOld && Boolean(answer));
      if (refused) panels[name].tell(refused);
      else if (answer) showMethod(name, answer, model);
    }
  };

  const showPicture = (model) => {
    const { about, klass, unit, shown, theme, picks } = model;
    const isUnit = picks["saliency.of"] === "unit";
    of.show([["class", about.classes[klass], "The score of the class"], ["unit", "unit", unitWords(unit, about)]], isUnit ? "unit" : "class");
    say(score, `S: ${isUnit ? unitWords(unit, about) : `score of ${about.classes[klass]}`}`);
    if (known.picture !== shown.picture || known.theme !== theme) {
      Object.assign(known, { picture: shown.picture, theme, drawn: {} });
      put(base, pale(shown.picture, HALF, theme === "dark"));
    }
    const canvas = canvasOf(shown.picture);
    picture.draw(known.laid.side, canvas, "picture", (ctx) => ctx.drawImage(canvas, 0, 0), known.picture);
  };

  const showOcclusion = ({ reading, scene, klass, about, colours, theme }) => {
    const panel = panels.occlusion;
    const name = about.classes[klass];
    if (!reading) return panel.tell("The map above comes first.");
    panel.words(`what P(${name}) loses under the patch`);
    if (known.reading !== reading || known.klass !== klass || known.mapTheme !== theme) {
      const values = valuesOf(reading, "drop", klass);
      const look = { shows: "drop", scale: scaleOf("drop", values), colours, mix: HALF, until: Infinity };
      const cells = element("canvas");
      put(cells, cellsOf({ values, counts: scene.grid.counts }, look));
      Object.assign(known, { reading, klass, mapTheme: theme, cells });
    }
    panel.draw(known.laid.side, base, [klass, theme], (ctx, zoom) => drawMap(ctx, base, known.cells, scene.grid, zoom), reading);
  };

  const showMethod = (name, answer, { ramps, about, theme }) => {
    const panel = panels[name];
    const values = answer[name];
    if (!values) return panel.tell("No layer before it has places of its own.");
    panel.words(WORDS[name](answer, about), name === "integrated" ? sumWords(answer.told) : "");
    const draw = (ctx) => {
      ctx.drawImage(base, 0, 0);
      const over = element("canvas");
      put(over, overImage(values.data, values.shape, strongOf(values.data), RAMPS[name](ramps)));
      ctx.imageSmoothingEnabled = name === "gradcam";
      ctx.imageSmoothingQuality = "high";
      ctx.drawImage(over, 0, 0, base.width, base.height);
    };
    panel.draw(known.laid.side, base, theme, draw, answer, known.picture);
  };

  const questions = (model) => [attributionsQuestion(model.picture, targetOf(model))];
  return { node, show, questions };
}

const RAMPS = { saliency: ({ moved }) => ({ up: moved, down: moved }), gradcam: (ramps) => ramps, integrated: ({ up, less }) => ({ up, down: less }) };

const WORDS = {
  saliency: () => "how much each pixel moves the score",
  gradcam: ({ told: { layer }, gradcam }, { stages }) => `where ${stageWords(stageNamed(stages, layer))} (${gradcam.shape.join(" × ")}) speaks for it`,
  integrated: () => "green adds to it, blue takes away",
};

// A picture with a title and words below; drawn again only where something of it is another one.
function makePanel(title, ...below) {
  const canvas = element("canvas");
  const node = element("section", "cv-in-panel-of", element("h3", "", title), element("div", "cv-in-plate", canvas), ...below);
  const known = {};
  const draw = (side, { height, width }, key, paint, ...of) => {
    const zoom = side / Math.max(height, width);
    const ratio = devicePixelRatio || 1;
    const isNew = fitTo(canvas, [height * zoom, width * zoom], ratio);
    const said = String(key);
    if (!isNew && known.said === said && of.every((each, at) => known.of?.[at] === each)) return;
    Object.assign(known, { said, of });
    const ctx = canvas.getContext("2d");
    ctx.setTransform(zoom * ratio, 0, 0, zoom * ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    ctx.imageSmoothingEnabled = false;
    paint(ctx, zoom * ratio);
  };
  return { node, draw, canvas };
}

function makeMethod({ title, formula }) {
  const [words, exact, sum] = [element("p", "cv-in-explains"), element("p", "cv-in-formula-of", formula), element("p", "cv-note")];
  const panel = makePanel(title, words, exact, sum);
  const tell = (sentence) => {
    say(words, sentence);
    panel.canvas.parentNode.classList.add("cv-in-empty");
  };
  const saySo = (first, last = "") => {
    say(words, first);
    say(sum, last);
    panel.canvas.parentNode.classList.remove("cv-in-empty");
  };
  return { ...panel, tell, words: saySo };
}
