// The lines of words under the picture: their type, where they stand, what they ask of the picture, and the groups of layers in them.

const [SMALLEST, LARGEST] = [12, 16]; // px of type
const CROWDED = 20; // items above which groups of layers are named instead of layers
const HOPELESS = 40; // items above which labels ask for nothing
const GROUPS = 3; // as many groups at least
const DEEPEST = 3; // dots in a group's name at most
const APART = 6; // px between two labels
const SPACE = 3; // px more than a space before a label's second part

// A text's width where nothing can measure it: that of a wide font.
export const estimate = (text, size, bold) => [...text].reduce((sum, sign) => sum + (WIDTHS[sign] ?? 0.6), 0) * size * (bold ? 1.06 : 1);
const WIDTHS = { " ": 0.32, ".": 0.32, ",": 0.32, i: 0.3, l: 0.3, j: 0.3, t: 0.4, r: 0.42, f: 0.36, m: 0.96, w: 0.82, "×": 0.78, "–": 0.5 };

// Sizes of type, the largest first, and where the lines stand: `labels` is where the picture ends and they begin.
export function framesOf({ row, groups, options: { width: whole, height, measure } }, width) {
  const largest = Math.max(SMALLEST, Math.min(LARGEST, 9.5 + whole / 190));
  const fonts = row.length > CROWDED ? [largest] : [0, 1, 2, 3, 4].map((less) => largest - less).filter((font) => font >= SMALLEST);
  return fonts.map((font) => {
    const small = font - 1;
    const names = height - 0.35 * small;
    const shapes = names - 1.4 * font - (groups.length ? 4 : 0);
    return { width, font, small, measure, groups, shapes, names, labels: shapes - 1.15 * font, apart: APART, space: SPACE };
  });
}

// Groups of layers, by the dots in their names, in a network with too many items to name each: [{name, rows: [row, …]}].
export function groupsOf(rows, row) {
  if (row.length <= CROWDED) return [];
  const all = Array.from({ length: DEEPEST }, (_, at) => groupsAt(rows, row, at + 1));
  return all.find(({ length }) => length >= GROUPS) ?? [];
}

// The runs of items that share so many parts of their names.
function groupsAt(rows, row, depth) {
  const runs = [];
  for (const { row: at } of row) {
    const parts = rows[at].name.split(".");
    const name = parts.length > depth ? parts.slice(0, depth).join(".") : null;
    if (runs.length && runs.at(-1).name === name) runs.at(-1).rows.push(at);
    else runs.push({ name, rows: [at] });
  }
  return runs.filter(({ name, rows: members }) => name && members.length > 1);
}

// Where groups stand: {name, words, x, width, y}.
export function bracketsOf({ itemOf, frame }) {
  return frame.groups.map(({ name, rows: members }) => {
    const [first, last] = [itemOf[members[0]], itemOf[members.at(-1)]];
    const [left, right] = [first.x + 1, last.x + last.front + last.dx - 1];
    return { name, words: name.split(".").at(-1), x: left, width: Math.max(2, right - left), y: frame.shapes + 7 };
  });
}

export const shapeText = ({ shape }) => (shape ? shape.join("×") : "");

// What labels ask for, by tiers: with all words, with names only, with shapes only.
export const TIERS = { words: 0, names: 1, shapes: 2 };

// By tier the widths of the first and the last label, and the distances between the middles of neighbours: {ends, apart}.
export function needsOf({ rows, row }, frame) {
  if (row.length > HOPELESS) return [];
  const { measure, font, small } = frame;
  const shapes = row.map((item) => (item.form === "mark" ? 0 : measure(shapeText(rows[item.row]), font, true)));
  const name = (item) => measure(rows[item.row].name, small, true);
  const words = (item) => name(item) + (rows[item.row].label ? measure(` ${rows[item.row].label}`, small, false) + SPACE : 0);
  return [words, name, () => 0].map((widthOf) => ({
    ends: [shapes[0], shapes.at(-1)],
    apart: row.slice(1).map((item, at) => Math.max((shapes[at] + shapes[at + 1]) / 2, widthOf(item)) + APART),
  }));
}
