"""Columns as strings that are equal exactly where the values are."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from fairflip.pipeline.records.pairing_audit import canonical, pair_rows, row_strings
from fairflip.protos import columns

LISTS = [["b", "a"], [], None, ["a, b"], ["a", "b"], ['"', "é\n"], [None], ["null"], [""], ["a"]]


@pytest.mark.parametrize(("start", "end"), [(0, 10), (1, 4), (2, 3), (3, 10), (5, 5)])
def test_lists_of_strings_are_written_as_json(start, end):
    column = pa.array(LISTS, pa.list_(pa.string())).slice(start, end - start)
    expected = [None if value is None else json.dumps(value) for value in LISTS[start:end]]
    assert canonical(column).to_pylist() == expected
    assert canonical(pa.chunked_array([column, column])).to_pylist() == expected * 2
    # As for any other nested column.
    large = canonical(column.cast(pa.large_list(pa.string())))
    assert large.to_pylist() == expected


@pytest.mark.parametrize("texts", [["a", "é", ""], ["a", None, ""], [None], [], ["x" * 4_095]])
@pytest.mark.parametrize("longest", [0, 4_096, 70_000])
def test_rows_are_written_with_the_length_of_each_value(texts, longest):
    texts = [*texts, *["y" * longest] * bool(longest)]
    expected = ["n" if one is None else f"{len(one.encode())}:{one}" for one in texts]
    column = pa.array(texts, pa.string())
    assert row_strings([column]).to_pylist() == expected
    assert row_strings([column, column]).to_pylist() == [one + one for one in expected]
    assert row_strings([column], "né").to_pylist() == [f"{one}3:né" for one in expected]


def test_a_pair_set_without_marks_is_that_with_none_marked():
    sides = {"id": ["a", "b"], "x": ["p", None], "counterfactual.x": ["q", "r"]}
    marked = pa.table({**sides, columns.FLIP_IS_LEGITIMATE: [False, None]})
    assert pair_rows(pa.table(sides), "id", ["x"]).equals(pair_rows(marked, "id", ["x"]))
