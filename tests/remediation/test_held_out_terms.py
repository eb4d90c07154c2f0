"""Pairs of held-out terms are found in every form of the `term` column."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fairflip.remediation.training_data import names_any_term

ROWS = [["Wife", "he"], ["aunt"], [], None, ["midwife"]]
EXPECTED = [True, False, False, False, False]


@pytest.mark.parametrize("list_type", [pa.list_(pa.string()), pa.large_list(pa.string())])
def test_terms_as_lists_which_generated_pairs_have(list_type):
    column = pa.chunked_array([pa.array(ROWS[:2], list_type), pa.array(ROWS[2:], list_type)])
    assert names_any_term(column, ["wife "]).to_pylist() == EXPECTED


def test_terms_as_text():
    texts = [None if row is None else ",".join(row) for row in ROWS]
    column = pa.chunked_array([pa.array(texts, pa.string())])
    assert names_any_term(column, ["wife "]).to_pylist() == EXPECTED
