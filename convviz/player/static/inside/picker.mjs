// The picture that the network is asked about: test pictures to choose from, a pad to draw on, and a way to bring one's own.

import { element } from "../elements.mjs";
import { imageOf, put } from "../lab/drawing.mjs";
import { addressOf, keepPictures } from "../lab/feed.mjs";
import { fromBase64 } from "../lab/tensors.mjs";
import { living } from "../lifecycle.mjs";
import { readTheme } from "../surface.mjs";
import { isOwn, packed, unpacked } from "./packed.mjs";
import { makePad } from "./pad.mjs";
import { icon } from "./picker-icons.mjs";
import "./picker-styles.mjs";
import { inverted, readPicture } from "./upload.mjs";

const PLACES = 10; // thumbnails
const COLUMNS = 5;
const AGAIN_AFTER = 2000; // ms
const MOST_SAID = 6; // times: what the page does not take by then it will never take

// --- What is where ----------------------------------------------------------------------------------------------------------------

// The pictures that are offered; one of elsewhere stands in front of them.
export const offered = (order, elsewhere) => (elsewhere === null || order.includes(elsewhere) ? order : [elsewhere, ...order]);

// What stands at the places of a page: one's own picture at the first place of every page, then test pictures.
export function placesOf(numbers, own, page) {
  const room = own === null ? PLACES : PLACES - 1;
  const shown = numbers.slice(page * room, (page + 1) * room).map(String);
  return own === null ? shown : [own, ...shown];
}

export const pagesOf = (numbers, own) => Math.max(Math.ceil(numbers.length / (own === null ? PLACES : PLACES - 1)), 1);

// The page that a picture is on, 0 for one that is on none or on all.
export function pageOf(numbers, own, picture) {
  const pages = Array.from({ length: pagesOf(numbers, own) }, (_, page) => page);
  return pages.find((page) => placesOf(numbers, own, page).includes(picture)) ?? 0;
}

// The place that a key leads to: beyond the last of `count` it is on the next page, before the first on the one before.
export function placeAfter(at, key, count) {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[key];
  if (by) return at + by;
  return { Home: 0, End: count - 1, PageUp: -1, PageDown: count }[key] ?? null;
}

const grouped = (number) => number.toLocaleString("en-US");

// What a picture is, in a few words.
export function words(picture, { count, classes }, labels) {
  if (isOwn(picture)) return "your own";
  const number = Number(picture);
  const name = classes[labels[number]];
  return `number ${grouped(number)}${name === undefined ? "" : `: ${name}`}`;
}

function titleOf(picture, { classes }, labels) {
  if (isOwn(picture)) return "Your own picture";
  const name = classes[labels[Number(picture)]];
  return `Test picture ${grouped(Number(picture))}${name === undefined ? "" : `: ${name}`}`;
}

// --- Life -------------------------------------------------------------------------------------------------------------------------

export const mount = living({ create, receive, destroy });

function create(parent) {
  const state = { parts: null, data: null, text: "", labels: [], elsewhere: null, own: null, page: 0, at: 0, wanted: null, turn: 0, begun: null };
  state.pad = makePad({ changed: (bytes, isAsBegun) => drew(state, bytes, isAsBegun), done: () => close(state) });
  state.parts = makeParts(state.pad.node);
  listen(state);
  parent.append(state.parts.root);
  return state;
}

function destroy(state) {
  clearTimeout(state.sayAgain);
  state.turn += 1;
  state.pictures?.stop();
  state.parts.root.remove();
}

function makeParts(pad) {
  const note = element("span", "cv-in-pick-note");
  const [before, after] = [turnButton("‹", "Pictures before these"), turnButton("›", "More pictures")];
  const head = element("div", "cv-in-pick-head", element("span", "cv-in-pick-title", "Picture"), note, before, after);
  const thumbs = Array.from({ length: PLACES }, thumb);
  const grid = element("div", "cv-in-pick-thumbs", ...thumbs);
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", "Test pictures");
  const draw = actionButton("draw", "pencil", "Draw on this picture, or on a blank one");
  const upload = actionButton("upload", "upload", "Bring a picture: a file, dropped here or pasted");
  const file = Object.assign(element("input"), { type: "file", accept: "image/*", hidden: true });
  const choose = element("div", "cv-in-pick-choose", grid, element("div", "cv-in-pick-row", draw, upload));
  const message = element("div", "cv-in-pick-message");
  message.setAttribute("role", "status");
  const root = element("div", "cv-stage cv-in-picker", head, choose, pad, message, file);
  root.dataset.convviz = "picker";
  root.tabIndex = -1; // pressed anywhere, it has the focus, so that pasting goes here
  return { root, note, before, after, thumbs, choose, draw, upload, file, message, pad };
}

function turnButton(sign, title) {
  const node = Object.assign(element("button", "cv-in-pick-turn", sign), { type: "button", title });
  node.setAttribute("aria-label", title);
  return node;
}

function actionButton(label, name, title) {
  return Object.assign(element("button", "cv-in-pick-button", icon(name), label), { type: "button", title });
}

function thumb() {
  const node = element("button", "cv-in-pick-thumb", element("canvas"), icon("pencil"));
  node.type = "button";
  return node;
}

// --- What the page says -----------------------------------------------------------------------------------------------------------

function receive(state, bytes) {
  const text = new TextDecoder().decode(bytes);
  readTheme(state.parts.root);
  if (text === state.text) return;
  const before = state.data;
  Object.assign(state, { text, data: JSON.parse(text) });
  const isOther = takeAbout(state, before);
  const { picture } = state.data;
  if (picture === state.wanted) taken(state);
  else if (state.wanted === null && (isOther || picture !== before.picture)) adopt(state);
  show(state);
}

// Whether there are other pictures: then nothing of the old ones holds.
function takeAbout(state, before) {
  const { about, feed } = state.data;
  if (before && JSON.stringify(before.about) === JSON.stringify(about)) return false;
  state.pictures?.stop();
  state.turn += 1;
  taken(state);
  Object.assign(state, { labels: fromBase64(about.labels), own: null, elsewhere: null, page: 0, begun: null });
  tell(state, "");
  const size = about.picture.reduce((product, length) => product * length, 1);
  const address = addressOf(`${feed.pictures}?${about.data}`);
  state.pictures = keepPictures(address, size, () => show(state));
  return true;
}

// A picture that was chosen elsewhere.
function adopt(state) {
  const { picture, order } = state.data;
  if (picture === state.own?.text) return;
  state.begun = null;
  tell(state, "");
  if (isOwn(picture)) open(state, picture);
  else if (!order.includes(Number(picture))) state.elsewhere = Number(picture);
  turnTo(state, picture);
}

function turnTo(state, picture) {
  if (!placesNow(state).includes(picture)) state.page = pageOf(numbersOf(state), ownOf(state), picture);
}

// One's own picture out of its text; what is none is no picture, as the page itself says.
async function open(state, text) {
  const turn = (state.turn += 1);
  const bytes = await unpacked(text).catch(() => []);
  if (state.turn !== turn) return;
  if (bytes.length === sizeOf(state)) state.own = { text, bytes };
  show(state);
}

const sizeOf = ({ data }) => data.about.picture.reduce((product, length) => product * length, 1);

// --- What it says -----------------------------------------------------------------------------------------------------------------

// Said again until the page has it: a run that is stopped by newer input can lose what it was told. A number that never comes again
// keeps it from being taken for old news.
function say(state, picture) {
  Object.assign(state, { wanted: picture, tries: 0 });
  sayOnce(state);
  show(state);
}

function sayOnce(state) {
  clearTimeout(state.sayAgain);
  state.tries += 1;
  state.said = Math.max(Date.now(), (state.said ?? 0) + 1);
  state.send.setStateValue("picked", { picture: state.wanted, said: state.said });
  state.sayAgain = setTimeout(() => (state.tries < MOST_SAID ? sayOnce(state) : giveUp(state)), AGAIN_AFTER);
}

function taken(state) {
  clearTimeout(state.sayAgain);
  state.wanted = null;
}

function giveUp(state) {
  taken(state);
  tell(state, "The page has not taken this picture: choose it once more.");
  show(state);
}

function choose(state, picture) {
  state.turn += 1;
  tell(state, "");
  if (picture !== chosen(state)) say(state, picture);
}

async function sayOwn(state, bytes) {
  const turn = (state.turn += 1);
  const text = await packed(bytes);
  if (state.turn !== turn) return;
  state.own = { text, bytes };
  say(state, text);
}

// --- Show -------------------------------------------------------------------------------------------------------------------------

const chosen = ({ wanted, data }) => wanted ?? data.picture;
const numbersOf = ({ data, elsewhere }) => offered(data.order, elsewhere);
const ownOf = ({ own }) => own?.text ?? null;
const placesNow = (state) => placesOf(numbersOf(state), ownOf(state), state.page);
const pagesNow = (state) => pagesOf(numbersOf(state), ownOf(state));
const bytesOf = ({ own, pictures }, picture) => (picture === own?.text ? own.bytes : pictures.get(Number(picture)));

function show(state) {
  const { parts, data, labels, begun } = state;
  const picture = chosen(state);
  state.page = Math.min(state.page, pagesNow(state) - 1);
  Object.assign(parts.root.dataset, { picture: data.picture, mode: begun === null ? "choose" : "draw" });
  parts.note.textContent = parts.note.title = words(picture, data.about, labels);
  parts.pad.hidden = begun === null;
  parts.choose.hidden = begun !== null;
  parts.draw.disabled = !bytesOf(state, picture);
  showTurns(state);
  showThumbs(state, picture);
}

function showTurns(state) {
  const pages = pagesNow(state);
  for (const node of [state.parts.before, state.parts.after]) node.hidden = state.begun !== null || pages < 2;
  state.parts.before.disabled = state.page === 0;
  state.parts.after.disabled = state.page === pages - 1;
}

// One of them is a tab stop: the chosen one, or the first.
function showThumbs(state, picture) {
  const places = placesNow(state);
  const ahead = placesOf(numbersOf(state), null, state.page + 1);
  state.pictures.want([...new Set([picture, ...places, ...ahead])].filter((each) => !isOwn(each)).map(Number));
  const hasFocus = state.parts.thumbs.includes(document.activeElement);
  if (!hasFocus) state.at = Math.max(places.indexOf(picture), 0);
  state.parts.thumbs.forEach((node, at) => {
    node.tabIndex = at === state.at ? 0 : -1;
    showThumb(node, places[at], places[at] === picture, state);
  });
}

function showThumb(node, picture, isChosen, state) {
  node.classList.toggle("cv-in-pick-none", picture === undefined);
  node.convvizPicture = picture;
  node.setAttribute("aria-pressed", isChosen);
  if (picture === undefined) return;
  const { about } = state.data;
  const bytes = bytesOf(state, picture);
  node.dataset.picture = isOwn(picture) ? "own" : picture;
  node.title = titleOf(picture, about, state.labels);
  node.setAttribute("aria-label", node.title);
  node.classList.toggle("cv-in-pick-own", isOwn(picture));
  node.classList.toggle("cv-in-pick-waits", !bytes);
  if (bytes && node.convvizShown !== bytes) put(node.firstChild, imageOf(bytes, about.picture));
  node.convvizShown = bytes;
}

// A sentence, and what can be done about it.
function tell({ parts: { message } }, sentence, ...acts) {
  message.replaceChildren(sentence, ...acts);
}

// --- Do ---------------------------------------------------------------------------------------------------------------------------

function turn(state, by) {
  state.page = Math.min(Math.max(state.page + by, 0), pagesNow(state) - 1);
  show(state);
}

// The thumbnail at a place, on the next page or the one before where it lies beyond this one.
function goTo(state, at) {
  const page = state.page;
  const count = placesNow(state).length;
  if (at < 0 || at >= count) turn(state, at < 0 ? -1 : 1);
  const last = placesNow(state).length - 1;
  if (state.page === page) state.at = Math.min(Math.max(at, 0), last);
  else state.at = at < 0 ? last : 0;
  state.parts.thumbs[state.at].focus({ preventScroll: true });
  show(state);
}

function draw(state) {
  const picture = chosen(state);
  const bytes = bytesOf(state, picture);
  if (!bytes) return;
  tell(state, "");
  state.begun = picture;
  state.pad.open(bytes, state.data.about.picture);
  show(state);
  state.pad.focus();
}

// The network is asked as soon as the pen is lifted. What is taken back altogether is the picture that it was.
function drew(state, bytes, isAsBegun) {
  tell(state, "");
  if (!isAsBegun) sayOwn(state, bytes);
  else choose(state, state.begun);
}

function close(state) {
  state.begun = null;
  turnTo(state, chosen(state));
  show(state);
  state.parts.draw.focus({ preventScroll: true });
}

async function bring(state, file) {
  const turn = (state.turn += 1);
  tell(state, "");
  const found = await readPicture(file, state.data.about.picture).catch((error) => error);
  if (state.turn !== turn) return;
  if (found instanceof Error) {
    tell(state, found.message);
    return;
  }
  takeIn(state, found.bytes);
  if (found.isInverted) tell(state, "Inverted, as its ground is light · ", undoInversion(state, found.bytes));
}

function takeIn(state, bytes) {
  if (state.begun === null) sayOwn(state, bytes);
  else state.pad.take(bytes);
}

function undoInversion(state, bytes) {
  const node = Object.assign(element("button", "cv-in-pick-undo", "undo"), { type: "button", title: "As it was: dark on a light ground" });
  node.addEventListener("click", () => {
    tell(state, "");
    takeIn(state, inverted(bytes));
  });
  return node;
}

function listen(state) {
  const { root, before, after, thumbs, draw: pencil, upload, file } = state.parts;
  before.addEventListener("click", () => turn(state, -1));
  after.addEventListener("click", () => turn(state, 1));
  thumbs.forEach((node) => node.addEventListener("click", () => choose(state, node.convvizPicture)));
  pencil.addEventListener("click", () => draw(state));
  upload.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files.length) bring(state, file.files[0]);
    file.value = ""; // the same file may be chosen again
  });
  root.addEventListener("keydown", (event) => key(state, event));
  root.addEventListener("paste", (event) => paste(state, event));
  root.addEventListener("dragover", (event) => hover(state, event));
  root.addEventListener("dragleave", ({ relatedTarget }) => root.contains(relatedTarget) || root.classList.remove("cv-in-pick-over"));
  root.addEventListener("drop", (event) => drop(state, event));
}

function key(state, event) {
  event.stopPropagation(); // Streamlit has one-letter keys of its own
  const at = state.parts.thumbs.indexOf(event.target);
  const next = at < 0 ? null : placeAfter(at, event.key, placesNow(state).length);
  if (next !== null) goTo(state, next);
  const isMeant = next !== null || (state.begun !== null && state.pad.key(event));
  if (isMeant) event.preventDefault();
}

function paste(state, event) {
  event.preventDefault();
  const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
  if (file) bring(state, file);
  else tell(state, "There is no picture in the clipboard: copy one first.");
}

function hover(state, event) {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  state.parts.root.classList.add("cv-in-pick-over");
}

function drop(state, event) {
  event.preventDefault();
  state.parts.root.classList.remove("cv-in-pick-over");
  if (event.dataTransfer.files.length) bring(state, event.dataTransfer.files[0]);
}
