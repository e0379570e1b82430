// The place of the lab, an epoch among those that were reached, and what is shown of the others. Pure functions.

// The transport, once so many of all epochs were reached; who follows goes along.
export function grown(state, reached, epochs, follows) {
  const steps = Math.max(reached, 1);
  const step = follows && !state.playing ? steps - 1 : Math.min(state.step, steps - 1);
  return { ...state, steps, of: Math.max(epochs + 1, steps), step };
}

// Who stands at the newest epoch follows it.
export const isNewest = (state) => !state.playing && state.step === state.steps - 1;

// At most so many of the epochs 0 … last, evenly chosen, the place among them.
export function byEpoch(last, place, most) {
  if (last < most) return Array.from({ length: last + 1 }, (_, epoch) => epoch);
  const even = Array.from({ length: most }, (_, at) => Math.round((at * last) / (most - 1)));
  if (even.includes(place)) return even;
  const inner = even.slice(1, -1); // both ends stay
  const nearest = inner.reduce((best, epoch) => (Math.abs(epoch - place) < Math.abs(best - place) ? epoch : best));
  return even.map((epoch) => (epoch === nearest ? place : epoch));
}

// What is fetched, the most urgent first: the place, the newest, those of the row, then what lies near the place.
export function wantedEpochs(reached, place, row) {
  const near = Array.from({ length: reached }, (_, epoch) => epoch).sort((a, b) => Math.abs(a - place) - Math.abs(b - place));
  return [...new Set([place, reached - 1, ...row, ...near])].filter((epoch) => epoch >= 0 && epoch < reached);
}

// Pictures of all classes first: one of each, then a second one of each, …
export function inTurn(numbers, labels) {
  const before = new Map();
  const round = numbers.map((number) => {
    const turn = before.get(labels[number]) ?? 0;
    before.set(labels[number], turn + 1);
    return turn;
  });
  const order = numbers.map((_, at) => at);
  return order.sort((a, b) => round[a] - round[b] || a - b);
}
