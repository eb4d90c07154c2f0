"""Numbers and ages in a text."""

from __future__ import annotations

import re

import pytest

from fairflip.text.doubts.numbers import UNITS_OF_AGE, ages_in, is_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A 72-year-old driver waved.", {"72"}),
        ("She is 30 YEARS of age, he 31 yrs old.", {"30", "31"}),
        ("a 25 y/o and a 6 month old, 40yo", {"25", "6", "40"}),
        ("7200-year-old walls, 3 years later, 2 cats", set()),
        ("no number of years", set()),
    ],
)
def test_ages(text, expected):
    assert ages_in(text) == expected
    if expected:
        assert re.search(UNITS_OF_AGE, text, re.IGNORECASE)


def test_numbers():
    assert all(map(is_number, ["3", "2nd", "two", "dozen"]))
    assert not any(map(is_number, ["a", "one", "x2"]))
