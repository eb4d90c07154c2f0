"""How many decisions change without any edit: first against second answers to the same texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.batches.transforms import ComputePairStatistics, GatherStatistics
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs
from fairflip.protos.report_pb2 import ModelReport


class CountRepeats(beam.PTransform):
    """Scored pair batches to one mapping of statistics by slice, gathered.

    Its pairs are the same, but the other side is the original scored again: so a "flip" is
    an original whose first two answers decide differently, counted once for each of its
    pairs, as everything in a slice is.

    Args:
        spec: What is counted of the pairs themselves.
        repeated_models: Those whose second answers are there.
    """

    def __init__(self, spec: StatisticsSpec, repeated_models: Collection[str]):
        super().__init__()
        self._spec, self._repeated_models = spec, tuple(repeated_models)

    def expand(self, pairs: beam.PCollection) -> beam.PCollection:
        """A pass of its own: only runs that ask for repeats pay for it."""
        spec = spec_of_repeats(self._spec)
        return (
            pairs
            | "OriginalsTwice"
            >> beam.Map(originals_twice, spec, self._repeated_models).with_output_types(
                pa.RecordBatch
            )
            | "ComputePairStatistics" >> ComputePairStatistics(spec)
            | "GatherStatistics" >> GatherStatistics()
        )


def spec_of_repeats(spec: StatisticsSpec) -> StatisticsSpec:
    """What of the pairs' statistics is counted of repeats: nothing with labels or IDs."""
    return dataclasses.replace(spec, label_column=None, num_example_ids=0)


def originals_twice(
    batch: pa.RecordBatch, spec: StatisticsSpec, repeated_models: Collection[str]
) -> pa.RecordBatch:
    """Identity pairs whose counterfactual's score is the original's second answer.

    A model that answered once has answered the same twice.
    """
    pairs = identity_pairs(batch)
    names = [name for name in spec.needed_columns if name in pairs.schema.names]
    found = {name: pairs.column(name) for name in names}
    for model in spec.models:
        second = columns.score(model, 2 if model in repeated_models else 1)
        found[columns.counterfactual_score(model)] = pairs.column(second)
    return pa.RecordBatch.from_pydict(found)


def add_repeat_rates(
    models: Sequence[ModelReport],
    statistics: Mapping[SliceKey, SliceStatistics],
    spec: StatisticsSpec,
    repeated_models: Collection[str],
) -> None:
    """Sets `repeat_flip_rate` at every threshold of every slice, in place.

    Args:
        models: The reports of all models.
        statistics: From `CountRepeats`.
        spec: What was counted of the pairs themselves.
        repeated_models: Those whose second answers were there.
    """
    counted, _ = build_models_and_comparisons(statistics, {}, spec_of_repeats(spec))
    for report, repeats in zip(models, counted, strict=True):
        if report.name not in repeated_models:
            continue
        by_slice = {each.slice: each for each in repeats.slices}
        for part in report.slices:
            for at, again in zip(part.thresholds, by_slice[part.slice].thresholds, strict=True):
                at.repeat_flip_rate.CopyFrom(again.flip_rate)
