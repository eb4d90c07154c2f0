"""Weights whose sums of squares no float64 holds stop the run; others of any scale are read."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.read.files import batches_from_table
from fairflip.pipeline.read.judge import MAX_WEIGHT
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.errors import InputError

LAYOUT = RecordLayout(id="id", texts=("text",), label=None, weight="wt")


def judged(weights):
    ids = [str(n) for n in range(len(weights))]
    table = pa.table({"id": ids, "text": ["she"] * len(ids), "wt": pa.array(weights, pa.float64())})
    return batches_from_table(table, LAYOUT)


@pytest.mark.parametrize("extreme", [1e308, 1.7e308, 1e101, 1e-101, 5e-324])
def test_weights_that_leave_float64_stop_the_run(extreme):
    with pytest.raises(InputError) as caught:
        judged([1.0, extreme])
    for word in ("table: 'wt' is", repr(extreme), "record 2", "1e-100 to 1e+100"):
        assert word in str(caught.value)


@given(st.lists(st.floats(allow_nan=True), min_size=1, max_size=8))
def test_every_weight_is_read_left_out_or_refused(weights):
    good = [w for w in weights if math.isfinite(w) and w >= 0]
    refused = [w for w in good if w and not 1 / MAX_WEIGHT <= w <= MAX_WEIGHT]
    try:
        batches, rejects = judged(weights)
    except InputError:
        assert refused
        return
    assert not refused
    remaining = [w for batch in batches for w in batch.column("wt").to_pylist()]
    assert remaining == good
    assert sum(w * w for w in remaining) < math.inf
    assert [r.reason for r in rejects] == ["bad_weight"] * (len(weights) - len(good))
