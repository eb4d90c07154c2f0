"""Whether a model decides differently when it is asked again: the noise floor under its flips.

A model that answers at random flips on as many pairs as on repeated texts, whatever was
edited. What is too much of it is said here once, for the verdict and the gate.
"""

from __future__ import annotations

import dataclasses

from fairflip.protos.report_pb2 import ModelReport

#: Where a larger share of decisions differs at the second asking, flips tell nothing.
MOST_DIFFERING = 0.01


@dataclasses.dataclass(frozen=True)
class NoiseFloor:
    """How often a model decided differently about what it had decided before.

    Attributes:
        share: 0 to 1.
        base: What it is a share of, such as "200 texts".
    """

    share: float
    base: str

    @property
    def is_too_high(self) -> bool:
        """Whether flips of this model tell nothing."""
        return self.share > MOST_DIFFERING


def noise_floor(model: ModelReport) -> NoiseFloor | None:
    """What asking again showed, at the first threshold; None where nothing was asked twice.

    Pairs that were all scored twice say more than the second look at a sample of texts.
    """
    for part in model.slices[:1]:
        for at in part.thresholds[:1]:
            if at.HasField("repeat_flip_rate") and at.repeat_flip_rate.value >= 0:
                return NoiseFloor(at.repeat_flip_rate.value, f"{part.num_pairs:,} pairs' originals")
    look = model.second_look
    if not look.num_texts:
        return None
    return NoiseFloor(look.num_differing_decisions / look.num_texts, f"{look.num_texts:,} texts")
