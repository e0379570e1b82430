// Outlines of blocks and windows as SVG paths.

import { px } from "./numbers.mjs";

const SLICE = 4; // px between two channels from which their edges are drawn

export const pathOf = (corners) => `M${corners.map(([x, y]) => `${px(x)} ${px(y)}`).join("L")}Z`;

// A block's faces from the back to the front: [[name, path], …].
export function facesOf(block) {
  const { form, x, y, front, height, dx, dy } = block;
  if (form === "bar") return [["front", bar(block)], ...splits(block)];
  const [right, bottom] = [x + front, y + height];
  const faces = [["front", pathOf([[x, y], [right, y], [right, bottom], [x, bottom]])]];
  if (dx) {
    faces.push(["top", pathOf([[x, y], [x + dx, y - dy], [right + dx, y - dy], [right, y]])]);
    faces.push(["side", pathOf([[right, y], [right + dx, y - dy], [right + dx, bottom - dy], [right, bottom]])]);
  }
  return [...faces, ...carried(block), ...slices(block)];
}

// A rectangle with slightly round corners.
function bar({ x, y, front, height }) {
  const bend = Math.min(2, height / 2, front / 2);
  const [across, down] = [px(front - 2 * bend), px(height - 2 * bend)];
  const corner = (right, low) => `a${px(bend)} ${px(bend)} 0 0 1 ${px(right * bend)} ${px(low * bend)}`;
  return `M${px(x + bend)} ${px(y)}h${across}${corner(1, 1)}v${down}${corner(-1, 1)}h${-across}${corner(-1, -1)}v${-down}${corner(1, -1)}Z`;
}

// What came over an arc, in a concat.
function carried({ x, y, front, height, dx, dy, segments }) {
  return segments.filter(({ arc }) => arc).flatMap(({ from, to }) => {
    const [left, right] = [x + front * from, x + front * to];
    return [
      ["carried", pathOf([[left, y], [right, y], [right, y + height], [left, y + height]])],
      ["carried", pathOf([[left, y], [left + dx, y - dy], [right + dx, y - dy], [right, y]])],
    ];
  });
}

function splits({ x, y, front, height, segments }) {
  return segments.slice(1).map(({ from }) => ["slices", `M${px(x)} ${px(y + height * from)}h${px(front)}`]);
}

// The edges of channels, where they are far enough apart to be seen.
function slices({ x, y, front, height, dx, dy, slice, ghost }) {
  if (slice < SLICE || ghost) return [];
  const count = Math.round(front / slice);
  const edges = Array.from({ length: count - 1 }, (_, at) => px(x + (at + 1) * slice));
  return [["slices", edges.map((left) => `M${left} ${px(y + height)}V${px(y)}l${px(dx)} ${px(-dy)}`).join("")]];
}

// A block's silhouette.
export function outlineOf({ form, x, y, front, height, dx, dy }) {
  const [right, bottom] = [x + front, y + height];
  if (form === "bar" || !dx) return pathOf([[x, y], [right, y], [right, bottom], [x, bottom]]);
  return pathOf([[x, y], [x + dx, y - dy], [right + dx, y - dy], [right + dx, bottom - dy], [right, bottom], [x, bottom]]);
}

// A window's parts from the back to the front: [[name, path], …].
export function windowPaths({ front, side, cell, lines, slice }) {
  const [first, last] = [lines[0], lines.at(-1)];
  return [
    ["beam", pathOf([first[0], first[1], last[1], last[0]])],
    ["lines", linesPath(lines)],
    ["side", pathOf(side)],
    ["front", rectangle(front)],
    ["edges", windowEdges(front, slice)],
    ["cell", rectangle(cell)],
  ].filter(([, d]) => d);
}

export const linesPath = (lines) => lines.map(([[x0, y0], [x1, y1]]) => `M${px(x0)} ${px(y0)}L${px(x1)} ${px(y1)}`).join("");

const rectangle = ({ x, y, width, height }) => `M${px(x)} ${px(y)}h${px(width)}v${px(height)}h${px(-width)}Z`;

function windowEdges({ x, y, width, height }, slice) {
  if (slice < SLICE) return "";
  const count = Math.max(0, Math.round(width / slice) - 1);
  return Array.from({ length: count }, (_, at) => `M${px(x + (at + 1) * slice)} ${px(y)}v${px(height)}`).join("");
}
