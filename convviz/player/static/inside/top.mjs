// The upper half: the picture, the map, its colours, the answer and the card of the story, and how they share the room.

import { element } from "../elements.mjs";
import { svg } from "../lab/drawing.mjs";
import { makeAnswer } from "./answer.mjs";
import { makeMap, markerOf } from "./map.mjs";
import { rowOf, within } from "./model.mjs";
import { makePicture, patchOf } from "./picture.mjs";
import { makeStory } from "./story.mjs";

const LOW = 280; // px, below which there is no line below the pictures
const HEADS = { low: 28, high: 32 };
const FOOT = 28;
const SCALE = 80; // px right of the map
const [ANSWER, WIDEST] = [176, 400]; // px of the answer, least and most
const STORY = [232, 272]; // px of the card, least and most
const ROOM_FOR_STORY = 1100; // px of the stage
const BETWEEN = 26; // px
const GAPS = [38, 96]; // px from picture to map, least and most
const MAP_HEAD = 352; // px that title, views and slider take beside each other
const CARD_GAP = 34;
const TITLE = 25; // px above the bar of colours
const LEGEND = 22; // px above the classes

// Sizes in px of a room: the side of both pictures, what is between them, and the widths of map, answer and story.
export function layTop(width, height, { hasStory, isCard }) {
  if (isCard) return { side: Math.floor(Math.min(height - 4, (width - CARD_GAP) / 2)), gap: CARD_GAP, head: 0, foot: 0, isCard };
  const low = height < LOW;
  const [head, foot] = low ? [HEADS.low, 0] : [HEADS.high, FOOT];
  const story = hasStory && width >= ROOM_FOR_STORY ? Math.round(within(0.2 * width, STORY)) : 0;
  const rest = width - BETWEEN - (story && story + BETWEEN);
  const side = Math.floor(Math.min(height - head - foot, (rest - SCALE - ANSWER - GAPS[0]) / 2));
  const map = Math.max(side + SCALE, Math.min(low ? MAP_HEAD : 0, rest - side - GAPS[0] - ANSWER));
  const gap = Math.round(within(rest - side - map - WIDEST, GAPS));
  return { side, gap, head, foot, map, story, low, answer: Math.min(rest - side - gap - map, WIDEST + 60) };
}

export function makeTop(does) {
  const [picture, map, answer, story] = [makePicture(does), makeMap(does), makeAnswer(does), makeStory(does)];
  const links = makeLinks();
  const over = svg("svg", { class: "cv-in-over", "aria-hidden": "true" }, links.node, svg("g", {}, picture.marks), svg("g", {}, map.marks));
  const board = element("div", "cv-in-board", picture.node, map.node, over);
  answer.head.append(story.line);
  const node = element("div", "cv-in-top", board, answer.node, story.node);
  const known = {};

  const layOut = (hasStory, isCard) => {
    const key = [...known.size, hasStory, isCard].join();
    if (known.key === key) return;
    const laid = layTop(...known.size, { hasStory, isCard });
    Object.assign(known, { key, laid });
    for (const name of ["side", "gap", "head", "foot", "map", "answer", "story"]) node.style.setProperty(`--cv-in-${name}`, `${laid[name] ?? 0}px`);
    node.classList.toggle("cv-in-low", Boolean(laid.low));
    node.classList.toggle("cv-in-tight", laid.map < MAP_HEAD);
    node.classList.toggle("cv-in-told", Boolean(laid.story));
    node.classList.toggle("cv-in-untold", !hasStory);
  };

  // Where both pictures are drawn, in px of the board.
  const place = ({ side, gap, head }) => {
    known.origins = { picture: [0, head], map: [side + gap, head] };
    picture.marks.parentNode.setAttribute("transform", `translate(${known.origins.picture})`);
    map.marks.parentNode.setAttribute("transform", `translate(${known.origins.map})`);
  };

  const show = (model) => {
    if (!known.size) return;
    layOut(model.hasStory, model.isCard);
    node.classList.toggle("cv-in-bare", !model.scene);
    if (!model.scene) return;
    const { laid } = known;
    place(laid);
    const { scene, step, reading, klass } = model;
    const [, ...sizes] = scene.picture.shape;
    const zoom = laid.side / Math.max(...sizes);
    const whole = { ...model, zoom, ratio: devicePixelRatio || 1, titleHeight: TITLE };
    picture.show(whole);
    map.show(whole);
    links.show(model.map && { patch: patchOf(scene.grid, step), marker: markerOf(scene.grid, step, zoom), zoom, ...known.origins });
    const height = laid.side + laid.foot - LEGEND;
    if (!laid.isCard) answer.show({ about: model.about, plain: model.plain, here: reading && rowOf(reading, step), klass, height });
    if (model.told) story.show(model.told);
  };
  const hasCard = () => Boolean(known.laid?.story);
  return { node, show, hasCard, room: node, resized: (...size) => Object.assign(known, { size }) };
}

// Two dotted lines from the edges of the patch to its cell on the map.
function makeLinks() {
  const lines = ["cv-in-link-casing", "cv-in-link"].map((name) => svg("path", { class: name }));
  const node = svg("g", {}, ...lines);
  const known = {};
  const show = (ends) => {
    node.toggleAttribute("hidden", !ends);
    const way = ends ? linksOf(ends) : "";
    if (known.way === way) return;
    known.way = way;
    for (const line of lines) line.setAttribute("d", way);
  };
  return { node, show };
}

function linksOf({ patch: [rows, [, right]], marker: [x, y, , height], zoom, picture, map }) {
  const from = picture[0] + right * zoom;
  const to = map[0] + x;
  const middle = (from + to) / 2;
  const ends = [[rows[0] * zoom, y], [rows[1] * zoom, y + height]];
  return ends.map(([start, end]) => `M${round(from)} ${round(picture[1] + start)}C${round(middle)} ${round(picture[1] + start)} ${round(middle)} ${round(map[1] + end)} ${round(to)} ${round(map[1] + end)}`).join("");
}

const round = (value) => Math.round(10 * value) / 10;
