// What the lab says: how a run stands, how long it takes, its place, its mistakes. Pure functions.

const VOWEL = /^([aeiou]|8|11|18)/i;

const grouped = (number) => number.toLocaleString("en-US");
export const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "–");

export function lossText(loss) {
  if (!Number.isFinite(loss)) return "–";
  if (loss < 10) return loss.toFixed(3);
  return loss < 1000 ? loss.toFixed(1) : loss.toExponential(1);
}

const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
export const withArticle = (name) => `${VOWEL.test(name) ? "an" : "a"} ${name}`;
const isNumber = (name) => /^\d+$/.test(name);

function plural(name) {
  if (isNumber(name)) return `${name}s`;
  return /(s|sh|ch|x)$/.test(name) ? `${name}es` : `${name}s`;
}

// How long it still takes, as coarse as one would say it.
export function timeLeft(seconds) {
  if (!(seconds >= 0) || seconds === Infinity) return "";
  if (seconds <= 55) return `${Math.max(5 * Math.ceil(seconds / 5), 5)} s`;
  const minutes = Math.max(Math.round(seconds / 60), 1);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest ? `${Math.floor(minutes / 60)} h ${rest} min` : `${minutes / 60} h`;
}

// Names as short as the heads of narrow columns ask, and still all different.
export function shortNames(names, least = 3) {
  const longest = Math.max(...names.map(({ length }) => length));
  for (let length = least; length < longest; length += 1) {
    const short = names.map((name) => name.slice(0, length));
    if (new Set(short).size === names.length) return short;
  }
  return names;
}

// How a run stands: the sentence, [is strong, words] pairs, and a note below it.
export function standingWords(stands, about, told) {
  const { state, progress, figures } = stands;
  if (stands.refused) return { says: [[false, capital(stands.refused)]], note: "" };
  const note = stands.silent ? "The server does not answer: trying again" : capital(stands.message ?? "");
  if (!state) return { says: [[false, stands.silent ? "" : (told ?? "")]], note };
  const after = epochsDone(figures.length - 1, about.epochs);
  if (state === "queued") return { says: [[false, waiting(stands)]], note };
  if (state === "training") return { says: figures.length || progress ? after : [[false, "Starting …"]], note };
  if (state === "finished") return { says: finished(figures.at(-1), about.count, about.loaded ? "Loaded" : "Finished"), note };
  if (about.loaded) return { says: [[false, `Not loaded: ${state}`]], note };
  return { says: [[false, `${capital(state)} after `], ...after], note };
}

const epochsDone = (done, of) => [[true, `${Math.max(done, 0)}`], [false, ` of ${of} epochs`]];

// In another program's queue there is no place.
function waiting({ place, paused }) {
  if (!place) return "Waiting for its turn";
  return place === 1 ? "Starting …" : `Waiting: ${place - 1} before it${paused ? ", paused by whoever started it" : ""}`;
}

function finished(last, count, what) {
  if (!last) return [[false, what]];
  return [[false, `${what}: `], [true, percent(last.test_accuracy)], [false, ` of ${count ? grouped(count) : "the"} test pictures right`]];
}

// What is told beside it: [icon, strong words, words].
export function standingFacts(stands, seconds) {
  const trains = stands.state === "training" && stands.progress;
  const left = trains ? timeLeft(seconds) : "";
  const rate = trains ? Math.round(stands.progress.pictures_per_second) : 0;
  const facts = [left && ["clock", left, " left"], rate && ["", grouped(rate), " pictures/s"], stands.device && ["chip", "", shortDevice(stands.device)]];
  return facts.filter(Boolean);
}

// Without what the chip is called.
const shortDevice = (device) => (device.startsWith("CPU") ? device.split(",").slice(0, 2).join(",") : device);

// The place in a sentence.
export function placeWords(figures, epochs) {
  if (!figures) return "";
  return `epoch ${figures.epoch} of ${epochs}: test loss ${lossText(figures.test_loss)}, accuracy ${percent(figures.test_accuracy)}`;
}

export function placeSpoken(figures) {
  if (!figures) return "";
  return `epoch ${figures.epoch}: test accuracy ${percent(figures.test_accuracy)}, loss ${lossText(figures.test_loss)}`;
}

// What a cell counts: [strong words, words].
export function cellWords(confusion, [is, said], classes) {
  const [count, name] = [confusion[is][said], classes[is]];
  const many = isNumber(name) ? `${count === 1 ? "picture" : "pictures"} of ${name}` : count === 1 ? name : plural(name);
  if (is !== said) return [count ? grouped(count) : "No", ` ${many} read as ${classes[said]}`];
  const all = confusion[is].reduce((sum, each) => sum + each, 0);
  return [grouped(count), ` of ${grouped(all)} ${isNumber(name) ? `pictures of ${name}` : plural(name)} recognised`];
}
