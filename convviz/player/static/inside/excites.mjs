// A picture that is made to excite something, as it emerges, beside the test picture that excites it most.

import { element, say } from "../elements.mjs";
import { imageOf, put } from "../lab/drawing.mjs";
import { emergingQuestion } from "./ask.mjs";
import { EVERY, LAST, makeCourse } from "./course.mjs";
import { backToStage, button, makeChoice, makePlate, makeStepper, ownKeys } from "./lower-parts.mjs";
import { within } from "./model.mjs";
import { channelTarget, channelWords, classTarget, directionTarget, readDirection, stageNamed, stageWords, threeDigits, unitTarget, unitWords } from "./units.mjs";

const JITTERS = Array.from({ length: 9 }, (_, at) => at);
const SMOOTHS = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const SEEDS = Array.from({ length: 100 }, (_, at) => at);
const MOST_KEPT = 40; // pictures that emerged, with all their steps
const CONTROLS = { share: 0.21, width: [250, 300] }; // px
const [HEAD, FOOT] = [30, 24]; // px above and below a picture
const GAPS = { low: 20, high: 30, from: 1000 }; // px between two parts
const LINE = 44; // px that the scrubber takes below it

const OPTIONS = [
  ["class", "class", "The score of the class that the map above is about"],
  ["channel", "channel", "The chosen unit's channel, wherever it answers"],
  ["unit", "unit", "The chosen unit alone"],
  ["direction", "direction", "Several channels of the unit's layer, with their weights"],
];

// --- What is to be excited -------------------------------------------------------------------------------------------------------------------

export function settingsOf({ picks, unit }) {
  const numbers = { jitter: Number(picks["excites.jitter"] ?? 2), smooth: Number(picks["excites.smooth"] ?? 0.05), seed: Number(picks["excites.seed"] ?? 0) };
  return { of: picks["excites.of"] ?? "channel", ...numbers, direction: picks["excites.direction"] ?? `${unit.channel}*1` };
}

// The target as questions have it, and in words; or what is wrong with it.
export function targetOf({ of, direction }, { about, unit, klass }) {
  if (of === "class") return { target: classTarget(klass), words: about.classes[klass] };
  if (of === "unit") return { target: unitTarget(unit), words: unitWords(unit, about) };
  if (of === "channel") return { target: channelTarget(unit), words: channelWords(unit, about) };
  const stage = stageNamed(about.stages, unit.stage);
  const { parts, refused } = readDirection(String(direction), stage.shape[0]);
  return refused ? { refused } : { target: directionTarget(unit, parts), words: `${stageWords(stage)}, a direction` };
}

const keyOf = (target, { jitter, smooth, seed }) => [target, jitter, smooth, seed].join(" ");

export const scoreWords = (score, best) => [threeDigits(score), ` against ${threeDigits(best)}`];

// A channel and a direction are scored wherever they answer; what is flat has one place.
const isMeanOf = ({ target }, { about, unit }) => /^(channel|direction):/.test(target) && about.stages.find(({ name }) => name === unit.stage).shape.length > 1;

// --- The look ------------------------------------------------------------------------------------------------------------------------------------

export function makeExcites(does) {
  const refresh = () => does.picked({});
  const controls = makeSettings(does);
  const start = button("cv-in-start", "Start", "Watch the picture emerge", () => toggle());
  const other = button("cv-in-other", "other seed", "Begin from other noise", () => another());
  const left = element("div", "cv-in-settings", ...controls.nodes, element("div", "cv-in-deeds", start, other));
  const [made, best] = [makeShown("What emerges"), makeShown("Best test picture")];
  const chart = makeCourse();
  const scrubber = makeScrubber((at) => seek(at));
  const [title, score, hint, refusal] = [element("h3"), element("p", "cv-in-score"), element("p", "cv-note cv-in-hint"), element("p", "cv-in-refused-words")];
  const middle = element("section", "cv-in-course", element("div", "cv-in-look-head", title, score), refusal, hint, chart.node, scrubber.node);
  const node = element("div", "cv-in-look cv-in-excites", left, made.node, middle, best.node);
  const known = { runs: new Map(), running: "" };

  const runOf = (key) => {
    if (!known.runs.has(key)) known.runs.set(key, { pictures: [], at: null, refused: "" });
    const run = known.runs.get(key);
    known.runs.delete(key);
    known.runs.set(key, run);
    for (const old of [...known.runs.keys()].slice(0, -MOST_KEPT)) known.runs.delete(old);
    return run;
  };

  // What is there of what was asked; which question is next, if any.
  const follow = (model) => {
    if (known.answers !== model.answers) Object.assign(known, { answers: model.answers, runs: new Map(), running: "" });
    const settings = settingsOf(model);
    const { target, words, refused } = targetOf(settings, model);
    if (!target) return Object.assign(known, { now: null, settings, refused });
    const key = keyOf(target, settings);
    const run = runOf(key);
    Object.assign(known, { now: { key, run, target, words, settings }, settings, refused: run.refused });
    if (known.running !== key) known.running = "";
    while (isWanted(known)) {
      const answer = model.answers.get(questionOf(known.now));
      if (!answer) break;
      take(run, answer);
    }
    if (!isOpen(run)) known.running = "";
    return known;
  };

  const take = (run, answer) => {
    if (answer.refused) return Object.assign(run, { refused: answer.refused });
    run.pictures.push(imageOf(answer.image.data, answer.image.shape));
    Object.assign(run, { shape: answer.image.shape, scores: Array.from(answer.scores.data), best: answer.told.best, at: null });
  };

  const toggle = () => {
    const { now, running } = known;
    if (!now) return;
    if (running) known.running = "";
    else begin(now);
    refresh();
  };

  const begin = ({ key, run }) => {
    known.running = key;
    Object.assign(run, { refused: "", at: null });
    if (!isOpen(run)) Object.assign(run, { pictures: [], scores: [] });
  };

  const another = () => {
    const { now } = known;
    if (!now) return;
    const seed = (now.settings.seed + 1) % SEEDS.length;
    const key = keyOf(now.target, { ...now.settings, seed });
    begin({ key, run: runOf(key) });
    does.picked({ "excites.seed": seed });
  };

  const seek = (at) => {
    if (known.now) known.now.run.at = at;
    refresh();
  };

  const layOut = ([width, height]) => {
    const key = `${width} ${height}`;
    if (known.size === key) return;
    known.size = key;
    const side = Math.max(Math.min(height - HEAD - FOOT, 0.21 * width), 60);
    const sizes = { controls: Math.round(within(CONTROLS.share * width, CONTROLS.width)), side: Math.floor(side), gap: width < GAPS.from ? GAPS.low : GAPS.high };
    for (const [name, size] of Object.entries(sizes)) node.style.setProperty(`--cv-in-l-${name}`, `${size}px`);
    chart.resized(width - sizes.controls - 2 * sizes.side - 3 * sizes.gap, height - HEAD - LINE);
  };

  const show = (model, size) => {
    layOut(size);
    follow(model);
    const { now, running, settings, refused } = known;
    controls.show(model, settings, now?.words ?? "", now ? "" : refused);
    const run = now?.run ?? { pictures: [], at: null };
    const seen = run.pictures.length;
    const at = run.at ?? seen - 1;
    start.disabled = !now;
    say(start, running ? "Stop" : seen > 1 && isOpen(run) ? "Go on" : seen > 1 ? "Again" : "Start");
    start.classList.toggle("cv-in-runs", Boolean(running));
    say(refusal, now ? run.refused : "");
    say(hint, seen > 1 || running || !now ? "" : `Start: noise is changed step by step until it excites ${now.words}, as much as it can.`);
    made.show(run.pictures[at], seen ? `step ${EVERY * at} of ${LAST}` : "");
    scrubber.show(seen, at);
    chart.show(run, at);
    showScore(run, at, Boolean(now) && isMeanOf(now, model));
    showBest(run, model);
  };

  const showScore = ({ scores = [], best: told }, at, isMean) => {
    say(title, isMean ? "Mean score" : "Score");
    title.title = isMean ? "The mean of its answers at all places" : "";
    const words = scores.length ? scoreWords(scores[at], told.score) : ["", ""];
    if (known.said === words.join("")) return;
    known.said = words.join("");
    score.replaceChildren(element("b", "cv-output", words[0]), words[1]);
  };

  const showBest = ({ best: told }, { pictureOf, wantPictures, about }) => {
    if (!told) return best.show(undefined, "");
    const bytes = pictureOf(told.number);
    if (!bytes) wantPictures([told.number]);
    if (bytes && known.best !== bytes) Object.assign(known, { best: bytes, image: imageOf(bytes, about.picture) });
    best.show(bytes && known.image, `number ${told.number}: ${threeDigits(told.score)}`, () => does.opened(String(told.number)));
  };

  const questions = (model) => {
    follow(model);
    return isWanted(known) ? [questionOf(known.now)] : [];
  };
  return { node, show, questions };
}

// What it begins from, and the best test picture, are there before anybody presses Start.
const isWanted = ({ now, running }) => Boolean(now) && isOpen(now.run) && (Boolean(running) || !now.run.pictures.length);

const isOpen = ({ pictures, refused }) => !refused && EVERY * pictures.length <= LAST;

const questionOf = ({ run, target, settings }) => emergingQuestion(target, { ...settings, step: EVERY * run.pictures.length });

function makeSettings(does) {
  const of = makeChoice("What is excited", (chosen) => does.picked({ "excites.of": chosen }));
  const name = element("b", "cv-in-target");
  const input = ownKeys(element("input", "cv-in-direction"));
  Object.assign(input, { type: "text", spellcheck: false, title: "Channels of the unit's layer with their weights, as in 5*1,9*-0.5" });
  input.setAttribute("aria-label", "Direction: channels with their weights");
  input.addEventListener("input", () => does.picked({ "excites.direction": input.value }));
  input.addEventListener("keydown", ({ key }) => key === "Enter" && backToStage(input));
  const error = element("span", "cv-in-error");
  const picked = (setting) => (value) => does.picked({ [`excites.${setting}`]: value });
  const steppers = {
    jitter: makeStepper("jitter", "By how many cells the picture is shaken at each step, at most", picked("jitter")),
    smooth: makeStepper("smooth", "How much differences between neighbours cost", picked("smooth")),
    seed: makeStepper("seed", "Which noise it begins from", picked("seed")),
  };
  const row = element("div", "cv-in-steppers", ...Object.values(steppers).map((each) => each.node));
  const target = element("div", "cv-in-target-line", name, input, error);

  const show = (model, settings, words, refused) => {
    of.show(OPTIONS, settings.of);
    const isDirection = settings.of === "direction";
    input.hidden = !isDirection;
    name.hidden = isDirection;
    say(name, words);
    if (document.activeElement !== input && input.value !== String(settings.direction)) input.value = settings.direction;
    say(error, refused ?? "");
    input.toggleAttribute("aria-invalid", Boolean(refused));
    steppers.jitter.show(JITTERS, settings.jitter, `${settings.jitter}`);
    steppers.smooth.show(SMOOTHS, settings.smooth, `${settings.smooth}`);
    steppers.seed.show(SEEDS, settings.seed, `${settings.seed}`);
  };
  return { nodes: [of.node, target, row], show };
}

// A picture with a title above and words below; a click does something where there is something to do.
function makeShown(title) {
  const plate = makePlate("cv-in-plate-plain");
  const words = element("p", "cv-note");
  const node = element("section", "cv-in-emerges", element("h3", "", title), plate.node, words);
  const known = {};
  plate.node.addEventListener("click", () => known.pressed?.());
  const show = (image, said, pressed) => {
    known.pressed = pressed;
    say(words, said);
    words.title = said;
    plate.node.classList.toggle("cv-in-empty", !image);
    plate.node.classList.toggle("cv-in-pressable", Boolean(image && pressed));
    if (!image || known.image === image) return;
    known.image = image;
    put(plate.canvas, image);
  };
  return { node, show };
}

function makeScrubber(sought) {
  const input = ownKeys(element("input", "cv-in-range"));
  Object.assign(input, { type: "range", min: 0, max: 0, step: 1, title: "The steps seen so far" });
  input.setAttribute("aria-label", "Step of the picture that emerges");
  input.addEventListener("input", () => sought(Number(input.value)));
  const show = (seen, at) => {
    input.max = LAST / EVERY;
    input.value = at;
    input.disabled = seen < 2;
    input.style.setProperty("--cv-done", `${(100 * Math.max(at, 0) * EVERY) / LAST}%`);
    if (Number(input.value) !== at && at >= 0) input.value = at;
  };
  return { node: input, show };
}
