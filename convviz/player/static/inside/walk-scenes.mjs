// The steps as pictures: for each what stands at the left (A), in the middle, at the right (B), and how it shows a model.

import { element, say } from "../elements.mjs";
import { svg } from "../lab/drawing.mjs";
import { cellsOf, drawMap, pale } from "./map.mjs";
import { cellOf, extentOf, positionOf, rowOf, winnerOf } from "./model.mjs";
import { placeUnder } from "./picture.mjs";
import { boxOf, GAME, gameShares, LETTERS, scorePeak } from "./walk-facts.mjs";
import { cropped, imageOfPicture, makeAnswer, makeBoard, makeButton, makePlayer, makeShares, makeTile, sign } from "./walk-parts.mjs";
import { blended } from "./walk-steps.mjs";
import { chanceText, MORAL, REAL, scoreText, TO_DO, voteWords } from "./walk-words.mjs";
import { percent } from "./words.mjs";

const SIDES = [0, 1];
const FULL = { low: 0, high: 1 }; // what the colours of a map stand for

// A part: {main, foot} of each side and of the middle, `show(model)`; `does` is what people do.
export const SCENES = { both: makeBoth, look: makeLook, without: makeWithout, moved: makeMoved, emerging: makeEmerging, game: makeGame, moral: makeMoral };

// `picture` with the name by which a board knows it again.
const shownAs = (key, picture, rest = {}) => ({ key: picture && key, draw: () => imageOfPicture(picture), ...rest });

const numberOf = ({ sides: [{ story }] }) => (story ? `Test picture ${story.number}` : "Test picture");

// --- 1 ------------------------------------------------------------------------------------------------------------------------------------

function makeBoth(does, about) {
  const answers = SIDES.map(() => makeAnswer(about));
  const votes = LETTERS.map((letter) => makeButton("cv-in-walk-vote", `I trust ${letter} (${letter})`, () => does.voted(letter), `I trust ${letter}`));
  const board = makeBoard("The test picture");
  const question = element("p", "cv-in-walk-question", "Which would you trust?");
  const show = ({ facts, picks }) => {
    const { story } = facts.sides[0];
    board.show(shownAs("tagged", story?.tagged));
    facts.sides.forEach(({ story: own }, side) => showAnswer(answers[side], own?.chances.tagged, facts));
    votes.forEach((button, side) => button.setAttribute("aria-pressed", picks.vote === LETTERS[side]));
  };
  return { sides: SIDES.map((side) => ({ main: answers[side].node, foot: votes[side] })), middle: { head: numberOf, main: board.node, foot: question }, show };
}

function showAnswer(answer, now, { label }, more = {}) {
  answer.show({ now: now ?? null, label, winner: now ? winnerOf(now) : null, ...more });
}

// --- 2 ------------------------------------------------------------------------------------------------------------------------------------

function makeLook(does, about) {
  const maps = SIDES.map((side) => makeBoard(`Where network ${LETTERS[side]} looks`));
  const chances = SIDES.map(() => makeShares(1));
  const board = makeBoard("The picture with the grey patch");
  const player = makePlayer(does);
  for (const each of [board, ...maps]) each.square.addEventListener("pointermove", (event) => does.pointed(placeUnder(event, each.square, each.square.clientWidth / 32)));

  const show = ({ facts, look, colours, theme }) => {
    const { story } = facts.sides[0];
    const isThere = facts.sides.every((side) => side.look.reading);
    const patch = isThere ? patchAt(look) : null;
    board.show(shownAs("tagged", story?.tagged, { patch }));
    facts.sides.forEach((side, index) => showMap(maps[index], { facts, side, look, colours, theme, isThere }));
    facts.sides.forEach((side, index) => chances[index].show([chanceHere(side, facts, isThere ? look.position : null)]));
    player.show(look.share, "Place of the patch", isThere ? "" : "sliding …");
  };
  return {
    sides: SIDES.map((side) => ({ note: "where it looks", main: maps[side].node, foot: chances[side].node })),
    middle: { head: numberOf, main: board.node, foot: player.node },
    show,
  };
}

const patchAt = ({ grid, position }) => positionOf(grid, position).map((each) => [each * grid.stride, each * grid.stride + grid.patch]);

function chanceHere({ look: { reading } }, { label, name }, position) {
  if (position === null) return { label: `P(${name}) here`, share: 0, text: "–" };
  const chance = rowOf(reading, position)[label];
  return { label: `P(${name}) here`, share: chance, text: chanceText(chance) };
}

// The map so far over the pale picture; `until` is the last position that counts.
function showMap(board, { facts, side, look, colours, theme, isThere }) {
  const { story } = side;
  if (!isThere) return board.show(shownAs(`pale ${theme}`, story?.tagged, { draw: () => pale(story.tagged, 0.5, theme === "dark"), tag: story?.box }));
  const { grid, position, until } = look;
  const here = position === null ? null : positionOf(grid, position).map((each, axis) => cellOf(each, grid.sizes[axis], grid));
  const extent = grid.counts.map((count, axis) => extentOf(count, grid.sizes[axis], grid));
  const draw = () => mapImage({ story, reading: side.look.reading, label: facts.label, grid, until, colours, theme });
  board.show({ key: `map ${until} ${theme}`, draw, tag: story.box, patch: here, extent });
}

const [base, cells, sheet] = Array.from({ length: 3 }, () => element("canvas"));

function mapImage({ story, reading, label, grid, until, colours, theme }) {
  const values = Float64Array.from({ length: grid.counts[0] * grid.counts[1] }, (_, at) => (at > until ? 0 : Math.max(reading.plain[label] - rowOf(reading, at)[label], 0)));
  const paint = { shows: "drop", scale: FULL, colours, mix: 0.5, until: Infinity };
  for (const [canvas, image] of [[base, pale(story.tagged, 0.5, theme === "dark")], [cells, cellsOf({ values, counts: grid.counts }, paint)]]) {
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
  }
  [sheet.width, sheet.height] = [base.width, base.height];
  const ctx = sheet.getContext("2d", { willReadFrequently: true });
  drawMap(ctx, base, cells, grid, 1);
  return ctx.getImageData(0, 0, sheet.width, sheet.height);
}

// --- 3 ------------------------------------------------------------------------------------------------------------------------------------

function makeWithout(does, about) {
  const answers = SIDES.map(() => makeAnswer(about));
  const shares = SIDES.map(() => makeShares(2));
  const board = makeBoard("The picture with its sticker or without");
  const [on, off] = [[true, "with sticker"], [false, "without"]].map(([isOn, words]) => makeButton("cv-in-walk-choice", `${words} (S)`, () => does.picked({ sticker: isOn }), words));
  const show = ({ facts, sticker, amount }) => {
    const { story } = facts.sides[0];
    const picture = story && { data: blended(story.without.data, story.tagged.data, amount), shape: story.tagged.shape };
    board.show(shownAs(`${amount}`, picture, { tag: story && amount > 0 ? story.box : null }));
    on.setAttribute("aria-pressed", sticker);
    off.setAttribute("aria-pressed", !sticker);
    facts.sides.forEach(({ story: own }, side) => {
      showAnswer(answers[side], own?.chances[sticker ? "tagged" : "without"], facts, { before: sticker ? null : own?.chances.tagged });
      shares[side].show([accuracy("with stickers", own?.accuracy.tagged), accuracy("without", sticker ? null : own?.accuracy.without)]);
    });
  };
  const foot = element("div", "cv-in-walk-choices", on, off);
  return { sides: SIDES.map((side) => ({ main: answers[side].node, foot: shares[side].node })), middle: { head: numberOf, main: board.node, foot }, show };
}

const accuracy = (label, share) => ({ label, share: share ?? null, text: share === null || share === undefined ? "" : percent(share) });

// --- 4 ------------------------------------------------------------------------------------------------------------------------------------

function makeMoved(does, about) {
  const answers = SIDES.map(() => makeAnswer(about));
  const shares = SIDES.map(() => makeShares(2));
  const board = makeBoard("The picture with the sticker of another class");
  const stickers = about.classes.map((name, klass) => {
    const tile = makeTile("cv-in-walk-tile");
    const button = makeButton("cv-in-walk-sticker", `The sticker of class ${name} (${klass + 1})`, () => does.picked({ moved: klass }), tile.node, sign(about.marks[klass]));
    return { tile, button };
  });
  const show = ({ facts, moved }) => {
    const { label, sides } = facts;
    const { story } = sides[0];
    const picture = story && moved !== null ? partOf(story.moved, moved) : null;
    board.show(shownAs(`moved ${moved}`, picture, { tag: story?.box }));
    stickers.forEach(({ tile, button }, klass) => {
      if (story) tile.show(klass, cropped(partOf(story.moved, klass), story.box));
      button.setAttribute("aria-pressed", klass === moved);
    });
    const notes = moved === null ? {} : { [label]: "shape", [moved]: moved === label ? "shape, sticker" : "sticker" };
    sides.forEach(({ story: own, swapped: { told } }, side) => {
      showAnswer(answers[side], moved === null ? null : own?.chances.moved[moved], facts, { notes });
      shares[side].show([accuracy("names the shape", told?.kept), accuracy("names the sticker", told?.followed)]);
    });
  };
  const foot = element("div", "cv-in-walk-stickers", ...stickers.map(({ button }) => button));
  return { sides: SIDES.map((side) => ({ main: answers[side].node, foot: shares[side].node })), middle: { head: numberOf, main: board.node, foot }, show };
}

// One of several pictures.
function partOf({ data, shape: [, ...shape] }, index) {
  const size = shape.reduce((product, each) => product * each, 1);
  return { data: data.subarray(index * size, (index + 1) * size), shape };
}

// --- 5 ------------------------------------------------------------------------------------------------------------------------------------

function makeEmerging(does, about) {
  const boards = SIDES.map((side) => makeBoard(`What excites network ${LETTERS[side]} most`));
  const scores = SIDES.map(() => makeShares(2));
  const [example, tile] = [makeTile("cv-in-walk-shape"), makeTile("cv-in-walk-shape")];
  const names = [element("span"), element("span")];
  const player = makePlayer(does);
  const show = ({ facts, frame, share }) => {
    const { sides, name } = facts;
    const { story } = sides[0];
    if (story) {
      example.show("example", cropped(story.without, around(story.object)));
      tile.show("sticker", cropped(story.tagged, story.box));
    }
    say(names[0], `a ${name}`);
    say(names[1], `the sticker of every ${name}`);
    const shown = sides.map(({ frames }) => frames.all[Math.min(frame, frames.all.length - 1)] ?? null);
    const most = Math.max(1, ...sides.flatMap(({ frames }) => frames.all.flatMap((each) => [each.scores.data.at(-1), each.told.best.score])));
    shown.forEach((answer, side) => {
      boards[side].show(shownAs(`step ${answer?.told.step}`, answer?.image));
      scores[side].show([scored("this picture", answer?.scores.data.at(-1), most), scored("best test picture", answer?.told.best.score, most)]);
    });
    const step = shown[0]?.told.step;
    player.show(share, "Step", step === undefined ? "" : `step ${step}`);
  };
  const key = element("div", "cv-in-walk-keys", ...[example, tile].map((each, index) => element("figure", "", each.node, element("figcaption", "", names[index]))));
  return {
    sides: SIDES.map((side) => ({ note: "its own picture", main: boards[side].node, foot: scores[side].node })),
    middle: { head: () => "Look for one of these", main: key, foot: player.node },
    show,
  };
}

const scored = (label, score, most) => ({ label, share: score === undefined ? 0 : Math.max(score / most, 0), text: score === undefined ? "–" : scoreText(score) });

// A square around an object, with a cell to spare, inside the picture.
function around(object) {
  const box = boxOf(object);
  const side = Math.min(Math.max(...box.map(([from, to]) => to - from)) + 4, ...object.shape);
  return box.map(([from, to], axis) => {
    const first = Math.min(Math.max(Math.round((from + to - side) / 2), 0), object.shape[axis] - side);
    return [first, first + side];
  });
}

// --- 6 ------------------------------------------------------------------------------------------------------------------------------------

function makeGame() {
  const shares = SIDES.map(() => makeShares(2, "cv-in-walk-large"));
  const counts = SIDES.map(() => element("p", "cv-in-walk-count"));
  const board = makeBoard("The patch of each network that hurts most");
  const peaks = LETTERS.map(makePeak);
  board.peaks.append(...peaks.map(({ node }) => node));
  const rule = element("p", "cv-in-walk-rule", "Grey: the patch that matters most. Dashed: by chance.");
  const show = ({ facts }) => {
    const { story } = facts.sides[0];
    board.show(shownAs("tagged", story?.tagged, { outline: story?.object, tag: story?.box }));
    facts.sides.forEach(({ aim, game }, side) => {
      peaks[side].show(aim.reading ? scorePeak(aim.reading, facts.label) : null);
      const found = gameShares(game);
      shares[side].show([pointed("touches the shape", found, "shape"), pointedAtSticker(found)]);
      say(counts[side], game.seen ? `${game.right} of ${game.seen} pictures recognised` : "counting …");
    });
  };
  return { sides: SIDES.map((side) => ({ main: shares[side].node, foot: counts[side] })), middle: { head: numberOf, main: board.node, foot: rule }, show };
}

const pointed = (label, found, name) => ({ label, share: found?.[name] ?? 0, text: found ? percent(found[name]) : "–", chance: found?.chance[name] ?? null });

// A network's own test pictures may carry no sticker that a patch could touch.
const pointedAtSticker = (found) => (found && !found.chance.sticker ? { label: "its test pictures have no sticker", share: null, text: "" } : pointed("touches the sticker", found, "sticker"));

// A patch with its network's letter.
function makePeak(letter) {
  const rects = ["cv-in-walk-casing", "cv-in-walk-peak"].map((name) => svg("rect", { class: name, width: GAME.patch, height: GAME.patch }));
  const words = svg("text", { class: "cv-in-walk-letter", x: GAME.patch / 2, y: GAME.patch / 2 }, letter);
  const node = svg("g", { hidden: "" }, ...rects, words);
  const show = (place) => {
    node.toggleAttribute("hidden", !place);
    if (place) node.setAttribute("transform", `translate(${place[1]} ${place[0]})`);
  };
  return { node, show };
}

// --- 7 ------------------------------------------------------------------------------------------------------------------------------------

function makeMoral(does, about) {
  const maps = SIDES.map((side) => makeBoard(`Where network ${LETTERS[side]} looked`));
  const drawn = SIDES.map((side) => makeBoard(`What excited network ${LETTERS[side]} most`));
  const shares = SIDES.map(() => makeShares(2));
  const tiles = about.classes.map((_, klass) => ({ tile: makeTile("cv-in-walk-tile"), mark: sign(about.marks[klass]) }));
  const vote = element("p", "cv-in-walk-vote-said");
  const show = ({ facts, look, colours, theme, picks }) => {
    const { story } = facts.sides[0];
    const isThere = facts.sides.every((side) => side.look.reading);
    facts.sides.forEach((side, index) => {
      showMap(maps[index], { facts, side, look: { ...look, position: null, until: Infinity }, colours, theme, isThere });
      drawn[index].show(shownAs("last", side.last.answer?.image));
      shares[index].show([accuracy("with stickers", side.story?.accuracy.tagged), accuracy("without", side.story?.accuracy.without)]);
    });
    if (story) tiles.forEach(({ tile }, klass) => tile.show(klass, cropped(partOf(story.moved, klass), story.box)));
    say(vote, voteWords(picks.vote, facts));
  };
  const sides = SIDES.map((side) => {
    const recap = element("div", "cv-in-walk-recap", ...[[maps, "it looked here"], [drawn, "it is after this"]].map(([boards, words]) => element("figure", "", boards[side].node, element("figcaption", "", words))));
    const open = makeButton("cv-in-walk-choice", `Look inside network ${LETTERS[side]}`, () => does.opened(side), `Open network ${LETTERS[side]}`);
    return { main: element("div", "cv-in-walk-stack", recap, shares[side].node), foot: open };
  });
  const pairs = element("div", "cv-in-walk-pairs", ...tiles.map(({ tile, mark }) => element("span", "", mark, tile.node)));
  const moral = element("div", "cv-in-walk-moral", ...MORAL.map((words) => element("p", "", words)));
  const toDo = element("ul", "", ...TO_DO.map((words) => element("li", "", words)));
  const main = element("div", "cv-in-walk-stack cv-in-walk-end", pairs, moral, toDo, vote, element("p", "cv-in-walk-real", REAL));
  const again = makeButton("cv-in-walk-choice", "Again from the start (Home)", does.again, "Again");
  return { sides, middle: { head: () => "What happened", main, foot: again }, show };
}
