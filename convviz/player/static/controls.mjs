// The transport bar: buttons, scrubber, counter, speed and the list of keys, and what they show.

import { element } from "./elements.mjs";
import * as transport from "./transport.mjs";

const ICONS = {
  first: "M5 4v12M16 4 8 10l8 6z",
  back: "M14 4 6 10l8 6zM16 4v12",
  play: "M6 3.5 16 10 6 16.5z",
  pause: "M6.5 4v12M13.5 4v12",
  forward: "M6 4l8 6-8 6zM4 4v12",
  last: "M15 4v12M4 4l8 6-8 6z",
  loop: "M4 9V8a3 3 0 0 1 3-3h8M12.5 2.5 15 5l-2.5 2.5M16 11v1a3 3 0 0 1-3 3H5M7.500 12.500 5 15l2.500 2.500",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add(`cv-icon-${name}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(act, label, ...content) {
  const node = element("button", `cv-button cv-${act}`, ...content);
  node.type = "button";
  node.tabIndex = -1; // the stage is one tab stop: its keys do all of this
  node.dataset.act = act;
  node.title = label;
  node.setAttribute("aria-label", label);
  return node;
}

function helpList(keys) {
  const list = element("dl", "cv-help", ...keys.flatMap(([names, words]) => [element("dt", "", names), element("dd", "", words)]));
  list.hidden = true;
  return list;
}

// `keys`: [keys, words] pairs of the list.
export function makeControls(keys) {
  const play = button("play", "Play", icon("play"), icon("pause"));
  const scrubber = element("input", "cv-scrubber");
  Object.assign(scrubber, { type: "range", min: 0, max: 0, step: 1, tabIndex: -1 });
  scrubber.setAttribute("aria-label", "Step");
  const ticks = element("div", "cv-track", scrubber);
  const counter = element("span", "cv-counter");
  const speed = element("span", "cv-speed-value");
  const loop = button("loop", "Loop", icon("loop"));
  const help = helpList(keys);
  const controls = element(
    "div",
    "cv-controls",
    button("first", "First step", icon("first")),
    button("back", "Step back", icon("back")),
    play,
    button("forward", "Step forward", icon("forward")),
    button("last", "Last step", icon("last")),
    ticks,
    counter,
    element("span", "cv-speed", button("slower", "Slower", "−"), speed, button("faster", "Faster", "+")),
    loop,
    button("help", "Keys", "?"),
    help,
  );
  return { controls, play, scrubber, ticks, counter, speed, loop, help };
}

// What the bar says of a transport; `unit` is what is counted. `state.of` are all steps, where not all can be gone to yet.
export function showControls(parts, root, state, unit) {
  if (root.dataset.playing !== String(state.playing)) {
    root.dataset.playing = state.playing;
    parts.play.title = state.playing ? "Pause" : "Play";
    parts.play.setAttribute("aria-label", parts.play.title);
  }
  const last = (state.of ?? state.steps) - 1;
  parts.scrubber.max = last;
  parts.scrubber.value = state.step;
  parts.scrubber.style.setProperty("--cv-done", `${last ? (100 * state.step) / last : 100}%`);
  parts.ticks.style.setProperty("--cv-ticks", last < 40 ? last : 0);
  parts.counter.innerHTML = unit(state);
  parts.speed.textContent = `${state.speed}×`;
  parts.loop.setAttribute("aria-pressed", state.loop);
}

// What buttons, scrubber and keys do: `act(next)` takes a new transport over, `keys` are the stage's own, `letGo` is Escape's,
// and an arrow up or down goes `row()` steps.
export function wireControls(stage, { act, keys, letGo, row }) {
  const { parts } = stage;
  const on = (element, type, handler) => element.addEventListener(type, handler, { signal: stage.stop.signal });
  const to = (change, ...settings) => () => act(change(stage.transport, ...settings));
  const actions = {
    first: to(transport.onKey, "Home"),
    back: to(transport.nudge, -1),
    play: to(transport.toggle),
    forward: to(transport.nudge, 1),
    last: to(transport.onKey, "End"),
    slower: to(transport.faster, -1),
    faster: to(transport.faster, 1),
    loop: () => act({ ...stage.transport, loop: !stage.transport.loop }),
    help: () => parts.help.toggleAttribute("hidden"),
  };
  const all = { "?": actions.help, l: actions.loop, L: actions.loop, Escape: () => escape(parts, letGo), ...keys(actions) };
  on(parts.root, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // keeps Streamlit's own one-letter shortcuts out
    if (event.target !== parts.root) return; // someone types a number
    const next = event.key in all ? null : transport.onKey(stage.transport, event.key, row());
    if (next === undefined) return;
    if (next) act(next);
    else all[event.key]();
    event.preventDefault();
  });
  on(parts.controls, "mousedown", (event) => {
    if (event.target !== parts.scrubber) event.preventDefault(); // the stage keeps the focus, so its keys go on working
    parts.root.focus({ preventScroll: true });
  });
  on(parts.controls, "click", (event) => actions[event.target.closest("[data-act]")?.dataset.act]?.());
  on(parts.scrubber, "input", () => act(transport.seek(stage.transport, Number(parts.scrubber.value))));
  on(parts.scrubber, "change", () => parts.root.focus({ preventScroll: true }));
}

function escape(parts, letGo) {
  parts.help.hidden = true;
  letGo();
}
