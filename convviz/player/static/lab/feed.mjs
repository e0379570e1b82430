// What is asked of the server without the page: how a run stands, its epochs, its test pictures.

import { readTensors } from "./tensors.mjs";

const OFTEN = 250; // ms between two looks at a run that goes on
const SELDOM = 3000; // ms, once it is over: it may be resumed
const AGAIN = 1000; // ms, where there was no answer
const PATIENCE = 10_000; // ms
const EPOCHS = 64; // kept
const AT_ONCE = 4; // epochs asked for
const PICTURES = 48; // in one request

const GOING = ["queued", "training", "paused"];

export const addressOf = (path) => new URL(path, document.baseURI).href;

export const goesOn = ({ state }) => GOING.includes(state);

export const NOTHING = { state: null, message: "", device: "", place: 0, paused: false, progress: null, figures: [], refused: "", silent: false };

// Figures of the epochs behind `after` are news; those up to there are as they were.
export const joined = (figures, after, news) => (news.length || after < 0 ? [...figures.slice(0, after + 1), ...news] : figures);

// How a run stands, again and again: `heard(standing)`. What may have changed out of sight is asked for as a whole.
export function watchRun(address, heard) {
  const stop = new AbortController();
  let [standing, timer, busy, whole] = [NOTHING, 0, false, true];
  const take = (news) => heard((standing = { ...standing, ...news }));
  const ask = async () => {
    if (busy || document.hidden) return;
    busy = true;
    let wait = AGAIN;
    try {
      wait = await look();
    } finally {
      busy = false;
      if (!stop.signal.aborted) timer = setTimeout(ask, wait);
    }
  };
  const look = async () => {
    const after = whole ? -1 : (standing.figures.at(-1)?.epoch ?? -1);
    whole = false;
    const [ok, answer] = await answerTo(`${address}?after=${after}`, stop.signal);
    if (stop.signal.aborted) return 0;
    if (answer === null) {
      whole = true;
      take({ silent: true });
      return AGAIN;
    }
    if (!ok) {
      take({ ...NOTHING, refused: answer.message });
      return SELDOM;
    }
    whole ||= answer.state !== standing.state && after >= 0; // it may have been resumed from an earlier epoch
    take({ ...answer, figures: joined(standing.figures, after, answer.figures), refused: "", silent: false });
    if (whole) return 0;
    return goesOn(answer) ? OFTEN : SELDOM;
  };
  const seen = () => {
    if (document.hidden) return;
    clearTimeout(timer);
    whole = true;
    ask();
  };
  document.addEventListener("visibilitychange", seen, { signal: stop.signal });
  ask();
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}

// [is well, what it says], or null for what it says where there is no answer.
async function answerTo(address, signal) {
  try {
    const response = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) });
    return [response.ok, await response.json()];
  } catch {
    return [false, null];
  }
}

// A run's epochs, those first that are wanted first; of the others as many as there is room for are kept.
export function keepEpochs(address, arrived, most = EPOCHS) {
  const kept = new Map(); // epoch → its tensors
  const asked = new Set();
  const stop = new AbortController();
  let wanted = [];
  const pump = () => {
    if (document.hidden) return; // who sees nothing wants nothing: the next look asks again
    const missing = wanted.filter((epoch) => !kept.has(epoch) && !asked.has(epoch));
    for (const epoch of missing.slice(0, Math.max(AT_ONCE - asked.size, 0))) ask(epoch);
  };
  const ask = async (epoch) => {
    asked.add(epoch);
    try {
      const bytes = await bytesOf(`${address}/${epoch}`, stop.signal);
      kept.set(epoch, { epoch, ...readTensors(bytes), images: new Map() });
      for (const other of [...kept.keys()].filter((each) => !wanted.includes(each)).slice(0, Math.max(kept.size - most, 0))) kept.delete(other);
      arrived(epoch);
    } catch {
      await pause(AGAIN, stop.signal);
    }
    asked.delete(epoch);
    if (!stop.signal.aborted) pump();
  };
  return {
    get: (epoch) => kept.get(epoch),
    want: (epochs) => {
      wanted = epochs.slice(0, most);
      pump();
    },
    forget: (from) => [...kept.keys()].filter((epoch) => epoch >= from).forEach((epoch) => kept.delete(epoch)),
    stop: () => stop.abort(),
  };
}

// Test pictures by their numbers, `size` bytes each.
export function keepPictures(address, size, arrived) {
  const kept = new Map();
  const asked = new Set();
  const stop = new AbortController();
  const ask = async (numbers) => {
    numbers.forEach((number) => asked.add(number));
    try {
      const bytes = await bytesOf(`${address}&at=${numbers.join(",")}`, stop.signal);
      numbers.forEach((number, at) => kept.set(number, bytes.subarray(at * size, (at + 1) * size)));
    } catch {
      await pause(AGAIN, stop.signal); // whoever still wants them asks again
    }
    numbers.forEach((number) => asked.delete(number));
    if (!stop.signal.aborted) arrived();
  };
  return {
    get: (number) => kept.get(number),
    want: (numbers) => {
      const missing = numbers.filter((number) => !kept.has(number) && !asked.has(number));
      for (let at = 0; at < missing.length; at += PICTURES) ask(missing.slice(at, at + PICTURES));
    },
    stop: () => stop.abort(),
  };
}

async function bytesOf(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const pause = (time, signal) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, time);
    signal.addEventListener("abort", done);
  });
