"""All pairs' scores, kept: for values that no sums can give, such as exact quantiles.

Memory: 8 bytes per pair and column, so 16 (two scores), 24 with weights, 32 with
IDs (hashed), 40 with a baseline, for each slice, model and output; once more for
each of the 20 samples when TFMA computes confidence intervals. Ten million pairs
take 160 to 400 MB per slice. Everything else in this package is sums.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from fairflip.metrics.flips import buckets
from fairflip.metrics.flips.counts import check_pairs
from fairflip.metrics.pairs.pair_rows import PairRows
from fairflip.protos import errors

# Chunks are joined when there are this many: few copies, short lists.
_MAX_CHUNKS = 32


@dataclasses.dataclass(frozen=True)
class PairColumns:
    """Columns of N pairs, all float64 but `id_hashes`; a column not asked for is empty.

    Attributes:
      original: [N] scores of originals.
      counterfactual: [N] scores of counterfactuals.
      weights: [N] example weights; None: all 1.
      id_hashes: [N] uint64 hashes that stand for the originals' IDs; None: not kept.
        (At ten million originals the chance that any two share one is 3e-6.)
      baseline: [N] the baseline's scores of originals; None: not kept.
    """

    original: npt.NDArray[np.float64]
    counterfactual: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64] | None
    id_hashes: npt.NDArray[np.uint64] | None
    baseline: npt.NDArray[np.float64] | None

    @property
    def weight_or_one(self) -> npt.NDArray[np.float64]:
        """[N] example weights, 1 each without weights."""
        return np.ones(self.original.size) if self.weights is None else self.weights


@dataclasses.dataclass(frozen=True)
class KeptPairs:
    """Pairs kept in chunks; `+` puts chunks together. Legitimate flips are left out.

    Order matters to nothing that is computed from these, so `+` is as good as
    commutative: `columns` sorts.
    """

    chunks: tuple[PairColumns, ...] = ()

    @classmethod
    def of(cls, rows: PairRows) -> KeptPairs:
        """Keeps N pairs.

        Raises:
          InputError: A score is not finite, a weight is negative or not finite, or
            a pair has no ID where IDs are asked for.
        """
        check_pairs(rows.original, rows.counterfactual, rows.weights, rows.legitimate)
        for name, scores in (("original", rows.original), ("counterfactual", rows.counterfactual)):
            if np.isinf(scores).any():
                raise errors.InputError(
                    f"the {name} score of pair {int(np.argmax(np.isinf(scores)))} is infinite; "
                    "a difference of scores needs finite ones"
                )
        is_counted = slice(None) if rows.legitimate is None else ~rows.legitimate
        hashes = None if rows.ids is None else buckets.hash_ids(rows.ids)[is_counted]
        return cls(
            (
                PairColumns(
                    rows.original[is_counted],
                    rows.counterfactual[is_counted],
                    None if rows.weights is None else rows.weights[is_counted],
                    hashes,
                    None if rows.baseline is None else rows.baseline[is_counted],
                ),
            )
        )

    def __add__(self, other: KeptPairs) -> KeptPairs:
        if not isinstance(other, KeptPairs):
            return NotImplemented
        chunks = self.chunks + other.chunks
        return KeptPairs((_joined(chunks),) if len(chunks) > _MAX_CHUNKS else chunks)

    def columns(self) -> PairColumns:
        """All pairs, sorted, so that float sums over them are the same in any order."""
        if not self.chunks:
            none = np.zeros(0)
            return PairColumns(none, none, None, None, None)
        joined = _joined(self.chunks)
        names = [f.name for f in dataclasses.fields(joined) if getattr(joined, f.name) is not None]
        order = np.lexsort([getattr(joined, name) for name in names])
        return dataclasses.replace(joined, **{name: getattr(joined, name)[order] for name in names})


def _joined(chunks: tuple[PairColumns, ...]) -> PairColumns:
    first = chunks[0]
    if len(chunks) == 1:
        return first
    columns: dict[str, Any] = {
        field.name: None
        if getattr(first, field.name) is None
        else np.concatenate([getattr(chunk, field.name) for chunk in chunks])
        for field in dataclasses.fields(first)
    }
    return PairColumns(**columns)
