"""One page: a trained network, opened."""

from typing import Final

from convviz.ui.inside.page import InsideExperiment, inside_page

EXPERIMENTS: Final = (
    InsideExperiment("Patch 3: what does it still hide?", changes={"patch": 3}),
    InsideExperiment("Stride 8: what does the map miss?", changes={"patch": 8, "stride": 8}),
    InsideExperiment("A black patch: is black nothing?", changes={"fill": "black"}),
    InsideExperiment("Another network: where does it look?", "shapes-tagged"),
)

inside_page(EXPERIMENTS)
