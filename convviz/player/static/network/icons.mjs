// The small icons of the table, drawn with the pen of the words beside them.

const ICONS = {
  duplicate: ["M7 7h10v10H7z", "M4 13H3V3h10v1"],
  remove: ["M3 5h14", "M8 5V3h4v2", "M5 5l.8 12h8.4L15 5", "M8.500 8.500v5", "M11.500 8.500v5"],
  open: ["M12 3h5v5", "M17 3l-8 8", "M9 4H3v13h13v-6"],
  more: ["M4 10h.01", "M10 10h.01", "M16 10h.01"],
  chevron: ["M7 4l6 6-6 6"],
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("cv-icon", `cv-icon-${name}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name].join(""));
  svg.append(path);
  return svg;
}
