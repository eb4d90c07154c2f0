"""Rows with the same values of some features: they are in the same slices.

Pairs share few combinations of values, so that sums over a combination are made once and added
up for each slice that holds it, however many slices these are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from fairflip.metrics.flips.slicing import FeatureValues, Membership

# Rows with several values of a feature of so many are told apart by a bit for each value.
_MOST_BITS = 12


@dataclasses.dataclass(frozen=True)
class RowSets:
    """Rows by what they have of some features.

    Attributes:
        of_row: [N] int64, in [0, num): rows of one set have the same values.
        num: Sets, of which some may have no row.
    """

    of_row: np.ndarray
    num: int

    @classmethod
    def of(cls, values: FeatureValues, num_rows: int) -> RowSets | None:
        """The sets of one feature; None where rows have several of very many values."""
        num = len(values.values)
        if len(values.rows) == num_rows and bool((np.diff(values.rows) == 1).all()):
            return cls(values.codes, num)
        counts = np.bincount(values.rows, minlength=num_rows)
        if counts.max() <= 1:
            of_row = np.full(num_rows, num, np.int64)
            of_row[values.rows] = values.codes
            return cls(of_row, num + 1)
        if num > _MOST_BITS:
            return None
        # A row has each of its values once, so that the sum of their bits is exact.
        bits = np.bincount(values.rows, np.exp2(values.codes), num_rows).astype(np.int64)
        return _numbered(bits, 1 << num)

    def joined(self, other: RowSets) -> RowSets:
        """By what they have of the features of both."""
        return _numbered(self.of_row * other.num + other.of_row, self.num * other.num)


@dataclasses.dataclass(frozen=True)
class SlicesOfSets:
    """Slices that are told by sets of rows.

    Attributes:
        places: [S] where they stand among all slices.
        sets: The sets of the rows.
        holds: [S, sets.num] bool: whether the rows of a set are in a slice.
        is_whole: Whether the rows of each run are of one set.
    """

    places: list[int]
    sets: RowSets
    holds: np.ndarray
    is_whole: bool

    def split(self, sets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What of each slice is among some things, of each of which the set is given.

        Args:
            sets: [K] in [0, sets.num).

        Returns:
            Positions in `sets`, those of one slice behind those of the other, ascending in each;
            and [S + 1] where the first slice's begin and each one's end.
        """
        num_slices, num_sets = self.holds.shape
        numbers = self.holds.sum(axis=0)
        # The slices of each set, and behind them one more than there are.
        most = int(numbers.max(initial=1))
        # Stable sorts of narrow integers take linear time.
        narrow = (
            np.uint8 if num_slices < 1 << 8 else np.uint16 if num_slices < 1 << 16 else np.int64
        )
        slices_of_sets = np.full((num_sets, most), num_slices, narrow)
        places = np.arange(most) < numbers[:, None]
        slices_of_sets[places] = np.nonzero(self.holds.T)[1]
        slices = slices_of_sets[sets].ravel()
        bounds = np.zeros(num_slices + 1, np.int64)
        np.cumsum(np.bincount(slices, minlength=num_slices)[:num_slices], out=bounds[1:])
        order = np.argsort(slices, kind="stable")[: bounds[-1]]
        return order // most if most > 1 else order, bounds


def slice_groups(
    members: Sequence[Membership],
    places: Sequence[int],
    features: Mapping[str, FeatureValues],
    runs: np.ndarray,
    most_sets: int,
) -> tuple[list[SlicesOfSets], list[int]]:
    """Slices in as few groups as there are with few sets each.

    Args:
        members: All slices of a batch.
        places: Which of them to group.
        features: The values of every feature of these.
        runs: [N] ascending, from 0 in steps of at most 1: rows of one original share one; at
            least one row. Slices of whole originals are in groups of their own.
        most_sets: Most sets of a group, at least 1.

    Returns:
        The groups, and the places that are in none: their rows are of too many sets.
    """
    by_features: dict[tuple[str, ...], list[int]] = {}
    for place in places:
        names = tuple(name for name, _ in members[place].key.features)
        by_features.setdefault(names, []).append(place)
    starts = np.flatnonzero(np.diff(runs, prepend=-1))
    single, are_whole = {}, {}
    for name in dict.fromkeys(name for names in by_features for name in names):
        if sets := RowSets.of(features[name], len(runs)):
            single[name] = sets
            are_whole[name] = bool((sets.of_row[starts][runs] == sets.of_row).all())
    everything = RowSets(np.zeros(len(runs), np.int64), 1)
    groups: list[tuple[set[str], RowSets, list[int], bool]] = []
    left: list[int] = []
    # The most features first: a cross tells the slices of its features, too, and each row's set
    # tells that it is in Overall.
    for names, of_setting in sorted(by_features.items(), key=lambda item: -len(item[0])):
        if any(name not in single for name in names):
            left += of_setting
            continue
        is_whole = all(are_whole[name] for name in names)
        nothing: tuple[set[str], RowSets, list[int], bool] = (set(), everything, [], is_whole)
        for position, (known, sets, grouped, kind) in enumerate([*groups, nothing]):
            new = [single[name] for name in names if name not in known]
            size = sets.num * int(np.prod([one.num for one in new]))
            if kind != is_whole or size > most_sets:
                continue
            for one in new:
                sets = one if sets is everything else sets.joined(one)
            group = (known | set(names), sets, grouped + of_setting, is_whole)
            groups[position : position + 1] = [group]
            break
        else:
            left += of_setting
    told = [
        SlicesOfSets(grouped, sets, _holds(members, grouped, sets), is_whole)
        for _, sets, grouped, is_whole in groups
    ]
    return told, left


def _numbered(keys: np.ndarray, size: int) -> RowSets:
    """Keys below `size`, numbered without gaps."""
    present = np.flatnonzero(np.bincount(keys, minlength=size))
    numbers = np.zeros(size, np.int64)
    numbers[present] = np.arange(len(present))
    return RowSets(numbers[keys], len(present))


def _holds(members: Sequence[Membership], places: Sequence[int], sets: RowSets) -> np.ndarray:
    one_row = np.full(sets.num, -1, np.int64)
    one_row[sets.of_row] = np.arange(len(sets.of_row))
    holds = np.zeros((len(places), sets.num), bool)
    for position, place in enumerate(places):
        rows = members[place].rows
        at = np.minimum(np.searchsorted(rows, one_row), len(rows) - 1)
        holds[position] = rows[at] == one_row
    return holds
