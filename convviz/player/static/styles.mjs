// The style sheet beside this file, there before anything that needs it stands: no flash.

const link = document.createElement("link");
link.rel = "stylesheet";
link.href = new URL("stage.css", import.meta.url).href;
await new Promise((resolve, reject) => {
  link.addEventListener("load", resolve);
  link.addEventListener("error", () => reject(new Error(`could not load ${link.href}`)));
  document.head.append(link);
});
