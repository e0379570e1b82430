"""How many configurations a run compared with torch: tests count them, the end of the run prints them.

A configuration is an operation with its sizes and settings; whatever values it is tried on, it counts once. What a test of
geometry compares for an axis and a test of the operation compares again is counted with the operation alone.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

Outcomes = Mapping[str, int]
"""How many were "computed"; what else is there was refused by both, whatever the reason."""

COMPARED: Final[dict[tuple[str, str], Counter[str]]] = {}
"""By operation, and how its configurations were chosen."""


def counted(operation: str, chosen: str, outcomes: Outcomes) -> Outcomes:
    """The outcomes as they are, once they are counted."""
    counts = COMPARED.setdefault((operation, chosen), Counter())
    computed = outcomes.get("computed", 0)
    counts.update(computed=computed, refused=sum(outcomes.values()) - computed)
    return outcomes


def summary(compared: Mapping[tuple[str, str], Counter[str]]) -> list[str]:
    """The total and what each operation adds to it, then a line for each choice."""
    operations: Counter[str] = Counter()
    for (operation, _), counts in compared.items():
        operations[operation] += counts.total()
    each = " · ".join(f"{operation} {number:,}" for operation, number in operations.items())
    lines = [
        f"  {operation}, {chosen}: {counts['computed']:,} computed, {counts['refused']:,} refused by both"
        for (operation, chosen), counts in compared.items()
    ]
    return [f"{operations.total():,} configurations compared with torch: {each}", *lines]
