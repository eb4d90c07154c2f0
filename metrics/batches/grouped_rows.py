"""Rows of several small slices in one table: what their clusters have, found for all at once.

Most clusters of a slice are like many others: at a threshold they have as many pairs, as many
positive originals and as many flips. So an interval needs no number for each cluster and
threshold, but each kind of cluster once, and how many there are of it at each threshold. That is
found from where the decision on a row changes; nothing is held for each cluster and threshold.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from fairflip.metrics.flips.decisions import flips
from fairflip.metrics.statistics.tables import exactly_addable, threshold_cells

#: Codes of kinds are whole numbers below this.
_MOST_CODES = 2**62
#: Kinds in place of clusters: at most so many times as many, or few.
_MOST_KINDS, _FEW_KINDS = 2, 64
#: Up to so many thresholds, and counts by code, slice and threshold, codes are counted one by one.
_FEW_THRESHOLDS, _MOST_COUNTED = 32, 1 << 20


@dataclasses.dataclass(frozen=True)
class ModelKinds:
    """What one model makes of the clusters of each of J kinds; all float64.

    Attributes:
        positive: [J] positive originals, each counted with each of its pairs.
        negative_to_positive: [J] these flips.
        positive_to_negative: [J] the other direction.
        flipped_originals: [J] originals of which any pair flips.
    """

    positive: np.ndarray
    negative_to_positive: np.ndarray
    positive_to_negative: np.ndarray
    flipped_originals: np.ndarray


@dataclasses.dataclass(frozen=True)
class ClusterKinds:
    """Kinds of clusters, and how many of them each slice has at each threshold.

    Attributes:
        pairs: [J] pairs of such a cluster.
        originals: [J] originals.
        models: What each of some models makes of them.
        repeats: [J, S, T] how many clusters; float64.
    """

    pairs: np.ndarray
    originals: np.ndarray
    models: tuple[ModelKinds, ...]
    repeats: np.ndarray

    def by_name(self, number: int) -> dict[str, np.ndarray]:
        """[J] what the `number`th model's rates are made of, by the names of `ClusterSums`."""
        model = self.models[number]
        rises, falls = model.negative_to_positive, model.positive_to_negative
        return {
            "pairs": self.pairs,
            "originals": self.originals,
            "positive": model.positive,
            "negative": self.pairs - model.positive,
            "negative_to_positive": rises,
            "positive_to_negative": falls,
            "flips": rises + falls,
            "count_differences": rises - falls,
            "flipped_originals": model.flipped_originals,
        }


@dataclasses.dataclass(frozen=True)
class GroupedRows:
    """N rows of S slices, each row counting once.

    Attributes:
        slices: [N] which slice, ascending.
        clusters: [N] which cluster of the slice, ascending within it.
        size: More than the greatest of `clusters`.
        num_slices: S.
        starts: [O] the first row of each original.
        labels: [N] label classes.
        scores: [M, N] scores of the originals.
        counterfactual_scores: [M, N].
    """

    slices: np.ndarray
    clusters: np.ndarray
    size: int
    num_slices: int
    starts: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    counterfactual_scores: np.ndarray

    @property
    def num_clusters(self) -> np.ndarray:
        """[S] clusters of each slice."""
        return np.bincount(self.slices[self._firsts], minlength=self.num_slices)

    @property
    def pairs(self) -> np.ndarray:
        """[B, S] pairs of each cluster; zeros behind the last one of a slice."""
        return self._by_cluster(None)

    @property
    def originals(self) -> np.ndarray:
        """[B, S] originals of each cluster."""
        places = self._places[self.starts]
        return self._shaped(np.bincount(places, minlength=self.size * self.num_slices))

    def gaps(self, model: int) -> np.ndarray:
        """[B, S, 3] sums of |gap|, gap and gap squared of one model."""
        before, after = self.scores[model], self.counterfactual_scores[model]
        with np.errstate(invalid="ignore"):
            gap = np.where(before == after, 0.0, after - before)  # also inf - inf
        values = (np.abs(gap), gap, gap * gap)
        return np.stack([self._by_cluster(exactly_addable(value)) for value in values], axis=-1)

    def flips(self, model: int, threshold: float) -> np.ndarray:
        """[B, S] flips of one model at a threshold."""
        flipped = flips(self.scores[model], self.counterfactual_scores[model], threshold)
        return self._by_cluster(flipped.astype(np.float64))

    def kinds(self, models: Sequence[int], thresholds: np.ndarray) -> ClusterKinds | None:
        """What some models together make of the clusters at ascending thresholds.

        None where there are about as many kinds as clusters, or clusters too large to
        be told apart by a whole number.
        """
        num, clusters, slice_of = len(thresholds), self._ranks, self.slices[self._firsts]
        pairs = np.bincount(clusters)
        originals = np.bincount(clusters[self.starts], minlength=len(pairs))
        radix = int(pairs.max()) + 1
        sizes, state = np.unique(pairs * radix + originals, return_inverse=True)
        num_codes = len(sizes) * radix ** (4 * len(models))
        if num_codes >= _MOST_CODES:
            return None
        weight, changes = len(sizes), [(np.arange(len(pairs)) * num, state.reshape(-1))]
        for model in models:
            of_model, weight = self._changes(model, thresholds, weight, radix)
            changes += of_model
        keys, deltas = (np.concatenate(parts) for parts in zip(*changes, strict=True))
        if num <= _FEW_THRESHOLDS and num_codes * self.num_slices * num <= _MOST_COUNTED:
            counted = _counted(keys, deltas, slice_of, (num_codes, self.num_slices, num))
        else:
            counted = _counted_by_change(keys, deltas, slice_of, self.num_slices, num)
        kinds, repeats = counted
        if len(kinds) > max(_MOST_KINDS * self.size, _FEW_KINDS):
            return None
        kinds, sized = np.divmod(kinds, len(sizes))
        of_models = []
        for _ in models:
            digits = []
            for _ in range(4):
                kinds, digit = np.divmod(kinds, radix)
                digits.append(digit.astype(np.float64))
            of_models.append(ModelKinds(*digits))
        of_pairs, of_originals = np.divmod(sizes[sized], radix)
        return ClusterKinds(
            of_pairs.astype(np.float64),
            of_originals.astype(np.float64),
            tuple(of_models),
            repeats.astype(np.float64),
        )

    def _changes(
        self, model: int, thresholds: np.ndarray, weight: int, radix: int
    ) -> tuple[list[tuple[np.ndarray, np.ndarray]], int]:
        """Where one model's decisions change, and by how much the code of a cluster does.

        Args:
            model: Its index.
            thresholds: [T] ascending.
            weight: Of the lowest digit.
            radix: Of the digits: positive, rises, falls, flipped originals.

        Returns:
            (keys, changes of codes), where a key is cluster T + threshold, and the weight of
            the next digit.
        """
        num, at = len(thresholds), self._ranks * len(thresholds)
        positive, rise, fall, flipped = (weight * radix**digit for digit in range(4))
        before, after = (
            threshold_cells(side[model], thresholds)
            for side in (self.scores, self.counterfactual_scores)
        )
        # A score is above the first so many thresholds. Its cell is where it stops being so.
        rises, falls = after > before, after < before
        above = before > 0
        parts = [(at[above], np.full(int(above.sum()), positive, np.int64))]
        for cells, changes in (
            (before, rise * rises - fall * falls - positive * above),
            (after, fall * falls - rise * rises),
        ):
            is_change = (cells < num) & (changes != 0)
            parts.append(((at + cells)[is_change], changes[is_change]))
        low, high = np.minimum(before, after), np.maximum(before, after)
        low, high = np.minimum.reduceat(low, self.starts), np.maximum.reduceat(high, self.starts)
        flips, of_originals = low < high, at[self.starts]
        for cells, sign in ((low, 1), (high, -1)):
            is_change = flips & (cells < num)
            deltas = np.full(int(is_change.sum()), sign * flipped, np.int64)
            parts.append((of_originals[is_change] + cells[is_change], deltas))
        return parts, weight * radix**4

    @functools.cached_property
    def _places(self) -> np.ndarray:
        """[N] where each row's cluster stands in an array [B, S]."""
        return self.clusters * self.num_slices + self.slices

    @functools.cached_property
    def _firsts(self) -> np.ndarray:
        """The first row of each cluster."""
        is_first = np.ones(len(self.clusters), bool)
        is_first[1:] = np.diff(self._places) != 0
        return np.flatnonzero(is_first)

    @functools.cached_property
    def _ranks(self) -> np.ndarray:
        """[N] which cluster of all slices, counted in their order."""
        sizes = np.diff(np.append(self._firsts, len(self.clusters)))
        return np.repeat(np.arange(len(self._firsts)), sizes)

    def _by_cluster(self, values: np.ndarray | None) -> np.ndarray:
        return self._shaped(np.bincount(self._places, values, self.size * self.num_slices))

    def _shaped(self, values: np.ndarray) -> np.ndarray:
        return values.reshape(self.size, self.num_slices).astype(np.float64)


def _counted(
    keys: np.ndarray, deltas: np.ndarray, slice_of: np.ndarray, shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Codes that clusters have, and [J, S, T] how many, of few codes at few thresholds.

    Args:
        keys: Cluster T + threshold from which on a code is another one.
        deltas: By how much.
        slice_of: [K] slice of each cluster.
        shape: Codes, S and T.
    """
    num_codes, num_slices, num = shape
    # Sums of whole numbers below 2^53, so that they are exact.
    changed = np.bincount(keys, deltas, len(slice_of) * num).reshape(-1, num)
    codes = np.cumsum(changed, axis=1).astype(np.int64)
    row = (codes * num_slices + slice_of[:, None]) * num + np.arange(num)
    repeats = np.bincount(row.ravel(), minlength=num_codes * num_slices * num).reshape(shape)
    kinds = np.flatnonzero(repeats.any(axis=(1, 2)))
    return kinds, repeats[kinds]


def _counted_by_change(
    keys: np.ndarray, deltas: np.ndarray, slice_of: np.ndarray, num_slices: int, num: int
) -> tuple[np.ndarray, np.ndarray]:
    """The same of any codes and thresholds, in a time that grows with the changes alone."""
    order = np.argsort(keys, kind="stable")
    # Sums run on over all clusters, and over the largest number, from which differences return.
    keys, codes = keys[order], np.cumsum(deltas[order])
    is_last = np.ones(len(keys), bool)
    is_last[:-1] = keys[1:] != keys[:-1]
    cluster, start = np.divmod(keys[is_last], num)
    codes = codes[is_last]
    goes_on = cluster[1:] == cluster[:-1]
    stop = np.append(np.where(goes_on, start[1:], num), num)
    # Each cluster begins where the one before it ended.
    before = np.concatenate([[0], codes[np.append(~goes_on, True)][:-1]])
    kinds, which = np.unique(codes - before[cluster], return_inverse=True)
    shape = (len(kinds), num_slices, num + 1)
    row = (which.reshape(-1) * num_slices + slice_of[cluster]) * (num + 1)
    size = int(np.prod(shape))
    counted = np.bincount(row + start, minlength=size) - np.bincount(row + stop, minlength=size)
    return kinds, np.cumsum(counted.reshape(shape), axis=-1)[..., :-1]
