"""Columns of strings and of lists of them."""

from __future__ import annotations

import numpy as np

from fairflip.text.columns.strings import Lists, Strings


def test_strings_have_one_number_each():
    strings = Strings(["a", "b"])
    assert strings.numbers(["b", "c", "a", "c"]).tolist() == [1, 2, 0, 2]
    assert (strings.number("d"), strings[2]) == (3, "c")
    assert strings.column.to_pylist() == ["a", "b", "c", "d"]


def test_strings_that_are_added_are_told_by_their_numbers_alone():
    strings = Strings(["a"])
    assert strings.column.to_pylist() == ["a"]
    assert strings.added(["a", "b"]).tolist() == [1, 2]
    assert strings.numbers(["a", "b"]).tolist() == [0, 3]
    assert strings.column.to_pylist() == ["a", "a", "b", "b"]


def test_lists_come_in_any_order():
    strings = Strings(["a", "b"])
    lists = Lists(strings)
    lists.add_single(np.array([3, 0]), np.array([1, 0]))
    lists.add([(2, ["c", "a"]), (1, [])])
    assert lists.column().to_pylist() == [["a"], [], ["c", "a"], ["b"]]
    assert lists.column(np.array([2, 0])).to_pylist() == [["c", "a"], ["a"]]
