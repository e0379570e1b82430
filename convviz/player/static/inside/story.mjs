// The card of the shortcut story: two networks that look at one picture with a sticker, and how often they are right.

import { element } from "../elements.mjs";
import { put } from "../lab/drawing.mjs";
import { occlusionQuestion } from "./ask.mjs";
import { cellsOf, drawMap, pale } from "./map.mjs";
import { readOcclusion, valuesOf } from "./model.mjs";
import { packed } from "./packed.mjs";
import { scaleOf } from "./scale.mjs";
import { boxOf, EXAMPLE, LETTERS, PATCH } from "./walk-facts.mjs";
import { percent } from "./words.mjs";

const ZOOM = 8; // px of a cell of the picture; the page makes them smaller

// What is asked of both networks: the story, and once its picture is packed, the maps.
export const storyQuestions = ({ plain, tagged }) => [plain, tagged].map((run) => `${run}/${EXAMPLE}`);

export const mapQuestions = ({ plain, tagged }, picture) => [plain, tagged].map((run) => `${run}/${occlusionQuestion(picture, PATCH)}`);

// Packs the picture of a story once; `arrived()` when it is there.
export function keepPacked(arrived) {
  const known = {};
  const get = (bytes) => {
    if (!bytes) return null;
    if (known.bytes !== bytes) {
      Object.assign(known, { bytes, text: null });
      packed(bytes).then((text) => known.bytes === bytes && arrived((known.text = text)));
    }
    return known.text;
  };
  return { get };
}

export function makeStory({ walked }) {
  const [card, line] = [makeCard(walked), walkButton("The shortcut story", walked)];
  line.classList.add("cv-in-story-line");
  return { node: card.node, line, show: card.show };
}

function walkButton(words, walked) {
  const button = element("button", "cv-in-story-walk", words, element("span", "", "→"));
  Object.assign(button, { type: "button", title: "Two networks, one shortcut: a guided walk of two minutes" });
  button.addEventListener("click", walked);
  return button;
}

function makeCard(walked) {
  const networks = LETTERS.map((name) => {
    const [canvas, share] = [element("canvas"), element("span")];
    share.title = "Of the test pictures with a sticker, so many are recognised";
    return { canvas, share, node: element("figure", "", canvas, element("figcaption", "", element("b", "", name), share)) };
  });
  const pair = element("div", "cv-in-pair", ...networks.map(({ node }) => node));
  const question = element("p", "", "B is right more often.", element("br"), "Which would you trust?");
  const words = [element("h3", "", "The shortcut story"), element("p", "", "Two networks, one picture with a sticker on it.")];
  const node = element("aside", "cv-card cv-in-story", ...words, pair, question, walkButton("Two-minute walk", walked));
  const known = {};

  // `told`, `maps`: of both networks what is there by now of their answers to the story, and of their maps.
  const show = ({ told, maps, colours, theme }) => {
    if (known.theme === theme && LETTERS.every((_, at) => known.told?.[at] === told[at] && known.maps?.[at] === maps[at])) return;
    Object.assign(known, { told, maps, theme });
    networks.forEach((network, at) => {
      if (!told[at]) return;
      network.share.textContent = percent(told[at].told.accuracy.tagged);
      drawNetwork(network.canvas, told[at], maps[at], colours, theme);
    });
  };
  return { node, show };
}

function drawNetwork(canvas, { tagged, tag, told: { label } }, occlusion, colours, theme) {
  const [, ...sizes] = tagged.shape;
  [canvas.height, canvas.width] = sizes.map((size) => size * ZOOM);
  const ctx = canvas.getContext("2d");
  const base = element("canvas");
  put(base, pale(tagged, 0.5, theme === "dark"));
  drawMap(ctx, base, occlusion && cellsIn(occlusion, label, colours), { ...PATCH, sizes, counts: occlusion?.scores.shape }, ZOOM);
  frameTag(ctx, boxOf(tag), colours);
}

function cellsIn(occlusion, label, colours) {
  const values = valuesOf(readOcclusion(occlusion), "probability", label);
  const canvas = element("canvas");
  const look = { shows: "probability", scale: scaleOf("probability", values), colours, mix: 0.5, until: Infinity };
  put(canvas, cellsOf({ values, counts: occlusion.scores.shape }, look));
  return canvas;
}

// Around the sticker, half a cell away from it.
function frameTag(ctx, [[top, bottom], [left, right]], { ink }) {
  ctx.strokeStyle = `rgb(${ink})`;
  ctx.lineWidth = 0.4;
  ctx.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1);
}
