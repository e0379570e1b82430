// What of a network is looked at, between the components that show it: the table tells, the pasted code listens, and asks.

const place = new EventTarget();
let told = { teller: null, rows: null }; // rows: {first, last} of the source rows, or null

export const placeNow = () => told.rows;

export function tellPlace(teller, rows) {
  told = { teller, rows };
  place.dispatchEvent(new CustomEvent("told", { detail: rows }));
}

// Who goes takes along what it told, and never what another one has told since.
export function forgetPlace(teller) {
  if (told.teller === teller) tellPlace(null, null);
}

export const askForRow = (index) => place.dispatchEvent(new CustomEvent("asked", { detail: index }));

export const onTold = (hear, signal) => place.addEventListener("told", (event) => hear(event.detail), { signal });

export const onAsked = (hear, signal) => place.addEventListener("asked", (event) => hear(event.detail), { signal });
