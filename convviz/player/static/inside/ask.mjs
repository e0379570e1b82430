// The questions that are asked of a network, each written in one way, so that caches know them again.

export const mapsQuestion = (picture) => `maps?picture=${picture}`;

export const occlusionQuestion = (picture, { patch, stride, fill }) => `occlusion?picture=${picture}&patch=${patch}&stride=${stride}&fill=${fill}`;

export const excitesQuestion = (layer, channel) => `excites?layer=${encodeURIComponent(layer)}&channel=${channel}`;

export const attributionsQuestion = (picture, target) => `attributions?picture=${picture}&target=${encodeURIComponent(target)}`;

export const emergingQuestion = (target, { jitter, smooth, seed, step }) =>
  `emerging?target=${encodeURIComponent(target)}&jitter=${jitter}&smooth=${smooth}&seed=${seed}&step=${step}`;

// What is flat has no place.
export const fieldQuestion = ({ stage, channel, row, column }) =>
  `field?layer=${encodeURIComponent(stage)}&channel=${channel}${row === null ? "" : `&row=${row}&column=${column}`}`;

export const filtersQuestion = (layer) => `filters?layer=${encodeURIComponent(layer)}`;

export const storyQuestion = (picture) => `story?picture=${picture}`;

export const SWAPPED = "swapped";

export const gameQuestion = (from, count) => `game?from=${from}&count=${count}`;
