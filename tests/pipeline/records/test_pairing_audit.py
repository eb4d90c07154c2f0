"""Columns as strings that are equal exactly where the values are."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from fairflip.pipeline.records.pairing_audit import canonical

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
