// What stays while the steps change: the thought, the three columns, the evidence, and the way on.

import { element, say } from "../elements.mjs";
import { icon, makeButton } from "./walk-parts.mjs";
import { STEPS } from "./walk-steps.mjs";

const KEYS = [
  ["→ Space PgDn", "the next step"],
  ["← PgUp", "the step before"],
  ["Home End", "the first step, the last"],
  ["P", "play or pause"],
  ["A B", "whom you trust (step 1)"],
  ["S", "the sticker on or off (step 3)"],
  ["1 – 9", "whose sticker (step 4)"],
  ["Esc", "back to the network"],
  ["?", "this list"],
];

export function makeFrame(parent, does) {
  const [title, words] = [element("h2", "cv-in-walk-title"), element("p", "cv-in-walk-words")];
  const leave = makeButton("cv-in-walk-leave", "Back to the network (Esc)", does.left, icon("out"), "Back to the network");
  const top = element("header", "cv-in-walk-top", title, element("span", "cv-in-walk-name-of-it", "The shortcut story"), leave, words);
  const columns = [makeColumn("A"), makeColumn(null), makeColumn("B")];
  const body = element("div", "cv-in-walk-body", ...columns.map(({ node }) => node));
  const arithmetic = element("div", "cv-in-walk-says-so");
  arithmetic.dataset.convviz = "arithmetic";
  const evidence = element("div", "cv-card cv-in-walk-evidence", arithmetic);
  const nav = makeNav(does);
  const spoken = element("div", "cv-live");
  spoken.setAttribute("aria-live", "polite");
  const root = element("div", "cv-stage cv-in-walk", top, body, evidence, nav.node, spoken);
  Object.assign(root, { tabIndex: 0 });
  root.dataset.convviz = "stage";
  root.dataset.steps = STEPS.length;
  root.setAttribute("role", "application");
  root.setAttribute("aria-label", "The shortcut story: two networks side by side, in seven steps. Arrows go from step to step, question mark lists the keys.");
  parent.append(root);
  const [plain, middle, tagged] = columns;
  return { root, title, words, arithmetic, evidence, spoken, middle, sides: [plain, tagged], ...nav };
}

function makeColumn(letter) {
  const [name, note, main, foot] = [element("h3"), element("span", "cv-note"), element("div", "cv-in-walk-main"), element("div", "cv-in-walk-foot")];
  if (letter) name.append(element("i", "cv-in-walk-badge", letter), "Network ", letter);
  const node = element("section", `cv-in-walk-column${letter ? "" : " cv-in-walk-middle"}`, element("div", "cv-in-walk-head", name, note), main, foot);
  if (letter) node.setAttribute("aria-label", `Network ${letter}`);
  const fill = (part, head) => {
    main.replaceChildren(part.main);
    foot.replaceChildren(part.foot);
    if (letter) say(note, part.note ?? "");
    else say(name, head);
  };
  return { node, fill, head: (words) => say(name, words) };
}

function makeNav(does) {
  const dots = STEPS.map((step, index) => {
    const dot = makeButton("cv-in-walk-dot", `Step ${index + 1}`, () => does.went(index), element("i"));
    return dot;
  });
  const counter = element("span", "cv-in-walk-counter");
  const back = makeButton("cv-in-walk-turn", "The step before (←)", () => does.turned(-1), icon("back"), "Back");
  const next = makeButton("cv-in-walk-turn cv-in-walk-next", "The next step (→)", () => does.turned(1), "Next", icon("on"));
  const keys = element("dl", "cv-help", ...KEYS.flatMap(([names, words]) => [element("dt", "", names), element("dd", "", words)]));
  keys.hidden = true;
  const help = makeButton("cv-button cv-help", "Keys", () => keys.toggleAttribute("hidden"), "?");
  const ways = element("div", "cv-in-walk-ways", element("div", "cv-in-walk-dots", ...dots), counter);
  const node = element("nav", "cv-in-walk-nav", back, ways, help, next, keys);
  const showWay = (step) => {
    dots.forEach((dot, index) => {
      dot.toggleAttribute("aria-current", index === step);
      if (index === step) dot.setAttribute("aria-current", "step");
      dot.classList.toggle("cv-in-walk-done", index < step);
    });
    say(counter, `${step + 1} of ${STEPS.length}`);
    back.disabled = step === 0;
    next.disabled = step === STEPS.length - 1;
  };
  return { node, showWay, keys };
}

// The step's thought and its evidence: [is a number, words] pairs, or what is said against it.
export function showWords(frame, step, facts, evidence, refusal) {
  const { title, words } = STEPS[step];
  say(frame.title, title(facts));
  say(frame.words, words(facts));
  const said = refusal ? `refused ${refusal}` : JSON.stringify(evidence);
  if (frame.said === said) return;
  frame.said = said;
  frame.evidence.classList.toggle("cv-in-walk-refused", Boolean(refusal));
  const parts = evidence.map(([isNumber, text]) => element(isNumber ? "b" : "span", "", text));
  frame.arithmetic.replaceChildren(...(refusal ? [refusal] : parts));
}
