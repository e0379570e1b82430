// The table of a network: a row a layer or group. Selecting and pointing change classes; only other rows build it anew. Of a long
// table only the lines near the ones in sight hold cells.

import { element } from "../elements.mjs";
import { COLUMNS, FEW, FULL } from "./columns.mjs";
import { emptyLine, fillLine, spanning, templateOf } from "./line.mjs";
import { formatted } from "./rows.mjs";
import { measureRows, setWidths } from "./widths.mjs";

const WHOLE = 60; // rows up to which all lines hold cells
const NEAR = 12; // lines above and below those in sight that hold cells too
const SIGHT = { top: 0, high: 30, room: 480 }; // where a table is scrolled to, its lines' height, its own: till they are seen

let tables = 0;

// An empty table. `hear` has select(at), toggle(at), hover(at | null), grab(at, event), open(at, key), mend(), add(button), help().
export function makeTable(kind, hear) {
  const keys = kind === "full" ? FULL : FEW;
  tables += 1;
  const table = { id: `cv-table-${tables}`, keys, hear, rows: [], lines: [], filled: new Set(), places: new WeakMap() };
  Object.assign(table, { fields: {}, at: -1, hovered: -1, sight: SIGHT });
  table.columns = keys.map((key) => element("col", `cv-col-${key}`));
  table.body = element("tbody");
  table.foot = element("tfoot");
  table.grid = element("table", "cv-grid", element("colgroup", "", ...table.columns), headOf(keys), table.body, table.foot);
  table.grid.tabIndex = 0;
  table.grid.setAttribute("role", "grid");
  table.node = element("div", "cv-rows", table.grid);
  table.template = templateOf(keys);
  listen(table);
  return table;
}

function headOf(keys) {
  const cells = keys.map((key) => {
    const { head, title, bar } = COLUMNS[key];
    const words = bar ? [element("span", "cv-of", "% of "), head.replace("% of ", "")] : [head];
    const cell = element(head ? "th" : "td", `cv-cell-${key}`, ...words);
    if (head) cell.scope = "col";
    if (title) cell.title = title;
    return cell;
  });
  return element("thead", "", element("tr", "", ...cells));
}

function listen(table) {
  const { body, hear, places, grid, node } = table;
  const atOf = (event) => places.get(event.target.closest("tr")) ?? null;
  body.addEventListener("click", (event) => {
    const at = atOf(event);
    if (at === null || event.target.closest("input, select, a, label, button:not(.cv-toggle)")) return;
    grid.focus({ preventScroll: true });
    if (event.target.closest(".cv-toggle")) hear.toggle(at);
    else hear.select(at);
  });
  body.addEventListener("dblclick", (event) => {
    if (atOf(event) !== null) hear.open(atOf(event), table.keys[event.target.closest("td, th")?.cellIndex]);
  });
  body.addEventListener("pointerover", (event) => hear.hover(atOf(event)));
  body.addEventListener("pointerleave", () => hear.hover(null));
  body.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.target.closest(".cv-cell-handle")) hear.grab(atOf(event), event);
  });
  node.addEventListener("scroll", () => look(table));
  grid.addEventListener("focus", () => node.classList.toggle("cv-focused", grid.matches(":focus-visible")));
  grid.addEventListener("blur", () => node.classList.remove("cv-focused"));
}

// Show `rows` of `net`. `peak` is the part of the whole that the longest bar stands for, `error` stands below line `failing`, `adds`
// says whether the last line offers a new layer, and the list of keys.
export function fillTable(table, { net, rows, peak, fields, error, failing, adds }) {
  Object.assign(table, { rows, fields, totals: net.totals, peak, at: -1, hovered: -1 });
  table.grid.setAttribute("aria-label", `Layers of ${net.title}. Arrows select, question mark lists the keys.`);
  table.grid.setAttribute("aria-rowcount", rows.length + 2);
  table.lines = rows.map((row, at) => emptyLine(table, row, at));
  table.lines.forEach((line, at) => table.places.set(line, at));
  table.filled.clear();
  const lines = [...table.lines];
  if (error) lines.splice(failing + 1, 0, errorLine(table, error));
  table.lines[failing]?.classList.add("cv-failing");
  measureRows(table);
  setWidths(table);
  fillNear(table);
  table.foot.replaceChildren(totalLine(table, adds));
  table.body.replaceChildren(...lines);
}

// Another network is looked at from its top.
export function rewind(table) {
  table.node.scrollTop = 0;
  table.sight = SIGHT;
}

// See what is in sight, and fill it.
function look(table) {
  const { node, lines } = table;
  const high = lines.length > 1 ? (lines.at(-1).offsetTop - lines[0].offsetTop) / (lines.length - 1) : SIGHT.high;
  table.sight = { top: node.scrollTop, high, room: node.clientHeight };
  fillNear(table);
}

// Cells for the lines in sight and near them; of a long table, lines far away lose theirs.
function fillNear(table) {
  const { rows, filled, sight } = table;
  const whole = rows.length <= WHOLE;
  const first = whole ? 0 : Math.max(Math.floor(sight.top / sight.high) - NEAR, 0);
  const end = whole ? rows.length : Math.min(Math.ceil((sight.top + sight.room) / sight.high) + NEAR, rows.length);
  for (let at = first; at < end; at += 1) fill(table, at);
  for (const at of filled) if ((at < first - NEAR || at > end + NEAR) && at !== table.at) empty(table, at);
}

export function fill(table, at) {
  if (table.filled.has(at)) return;
  fillLine(table, at);
  table.filled.add(at);
}

function empty(table, at) {
  table.lines[at].replaceChildren();
  table.filled.delete(at);
}

function errorLine(table, error) {
  const words = element("span", "cv-reason", error.message);
  const card = element("div", "cv-wrong", words);
  card.setAttribute("role", "status");
  if (error.remedy) {
    const way = element("button", "cv-remedy", error.remedy);
    way.type = "button";
    way.addEventListener("click", () => table.hear.mend());
    card.append(way);
  }
  return spanning(table, "cv-line-wrong", card);
}

function totalLine(table, adds) {
  const first = element("td", "cv-foot-add", ...(adds ? [addButton(table)] : []));
  first.colSpan = table.keys.indexOf("shape");
  const words = Object.assign(element("th", "cv-cell-shape", "total"), { scope: "row" });
  const totals = table.keys.slice(table.keys.indexOf("shape") + 1).map((key) => totalCell(table, key));
  if (adds) totals.at(-1).append(keysButton(table));
  return element("tr", "", first, words, ...totals);
}

const totalCell = (table, key) => element("td", `cv-cell-${key}`, key in table.totals ? formatted(table.totals[key]) : "");

function keysButton(table) {
  const button = Object.assign(element("button", "cv-keys", "?"), { type: "button", title: "Keys" });
  button.setAttribute("aria-label", "Keys");
  button.addEventListener("click", () => table.hear.help());
  return button;
}

function addButton(table) {
  const button = element("button", "cv-add", element("span", "", "+"), "add a layer");
  button.type = "button";
  button.setAttribute("aria-haspopup", "menu");
  button.addEventListener("click", () => table.hear.add(button));
  return button;
}

// Which line is selected, and which is pointed at; −1 is none.
export function markSelected(table, at) {
  const [old, line] = [table.lines[table.at], table.lines[at]];
  old?.classList.remove("cv-selected");
  old?.setAttribute("aria-selected", "false");
  line?.classList.add("cv-selected");
  line?.setAttribute("aria-selected", "true");
  table.at = at;
  if (line) table.grid.setAttribute("aria-activedescendant", line.id);
  else table.grid.removeAttribute("aria-activedescendant");
}

export function markHovered(table, at) {
  if (at === table.hovered) return;
  table.lines[table.hovered]?.classList.remove("cv-hovered");
  table.lines[at]?.classList.add("cv-hovered");
  table.hovered = at;
}

// Scroll a line, and what stands below it, between the head and the foot; the page itself never moves.
export function reveal(table, line, below = line) {
  const { node, grid, foot } = table;
  const top = line.offsetTop - grid.tHead.offsetHeight;
  const bottom = below.offsetTop + below.offsetHeight + foot.offsetHeight - node.clientHeight;
  const to = Math.min(Math.max(node.scrollTop, bottom), top);
  if (to === node.scrollTop) return;
  node.scrollTop = to;
  look(table);
}
