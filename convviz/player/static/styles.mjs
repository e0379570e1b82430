// Style sheets beside this file, there before anything that needs them stands: no flash.

const sheets = new Map(); // name → promise

export function loadSheet(name) {
  if (!sheets.has(name)) sheets.set(name, load(name));
  return sheets.get(name);
}

function load(name) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(name, import.meta.url).href;
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error(`could not load ${link.href}`)));
    document.head.append(link);
  });
}

await loadSheet("stage.css");
