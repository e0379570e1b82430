// The table's columns: what each is headed, what it says of a row, which of a layer's settings stand in it.

import { formatted, share } from "./rows.mjs";

const SETTINGS = {
  out_channels: "out",
  out_features: "out",
  output_size: "out",
  scale_factor: "out",
  kernel_size: "kernel",
  stride: "stride",
  padding: "pad",
};

const times = (sizes) => sizes.join(" × ");

const alike = (sizes) => (sizes.every((size) => size === sizes[0]) ? String(sizes[0]) : times(sizes));

// A setting's value as it is shown: sizes "5x3" as "5 × 3". Nothing else is sizes: a layer may be called conv3x3.
export const shownAs = (value, type) => (type === "sizes" ? value.replace(/(\d)\s*[x×]\s*(?=\d)/g, "$1 × ") : value);

// A layer's settings as {name, label, type, options, value, column}; those without a column stand below the row.
export function settingsOf(row, fields) {
  if (row.group) return [];
  return (fields[row.kind] ?? []).map(([name, label, type, options], index) => {
    const value = row.source.values[index] ?? null;
    return { name, label, type, options, value, column: SETTINGS[name] ?? null, text: settingText(row, name, type, value) };
  });
}

const isUnset = (value) => value === null || value === "";

// What a field starts with; a setting that is not set follows another, which stands there as a hint alone.
function settingText(row, name, type, value) {
  if (isUnset(value)) return "";
  return name === "kernel_size" && row.kernel ? times(row.kernel) : shownAs(value, type);
}

// What stands in the column where nothing is set.
export function impliedText(row, name) {
  return name === "stride" && row.stride ? alike(row.stride) : "";
}

function settingIn(column) {
  return (row, fields) => {
    if (row.group) return column === "out" ? row.label : "";
    const index = (fields[row.kind] ?? []).findIndex(([name]) => SETTINGS[name] === column);
    if (index < 0) return "";
    const [name, , type] = fields[row.kind][index];
    const value = row.source.values[index] ?? null;
    return isUnset(value) ? impliedText(row, name) : settingText(row, name, type, value);
  };
}

const shapeText = (row) => (row.shape ? times(row.shape) : "–");

// Numbers of the input are none of its own: it is what comes in.
const count = (key) => (row) => (row.kind === "input" ? "" : formatted(row[key]));

const bytesText = (row) => (row.kind === "input" ? "" : row.bytes === 0 && row.memory ? row.memory : formatted(row.bytes));

const nothing = () => "";

export const COLUMNS = {
  handle: { head: "", text: nothing },
  layer: { head: "layer", text: (row) => row.short ?? row.name },
  out: { head: "out", text: settingIn("out"), title: "Output channels or numbers" },
  kernel: { head: "kernel", text: settingIn("kernel"), title: "Kernel size" },
  stride: { head: "stride", text: settingIn("stride"), title: "Stride" },
  pad: { head: "pad", text: settingIn("pad"), title: "Padding" },
  then: { head: "then", text: (row) => row.then, title: "What follows the layer, folded into its row" },
  shape: { head: "output shape", text: shapeText, title: "Channels × sizes" },
  parameters: { head: "parameters", text: count("parameters"), title: "Weights and biases" },
  macs: { head: "MACs", text: count("macs"), title: "Multiply–accumulates, bias not counted" },
  bytes: { head: "bytes", text: bytesText, title: "Memory of the output, float32" },
  field: { head: "field", text: (row) => row.field, title: "Receptive field: input cells that an output sees" },
  parametersShare: { head: "% of parameters", text: nothing, bar: "parameters" },
  name: { head: "", text: (row) => (row.kind === "input" ? "" : (row.short ?? row.name)) },
  macsShare: { head: "% of MACs", text: nothing, bar: "macs" },
};

export const FULL = Object.keys(COLUMNS);
export const FEW = ["layer", "shape", "parameters", "parametersShare"];

// A row's bar: its part of the whole, as words and as a part of the largest; null where there is none to draw.
export function barOf(row, key, totals, peak) {
  if (row.opened || !row[key] || !totals[key]) return null;
  const ratio = row[key] / totals[key];
  return { words: share(row[key], totals[key]), part: ratio / peak };
}

// The largest part that any row has of any of the wholes that the columns `keys` have bars of.
export function peakOf(rows, totals, keys) {
  const bars = keys.map((key) => COLUMNS[key].bar).filter(Boolean);
  const parts = rows.filter((row) => !row.opened).flatMap((row) => bars.map((bar) => (totals[bar] ? (row[bar] ?? 0) / totals[bar] : 0)));
  return Math.max(...parts, Number.EPSILON);
}

// A row in words, for those who hear it.
export function rowWords(row, kinds) {
  const kind = row.group ? row.label : (kinds.find(([name]) => name === row.kind)?.[1] ?? row.kind).toLowerCase();
  if (!row.shape) return `${row.name}, ${kind}, no output`;
  const shape = shapeText(row).replaceAll(" × ", " by ");
  if (row.kind === "input") return `input, ${shape}`;
  const counts = `${formatted(row.parameters)} parameters, ${formatted(row.macs)} multiply–accumulates`;
  const memory = row.bytes === 0 && row.memory ? row.memory : `${formatted(row.bytes)} bytes`;
  const field = row.field ? `, receptive field ${row.field === "all" ? "everything" : row.field.replaceAll("×", " by ")}` : "";
  return `${[row.name, kind, row.label && !row.group ? row.label : ""].filter(Boolean).join(", ")}, output ${shape}, ${counts}, ${memory}${field}`;
}
