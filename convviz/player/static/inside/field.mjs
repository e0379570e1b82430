// What of its field really moves the chosen unit, in the trained network and in the same network before its first step.

import { element, say } from "../elements.mjs";
import { put } from "../lab/drawing.mjs";
import { fieldQuestion } from "./ask.mjs";
import { makeAsked, makeFieldMark, makePlate, outlines } from "./lower-parts.mjs";
import { canvasOf, fitTo } from "./picture.mjs";
import { gaussianOn, largestIn, marginal, planeImage } from "./shades.mjs";
import { fieldSize, seenBy, threeDigits, unitWords } from "./units.mjs";

const [HEAD, FOOT] = [50, 14]; // px above the pictures and below
const PROFILE = { low: 30, high: 42, from: 220 }; // px of a marginal
const GAP = 34; // px between two parts
const NETWORKS = [["trained", "Trained"], ["untrained", "Untrained"]];

// --- Words -------------------------------------------------------------------------------------------------------------------------------------

const share = (part) => `${Math.round(100 * part)} %`;

const spread = ({ deviation }) => (deviation ? `${deviation.map(threeDigits).join(" × ")} cells` : "nothing comes through");

// What is said beside the pictures: [[number, words], …].
export function fieldWords({ trained, untrained, pictures }) {
  const centre = [[share(trained.central_mass), "of it in the central half of the box"], ["", `untrained ${share(untrained.central_mass)}`]];
  const wide = trained.deviation ? [[spread(trained), "is its standard deviation"], ["", `untrained ${spread(untrained)}`]] : [["", "Nothing comes through: the unit is 0 for all of these pictures."]];
  return { centre: trained.mean ? centre : [], wide, of: `|∂unit/∂cell|, the mean over ${pictures} test pictures; shaded by its square root` };
}

// --- The look ------------------------------------------------------------------------------------------------------------------------------------

export function makeField() {
  const seen = makeFieldMark();
  const plate = makePlate("cv-in-plate-input", seen.node);
  const [note, refusal] = [element("p", "cv-note"), element("p", "cv-in-refused-words")];
  const picture = element("section", "cv-in-column", element("div", "cv-in-column-head", element("h3", "", "Its field"), note), plate.node);
  const heats = NETWORKS.map(([name, title]) => ({ name, ...makeHeat(title) }));
  const words = element("div", "cv-in-field-words");
  const node = element("div", "cv-in-look cv-in-field-look", picture, ...heats.map((heat) => heat.node), words, refusal);
  const asked = makeAsked();
  const known = {};

  const layOut = ([width, height]) => {
    const key = `${width} ${height}`;
    if (known.size === key) return;
    const profile = height < PROFILE.from ? PROFILE.low : PROFILE.high;
    const side = Math.floor(Math.max(Math.min(height - HEAD - FOOT - profile, (0.78 * width - 3 * GAP - 2 * profile) / 3), 50));
    Object.assign(known, { size: key, laid: { side, profile } });
    node.style.setProperty("--cv-in-l-side", `${side}px`);
    node.style.setProperty("--cv-in-l-profile", `${profile}px`);
  };

  const show = (model, size) => {
    layOut(size);
    showPicture(model);
    const { answer, isOld, refused } = asked(model.answers, fieldQuestion(model.unit));
    say(refusal, refused);
    for (const heat of heats) heat.node.classList.toggle("cv-in-old", isOld && Boolean(answer));
    if (!answer) return;
    const key = `${known.size} ${model.theme}`;
    if (known.answer === answer && known.key === key) return;
    Object.assign(known, { answer, key });
    draw(answer, model);
  };

  const showPicture = ({ shown, about, unit }) => {
    const [, ...sizes] = about.picture;
    const { side } = known.laid;
    say(note, `box of ${fieldSize(seenBy(unit, about))}`);
    seen.show(seenBy(unit, about), side / Math.max(...sizes), sizes);
    if (known.picture === shown.picture) return;
    known.picture = shown.picture;
    put(plate.canvas, canvasOf(shown.picture).getContext("2d").getImageData(0, 0, sizes[1], sizes[0]));
  };

  const draw = (answer, { inks, ramps, about, unit }) => {
    const scale = Math.sqrt(Math.max(largestIn(answer.trained.data), largestIn(answer.untrained.data)));
    const profiles = NETWORKS.map(([name]) => [0, 1].map((axis) => profileOf(answer, name, axis)));
    const most = Math.max(...profiles.flat().flatMap(({ mass, gaussian }) => [...mass, ...gaussian]), 1e-9);
    const [, ...sizes] = about.picture;
    heats.forEach((heat, at) => heat.draw({ field: answer[heat.name], told: answer.told, scale, profiles: profiles[at], most, inks, ramps, sizes, ...known.laid }));
    fillWords(words, answer.told, unitWords(unit, about));
  };

  const questions = ({ unit }) => [fieldQuestion(unit)];
  return { node, show, questions };
}

function profileOf({ told, ...fields }, name, axis) {
  const mass = marginal(fields[name], axis);
  const { mean, deviation } = told[name];
  const gaussian = mean && deviation ? gaussianOn(told.first[axis], mass.length, mean[axis], deviation[axis]) : new Float64Array(mass.length);
  return { mass, gaussian };
}

function fillWords(node, told, unit) {
  const { centre, wide, of } = fieldWords(told);
  const line = ([number, words]) => element("p", number ? "" : "cv-note", ...(number ? [element("b", "cv-in-gradient", number), " "] : []), words);
  node.replaceChildren(element("h3", "", unit[0].toUpperCase() + unit.slice(1)), ...centre.map(line), ...wide.map(line), element("p", "cv-note cv-in-field-of", of, element("br"), element("i", "cv-in-key-gaussian"), "the Gaussian of its mean and deviation"));
}

// A field over its box, the sums of its columns below it, those of its rows beside it.
function makeHeat(title) {
  const canvas = element("canvas");
  const note = element("p", "cv-note");
  const room = element("div", "cv-in-heat cv-in-heat-empty", canvas);
  const node = element("section", "cv-in-column", element("div", "cv-in-column-head", element("h3", "", title), note), room);

  const draw = (model) => {
    const { field: { data, shape: [height, width] }, told: { first }, scale, profiles, most, inks, ramps, sizes, side, profile } = model;
    room.classList.remove("cv-in-heat-empty");
    say(note, title === "Trained" ? "what moves it" : "before training");
    const zoom = side / Math.max(height, width);
    const ratio = devicePixelRatio || 1;
    fitTo(canvas, [side + profile, side + profile], ratio);
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, side + profile, side + profile);
    ctx.translate(1, 1);
    const heat = element("canvas");
    put(heat, planeImage(Float32Array.from(data, Math.sqrt), 0, [height, width], scale, { up: ramps.moved, down: ramps.moved }));
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(heat, 0, 0, width * zoom, height * zoom);
    drawBeyond(ctx, { first, sizes, zoom, box: [height, width] }, inks);
    drawProfile(ctx, profiles[1], { zoom, most, at: height * zoom + 4, length: profile - 6, inks, isRows: false });
    drawProfile(ctx, profiles[0], { zoom, most, at: width * zoom + 4, length: profile - 6, inks, isRows: true });
  };
  return { node, draw };
}

const css = (parts) => `rgb(${parts.join(",")})`;

// What of the box lies beyond the picture: hatched; around the rest the picture's own edge.
function drawBeyond(ctx, { first, sizes, zoom, box }, inks) {
  const [[top, bottom], [left, right]] = first.map((start, axis) => [Math.max(-start, 0), Math.min(sizes[axis] - start, box[axis])].map((each) => each * zoom));
  const [height, width] = box.map((size) => size * zoom);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, width, height);
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip("evenodd");
  ctx.fillStyle = css(inks.paper);
  ctx.fillRect(0, 0, width, height);
  ctx.strokeStyle = css(inks.slate);
  ctx.globalAlpha = 0.35;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let at = -height; at < width; at += 5) ctx.moveTo(at, height), ctx.lineTo(at + height, 0);
  ctx.stroke();
  ctx.restore();
  frame(ctx, { top, left, size: [bottom - top, right - left], height, width }, css(inks.here));
}

// The edge of the box: dashed where it lies beyond the picture.
function frame(ctx, { top, left, size, height, width }, colour) {
  const { whole, on } = outlines([[-top, height - top], [-left, width - left]], size);
  ctx.save();
  ctx.translate(left, top);
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.stroke(new Path2D(on));
  ctx.setLineDash([5, 3]);
  ctx.stroke(new Path2D(whole));
  ctx.restore();
}

// Bars of a marginal away from the box, and over them the Gaussian, dashed.
function drawProfile(ctx, { mass, gaussian }, { zoom, most, at, length, inks, isRows }) {
  const bar = (from, size) => (isRows ? ctx.fillRect(at, from, size, Math.max(zoom - 0.5, 0.7)) : ctx.fillRect(from, at, Math.max(zoom - 0.5, 0.7), size));
  ctx.fillStyle = css(inks.gradient);
  mass.forEach((each, cell) => bar(cell * zoom, (length * each) / most));
  ctx.strokeStyle = css(inks.ink);
  ctx.lineWidth = 1.4;
  ctx.setLineDash([4, 3]);
  ctx.beginPath();
  gaussian.forEach((each, cell) => {
    const [along, away] = [(cell + 0.5) * zoom, at + (length * each) / most];
    ctx.lineTo(...(isRows ? [away, along] : [along, away]));
  });
  if (largestIn(gaussian)) ctx.stroke();
  ctx.setLineDash([]);
}
