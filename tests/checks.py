"""What several tests check in the same way; the assert is in here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import settings

from convviz import GeometryError


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Tensors of a few cells: threads would only wait for each other. And one thread writes in order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def same_array(ours: Any, theirs: Any) -> None:
    """The same numbers; a NaN is the same as a NaN."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert ((ours == theirs) | ((ours != ours) & (theirs != theirs))).all(), f"{ours}\nis not\n{theirs}"  # noqa: PLR0124 - NaN


def refusal(call: Callable[..., Any], *arguments: Any, **options: Any) -> GeometryError:
    """How a call is refused."""
    try:  # not pytest.raises: tens of thousands of these
        call(*arguments, **options)
    except GeometryError as error:
        return error
    raise AssertionError(f"not refused: {options}")


def derived(examples: int) -> settings:
    """The same examples each time, however long one takes."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None)


def whole(generator: np.random.Generator, *sizes: int, low: int = -9, high: int = 9) -> Any:
    """Whole numbers: what agrees agrees exactly."""
    return generator.integers(low, high + 1, sizes)
