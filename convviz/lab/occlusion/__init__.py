"""Occlusion: how the scores of a trained network change while a patch covers one part of its picture after the other.

Where a network looks shows in what it misses. The patch slides as any window does, so its positions are those of
`convviz.geometry.Axis`; and what it can reach in a layer are the outputs that read what it reached in the layer before, the
relation that receptive fields are made of. So two ways lead to the same scores. The plain one passes every covered picture
through the whole model. The incremental one passes the picture once, and then computes for each position only what the patch
changes: a window of each layer, small at first and larger layer by layer, for many positions at once. It takes the layers of
a chain of convolutions, poolings and functions of single cells, and a global pooling; layers behind them are done of the whole.
Which way is taken, and up to which layer, says a count of work (`rule`).

Source: Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2; computing again only what a
patch reaches: Nakandala, Kumar and Papakonstantinou 2019, "Incremental and Approximate Inference for Faster Occlusion-based
Deep CNN Explanations".
"""

from convviz.lab.occlusion.fills import filled
from convviz.lab.occlusion.scores import Occluded, occluded_scores, occlusion_map

__all__ = ["Occluded", "filled", "occluded_scores", "occlusion_map"]
