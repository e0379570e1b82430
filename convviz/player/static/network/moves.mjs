// Another order of the rows: by keys, or by dragging a row's handle with a line where it would go.

import { element } from "../elements.mjs";
import { send } from "./edit.mjs";

const EDGE = 28; // pixels at the table's ends where a drag scrolls it
const PACE = 8; // pixels a frame
const ORDERS = ["move", "add", "duplicate", "remove", "mend"]; // edits that change which row stands where

// The edits that bring a row, with what it covers, before source row `slot`; the input's own place is 0.
function movesTo(row, names, slot) {
  const [first, last] = [row.members[0], row.members.at(-1)];
  if (slot < 1 || (slot >= first && slot <= last + 1)) return [];
  const up = slot < first;
  return row.members.map((index, order) => ({ do: "move", row: names[index], to: up ? slot - 1 + order : slot - 2 }));
}

// Places are counted in the order on show: while edits that change it are on their way, the next move is held, by its rows' names.
// It is {name, by: steps} or {name, before: the name of a source row, or null for the end}.
function ask(state, move) {
  const last = state.held.at(-1);
  if (move.by && last?.by && last.name === move.name) last.by += move.by;
  else state.held.push(move);
  moveHeld(state);
}

export function moveHeld(state) {
  while (state.held.length && !state.edits.some((edit) => ORDERS.includes(edit.do))) moveNow(state, state.held.shift());
}

function moveNow(state, { name, by, before }) {
  const { net, table } = state.panes[0];
  const names = net.rows.map((each) => each.name);
  const row = table.rows.find((each) => each.name === name);
  if (!row || (before && !names.includes(before))) return; // removed since
  const slot = by ? slotBeside(table.rows, row, by) : before ? names.indexOf(before) : names.length;
  const moves = movesTo(row, names, slot);
  if (moves.length) send(state, ...moves);
}

// Before which source row a row goes that moves `by` rows or closed groups up (negative) or down, as far as there are any.
function slotBeside(rows, row, by) {
  const at = rows.indexOf(row);
  const above = rows.slice(1, at).filter((each) => !each.opened);
  const below = rows.slice(at + 1).filter((each) => !each.opened && each.index > row.last);
  if (by < 0) return (above.at(by) ?? above[0] ?? row).index;
  return (below[by - 1] ?? below.at(-1) ?? row).last + 1;
}

// One place up (−1) or down (1), past the neighbouring row or closed group.
export function nudge(state, by) {
  const row = state.pane.table.rows[state.pane.table.at];
  if (row && row.kind !== "input") ask(state, { name: row.name, by });
}

// Follow the pointer from a handle until it lets go; Escape drops the row where it was.
export function drag(state, at, event) {
  const { table } = state.pane;
  const row = table.rows[at];
  if (!row || row.kind === "input") return;
  event.preventDefault();
  endDrag(state);
  const drop = { table, row, y: event.clientY, slot: null, mark: element("div", "cv-insertion"), stop: new AbortController() };
  state.drop = drop;
  table.node.append(drop.mark);
  table.lines[at].classList.add("cv-dragged");
  const on = (target, type, handler) => target.addEventListener(type, handler, { signal: drop.stop.signal, capture: true });
  on(window, "pointermove", (move) => {
    drop.y = move.clientY;
    place(drop);
  });
  on(window, "pointerup", () => end(state, drop, true));
  on(window, "pointercancel", () => end(state, drop, false));
  on(window, "keydown", (key) => {
    if (key.key !== "Escape") return;
    key.stopPropagation();
    end(state, drop, false);
  });
  place(drop);
  scroll(drop);
}

// The gap between rows that is nearest to the pointer: where it is, and before which source row.
function place(drop) {
  const { table, y, mark } = drop;
  const from = table.grid.getBoundingClientRect().top;
  const lines = table.lines.slice(1); // nothing goes before the input
  const after = lines.findLast((line) => from + line.offsetTop + line.offsetHeight / 2 < y);
  const next = lines[after ? lines.indexOf(after) + 1 : 0];
  drop.slot = next ? table.rows[table.places.get(next)].index : table.rows.at(-1).last + 1;
  const line = next ?? table.lines.at(-1);
  mark.style.top = `${line.offsetTop + (next ? 0 : line.offsetHeight)}px`;
}

// Near an end the table scrolls along.
function scroll(drop) {
  const { node } = drop.table;
  const box = node.getBoundingClientRect();
  const by = drop.y < box.top + EDGE ? -PACE : drop.y > box.bottom - EDGE ? PACE : 0;
  if (by) {
    node.scrollTop += by;
    place(drop);
  }
  drop.frame = requestAnimationFrame(() => scroll(drop));
}

// A drag that can go on no longer: nothing moves.
export function endDrag(state) {
  if (state.drop) end(state, state.drop, false);
}

function end(state, drop, lands) {
  state.drop = null;
  drop.stop.abort();
  cancelAnimationFrame(drop.frame);
  drop.mark.remove();
  drop.table.lines.forEach((line) => line.classList.remove("cv-dragged"));
  if (lands && drop.slot !== null) ask(state, { name: drop.row.name, before: state.pane.net.rows[drop.slot]?.name ?? null });
}
