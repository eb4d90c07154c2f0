"""Scores that this process knows already: a text of several pairs is asked once."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.pipeline.records.pairing_audit import canonical, row_strings
from fairflip.protos.id_hash import hash_texts

#: Most texts of one model whose scores are remembered: 24 bytes each, 100 MB in all.
MAX_KNOWN = 1 << 22


def row_keys(batch: pa.RecordBatch) -> Sequence[bytes] | None:
    """Bytes that two rows share exactly when all their values agree; None for lists."""
    if not batch.num_columns or any(pa.types.is_nested(column.type) for column in batch.columns):
        return None
    strings = row_strings([canonical(column) for column in batch.columns])
    return strings.cast(pa.binary()).to_numpy(zero_copy_only=False)


class KnownScores:
    """The scores of one model by a hash of 128 bits, for any number of threads.

    Args:
      max_known: Most numbers to remember; further rows are asked again when they come again.
      width: How many numbers each row has; 0: one, and scores are (n,).
    """

    def __init__(self, max_known: int = MAX_KNOWN, width: int = 0):
        self._max_known = max_known // max(width, 1)
        self._lock = threading.Lock()
        # One table, sorted by the first half of the hash.
        self._first = np.empty(0, np.uint64)
        self._second = np.empty(0, np.uint64)
        self._scores = np.empty((0, width) if width else 0)

    def __len__(self) -> int:
        return len(self._first)

    def look_up(self, keys: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """Which rows are known, bool (n,), and their scores, float64 (n,) or (n, width).

        Scores of others are NaN.
        """
        first, second = _hashes(keys)
        with self._lock:
            known_first, known_second, known_scores = self._first, self._second, self._scores
        scores = np.full((len(first), *known_scores.shape[1:]), np.nan)
        if not len(known_first):
            return np.zeros(len(first), bool), scores
        at = np.minimum(np.searchsorted(known_first, first), len(known_first) - 1)
        is_known = (known_first[at] == first) & (known_second[at] == second)
        scores[is_known] = known_scores[at[is_known]]
        return is_known, scores

    def add(self, keys: Sequence[bytes], scores: np.ndarray) -> None:
        """Remembers the scores of rows, as long as there is room."""
        first, second = _hashes(keys)
        first, once = np.unique(first, return_index=True)
        second, scores = second[once], np.asarray(scores)[once]
        with self._lock:
            at = np.asarray(np.searchsorted(self._first, first))
            is_new = np.ones(len(first), bool)
            if len(self._first):
                is_new = self._first[np.minimum(at, len(self._first) - 1)] != first
            room = max(0, self._max_known - len(self._first))
            new = np.flatnonzero(is_new)[:room]
            # Arrays are replaced, never changed: who looks up has those of one moment.
            places = np.take(at, new)
            self._scores = np.insert(self._scores, places, scores[new], axis=0)
            self._second = np.insert(self._second, places, second[new])
            self._first = np.insert(self._first, places, first[new])


def _hashes(keys: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    return hash_texts(keys), hash_texts(keys, 1)
