// The share box: the page's link, copied together with the step the stage is at.

import { element } from "./elements.mjs";
import "./styles.mjs";

const boxes = new WeakMap(); // parent element → box

export function mount({ data, parentElement }) {
  const box = boxes.get(parentElement) ?? createBox(parentElement);
  box.query = data.query;
  box.link.textContent = `?${data.query}`;
  box.note.textContent = data.leftOut ? `Too long for a link: ${data.leftOut} left out` : "";
  return () => {};
}

function createBox(parent) {
  const box = { query: "" };
  box.link = element("code", "cv-link");
  box.note = element("div", "cv-left-out");
  box.button = element("button", "cv-copy", "copy link");
  box.button.type = "button";
  box.button.addEventListener("click", () => copy(box));
  parent.append(element("div", "cv-share", box.link, box.button, box.note));
  boxes.set(parent, box);
  return box;
}

function linkOf(query, step) {
  const parameters = new URLSearchParams(query);
  if (step) parameters.set("step", step);
  else parameters.delete("step");
  const address = new URL(location.href);
  address.search = parameters;
  return address.href;
}

// As it stands in a link: nothing where the stage begins, or where it says itself that it needs no word.
function stepOnStage() {
  const { step, linkStep } = document.querySelector('[data-convviz="stage"]')?.dataset ?? {};
  return linkStep ?? (Number(step) > 0 ? step : "");
}

async function copy(box) {
  const copied = await toClipboard(box, linkOf(box.query, stepOnStage()));
  box.button.textContent = copied ? "copied" : "press Ctrl+C";
  setTimeout(() => (box.button.textContent = "copy link"), 2000);
}

// The clipboard needs a secure page; elsewhere the link is shown and selected, for this or for Ctrl+C.
async function toClipboard(box, text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    box.link.textContent = text;
    getSelection().selectAllChildren(box.link);
    return document.execCommand("copy");
  }
}
