// Units of a trained network: which there are, how they are called, what they see, which are looked at. Pure functions.

import { fieldOf } from "./model.mjs";

export const stageNamed = (stages, name) => stages.find((stage) => stage.name === name);

export const placesOf = ({ shape: [, height = 1, width = 1] }) => height * width;

// Whether it has numbers only: one for each channel.
export const isNumbers = (stage) => placesOf(stage) === 1;

// The unit of a stage's channel at the flat index of a place.
export function unitAt({ name, shape: [, height, width] }, channel, place) {
  if (height === undefined) return { stage: name, channel, row: null, column: null };
  return { stage: name, channel, row: Math.floor(place / width), column: place % width };
}

export const placeOf = ({ row, column }, { shape: [, , width = 1] }) => (row ?? 0) * width + (column ?? 0);

// The unit under a point of a channel's map; the point in shares of its width and height.
export function unitUnder(stage, channel, [across, down]) {
  const { shape: [, height = 1, width = 1] } = stage;
  const within = (share, size) => Math.min(Math.max(Math.floor(share * size), 0), size - 1);
  return unitAt(stage, channel, within(down, height) * width + within(across, width));
}

export const valueOf = (values, stage, unit) => values.data[unit.channel * placesOf(stage) + placeOf(unit, stage)];

// The flat index of the largest value of a channel.
export function peakOf(values, stage, channel) {
  const places = placesOf(stage);
  const from = channel * places;
  let best = from;
  for (let at = from; at < from + places; at += 1) if (values.data[at] > values.data[best]) best = at;
  return best - from;
}

// The unit of the largest value of a channel.
export const strongestOf = (values, stage, channel) => unitAt(stage, channel, peakOf(values, stage, channel));

export const sameUnit = (one, other) => one?.stage === other?.stage && one?.channel === other?.channel && one?.row === other?.row && one?.column === other?.column;

// The channels that are shown: all, where there is room, else those of the largest values, the strongest first; `always` is among them.
export function shownChannels(values, stage, most, always = null) {
  const { shape: [channels] } = stage;
  const all = Array.from({ length: channels }, (_, channel) => channel);
  if (channels <= most) return all;
  const peaks = all.map((channel) => values.data[channel * placesOf(stage) + peakOf(values, stage, channel)]);
  const shown = all.sort((one, other) => peaks[other] - peaks[one] || one - other).slice(0, most);
  return always === null || shown.includes(always) ? shown : [...shown.slice(0, -1), always];
}

// How many rows and columns of a field lie beyond the picture.
export const beyond = (field, sizes) => field.map(([from, to], axis) => Math.max(-from, 0) + Math.max(to - sizes[axis], 0));

// What lies beyond: "1 row is padding", "" where nothing does.
export function paddingWords(field, sizes) {
  const [rows, columns] = beyond(field, sizes);
  const counted = [[rows, "row"], [columns, "column"]].filter(([count]) => count).map(([count, what]) => `${count} ${what}${count > 1 ? "s" : ""}`);
  return counted.length ? `${counted.join(", ")} ${rows + columns > 1 ? "are" : "is"} padding` : "";
}

export const fieldSize = (field) => field.map(([from, to]) => to - from).join(" × ");

// What a unit sees: rows and columns [from, to), those of padding too.
export const seenBy = (unit, { stages, picture: [, ...sizes] }) => fieldOf(unit, stages, sizes);

// A number in three digits.
export function threeDigits(value) {
  const size = Math.abs(value);
  const words = size === 0 ? "0" : size < 0.001 ? size.toExponential(1) : size.toPrecision(size >= 1000 ? Math.ceil(Math.log10(size + 1)) : 3);
  return value < 0 ? `−${words}` : words;
}

// What a stage is called in a sentence: layers by their number, others by their own name.
export const stageWords = ({ title, kind, name }) => (kind === "convolution" ? title.toLowerCase() : name);

export const channelWords = ({ stage, channel }, { stages, classes }) => {
  const found = stageNamed(stages, stage);
  return found.title === "scores" ? `score of ${classes[channel]}` : `${stageWords(found)}, channel ${channel}`;
};

export const unitWords = (unit, about) => `${channelWords(unit, about)}${unit.row === null || isNumbers(stageNamed(about.stages, unit.stage)) ? "" : `, at (${unit.row}, ${unit.column})`}`;

// --- What is to be explained or excited ------------------------------------------------------------------------------------------------

export const classTarget = (klass) => `class:${klass}`;

export const channelTarget = ({ stage, channel }) => `channel:${stage}:${channel}`;

export const unitTarget = (unit) => (unit.row === null ? channelTarget(unit) : `unit:${unit.stage}:${unit.channel}:${unit.row}:${unit.column}`);

export const directionTarget = ({ stage }, parts) => `direction:${stage}:${parts}`;

const MOST_PARTS = 8;
const PART = /^(\d{1,6})\*([+-]?(?:\d+\.?\d*|\.\d+))$/;

// Channels with their weights, as in 5*1,9*-0.5: {parts} as targets have them, or {refused} with what is wrong.
export function readDirection(text, channels) {
  const written = text.replaceAll("−", "-").replaceAll(/\s/g, "").split(",").filter(Boolean);
  const read = written.map((part) => part.match(PART));
  if (!written.length) return { refused: "write channels with their weights, as in 5*1,9*-0.5" };
  const wrong = written.find((_, at) => !read[at]);
  if (wrong) return { refused: `${wrong} is no channel with its weight, as in 5*1` };
  const outside = read.find(([, channel]) => Number(channel) >= channels);
  if (outside) return { refused: `channel ${outside[1]} is not one of 0 to ${channels - 1}` };
  if (written.length > MOST_PARTS) return { refused: `a direction has at most ${MOST_PARTS} channels` };
  if (read.every(([, , weight]) => Number(weight) === 0)) return { refused: "one of the weights has to be other than 0" };
  return { parts: read.map(([, channel, weight]) => `${Number(channel)}*${Number(weight)}`).join(",") };
}
