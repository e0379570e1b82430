// The lower half: one of several looks at the network, chosen by the page.

import { element } from "../elements.mjs";
import { makeExcites } from "./excites.mjs";
import { makeField } from "./field.mjs";
import { makeFilters } from "./filters.mjs";
import { makeLayers } from "./layers.mjs";
import "./lower-styles.mjs";
import { makeSaliency } from "./saliency.mjs";
import { readColours } from "./scale.mjs";
import { rampsOf } from "./shades.mjs";

const LOOKS = { layers: makeLayers, filters: makeFilters, saliency: makeSaliency, excites: makeExcites, field: makeField };
const COLOURS = ["card", "paper", "output", "ink", "slate", "input", "gradient", "here"];

export function makeLower(does) {
  const node = element("div", "cv-in-lower");
  const looks = {}; // by name, each made when it is first looked at
  const known = {};

  const lookOf = ({ view }) => {
    if (!(view in LOOKS)) return null;
    if (!looks[view]) node.append((looks[view] = LOOKS[view](does)).node);
    return looks[view];
  };

  const takeTheme = (theme) => {
    if (known.theme === theme) return;
    const colours = readColours(node, COLOURS);
    Object.assign(known, { theme, colours, ramps: rampsOf(colours) });
  };

  const show = (model) => {
    const look = lookOf(model);
    node.hidden = !look;
    for (const each of Object.values(looks)) each.node.hidden = each !== look;
    if (!look || !model.shown || !model.unit || !known.size) return;
    takeTheme(model.theme);
    node.classList.toggle("cv-in-late", model.shown.of !== model.picture);
    look.show({ ...model, inks: known.colours, ramps: known.ramps }, known.size);
  };

  const questions = (model) => (model.shown && model.unit ? (lookOf(model)?.questions(model) ?? []) : []);
  return { node, show, questions, resized: (...size) => Object.assign(known, { size }) };
}
