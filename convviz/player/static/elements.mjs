// Elements of the page, made in one line.

export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

// Only what is another text is written: the page need not be laid out again.
export function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}
