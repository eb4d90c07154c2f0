"""How many pairs the report counts of a choice, so that a list of some says of how many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairflip.protos import report_pb2
from fairflip.view.pairs.parts import names_of_parts
from fairflip.view.words import evidence
from fairflip.view.words.report_index import ReportIndex

#: Where the report does not count.
UNKNOWN = -1


def of_model(index: ReportIndex, model: str, slices: Sequence[str]) -> list[Any]:
    """For each slice what the report counts of one model; 0 where it has no such slice.

    Returns:
      [pairs, controls, swaps within a group, [[flips, to positive, to negative, control flips,
      originals called positive, and negative, once for each pair] for each threshold of the
      index], the same at the matched threshold with that threshold before it]. A place that is
      not counted is `UNKNOWN`, a threshold that is missing 0.
    """
    return [_slice(index, model, name) for name in slices]


def matched_threshold(index: ReportIndex, model: str, name: str) -> float | None:
    """Where a candidate says yes as often as the baseline on a slice; None where it never does."""
    part = index.slice(model, name)
    if part is None or not part.HasField("matched"):
        return None
    if model == index.baseline or index.is_argmax:
        return None
    return part.matched.threshold if evidence.is_matched(part) else None


def matched_thresholds(indexes: Sequence[ReportIndex]) -> dict[str, list[float]]:
    """By model those of all its slices."""
    by_model = {
        model: [
            matched_threshold(index, model, name)
            for name in (*index.slices, *names_of_parts(index))
        ]
        for index in indexes
        for model in index.models
    }
    return {
        model: sorted({one for one in ones if one is not None}) for model, ones in by_model.items()
    }


def _slice(index: ReportIndex, model: str, name: str) -> Any:
    part = index.slice(model, name)
    if part is None:
        return 0
    at = (index.at(model, name, threshold) for threshold in index.thresholds)
    matched = matched_threshold(index, model, name)
    return [
        part.num_pairs,
        part.num_control_pairs,
        part.num_same_group_pairs,
        [0 if one is None else _counts(one, part) for one in at],
        0 if matched is None else [matched, *_counts(part.matched, part)],
    ]


def _counts(
    at: report_pb2.ThresholdReport | report_pb2.MatchedThreshold, part: report_pb2.SliceReport
) -> list[int]:
    controls = at.control_flip_count if at.HasField("control_flip_count") else UNKNOWN
    ways = (at.negative_to_positive_count, at.positive_to_negative_count)
    called = [UNKNOWN, UNKNOWN]
    if isinstance(at, report_pb2.ThresholdReport) and at.positive_count + at.negative_count:
        called = [at.positive_count, at.negative_count]
    return [at.flip_count, *ways, controls if part.num_control_pairs else 0, *called]
