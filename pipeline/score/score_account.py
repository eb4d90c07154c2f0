"""Where the scores of each model lie, and how many of them are none: mergeable sums."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

import apache_beam as beam
import numpy as np

from fairflip.pipeline.records.json_coders import JsonCoder
from fairflip.protos.report_pb2 import ScoreRange


@dataclasses.dataclass(frozen=True)
class ModelScores:
    """The account of one model's scores, as it gave them. Mergeable by ``+``.

    Attributes:
        scale: Its `score_scale`.
        num_scores: Scores asked for.
        num_missing: Those that are missing or NaN.
        num_off_scale: Those that are numbers and not of the scale.
        lowest: The least finite score; infinity where there is none.
        highest: The greatest; minus infinity where there is none.
        num_zero_or_one: Those that are exactly 0 or exactly 1.
    """

    scale: str
    num_scores: int = 0
    num_missing: int = 0
    num_off_scale: int = 0
    lowest: float = math.inf
    highest: float = -math.inf
    num_zero_or_one: int = 0

    @classmethod
    def of(cls, scores: np.ndarray, scale: str, off_scale: np.ndarray) -> ModelScores:
        """The account of some scores.

        Args:
            scores: float64 [N], NaN where missing.
            scale: Their `score_scale`.
            off_scale: bool [N], which of them are numbers and not of the scale.
        """
        finite = scores[np.isfinite(scores)]
        return cls(
            scale,
            len(scores),
            int(np.isnan(scores).sum()),
            int(off_scale.sum()),
            float(finite.min(initial=math.inf)),
            float(finite.max(initial=-math.inf)),
            int(((scores == 0) | (scores == 1)).sum()),
        )

    def __add__(self, other: ModelScores) -> ModelScores:
        return ModelScores(
            self.scale,
            self.num_scores + other.num_scores,
            self.num_missing + other.num_missing,
            self.num_off_scale + other.num_off_scale,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
            self.num_zero_or_one + other.num_zero_or_one,
        )


@dataclasses.dataclass(frozen=True)
class ScoreAccount:
    """The accounts of all models, by name. Mergeable from `zero` with ``+``, in any order."""

    models: dict[str, ModelScores]

    @classmethod
    def zero(cls) -> ScoreAccount:
        """The account of nothing."""
        return cls({})

    def __add__(self, other: ScoreAccount) -> ScoreAccount:
        both = dict(self.models)
        for name, scores in other.models.items():
            both[name] = both[name] + scores if name in both else scores
        return ScoreAccount(both)

    @classmethod
    def sum(cls, accounts: Iterable[ScoreAccount]) -> ScoreAccount:
        """All accounts together; accepts an iterator."""
        total = cls.zero()
        for account in accounts:
            total += account
        return total

    def to_dict(self) -> dict[str, dict]:
        """The fields as JSON can hold them."""
        return {name: dataclasses.asdict(scores) for name, scores in self.models.items()}

    @classmethod
    def from_dict(cls, fields: dict[str, dict]) -> ScoreAccount:
        """The account that `to_dict` took apart."""
        return cls({name: ModelScores(**scores) for name, scores in fields.items()})

    def to_protos(self) -> list[ScoreRange]:
        """The account as the run report has it, by model."""
        ranges = []
        for name, scores in sorted(self.models.items()):
            has_any = scores.lowest <= scores.highest
            ranges.append(
                ScoreRange(
                    model=name,
                    num_scores=scores.num_scores,
                    num_missing=scores.num_missing,
                    num_off_scale=scores.num_off_scale,
                    lowest=scores.lowest if has_any else math.nan,
                    highest=scores.highest if has_any else math.nan,
                    score_scale=scores.scale,
                    num_zero_or_one=scores.num_zero_or_one,
                )
            )
        return ranges


class ScoreAccountCoder(JsonCoder):
    """Codes a `ScoreAccount`."""

    kind = ScoreAccount


beam.coders.registry.register_coder(ScoreAccount, ScoreAccountCoder)
