// The colours of a map: what values they stand for, and the bar beside it that says so.

import { element } from "../elements.mjs";
import { blend } from "./shades.mjs";

const ENDS = [0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1]; // where a scale may end
const SMALL = 0.005; // a gain that no scale makes room for
const QUARTERS = 4;
const NEAR = 13; // px: a tick so near to the marker would be written over it
const [PALE, MIDDLE, DEEP] = [0.1, 0.5, 0.55]; // how far from paper to the output's colour, then on to ink
const STOPS = 24; // colours of the bar

const endOf = (value) => ENDS.find((end) => value <= end + 1e-9) ?? 1;

// The values at both ends of a scale, and its ticks [value, words], the largest first. With losses and gains 0 is in the middle.
export function scaleOf(shows, values) {
  if (shows === "probability") return { low: 0, high: 1, ticks: ticksOf(0, 1) };
  const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 0]);
  const isMixed = least < -SMALL;
  const high = endOf(isMixed ? Math.max(most, -least) : most);
  const low = isMixed ? -high : 0;
  return { low, high, ticks: ticksOf(low, high) };
}

function ticksOf(low, high) {
  const all = Array.from({ length: QUARTERS + 1 }, (_, at) => high - (at / QUARTERS) * (high - low));
  return all.map((value) => [value, written(value)]);
}

// As short as it is exact; only a whole one has its decimals.
function written(value) {
  if (value === 0) return "0";
  const words = Math.abs(value) === 1 ? "1.00" : `${Number(Math.abs(value).toFixed(4))}`;
  return `${value < 0 ? "−" : ""}${words}`;
}

// How strongly a value is coloured, −1 … 1: the patch matters much where little of a probability is left, or much changed.
export const amountOf = (shows, { high }, value) => (shows === "probability" ? 1 - value : Math.max(Math.min(value / high, 1), -1));

export const shareOf = ({ low, high }, value) => (high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0);

// Red, green and blue of an amount: paler than the output, the output, deeper than it; what is below 0 in slate.
export function colourOf({ paper, output, ink, slate }, amount) {
  if (amount < 0) return blend(paper, slate, PALE + (1 - PALE) * -amount);
  const [pale, middle, deep] = [blend(paper, output, PALE), blend(paper, output, MIDDLE), blend(output, ink, DEEP)];
  const stops = [pale, middle, output, deep];
  const along = Math.min(amount, 1) * (stops.length - 1);
  const at = Math.min(Math.floor(along), stops.length - 2);
  return blend(stops[at], stops[at + 1], along - at);
}

// Red, green and blue of the theme's variables, by name: those that a map is drawn with, unless others are named.
export function readColours(node, names = ["paper", "output", "ink", "slate"]) {
  const style = getComputedStyle(node);
  return Object.fromEntries(names.map((name) => [name, partsOf(style.getPropertyValue(`--cv-${name}`).trim())]));
}

const partsOf = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

export const valueWords = (value) => value.toFixed(2).replace(/^-(?=.*[1-9])/, "−").replace("-", "");

export function makeScale() {
  const title = element("span", "cv-in-scale-title");
  const bar = element("div", "cv-in-bar");
  const ticks = element("div", "cv-in-ticks");
  const [marker, value] = [element("div", "cv-in-here"), element("b")];
  marker.append(element("i"), value);
  const node = element("div", "cv-in-scale", title, element("div", "cv-in-bar-room", bar, ticks, marker));
  const known = { ticks: [] };

  const build = (scale, colours, shows) => {
    const stops = Array.from({ length: STOPS + 1 }, (_, at) => {
      const amount = amountOf(shows, scale, scale.low + (at / STOPS) * (scale.high - scale.low));
      return `rgb(${colourOf(colours, amount).map(Math.round)})`;
    });
    bar.style.background = `linear-gradient(to top, ${stops})`;
    known.ticks = scale.ticks.map(([at, words]) => ({ share: shareOf(scale, at), node: Object.assign(element("span", "", words)) }));
    for (const tick of known.ticks) tick.node.style.setProperty("--cv-at", `${100 * (1 - tick.share)}%`);
    ticks.replaceChildren(...known.ticks.map((tick) => tick.node));
  };

  // `height` is that of the bar, in px.
  const show = ({ scale, colours, shows, words: [short, full], at, height }) => {
    if (known.scale !== scale || known.colours !== colours) {
      Object.assign(known, { scale, colours, here: null });
      build(scale, colours, shows);
    }
    if (title.title !== full) [title.textContent, title.title] = [short, full];
    const here = `${at} ${height}`;
    if (known.here === here) return;
    known.here = here;
    const share = shareOf(scale, at);
    marker.style.setProperty("--cv-at", `${100 * (1 - share)}%`);
    value.textContent = valueWords(at);
    for (const tick of known.ticks) tick.node.hidden = Math.abs(tick.share - share) * height < NEAR;
  };
  return { node, show };
}
