"""The Beam side of the per-example metrics: read pairs, count them in batches.

TFMA hands over one example at a time. Counting each by itself is what made flips
cost as much as inference (the confusion-matrix combiner of TFMA 0.46); here an
example is read and laid aside, and a thousand are counted at once.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import apache_beam as beam
from tensorflow_model_analysis.metrics import metric_types

from fairflip.metrics.flips.counts import FlipCounts
from fairflip.metrics.pairs.class_transitions import ClassTransitions
from fairflip.metrics.pairs.examples import FlipExamples
from fairflip.metrics.pairs.kept_pairs import KeptPairs
from fairflip.metrics.pairs.pair_rows import PairRows, concatenate
from fairflip.metrics.tfma.pair_reader import PairReader
from fairflip.protos import errors

Total = TypeVar("Total")
Total_co = TypeVar("Total_co", covariant=True)

_ROWS_PER_COUNT = 1024


class PairStatistic(Protocol[Total_co]):
    """What is accumulated over pairs: a value with a zero and a `+`."""

    def zero(self) -> Total_co:
        """The identity of `+`."""
        ...

    def count(self, rows: PairRows) -> Total_co:
        """The value of these rows alone."""
        ...


@dataclasses.dataclass(frozen=True)
class FlipTally:
    """Counts of flips and samples of who flipped, which are added together."""

    counts: FlipCounts
    examples: FlipExamples

    def __add__(self, other: FlipTally) -> FlipTally:
        return FlipTally(self.counts + other.counts, self.examples + other.examples)


@dataclasses.dataclass(frozen=True)
class FlipStatistic:
    """Counts flips at `thresholds` and samples up to `num_ids` IDs of each kind."""

    thresholds: tuple[float, ...]
    num_ids: int = 0
    seed: int = 0

    def zero(self) -> FlipTally:
        """No flips."""
        return FlipTally(
            FlipCounts.zero(self.thresholds),
            FlipExamples.zero(self.thresholds, self.num_ids, self.seed),
        )

    def count(self, rows: PairRows) -> FlipTally:
        """Counts and samples these rows."""
        counts = FlipCounts.count(
            rows.original, rows.counterfactual, self.thresholds, rows.weights, rows.legitimate
        )
        if rows.ids is None or self.num_ids == 0:
            return FlipTally(counts, self.zero().examples)
        examples = FlipExamples.sample(
            rows.original,
            rows.counterfactual,
            rows.ids,
            self.thresholds,
            self.num_ids,
            self.seed,
            rows.legitimate,
        )
        return FlipTally(counts, examples)


@dataclasses.dataclass(frozen=True)
class KeptPairsStatistic:
    """Keeps the scores of all pairs."""

    def zero(self) -> KeptPairs:
        """No pairs."""
        return KeptPairs()

    def count(self, rows: PairRows) -> KeptPairs:
        """Keeps these rows."""
        return KeptPairs.of(rows)


@dataclasses.dataclass(frozen=True)
class ClassTransitionStatistic:
    """Counts changes of the top class."""

    def zero(self) -> ClassTransitions:
        """No pairs."""
        return ClassTransitions.zero()

    def count(self, rows: PairRows) -> ClassTransitions:
        """Counts these rows."""
        return ClassTransitions.count(rows)


@dataclasses.dataclass
class _Accumulator(Generic[Total]):
    """What was counted, and rows that still wait; only add_input changes one."""

    total: Total
    waiting: list[PairRows]
    num_waiting: int = 0


class CountPairs(beam.CombineFn):
    """Accumulates a statistic over pairs; its output is {key: the statistic}."""

    def __init__(
        self, key: metric_types.MetricKey, reader: PairReader, statistic: PairStatistic[Any]
    ):
        self._key = key
        self._reader = reader
        self._statistic = statistic

    @property
    def reader(self) -> PairReader:
        """How an example is read; the batched evaluator reads the same from a batch."""
        return self._reader

    @property
    def statistic(self) -> PairStatistic[Any]:
        """What is accumulated."""
        return self._statistic

    def create_accumulator(self) -> _Accumulator[Any]:
        """Nothing counted."""
        return _Accumulator(self._statistic.zero(), [])

    def add_input(
        self, accumulator: _Accumulator[Any], element: metric_types.StandardMetricInputs
    ) -> _Accumulator[Any]:
        """Reads an example; counts when enough of them wait."""
        rows = self._reader.read(element)
        accumulator.waiting.append(rows)
        accumulator.num_waiting += rows.size
        if accumulator.num_waiting >= _ROWS_PER_COUNT:
            return self.compact(accumulator)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[_Accumulator[Any]]) -> _Accumulator[Any]:
        """Adds any number of accumulators, from a list or an iterator, and changes none.

        TFMA's jackknife merges each accumulator into many samples.
        """
        total = self._statistic.zero()
        waiting: list[PairRows] = []
        num_waiting = 0
        for accumulator in accumulators:
            total = self._sum(total, accumulator.total)
            waiting.extend(accumulator.waiting)
            num_waiting += accumulator.num_waiting
            if num_waiting >= _ROWS_PER_COUNT:
                total = self._with_waiting(total, waiting)
                waiting, num_waiting = [], 0
        return _Accumulator(total, waiting, num_waiting)

    def compact(self, accumulator: _Accumulator[Any]) -> _Accumulator[Any]:
        """Counts what waits."""
        return _Accumulator(self._counted(accumulator), [])

    def extract_output(self, accumulator: _Accumulator[Any]) -> dict[metric_types.MetricKey, Any]:
        """The statistic under its private key."""
        return {self._key: self._counted(accumulator)}

    def _counted(self, accumulator: _Accumulator[Any]) -> Any:
        if not accumulator.waiting:
            return accumulator.total
        return self._with_waiting(accumulator.total, accumulator.waiting)

    def _with_waiting(self, total: Any, waiting: list[PairRows]) -> Any:
        with self._named_errors():
            rows = self._statistic.count(concatenate(waiting))
        return self._sum(total, rows)

    def _sum(self, total: Any, part: Any) -> Any:
        with self._named_errors():
            return total + part

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        """What is wrong with rows does not say whose rows they are."""
        reader = self._reader
        try:
            yield
        except errors.InputError as error:
            whose = reader.metric
            if reader.model_name:
                whose += f", model {reader.model_name!r}"
            if reader.feature_key is not None:
                whose += f", counterfactual's prediction {reader.feature_key!r}"
            raise errors.InputError(f"{whose}: {error}") from error
