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
import functools
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fairflip.metrics.intervals.keyed_sums import Floats, Groups
from fairflip.metrics.intervals.keyed_sums import KeyedSums as KeyedSums
from fairflip.metrics.intervals.keyed_sums import Words as Words
from fairflip.protos import errors


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
        sizes = ((1, 2), (1, 2), (2, 0), (3, 3))
        return cls(0, 0, 0, *(KeyedSums.none(*size, num_thresholds) for size in sizes))

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
        """Adds up pairs with all of their controls, as `PairsAndControls` takes them.

        Args:
          originals: [N].
          identity: [N] or [N, T] flips of the pairs (0 or 1), or score gaps.
          terms: [N].
          control_pairs: [M].
          controls: [M] or [M, T] flips or gaps of the controls.
          control_words: [M].
          weights: [N].
          clusters: [N].
          edits: [N].

        Raises:
          InputError: Sizes differ, a value is not finite, or a weight is negative.
        """
        rows = PairsAndControls(
            originals, terms, control_pairs, control_words, weights, clusters, edits
        )
        return rows.sums(identity, controls)

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


class PairsAndControls:
    """Pairs with all of their controls, whose flips or gaps are added up any number of times.

    Which rows belong together and what each weighs hangs on no threshold: it is found once, when it
    is first asked for.
    """

    def __init__(
        self,
        originals: npt.ArrayLike,
        terms: Sequence[Sequence[str]] | Words,
        control_pairs: npt.ArrayLike,
        control_words: Sequence[Sequence[str]] | Words,
        weights: npt.ArrayLike | None = None,
        clusters: npt.ArrayLike | None = None,
        edits: Sequence[Sequence[str]] | Words | None = None,
    ):
        """Takes N pairs and M controls.

        All pairs of an original belong together: products of two edits of one original
        are left out of the variance between words, and only here can they be known.

        Args:
          originals: [N] the pairs' original IDs (or numbers that stand for them).
          terms: [N] the identity terms that each pair edits.
          control_pairs: [M] for each control the row of its pair, in [0, N).
          control_words: [M] what each control does to words, as `edits`.
          weights: [N] pair weights; all 1 if None.
          clusters: [N] what is drawn together; the originals if None.
          edits: [N] what each pair does to words (`text.controls.edit_key`); its terms if
            None, which is right where they are removed.

        Raises:
          InputError: Sizes differ, or a weight is not finite or negative.
        """
        self._originals = np.asarray(originals)
        self._pair_of = np.asarray(control_pairs, np.intp)
        num_pairs, num_controls = len(self._originals), len(self._pair_of)
        self._weights = np.ones(num_pairs) if weights is None else np.asarray(weights, np.float64)
        self._clusters = self._originals if clusters is None else np.asarray(clusters)
        self._terms, self._words = terms, control_words
        self._edits = terms if edits is None else edits
        _expect(
            ("clusters", len(self._clusters), num_pairs),
            ("weights", len(self._weights), num_pairs),
            ("terms", _num_rows(terms, num_pairs), num_pairs),
            ("edits", _num_rows(self._edits, num_pairs), num_pairs),
            ("words of controls", _num_rows(control_words, num_controls), num_controls),
        )
        if not (np.isfinite(self._weights).all() and (self._weights >= 0).all()):
            raise errors.InputError("a pair weight is negative or not finite; give 0 or more")
        self._num_controls = np.bincount(self._pair_of, minlength=num_pairs)
        self._has = self._num_controls > 0

    def sums(
        self,
        identity: npt.ArrayLike,
        controls: npt.ArrayLike,
        of_clusters: bool = True,
        of_terms: bool = True,
        of_words: bool = True,
    ) -> ExcessSums:
        """What values of the pairs and controls add up to.

        Args:
          identity: [N] or [N, T] flips of the pairs (0 or 1), or score gaps.
          controls: [M] or [M, T] flips or gaps of the controls.
          of_clusters: Whether to add up clusters; else the sums hold none.
          of_terms: Whether to add up terms.
          of_words: Whether to add up edits and words.

        Raises:
          InputError: Sizes differ, or a value is not finite.
        """
        flips, other = _by_threshold(identity), _by_threshold(controls)
        num_pairs, num_controls = len(self._originals), len(self._pair_of)
        num_thresholds = flips.shape[1]
        _expect(
            ("original IDs", num_pairs, len(flips)),
            ("pairs of controls", num_controls, len(other)),
            ("thresholds of controls", other.shape[1], num_thresholds),
        )
        if not (np.isfinite(flips).all() and np.isfinite(other).all()):
            raise errors.InputError(
                "a flip or gap is not finite; leave out pairs and controls with such scores"
            )
        result = ExcessSums.zero(num_thresholds)
        added: dict[str, Any] = {}
        if of_clusters or of_terms:
            values = self._values(flips, other)
            if of_clusters:
                groups, weights = self._by_cluster
                added["clusters"] = KeyedSums(groups.keys, weights, groups.sums(values[self._has]))
            if of_terms:
                groups, rows, weights = self._by_term
                added["terms"] = KeyedSums(groups.keys, weights, groups.sums(values[rows]))
        if of_words:
            keys, weights = self._shares
            added["edits"] = KeyedSums(keys, weights, np.zeros((len(keys), 0, num_thresholds)))
            added["words"] = self._by_word.sums(other)
        return dataclasses.replace(
            result,
            num_pairs=num_pairs,
            num_control_pairs=num_controls,
            num_pairs_without_control=int((~self._has).sum()),
            **added,
        )

    def _values(self, flips: Floats, controls: Floats) -> Floats:
        """[N, 2, T] weighted values of the pairs, and of each pair's controls in the mean."""
        groups, values = self._by_pair, np.zeros((len(flips), 2, flips.shape[1]))
        values[:, 0] = flips
        values[groups.keys, 1] = groups.sums(controls)
        values[:, 1] /= np.maximum(self._num_controls, 1)[:, None]
        values *= self._weights[:, None, None]
        return values

    @functools.cached_property
    def _by_pair(self) -> Groups:
        return Groups(self._pair_of)

    @functools.cached_property
    def _by_cluster(self) -> tuple[Groups, Floats]:
        """The pairs that have a control by cluster, and the weight of each cluster."""
        groups = Groups(self._clusters[self._has])
        return groups, groups.sums(self._weights[self._has, None])

    @functools.cached_property
    def _by_term(self) -> tuple[Groups, npt.NDArray[np.intp], Floats]:
        """Of pairs that have a control: by term, the row of each, and the weight of each term."""
        flat, rows = _flat(self._terms)
        is_counted = self._has[rows]
        groups, rows = Groups(flat[is_counted]), rows[is_counted]
        return groups, rows, groups.sums(self._weights[rows, None])

    @functools.cached_property
    def _shares(self) -> tuple[npt.NDArray[Any], Floats]:
        """What pairs that have a control do to words, with shares and weights."""
        flat, rows = _flat(self._edits)
        number = np.bincount(rows, minlength=len(self._weights))
        is_counted = self._has[rows]
        groups, rows = Groups(flat[is_counted]), rows[is_counted]
        weights = np.stack([self._weights[rows] / number[rows], self._weights[rows]], axis=1)
        return groups.keys, groups.sums(weights)

    @functools.cached_property
    def _by_word(self) -> _ByWord:
        pair_of = self._pair_of
        weights = self._weights[pair_of] / self._num_controls[pair_of]
        return _ByWord(self._words, weights, self._originals[pair_of])


class _ByWord:
    """What controls do to words, each word in each original first: squares are of whole ones."""

    def __init__(
        self, words: Sequence[Sequence[str]] | Words, weights: Floats, originals: npt.NDArray[Any]
    ):
        flat, self._rows = _flat(words)
        number = np.bincount(self._rows, minlength=len(weights))
        self._share = (weights[self._rows] / np.maximum(number[self._rows], 1))[:, None]
        keys, word_of = np.unique(flat, return_inverse=True)
        _, original_of = np.unique(originals, return_inverse=True)
        num_originals = int(original_of.max(initial=0)) + 1
        self._within = Groups(word_of * num_originals + original_of[self._rows])
        self._shares = self._within.sums(self._share)
        whole = self._within.sums(weights[self._rows, None])
        self._of_all = Groups(keys[self._within.keys // num_originals] if len(keys) else keys)
        self._weights = self._of_all.sums(
            np.concatenate([self._shares, np.square(self._shares), whole], axis=1)
        )

    def sums(self, controls: Floats) -> KeyedSums:
        """By word, of values [M, T] of the controls."""
        events = self._within.sums(self._share * controls[self._rows])
        by_word = map(self._of_all.sums, (events, np.square(events), events * self._shares))
        return KeyedSums(self._of_all.keys, self._weights, np.stack(list(by_word), axis=1))


def _expect(*sizes: tuple[str, int, int]) -> None:
    """Refuses the first of some names that are not as many as there should be."""
    for name, size, wanted in sizes:
        if size != wanted:
            raise errors.InputError(f"there are {size} {name} for {wanted}; give one for each")


def _by_threshold(values: npt.ArrayLike) -> Floats:
    array = np.asarray(values, np.float64)
    return array[:, None] if array.ndim == 1 else array


def _num_rows(words: Sequence[Sequence[str]] | Words | None, wanted: int) -> int:
    return wanted if words is None or isinstance(words, Words) else len(words)


def _flat(lists: Sequence[Sequence[str]] | Words) -> Words:
    """All words of all lists, each list's words once, and the list of each."""
    if isinstance(lists, Words):
        return lists
    distinct = [tuple(dict.fromkeys(words)) for words in lists]
    flat = np.array(list(itertools.chain.from_iterable(distinct)), dtype=np.str_)
    return Words(flat, np.repeat(np.arange(len(distinct)), [len(words) for words in distinct]))
