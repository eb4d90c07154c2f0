"""Pairs of held-out terms are found in every form of the `term` column."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.tables import names_any_term, without_pairs

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


@pytest.mark.parametrize(
    "term", [None, pa.array([[], []], pa.list_(pa.string())), pa.nulls(2, pa.string())]
)
def test_pairs_that_name_no_term_at_all_hold_none_out(term):
    pairs = pa.table({"comment_text": ["a", "b"]})
    pairs = pairs if term is None else pairs.append_column("term", term)
    with pytest.raises(ConfigurationError, match="no pair names its 'term'"):
        without_pairs(pairs, "comment_text", ["wife"])
    assert without_pairs(pairs.slice(0, 0), "comment_text", [])[1] == {}
