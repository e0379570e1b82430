// The code of the network: it shows what there is, takes what is pasted, and says what could not be read and where.

import { element } from "../elements.mjs";
import { living } from "../lifecycle.mjs";
import { codeLines } from "./code.mjs";
import { askForRow, onTold, placeNow } from "./place.mjs";
import "./styles.mjs";

const LONG = 20_000; // characters from which a text stands there as it is typed: colouring more would hold up the page

let draft = null; // typed text that is not read yet; outlives a page that is left
let sent = null; // the text that was sent last: {id, text, answered}

export const mount = living({
  create,
  receive: (editor, data) => receive(editor, JSON.parse(new TextDecoder().decode(data))),
  destroy: (editor) => {
    editor.stop.abort();
    editor.parts.root.remove();
  },
});

function create(parent) {
  const editor = { parts: makeParts(parent), told: placeNow(), stop: new AbortController() };
  const { area, read, drop } = editor.parts;
  area.addEventListener("input", () => typed(editor));
  area.addEventListener("scroll", () => follow(editor));
  area.addEventListener("keydown", (event) => key(editor, event));
  area.addEventListener("click", () => point(editor));
  read.addEventListener("click", () => send(editor));
  drop.addEventListener("click", () => forget(editor));
  onTold((rows) => tell(editor, rows), editor.stop.signal);
  return editor;
}

function makeParts(parent) {
  const area = element("textarea", "cv-code-text");
  Object.assign(area, { spellcheck: false, autocomplete: "off", wrap: "off", placeholder: "nn.Sequential(\n    …\n)" });
  area.setAttribute("autocapitalize", "off");
  area.setAttribute("aria-label", "PyTorch code, read, never run");
  const layer = element("div", "cv-code-layer");
  layer.setAttribute("aria-hidden", "true");
  const message = element("div", "cv-code-message");
  message.setAttribute("role", "status");
  const read = buttonNode("cv-code-read", "Read it", "Read the text as a network (Ctrl+Enter)");
  const drop = buttonNode("cv-code-drop", "Back to the network", "Drop this text and show the code of the network again");
  const actions = element("div", "cv-code-actions", read, drop);
  const head = element("div", "cv-code-head", element("span", "", "Paste PyTorch"), element("span", "cv-code-hint", "read, never run"));
  const root = element("div", "cv-paste", head, element("div", "cv-code", layer, area), message, actions);
  root.dataset.convviz = "paste";
  parent.append(root);
  return { root, area, layer, message, read, drop, actions };
}

function buttonNode(className, words, title) {
  return Object.assign(element("button", className, words), { type: "button", title });
}

// New data: what someone typed and has not had read stays; else the network's code is shown.
function receive(editor, data) {
  const first = !editor.data;
  editor.data = data;
  editor.lastId = Math.max(editor.lastId ?? 0, data.pasted);
  if (sent && !sent.answered && data.pasted >= sent.id) takeAnswer(data);
  if (draft === null || first) setText(editor, draft ?? data.code);
  show(editor);
}

// Only the answer itself says whether a text was read well: an error that is cleared later on makes no text read.
function takeAnswer({ error }) {
  sent = { ...sent, answered: true };
  if (!error && draft === sent.text) draft = null;
}

function setText(editor, text) {
  const { area } = editor.parts;
  if (area.value === text) return;
  area.value = text;
  area.scrollLeft = 0;
}

// A text that is the network's own again is no draft.
function typed(editor) {
  const { value } = editor.parts.area;
  draft = value === editor.data.code ? null : value;
  show(editor);
}

function send(editor) {
  const { area } = editor.parts;
  if (isWaiting(editor) || !area.value.trim()) return;
  draft = area.value;
  editor.lastId += 1;
  sent = { id: editor.lastId, text: area.value, answered: false };
  editor.send.setStateValue("paste", { id: sent.id, text: sent.text });
  show(editor);
}

function forget(editor) {
  draft = null;
  setText(editor, editor.data.code);
  editor.parts.area.focus({ preventScroll: true });
  show(editor);
}

const isWaiting = ({ parts }) => Boolean(sent && !sent.answered && sent.text === parts.area.value);

// The error belongs to the text that was read: a changed text has none until it is read.
function errorOf({ data, parts }) {
  return draft !== null && sent?.answered && sent.text === parts.area.value ? data.error : null;
}

function show(editor) {
  const { root, area, layer, message, read, drop, actions } = editor.parts;
  if (editor.shownText !== area.value) {
    editor.shownText = area.value;
    const plain = area.value.length > LONG;
    root.classList.toggle("cv-code-plain", plain);
    layer.replaceChildren(...(plain ? [] : codeLines(area.value)));
  }
  const error = errorOf(editor);
  const waiting = isWaiting(editor);
  message.textContent = error ? error.message.replace(/^line /, "Line ") : "";
  actions.hidden = draft === null;
  read.hidden = Boolean(error);
  read.disabled = waiting;
  read.textContent = waiting ? "Reading…" : "Read it";
  drop.hidden = waiting;
  area.setAttribute("aria-invalid", Boolean(error));
  root.dataset.state = waiting ? "reading" : error ? "error" : draft === null ? "shown" : "draft";
  tint(editor, error);
  follow(editor);
}

// The selected row's line, where the code is the network's own; and the line that could not be read.
function tint(editor, error) {
  const { layer } = editor.parts;
  const here = new Set(draft === null ? linesOf(editor) : []);
  [...layer.children].forEach((line, index) => {
    line.classList.toggle("cv-code-here", here.has(index + 1));
    line.classList.toggle("cv-code-wrong", error?.line === index + 1);
  });
}

function linesOf({ told, data }) {
  if (!told) return [];
  return data.lines.slice(Math.max(told.first - 1, 0), told.last).filter((line) => line !== null);
}

function tell(editor, rows) {
  editor.told = rows;
  if (!editor.data) return;
  tint(editor, errorOf(editor));
  if (document.activeElement !== editor.parts.area) bringIn(editor);
}

// Scroll the selected row's line into the editor, and nothing else.
function bringIn(editor) {
  const { area, layer } = editor.parts;
  const line = layer.querySelector(".cv-code-here");
  if (!line) return;
  const [top, bottom] = [line.offsetTop, line.offsetTop + line.offsetHeight - area.clientHeight];
  if (area.scrollTop > top || area.scrollTop < bottom) area.scrollTop = (top + bottom) / 2;
  follow(editor);
}

// The tinted layer lies under the text and moves with it.
function follow(editor) {
  const { area, layer } = editor.parts;
  layer.style.transform = `translate(${-area.scrollLeft}px, ${-area.scrollTop}px)`;
}

// A click on a line of the network's code selects its row.
function point(editor) {
  const { area } = editor.parts;
  if (draft !== null || area.selectionStart !== area.selectionEnd) return;
  const line = area.value.slice(0, area.selectionStart).split("\n").length;
  const index = editor.data.lines.indexOf(line);
  if (index >= 0) askForRow(index + 1);
}

function key(editor, event) {
  event.stopPropagation(); // Streamlit has one-letter keys of its own
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (draft !== null) send(editor);
}
