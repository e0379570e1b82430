// The picture of a network as SVG: drawn anew for another network or size, while selection and pointer only move marks.

import { facesOf, linesPath, outlineOf, pathOf, windowPaths } from "./faces.mjs";
import { labelsOf } from "./labels.mjs";
import { layout } from "./layout.mjs";
import { px } from "./numbers.mjs";
import { formatted, visibleRows } from "./rows.mjs";

const NEAR = 9; // px around a block that still point at it
const FINE = 4; // px of a block's width or height below which its edges are drawn thin
const THIN = 7; // px of a window's height below which its lines are drawn thin
const SIGN = 3.4; // px of a mark's radius from which its sign is drawn
const TICK = 4; // px, half of the stroke at a scale bar's end

const pictures = new WeakMap(); // svg → what is drawn in it

// Draws `net` into `svg`, at the size it has. `options`: blocks "scale" | "equal"; selected, hovered: indexes of source rows or null;
// onSelect(index), onHover(index | null).
export function drawPicture(svg, net, options) {
  const state = pictures.get(svg) ?? begin(svg);
  Object.assign(state, { net, options });
  show(state);
}

function begin(svg) {
  const state = { svg, key: {}, context: document.createElement("canvas").getContext("2d") };
  pictures.set(svg, state);
  svg.classList.add("cv-picture");
  svg.addEventListener("pointermove", (event) => hover(state, rowAt(state, event)));
  svg.addEventListener("pointerleave", () => hover(state, null));
  svg.addEventListener("click", (event) => select(state, rowAt(state, event)));
  if (document.fonts.status === "loading") document.fonts.ready.then(() => show(Object.assign(state, { key: {} })));
  return state;
}

function hover(state, row) {
  state.svg.style.cursor = row === null ? "" : "pointer";
  const index = row === null ? null : state.rows[row].index;
  if (index === state.told) return;
  state.told = index;
  state.options.onHover?.(index);
}

function select(state, row) {
  if (row !== null) state.options.onSelect?.(state.rows[row].index);
}

function show(state) {
  const { svg, net, options } = state;
  const [width, height] = [svg.clientWidth, svg.clientHeight];
  if (!width || !height) return;
  const key = { net, blocks: options.blocks, width, height, font: getComputedStyle(svg).fontFamily };
  if (Object.keys(key).some((name) => key[name] !== state.key[name])) {
    state.key = key;
    redraw(state);
  }
  mark(state);
}

function redraw(state) {
  const { svg, net, key } = state;
  state.rows = visibleRows(net, { activations: "folded", open: "all" });
  state.visible = new Map(state.rows.flatMap(({ members }, at) => members.map((index) => [index, at])));
  state.picture = layout(state.rows, { ...key, measure: measurer(state.context, key.font) });
  state.windows = new Map(state.picture.windows.map((window) => [window.row, window]));
  state.lit = node("g", "cv-lit");
  state.words = node("g", "cv-words");
  state.marked = "";
  svg.setAttribute("viewBox", `0 0 ${key.width} ${key.height}`);
  svg.replaceChildren(body(state.picture, state.rows), state.lit, state.words);
}

function measurer(context, font) {
  const known = new Map();
  return (text, size, bold) => {
    const key = `${size} ${bold} ${text}`;
    if (!known.has(key)) {
      context.font = `${bold ? 700 : 400} ${size}px ${font}`;
      known.set(key, context.measureText(text).width);
    }
    return known.get(key);
  };
}

const SVG = "http://www.w3.org/2000/svg";

function node(name, className, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  if (className) made.setAttribute("class", className);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const path = (className, d, attributes) => node("path", className, { d, ...attributes });
const classes = (...names) => names.filter(Boolean).join(" ");

// From the back to the front: what leads from one tensor to the next, the row, the arcs above it, the blocks on the arcs, the marks where
// arcs end, the windows.
function body(picture, rows) {
  const titled = (block) => blockNode(block, rows[block.row]);
  const solid = picture.blocks.filter(({ form }) => form !== "mark");
  const [row, lifted] = [solid.filter(({ level }) => level === 0), solid.filter(({ level }) => level > 0)];
  const made = node("g", "cv-body");
  made.append(...picture.wedges.map(wedgeNode), ...picture.fans.flatMap(fanNodes), ...row.map(titled));
  made.append(...picture.arcs.map(arcNode), ...lifted.map(titled), ...picture.marks.map((mark) => markNode(mark, rows[mark.row])));
  made.append(...picture.breaks.map(breakNode), ...picture.windows.filter(({ always }) => always).map(windowNode));
  made.append(...picture.scales.map((scale) => scaleNode(scale, picture.frame.small)), ...picture.brackets.map(bracketNode));
  return made;
}

function blockNode(block, row) {
  const { form, role, ghost, front, height } = block;
  const names = classes("cv-block", `cv-a-${form}`, role && `cv-is-${role}`, ghost && "cv-ghost", Math.min(front, height) < FINE && "cv-fine");
  const group = node("g", names, { "data-row": block.row, "data-name": row.name }, titleNode(row));
  group.append(...facesOf(block).map(([face, d]) => path(`cv-${face}`, d)));
  return group;
}

function titleNode({ name, label, then, shape, parameters }) {
  const words = [label ? `${name}, ${label}` : name, then && `then ${then}`, shape ? shape.join("×") : "no shape"];
  return node("title", "", {}, [...words, parameters && `${formatted(parameters)} parameters`].filter(Boolean).join(" · "));
}

const wedgeNode = ({ row, outline }) => path("cv-wedge", pathOf(outline), { "data-row": row });

function fanNodes({ row, outline, lines }) {
  return [path("cv-fan", pathOf(outline), { "data-row": row }), path("cv-fan-lines", linesPath(lines), { "data-row": row })];
}

function arcNode({ path: d, to, broken, thin }) {
  return path(classes("cv-arc", broken && "cv-broken", thin && "cv-thin"), d, to === null ? {} : { "data-row": to });
}

// ⊕ for a sum, two bars for channels put side by side; a dot where there is no room for a sign.
function markNode({ row, kind, x, y, radius, broken }, visible) {
  const names = classes("cv-mark", broken && "cv-broken", radius < SIGN && "cv-dot");
  const group = node("g", names, { "data-row": row, "data-name": visible.name }, titleNode(visible));
  group.append(node("circle", "", { cx: px(x), cy: px(y), r: px(radius) }));
  if (radius >= SIGN) group.append(path("cv-sign", kind === "concat" ? barsSign(x, y, radius) : plusSign(x, y, radius)));
  return group;
}

function plusSign(x, y, radius) {
  const arm = 0.55 * radius;
  return `M${px(x - arm)} ${px(y)}h${px(2 * arm)}M${px(x)} ${px(y - arm)}v${px(2 * arm)}`;
}

function barsSign(x, y, radius) {
  const [arm, half] = [0.55 * radius, 0.28 * radius];
  return `M${px(x - half)} ${px(y - arm)}v${px(2 * arm)}M${px(x + half)} ${px(y - arm)}v${px(2 * arm)}`;
}

const breakNode = ({ x, y, height }) => path("cv-break", `M${px(x)} ${px(y)}v${px(height)}`);

function windowNode(window) {
  const { row, kind, front } = window;
  const group = node("g", classes("cv-window", `cv-by-${kind}`, front.height < THIN && "cv-thin"), { "data-row": row });
  group.append(...windowPaths(window).map(([part, d]) => path(`cv-w-${part}`, d)));
  return group;
}

function scaleNode({ kind, words, length, x, y, text }, size) {
  const lying = `M${px(x)} ${px(y - TICK)}v${2 * TICK}m0 ${-TICK}h${px(length)}m0 ${-TICK}v${2 * TICK}`;
  const standing = `M${px(x - TICK)} ${px(y)}h${2 * TICK}m${-TICK} 0v${px(length)}m${-TICK} 0h${2 * TICK}`;
  const place = { x: px(text.x), y: px(text.y), "text-anchor": text.anchor, "dominant-baseline": "middle", "font-size": size };
  return node("g", "cv-scale", {}, path("cv-scale-bar", kind === "channels" ? lying : standing), node("text", "cv-scale-text", place, words));
}

const bracketNode = ({ x, y, width }) => path("cv-bracket", `M${px(x)} ${px(y - 3)}v3h${px(width)}v-3`);

// What is selected and pointed at: outlines, windows and labels above the picture, which itself stays as it is.
function mark(state) {
  const { options, visible, svg, picture } = state;
  const [selected, hovered] = [options.selected, options.hovered].map((index) => visible.get(index) ?? null);
  const marked = `${selected} ${hovered}`;
  if (marked === state.marked) return;
  state.marked = marked;
  svg.querySelectorAll(".cv-selected, .cv-hovered").forEach((each) => each.classList.remove("cv-selected", "cv-hovered"));
  const lit = [];
  if (hovered !== null && hovered !== selected) lit.push(...light(state, hovered, "cv-hovered"));
  if (selected !== null) lit.push(...light(state, selected, "cv-selected"));
  state.lit.replaceChildren(...lit);
  state.words.replaceChildren(...labelsOf(picture, { selected, hovered }).map((label) => labelNode(label, picture.frame, selected, hovered)));
}

// Marks all that is drawn for a row, and gives what is drawn for it only now.
function light({ picture, svg, windows }, row, className) {
  svg.querySelectorAll(`.cv-body [data-row="${row}"]`).forEach((each) => each.classList.add(className));
  const [block, window] = [picture.itemOf[row], windows.get(row)];
  const nodes = [];
  if (block.form !== "mark") nodes.push(path("cv-outline", outlineOf(block)));
  if (window && !window.always) nodes.push(windowNode(window));
  nodes.forEach((each) => each.classList.add(className));
  return nodes;
}

function labelNode({ row, line, role, parts, box }, { font, small, space }, selected, hovered) {
  const size = line ? small : font;
  const isIt = (other) => row !== null && row === other;
  const names = classes("cv-word", role && `cv-in-${role}`, isIt(selected) && "cv-selected", isIt(hovered) && "cv-hovered");
  const spans = parts.map(({ text, bold, faint }, at) => {
    return node("tspan", classes(bold && "cv-bold", faint && "cv-pale"), {}, at ? ` ${text}` : text);
  });
  spans.slice(1).forEach((span) => span.setAttribute("dx", space));
  const place = { x: px(box.x), y: px(box.y + size), "font-size": size };
  return node("text", names, row === null ? place : { ...place, "data-row": row }, ...spans);
}

// The visible row under the pointer: what is drawn there, or the block next to it.
function rowAt({ picture, svg }, event) {
  if (!picture) return null;
  const target = event.target.closest("[data-row]");
  if (target) return Number(target.getAttribute("data-row"));
  const box = svg.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const beside = (block) => Math.max(block.x - x, x - block.x - block.front - block.dx);
  const distance = (block) => Math.max(beside(block), block.y - block.dy - y, y - block.y - block.height, 0);
  const nearest = picture.blocks.reduce((best, block) => (distance(block) < distance(best) ? block : best));
  return distance(nearest) <= NEAR ? nearest.row : null;
}
