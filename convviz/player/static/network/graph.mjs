// What of a network stands in the picture's row, and what on the arcs above it.

// How a kind of layer is drawn: as a block (a tensor with sizes), a bar (numbers in one row), or a mark (a sum). What keeps its input's
// shape and still stands alone ("pass") is not drawn: it is seen in the block before it. The network's output is always drawn.
const FORMS = { add: "mark", batch_norm: "pass", activation: "pass", dropout: "pass" };
const FLAT = new Set(["flatten", "dense"]); // are taken for bars where their shape is not known

function formOf(row, isLast) {
  if (FORMS[row.kind] && !isLast) return FORMS[row.kind];
  return (row.shape ? row.shape.length === 1 : FLAT.has(row.kind)) ? "bar" : "block";
}

// The picture's things and their connections: {items, arcs, itemOf}. An item is a row that is drawn; `order` is its place from left to
// right, whole in the row, broken on an arc; one that an arc leads to is `joined` (a mark is one by itself). An arc leads from an item to
// an item (or nowhere) over items of its own.
export function graphOf(rows) {
  const inputs = rows.map((row, at) => row.inputs.filter((from) => from < at));
  const { main, chains } = pathsOf(inputs);
  const items = rows.map((row, at) => ({ row: at, index: row.index, form: formOf(row, at > 0 && at === rows.length - 1), level: 0, joined: false }));
  const itemOf = []; // of a row that is not drawn: the item that it is seen in
  placeRow(main, items, itemOf);
  const chained = chains.map((chain) => placeChain(chain, items, itemOf));
  const lone = loneArcs(inputs, main, chains).map(({ from, to }) => ({ from: itemOf[from], to: itemOf[to], rows: [], over: [] }));
  const arcs = [...chained, ...lone].filter(({ from, to, over }) => from !== to && (to || over.length));
  for (const { to } of arcs) if (to) to.joined = to.form !== "mark";
  return { items: items.filter(({ form }) => form !== "pass"), arcs, itemOf, inputs };
}

// The longest way from the input to the last row, and what then remains, as chains from a row to a row: {rows, from, to}.
function pathsOf(inputs) {
  const free = new Set(inputs.keys());
  const main = longest(inputs, free, inputs.length - 1);
  if (main[0] !== 0) main.unshift(0);
  main.forEach((at) => free.delete(at));
  const chains = [];
  while (free.size) {
    const rows = longest(inputs, free, null);
    rows.forEach((at) => free.delete(at));
    const next = inputs.findIndex((from) => from.includes(rows.at(-1)));
    chains.push({ rows, from: Math.max(0, ...inputs[rows[0]]), to: next < 0 ? null : next });
  }
  return { main, chains };
}

// The longest chain of free rows that ends at `end`, or anywhere.
function longest(inputs, free, end) {
  const length = [];
  for (const at of free) length[at] = 1 + Math.max(0, ...inputs[at].map((from) => length[from] ?? 0));
  let at = end ?? [...free].reduce((best, each) => (length[each] > length[best] ? each : best));
  const chain = [at];
  while (length[at] > 1) {
    at = inputs[at].findLast((from) => length[from] === length[at] - 1);
    chain.unshift(at);
  }
  return chain;
}

function placeRow(main, items, itemOf) {
  let last = items[0];
  let order = 0;
  for (const at of main) {
    if (items[at].form !== "pass") {
      last = items[at];
      last.order = order++;
    }
    itemOf[at] = last;
  }
}

// An arc with the blocks on it, spread between its ends.
function placeChain({ rows, from, to }, items, itemOf) {
  const [start, end] = [itemOf[from], to === null ? null : (itemOf[to] ?? items[to])];
  const over = rows.map((at) => items[at]).filter(({ form }) => form !== "pass");
  const length = (end?.order ?? start.order + 1) - start.order;
  let last = start;
  for (const at of rows) {
    if (items[at].form !== "pass") {
      last = items[at];
      last.order = start.order + (length * (over.indexOf(last) + 1)) / (over.length + 1);
      last.level = Math.max(start.level, end?.level ?? 0) + 1;
    }
    itemOf[at] = last;
  }
  return { from: start, to: end, rows, over };
}

// The edges that no path goes along: each is an arc without blocks.
function loneArcs(inputs, main, chains) {
  const along = new Set();
  const mark = (rows) => rows.slice(1).forEach((to, at) => along.add(`${rows[at]} ${to}`));
  mark(main);
  chains.forEach(({ rows, from, to }) => mark([from, ...rows, to ?? from]));
  return inputs.flatMap((all, to) => all.filter((from) => !along.has(`${from} ${to}`)).map((from) => ({ from, to })));
}
