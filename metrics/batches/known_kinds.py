"""Kinds of clusters that were found already: the report and TFMA's results ask for the same ones.

Rows of all slices take too much memory to wait for who asks next. Their kinds are few, and so are
the rates over them: they are kept, by what rows they were found of, while there is room.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import xxhash

from fairflip.metrics.batches.grouped_rows import ClusterKinds, GroupedRows
from fairflip.metrics.intervals.rates_and_means import IntervalEstimate, rate_interval

#: Bytes of kinds and rates that are kept.
_ROOM = 16 << 20
_ENTRY = 256


class KnownKinds:
    """Kinds of clusters, and the rates over them, each found when it is first asked for."""

    def __init__(self, kinds: ClusterKinds):
        """Takes the kinds that some models together make."""
        self.kinds = kinds
        self._rates: dict[Any, IntervalEstimate] = {}

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes once the usual five rates are found."""
        one_kind = self.kinds.repeats[0].nbytes if len(self.kinds.repeats) else 0
        return int(self.kinds.repeats.nbytes) + 5 * len(IntervalEstimate._fields) * int(one_kind)

    def rate(
        self,
        numerator: str,
        denominator: str,
        num_clusters: np.ndarray,
        one_pair_each: np.ndarray,
        confidence_level: float,
    ) -> IntervalEstimate:
        """A rate of the first of the models: [S, T] estimates.

        Args:
            numerator: By its name among `ClusterKinds.by_name`.
            denominator: The same.
            num_clusters: [S] clusters.
            one_pair_each: [S] whether each of them is one pair.
            confidence_level: Such as 0.95.
        """
        num_clusters = np.asarray(num_clusters, np.float64)
        numbers = num_clusters.tobytes(), np.asarray(one_pair_each, bool).tobytes()
        asked = (numerator, denominator, confidence_level, *numbers)
        if asked not in self._rates:
            values = self.kinds.by_name(0)
            estimate = rate_interval(
                values[numerator][:, None, None],
                values[denominator][:, None, None],
                num_clusters,
                confidence_level,
                one_pair_each,
                exact=True,
                repeats=self.kinds.repeats,
            )
            # Whoever asks next gets the same arrays.
            for array in estimate:
                array.flags.writeable = False
            self._rates[asked] = estimate
        return self._rates[asked]


_known: collections.OrderedDict[bytes, KnownKinds | None] = collections.OrderedDict()
_lock = threading.Lock()


def known_kinds(
    rows: GroupedRows, models: Sequence[int], thresholds: np.ndarray
) -> KnownKinds | None:
    """`GroupedRows.kinds`, which are found once of the same rows.

    Args:
        rows: The rows.
        models: Which models make the kinds together.
        thresholds: [T] ascending.
    """
    key = _digest(rows, models, thresholds)
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    kinds = rows.kinds(models, thresholds)
    known = None if kinds is None else KnownKinds(kinds)
    with _lock:
        _known[key] = known
        size = sum(map(_weight, _known.values()))
        while size > _ROOM:
            _, oldest = _known.popitem(last=False)
            size -= _weight(oldest)
    return known


def _weight(known: KnownKinds | None) -> int:
    """About how many bytes an entry takes, its key and its place with it."""
    return _ENTRY + (0 if known is None else known.nbytes)


def _digest(rows: GroupedRows, models: Sequence[int], thresholds: np.ndarray) -> bytes:
    """Of all that kinds are found of."""
    digest = xxhash.xxh3_128(f"{rows.size} {rows.num_slices} {len(models)}".encode())
    parts = [rows.slices, rows.clusters, rows.starts, thresholds]
    for model in models:
        parts += [rows.scores[model], rows.counterfactual_scores[model]]
    for part in parts:
        digest.update(f" {part.dtype.str}{part.size} ".encode())
        digest.update(np.ascontiguousarray(part).data)
    return digest.digest()
