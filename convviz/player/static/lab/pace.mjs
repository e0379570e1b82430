// How fast a training goes, as watched, and how long it still takes.

const WINDOW = 10_000; // ms that are looked back
const ENOUGH = 1500; // ms watched before that is trusted
const CALM = 0.2; // how much a new estimate counts

// Steps done of all epochs.
export const stepsDone = ({ epoch, step, steps }) => (epoch - 1) * steps + step;

// Samples [[time, steps done], …] with one more; what was seen long ago, or before it went back, is forgotten.
export function sampled(samples, time, done) {
  const kept = samples.filter(([at, before]) => at > time - WINDOW && before <= done);
  return [...kept, [time, done]];
}

// Steps a second: as watched, tests between epochs and all, or at first as the training says.
export function stepsPerSecond(samples, told) {
  const [[from, first], [to, last]] = [samples[0], samples.at(-1)];
  return to - from >= ENOUGH && last > first ? (1000 * (last - first)) / (to - from) : told;
}

// When it ends, in ms, moved calmly from what was thought before.
export function endsAt(before, time, left, rate) {
  if (!(rate > 0)) return before;
  const now = time + (1000 * left) / rate;
  return before === null ? now : before + CALM * (now - before);
}
