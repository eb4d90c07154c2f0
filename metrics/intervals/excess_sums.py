"""The sums that an excess over controls follows from: mergeable, in any order.

A pair's controls are the same edit made to other words (`fairflip.text.controls`). For a
pair with flips f (0 or 1, or a score gap) and controls c_1 ... c_n,

    D = f - mean(c_1, ..., c_n),    excess = sum w D / sum w

over the pairs that have a control. Sums are kept for each cluster (what is drawn together:
the original, unless another key is given), each identity term and each control word, for
any number of thresholds at once. `excess` makes values and intervals of
them.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.protos import errors

Floats = npt.NDArray[np.float64]


class Words(NamedTuple):
    """What each of some rows edits, as arrays: no row holds a key twice.

    Attributes:
      keys: [E] strings or numbers.
      rows: [E] the row of each.
    """

    keys: npt.NDArray[Any]
    rows: npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, eq=False)
class KeyedSums:
    """Sums by key; keys are distinct and in order.

    Attributes:
      keys: [K] strings or numbers.
      weights: [K, C] sums that are the same at every threshold.
      values: [K, D, T] sums at each threshold.
    """

    keys: npt.NDArray[Any]
    weights: Floats
    values: Floats

    @classmethod
    def of(cls, keys: npt.ArrayLike, weights: Floats, values: Floats) -> KeyedSums:
        """Adds up rows of equal keys: [N], [N, C], [N, D, T]."""
        groups = _Groups.of(np.asarray(keys))
        return cls(groups.keys, groups.sums(weights), groups.sums(values))

    def __add__(self, other: KeyedSums) -> KeyedSums:
        if not isinstance(other, KeyedSums):
            return NotImplemented
        if not len(self.keys) or not len(other.keys):
            return self if len(self.keys) else other
        return KeyedSums.of(
            np.concatenate([self.keys, other.keys]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.values, other.values]),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class ExcessSums:
    """What pairs and their controls add up to.

    `zero` is the identity of `+`, which is associative and commutative up to the rounding
    of weights that are no integers.

    Attributes:
      num_pairs: Identity pairs.
      num_control_pairs: Controls.
      num_pairs_without_control: Identity pairs that no control belongs to; in no other sum.
      clusters: Weights (weight,), values (identity, control): sums of w, w f and
        w mean(c) for each cluster.
      terms: Weights (weight,), values (identity, control) for each identity term; a pair
        with several counts whole for each.
      edits: Weights (share, weight) for each thing done to words: a word removed, or two
        words swapped, in either direction. A pair's share is split evenly among its edits;
        the weight counts it whole for each.
      words: Weights (share, squared share, weight), values (events, squared events, events
        times share) for each thing that controls do to words. A control of k words, one of
        n of its pair, has the weight w / n and the share w / (n k) in each. Squares are of
        sums over one original, so that products of two edits of one original can be left
        out.
    """

    num_pairs: int
    num_control_pairs: int
    num_pairs_without_control: int
    clusters: KeyedSums
    terms: KeyedSums
    edits: KeyedSums
    words: KeyedSums

    @classmethod
    def zero(cls, num_thresholds: int = 1) -> ExcessSums:
        """No pairs at all."""

        def none(num_weights: int, num_values: int) -> KeyedSums:
            return KeyedSums(
                np.empty(0, "U1"),
                np.zeros((0, num_weights)),
                np.zeros((0, num_values, num_thresholds)),
            )

        return cls(0, 0, 0, none(1, 2), none(1, 2), none(2, 0), none(3, 3))

    @classmethod
    def count(
        cls,
        originals: npt.ArrayLike,
        identity: npt.ArrayLike,
        terms: Sequence[Sequence[str]] | Words,
        control_pairs: npt.ArrayLike,
        controls: npt.ArrayLike,
        control_words: Sequence[Sequence[str]] | Words,
        weights: npt.ArrayLike | None = None,
        clusters: npt.ArrayLike | None = None,
        edits: Sequence[Sequence[str]] | Words | None = None,
    ) -> ExcessSums:
        """Adds up pairs with all of their controls.

        All pairs of an original belong into one call: products of two edits of one original
        are left out of the variance between words, and only one call can know them.

        Args:
          originals: [N] the pairs' original IDs (or numbers that stand for them).
          identity: [N] or [N, T] flips of the pairs (0 or 1), or score gaps.
          terms: [N] the identity terms that each pair edits.
          control_pairs: [M] for each control the row of its pair, in [0, N).
          controls: [M] or [M, T] flips or gaps of the controls.
          control_words: [M] what each control does to words, as `edits`.
          weights: [N] pair weights; all 1 if None.
          clusters: [N] what is drawn together; the originals if None.
          edits: [N] what each pair does to words (`text.controls.edit_key`); its terms if
            None, which is right where they are removed.

        Raises:
          InputError: Sizes differ, a value is not finite, or a weight is negative.
        """
        flips, other = _by_threshold(identity), _by_threshold(controls)
        num_pairs = len(flips)
        weight = np.ones(num_pairs) if weights is None else np.asarray(weights, np.float64)
        pair_of = np.asarray(control_pairs, np.intp)
        original = np.asarray(originals)
        cluster = original if clusters is None else np.asarray(clusters)
        for name, size, wanted in (
            ("original IDs", len(original), num_pairs),
            ("clusters", len(cluster), num_pairs),
            ("weights", len(weight), num_pairs),
            ("terms", _num_rows(terms, num_pairs), num_pairs),
            ("edits", _num_rows(edits, num_pairs), num_pairs),
            ("pairs of controls", len(pair_of), len(other)),
            ("words of controls", _num_rows(control_words, len(other)), len(other)),
            ("thresholds of controls", other.shape[1], flips.shape[1]),
        ):
            if size != wanted:
                raise errors.InputError(f"there are {size} {name} for {wanted}; give one for each")
        if not (np.isfinite(weight).all() and (weight >= 0).all()):
            raise errors.InputError("a pair weight is negative or not finite; give 0 or more")
        if not (np.isfinite(flips).all() and np.isfinite(other).all()):
            raise errors.InputError(
                "a flip or gap is not finite; leave out pairs and controls with such scores"
            )
        num_controls = np.bincount(pair_of, minlength=num_pairs)
        has = num_controls > 0
        means = _added(other, pair_of, num_pairs) / np.maximum(num_controls, 1)[:, None]
        values = weight[:, None, None] * np.stack([flips, means], axis=1)
        return cls(
            num_pairs,
            len(other),
            int((~has).sum()),
            KeyedSums.of(cluster[has], weight[has, None], values[has]),
            _of_terms(terms, weight, values, has),
            _shares(terms if edits is None else edits, weight, has, flips.shape[1]),
            _of_words(
                control_words, weight[pair_of] / num_controls[pair_of], original[pair_of], other
            ),
        )

    def __add__(self, other: ExcessSums) -> ExcessSums:
        if not isinstance(other, ExcessSums):
            return NotImplemented
        return ExcessSums(
            self.num_pairs + other.num_pairs,
            self.num_control_pairs + other.num_control_pairs,
            self.num_pairs_without_control + other.num_pairs_without_control,
            self.clusters + other.clusters,
            self.terms + other.terms,
            self.edits + other.edits,
            self.words + other.words,
        )


def _by_threshold(values: npt.ArrayLike) -> Floats:
    array = np.asarray(values, np.float64)
    return array[:, None] if array.ndim == 1 else array


class _Groups(NamedTuple):
    """Rows of equal keys, sorted once for all that is added up over them."""

    keys: npt.NDArray[Any]  # [K] distinct, in order
    order: npt.NDArray[np.intp]  # [N] the rows by key; those of one key in their order
    starts: npt.NDArray[np.intp]  # [K] where the rows of each begin there

    @classmethod
    def of(cls, keys: npt.NDArray[Any]) -> _Groups:
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        is_first = np.ones(len(keys), bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        starts = np.flatnonzero(is_first)
        return cls(ordered[starts], order, starts)

    def sums(self, values: Floats) -> Floats:
        """Sums of the rows [N, ...] of each key: [K, ...]."""
        if not len(self.keys):
            return np.zeros((0, *values.shape[1:]))
        return np.add.reduceat(values[self.order], self.starts, axis=0)


def _added(values: Floats, rows: npt.NDArray[np.intp], num_rows: int) -> Floats:
    """Sums of the rows [N, ...] with equal numbers: [num_rows, ...]."""
    total = np.zeros((num_rows, *values.shape[1:]))
    groups = _Groups.of(rows)
    total[groups.keys] = groups.sums(values)
    return total


def _num_rows(words: Sequence[Sequence[str]] | Words | None, wanted: int) -> int:
    return wanted if words is None or isinstance(words, Words) else len(words)


def _flat(lists: Sequence[Sequence[str]] | Words) -> Words:
    """All words of all lists, each list's words once, and the list of each."""
    if isinstance(lists, Words):
        return lists
    distinct = [tuple(dict.fromkeys(words)) for words in lists]
    flat = np.array(list(itertools.chain.from_iterable(distinct)), dtype=np.str_)
    return Words(flat, np.repeat(np.arange(len(distinct)), [len(words) for words in distinct]))


def _of_terms(
    terms: Sequence[Sequence[str]] | Words,
    weight: Floats,
    values: Floats,
    has: npt.NDArray[np.bool_],
) -> KeyedSums:
    flat, rows = _flat(terms)
    is_counted = has[rows]
    flat, rows = flat[is_counted], rows[is_counted]
    return KeyedSums.of(flat, weight[rows, None], values[rows])


def _shares(
    edits: Sequence[Sequence[str]] | Words,
    weight: Floats,
    has: npt.NDArray[np.bool_],
    num_thresholds: int,
) -> KeyedSums:
    flat, rows = _flat(edits)
    number = np.bincount(rows, minlength=len(weight))
    is_counted = has[rows]
    flat, rows = flat[is_counted], rows[is_counted]
    weights = np.stack([weight[rows] / number[rows], weight[rows]], axis=1)
    return KeyedSums.of(flat, weights, np.zeros((len(flat), 0, num_thresholds)))


def _of_words(
    words: Sequence[Sequence[str]] | Words,
    weight: Floats,
    originals: npt.NDArray[Any],
    controls: Floats,
) -> KeyedSums:
    flat, rows = _flat(words)
    number = np.bincount(rows, minlength=len(weight))
    share = weight[rows] / np.maximum(number[rows], 1)
    keys, word_of = np.unique(flat, return_inverse=True)
    _, original_of = np.unique(originals, return_inverse=True)
    # Each word in each original first, so that squares are of whole originals.
    num_originals = int(original_of.max(initial=0)) + 1
    groups = _Groups.of(word_of * num_originals + original_of[rows])
    shares = groups.sums(share[:, None])
    whole = groups.sums(weight[rows, None])
    events = groups.sums(share[:, None] * controls[rows])
    return KeyedSums.of(
        keys[groups.keys // num_originals] if len(keys) else keys,
        np.concatenate([shares, np.square(shares), whole], axis=1),
        np.stack([events, np.square(events), events * shares], axis=1),
    )
