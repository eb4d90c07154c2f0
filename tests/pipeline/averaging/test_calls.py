"""The price of a remedy: originals alone are counted, each once."""

from __future__ import annotations

import pyarrow as pa

from fairflip.pipeline.averaging.calls import CountCalls, add_calls, counters_of
from fairflip.protos.config_pb2 import DataSpec, InferenceRemedy, ModelSpec
from fairflip.protos.report_pb2 import ModelReport

MODELS = [
    ModelSpec(name="plain"),
    ModelSpec(
        name="mean", at_inference=InferenceRemedy(technique="averaging", method="substitution")
    ),
]


def test_each_original_counts_once_whatever_its_pairs(monkeypatch):
    counted = {}

    class Counter:
        def __init__(self, name):
            self._name = name

        def inc(self, number):
            counted[self._name] = counted.get(self._name, 0) + number

    monkeypatch.setattr(
        "fairflip.pipeline.averaging.calls.Metrics.counter", lambda _, name: Counter(name)
    )
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


def test_a_report_says_what_was_counted_and_nothing_else():
    reports = [ModelReport(name="plain"), ModelReport(name="mean")]
    add_calls(reports, MODELS, {})
    assert not reports[1].HasField("calls")
    add_calls(reports, MODELS, dict(zip(counters_of("mean"), (3, 4), strict=True)))
    assert not reports[0].HasField("calls")
    calls = reports[1].calls
    assert (calls.technique, calls.num_texts, calls.num_calls) == ("averaging", 3, 4)
