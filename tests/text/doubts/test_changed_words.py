"""Where two texts differ by words."""

from __future__ import annotations

import pytest

from fairflip.text.doubts.changed_words import sides


@pytest.mark.parametrize(
    ("original", "counterfactual", "middles", "start", "num_after"),
    [
        ("a b c d", "a x c d", ("b", "x"), 1, 2),
        ("a  b\nc", "a b c", ("", ""), 3, 0),
        ("a a b", "a a a b", ("", "a"), 2, 1),  # the beginning is taken first
        ("a ab", "a a ab", ("", "a"), 1, 1),
        ("", "a", ("", "a"), 0, 0),
        ("a b", "a b c", ("", "c"), 2, 0),
        ("b c", "a b c", ("", "a"), 0, 2),
    ],
)
def test_sides(original, counterfactual, middles, start, num_after):
    old, new = sides(original, counterfactual)
    assert (old.middle, new.middle) == middles
    assert (old.start, old.num_after) == (new.start, new.num_after) == (start, num_after)
    assert " ".join(old.middle_words) == old.middle


def test_around_are_three_words_on_either_side():
    old, new = sides("a b c d e f g h i", "a b c d x y f g h i")
    assert (old.around, new.around) == ("b c d e f g h", "b c d x y f g h")
    old, new = sides("a b", "a x")
    assert (old.around, new.around) == ("a b", "a x")
