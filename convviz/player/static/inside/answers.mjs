// What is asked of the server about a network, and its answers: each question once, those first that were wanted last.

import { readAnswer } from "../lab/tensors.mjs";

const AT_ONCE = 4;
const AGAIN = 1000; // ms, where the server did not answer, or is busy
const MOST = 200; // answers kept

// `base` is where questions go; `arrived(question)` is told of each answer. An answer is {told, …tensors}, or {refused: words}.
export function keepAnswers(base, arrived) {
  const kept = new Map(); // question → answer, the longest unused first
  const asked = new Map(); // question → what stops it
  const resting = new Set(); // questions that wait for another try
  let wanted = [];

  const pump = () => {
    const missing = wanted.filter((question) => !kept.has(question) && !asked.has(question) && !resting.has(question));
    for (const question of missing.slice(0, Math.max(AT_ONCE - asked.size, 0))) ask(question);
  };

  const ask = async (question) => {
    const stop = new AbortController();
    asked.set(question, stop);
    const answer = await answerTo(`${base}/${question}`, stop.signal);
    if (stop.signal.aborted) return;
    asked.delete(question);
    if (answer) {
      kept.set(question, answer);
      for (const old of [...kept.keys()].filter((each) => !wanted.includes(each)).slice(0, Math.max(kept.size - MOST, 0))) kept.delete(old);
      arrived(question);
    } else rest(question);
    pump();
  };

  const rest = (question) => {
    resting.add(question);
    setTimeout(() => {
      resting.delete(question);
      pump();
    }, AGAIN);
  };

  return {
    // What is wanted now, the most urgent first; what nobody wants any more is no longer asked.
    want: (questions) => {
      wanted = [...new Set(questions)];
      for (const [question, stop] of asked) {
        if (wanted.includes(question)) continue;
        stop.abort();
        asked.delete(question); // its place is free at once
      }
      pump();
    },
    get: (question) => {
      const answer = kept.get(question);
      if (answer) kept.delete(question), kept.set(question, answer);
      return answer;
    },
    stop: () => {
      wanted = [];
      for (const stop of asked.values()) stop.abort();
      asked.clear();
    },
  };
}

// The answer, what the server says against it, or null where there is none yet.
async function answerTo(address, signal) {
  try {
    const response = await fetch(address, { signal });
    if (response.ok) return readAnswer(new Uint8Array(await response.arrayBuffer()));
    return response.status < 500 ? { refused: (await response.json()).message } : null;
  } catch {
    return null;
  }
}
