"""A uniform sample of example IDs that can be merged in any order.

Each ID has a seeded hash, and the sample is the IDs with the smallest hashes
("bottom-k"). An ID's hash does not depend on where or when it was seen, so any
split of the data over workers ends in the same sample, and every set of k
distinct IDs is equally likely over seeds. An ID that comes often, as one original
with many counterfactuals, is one ID.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from fairflip.metrics.flips import buckets
from fairflip.protos import errors


@dataclasses.dataclass(frozen=True, eq=False)
class IdSample:
    """Up to `size` distinct IDs, uniform over all distinct IDs seen.

    `zero` is the identity of `+`, which is associative and commutative. (Two IDs
    with the same 64-bit hash would count as one; at a million IDs the chance that
    any two collide is 3e-8.)

    Attributes:
      size: The most IDs kept; 0 keeps none.
      seed: Seed of the hash; only samples of one seed add.
      hashes: [n <= size] uint64, increasing.
      ids: [n] object array of str, in the order of `hashes`.
    """

    size: int
    seed: int
    hashes: npt.NDArray[np.uint64]
    ids: npt.NDArray[np.object_]

    @classmethod
    def zero(cls, size: int, seed: int = 0) -> IdSample:
        """A sample of nothing.

        Raises:
          ConfigurationError: `size` is negative.
        """
        if size < 0:
            raise errors.ConfigurationError(
                f"the number of example IDs to keep is {size}; set it to 0 or more"
            )
        return cls(size, seed, np.zeros(0, np.uint64), np.zeros(0, object))

    @classmethod
    def of(
        cls, ids: Any, size: int, seed: int = 0, hashes: npt.NDArray[np.uint64] | None = None
    ) -> IdSample:
        """Samples from N IDs.

        Args:
          ids: [N] strings or bytes (UTF-8), with or without repetitions.
          size: The most IDs kept.
          seed: Seed of the hash.
          hashes: [N] `buckets.hash_ids(ids, seed)`, where they are at hand.

        Returns:
          The sample.
        """
        empty = cls.zero(size, seed)
        values = np.asarray(ids, dtype=object)
        if size == 0 or values.size == 0:
            return empty
        if hashes is None:
            hashes = buckets.hash_ids(values, seed)
        distinct, first = np.unique(hashes, return_index=True)
        texts = np.zeros(min(size, distinct.size), object)
        texts[:] = [_text(value) for value in values[first[:size]]]
        return cls(size, seed, distinct[:size], texts)

    def __add__(self, other: IdSample) -> IdSample:
        if not isinstance(other, IdSample):
            return NotImplemented
        if (self.size, self.seed) != (other.size, other.seed):
            raise ValueError(
                f"cannot add samples of sizes {self.size} and {other.size} "
                f"with seeds {self.seed} and {other.seed}"
            )
        if not other.hashes.size:
            return self
        if not self.hashes.size:
            return other
        both = np.concatenate([self.hashes, other.hashes])
        distinct, first = np.unique(both, return_index=True)
        ids = np.concatenate([self.ids, other.ids])
        return IdSample(self.size, self.seed, distinct[: self.size], ids[first[: self.size]])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IdSample):
            return NotImplemented
        return (self.size, self.seed) == (other.size, other.seed) and np.array_equal(
            self.ids, other.ids
        )

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def sum(cls, parts: Iterable[IdSample], size: int, seed: int = 0) -> IdSample:
        """Adds any number of samples, from none on; `parts` may be an iterator."""
        total = cls.zero(size, seed)
        for part in parts:
            total = total + part
        return total

    def sorted_ids(self) -> list[str]:
        """The sampled IDs in alphabetical order."""
        return sorted(self.ids)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)
