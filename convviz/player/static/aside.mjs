// The card beside the grids: what an average is divided by, or how often each output is written.

import { element } from "./elements.mjs";
import { factor, formatNumber, divisorOf } from "./words.mjs";
import { PLACE, relationTo, termsOf } from "./links.mjs";

const SHADES = 4; // slate greys, so that counts are no role

export function fillAside(node, scene, target) {
  const fill = scene.aside && FILL[scene.aside.kind];
  node.hidden = !fill || scene.compact;
  if (!node.hidden) fill(node, scene, target);
}

const FILL = { divisor: fillDivisor, counts: fillCounts };

// The window of the step, averaged: the sum, the divisor and what it counts.
function fillDivisor(node, scene, { cell }) {
  const relation = relationTo(scene, "output");
  const terms = termsOf(scene, relation, cell).filter((term) => term.place !== PLACE.ABSENT);
  const counts = divisorOf({ countPadding: scene.aside.countPadding }, terms);
  const values = terms.filter((term) => term.cell).map((term) => factor(term.value));
  const total = terms.reduce((sum, term) => sum + (term.cell ? term.value : 0), 0);
  const shown = values.length > 9 ? [...values.slice(0, 4), "…", ...values.slice(-3)] : values;
  const line = (kind, count, name, counted) => element("tr", "", cellOf("td", element("span", `cv-swatch cv-swatch-${kind}`)), cellOf("td", element("b", "", String(count))), cellOf("td", name), cellOf("td", counted));
  const table = element(
    "table",
    "cv-counted",
    line("input", counts.input, "input", "always counted"),
    line("padding", counts.padding, "padding", `${scene.aside.countPadding ? "" : "not "}counted${scene.aside.slides ? "*" : ""}`),
    line("overhang", counts.overhang, "overhang", "never counted"),
    element("tr", "cv-total", cellOf("td", ""), cellOf("td", element("b", "", String(counts.divisor))), cellOf("td", element("b", "", "the divisor")), cellOf("td", "")),
  );
  node.replaceChildren(
    element("h3", "", scene.aside.title),
    element("p", "cv-quotient", "(", element("span", "cv-input", shown.join(" + ") || "0"), ") ÷ ", element("b", "", String(counts.divisor)), " = ", element("b", "cv-result", formatNumber(total / counts.divisor))),
    table,
    ...(scene.aside.slides ? [element("p", "cv-note", `*while count_include_pad is ${scene.aside.countPadding ? "on" : "off"}`)] : []),
  );
}

const cellOf = (name, content) => element(name, "", content);

// How often each output cell is written, as a map in greys.
function fillCounts(node, scene) {
  const { title, name, counts, sentence, cut } = scene.aside;
  const most = Math.max(...counts.flat());
  const table = element("table", "cv-written", ...counts.map((row) => element("tr", "", ...row.map((count) => countCell(count, most, counts)))));
  node.replaceChildren(element("h3", "", title), table, element("p", "cv-note", cut), element("h3", "", name), element("p", "cv-note", sentence));
}

function countCell(count, most, counts) {
  const node = element("td", "", Math.max(counts.length, counts[0].length) <= 10 ? String(count) : "");
  node.dataset.shade = Math.round((SHADES * count) / Math.max(most, 1));
  return node;
}
