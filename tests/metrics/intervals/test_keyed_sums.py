"""Sums over rows of equal keys."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.metrics.intervals.excess import excess_rate
from fairflip.metrics.intervals.excess_sums import PairsAndControls
from fairflip.metrics.intervals.keyed_sums import Groups, KeyedSums


@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
def test_sums_are_those_of_numpy_to_the_bit(shape):
    chance = np.random.default_rng(len(shape))
    # Keys of one row up to keys of many, their rows in no order.
    keys = chance.permutation(np.repeat(np.arange(40), np.arange(1, 41)))
    values = (
        chance.normal(size=(len(keys), *shape))
        * 10.0 ** chance.integers(-9, 9, len(keys))[(...,) + (None,) * len(shape)]
    )
    given = values.copy()
    groups = Groups(keys)
    order = np.argsort(keys, kind="stable")
    starts = np.searchsorted(keys[order], np.arange(40))
    expected = np.add.reduceat(values[order], starts, axis=0)
    assert groups.keys.tolist() == list(range(40))
    assert np.array_equal(groups.sums(values), expected)
    assert np.array_equal(values, given)
    assert not len(Groups(keys[:0]).sums(values[:0]))


def test_what_is_not_asked_for_is_in_no_sum_and_changes_no_other():
    rows = PairsAndControls(
        ["a", "b", "b", "c"],
        [("x",), ("y",), ("x", "y"), ("z",)],
        [0, 0, 1, 2],
        [("u",), ("w",), ("u",), ("w", "u")],
    )
    values = [1, 0, 1, 1], [1, 0, 0, 1]
    whole = rows.sums(*values)
    for left_out in ("clusters", "terms", "words"):
        part = rows.sums(*values, **{f"of_{left_out}": False})
        for name in ("clusters", "terms", "words", "edits"):
            sums: KeyedSums = getattr(part, name)
            is_empty = name == left_out or (name == "edits" and left_out == "words")
            wanted = 0 if is_empty else len(getattr(whole, name).keys)
            assert len(sums.keys) == wanted
            if wanted:
                assert np.array_equal(sums.values, getattr(whole, name).values)
                assert np.array_equal(sums.weights, getattr(whole, name).weights)
        counts = part.num_pairs, part.num_control_pairs, part.num_pairs_without_control
        assert counts == (4, 4, 1)
    narrow = excess_rate(rows.sums(*values, of_terms=False, of_words=False))
    assert narrow[:3] == excess_rate(whole)[:3]
