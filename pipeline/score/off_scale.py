"""Says what scores look like that are not of their model's scale, and how to read them."""

from __future__ import annotations

from collections.abc import Iterable

from fairflip.protos.errors import InputError
from fairflip.protos.forms.model_specs import PROBABILITY
from fairflip.protos.report_pb2 import ScoreRange

_AS_THEY_ARE = (
    "take them as they are with --score_scale {model}=any and a --threshold of that scale"
)


def refuse_scores_off_scale(ranges: Iterable[ScoreRange]) -> None:
    """Stops a run in which most scores of a model are not of its scale.

    Whatever `max_rejects` allows: rates over the few that are left would rest on a choice
    of records by the very thing that is measured.

    Raises:
        InputError: With a sentence for each such model.
    """
    sentences = [
        describe_off_scale(each)
        for each in ranges
        if 2 * each.num_off_scale > each.num_scores - each.num_missing
    ]
    if sentences:
        raise InputError("; ".join(sentences))


def describe_off_scale(spread: ScoreRange) -> str:
    """How many scores are off the scale, where all lie, what they look like, and a cure."""
    number = spread.num_scores - spread.num_missing
    start = f"models[{spread.model}]: {spread.num_off_scale:,} of {number:,} scores are"
    # The range is of the finite ones: where that is on the scale, the others are infinite.
    is_any_finite_off = spread.lowest < 0 or spread.highest > 1
    if spread.score_scale != PROBABILITY or not is_any_finite_off:
        return f"{start} infinite; mend the model"
    looks, cure = _likeness(spread.lowest, spread.highest)
    return (
        f"{start} outside of 0 to 1, all lie from {spread.lowest:.6g} to {spread.highest:.6g}; "
        f"they look like {looks}: {cure.format(model=spread.model.partition('/')[0])}"
    )


def _likeness(lowest: float, highest: float) -> tuple[str, str]:
    """What scores of such a range look like, and how they can be read."""
    logits = "make probabilities of them with --score_scale {model}=logit"
    if lowest >= 0:
        if 2 < highest <= 100:
            return (
                "percentages or ratings",
                f"divide percentages by 100, or {_AS_THEY_ARE}",
            )
        return "counts or points without an upper end", _AS_THEY_ARE
    if lowest >= -1 and highest <= 1:
        return (
            "a scale from -1 to 1, as of sentiment",
            f"{_AS_THEY_ARE}; if they are logits, {logits}",
        )
    if highest <= 0:
        return (
            "logarithms of probabilities, or logits",
            f"of logits {logits}; of logarithms take the exponential",
        )
    return "logits", f"{logits}, or {_AS_THEY_ARE}"
