"""Pairs of certain terms, in every form of the `term` column, and pairs whose flip is right."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fairflip.protos.edits import legitimate_mask, names_any_term

ROWS = [["Wife", "he"], ["aunt"], [], None, ["midwife"]]
EXPECTED = [True, False, False, False, False]


@pytest.mark.parametrize("list_type", [pa.list_(pa.string()), pa.large_list(pa.string())])
def test_terms_as_lists_which_generated_pairs_have(list_type):
    column = pa.chunked_array([pa.array(ROWS[:2], list_type), pa.array(ROWS[2:], list_type)])
    assert names_any_term(column, ["wife "]).tolist() == EXPECTED


def test_terms_as_text():
    texts = [None if row is None else ",".join(row) for row in ROWS]
    column = pa.chunked_array([pa.array(texts, pa.string())])
    assert names_any_term(column, ["wife "]).tolist() == EXPECTED


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["She", None, "he", "he, she"]),
        pa.array([["She"], None, ["he"], ["he", "she"]], pa.list_(pa.string())),
        pa.array([["She"], [], [None, "he"], ["he", "she"]], pa.large_list(pa.string())),
    ],
    ids=["text", "list", "large list"],
)
def test_terms_are_found_in_every_form_of_the_column(column):
    halves = pa.chunked_array([column.slice(0, 2), column.slice(2)])
    actual = names_any_term(halves, ["SHE ", "her"])
    assert actual.tolist() == [True, False, False, True]


def test_no_row_names_a_term_where_the_column_is_empty():
    for column in (pa.nulls(2), pa.array([[], None], pa.list_(pa.string()))):
        assert names_any_term(column, ["she"]).tolist() == [False, False]
    assert names_any_term(pa.chunked_array([], pa.string()), ["she"]).tolist() == []


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (pa.array([True, None, False]), [True, False, False]),
        (pa.array([1, None, 0]), [True, False, False]),
        (pa.nulls(3), [False, False, False]),
    ],
    ids=["bool", "number", "none known"],
)
def test_flips_are_right_where_they_are_marked(marks, expected):
    table = pa.table({"flip_is_legitimate": marks})
    parts = pa.concat_tables([table[:1], table[1:]])
    for rows in (table, parts, table.to_batches()[0]):
        assert legitimate_mask(rows).tolist() == expected
    assert not legitimate_mask(pa.table({"term": ["he", "she"]})).any()
