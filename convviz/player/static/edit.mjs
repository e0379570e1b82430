// A number typed over in place: a field on its cell, taken over with Enter, Tab or a click elsewhere, dropped with Escape.

import { cellAt, indexOf, valueAt } from "./cells.mjs";
import { targetRects } from "./draw.mjs";
import { element } from "./elements.mjs";

const SMALLEST = 44; // pixels a field needs for a few digits

// A number as people write it, or null.
export function parseNumber(words) {
  const value = Number(words.trim().replace("−", "-").replace(",", "."));
  return words.trim() !== "" && Number.isFinite(value) ? value : null;
}

function makeField(scene, layout, focus, target) {
  const { grid, cell } = target;
  const array = scene.grids[grid];
  const [rect = { x: 0, y: 0, size: SMALLEST }] = targetRects(scene, layout, focus, target);
  const size = Math.max(rect.size, SMALLEST);
  const field = element("input", "cv-edit");
  field.inputMode = "decimal";
  field.value = String(valueAt(array, cell));
  field.setAttribute("aria-label", `${grid} ${cell.join(", ")}: new value`);
  const [left, top] = [rect.x - (size - rect.size) / 2, rect.y - (size - rect.size) / 2];
  Object.assign(field.style, { left: `${left}px`, top: `${top}px`, width: `${size}px`, height: `${size}px` });
  return field;
}

const noNumber = (words) => `"${words}" is no number: type one like -1 or 0.5`;

// Open the field; `done(value, key, words)` hears how it ended: the new number, or null where there is none, the key, and what
// stood there.
function openEditor(parent, scene, layout, focus, target, done) {
  const field = makeField(scene, layout, focus, target);
  const array = scene.grids[target.grid];
  let open = true;
  const close = (value, key) => {
    if (!open) return;
    open = false;
    field.remove(); // takes the focus away, which must not end it a second time
    done(value === valueAt(array, target.cell) ? null : value, key, field.value);
  };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close(null, "Escape");
    if (event.key !== "Enter" && event.key !== "Tab") return;
    event.preventDefault();
    const value = parseNumber(field.value);
    if (value !== null) {
      close(value, event.key === "Tab" && event.shiftKey ? "Shift+Tab" : event.key);
      return;
    }
    field.classList.add("cv-invalid");
    field.setAttribute("aria-invalid", "true");
    field.title = `${noNumber(field.value)}, or press Escape`;
  });
  field.addEventListener("blur", () => close(parseNumber(field.value), "blur"));
  parent.append(field);
  field.focus({ preventScroll: true });
  field.select();
}

// Open the cell of a target for typing; `setTarget` moves the pin along.
export function edit(stage, target, setTarget) {
  openEditor(stage.parts.field, stage.scene, stage.layout, stage.focus, target, (value, key, words) => {
    if (value !== null) sendEdit(stage, target, value);
    if (key === "blur" && parseNumber(words) === null) stage.parts.note.textContent = `${noNumber(words)}; nothing was changed`;
    if (key === "Escape") setTarget(stage, "pin", null);
    if (key.endsWith("Tab")) editNeighbour(stage, target, key === "Tab" ? 1 : -1, setTarget);
    else if (key !== "blur") stage.parts.root.focus({ preventScroll: true });
  });
}

function editNeighbour(stage, target, by, setTarget) {
  const { shape, data } = stage.scene.grids[target.grid];
  const next = (indexOf(target.cell, shape) + by + data.length) % data.length;
  const neighbour = { grid: target.grid, cell: cellAt(next, shape) };
  setTarget(stage, "pin", neighbour);
  edit(stage, neighbour, setTarget);
}

// Edits are numbered and sent until the server says it has them: two quick ones never overwrite each other.
function sendEdit(stage, target, value) {
  const id = Math.max(Date.now(), (stage.edits.at(-1)?.id ?? stage.scene.cue.edits) + 1);
  stage.edits.push({ id, grid: target.grid, cell: asGiven(stage.scene, target), value });
  stage.send.setStateValue("edits", [...stage.edits]);
}

// A weight's cell as the tensor has it: a kernel that is met turned round is turned back.
function asGiven(scene, { grid: name, cell }) {
  const relation = scene.relations.find(({ weight, flip }) => weight === name && flip);
  if (!relation) return cell;
  return cell.map((index, axis) => (axis < 2 ? index : scene.grids[name].shape[axis] - 1 - index));
}
