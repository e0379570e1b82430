// The menu of kinds that a new layer can be.

import { element } from "../elements.mjs";

// Open the menu above `button`, in `root`; `choose(kind)` hears what was taken, `closed()` that it is gone. Escape, or a click elsewhere,
// closes it, and so does what is returned.
export function openMenu(root, button, { title, kinds, choose, closed }) {
  const stop = new AbortController();
  const items = kinds.map(([kind, label]) => itemNode(kind, label));
  const menu = element("div", "cv-menu", element("div", "cv-menu-title", title), ...items);
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", title);
  const close = (back) => {
    stop.abort();
    menu.remove();
    closed();
    if (back) button.focus({ preventScroll: true });
  };
  const take = (item) => {
    close(true);
    choose(item.dataset.kind);
  };
  menu.addEventListener("click", (event) => {
    const item = event.target.closest("[data-kind]");
    if (item) take(item);
  });
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") close(true);
    else if (!walk(items, event.key)) return;
    event.preventDefault();
  });
  const outside = (event) => {
    if (!menu.contains(event.target) && !button.contains(event.target)) close(false);
  };
  addEventListener("pointerdown", outside, { signal: stop.signal, capture: true });
  root.append(menu);
  putAbove(root, menu, button);
  items[0].focus({ preventScroll: true });
  return close;
}

function itemNode(kind, label) {
  const item = element("button", "cv-menu-item", label);
  Object.assign(item, { type: "button", tabIndex: -1 });
  item.setAttribute("role", "menuitem");
  item.dataset.kind = kind;
  return item;
}

// Arrow keys, Home, End, or a first letter; false for any other key.
function walk(items, key) {
  const at = items.indexOf(document.activeElement);
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
  const letter = (item) => item.textContent.toLowerCase().startsWith(key.toLowerCase());
  const next = key in steps ? steps[key] : key.length === 1 ? [...items, ...items].findIndex((item, index) => index > at && letter(item)) : -1;
  if (!(key in steps) && next < 0) return false;
  items[(next + items.length) % items.length].focus({ preventScroll: true });
  return true;
}

function putAbove(root, menu, button) {
  const [frame, place] = [root.getBoundingClientRect(), button.getBoundingClientRect()];
  menu.style.left = `${place.left - frame.left}px`;
  menu.style.bottom = `${frame.bottom - place.top + 4}px`;
}
