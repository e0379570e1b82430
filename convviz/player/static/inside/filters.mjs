// All filters of a layer, sorted, and one of them in large: how strong it is, what it is like, which stripes it answers.

import { element, say } from "../elements.mjs";
import { put } from "../lab/drawing.mjs";
import { fitSquares, scalesOf, spectrumImage, weightsImage } from "../lab/filters.mjs";
import { filtersQuestion } from "./ask.mjs";
import { makeAsked, makeChoice, makePlate, makeStepper } from "./lower-parts.mjs";
import { within } from "./model.mjs";
import { filterPlanes } from "./shades.mjs";
import { strongestOf, threeDigits } from "./units.mjs";

const SORTS = [
  ["norm", "norm", "The strongest first: the root of the sum of its squares"],
  ["similarity", "likeness", "Neighbours look alike: always the most alike of those left"],
  ["number", "number", "As the layer has them"],
];
const PAINTS = [
  ["weights", "weights", "Each filter is as bright as its own largest weight; weak ones are shown at most 4 times stronger than the strongest."],
  ["frequencies", "frequencies", "Magnitudes of the Fourier transform: which stripes a filter answers, across their direction, the finer the further out."],
];
const ORDERS = { norm: "by_norm", similarity: "by_similarity" };
const RGB = ["red", "green", "blue"];
const ASIDE = { share: 0.3, width: [250, 400], gap: 28 }; // px beside the filters
const NARROW = 1000; // px, below which the layers are a list
const HEAD = 36; // px above
const LARGEST = 170; // px of the large filter at most
const TEXT = { narrow: 90, wide: 78 }; // px below it
const LIKE = 0.5; // a cosine below that is no likeness

// --- What is chosen ---------------------------------------------------------------------------------------------------------------------------

// The settings of the look: the layer of the chosen unit, unless somebody said which.
export function settingsOf({ picks, about: { stages }, unit }) {
  const layers = stages.filter(({ kind }) => kind === "convolution");
  const asked = layers.find(({ name }) => name === (picks["filters.layer"] ?? unit?.stage)) ?? layers[0];
  return { layers, layer: asked, sort: picks["filters.sort"] ?? "norm", channel: Number(picks["filters.channel"] ?? -1), paint: picks["filters.paint"] ?? "weights" };
}

export const orderOf = ({ told, weights: { shape: [many] } }, sort) => told[ORDERS[sort]] ?? Array.from({ length: many }, (_, at) => at);

// --- Words --------------------------------------------------------------------------------------------------------------------------------------

const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });

const ranked = (at) => (at ? `${at + 1}${ENDINGS[ordinals.select(at + 1)]}` : "strongest");

export const normWords = ({ norms, by_norm: order }, filter) => [`norm `, threeDigits(norms[filter]), `, ${ranked(order.indexOf(filter))} of ${norms.length}`];

// What a filter is like: [before, number, after].
export function likeWords({ kernel, cosine, channel }, channels) {
  if (Math.abs(cosine) < LIKE) return ["like none of the named kernels: ", Math.abs(cosine).toFixed(2), ` for ${kernel}`];
  const where = channel === null ? "" : ` in ${channels === 3 ? RGB[channel] : `input channel ${channel}`}`;
  return ["", Math.abs(cosine).toFixed(2), ` like ${kernel}${cosine < 0 ? ", signs turned" : ""}${where}`];
}

// A filter's rows and columns, and where there are several, its channels.
const sizeWords = ({ shape: [, channels, ...sizes] }) => [...sizes, ...(channels > 1 ? [channels] : [])].join(" × ");

export function waveWords({ cycles, degrees }) {
  if (!cycles) return ["no stripes: all its numbers are alike", "", ""];
  return ["", cycles.toFixed(2), ` cycles a cell, stripes at ${Math.round((degrees + 90) % 180)}°`];
}

// --- The look -------------------------------------------------------------------------------------------------------------------------------------

export function makeFilters(does) {
  const layers = makeChoice("Layer", (name) => does.picked({ "filters.layer": name, "filters.channel": -1 }));
  const sorts = makeChoice("Order", (sort) => does.picked({ "filters.sort": sort }));
  const paints = makeChoice("Shown as", (paint) => does.picked({ "filters.paint": paint }));
  const channel = makeStepper("input", "Which input channel of the filters is shown: one of them, or the mean of all", (value) => does.picked({ "filters.channel": value }));
  const head = element("div", "cv-in-look-head", element("h3", "", "Filters"), layers.node, channel.node, sorts.node, paints.node);
  const [grid, refusal] = [element("div", "cv-in-filter-grid"), element("p", "cv-in-refused-words")];
  const room = element("div", "cv-in-filter-room", grid, refusal);
  const aside = makeAside();
  const node = element("div", "cv-in-look cv-in-filters", element("div", "cv-in-look-main", head, room), aside.node);
  const asked = makeAsked();
  const known = { squares: [] };

  const layOut = (many, [width, height]) => {
    const key = [many, width, height].join();
    if (known.fitted === key) return;
    known.fitted = key;
    const beside = Math.round(within(ASIDE.share * width, ASIDE.width));
    const found = fitSquares(many, width - beside - ASIDE.gap - 8, height - HEAD - 8);
    for (const part of ["size", "gap", "rowGap"]) grid.style.setProperty(`--cv-${part}`, `${found[part]}px`);
    grid.style.setProperty("--cv-columns", found.columns);
    node.style.setProperty("--cv-in-l-aside", `${beside}px`);
    node.style.setProperty("--cv-in-l-large", `${Math.min(height - HEAD - TEXT[width < NARROW ? "narrow" : "wide"], (beside - 14) / 2, LARGEST)}px`);
  };

  const shape = (many) => {
    while (known.squares.length > many) known.squares.pop().node.remove();
    while (known.squares.length < many) {
      const canvas = element("canvas");
      const square = { canvas, node: element("div", "cv-in-filter", canvas) };
      known.squares.push(square);
      grid.append(square.node);
    }
  };

  const show = (model, size) => {
    const settings = settingsOf(model);
    node.classList.toggle("cv-in-nothing", !settings.layer);
    if (!settings.layer) return say(refusal, "This network has no convolutions, so it has no filters.");
    const { answer, of, isOld, refused } = asked(model.answers, filtersQuestion(settings.layer.name));
    showHead(settings, answer, size[0] < NARROW);
    say(refusal, refused);
    grid.classList.toggle("cv-in-old", isOld);
    if (!answer) return;
    const layer = model.about.stages.find(({ name }) => filtersQuestion(name) === of);
    Object.assign(known, { model, layer, order: orderOf(answer, settings.sort) });
    const looks = looksOf(answer, { ...settings, channel: isOld ? -1 : settings.channel });
    const chosen = model.unit?.stage === layer.name ? model.unit.channel : known.order[0];
    layOut(known.order.length, size);
    shape(known.order.length);
    known.squares.forEach((square, at) => showSquare(square, known.order[at], looks, settings.paint, chosen));
    aside.show({ answer, looks, filter: chosen, layer, isOld });
  };

  const showHead = ({ layers: all, layer, sort, paint, channel: asked }, answer, isTight) => {
    layers.show(all.map(({ name, title }) => [name, title, name]), layer.name, isTight);
    sorts.show(SORTS, sort);
    paints.show(PAINTS, paint);
    if (!answer) return;
    const [, channels] = answer.weights.shape;
    channel.node.hidden = channels === 1;
    const values = Array.from({ length: channels + 1 }, (_, at) => at - 1);
    channel.show(values, Math.min(asked, channels - 1), asked < 0 ? (channels === 3 ? "colour" : "mean") : channels === 3 ? RGB[asked] : `${asked}`);
  };

  grid.addEventListener("click", (event) => {
    const square = known.squares.find((each) => each.node.contains(event.target));
    if (square) does.choseUnit(strongestOf(known.model.shown[known.layer.name], known.layer, square.filter));
  });
  grid.addEventListener("pointermove", (event) => {
    const square = known.squares.find((each) => each.node.contains(event.target));
    if (known.pointed === square?.filter) return;
    known.pointed = square?.filter;
    does.pointed(square ? strongestOf(known.model.shown[known.layer.name], known.layer, square.filter) : null);
  });
  grid.addEventListener("pointerleave", () => {
    known.pointed = undefined;
    does.pointed(null);
  });
  const questions = (model) => {
    const { layer } = settingsOf(model);
    return layer ? [filtersQuestion(layer.name)] : [];
  };
  return { node, show, questions };
}

const looks = new WeakMap(); // answer → by input channel what is drawn of it

function looksOf(answer, { channel }) {
  if (!looks.has(answer)) looks.set(answer, new Map());
  const kept = looks.get(answer);
  if (!kept.has(channel)) kept.set(channel, lookOf(answer.weights, Math.min(channel, answer.weights.shape[1] - 1)));
  return kept.get(channel);
}

// Weights in colour or of one channel; of frequencies the mean is that of the magnitudes, not of the weights.
function lookOf(weights, channel) {
  const planes = channel < 0 && weights.shape[1] === 3 ? weights : filterPlanes(weights, channel);
  return { planes, waves: channel < 0 ? weights : planes, scales: scalesOf(planes), images: new Map() };
}

function imageOf(look, filter, paint) {
  const key = `${paint} ${filter}`;
  if (!look.images.has(key)) look.images.set(key, paint === "frequencies" ? spectrumImage(look.waves, filter) : weightsImage(look.planes, filter, look.scales[filter]));
  return look.images.get(key);
}

function drawIn(canvas, image, known) {
  if (known.image === image) return;
  known.image = image;
  put(canvas, image);
}

function showSquare(square, filter, look, paint, chosen) {
  if (square.filter !== filter) {
    square.filter = filter;
    square.node.title = `channel ${filter}`;
  }
  drawIn(square.canvas, imageOf(look, filter, paint), square);
  square.node.classList.toggle("cv-in-chosen", filter === chosen);
}

function makeAside() {
  const title = element("h3");
  const [weights, spectrum] = [makePlate("cv-in-plate-kernel"), makePlate("cv-in-plate-spectrum")];
  const captions = ["", "frequencies"].map((words) => element("figcaption", "", words));
  const figures = [weights, spectrum].map((plate, at) => element("figure", "", plate.node, captions[at]));
  const lines = [0, 1, 2].map(() => element("p"));
  const node = element("aside", "cv-in-filter-aside", element("div", "cv-in-look-head", title), element("div", "cv-in-figures", ...figures), element("div", "cv-in-filter-words", ...lines));
  const known = { weights: {}, spectrum: {} };

  const show = ({ answer, looks: look, filter, layer, isOld }) => {
    node.classList.toggle("cv-in-old", isOld);
    drawIn(weights.canvas, imageOf(look, filter, "weights"), known.weights);
    drawIn(spectrum.canvas, imageOf(look, filter, "frequencies"), known.spectrum);
    const key = `${layer.name} ${filter}`;
    if (known.answer === answer && known.key === key) return;
    Object.assign(known, { answer, key });
    title.textContent = `${layer.title}, channel ${filter}`;
    captions[0].textContent = `${sizeWords(answer.weights)}, grey is 0`;
    const { told } = answer;
    const said = [normWords(told, filter), likeWords(told.resembles[filter], answer.weights.shape[1]), waveWords(told.frequency[filter])];
    said.forEach(([before, number, after], at) => lines[at].replaceChildren(before, element("b", at ? "" : "cv-kernel", number), after));
  };
  return { node, show };
}
