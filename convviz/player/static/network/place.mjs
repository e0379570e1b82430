// What of a network is looked at, between the components that show it: the table tells, the pasted code listens, and asks.

const place = new EventTarget();
let told = null; // {first, last}: source rows, or null

export const placeNow = () => told;

export function tellPlace(rows) {
  told = rows;
  place.dispatchEvent(new CustomEvent("told", { detail: rows }));
}

export const askForRow = (index) => place.dispatchEvent(new CustomEvent("asked", { detail: index }));

export const onTold = (hear, signal) => place.addEventListener("told", (event) => hear(event.detail), { signal });

export const onAsked = (hear, signal) => place.addEventListener("asked", (event) => hear(event.detail), { signal });
