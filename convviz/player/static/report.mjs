// What the server hears of a stage: its place, once it is at rest, and only where it is another one.

const REPORT_AFTER = 350; // ms at rest

// `waits()` says that it moves on, `place()` is its place, `send(place)` tells it.
export function makeReport({ waits, place, send }) {
  let [timer, told] = [0, ""];
  const soon = () => {
    clearTimeout(timer);
    if (waits()) return;
    timer = setTimeout(() => {
      const now = JSON.stringify(place());
      if (now === told) return;
      told = now;
      send(JSON.parse(now));
    }, REPORT_AFTER);
  };
  // The server knows this place: it has said so itself.
  const known = () => (told = JSON.stringify(place()));
  return { soon, known, stop: () => clearTimeout(timer) };
}
