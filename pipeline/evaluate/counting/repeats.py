"""How many decisions change without any edit: first against second answers to the same texts."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Sequence

import pyarrow as pa

from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.evaluate.counting.model_reports import ReportedPart, then
from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs
from fairflip.protos.report_pb2 import ModelReport


def repeats_part(name: str, part: ReportedPart, repeated_models: Collection[str]) -> ReportedPart:
    """What counts second answers beside a part.

    Its pairs are the same, but the other side is the original scored again: so a "flip" is
    an original whose first two answers decide differently, counted once for each of its
    pairs, as everything in a slice is.

    Args:
        name: Of the new part.
        part: What is counted of the pairs themselves.
        repeated_models: Those whose second answers are there.
    """
    spec = spec_of_repeats(part.spec)
    twice = functools.partial(originals_twice, spec=spec, repeated_models=tuple(repeated_models))
    second = [columns.score(model, 2) for model in spec.models]
    return ReportedPart(
        name,
        spec,
        then(part.rows, twice),
        (*part.spec.needed_columns, *part.row_columns, *second),
        with_controls=False,
        is_matched=False,
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
    arrays = {name: pairs.column(name) for name in names}
    for model in spec.models:
        second = columns.score(model, 2 if model in repeated_models else 1)
        arrays[columns.counterfactual_score(model)] = pairs.column(second)
    return pa.RecordBatch.from_pydict(arrays)


def add_repeat_rates(
    models: Sequence[ModelReport],
    counted: Sequence[ModelReport],
    repeated_models: Collection[str],
) -> None:
    """Sets `repeat_flip_rate` at every threshold of every slice, in place.

    Args:
        models: The reports of all models.
        counted: The same of `repeats_part`.
        repeated_models: Those whose second answers were there.
    """
    for report, repeats in zip(models, counted, strict=True):
        if report.name not in repeated_models:
            continue
        by_slice = {each.slice: each for each in repeats.slices}
        for part in report.slices:
            for at, again in zip(part.thresholds, by_slice[part.slice].thresholds, strict=True):
                at.repeat_flip_rate.CopyFrom(again.flip_rate)
