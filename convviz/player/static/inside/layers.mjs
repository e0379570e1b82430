// The network laid out: the picture, the first filters, then every stage's answers, and beside them the chosen unit.

import { element, say } from "../elements.mjs";
import { mark, put } from "../lab/drawing.mjs";
import { scalesOf, weightsImage } from "../lab/filters.mjs";
import { shortNames } from "../lab/words.mjs";
import { excitesQuestion, filtersQuestion } from "./ask.mjs";
import { makeAsked, makeFieldMark, makePlate } from "./lower-parts.mjs";
import { within } from "./model.mjs";
import { canvasOf } from "./picture.mjs";
import { filterPlanes, largestIn, planeImage } from "./shades.mjs";
import { makeUnit } from "./unit.mjs";
import { isNumbers, placesOf, sameUnit, seenBy, shownChannels, strongestOf, unitAt, unitUnder } from "./units.mjs";

const MOST = 16; // channels of a stage
const ACROSS = 4; // beside each other
const BETWEEN = 2; // px between maps
const HEAD = 46; // px above the maps
const FOOT = 26; // px of the line below them
const GAPS = { least: { narrow: 18, wide: 24 }, most: 44 }; // px between two columns, with an arrow in them
const NARROW = 1000; // px, below which the look is narrow
const COMFORTABLE = 132; // px of a column: with less, poolings are left out
const LEAST = { share: 0.45, width: [64, 96] }; // of the height: narrower no column gets
const FULL_NOTE = 100; // px of a column that has room for all words
const WIDEST_NUMBERS = 210; // px
const CARD = { width: [196, 250], share: 0.205, gap: 30 };
const NUMBERS = { narrow: { numbers: 64, scores: 64 }, wide: { numbers: 74, scores: 104 } }; // px
const LEFT_OUT = [[], ["narrow"], ["narrow", "numbers"]]; // kinds, where there is no room: these first

// --- Which columns, and how wide ------------------------------------------------------------------------------------------------------------

function kindOf(stage, isLast, classes) {
  if (isNumbers(stage)) return isLast && stage.shape[0] === classes ? "scores" : "numbers";
  return stage.kind === "pooling" ? "narrow" : "maps";
}

// The columns of a network: {kind, stage}.
export function columnsOf(stages, classes) {
  const shown = stages.map((stage, at) => ({ kind: kindOf(stage, at === stages.length - 1, classes), stage }));
  const filters = stages.find(({ kind }) => kind === "convolution");
  return [{ kind: "picture" }, ...(filters ? [{ kind: "filters", stage: filters }] : []), ...shown];
}

const shareOf = ({ kind }) => ({ narrow: 1 / ACROSS, numbers: 0, scores: 0 })[kind] ?? 1;

// Sizes in px of a room: the columns that stay with their widths, the side of a map of maps, the gap between two, the card's width.
export function layColumns(columns, width, height) {
  const card = Math.round(within(CARD.share * width, CARD.width));
  const room = width - card - CARD.gap;
  const size = width < NARROW ? "narrow" : "wide";
  const tries = LEFT_OUT.map((kinds) => fitColumns(columns.filter(({ kind }) => !kinds.includes(kind)), room, height - HEAD, size));
  const found = tries.find(({ side }) => side >= Math.min(COMFORTABLE, height - HEAD)) ?? tries.at(-1);
  return { ...found, card, room };
}

function fitColumns(columns, room, height, size) {
  const [numbers, least] = [NUMBERS[size], GAPS.least[size]];
  const fixed = sumOf(columns.map(({ kind }) => numbers[kind] ?? 0));
  const shares = sumOf(columns.map(shareOf));
  const gaps = columns.length - 1;
  const fits = Math.floor((room - fixed - gaps * least) / shares);
  const narrowest = within(LEAST.share * height, LEAST.width);
  const cell = Math.floor((within(fits, [narrowest, Math.max(height, narrowest)]) - (ACROSS - 1) * BETWEEN) / ACROSS);
  const side = ACROSS * cell + (ACROSS - 1) * BETWEEN;
  const widths = columns.map((column) => numbers[column.kind] ?? (shareOf(column) < 1 ? cell : side));
  const left = room - sumOf(widths);
  const gap = Math.floor(within(left / Math.max(gaps, 1), [least, GAPS.most]));
  const grown = growNumbers(columns, widths, left - gaps * gap);
  return { columns: columns.map((column, at) => ({ ...column, width: grown[at], cell })), side: Math.min(fits, side), tall: side, cell, gap };
}

const sumOf = (values) => values.reduce((sum, each) => sum + each, 0);

// What is left over makes bars longer.
function growNumbers(columns, widths, left) {
  const many = columns.filter((column) => shareOf(column) === 0).length;
  const more = Math.max(Math.floor(left / Math.max(many, 1)), 0);
  return widths.map((width, at) => (shareOf(columns[at]) === 0 ? Math.min(width + more, Math.max(WIDEST_NUMBERS, width)) : width));
}

// --- Words ----------------------------------------------------------------------------------------------------------------------------------

const times = (shape) => shape.join(" × ");

const capital = (words) => words[0].toUpperCase() + words.slice(1);

function titleOf({ kind, stage }) {
  if (kind === "picture") return "Picture";
  if (kind === "filters") return "Filters";
  return kind === "narrow" ? "pool" : capital(stage.title);
}

function noteOf({ kind, stage, width }, { picture }, filters) {
  if (kind === "picture") return times(picture);
  if (kind === "narrow") return "";
  if (kind === "scores") return "one a class";
  const [channels] = stage.shape;
  const top = channels > MOST && (kind === "numbers" || width >= FULL_NOTE) ? `, top ${MOST}` : "";
  if (kind === "filters") return filters ? `${channels > MOST ? MOST : channels} of ${times(filters.weights.shape.slice(2))}` : `${channels}`;
  return kind === "numbers" ? `${channels}${top}` : `${times(stage.shape)}${top}`;
}

// --- The look -------------------------------------------------------------------------------------------------------------------------------

export function makeLayers(does) {
  const row = element("div", "cv-in-columns");
  const card = makeUnit(does);
  const legend = element("p", "cv-note cv-in-legend-line", element("i", "cv-in-ramp"), "0 to the layer's largest value. Point at a unit: what it sees is outlined on the picture.");
  const node = element("div", "cv-in-look cv-in-layers", element("div", "cv-in-network", row, legend), card.node);
  const [filtersAsked, excitesAsked] = [makeAsked(), makeAsked()];
  const known = { columns: [] };

  const layOut = ({ about }, [width, height]) => {
    const laid = layColumns(columnsOf(about.stages, about.classes.length), width, height);
    known.laid = laid;
    known.columns = laid.columns.map((column, at) => makeColumn(column, at > 0, does));
    row.replaceChildren(...known.columns.map((column) => column.node));
    const sizes = { side: laid.tall, cell: laid.cell, between: BETWEEN, gap: laid.gap, card: laid.card };
    for (const [name, size] of Object.entries(sizes)) node.style.setProperty(`--cv-in-l-${name}`, `${size}px`);
    legend.hidden = height - HEAD - laid.tall < FOOT;
  };

  const show = (model, size) => {
    const key = size.join();
    if (known.about !== model.about || known.key !== key) {
      Object.assign(known, { about: model.about, key });
      layOut(model, size);
    }
    const filters = filtersAsked(model.answers, questionOfFilters(model.about)).answer;
    for (const column of known.columns) column.show({ ...model, filters, side: known.laid.tall });
    bringIntoView(model.unit);
    const unit = model.hover ?? model.unit;
    card.show({ ...model, unit, isChosen: !model.hover || sameUnit(model.hover, model.unit), excites: excitesAsked(model.answers, excitesQuestion(unit.stage, unit.channel)) }, [known.laid.card, size[1]]);
  };

  // Where not all columns have room, that of the chosen unit is seen.
  const bringIntoView = ({ stage }) => {
    if (known.seen === `${stage} ${known.key}`) return;
    known.seen = `${stage} ${known.key}`;
    const column = known.columns.find((each) => each.stage?.name === stage && each.kind !== "filters");
    if (row.scrollWidth > row.clientWidth) column?.node.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const questions = ({ about, unit, hover }) => {
    const seen = hover ?? unit;
    return [questionOfFilters(about), seen && excitesQuestion(seen.stage, seen.channel)].filter(Boolean);
  };
  return { node, show, questions };
}

function questionOfFilters({ stages }) {
  const first = stages.find(({ kind }) => kind === "convolution");
  return first ? filtersQuestion(first.name) : null;
}

// A column with its head; what is in it shows itself.
function makeColumn(column, hasArrow, does) {
  const title = element("h3", "", titleOf(column));
  const note = element("p", "cv-note");
  const head = element("div", "cv-in-column-head", ...(hasArrow ? [element("span", "cv-in-arrow", "→")] : []), title, note);
  const body = BODIES[column.kind](column, does);
  const node = element("section", `cv-in-column cv-in-column-${column.kind}`, head, body.node);
  node.style.width = `${column.width}px`;
  if (column.stage) title.title = `${column.stage.name}: ${times(column.stage.shape)}`;
  const show = (model) => {
    say(note, noteOf(column, model.about, model.filters));
    body.show(model);
  };
  return { ...column, node, show };
}

const BODIES = { picture: makePictureBody, filters: makeFiltersBody, maps: makeMapsBody, narrow: makeMapsBody, numbers: makeNumbersBody, scores: makeNumbersBody };

function makePictureBody() {
  const seen = makeFieldMark();
  const plate = makePlate("cv-in-plate-input", seen.node);
  const known = {};
  const show = ({ shown, about, unit, hover, side }) => {
    const [, ...sizes] = about.picture;
    if (known.picture !== shown.picture) {
      known.picture = shown.picture;
      put(plate.canvas, canvasOf(shown.picture).getContext("2d").getImageData(0, 0, sizes[1], sizes[0]));
    }
    seen.show(seenBy(hover ?? unit, about), side / Math.max(...sizes), sizes);
  };
  return { node: plate.node, show };
}

// Small squares of a stage's channels; `unitOf(each, point)` is what somebody points at.
function makeSquares(className, does, unitOf) {
  const node = element("div", `cv-in-squares ${className}`);
  const known = { squares: [], pointed: null };

  const shape = (many) => {
    while (known.squares.length > many) known.squares.pop().node.remove();
    while (known.squares.length < many) {
      const canvas = element("canvas");
      const square = { canvas, node: element("div", "cv-in-square", canvas) };
      known.squares.push(square);
      node.append(square.node);
    }
  };

  // `draw(channel)` is a picture; `key` changes when all pictures do.
  const show = ({ channels, key, draw, chosen, pointed }) => {
    shape(channels.length);
    known.squares.forEach((square, at) => {
      const channel = channels[at];
      if (square.key !== key || square.channel !== channel) {
        if (square.channel !== channel) square.node.title = `channel ${channel}`;
        Object.assign(square, { key, channel });
        const image = draw(channel);
        put(square.canvas, image);
      }
      square.node.classList.toggle("cv-in-chosen", channel === chosen);
      square.node.classList.toggle("cv-in-pointed", channel === pointed && channel !== chosen);
    });
  };

  const under = (event) => {
    const square = known.squares.find((each) => each.node.contains(event.target));
    if (!square) return null;
    const { left, top, width, height } = square.node.getBoundingClientRect();
    return unitOf(square.channel, [(event.clientX - left) / width, (event.clientY - top) / height]);
  };
  wirePointing(node, does, under);
  return { node, show };
}

// Pointing says which unit, a click chooses it.
function wirePointing(node, does, under) {
  const known = { pointed: null };
  const point = (unit) => {
    if (sameUnit(unit, known.pointed)) return;
    known.pointed = unit;
    does.pointed(unit);
  };
  node.addEventListener("pointermove", (event) => point(under(event)));
  node.addEventListener("pointerleave", () => point(null));
  node.addEventListener("click", (event) => {
    const unit = under(event);
    if (unit) does.choseUnit(unit);
  });
}

const channelIn = (unit, stage) => (unit?.stage === stage.name ? unit.channel : null);

function makeFiltersBody({ stage }, does) {
  const known = {};
  const strongest = (channel) => known.values && strongestOf(known.values, stage, channel);
  const squares = makeSquares("cv-in-squares-kernel", does, strongest);
  const show = ({ shown, filters, unit, hover }) => {
    const values = shown[stage.name];
    if (known.values !== values || known.chosen !== channelIn(unit, stage)) {
      Object.assign(known, { values, chosen: channelIn(unit, stage) });
      known.channels = shownChannels(values, stage, MOST, known.chosen);
    }
    if (!filters) return;
    if (known.filters !== filters) {
      const looked = filters.weights.shape[1] === 3 ? filters.weights : filterPlanes(filters.weights, -1);
      Object.assign(known, { filters, looked, scales: scalesOf(looked) });
    }
    const draw = (channel) => weightsImage(known.looked, channel, known.scales[channel]);
    squares.show({ channels: known.channels, key: filters, draw, chosen: known.chosen, pointed: channelIn(hover, stage) });
  };
  return { node: squares.node, show };
}

function makeMapsBody({ stage, kind, cell }, does) {
  const most = kind === "narrow" ? ACROSS : MOST;
  const squares = makeSquares("", does, (channel, point) => unitUnder(stage, channel, point));
  const known = {};
  squares.node.classList.toggle("cv-in-shrunk", Math.max(...stage.shape.slice(1)) > cell);
  const show = ({ shown, unit, hover, ramps }) => {
    const values = shown[stage.name];
    const chosen = channelIn(unit, stage);
    if (known.values !== values || known.chosen !== chosen) {
      if (known.values !== values) known.scale = largestIn(values.data);
      Object.assign(known, { values, chosen, channels: shownChannels(values, stage, most, chosen) });
    }
    if (known.ramps !== ramps || known.drawn !== values) Object.assign(known, { ramps, drawn: values, key: {} });
    const draw = (channel) => planeImage(values.data, channel * placesOf(stage), stage.shape.slice(1), known.scale, ramps);
    squares.show({ channels: known.channels, key: known.key, draw, chosen, pointed: channelIn(hover, stage) });
  };
  return { node: squares.node, show };
}

// One bar for each number: of the largest ones, or of all classes in their order.
function makeNumbersBody({ stage, kind }, does) {
  const node = element("div", "cv-in-numbers");
  const known = { rows: [] };
  const isScores = kind === "scores";

  const build = (many) => {
    known.rows = Array.from({ length: many }, () => makeBar(isScores));
    node.replaceChildren(...known.rows.map((row) => row.node));
    node.style.setProperty("--cv-in-l-rows", many);
    node.classList.toggle("cv-in-many", many > 12);
  };

  const show = ({ shown, about, unit, hover }) => {
    const values = shown[stage.name];
    const chosen = channelIn(unit, stage);
    if (known.values !== values || known.chosen !== chosen) {
      Object.assign(known, { values, chosen, channels: shownChannels(values, stage, isScores ? Infinity : MOST, chosen), range: rangeOf(values.data) });
      if (known.rows.length !== known.channels.length) build(known.channels.length);
    }
    known.rows.forEach((row, at) => {
      const channel = known.channels[at];
      row.show({ channel, value: values.data[channel], range: known.range, about });
      row.node.classList.toggle("cv-in-chosen", channel === chosen);
      row.node.classList.toggle("cv-in-pointed", channel === channelIn(hover, stage) && channel !== chosen);
    });
  };

  wirePointing(node, does, (event) => {
    const row = known.rows.find((each) => each.node.contains(event.target));
    return row ? unitAt(stage, row.channel, 0) : null;
  });
  return { node, show };
}

const oneDigit = (number) => (Math.round(10 * number) / 10 || 0).toFixed(1).replace("-", "−");

const rangeOf = (values) => [Math.min(0, ...values), Math.max(0, ...values)];

function makeBar(isScore) {
  const [sign, bar, value] = [element("span", "cv-in-bar-sign"), element("i"), element("span", "cv-in-bar-value")];
  const node = element("div", "cv-in-number", ...(isScore ? [sign] : []), element("span", "cv-in-bar-way", bar), ...(isScore ? [value] : []));
  const row = { node };
  row.show = ({ channel, value: number, range: [low, high], about }) => {
    if (row.channel !== channel || row.about !== about) {
      Object.assign(row, { channel, about });
      node.title = isScore ? about.classes[channel] : `channel ${channel}`;
      sign.replaceChildren(...(about.marks[channel] ? [mark(about.marks[channel])] : [isScore ? shortNames(about.classes)[channel] : ""]));
    }
    const key = `${number} ${low} ${high}`;
    if (row.key === key) return;
    row.key = key;
    const [from, to] = [Math.min(number, 0), Math.max(number, 0)].map((each) => (each - low) / (high - low || 1));
    Object.assign(bar.style, { left: `${100 * from}%`, width: `${100 * (to - from)}%` });
    bar.classList.toggle("cv-in-below", number < 0);
    value.textContent = oneDigit(number);
  };
  return row;
}
