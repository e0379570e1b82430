// The keys of the table, and the list of them.

import { element } from "../elements.mjs";
import { duplicate, remove, toggleMore } from "./edit.mjs";
import { nudge } from "./moves.mjs";

const KEYS = [
  ["↑ ↓", "select a row"],
  ["Home End", "first, last row"],
  ["Enter", "change its numbers"],
  ["M", "its other settings"],
  ["D", "duplicate it"],
  ["Delete Backspace", "remove it"],
  ["Alt + ↑ ↓", "move it"],
  ["A", "add a layer"],
  ["→ ← Space", "open, close a group"],
  ["Esc", "let go"],
  ["?", "this list"],
];

export function helpList() {
  const list = element("dl", "cv-help", ...KEYS.flatMap(([keys, words]) => [element("dt", "", keys), element("dd", "", words)]));
  list.hidden = true;
  return list;
}

const rowOf = ({ pane }) => pane.table.rows[pane.table.at];

const select = (state, at) => state.select(Math.min(Math.max(at, 0), state.pane.table.rows.length - 1));

const last = (state) => state.pane.table.rows.length - 1;

const MOVES = {
  ArrowDown: (state) => select(state, state.pane.table.at + 1),
  ArrowUp: (state) => select(state, state.pane.table.at < 0 ? last(state) : state.pane.table.at - 1),
  Home: (state) => select(state, 0),
  End: (state) => select(state, last(state)),
  " ": (state) => fold(state, !rowOf(state)?.opened),
  ArrowRight: (state) => fold(state, true),
  ArrowLeft: (state) => foldOrLeave(state),
  Escape: (state) => letGo(state),
  "?": (state) => state.parts.help.toggleAttribute("hidden"),
};

const EDITS = {
  Enter: (state) => enter(state),
  Delete: (state) => onRow(state, remove),
  Backspace: (state) => onRow(state, remove),
  d: (state) => onRow(state, duplicate),
  m: (state) => toggleMore(state),
  a: (state) => state.add(),
};

const onRow = (state, act) => rowOf(state) && act(state, rowOf(state));

// To the row's first field; a group opens or closes.
function enter(state) {
  const { lines, at } = state.pane.table;
  fold(state, !rowOf(state)?.opened);
  lines[at]?.querySelector("[data-field]")?.focus({ preventScroll: true });
}

function fold(state, opens) {
  const row = rowOf(state);
  if (row?.group && row.opened !== opens) state.toggle(state.pane.table.at);
}

// Left closes an open group; elsewhere it goes to the group around the row, as in any tree.
function foldOrLeave(state) {
  const { rows, at } = state.pane.table;
  if (rows[at]?.opened) fold(state, false);
  else if (rows[at]?.level) select(state, rows.slice(0, at).findLastIndex((row) => row.opened && row.level < rows[at].level));
}

function letGo(state) {
  if (state.parts.help.hidden) state.select(-1);
  state.parts.help.hidden = true;
}

// A key on the table itself; keys in a field belong to the field. None gets out: Streamlit has one-letter keys of its own.
export function onKey(state, event) {
  if (event.ctrlKey || event.metaKey) return;
  event.stopPropagation();
  if (event.target === state.pane.table.grid && act(state, event)) event.preventDefault();
}

function act(state, { key, altKey }) {
  if (altKey) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (by && state.editable) nudge(state, by);
    return Boolean(by);
  }
  const name = key.length === 1 ? key.toLowerCase() : key;
  const handler = MOVES[name] ?? (state.editable ? EDITS[name] : null);
  handler?.(state);
  return Boolean(handler);
}
