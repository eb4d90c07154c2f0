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


def describe_off_scale(found: ScoreRange) -> str:
    """How many scores are off the scale, where all lie, what they look like, and a cure."""
    number = found.num_scores - found.num_missing
    where = f"models[{found.model}]: {found.num_off_scale:,} of {number:,} scores are"
    # The range is of the finite ones: where that is on the scale, the others are infinite.
    is_any_finite_off = found.lowest < 0 or found.highest > 1
    if found.score_scale != PROBABILITY or not is_any_finite_off:
        return f"{where} infinite; mend the model"
    looks, cure = _likeness(found.lowest, found.highest)
    return (
        f"{where} outside of 0 to 1, all lie from {found.lowest:.6g} to {found.highest:.6g}; "
        f"they look like {looks}: {cure.format(model=found.model.partition('/')[0])}"
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
