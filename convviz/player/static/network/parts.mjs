// The elements around table and picture: totals, titles, the line of formulas.

import { element } from "../elements.mjs";
import { helpList } from "./keys.mjs";
import { formatted } from "./rows.mjs";

const HINT = "Select a row to see how its numbers come about";

export function makeFrame(parent) {
  const middle = element("div", "cv-panes");
  const formula = element("div", "cv-card cv-working");
  const help = helpList();
  const live = element("div", "cv-live");
  live.setAttribute("aria-live", "polite");
  const root = element("div", "cv-network", middle, formula, help, live);
  root.dataset.convviz = "network";
  parent.append(root);
  return { root, middle, formula, help, live };
}

// A network's totals, picture and table.
export function makePane(table, kind) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const title = element("h3", "cv-pane-title");
  const totals = element("div", "cv-card cv-totals");
  const node = element("section", `cv-pane cv-pane-${kind}`, totals, element("div", "cv-pane-picture", svg), table.node);
  return { node, title, totals, svg };
}

export function fillTotals({ net, title, totals, node }, beside) {
  title.textContent = beside ? net.title : "";
  node.setAttribute("aria-label", net.title);
  const { parameters, macs, words } = net.totals;
  totals.replaceChildren(
    title,
    element("span", "cv-total cv-total-parameters", element("b", "", formatted(parameters)), " parameters"),
    element("span", "cv-total", element("b", "", formatted(macs)), beside ? " MACs" : " multiply–accumulates"),
    element("span", "cv-total-words", words),
  );
}

const inRole = ([role, words]) => (role ? element("span", `cv-${role}`, words) : words);

// What is learned by what is folded into a row is part of the row's number.
function withLearned(row, [label, tokens]) {
  if (label !== "parameters" || !row.learned.length) return [label, tokens];
  const more = row.learned.map(([name, count]) => ["", ` + ${formatted(count)} (${name})`]);
  return [label, [...tokens, ...more, ["", " = "], ["kernel", formatted(row.parameters)]]];
}

function partNode([label, tokens]) {
  return element("span", "cv-part", element("span", "cv-part-label", label), " ", ...tokens.map(inRole));
}

// How the selected row's numbers come about, or what to do to see it; a problem with what is typed comes before both.
export function fillFormula(node, row, problem = "") {
  node.classList.toggle("cv-idle", !row);
  if (problem || !row) {
    node.replaceChildren(problem || element("span", "cv-note", HINT));
    return;
  }
  const parts = row.group ? [] : row.source.formula.map((part) => partNode(withLearned(row, part)));
  const told = parts.length ? parts : [element("span", "cv-note", plainWords(row))];
  node.replaceChildren(element("b", "cv-working-name", row.name), ...told);
  tighten(node);
}

// What does not fit in one line gets smaller letters.
function tighten(node) {
  node.classList.remove("cv-tight");
  node.classList.toggle("cv-tight", node.lastChild.offsetTop > node.firstChild.offsetTop + node.firstChild.offsetHeight / 2);
}

// What is known of a row that has no formulas.
function plainWords(row) {
  if (!row.shape) return "no output";
  const counts = [row.parameters && `${formatted(row.parameters)} parameters`, row.macs && `${formatted(row.macs)} MACs`];
  return [row.group && row.label, row.shape.join("×"), ...counts].filter(Boolean).join(", ");
}
