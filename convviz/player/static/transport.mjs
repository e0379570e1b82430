// The transport as a value and pure functions on it: play, step, speed, loop.

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64]; // steps a second

export const initial = (steps) => ({ step: 0, steps, playing: false, speed: 1, loop: false, fraction: 0 });

export const seek = (state, step) => ({
  ...state,
  step: Math.min(Math.max(Math.round(step), 0), state.steps - 1),
  fraction: 0,
});

export const pause = (state) => ({ ...state, playing: false, fraction: 0 });

// Playing from the last step starts over.
export function toggle(state) {
  if (state.playing) return pause(state);
  const start = state.step === state.steps - 1 ? seek(state, 0) : state;
  return { ...start, playing: true, fraction: 0 };
}

export const nudge = (state, by) => seek(pause(state), state.step + by);

export function faster(state, by) {
  const index = Math.min(Math.max(SPEEDS.indexOf(state.speed) + by, 0), SPEEDS.length - 1);
  return { ...state, speed: SPEEDS[index] };
}

// Time goes by: whole steps are taken, the rest is kept.
export function advance(state, seconds) {
  if (!state.playing) return state;
  const due = state.fraction + seconds * state.speed;
  const whole = Math.floor(due);
  const next = state.step + whole;
  if (next < state.steps) return { ...state, step: next, fraction: due - whole };
  if (state.loop) return { ...state, step: next % state.steps, fraction: due - whole };
  return pause(seek(state, state.steps - 1));
}

// What a key does, or undefined where it means nothing here; `row` is the length of one output row.
export function onKey(state, key, row) {
  switch (key) {
    case " ":
      return toggle(state);
    case "ArrowRight":
      return nudge(state, 1);
    case "ArrowLeft":
      return nudge(state, -1);
    case "ArrowDown":
      return state.step + row < state.steps ? nudge(state, row) : pause(state);
    case "ArrowUp":
      return state.step >= row ? nudge(state, -row) : pause(state);
    case "Home":
      return nudge(state, -state.steps);
    case "End":
      return nudge(state, state.steps);
    case "+":
    case "=":
      return faster(state, 1);
    case "-":
    case "−":
      return faster(state, -1);
    default:
      return undefined;
  }
}
