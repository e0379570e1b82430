// Arithmetic that the network's picture is laid out with.

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export const total = (items, quantity) => items.reduce((sum, item) => sum + quantity(item), 0);

// The item for which a quantity is largest, the first of several; null of none.
export const highest = (items, quantity) => items.reduce((best, item) => (best && quantity(best) >= quantity(item) ? best : item), null);

// The largest number up to `high` that will do, where every smaller one does too.
export function largest(willDo, high, turns = 24) {
  if (willDo(high)) return high;
  let [low, top] = [0, high];
  for (let turn = 0; turn < turns; turn++) {
    const middle = (low + top) / 2;
    if (willDo(middle)) low = middle;
    else top = middle;
  }
  return low;
}

// Pixels as they are written into the picture.
export const px = (number) => Math.round(number * 10) / 10;
