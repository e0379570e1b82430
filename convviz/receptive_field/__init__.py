"""What a unit sees of the input: intervals along an axis, and exact sets of cells over all axes."""

from convviz.receptive_field.paths import MOST_PATHS, Paths, united
from convviz.receptive_field.reach import MOST_PHASES, WHOLE, AnyAxis, Reach, Span, merged

__all__ = ["MOST_PATHS", "MOST_PHASES", "WHOLE", "AnyAxis", "Paths", "Reach", "Span", "merged", "united"]
