"""From the reports of stand-ins for models to one report of decisions by argmax."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from google.protobuf.message import Message

from fairflip.metrics.classes.measures import CHANGE, CORRECT, DISTANCE, TOP_K, model_of
from fairflip.protos.forms.messages import FLOATS, is_repeated
from fairflip.protos.report_pb2 import (
    Comparison,
    ModelReport,
    RunReport,
    SliceComparison,
    SliceReport,
    TermCoverage,
)

#: What stands in the names of numbers that only a decision at a threshold has.
_OF_THRESHOLDS = ("positive", "negative", "direction", "signed", "matched", "quantiles", "auc")
_ALSO = ("accuracy", "mean_score_deviation", "mean_score_range")
_GAPS = ("ctf_gap", "control_ctf_gap", "excess_ctf_gap", "excess_ctf_gap_over_words")


def merged(
    reports: Mapping[str, RunReport],
    tables: Mapping[str, np.ndarray],
    classes: Sequence[str],
    top_k: int,
) -> RunReport:
    """One report of models and comparisons.

    Args:
        reports: By measure, a report on its stand-ins; `CORRECT` where there are labels.
        tables: By slice, [M, K, K] pairs by class of the original and the counterfactual.
        classes: Names of the K classes.
        top_k: How many classes the sets of `TOP_K` had.
    """
    report = RunReport(pairing=reports[CHANGE].pairing)
    for m, model in enumerate(reports[CHANGE].models):
        entry = report.models.add()
        entry.CopyFrom(model)
        entry.name = model_of(model.name)
        entry.classes.extend(classes)
        del entry.examples[:], entry.group_directions[:]
        beside = {measure: _slices_of(one.models[m]) for measure, one in reports.items()}
        for part in _all_slices(entry):
            complete_slice(
                part,
                beside[DISTANCE].get(part.slice),
                beside[TOP_K].get(part.slice),
                beside.get(CORRECT, {}).get(part.slice),
            )
            part.top_k = top_k
            if part.slice in tables:
                _add_classes(part, tables[part.slice][m], classes)
        if CORRECT in reports:
            for each in reports[CORRECT].models[m].examples:
                performance = entry.examples.add(slice=each.slice, num_examples=each.num_examples)
                performance.accuracy = each.positive_rate
                performance.positive_rate = math.nan
                performance.by_bucket = each.by_bucket
    for c, comparison in enumerate(reports[CHANGE].comparisons):
        report.comparisons.append(
            _comparison(comparison, reports[DISTANCE].comparisons[c], reports[TOP_K].comparisons[c])
        )
    return report


def _slices_of(model: ModelReport) -> dict[str, SliceReport]:
    return {part.slice: part for part in model.slices}


def _all_slices(model: ModelReport) -> Iterable[SliceReport]:
    yield from model.slices
    for name in ("held_out", "undamaged"):
        if model.HasField(name):
            yield getattr(model, name)


def complete_slice(
    part: SliceReport,
    distance: SliceReport | None = None,
    top_k: SliceReport | None = None,
    correct: SliceReport | None = None,
) -> None:
    """Makes a slice of `CHANGE` one of decisions by argmax, in place.

    Args:
        part: The slice.
        distance: The same slice of the other measures.
        top_k: See `distance`.
        correct: See `distance`; None without labels.
    """
    without_thresholds(part)
    for at in part.thresholds:
        without_thresholds(at)
        at.ClearField("threshold")
    for name in _GAPS:
        part.ClearField(name)
        if distance is not None and distance.HasField(name):
            getattr(part, name).CopyFrom(getattr(distance, name))
    if top_k is not None:
        part.top_k_flip_rate.CopyFrom(top_k.thresholds[0].flip_rate)
    if correct is not None:
        part.accuracy = correct.positive_rate


def without_thresholds(message: Message) -> None:
    """Clears, in place, what only a decision at a threshold has; a rate becomes NaN."""
    for field in message.DESCRIPTOR.fields:
        name = field.name
        if not (any(part in name for part in _OF_THRESHOLDS) or name in _ALSO):
            continue
        if not (field.has_presence or is_repeated(field)) and field.cpp_type in FLOATS:
            setattr(message, name, math.nan)
        else:
            message.ClearField(name)


def _add_classes(part: SliceReport, table: np.ndarray, classes: Sequence[str]) -> None:
    for source, target in np.argwhere(table > 0):
        if source != target:
            part.transitions.add(
                from_class=classes[source],
                to_class=classes[target],
                count=int(table[source, target]),
            )
    for number, name in enumerate(classes):
        part.class_counts.add(
            name=name,
            original_count=int(table[number].sum()),
            counterfactual_count=int(table[:, number].sum()),
        )


def _comparison(change: Comparison, distance: Comparison, top_k: Comparison) -> Comparison:
    comparison = Comparison()
    comparison.CopyFrom(change)
    comparison.baseline = model_of(change.baseline)
    comparison.candidate = model_of(change.candidate)
    distances = {part.slice: part for part in distance.slices}
    tops = {part.slice: part for part in top_k.slices}
    parts = list(comparison.slices)
    if comparison.HasField("held_out"):
        parts.append(comparison.held_out)
    for part in parts:
        _complete_comparison(part, distances.get(part.slice), tops.get(part.slice))
    return comparison


def _complete_comparison(
    part: SliceComparison, distance: SliceComparison | None, top_k: SliceComparison | None
) -> None:
    without_thresholds(part)
    for at in part.thresholds:
        without_thresholds(at)
        at.ClearField("threshold")
    part.ClearField("ctf_gap_difference")
    if distance is not None:
        part.ctf_gap_difference.CopyFrom(distance.ctf_gap_difference)
    if top_k is not None:
        part.top_k_flip_rate_difference.CopyFrom(top_k.thresholds[0].flip_rate_difference)


def term_entries(
    change: Iterable[TermCoverage], distance: Iterable[TermCoverage]
) -> list[TermCoverage]:
    """How models that decide by argmax react to each term, from two of their measures."""
    gaps = {each.term: each for each in distance}
    entries = []
    for each in change:
        entry = TermCoverage()
        entry.CopyFrom(each)
        _rename(entry.flip_rate, each.flip_rate)
        entry.ClearField("ctf_gap")
        if each.term in gaps:
            _rename(entry.ctf_gap, gaps[each.term].ctf_gap)
        entries.append(entry)
    return entries


def _rename(target: Any, source: Any) -> None:
    renamed = {model_of(name): interval for name, interval in source.items()}
    for name in list(target):
        del target[name]
    for name, interval in renamed.items():
        target[name].CopyFrom(interval)
