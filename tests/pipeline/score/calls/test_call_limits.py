"""Calls hold as many rows as the handler allows, like with like, and each row once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from apache_beam.ml.inference.base import ModelHandler

from fairflip.pipeline.score.calls.call_limits import DEFAULT_TEXTS, CallLimits, text_lengths


@pytest.mark.parametrize("num_rows", [0, 1, 7, 8, 9, 64, 1001])
def test_calls_are_full_but_one(num_rows):
    lengths = np.random.default_rng(0).integers(0, 50, num_rows)
    calls = list(CallLimits.of(ModelHandler(max_batch_size=8)).calls(lengths))
    sizes = [len(call) for call in calls]
    assert sizes == [8] * (num_rows // 8) + [num_rows % 8] * (num_rows % 8 > 0)
    assert sorted(np.concatenate([[], *calls])) == list(range(num_rows))
    # The shortest first: within a call, and from call to call.
    assert (np.diff(lengths[np.concatenate([[], *calls]).astype(int)]) >= 0).all()


def test_a_handler_without_a_limit_gets_a_fixed_number():
    assert CallLimits.of(ModelHandler()).max_texts == DEFAULT_TEXTS
    assert CallLimits.of(ModelHandler(min_batch_size=4)).max_texts == DEFAULT_TEXTS
    assert CallLimits.of(ModelHandler(min_batch_size=1000)).max_texts == 1000
    assert CallLimits.of(ModelHandler(), 2048).max_texts == 2048


@pytest.mark.parametrize("limit", ["max_batch_size", "max_batch_weight"])
def test_sizes_of_elements_are_added_up(limit):
    elements = ["a" * size for size in (5, 1, 4, 9, 2, 30)]
    handler = ModelHandler(element_size_fn=len, **{limit: 10})
    limits = CallLimits.of(handler)
    calls = list(limits.calls(np.array([len(e) for e in elements]), elements))
    assert [[elements[row] for row in call] for call in calls] == [
        ["a", "aa", "aaaa"],
        ["aaaaa"],
        ["a" * 9],
        ["a" * 30],
    ]


def test_the_handlers_own_length_decides_where_it_has_one():
    limits = CallLimits.of(ModelHandler(max_batch_size=2, batch_length_fn=lambda e: -len(e)))
    [first, second] = limits.calls(np.array([1, 2, 3, 4]), ["a", "bb", "ccc", "dddd"])
    assert (first.tolist(), second.tolist()) == ([3, 2], [1, 0])


def test_lengths_are_those_of_all_texts_of_a_row():
    batch = pa.RecordBatch.from_pydict({"a": ["größe", None], "n": [1.0, 2.0], "b": ["x", "yy"]})
    assert text_lengths(batch).tolist() == [6, 2]
