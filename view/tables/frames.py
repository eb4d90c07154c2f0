"""A run as pandas frames, for notebooks: its slices, its comparisons, its terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fairflip.view.words import evidence, numbers
from fairflip.view.words.excess import excess_at
from fairflip.view.words.report_index import OVERALL

if TYPE_CHECKING:
    import pandas as pd

    from fairflip.protos.report_pb2 import (
        Comparison,
        Interval,
        RunReport,
        SliceComparison,
        TermCoverage,
        ThresholdComparison,
    )
    from fairflip.view.words.numbers import Estimate


#: Of a comparison, over all originals with a label.
_OF_LABELS = (
    "calibration_error_difference",
    "worst_true_positive_rate_gap_difference",
    "worst_false_positive_rate_gap_difference",
)
#: Rates of what is drawn together, of texts asked twice, and of swaps within a group.
_BESIDE = (
    "originals_with_flip",
    "clusters_with_flip",
    "repeat_flip_rate",
    "same_group_flip_rate",
)


def slices_frame(report: RunReport) -> pd.DataFrame:
    """One row per model, slice and threshold; missing numbers are NaN."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for model in report.models:
        for part in model.slices:
            for at in part.thresholds:
                excess = excess_at(part, at)
                rows.append(
                    {
                        "model": model.name,
                        "slice": part.slice,
                        "threshold": at.threshold if at.HasField("threshold") else float("nan"),
                        "num_pairs": part.num_pairs,
                        "num_originals": part.num_originals,
                        "flip_count": at.flip_count,
                        "negative_to_positive_count": at.negative_to_positive_count,
                        "positive_to_negative_count": at.positive_to_negative_count,
                        **_spread("flip_rate", at.flip_rate),
                        **_spread("negative_to_positive_rate", at.negative_to_positive_rate),
                        **_spread("positive_to_negative_rate", at.positive_to_negative_rate),
                        **_spread("control_flip_rate", excess.control_rate),
                        **_spread("excess_flip_rate", excess.rate),
                        "excess_over_words_lower": excess.over_words.lower,
                        "excess_over_words_upper": excess.over_words.upper,
                        "excess_standing": excess.standing,
                        "excess_without_top_term": excess.without_top_term,
                        "top_term": excess.top_term,
                        "num_control_pairs": part.num_control_pairs,
                        "num_pairs_without_control": part.num_pairs_without_control,
                        "positive_rate": at.positive_rate,
                        **{
                            name: value
                            for rate in _BESIDE
                            for name, value in _spread(rate, numbers.estimate(at, rate)).items()
                        },
                        "counterfactual_positive_rate": at.counterfactual_positive_rate,
                        "matched_threshold": part.matched.threshold,
                        **_spread("matched_flip_rate", evidence.matched_rate(part)),
                        **_spread("ctf_gap", part.ctf_gap),
                        "auc": numbers.optional(part, "auc"),
                        "accuracy": numbers.optional(part, "accuracy"),
                        **_spread("top_k_flip_rate", numbers.estimate(part, "top_k_flip_rate")),
                        "decision": model.decision or "threshold",
                        "output": model.output,
                        "too_few_to_say": at.too_few_to_say or part.too_few_to_say,
                    }
                )
    return pd.DataFrame(rows)


def comparison_frame(report: RunReport) -> pd.DataFrame:
    """One row per candidate, slice and threshold: candidate less baseline.

    `threshold` is the baseline's; a row with `is_matched` reads the candidate where it says
    yes as often as the baseline does there.
    """
    import pandas as pd

    rows = [
        {
            "baseline": comparison.baseline,
            "candidate": comparison.candidate,
            "slice": part.slice,
            "threshold": at.threshold if at.HasField("threshold") else float("nan"),
            "is_matched": is_matched,
            **_spread("flip_rate_difference", at.flip_rate_difference),
            **_spread(
                "control_flip_rate_difference",
                numbers.estimate(at, "control_flip_rate_difference"),
            ),
            **_excess_difference(at),
            "p_value": at.p_value,
            "p_value_adjusted": at.p_value_adjusted,
            "too_few_to_say": at.too_few_to_say,
            **_spread("ctf_gap_difference", part.ctf_gap_difference),
            **_label_differences(comparison, part.slice),
        }
        for comparison in report.comparisons
        for part in comparison.slices
        for at, is_matched in _thresholds(part)
    ]
    return pd.DataFrame(rows)


def _label_differences(comparison: Comparison, slice: str) -> dict[str, float]:
    """Of calibration and gaps between groups, which are of all originals."""
    values: dict[str, float] = {}
    for field in _OF_LABELS:
        estimate = numbers.estimate(comparison, field) if slice == OVERALL else numbers.Estimate()
        values |= _spread(field, estimate)
    return values


def _thresholds(part: SliceComparison) -> Iterator[tuple[Any, bool]]:
    for at in part.thresholds:
        yield at, False
    if part.HasField("matched"):
        yield part.matched, True


def _excess_difference(at: ThresholdComparison) -> dict[str, float]:
    difference = numbers.estimate(at, "excess_flip_rate_difference")
    words = numbers.bounds(at, "excess_difference_over_words", difference.value)
    return {
        **_spread("excess_flip_rate_difference", difference),
        "excess_difference_over_words_lower": words.lower,
        "excess_difference_over_words_upper": words.upper,
    }


def transitions_frame(report: RunReport) -> pd.DataFrame:
    """One row per model that decides by argmax, slice and change of class."""
    import pandas as pd

    rows = [
        {
            "model": model.name,
            "slice": part.slice,
            "from_class": one.from_class,
            "to_class": one.to_class,
            "count": one.count,
        }
        for model in report.models
        for part in model.slices
        for one in part.transitions
    ]
    return pd.DataFrame(rows, columns=["model", "slice", "from_class", "to_class", "count"])


def group_directions_frame(report: RunReport) -> pd.DataFrame:
    """One row per model and direction: from which group to which, and what moved."""
    import pandas as pd

    rows = [
        {
            "model": model.name,
            "from": getattr(way, "from"),
            "to": way.to,
            "num_pairs": way.num_pairs,
            "negative_to_positive_count": way.negative_to_positive_count,
            "positive_to_negative_count": way.positive_to_negative_count,
            **_spread("net_flip_rate", numbers.estimate(way, "net_flip_rate")),
            **_spread("mean_score_change", numbers.estimate(way, "mean_score_change")),
        }
        for model in report.models
        for way in model.group_directions
    ]
    return pd.DataFrame(rows)


def terms_frame(report: RunReport) -> pd.DataFrame:
    """One row per term and model, ranked by the lower end of the last model's excess.

    Terms of pairs without controls follow, those with most pairs first.
    """
    import pandas as pd

    def rank(entry: TermCoverage) -> tuple[float, float, int]:
        last = report.models[-1].name if report.models else ""
        excess = numbers.in_map(entry.excess_flip_rate, last)
        return *numbers.surely_greatest_first(excess), -entry.num_pairs

    rows = [
        {
            "term": entry.term,
            "group": entry.group,
            "category": entry.category,
            "num_originals": entry.num_originals,
            "num_pairs": entry.num_pairs,
            "model": model.name,
            **_spread("flip_rate", numbers.in_map(entry.flip_rate, model.name)),
            **_spread("control_flip_rate", numbers.in_map(entry.control_flip_rate, model.name)),
            **_spread("excess_flip_rate", numbers.in_map(entry.excess_flip_rate, model.name)),
            **_spread("ctf_gap", numbers.in_map(entry.ctf_gap, model.name)),
        }
        for entry in sorted(report.term_coverage, key=rank)
        for model in report.models
    ]
    return pd.DataFrame(rows)


def _spread(name: str, interval: Interval | Estimate) -> dict[str, float]:
    return {
        name: interval.value,
        f"{name}_lower": interval.lower,
        f"{name}_upper": interval.upper,
    }
