// Changing a network in its table: the selected row's fields and icons, what stands below it, and the edits on their way.

import { element } from "../elements.mjs";
import { sayEdits } from "../pending.mjs";
import { impliedText, settingsOf, shownAs } from "./columns.mjs";
import { icon } from "./icons.mjs";
import { cellOf, restoreLine, spanning } from "./line.mjs";
import { fillFormula } from "./parts.mjs";
import { reveal } from "./table.mjs";

const STEP_REST = 250; // ms after the last arrow key before a stepped number is sent
const JOINS = ["add", "concat"]; // kinds whose inputs are named
const OWN = { name: "rename", inputs: "inputs" }; // fields of the row itself → what they do

const fields = new WeakMap(); // node → field

// Edits are numbered, and sent with the network they are for until the server says it has them: two quick ones never overwrite each
// other, and none is made on another network.
export function send(state, ...edits) {
  for (const edit of edits) {
    state.lastEdit = Math.max(state.lastEdit ?? 0, state.data.cue.edits) + 1;
    state.edits.push({ id: state.lastEdit, cue: state.data.cue.id, ...afterRenames(state, edit) });
  }
  sayEdits(state);
}

// What a row is called, and is going to be by the renames on their way; a name that is taken will be refused.
function namesOf({ edits, data }, name) {
  const isTaken = (value) => data.network.rows.some((row) => row.name === value);
  const follow = (names, edit) => (edit.do === "rename" && edit.row === names.at(-1) && !isTaken(edit.value) ? [...names, edit.value] : names);
  return edits.reduce(follow, [name]);
}

// An edit comes after the renames on their way: it says the names that its rows have by then.
function afterRenames(state, edit) {
  const later = (name) => namesOf(state, name).at(-1);
  const named = ["row", "after"].filter((key) => key in edit).map((key) => [key, later(edit[key])]);
  return { ...edit, ...Object.fromEntries(named), ...(edit.with && { with: edit.with.map(later) }) };
}

// An edit that makes a row, or names one: that row is selected once the server has taken the edit.
export function sendFor(state, edit) {
  send(state, edit);
  state.expects = { id: state.lastEdit, renamed: edit.do === "rename" ? edit : null };
}

// What is folded into a row.
const others = (state, row) => row.members.map((index) => state.pane.net.rows[index].name).filter((name) => name !== row.name);

export function duplicate(state, row) {
  if (row.group || row.kind === "input") return;
  sendFor(state, { do: "duplicate", row: row.name, with: others(state, row) });
}

export function remove(state, row) {
  if (row.kind === "input") return;
  const names = row.members.map((index) => state.pane.net.rows[index].name).filter((name) => !isGoing(state, name));
  if (names.length) send(state, ...names.reverse().map((name) => ({ do: "remove", row: name })));
}

// A key that repeats must not remove a row twice.
function isGoing(state, name) {
  const last = namesOf(state, name).at(-1);
  return state.edits.some((edit) => edit.do === "remove" && edit.row === last);
}

// Fields and icons stand in the selected row alone.
export function openRow(state, at) {
  const { table } = state.pane;
  const row = table.rows[at];
  if (row.kind === "input") return;
  const settings = settingsOf(row, state.data.fields);
  for (const setting of settings.filter(({ column }) => column)) {
    const cell = cellOf(table, at, setting.column);
    cell.classList.add("cv-holds-field");
    cell.replaceChildren(fieldNode(state, row, setting, impliedText(row, setting.name)));
  }
  const cell = cellOf(table, at, "then");
  cell.replaceChildren(element("span", "cv-then", cell.textContent), iconsOf(state, row));
  if (state.more && hasMore(row)) openMore(state, at);
}

export function closeRow(state) {
  const { table } = state.pane;
  closeMore(state);
  if (table.rows[table.at] && table.rows[table.at].kind !== "input") restoreLine(table, table.at);
}

const hasMore = (row) => !row.group;

function iconsOf(state, row) {
  const icons = element("span", "cv-icons");
  if (!row.group) icons.append(iconButton("duplicate", `Duplicate ${row.name}`, () => duplicate(state, row)));
  icons.append(iconButton("remove", `Remove ${row.name}`, () => remove(state, row)));
  if (!row.group && row.source.open) icons.append(openLink(row));
  if (hasMore(row)) icons.append(moreButton(state, row));
  return icons;
}

function iconButton(name, label, act) {
  const button = element("button", `cv-act cv-act-${name}`, icon(name));
  Object.assign(button, { type: "button", title: label });
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

function openLink(row) {
  const { href, words } = row.source.open;
  const link = element("a", "cv-act cv-act-open", icon("open"));
  Object.assign(link, { href, title: words });
  link.setAttribute("aria-label", `Open ${row.name} on its page`);
  return link;
}

function moreButton(state, row) {
  const button = iconButton("more", `More settings of ${row.name}`, () => toggleMore(state));
  button.setAttribute("aria-expanded", state.more);
  return button;
}

export function toggleMore(state) {
  const { table } = state.pane;
  const row = table.rows[table.at];
  if (!row || row.kind === "input" || !hasMore(row)) return;
  state.more = !state.more;
  cellOf(table, table.at, "then").querySelector(".cv-act-more").setAttribute("aria-expanded", state.more);
  if (!state.more) {
    closeMore(state);
    return;
  }
  openMore(state, table.at);
  reveal(table, table.lines[table.at], state.moreLine);
}

function openMore(state, at) {
  const { table, net } = state.pane;
  const row = table.rows[at];
  const own = [{ name: "name", label: "name", type: "text", text: row.name }];
  const inputs = row.source.inputs.map((index) => net.rows[index].name).join(", ");
  if (JOINS.includes(row.kind)) own.push({ name: "inputs", label: "inputs", type: "text", text: inputs });
  const rest = settingsOf(row, state.data.fields).filter(({ column }) => !column);
  const labels = [...own, ...rest].map((setting) => labelled(setting, fieldNode(state, row, setting, "")));
  state.moreLine = spanning(table, "cv-line-more", element("div", "cv-more", ...labels));
  const { nextElementSibling: next } = table.lines[at];
  (next?.classList.contains("cv-line-wrong") ? next : table.lines[at]).after(state.moreLine);
}

function closeMore(state) {
  state.moreLine?.remove();
  state.moreLine = null;
}

const labelled = (setting, field) => element("label", `cv-labelled cv-type-${setting.type}`, element("span", "", setting.label), field);

// The value a field shows: one on its way to the server before the one the server last told.
function shownValue(state, row, setting) {
  const names = namesOf(state, row.name);
  const isOn = (edit) => names.includes(edit.row) && (OWN[setting.name] === edit.do || edit.field === setting.name);
  const on = state.edits.findLast(isOn);
  if (on) return shownAs(on.value, setting.type);
  return setting.type === "flag" ? setting.value : (setting.text ?? "");
}

function fieldNode(state, row, setting, hint) {
  const make = { flag: flagNode, choice: choiceNode }[setting.type] ?? textNode;
  const node = make(shownValue(state, row, setting), setting);
  node.dataset.field = setting.name;
  node.setAttribute("aria-label", `${setting.label} of ${row.name}`);
  if (hint) node.placeholder = hint;
  const field = { state, row, setting, node, cue: state.data.cue.id, sent: valueIn(node, setting) };
  fields.set(node, field);
  node.addEventListener("change", () => commit(field));
  if (make !== textNode) return node;
  node.addEventListener("keydown", (event) => typed(field, event));
  node.addEventListener("focus", () => node.select());
  node.addEventListener("blur", () => leave(field));
  return node;
}

function flagNode(value) {
  const node = element("input", "cv-flag");
  Object.assign(node, { type: "checkbox", checked: Boolean(value) });
  return node;
}

function choiceNode(value, { options }) {
  const node = element("select", "cv-choice", ...options.map((each) => Object.assign(element("option", "", each), { value: each })));
  node.value = value;
  return node;
}

function textNode(value, { type }) {
  const node = element("input", "cv-value");
  Object.assign(node, { type: "text", value, autocomplete: "off", spellcheck: false });
  if (type === "whole") node.inputMode = "numeric";
  return node;
}

const unspaced = (text) => text.replace(/(\d)\s*[x×]\s*(?=\d)/gi, "$1x");

function valueIn(node, { type }) {
  if (type === "flag") return node.checked;
  return type === "sizes" ? unspaced(node.value.trim()) : node.value.trim();
}

const WHOLE = /^[-−]?\d+$/;
const SIZES = /^([-−]?\d+(\s*[,x×]\s*[-−]?\d+)*|same|valid)$/i;
const TYPES = { whole: [WHOLE, "a whole number"], sizes: [SIZES, "a size like 5 or 5×3"] };

// What is wrong with a field's text, in words; nothing is right where something follows from it.
function problemOf({ row, setting, node }) {
  const rule = TYPES[setting.type];
  const value = valueIn(node, setting);
  if (!rule || (value === "" && (!setting.value || impliedText(row, setting.name)))) return "";
  return rule[0].test(value) ? "" : `"${node.value}" is not ${rule[1]}`;
}

// Send what a field says, once; what cannot be read is marked, and said. A field of a network that is gone says nothing.
function commit(field) {
  const { state, row, setting, node, cue } = field;
  clearTimeout(field.timer);
  const value = valueIn(node, setting);
  if (state.building || cue !== state.data.cue.id || value === field.sent) return;
  const problem = problemOf(field);
  markProblem(field, problem);
  if (problem) return;
  field.sent = value;
  const own = OWN[setting.name];
  if (own) (own === "rename" ? sendFor : send)(state, { do: own, row: row.name, value });
  else send(state, { do: "set", row: row.name, field: setting.name, value });
}

function markProblem({ node, state }, problem) {
  node.classList.toggle("cv-invalid", Boolean(problem));
  node.setAttribute("aria-invalid", Boolean(problem));
  node.title = problem && `${problem}, or press Escape`;
  fillFormula(state.parts.formula, state.pane.rows[state.pane.table.at], problem && `${node.title}: nothing was changed`);
  if (problem) state.say(problem);
}

function typed(field, event) {
  if (event.key === "Enter") {
    commit(field);
    event.preventDefault();
  } else if (event.key === "Escape") {
    restore(field);
    field.state.pane.table.grid.focus({ preventScroll: true });
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    step(field, event);
  }
}

// Each of the numbers in a field one up or down; sent when the key rests.
function step(field, event) {
  const { node, setting } = field;
  const text = node.value || node.placeholder;
  if (!(setting.type in TYPES) || !/\d/.test(text)) return;
  const by = event.key === "ArrowUp" ? 1 : -1;
  node.value = text.replace(/\d+/g, (digits) => Math.max(0, Number(digits) + by));
  node.select();
  clearTimeout(field.timer);
  field.timer = setTimeout(() => commit(field), STEP_REST);
  event.preventDefault();
}

function restore(field) {
  clearTimeout(field.timer);
  field.node.value = shownAs(field.sent, field.setting.type);
  markProblem(field, "");
}

// On leaving, what cannot be read gives way to what was there.
function leave(field) {
  if (field.state.building) return;
  commit(field);
  if (!problemOf(field)) return;
  restore(field);
  field.state.say("Nothing was changed");
}

// Where someone is in the selected row when the table is built anew, with text that is not sent yet.
export function rememberPlace({ pane }) {
  const node = pane?.table.body.contains(document.activeElement) ? document.activeElement : null;
  if (!node) return null;
  const field = fields.get(node);
  if (!field) return { place: `.${node.classList[node.classList.length - 1]}` };
  const unsent = node.type === "text" && valueIn(node, field.setting) !== field.sent;
  const typing = unsent ? { value: node.value, range: [node.selectionStart, node.selectionEnd] } : null;
  return { place: `[data-field="${node.dataset.field}"]`, typing };
}

export function restorePlace({ pane }, memory) {
  if (!memory) return;
  const node = pane.table.body.querySelector(memory.place) ?? pane.table.grid;
  node.focus({ preventScroll: true });
  if (!memory.typing || !fields.has(node)) return;
  node.value = memory.typing.value;
  node.setSelectionRange(...memory.typing.range);
}
