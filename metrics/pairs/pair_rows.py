"""Columns of pairs on their way from an extract to a count, in NumPy."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fairflip.protos import errors


@dataclasses.dataclass(frozen=True)
class PairRows:
    """N pairs of one model, one row per score that is compared.

    A vector prediction fills one row per value. An absent column is None in all
    parts of one computation, never in some.

    Attributes:
      original: [N] scores of originals (float64), or their top classes (int64).
      counterfactual: [N] the same of the counterfactuals.
      weights: [N] float64 example weights; None: unweighted.
      ids: [N] list of str, the originals' example IDs, None where there is none;
        None: IDs are not asked for.
      legitimate: [N] bool, pairs marked flip_is_legitimate; None: not asked for.
      baseline: [N] float64, the baseline model's scores of the originals; None:
        not asked for.
      pair_keys: [N] uint64, which pair a row is, or is a control of; None: not asked for.
      is_control: [N] bool; None: controls are left out.
      num_classes: Length of the vectors whose top classes these are, else 0.
    """

    original: npt.NDArray[Any]
    counterfactual: npt.NDArray[Any]
    weights: npt.NDArray[np.float64] | None = None
    ids: list[str | None] | None = None
    legitimate: npt.NDArray[np.bool_] | None = None
    baseline: npt.NDArray[np.float64] | None = None
    pair_keys: npt.NDArray[np.uint64] | None = None
    is_control: npt.NDArray[np.bool_] | None = None
    num_classes: int = 0

    @property
    def size(self) -> int:
        """N."""
        return int(self.original.size)

    def selected(self, mask: npt.NDArray[np.bool_]) -> PairRows:
        """The rows of a mask [N]."""

        def some(values: npt.NDArray[Any] | None) -> Any:
            return None if values is None else values[mask]

        return PairRows(
            original=self.original[mask],
            counterfactual=self.counterfactual[mask],
            weights=some(self.weights),
            ids=None if self.ids is None else [self.ids[i] for i in np.flatnonzero(mask)],
            legitimate=some(self.legitimate),
            baseline=some(self.baseline),
            pair_keys=some(self.pair_keys),
            is_control=some(self.is_control),
            num_classes=self.num_classes,
        )


def concatenate(parts: Sequence[PairRows]) -> PairRows:
    """One after the other; `parts` has at least one.

    Raises:
      InputError: The parts' top classes are of vectors of several lengths.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    lengths = {part.num_classes for part in parts}
    if len(lengths) > 1:
        raise errors.InputError(
            f"predictions have {min(lengths)} classes in some examples and {max(lengths)} in "
            "others; give vectors of one length"
        )

    def column(name: str) -> Any:
        if getattr(first, name) is None:
            return None
        return np.concatenate([getattr(part, name) for part in parts])

    ids = None
    if first.ids is not None:
        ids = [example_id for part in parts for example_id in part.ids or ()]
    return PairRows(
        original=column("original"),
        counterfactual=column("counterfactual"),
        weights=column("weights"),
        ids=ids,
        legitimate=column("legitimate"),
        baseline=column("baseline"),
        pair_keys=column("pair_keys"),
        is_control=column("is_control"),
        num_classes=first.num_classes,
    )
