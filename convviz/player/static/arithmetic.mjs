// The line of arithmetic: how one cell comes about, written out; long sums fold in the middle and open on click.

import { valueAt } from "./cells.mjs";
import { element } from "./elements.mjs";
import { arrivalsOf, clockOf, PLACE, relationTo, termsOf, winnerOf } from "./links.mjs";
import { cellName, divisorOf, factor, fold, formatNumber, formatTerm, noteOf, plural, sourceWords, weightWords } from "./words.mjs";

const MARGINS = 6; // characters' room that the line leaves at its ends and between its parts

export const inRole = ([role, words]) => element("span", `cv-${role}`, words);

const result = (value) => element("b", "cv-result", formatNumber(value));

// The arithmetic of a cell that is made from others. What only takes part says what it takes part in instead; where such a cell
// is pinned it says so in the margin, while the sum goes on following the steps.
export function fillArithmetic(parts, scene, { hover, pin, step }, options) {
  parts.sum.classList.toggle("cv-pinned", Boolean(pin));
  parts.sum.classList.toggle("cv-unfolded", false);
  const told = hover ?? (pin && madeBy(scene, pin) ? pin : { grid: scene.clock, cell: step });
  if (!madeBy(scene, told)) {
    parts.label.textContent = hover ? words(scene, told) : cellName(scene, told);
    parts.note.textContent = !hover && pin ? words(scene, pin) : "";
    parts.arithmetic.replaceChildren(...(hover ? [] : stampNodes(scene, told)));
    return;
  }
  parts.label.textContent = cellName(scene, told);
  const line = lineOf(scene, told, options.landed);
  parts.note.textContent = pin && !madeBy(scene, pin) && !hover ? words(scene, pin) : line.note;
  parts.arithmetic.replaceChildren(...foldedNodes(parts, line, options));
}

const madeBy = (scene, { grid }) => (scene.grids[grid].role === "weight" ? null : relationTo(scene, grid));

const words = (scene, target) => (scene.grids[target.grid].role === "weight" ? weightWords(scene, target) : sourceWords(scene, target));

// The step of a stamp that nobody points at: what is stamped.
function stampNodes(scene, { cell }) {
  const relation = scene.relations.find((candidate) => candidate.sends && candidate.rows === scene.clock);
  const value = inRole(["input", factor(valueAt(clockOf(scene), cell))]);
  const landing = sourceWords(scene, { grid: scene.clock, cell }).split("stamps ")[1];
  return relation?.weight ? [value, " × ", inRole(["kernel", "kernel"]), ` is added to ${landing}`] : [value];
}

// A line as { groups: [{ nodes, lengths }], open, close, tail, note }: groups of terms between two brackets, then the rest.
function lineOf(scene, target, landed) {
  const relation = relationTo(scene, target.grid);
  if (relation.sends) return arrivalLine(scene, relation, target, landed);
  const terms = termsOf(scene, relation, target.cell).filter((term) => term.place !== PLACE.ABSENT);
  const winner = winnerOf(scene, relation, target.cell, terms);
  const note = noteOf(scene, relation, target.cell, terms, winner);
  const value = valueAt(scene.grids[target.grid], target.cell);
  return { note, ...LINES[relation.function ? "function" : relation.reduction](scene, relation, target.cell, terms, value, winner) };
}

const FUNCTIONS = { relu: "ReLU", sigmoid: "σ", tanh: "tanh" };

const LINES = {
  sum: sumLine,
  max: (scene, relation, cell, terms, value, winner) => ({
    open: "max(",
    close: ")",
    joint: ", ",
    groups: [{ nodes: terms.map((term) => valueNode(term, { wins: term === winner, role: scene.grids[relation.window].role })), lengths: terms.map(({ value: each }) => formatNumber(each).length) }],
    tail: [" = ", result(value)],
  }),
  average: (scene, relation, cell, terms, value) => ({
    open: "(",
    close: ")",
    joint: " + ",
    groups: [{ nodes: terms.map((term) => valueNode(term, { uncounted: term.place === PLACE.PADDING && !relation.countPadding, role: scene.grids[relation.window].role })), lengths: terms.map(({ value: each }) => factor(each).length) }],
    tail: [" ÷ ", element("b", "", String(divisorOf(relation, terms).divisor)), " = ", result(value)],
  }),
  lp: (scene, relation, cell, terms, value) => ({
    open: relation.norm === 2 ? "√(" : "(",
    close: ")",
    joint: " + ",
    groups: [{ nodes: terms.map((term) => powerNode(term, relation.norm)), lengths: terms.map(({ value: each }) => factor(each).length + 1) }],
    tail: [...(relation.norm === 2 ? [] : [element("sup", "", `1/${formatNumber(relation.norm)}`)]), " = ", result(value)],
  }),
  function: (scene, relation, cell, [term], value) => ({
    open: `${FUNCTIONS[relation.function]}(`,
    close: ")",
    joint: "",
    groups: [{ nodes: [inRole(["output", formatNumber(term.value)])], lengths: [4] }],
    tail: [" = ", result(value)],
  }),
};

// Products, channel by channel, or tap by tap where the weights stand as matrices; the sums of several, then their total.
function sumLine(scene, relation, cell, terms, value) {
  const grid = relation.weight && scene.grids[relation.weight];
  const key = grid?.byTaps ? (term) => term.tap.join() : (term) => term.channel;
  const byKey = [...Map.groupBy(terms, key).values()];
  const groups = byKey.length === terms.length ? [terms] : byKey;
  const bias = relation.bias?.data[cell[0]] ?? 0;
  const plusBias = bias ? [" + ", inRole(["kernel", factor(bias)])] : [];
  const parts = groups.map((group) => ({ nodes: group.map(termNode), lengths: group.map((term) => formatTerm(term).length) }));
  if (groups.length === 1) return { joint: " + ", groups: parts, tail: [...plusBias, " = ", result(value)] };
  const sums = groups.map((group) => group.reduce((sum, term) => sum + term.value * term.weight, 0));
  const sumNodes = sums.flatMap((sum, index) => [...(index ? [" + "] : []), inRole(["output", factor(sum)])]);
  return { joint: " + ", groups: parts, sums: sumNodes, tail: [...plusBias, " = ", result(value)] };
}

// What lands on a cell: what has landed, what is still to come.
function arrivalLine(scene, relation, { grid: name, cell }, step) {
  const arrivals = arrivalsOf(scene, relation, cell);
  const come = arrivals.filter((arrival) => arrival.step <= step);
  const bias = relation.bias?.data[cell[0]] ?? 0;
  const soFar = relation.remembered ? (come.at(-1)?.value ?? 0) : come.reduce((sum, term) => sum + term.value * term.weight, bias);
  const left = arrivals.length - come.length;
  const termOf = relation.weight ? (term) => termNode({ ...term, place: PLACE.INPUT }) : (term) => inRole(["input", factor(term.value)]);
  const joint = relation.remembered ? ", then " : " + ";
  const later = arrivals.slice(come.length).flatMap((term) => [joint, termOf(term)]);
  const rest = left
    ? [element("span", "cv-note", "  so far"), element("span", "cv-later", ...later.slice(0, 8), element("span", "cv-note", `${later.length > 8 ? " …" : ""}  still to come →  `), formatNumber(valueAt(scene.grids[name], cell)))]
    : [];
  const nodes = come.length ? come.map(termOf) : [relation.weight ? "0" : "nothing comes here"];
  return {
    joint,
    groups: [{ nodes, lengths: come.length ? come.map((term) => (relation.weight ? formatTerm(term).length : 3)) : [1] }],
    tail: [...(bias ? [" + ", inRole(["kernel", factor(bias)])] : []), relation.weight ? " = " : " → ", result(soFar), ...rest],
    note: !relation.weight ? (come.length > 1 ? "the last one stays" : "") : `${come.length} of its ${plural(arrivals.length, "stamp")} ${arrivals.length === 1 ? "has" : "have"} landed`,
  };
}

// The line, folded to the width there is.
function foldedNodes(parts, line, { width, character, unfolded, unfold }) {
  const { groups, joint, open = "", close = "", tail, sums } = line;
  const small = parts.label.textContent.length + parts.note.textContent.length;
  const lengthOf = (nodes) => nodes.reduce((sum, node) => sum + (node.textContent ?? node).length, 0);
  const taken = 0.72 * small + 1.2 * lengthOf(tail) + open.length + MARGINS;
  const room = width / character - taken;
  if (sums) return groupedNodes(parts, line, { room, unfolded, unfold, lengthOf });
  const { head, hidden } = fold(groups[0].lengths, room);
  const isOpen = unfolded && hidden > 0;
  parts.sum.classList.toggle("cv-unfolded", isOpen);
  const nodes = [];
  groups[0].nodes.forEach((node, index) => {
    const folded = !isOpen && index >= head && index < head + hidden;
    if (folded && index > head) return;
    if (index) nodes.push(joint);
    nodes.push(folded ? foldButton(`… ${hidden} more …`, unfold) : node);
  });
  return [open, ...nodes, close, ...tail, ...(isOpen ? ["  ", foldButton("fold", unfold)] : [])];
}

// Several groups: each in brackets where there is room, else their sums alone until the line is opened.
function groupedNodes(parts, { groups, joint, sums, tail }, { room, unfolded, unfold, lengthOf }) {
  const whole = groups.flatMap(({ nodes }, index) => [...(index ? [" + "] : []), "(", ...nodes.flatMap((node, at) => [...(at ? [joint] : []), node]), ")"]);
  const fits = lengthOf(whole) * 0.9 + lengthOf(sums) + 3 <= room;
  const isOpen = unfolded && !fits;
  parts.sum.classList.toggle("cv-unfolded", isOpen);
  if (fits) return [...whole, " = ", ...sums, ...tail];
  if (isOpen) return [...whole, " = ", ...sums, ...tail, "  ", foldButton("fold", unfold)];
  const products = groups.reduce((count, { nodes }) => count + nodes.length, 0);
  return [foldButton(`${products} products`, unfold), " = ", ...shortened(sums, room - 16), ...tail];
}

function shortened(nodes, room) {
  let left = room;
  const kept = nodes.findIndex((node) => (left -= 1.3 * (node.textContent ?? node).length) < 0);
  return kept < 0 ? nodes : [...nodes.slice(0, Math.max(1, kept - 1)), " …"];
}

function foldButton(label, unfold) {
  const node = element("button", "cv-fold", label);
  node.type = "button";
  node.tabIndex = -1;
  node.addEventListener("click", unfold);
  return node;
}

function termNode(term) {
  const faded = term.place === PLACE.INPUT ? "" : "cv-faded";
  return element("span", faded, inRole(["input", factor(term.value)]), "×", inRole(["kernel", factor(term.weight)]));
}

// A value of a pooling: the winner solid, padding faded, overhang without a number.
function valueNode(term, { wins = false, uncounted = false, role = "input" }) {
  if (term.place === PLACE.OVERHANG || uncounted) return element("span", "cv-blank", " ");
  if (term.place === PLACE.PADDING) return element("span", "cv-faded", formatNumber(term.value));
  return wins ? element("span", "cv-winner", formatNumber(term.value)) : inRole([role, factor(term.value)]);
}

function powerNode(term, norm) {
  if (term.place === PLACE.OVERHANG) return element("span", "cv-blank", " ");
  const bars = norm % 2 === 0 ? factor(term.value) : `|${formatNumber(term.value)}|`;
  return element("span", term.place === PLACE.INPUT ? "" : "cv-faded", inRole(["input", bars]), element("sup", "", formatNumber(norm)));
}
