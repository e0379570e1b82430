// Runs in every page before anything else. Times are taken here, so that no driver's round trip is in them.
(() => {
  const TOO_LONG = 90_000; // ms
  const QUIET = 400; // ms; the stage reports its step 350 ms after it came to rest
  const STAGE = '[data-convviz="stage"]';
  const NETWORK = '[data-convviz="network"]';

  let scene;
  let sceneKey = "";

  // What is on the screen, as a word that differs from picture to picture; empty while there is nothing.
  function shown() {
    const root = document.querySelector(STAGE);
    const network = document.querySelector(NETWORK)?.dataset;
    if (network?.rows) return `${network.edits}:${network.input}`;
    if (root?.dataset.unit) return `${root.dataset.layer}:${root.dataset.unit}`;
    if (!root) return document.querySelector("[data-bench]")?.dataset.bench ?? "";
    // The stage takes over `shownScene` when it has drawn it.
    if (root.convviz?.shownScene && root.convviz.shownScene !== scene) {
      scene = root.convviz.shownScene;
      sceneKey = `${scene.grids.output.shape}:${scene.grids.output.data}`;
    }
    return sceneKey;
  }

  function frameWhen(condition) {
    return new Promise((resolve, reject) => {
      const observer = new MutationObserver(() => {
        if (!condition()) return;
        observer.disconnect();
        requestAnimationFrame(() => resolve(performance.now()));
      });
      observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      setTimeout(() => reject(new Error(`no new picture; the page says: ${document.body?.innerText}`)), TOO_LONG);
    });
  }

  // The moment the key went down, by the browser's own clock.
  const nextKey = () => new Promise((resolve) => addEventListener("keydown", (event) => resolve(event.timeStamp), { capture: true, once: true }));

  const running = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== "notRunning";

  const firstPaint = frameWhen(() => shown() !== "");
  firstPaint.catch(() => {}); // a page without a picture

  let change;
  let frames = null;

  globalThis.bench = {
    // ms from the start of navigation to the first picture
    firstPaint: () => firstPaint,

    // To be called before a key is pressed; `changed` then gives the ms from that key to the next picture.
    watch() {
      const before = shown();
      change = Promise.all([nextKey(), frameWhen(() => shown() !== before)]).then(([pressed, painted]) => painted - pressed);
    },
    changed: () => change,

    // Resolves once the script has not run for a while.
    rest: () =>
      new Promise((resolve, reject) => {
        const start = performance.now();
        let quietSince = start;
        const timer = setInterval(() => {
          const now = performance.now();
          if (running()) quietSince = now;
          if (now - quietSince < QUIET && now - start < TOO_LONG) return;
          clearInterval(timer);
          if (now - quietSince >= QUIET) resolve();
          else reject(new Error("the script did not come to rest"));
        }, 20);
      }),

    // Counts frames until `countedFrames`: how many a second, and the longest time between two, in ms.
    countFrames() {
      const times = [];
      frames = times;
      const next = (time) => {
        if (frames !== times) return;
        times.push(time);
        requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
    },
    countedFrames() {
      const times = frames;
      frames = null;
      const gaps = times.slice(1).map((time, index) => time - times[index]);
      return { rate: (1000 * gaps.length) / (times.at(-1) - times[0]), longest: Math.max(...gaps) };
    },

    // Where each grid of the stage is, in pixels of the page.
    grids() {
      const { layout, parts } = document.querySelector(STAGE).convviz;
      const box = parts.canvas.getBoundingClientRect();
      const place = ({ sheets: [{ left, top }], columns, rows, cell }) => ({
        left: box.left + left,
        top: box.top + top,
        width: columns * cell,
        height: rows * cell,
      });
      const { input, weight, output } = layout.grids;
      return { input: place(input), kernel: place(weight), output: place(output) };
    },

    // Where the stage is in its steps, and how it plays.
    stage() {
      const { step, playing, speed } = document.querySelector(STAGE).convviz.transport;
      return { step, playing, speed };
    },

    // Whether the stage, if there is one, shows what the pointer is on.
    follows() {
      const stage = document.querySelector(STAGE)?.convviz;
      return !stage || stage.view.hover !== null;
    },
  };
})();
