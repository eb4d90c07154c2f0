"""The price of a remedy: originals alone are counted, each once."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fairflip.pipeline.averaging.calls import CountCalls, add_calls, counters_of
from fairflip.protos.config_pb2 import DataSpec, InferenceRemedy, ModelSpec
from fairflip.protos.report_pb2 import ModelReport

MODELS = [
    ModelSpec(name="plain"),
    ModelSpec(
        name="mean", at_inference=InferenceRemedy(technique="averaging", method="substitution")
    ),
]


@pytest.fixture
def counted(monkeypatch):
    """Counter -> its number."""
    counted = {}

    class Counter:
        def __init__(self, name):
            self._name = name

        def inc(self, number):
            counted[self._name] = counted.get(self._name, 0) + number

    monkeypatch.setattr(
        "fairflip.pipeline.averaging.calls.Metrics.counter", lambda _, name: Counter(name)
    )
    return counted


def test_each_original_counts_once_whatever_its_pairs(counted):
    do = CountCalls(MODELS, DataSpec(id_feature="id", text_feature="text"))
    do.setup()
    batch = pa.RecordBatch.from_pydict(
        {
            "id": ["a", "a", "b", "c"],
            "text": ["she sings", "she sings", "a cat sings", None],
            "counterfactual.text": ["he sings", "she hums", "x", "y"],
        }
    )
    assert list(do.process(batch)) == []
    assert counted == dict(zip(counters_of("mean"), (3, 4), strict=True))


def test_a_record_of_a_table_counts_once_for_each_value(counted):
    remedy = InferenceRemedy(
        technique="averaging",
        method="attribute",
        attribute="gender",
        attribute_values=["x", "y", "z"],
    )
    blind = InferenceRemedy()
    blind.CopyFrom(remedy)
    blind.technique = "blindness"
    models = [ModelSpec(name="m", at_inference=remedy), ModelSpec(name="b", at_inference=blind)]
    do = CountCalls(models, DataSpec(id_feature="id", without_text=True))
    do.setup()
    batch = pa.RecordBatch.from_pydict(
        {
            "id": ["a", "a", "b", "c"],
            "gender": ["x", "x", "other", None],
            "v": [[1.0]] * 4,
            "counterfactual.gender": ["y", "z", "x", "y"],
        }
    )
    assert list(do.process(batch)) == []
    assert [counted[name] for name in counters_of("m")] == [3, 5]
    assert [counted[name] for name in counters_of("b")] == [3, 3]


def test_a_report_says_what_was_counted_and_nothing_else():
    reports = [ModelReport(name="plain"), ModelReport(name="mean")]
    add_calls(reports, MODELS, {})
    assert not reports[1].HasField("calls")
    add_calls(reports, MODELS, dict(zip(counters_of("mean"), (3, 4), strict=True)))
    assert not reports[0].HasField("calls")
    calls = reports[1].calls
    assert (calls.technique, calls.num_texts, calls.num_calls) == ("averaging", 3, 4)
