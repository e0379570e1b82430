// A line of the table: its cells, cloned and filled with what a row says.

import { element } from "../elements.mjs";
import { barOf, COLUMNS } from "./columns.mjs";
import { icon } from "./icons.mjs";

export const INDENT = 13; // pixels a level of groups
const LONG = 12; // letters above which a name may be cut
const CHANGED = ["out", "kernel", "stride", "pad", "then"]; // columns where fields stand in the selected row

// Cells without words: cloning them is many times faster than making them.
export function templateOf(keys) {
  const cells = keys.map((key) => {
    if (key === "layer") return Object.assign(element("th", "cv-cell-layer", element("span", "cv-name")), { scope: "row" });
    return element("td", `cv-cell-${key}`, ...(COLUMNS[key].bar ? [barNode(COLUMNS[key].bar)] : []));
  });
  return element("tr", "", ...cells);
}

const barNode = (key) => element("div", `cv-bar cv-bar-${key}`, element("i"), element("b"));

// A line that stands for a row, still without cells.
export function emptyLine(table, row, at) {
  const line = document.createElement("tr");
  line.dataset.name = row.name;
  line.id = `${table.id}-${at}`;
  line.setAttribute("aria-selected", "false");
  line.setAttribute("aria-rowindex", at + 2); // the head is the first
  if (row.kind === "input") line.className = "cv-line-input";
  if (row.group) line.className = row.opened ? "cv-line-group cv-opened" : "cv-line-group";
  return line;
}

export function fillLine(table, at) {
  const cells = [...table.template.cloneNode(true).children];
  table.keys.forEach((key, index) => fillCell(table, table.rows[at], cells[index], key));
  table.lines[at].replaceChildren(...cells);
}

function fillCell(table, row, cell, key) {
  const { bar, text } = COLUMNS[key];
  if (bar) {
    fillBar(cell.firstChild, barOf(row, bar, table.totals, table.peak));
    return;
  }
  const words = text(row, table.fields);
  if (key === "layer") fillName(cell, row, words);
  else if (words !== "") cell.textContent = words;
  if (isQuiet(row, key)) cell.classList.add("cv-quiet");
}

// Words that need no attention: nothing to learn, nothing to compute, no memory of its own.
function isQuiet(row, key) {
  if (key === "bytes") return row.bytes === 0;
  if (key === "name") return !row.parameters && !row.macs;
  return (key === "parameters" || key === "macs") && !row[key];
}

function fillName(cell, row, words) {
  const name = cell.lastChild;
  name.textContent = words;
  if (words.length > LONG) name.title = row.name;
  if (row.level) cell.style.paddingLeft = `${row.level * INDENT}px`;
  if (row.group) cell.prepend(toggleNode(row));
}

function toggleNode({ name, opened }) {
  const toggle = element("button", "cv-toggle", icon("chevron"));
  Object.assign(toggle, { type: "button", tabIndex: -1 });
  toggle.setAttribute("aria-expanded", opened);
  toggle.setAttribute("aria-label", `${opened ? "Close" : "Open"} ${name}`);
  return toggle;
}

function fillBar(node, bar) {
  node.hidden = !bar;
  if (!bar) return;
  node.classList.toggle("cv-inside", bar.part > 0.5);
  node.style.setProperty("--cv-part", bar.part.toFixed(4));
  node.lastChild.textContent = bar.words;
}

// The plain words of a row again, where fields stood.
export function restoreLine(table, at) {
  for (const key of CHANGED) {
    const cell = cellOf(table, at, key);
    cell.classList.remove("cv-holds-field");
    cell.textContent = COLUMNS[key].text(table.rows[at], table.fields);
  }
}

export const cellOf = (table, at, key) => table.lines[at].cells[table.keys.indexOf(key)];

// A line below another that takes all columns.
export function spanning(table, className, ...children) {
  const cell = element("td", "", ...children);
  cell.colSpan = table.keys.length;
  return element("tr", className, cell);
}
