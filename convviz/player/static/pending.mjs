// Edits on their way: said again until the server has taken them. A run that is stopped by newer input can lose what it was told.

const AGAIN_AFTER = 2000; // ms

// `state.edits` are those not taken yet. What is said again differs by a mark, or it would be taken for old news.
export function sayEdits(state) {
  clearTimeout(state.sayAgain);
  if (!state.edits.length) return;
  state.said = (state.said ?? 0) + 1;
  state.send.setStateValue("edits", [...state.edits, { said: state.said }]);
  state.sayAgain = setTimeout(() => sayEdits(state), AGAIN_AFTER);
}

export const forgetEdits = (state) => clearTimeout(state.sayAgain);
