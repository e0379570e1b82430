// Frames for as long as something moves.

// `step(seconds)` draws one frame, so long after the last, and says whether another is due.
export function makeFrames(step) {
  let [frame, last] = [0, 0];
  const request = () => {
    if (!frame) frame = requestAnimationFrame(tick);
  };
  const tick = (time) => {
    const seconds = last ? Math.min((time - last) / 1000, 0.25) : 0;
    frame = 0;
    last = time;
    if (step(seconds)) request();
    else last = 0;
  };
  return { request, stop: () => cancelAnimationFrame(frame) };
}
