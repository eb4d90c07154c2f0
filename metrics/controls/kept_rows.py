"""The pairs that have a control and their controls, kept as they are while they are few.

As `fairflip.metrics.statistics.kept_rows` keeps pairs: all rows of a slice up to its
limits, beyond them those of the originals with the smallest hashes, which are a uniform
sample. What is kept is decided by sizes that only grow when parts are merged, so that it is
the same in any order and on any number of workers.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.metrics.controls.edits import Edits, Items
from fairflip.metrics.statistics.columns import ScoredColumns
from fairflip.metrics.statistics.kept_rows import MAX_CLUSTERS, MAX_ROWS, SAMPLE_SIZE

#: Rows of an original in a sample, as far as its size is foreseen: pairs and controls.
_ROWS_FORESEEN = 10
_NO_NAMES = pa.array([], pa.large_binary())


@dataclasses.dataclass(frozen=True)
class ControlRows:
    """P pairs that have a control, and their C controls; `+` merges.

    The rows of one original are added at once. Each thing done to words is an item, in the
    order of the pairs (or controls).

    Attributes:
        originals: [P] uint64 hashes of the originals, whatever the seed.
        clusters: [P] uint64 hashes of what is drawn together.
        weights: [P] float64; None: no weights.
        scores: [P, 2 M] scores by model of the originals, then of the counterfactuals.
        num_items: [P] uint32, how many items each pair has.
        terms: [E] uint32 codes of the terms edited.
        edits: [E] uint32 codes of what was done.
        pair_of: [C] int64 position of each control's pair.
        control_scores: [C, M].
        num_words: [C] uint32, how many items each control has.
        words: [W] uint32 codes of what was done.
        name_codes: [K] uint32, ascending.
        names: [K] the term of each code.
        num_rows: Pairs and controls of the slice, kept or not.
        limit: Most rows that may be kept.
        is_complete: Whether all rows are kept.
    """

    originals: np.ndarray
    clusters: np.ndarray
    weights: np.ndarray | None
    scores: np.ndarray
    num_items: np.ndarray
    terms: np.ndarray
    edits: np.ndarray
    pair_of: np.ndarray
    control_scores: np.ndarray
    num_words: np.ndarray
    words: np.ndarray
    name_codes: np.ndarray
    names: pa.Array
    num_rows: int
    limit: int
    is_complete: bool

    @classmethod
    def zero(cls, num_models: int, is_weighted: bool) -> ControlRows:
        """No rows."""
        hashes, codes = np.empty(0, np.uint64), np.empty(0, np.uint32)
        return cls(
            originals=hashes,
            clusters=hashes,
            weights=np.empty(0) if is_weighted else None,
            scores=np.empty((0, 2 * num_models)),
            num_items=codes,
            terms=codes,
            edits=codes,
            pair_of=np.empty(0, np.int64),
            control_scores=np.empty((0, num_models)),
            num_words=codes,
            words=codes,
            name_codes=codes,
            names=_NO_NAMES,
            num_rows=0,
            limit=MAX_ROWS,
            is_complete=True,
        )

    @classmethod
    def of(
        cls,
        rows: ScoredColumns,
        edits: Edits,
        items: Items,
        names: dict[int, str],
        chosen: tuple[np.ndarray, np.ndarray],
    ) -> ControlRows:
        """Rows of one slice of a batch.

        Args:
            rows: The batch.
            edits: Its pairs and controls.
            items: What its rows edit, by position in the batch.
            names: The terms of codes.
            chosen: Positions in the batch of pairs that have a control, ascending, and
                positions in `edits.controls` of their controls.
        """
        pairs, own = chosen
        assert rows.counterfactual_scores is not None
        controls = edits.controls[own]
        num_items, at = _items_at(items, pairs, rows.num_rows)
        num_words, word_at = _items_at(items, controls, rows.num_rows)
        codes = np.unique(items.terms[at])
        texts = [names[code].encode("utf-8", "surrogatepass") for code in codes.tolist()]
        return dataclasses.replace(
            cls.zero(len(rows.scores), rows.weights is not None),
            originals=rows.originals[pairs],
            clusters=rows.clusters[pairs],
            weights=None if rows.weights is None else rows.weights[pairs],
            scores=np.concatenate([rows.scores[:, pairs], rows.counterfactual_scores[:, pairs]]).T,
            num_items=num_items,
            terms=items.terms[at],
            edits=items.edits[at],
            pair_of=np.searchsorted(pairs, edits.pair_of[own]),
            control_scores=rows.counterfactual_scores[:, controls].T,
            num_words=num_words,
            words=items.edits[word_at],
            name_codes=codes,
            names=pa.array(texts, pa.large_binary()),
            num_rows=len(pairs) + len(controls),
        ).limited(MAX_ROWS)

    @classmethod
    def of_swaps(cls, rows: ScoredColumns, swaps: np.ndarray, pair_of: np.ndarray) -> ControlRows:
        """Swaps within one group as pairs without a control, and without what they edit.

        Args:
            rows: The batch.
            swaps: Positions of the swaps in it.
            pair_of: Positions of their pairs.
        """
        assert rows.counterfactual_scores is not None
        sides = [rows.scores[:, pair_of], rows.counterfactual_scores[:, swaps]]
        return dataclasses.replace(
            cls.zero(len(rows.scores), rows.weights is not None),
            originals=rows.originals[pair_of],
            clusters=rows.clusters[pair_of],
            weights=None if rows.weights is None else rows.weights[pair_of],
            scores=np.concatenate(sides).T,
            num_items=np.zeros(len(swaps), np.uint32),
            num_rows=len(swaps),
        ).limited(MAX_ROWS)

    def __add__(self, other: ControlRows) -> ControlRows:
        """The rows of both."""
        if not other.num_rows:
            return self.limited(other.limit)
        if not self.num_rows:
            return other.limited(self.limit)
        limit = min(self.limit, other.limit)
        is_complete = self.is_complete and other.is_complete
        one, two = (part if is_complete else part._sampled(limit) for part in (self, other))
        codes, first = np.unique(
            np.concatenate([one.name_codes, two.name_codes]), return_index=True
        )
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(one, name), getattr(two, name)])
            for name in (
                "originals",
                "clusters",
                "scores",
                "num_items",
                "terms",
                "edits",
                "control_scores",
                "num_words",
                "words",
            )
        }
        if one.weights is not None and two.weights is not None:
            joined["weights"] = np.concatenate([one.weights, two.weights])
        return dataclasses.replace(
            one,
            pair_of=np.concatenate([one.pair_of, two.pair_of + len(one.originals)]),
            name_codes=codes,
            names=pa.concat_arrays([one.names, two.names]).take(pa.array(first)),
            num_rows=self.num_rows + other.num_rows,
            limit=limit,
            is_complete=is_complete,
            **joined,
        ).limited(limit)

    @property
    def num_models(self) -> int:
        """M."""
        return int(self.control_scores.shape[1])

    @property
    def bytes_a_row(self) -> int:
        """About how many bytes a row takes, whatever it edits."""
        return 48 + 16 * self.num_models

    @property
    def num_clusters(self) -> int:
        """Distinct clusters among the pairs that are kept."""
        return len(np.unique(self.clusters))

    def limited(self, limit: int) -> ControlRows:
        """The same with at most so many rows, and `MAX_CLUSTERS` where all are kept."""
        limit = min(limit, self.limit)
        fits = self.num_rows <= limit and self.is_complete
        if fits and len(self.clusters) > MAX_CLUSTERS:
            fits = self.num_clusters <= MAX_CLUSTERS
        return dataclasses.replace(self, limit=limit) if fits else self._sampled(limit)

    def _sampled(self, limit: int) -> ControlRows:
        """The rows of the originals with the smallest hashes."""
        size = max(1, min(SAMPLE_SIZE, limit // _ROWS_FORESEEN))
        limited = dataclasses.replace(self, limit=limit, is_complete=False)
        originals = np.unique(self.originals)
        if len(originals) <= size:
            return limited
        return limited.take(np.flatnonzero(self.originals < originals[size]))

    def in_order(self) -> ControlRows:
        """The pairs in an order that depends on nothing but the rows."""
        return self.take(np.argsort(self.originals, kind="stable"))

    def take(self, pairs: np.ndarray) -> ControlRows:
        """Some pairs, in the order given, with their controls."""
        place = np.full(len(self.originals), -1)
        place[pairs] = np.arange(len(pairs))
        new_place = place[self.pair_of]
        order = np.argsort(new_place, kind="stable")
        controls = order[np.searchsorted(new_place[order], 0) :]
        items = _ragged(self.num_items, pairs)
        words = _ragged(self.num_words, controls)
        return dataclasses.replace(
            self,
            originals=self.originals[pairs],
            clusters=self.clusters[pairs],
            weights=None if self.weights is None else self.weights[pairs],
            scores=self.scores[pairs],
            num_items=self.num_items[pairs],
            terms=self.terms[items],
            edits=self.edits[items],
            pair_of=new_place[controls],
            control_scores=self.control_scores[controls],
            num_words=self.num_words[controls],
            words=self.words[words],
        )


def _ragged(sizes: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Positions of the items of some rows, of which each has as many as `sizes` says."""
    starts = np.cumsum(sizes, dtype=np.int64) - sizes
    number = sizes[chosen].astype(np.int64)
    ends = np.cumsum(number)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - number, number)
    return np.repeat(starts[chosen], number) + within


def _items_at(items: Items, rows: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """[K] uint32, how many items each of some rows has, and the positions of all of these."""
    sizes = np.bincount(items.rows, minlength=size)
    return sizes[rows].astype(np.uint32), _ragged(sizes, rows)
