"""Pairs that may be no good, how many they are, and the flip rates without them, in words."""

from __future__ import annotations

from fairflip.protos import columns, report_pb2
from fairflip.view.words import numbers

_MOST_NAMED = 4


def damaged_grammar(report: report_pb2.RunReport) -> list[str]:
    """How many pairs their edit left with damaged grammar, and the flip rates without them."""
    num_damaged = report.pairing.num_damaged_pairs
    if not (num_damaged and report.models):
        return []
    overall = report.models[0].slices[0]
    return [
        f"Removing terms left {numbers.percent(num_damaged / overall.num_pairs)} of pairs "
        f"({num_damaged:,} of {overall.num_pairs:,}) with damaged grammar, such as “is an and a "
        f"nurse”; a flip there may be about the damage.{_rates_without(report, 'undamaged')}"
    ]


def doubtful_pairs(report: report_pb2.RunReport) -> list[str]:
    """How many pairs written elsewhere are doubtful, why, and the flip rates without them."""
    pairing = report.pairing
    if not pairing.num_doubtful_pairs:
        return []
    reasons = [
        f"{columns.DOUBT_MEANINGS.get(one.doubt, one.doubt)} ({numbers.count(one.num_pairs)})"
        for one in pairing.doubts[:_MOST_NAMED]
    ]
    share = numbers.percent(pairing.num_doubtful_pairs / pairing.num_examined_pairs)
    return [
        f"Of {numbers.count(pairing.num_examined_pairs)} pairs that were written elsewhere "
        f"{numbers.count(pairing.num_doubtful_pairs)} ({share}) are doubtful: {'; '.join(reasons)}."
        f"{_rates_without(report, 'undoubted')} Slice by counterfactual_doubt, or read them by "
        "`fairflip review`."
    ]


def _rates_without(report: report_pb2.RunReport, field: str) -> str:
    """The flip rate of each model over the pairs that stay, beside that over all pairs."""
    rates = [
        f"{model.name} {_first_rate(getattr(model, field))} (all pairs: "
        f"{_first_rate(model.slices[0])})"
        for model in report.models
        if getattr(model, field).thresholds
    ]
    return f" Flip rate without them: {'; '.join(rates)}." if rates else ""


def _first_rate(part: report_pb2.SliceReport) -> str:
    return numbers.rate_text(numbers.estimate(part.thresholds[0], "flip_rate"))
