// The canvas as large as its room, and the theme that it stands in.

import { forgetFont } from "./ink.mjs";

export const prefersStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Sharp at any scale of the screen; a new size empties the canvas and resets its font.
export function fitCanvas(canvas, room, scale) {
  const [width, height] = [room.clientWidth, room.clientHeight].map((size) => Math.round(size * scale));
  if (canvas.width === width && canvas.height === height) return;
  [canvas.width, canvas.height] = [width, height];
  forgetFont(canvas.getContext("2d"));
}

export function readTheme(root) {
  const [red, green, blue] = getComputedStyle(root).backgroundColor.match(/[\d.]+/g).map(Number);
  root.dataset.theme = 0.3 * red + 0.59 * green + 0.11 * blue < 128 ? "dark" : "light";
}

// In a card the stage plays by itself and takes no orders.
export function asCard(root, compact, refused) {
  root.classList.toggle("cv-compact", compact);
  root.classList.toggle("cv-refused", refused);
  root.toggleAttribute("inert", compact);
  root.dataset.convviz = compact ? "card" : "stage";
}
