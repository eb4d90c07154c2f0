"""The price of a remedy at inference: how many texts or records a model is asked for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics import Metrics

from fairflip.pipeline.averaging.records import RecordsToAsk
from fairflip.protos.config_pb2 import DataSpec, ModelSpec
from fairflip.protos.report_pb2 import InferenceCalls, ModelReport

NAMESPACE = "fairflip"


def counters_of(model: str) -> tuple[str, str]:
    """Names of the counters of a model's originals, and of what it was asked about for them."""
    return f"remedied_texts/{model}", f"remedied_calls/{model}"


class CountCalls(beam.DoFn):
    """Counts, over the originals of batches, what models with a remedy are asked about.

    Counterfactuals and controls are left out: what a model will be asked in use is like the
    originals. The counters are those of `counters_of`; nothing comes out.

    Args:
        models: Those of a run; each that has a remedy is counted.
        data: Names the columns.
    """

    def __init__(self, models: Sequence[ModelSpec], data: DataSpec):
        self._remedies = {m.name: m.at_inference for m in models if m.HasField("at_inference")}
        self._text, self._id = data.text_feature, data.id_feature

    def setup(self) -> None:
        """Makes the generators, once on a worker."""
        self._asked = {
            name: RecordsToAsk(remedy, self._text) for name, remedy in self._remedies.items()
        }

    def process(self, batch: pa.RecordBatch) -> Iterator[None]:
        """Counts one batch, in which all rows of an original stand together."""
        rows = {id: row for row, id in enumerate(batch.column(self._id).to_pylist())}
        for name, asked in self._asked.items():
            originals = batch.select(asked.columns).take(pa.array(rows.values(), pa.int64()))
            numbers = originals.num_rows, asked.of(originals)[0].num_rows
            for counter, number in zip(counters_of(name), numbers, strict=True):
                Metrics.counter(NAMESPACE, counter).inc(number)
        return iter(())


def add_calls(
    reports: Sequence[ModelReport], models: Sequence[ModelSpec], counters: Mapping[str, int]
) -> None:
    """Puts into the reports of models with a remedy how often each was asked.

    Args:
        reports: The models' reports, changed in place.
        models: Their specifications.
        counters: A job's counters; nothing is said where it has none, as of a runner that
            counts nothing.
    """
    techniques = {m.name: m.at_inference.technique for m in models if m.HasField("at_inference")}
    for report in reports:
        texts, asked = (counters.get(name, 0) for name in counters_of(report.name))
        if report.name in techniques and texts:
            report.calls.CopyFrom(
                InferenceCalls(technique=techniques[report.name], num_texts=texts, num_calls=asked)
            )
