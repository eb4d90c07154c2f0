"""Pairs that training leaves out, each with its reason."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.tables import without_pairs


@pytest.mark.parametrize(
    "term", [None, pa.array([[], []], pa.list_(pa.string())), pa.nulls(2, pa.string())]
)
def test_pairs_that_name_no_term_at_all_hold_none_out(term):
    pairs = pa.table({"comment_text": ["a", "b"]})
    pairs = pairs if term is None else pairs.append_column("term", term)
    with pytest.raises(ConfigurationError, match="no pair names its 'term'"):
        without_pairs(pairs, "comment_text", ["wife"])
    assert without_pairs(pairs.slice(0, 0), "comment_text", [])[1] == {}
