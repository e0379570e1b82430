// What several parts of the lab draw with: SVG, small icons, pixels.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  clock: "M10 2.500a7.500 7.500 0 1 0 0 15a7.500 7.500 0 1 0 0-15M10 6v4.500l3 1.500",
  chip: "M6 6h8v8H6zM8.500 6V3M11.500 6V3M8.500 17v-3M11.500 17v-3M6 8.500H3M6 11.500H3M17 8.500h-3M17 11.500h-3",
};

// Marks of classes, alike in size whatever the font; the ring is an outline.
const MARKS = {
  "●": "M10 3.500a6.500 6.500 0 1 0 0 13a6.500 6.500 0 1 0 0-13",
  "■": "M4 4h12v12H4z",
  "▲": "M10 3l7.500 13.500h-15z",
  "★": "M10.0 2.6L11.9 7.9L17.6 8.1L13.1 11.6L14.7 17.1L10.0 13.9L5.3 17.1L6.9 11.6L2.4 8.1L8.1 7.9z",
  "✚": "M7.500 3h5v4.500H17v5h-4.500V17h-5v-4.500H3v-5h4.500z",
  "◯": "M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14M10 6.500a3.500 3.500 0 1 1 0 7a3.500 3.500 0 1 1 0-7",
};

export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export const icon = (name) => svg("svg", { viewBox: "0 0 20 20", class: "cv-lab-icon", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));

export function mark(sign) {
  if (!(sign in MARKS)) return document.createTextNode(sign);
  return svg("svg", { viewBox: "0 0 20 20", class: "cv-lab-sign", "aria-hidden": "true" }, svg("path", { d: MARKS[sign], "fill-rule": "evenodd" }));
}

// A canvas as large as its picture: the page enlarges it. Many small ones are quicker without a GPU.
export function put(canvas, image) {
  if (canvas.width !== image.width || canvas.height !== image.height) [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
}

// Bytes of C planes, 255 white, as a picture.
export function imageOf(bytes, [channels, height, width]) {
  const image = new ImageData(width, height);
  const plane = height * width;
  for (let at = 0; at < plane; at += 1) {
    for (let part = 0; part < 3; part += 1) image.data[4 * at + part] = bytes[channels === 3 ? part * plane + at : at];
    image.data[4 * at + 3] = 255;
  }
  return image;
}
