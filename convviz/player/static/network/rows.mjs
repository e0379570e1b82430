// A network's rows as the page shows them: activations folded into their layers, groups of layers folded into one row.

const GROUPED = new Intl.NumberFormat("en-US");
const MANY = 30; // rows above which groups start closed

// A whole number with separators of thousands; a dash where there is none.
export const formatted = (number) => (number === null || number === undefined ? "–" : GROUPED.format(number));

// A part of a whole as "78.0 %"; nothing where it cannot be said.
export function share(part, whole) {
  if (part === null || part === undefined || !whole) return "";
  const percent = (100 * part) / whole;
  return percent > 0 && percent < 0.05 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}

// What of a name stands below the groups that are named above it; a number alone says too little.
function shortName(name, group) {
  const short = group ? name.slice(group.length + 1) : name;
  return group && /^\d+$/.test(short) ? `${group.split(".").at(-1)}.${short}` : short;
}

// The rows on show. `activations` "folded" | "rows"; `open` a Set of group names, or "all"; with `headers` an open group keeps a row
// of its own above its layers (the table's, to close it again), without them only layers and closed groups are there (the picture).
export function visibleRows(net, { activations = "folded", open = "all", headers = false } = {}) {
  const units = unitsOf(net.rows, activations === "folded");
  const shown = [];
  walk(units, "", { open, headers, level: 0, net, shown });
  return linked(net.rows, shown);
}

// The open groups that a network starts with: all of a small one's, of a large one's only those that hold everything.
export function startOpen(net, activations) {
  const names = visibleRows(net, { activations, open: "all", headers: true }).filter(({ group }) => group).map(({ name }) => name);
  const all = visibleRows(net, { activations, open: "all" });
  if (all.length <= MANY) return new Set(names);
  const holdsAll = (name) => all.slice(1).every((row) => row.name.startsWith(`${name}.`));
  return new Set(names.filter(holdsAll));
}

// The groups around a name, outermost first: "a.b.c" stands in "a" and "a.b".
export function groupsAround(name) {
  const parts = name.split(".");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
}

// A layer with what folds into it: {index of the layer, members: source indexes}.
function unitsOf(rows, folds) {
  const owners = rows.map((_, index) => index);
  const units = new Map();
  rows.forEach((row, index) => {
    if (folds && row.fold !== null && row.fold !== undefined) owners[index] = owners[row.fold];
    if (owners[index] === index) units.set(index, { index, name: row.name, groups: groupsAround(row.name), members: [index] });
    else units.get(owners[index]).members.push(index);
  });
  return [...units.values()];
}

// Runs of units that stand in one group become that group, closed or open; a group of one layer is that layer.
function walk(units, group, context) {
  const depth = group ? group.split(".").length : 0;
  for (const run of runsOf(units, (unit) => unit.groups[depth] ?? null)) {
    const name = run[0].groups[depth];
    if (!name || run.length === 1) run.forEach((unit) => context.shown.push(leaf(unit, group, context)));
    else pushGroup(run, name, group, context);
  }
}

function pushGroup(run, name, parent, context) {
  const isOpen = context.open === "all" || context.open.has(name);
  const header = { ...sums(run, context), name, short: shortName(name, parent), level: context.level, opened: isOpen };
  if (!isOpen || context.headers) context.shown.push(header);
  if (isOpen) walk(run, name, { ...context, level: context.level + (context.headers ? 1 : 0) });
}

function runsOf(units, keyOf) {
  const runs = [];
  for (const unit of units) {
    const key = keyOf(unit);
    if (runs.length && key !== null && runs.at(-1).key === key) runs.at(-1).units.push(unit);
    else runs.push({ key, units: [unit] });
  }
  return runs.map((run) => run.units);
}

function leaf(unit, parent, { net, level }) {
  const source = net.rows[unit.index];
  const folded = unit.members.slice(1).map((index) => net.rows[index]);
  return {
    ...totals(unit.members, net),
    name: source.name,
    short: shortName(source.name, parent),
    kind: source.kind,
    group: false,
    opened: false,
    level,
    label: source.label,
    then: folded.map((row) => row.then).filter(Boolean).join(", "),
    learned: folded.filter((row) => row.parameters).map((row) => [row.then || row.name, row.parameters]),
    memory: source.memory,
    kernel: source.kernel,
    stride: source.stride,
    source,
  };
}

function sums(run, { net }) {
  const members = run.flatMap((unit) => unit.members);
  const label = `${run.length} layers`;
  const source = net.rows[run[0].index];
  return { ...totals(members, net), kind: "group", group: true, label, then: "", learned: [], memory: "", kernel: null, stride: null, source };
}

// What a row says of all the rows it covers: their sums, and the shape and the field after the last of them.
function totals(members, { rows }) {
  const last = rows[members.at(-1)];
  const known = members.every((index) => rows[index].shape); // a row that could not be worked out has no numbers
  const sum = (key) => (known ? members.reduce((total, index) => total + rows[index][key], 0) : null);
  return {
    index: Math.min(...members),
    last: Math.max(...members),
    members,
    shape: last.shape,
    field: last.field,
    parameters: sum("parameters"),
    buffers: sum("buffers"),
    macs: sum("macs"),
    bytes: sum("bytes"),
  };
}

// Which visible row covers each source row: the innermost one, so an open group's own row covers nothing.
export function coverOf(rows) {
  const cover = [];
  rows.forEach((row, at) => {
    if (!row.opened) for (const index of row.members) cover[index] = at;
  });
  return cover;
}

function linked(sources, shown) {
  const cover = coverOf(shown);
  shown.forEach((row, at) => {
    const reads = row.opened ? [] : row.members.flatMap((index) => sources[index].inputs).map((index) => cover[index]);
    row.inputs = [...new Set(reads)].filter((index) => index !== at).sort((a, b) => a - b);
  });
  return shown;
}
