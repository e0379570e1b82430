"""Effective receptive fields: gradients of networks with random weights, as jobs that everyone shares."""
