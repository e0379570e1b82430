// The small icons of the picker and its pad.

import { svg } from "../lab/drawing.mjs";

const ICONS = {
  pencil: "M4 16l1-4L13.500 3.500a1.800 1.800 0 0 1 3 3L8 15z",
  upload: "M10 13V4M6.500 7.500L10 4l3.500 3.500M4 16.500h12",
  undo: "M7.500 4L4 7.500L7.500 11M4 7.500h7.500a4.250 4.250 0 0 1 0 8.500H8",
  dropper: "M4 16.500l.500-3L11 7l2.500 2.500L7 16zM10 6l4.500 4.500M12.300 7.700l2.300-2.300a1.700 1.700 0 0 1 0 0l.700-.700a1.600 1.600 0 0 0-2.300-2.300l-3 3",
};

export const icon = (name) => svg("svg", { viewBox: "0 0 20 20", class: "cv-in-pick-icon", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
