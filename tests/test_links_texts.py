"""Numbers and sheets of numbers are read as people write them."""

import re

import numpy as np
import pytest

from convviz.ui.texts import parse_numbers, parse_sheets, read_numbers, write_number, write_sheets


def test_numbers_are_read_as_people_write_them() -> None:
    for text in ("1 2\n3 4", "1,2;3,4", "[[1, 2],\n [3, 4]]", "1\t2\r\n3\t4\n\n", " 1  2 \n 3  4 "):
        assert parse_numbers(text, 64) == [[1, 2], [3, 4]], text
    assert parse_numbers("−1.5", 64) == [[-1.5]]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "there are no numbers"), ("1 x", '"x" is no number'), ("1 nan", '"nan" is no number'), ("1 " * 65, "1 × 65 numbers")],
)
def test_what_is_no_grid_of_numbers_says_why(text: str, words: str) -> None:
    for parse in (parse_numbers, parse_sheets):
        with pytest.raises(ValueError, match=words):
            parse(text, 64)


def test_sheets_stand_apart_by_an_empty_line_or_a_dash() -> None:
    for text in (
        "1 2\n3 4\n\n5 6\n7 8",
        "1 2\n3 4\n---\n5 6\n7 8",
        "1,2;3,4\n \t\n5,6;7,8\n\n",
        "\n\n1 2\r\n3 4\r\n\r\n5 6\r\n7 8",
    ):
        assert parse_sheets(text, 64).tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], text
    assert parse_sheets("1 2\n3 4", 64).shape == (1, 2, 2)


def test_negative_numbers_are_no_dashes() -> None:
    assert parse_sheets("-1\n-2\n\n-3\n-4", 64).tolist() == [[[-1], [-2]], [[-3], [-4]]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 2\n\n1 2 3", "sheet 2 is 1 × 3, sheet 1 is 1 × 2: every sheet needs the same size"),
        ("1 2\n3", "row 2 has 1 numbers, row 1 has 2: every row needs the same count"),
    ],
)
def test_sheets_of_different_sizes_are_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_sheets(text, 64)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 3), (2, 2, 2, 3), (2, 1, 2, 2, 3)])
def test_sheets_are_read_as_they_are_written(shape: tuple[int, ...]) -> None:
    values = np.round(np.random.default_rng(0).normal(size=shape), 3)
    rows, columns = shape[-2] if len(shape) > 1 else 1, shape[-1]
    assert (parse_sheets(write_sheets(values), 64) == values.reshape(-1, rows, columns)).all()


def test_a_list_of_numbers() -> None:
    assert read_numbers(" 1, -2;0.5 3\n", 4) == (1, -2, 0.5, 3)
    for text, words in (("", "there are no numbers"), ("1 2 3", "3 numbers: at most 2"), ("1 x", '"x" is no number')):
        with pytest.raises(ValueError, match=words):
            read_numbers(text, 2)


def test_every_number_is_written_so_that_it_comes_back() -> None:
    for value in (0.0, -3.0, 0.1, 1 / 3, 1e50, 2.0**53, -1e-300):
        assert float(write_number(value)) == value
