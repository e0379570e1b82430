// Python as the editor shows it: what only wraps the layers is faint. Tokens are cut, nothing is parsed.

import { element } from "../elements.mjs";

const FAINT = /#.*|"[^"]*"?|'[^']*'?|\b(?:torch\.)?nn\.|\b[A-Za-z_]\w*(?=\s*=)/g;

// A line's pieces as [words, is faint].
function piecesOf(line) {
  const pieces = [];
  let from = 0;
  for (const { 0: words, index } of line.matchAll(FAINT)) {
    if (index > from) pieces.push([line.slice(from, index), false]);
    pieces.push([words, true]);
    from = index + words.length;
  }
  if (from < line.length) pieces.push([line.slice(from), false]);
  return pieces;
}

// A text as one element a line, each as high as the editor's own lines.
export function codeLines(text) {
  return text.split("\n").map((line) => {
    const pieces = piecesOf(line).map(([words, faint]) => (faint ? element("span", "cv-code-faint", words) : words));
    return element("div", "cv-code-line", ...pieces, line ? "" : " ");
  });
}
