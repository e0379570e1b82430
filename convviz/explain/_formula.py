"""What every formula of a size is made of."""

from __future__ import annotations

from dataclasses import dataclass

Tokens = tuple[tuple[str, str], ...]
"""(role, words) pairs; the role, "input", "kernel", "output" or "plain", decides the colour."""


@dataclass(frozen=True)
class SizeFormula:
    """One axis's size: `label` (empty where one line stands for all axes), coloured `tokens`, `latex`, and `words`.

    `total_latex` is the same size as the lectures write it: n cells, k cells from first tap to last, p cells of padding on
    both sides together, stride s; empty where they have no formula.
    """

    label: str
    tokens: Tokens
    latex: str
    total_latex: str
    words: str
