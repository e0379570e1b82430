// What of a field counts: the measured gradients over its box, and the Gaussian that fits them.

import { css, mixed } from "./ink.mjs";
import { mostOf } from "./relation.mjs";

const HIGH = 42; // px of the profile below the rows

const decoded = new WeakMap(); // effective field → magnitudes, 0 … 1

// 0 … 1 for every cell of the input; the square root, so that the foot of the hill is seen.
export function effectiveShades(effective, rows, columns) {
  if (!decoded.has(effective)) {
    const bytes = Uint8Array.from(atob(effective.magnitude), (letter) => letter.charCodeAt(0));
    decoded.set(effective, Float32Array.from(bytes, (byte) => byte / 255));
  }
  const magnitude = decoded.get(effective);
  const [height, width] = effective.sizes;
  const [top, left] = effective.first;
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns) - top, (index % columns) - left];
    return row >= 0 && row < height && column >= 0 && column < width ? magnitude[row * width + column] : 0;
  });
}

// Along one axis, below the input: bars of the measured mass, a dashed line for the Gaussian.
export function drawEffective(ctx, layout, colours, effective, along) {
  const profile = effective.profiles[along];
  if (!profile) return;
  const base = layout.height - 4;
  const most = Math.max(mostOf(profile.mass), mostOf(profile.gaussian), 1e-12);
  ctx.fillStyle = css(mixed(colours.paper, colours.gradient, 0.8));
  profile.mass.forEach((mass, index) => {
    const [x0, x1] = [layout.x(profile.first + index), layout.x(profile.first + index + 1)];
    if (x1 > layout.left && x0 < layout.width) ctx.fillRect(x0, base - (HIGH * mass) / most, Math.max(x1 - x0 - 0.5, 0.7), (HIGH * mass) / most);
  });
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = 1.6;
  ctx.setLineDash([5, 3]);
  ctx.beginPath();
  profile.gaussian.forEach((mass, index) => {
    const place = [layout.x(profile.first + index + 0.5), base - (HIGH * mass) / most];
    if (index) ctx.lineTo(...place);
    else ctx.moveTo(...place);
  });
  ctx.stroke();
  ctx.setLineDash([]);
}
