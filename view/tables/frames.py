"""A run as pandas frames, for notebooks: its slices, its comparisons, its terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fairflip.view.words import evidence, numbers

if TYPE_CHECKING:
    import pandas as pd

    from fairflip.protos.report_pb2 import Interval, RunReport, SliceComparison
    from fairflip.view.words.numbers import Estimate


def slices_frame(report: RunReport) -> pd.DataFrame:
    """One row per model, slice and threshold; missing numbers are NaN."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for model in report.models:
        for part in model.slices:
            for at in part.thresholds:
                rows.append(
                    {
                        "model": model.name,
                        "slice": part.slice,
                        "threshold": at.threshold,
                        "num_pairs": part.num_pairs,
                        "num_originals": part.num_originals,
                        "flip_count": at.flip_count,
                        "negative_to_positive_count": at.negative_to_positive_count,
                        "positive_to_negative_count": at.positive_to_negative_count,
                        **_spread("flip_rate", at.flip_rate),
                        **_spread("negative_to_positive_rate", at.negative_to_positive_rate),
                        **_spread("positive_to_negative_rate", at.positive_to_negative_rate),
                        "positive_rate": at.positive_rate,
                        "counterfactual_positive_rate": at.counterfactual_positive_rate,
                        "matched_threshold": part.matched.threshold,
                        **_spread("matched_flip_rate", evidence.matched_rate(part)),
                        **_spread("ctf_gap", part.ctf_gap),
                        "auc": numbers.optional(part, "auc"),
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
            "threshold": at.threshold,
            "is_matched": is_matched,
            **_spread("flip_rate_difference", at.flip_rate_difference),
            "p_value": at.p_value,
            "p_value_adjusted": at.p_value_adjusted,
            "too_few_to_say": at.too_few_to_say,
            **_spread("ctf_gap_difference", part.ctf_gap_difference),
        }
        for comparison in report.comparisons
        for part in comparison.slices
        for at, is_matched in _thresholds(part)
    ]
    return pd.DataFrame(rows)


def _thresholds(part: SliceComparison) -> Iterator[tuple[Any, bool]]:
    for at in part.thresholds:
        yield at, False
    if part.HasField("matched"):
        yield part.matched, True


def terms_frame(report: RunReport) -> pd.DataFrame:
    """One row per term and model, the terms with most pairs first."""
    import pandas as pd

    rows = [
        {
            "term": entry.term,
            "group": entry.group,
            "category": entry.category,
            "num_originals": entry.num_originals,
            "num_pairs": entry.num_pairs,
            "model": model.name,
            **_spread("flip_rate", numbers.in_map(entry.flip_rate, model.name)),
            **_spread("ctf_gap", numbers.in_map(entry.ctf_gap, model.name)),
        }
        for entry in sorted(report.term_coverage, key=lambda entry: -entry.num_pairs)
        for model in report.models
    ]
    return pd.DataFrame(rows)


def _spread(name: str, interval: Interval | Estimate) -> dict[str, float]:
    return {
        name: interval.value,
        f"{name}_lower": interval.lower,
        f"{name}_upper": interval.upper,
    }
