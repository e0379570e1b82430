// The network as a table, and its picture: one element, kept alive while data changes. Selecting and pointing happen here alone.

import { element } from "../elements.mjs";
import { living } from "../lifecycle.mjs";
import { forgetEdits } from "../pending.mjs";
import { makeReport } from "../report.mjs";
import { peakOf, rowWords } from "./columns.mjs";
import { closeRow, openRow, rememberPlace, restorePlace, send, sendFor } from "./edit.mjs";
import { onKey } from "./keys.mjs";
import { openMenu } from "./menu.mjs";
import { drag, endDrag, moveHeld } from "./moves.mjs";
import { fillFormula, fillTotals, makeFrame, makePane } from "./parts.mjs";
import { cellOf } from "./line.mjs";
import { drawPicture } from "./picture.mjs";
import { forgetPlace, onAsked, tellPlace } from "./place.mjs";
import { coverOf, groupsAround, startOpen, visibleRows } from "./rows.mjs";
import "./styles.mjs";
import { fill, fillTable, makeTable, markHovered, markSelected, reveal, rewind } from "./table.mjs";
import { setWidths } from "./widths.mjs";

export const mount = living({ create, receive, destroy });

function create(parent) {
  const state = { parts: makeFrame(parent), panes: [], edits: [], held: [], more: false, building: false, stop: new AbortController() };
  const { root } = state.parts;
  state.report = makeReport({
    waits: () => state.data.compact,
    place: () => ({ row: state.panes[0].selected }),
    send: ({ row }) => state.send.setStateValue("place", { cue: state.data.cue.id, row }),
  });
  state.say = (words) => (state.parts.live.textContent = words);
  state.select = (at) => select(state, state.pane, at);
  state.toggle = (at) => toggle(state, state.pane, at);
  state.add = (button = root.querySelector(".cv-add")) => add(state, button);
  root.addEventListener("keydown", (event) => onKey(state, event));
  root.addEventListener("focusin", ({ target }) => (state.pane = state.panes.find(({ node }) => node.contains(target)) ?? state.pane));
  onAsked((index) => state.data.compact || selectSource(state, state.panes[0], index), state.stop.signal);
  state.observer = new ResizeObserver(() => state.panes.forEach((pane) => fit(state, pane)));
  state.observer.observe(root);
  document.fonts?.addEventListener("loadingdone", () => state.panes.forEach(({ table }) => setWidths(table)), { signal: state.stop.signal });
  root.convviz = state; // what a test or a curious reader can look at
  return state;
}

function destroy(state) {
  state.report.stop();
  forgetEdits(state);
  state.observer.disconnect();
  state.stop.abort();
  state.closeMenu?.();
  endDrag(state);
  state.parts.root.remove();
  forgetPlace(state);
}

// New data: a new cue begins another network; else folding, selection and what someone types are kept.
function receive(state, bytes) {
  const data = JSON.parse(new TextDecoder().decode(bytes));
  const text = textOf(data);
  if (text === state.text) return;
  const begins = data.cue.id !== state.data?.cue.id;
  const before = state.panes[0]?.net;
  Object.assign(state, { text, data, editable: !data.beside });
  asCard(state.parts.root, data.compact);
  state.edits = state.edits.filter(({ id, cue }) => id > data.cue.edits && cue === data.cue.id);
  const memory = begins ? null : rememberPlace(state);
  state.building = true;
  setPanes(state, begins);
  if (begins) {
    state.panes[0].selected = data.cue.row;
    Object.assign(state, { held: [], more: false, expects: null });
    state.report.known();
    state.panes.forEach(({ table }) => rewind(table));
  } else {
    keepSelection(state, state.panes[0], before);
  }
  buildAll(state);
  restorePlace(state, memory);
  state.building = false;
  if (begins) revealSelected(state.panes[0]);
  showError(state);
  const { dataset } = state.parts.root;
  dataset.edits = data.cue.edits; // the last one that all this shows
  dataset.input = data.network.rows[0].shape.join("×");
  state.report.soon(); // an edit can rename or remove the selected row
  moveHeld(state);
}

// What all is built from. Which row the server takes for the selected one matters only where another network begins: an answer to a
// mere selection must not take a field from under someone's hands.
function textOf({ cue, ...rest }) {
  return JSON.stringify({ ...rest, cue: { ...cue, row: null } });
}

// In a card only the picture stands, and takes no orders.
function asCard(root, compact) {
  root.classList.toggle("cv-picture-only", compact);
  root.toggleAttribute("inert", compact);
  root.dataset.convviz = compact ? "network-card" : "network";
}

function revealSelected({ table }) {
  if (table.at >= 0) reveal(table, table.lines[table.at]);
}

// One pane, or two beside each other; folding starts anew with another network.
function setPanes(state, begins) {
  const nets = [state.data.network, state.data.beside].filter(Boolean);
  if (state.panes.length !== nets.length) {
    const selected = state.panes[0]?.selected ?? null;
    state.panes = nets.map(() => newPane(state, nets.length > 1 ? "few" : "full"));
    state.parts.middle.replaceChildren(...state.panes.map(({ node }) => node));
    state.panes[0].selected = selected;
    state.parts.root.toggleAttribute("data-beside", nets.length > 1);
  }
  nets.forEach((net, index) => {
    const pane = state.panes[index];
    const other = begins || !pane.net || (index > 0 && pane.net.title !== net.title);
    pane.net = net;
    if (other) Object.assign(pane, { open: startOpen(net, state.data.look.activations), hovered: null });
    if (other && index) pane.selected = null;
  });
  state.pane = state.panes[0];
}

function newPane(state, kind) {
  const pane = { net: null, selected: null, hovered: null };
  pane.table = makeTable(kind, {
    select: (at) => select(state, pane, at),
    toggle: (at) => toggle(state, pane, at),
    hover: (at) => hover(state, pane, at === null ? null : pane.table.rows[at].index),
    grab: (at, event) => state.editable && drag(state, at, event),
    open: (at, key) => state.editable && cellOf(pane.table, at, key ?? "out")?.querySelector("[data-field]")?.focus(),
    mend: () => send(state, { do: "mend" }),
    add: (button) => add(state, button),
    help: () => state.parts.help.toggleAttribute("hidden"),
  });
  return Object.assign(pane, makePane(pane.table, kind));
}

// The row that was selected, under its new name where it got one; a new row is selected at once, a lost one gives way to its place.
function keepSelection(state, pane, before) {
  const names = pane.net.rows.map(({ name }) => name);
  const old = before.rows.map(({ name }) => name);
  const expected = expectedRow(state, names.filter((name) => !old.includes(name)));
  const lost = old.includes(pane.selected) && !names.includes(pane.selected);
  if (expected) pane.selected = expected;
  else if (lost) pane.selected = names[Math.min(old.indexOf(pane.selected), names.length - 1)];
}

// What an edit that the server has taken was to make or to name.
function expectedRow(state, added) {
  const { expects } = state;
  if (!expects || state.data.cue.edits < expects.id) return null;
  state.expects = null;
  return expects.renamed ? added.find((name) => name === expects.renamed.value) : added[0];
}

// Build the tables and pictures, as far as groups are open; all bars are on one scale.
function buildAll(state) {
  endDrag(state); // the rows it knows are gone
  state.moreLine = null;
  state.panes.forEach((pane) => unfold(state, pane));
  const peak = Math.max(...state.panes.map(({ rows, net, table }) => peakOf(rows, net.totals, table.keys)));
  state.panes.forEach((pane) => build(state, pane, peak));
}

const errorIn = (state, pane) => (pane === state.panes[0] ? state.data.error : null);

// The rows of a pane: nothing selected and no error is hidden in a closed group.
function unfold(state, pane) {
  const { activations } = state.data.look;
  for (const name of [pane.selected, errorIn(state, pane)?.row]) if (name) groupsAround(name).forEach((group) => pane.open.add(group));
  pane.rows = visibleRows(pane.net, { activations, open: pane.open, headers: true });
  pane.cover = coverOf(pane.rows);
}

function build(state, pane, peak) {
  const error = errorIn(state, pane);
  const failing = error ? atOf(pane, error.row) : -1;
  const { net, rows } = pane;
  fillTable(pane.table, { net, rows, peak, fields: state.data.fields, error, failing, adds: state.editable });
  fillTotals(pane, state.panes.length > 1);
  show(state, pane, atOf(pane, pane.selected));
}

// Where a row or group of that name is on show; a row that is folded away is found where it went.
function atOf(pane, name) {
  if (name === null || name === undefined) return -1;
  const index = pane.net.rows.findIndex((row) => row.name === name);
  return index >= 0 ? (pane.cover[index] ?? -1) : pane.rows.findIndex((row) => row.group && row.name === name);
}

function select(state, pane, at) {
  state.pane = pane;
  if (at !== pane.table.at) {
    if (state.editable) closeRow(state);
    state.more = false;
    pane.selected = pane.rows[at]?.name ?? null;
    show(state, pane, at);
  }
  revealSelected(pane);
  speak(state, pane, at);
  state.report.soon();
}

// A source row, in whatever group it is hidden.
function selectSource(state, pane, index) {
  const row = pane.net.rows[index];
  if (!row) return;
  if (groupsAround(row.name).some((name) => !pane.open.has(name)) && hiddenIn(pane, index)) {
    pane.selected = row.name;
    buildAll(state);
  }
  select(state, pane, pane.cover[index]);
}

const hiddenIn = (pane, index) => pane.rows[pane.cover[index]].group;

// Everything that says which row is selected.
function show(state, pane, at) {
  const { root } = state.parts;
  if (at >= 0) fill(pane.table, at);
  markSelected(pane.table, at);
  if (at >= 0 && state.editable) openRow(state, at);
  if (pane === state.panes[0]) {
    root.dataset.selected = pane.rows[at]?.name ?? "";
    root.dataset.rows = pane.net.rows.length;
    root.dataset.cue = state.data.cue.id;
    tell(state, pane.rows[at]);
  }
  if (pane === state.pane) fillFormula(state.parts.formula, pane.rows[at]);
  draw(state, pane);
}

// What is looked at, for the code beside the table; nothing stands beside a card.
function tell(state, row) {
  if (state.data.compact) return;
  tellPlace(state, row ? { first: row.index, last: row.group ? row.last : row.index } : null);
}

function speak(state, pane, at) {
  state.say(at < 0 ? "No row selected" : rowWords(pane.rows[at], state.data.kinds));
}

function fit(state, pane) {
  setWidths(pane.table);
  draw(state, pane);
}

function draw(state, pane) {
  if (!pane.net || !pane.svg.clientWidth) return;
  drawPicture(pane.svg, pane.net, {
    blocks: state.data.look.blocks,
    selected: pane.rows[pane.table.at]?.index ?? null,
    hovered: pane.hovered,
    onSelect: (index) => {
      selectSource(state, pane, index);
      pane.table.grid.focus({ preventScroll: true }); // the keys go on working
    },
    onHover: (index) => hover(state, pane, index),
  });
}

function hover(state, pane, index) {
  if (index === pane.hovered) return;
  pane.hovered = index;
  markHovered(pane.table, index === null ? -1 : (pane.cover[index] ?? -1));
  draw(state, pane);
}

function toggle(state, pane, at) {
  const { name, opened } = pane.rows[at];
  if (opened) pane.open.delete(name);
  else pane.open.add(name);
  pane.selected = name;
  const focused = document.activeElement === pane.table.grid;
  state.more = false;
  buildAll(state);
  if (focused) pane.table.grid.focus({ preventScroll: true });
  speak(state, pane, pane.table.at);
  state.report.soon();
}

function showError(state) {
  const { error } = state.data;
  const { table } = state.panes[0];
  const words = error ? JSON.stringify(error) : null;
  const line = error && (table.lines[atOf(state.panes[0], error.row)] ?? table.lines[0]);
  if (words && words !== state.shownError) reveal(table, line, table.body.querySelector(".cv-line-wrong"));
  state.shownError = words;
}

function add(state, button) {
  if (state.closeMenu) {
    state.closeMenu(true);
    return;
  }
  const { rows, table, net } = state.pane;
  const after = net.rows[(rows[table.at] ?? rows.at(-1)).last].name;
  state.closeMenu = openMenu(state.parts.root, button, {
    title: `Add after ${rows[table.at]?.name ?? after}`,
    kinds: state.data.kinds,
    choose: (kind) => {
      sendFor(state, { do: "add", after, kind });
      table.grid.focus({ preventScroll: true });
    },
    closed: () => (state.closeMenu = null),
  });
}
