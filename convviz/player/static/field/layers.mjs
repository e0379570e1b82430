// The layers of a small network, the highest first: their windows are changed in place, layers are added and removed.

import { element } from "../elements.mjs";
import { living } from "../lifecycle.mjs";
import { openMenu } from "../network/menu.mjs";
import { forgetEdits, sayEdits } from "../pending.mjs";
import "../network/styles.mjs";
import "./styles.mjs";

const FIELDS = [["kernel_size", "kernel"], ["stride", "stride"], ["padding", "pad"], ["dilation", "dilat."]];

export const mount = living({ create, receive, destroy });

function create(parent) {
  const head = element("tr", "", element("th"), ...FIELDS.map(([, words]) => element("th", "", words)), element("th"));
  const body = element("tbody");
  const add = element("button", "cv-layers-add", "+ add a layer");
  add.type = "button";
  const message = element("div", "cv-code-message");
  message.setAttribute("role", "status");
  const root = element("div", "cv-layers", element("div", "cv-layers-title", "Layers"), element("div", "cv-layers-scroll", element("table", "", element("thead", "", head), body)), message, add);
  root.dataset.convviz = "layers";
  parent.append(root);
  const state = { root, body, add, message, edits: [] };
  add.addEventListener("click", () => openAdd(state));
  return state;
}

function destroy(state) {
  state.closeMenu?.();
  forgetEdits(state);
  state.root.remove();
}

function receive(state, bytes) {
  const text = new TextDecoder().decode(bytes);
  if (text === state.text) return;
  const before = state.data;
  state.text = text;
  state.data = JSON.parse(text);
  const { layers, error, edits, cue } = state.data;
  state.edits = state.edits.filter((edit) => edit.id > edits && edit.cue === cue);
  const same = before && before.cue === cue && before.layers.map(({ name }) => name).join() === layers.map(({ name }) => name).join();
  if (!same) state.body.replaceChildren(...layers.map((layer) => rowOf(state, layer)).reverse());
  else layers.forEach((layer, index) => refresh(state.body.rows[layers.length - 1 - index], layer));
  [...state.body.rows].forEach((row) => row.classList.toggle("cv-layers-here", row.dataset.layer === state.data.chosen));
  if (state.data.chosen !== before?.chosen) reveal(state.body);
  state.message.textContent = error ?? "";
  state.root.dataset.edits = edits;
}

// The chosen layer, in a list that is longer than its room; the page itself stays where it is.
function reveal(body) {
  const row = body.querySelector(".cv-layers-here");
  const scroller = body.closest(".cv-layers-scroll");
  if (row && scroller.scrollHeight > scroller.clientHeight) scroller.scrollTop = row.offsetTop - scroller.clientHeight / 2;
}

// What the server has taken; never under the hands of someone who types.
function refresh(row, layer) {
  for (const field of row.querySelectorAll("input")) {
    const value = layer.values[field.dataset.field];
    field.dataset.value = value;
    if (field !== document.activeElement) field.value = value;
  }
}

function rowOf(state, layer) {
  const name = element("button", "cv-layers-name", layer.name);
  Object.assign(name, { type: "button", title: `${layer.name}: see its units` });
  name.addEventListener("click", () => state.send.setTriggerValue("layer", layer.name));
  const cells = FIELDS.some(([field]) => field in layer.values)
    ? FIELDS.map(([field, words]) => element("td", "", ...(field in layer.values ? [fieldOf(state, layer, field, words)] : [])))
    : [Object.assign(element("td", "cv-layers-words", layer.words), { colSpan: FIELDS.length })];
  const remove = element("button", "cv-layers-remove", "×");
  Object.assign(remove, { type: "button", title: `Remove ${layer.name}` });
  remove.setAttribute("aria-label", `Remove ${layer.name}`);
  remove.addEventListener("click", () => send(state, { do: "remove", row: layer.name }));
  const row = element("tr", layer.learns ? "cv-layers-learns" : "", element("th", "", name), ...cells, element("td", "", remove));
  row.dataset.layer = layer.name;
  return row;
}

function fieldOf(state, layer, name, words) {
  const field = element("input", "cv-layers-field");
  const value = layer.values[name];
  Object.assign(field, { type: "text", value, inputMode: "numeric", autocomplete: "off" });
  Object.assign(field.dataset, { field: name, value });
  field.setAttribute("aria-label", `${words.replace("dilat.", "dilation")} of ${layer.name}`);
  field.addEventListener("focus", () => field.select());
  field.addEventListener("change", () => send(state, { do: "set", row: layer.name, field: name, value: field.value }));
  field.addEventListener("keydown", (event) => typed(event, field));
  return field;
}

// Arrows count; Escape takes back what was typed.
function typed(event, field) {
  event.stopPropagation();
  const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (event.key === "Escape") {
    field.value = field.dataset.value;
    field.blur();
  } else if (by && /^\d+$/.test(field.value)) {
    event.preventDefault();
    field.value = Math.max(0, Number(field.value) + by);
    field.dispatchEvent(new Event("change"));
  } else if (event.key === "Enter") {
    field.select();
  }
}

// Edits that the server has not taken yet go along with later ones.
function send(state, edit) {
  state.lastEdit = Math.max(state.lastEdit ?? 0, state.data.edits) + 1;
  state.edits.push({ id: state.lastEdit, cue: state.data.cue, ...edit });
  sayEdits(state);
}

function openAdd(state) {
  if (state.closeMenu) {
    state.closeMenu(true);
    return;
  }
  const after = state.data.layers.at(-1)?.name ?? "input";
  state.closeMenu = openMenu(state.root, state.add, {
    title: `Add above ${after}`,
    kinds: state.data.kinds,
    choose: (kind) => send(state, { do: "add", after, kind }),
    closed: () => (state.closeMenu = null),
  });
}
