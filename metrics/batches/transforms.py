"""Pair and example statistics as Beam transforms over batches."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.typehints.native_type_compatibility import convert_to_beam_type

from fairflip.metrics.batches.bundle_sums import Part, SumParts, register_sums, rows_of_parts
from fairflip.metrics.batches.gathered_sums import (
    GatherSums,
    GroupKey,
    SumsOfSlices,
    in_groups,
    register_sums_of_slices,
)
from fairflip.metrics.batches.pair_counting import accumulate, accumulate_with_examples
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.statistics.example_statistics import ExampleStatistics, accumulate_examples
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

_Key = tuple[str, SliceKey]
# Outputs of counting pairs, and kinds of its sums.
_PAIRS, _EXAMPLES = "pairs", "examples"


register_sums(SliceStatistics)
register_sums(ExampleStatistics)


class SlicesOfPairs(SumsOfSlices):
    """`SliceStatistics` by slice."""

    kind = SliceStatistics


class SlicesOfExamples(SumsOfSlices):
    """`ExampleStatistics` by slice."""

    kind = ExampleStatistics

    def total(self) -> SumsOfSlices:
        """The same with nothing pending; merge first, then total."""
        return self.replaced(
            {
                key: self[key].total()
                for key, hashes in zip(self, self.of_each("pending", "hashes"), strict=True)
                if len(hashes)
            }
        )


register_sums_of_slices(SlicesOfPairs)
register_sums_of_slices(SlicesOfExamples)


def _count_pairs(batches: list[Any], spec: StatisticsSpec) -> dict[SliceKey, SliceStatistics]:
    """The sums of some batches; the job's counters show how far it is."""
    sums = accumulate(batches, spec, must_be_together=True)
    _tell(batches, sums, spec)
    return sums


def _tell(
    batches: Sequence[Any], sums: Mapping[SliceKey, SliceStatistics], spec: StatisticsSpec
) -> None:
    _counter("pairs_counted").inc(sum(batch.num_rows for batch in batches))
    for model in range(spec.num_models):
        # At the first threshold, of all models together.
        table = sums[OVERALL].flip_counts(spec, model).counts[0]
        _counter("flips").inc(int(table[0, 1] + table[1, 0]))


def _count_examples(batches: list[Any], spec: StatisticsSpec) -> dict[SliceKey, ExampleStatistics]:
    """The same for distinct originals."""
    _tell_examples(batches)
    return accumulate_examples(batches, spec, must_be_together=True)


def _tell_examples(batches: Sequence[Any]) -> None:
    _counter("example_rows_counted").inc(sum(batch.num_rows for batch in batches))


class _SumPairsAndExamples(SumParts):
    """Counts a bundle's pairs, and of some parts the originals, which go to `_EXAMPLES`."""

    num_kinds = 2

    def __init__(self, parts: Sequence[Part], with_examples: Collection[str]):
        """Takes what to count, and the names of the parts of which originals are counted, too."""
        super().__init__(parts, _count_pairs, _by_kind, within_budget, with_slices=True)
        self._with_examples = frozenset(with_examples)

    def counted(self, batches: list[Any], *side_inputs: Any) -> dict[Any, Any]:
        """The sums of some batches by ((kind, part's name), slice)."""
        values: dict[Any, Any] = {}
        for part, rows in rows_of_parts(batches, self.parts):
            if part.name in self._with_examples:
                pairs, examples = accumulate_with_examples(rows, part.spec)
                _tell(rows, pairs, part.spec)
                _tell_examples(rows)
            else:
                pairs, examples = _count_pairs(rows, part.spec), {}
            values.update({((_PAIRS, part.name), key): value for key, value in pairs.items()})
            values.update({((_EXAMPLES, part.name), key): one for key, one in examples.items()})
        return values


def _by_kind(sums: Mapping[Any, Any]) -> Iterator[Any]:
    """A bundle's sums in groups, those of each kind for their output."""
    of_kinds: dict[str, dict[_Key, Any]] = {_PAIRS: {}, _EXAMPLES: {}}
    for ((kind, name), key), value in sums.items():
        of_kinds[kind][name, key] = value
    yield from in_groups(SlicesOfPairs, of_kinds[_PAIRS])
    for group in in_groups(SlicesOfExamples, of_kinds[_EXAMPLES]):
        yield beam.pvalue.TaggedOutput(_EXAMPLES, group)


def _counter(name: str) -> Any:
    return beam.metrics.Metrics.counter("fairflip", name)


def _counting(parts: Sequence[Part], count: Callable[..., Any], kind: Any) -> beam.ParDo:
    """Counts batches of a bundle: sums of slices in groups."""
    grouped = functools.partial(in_groups, kind)
    return beam.ParDo(
        SumParts(parts, count, grouped, within_budget, with_slices=True)
    ).with_output_types(tuple[GroupKey, kind])


def _zeros_of_overall(kind: Any, parts: Sequence[Part]) -> beam.ParDo:
    """Overall of each part, so that it is there even where there is no bundle."""
    return beam.FlatMap(_zeros, kind, tuple(parts)).with_output_types(tuple[GroupKey, kind])


def _zeros(_: bytes, kind: Any, parts: Sequence[Part]) -> Iterator[tuple[GroupKey, Any]]:
    return in_groups(kind, {(part.name, OVERALL): kind.kind.zero(part.spec) for part in parts})


class PairStatisticsOfParts(beam.PTransform):
    """Scored pair batches to (part's name, `SlicesOfPairs`), one for each part.

    Overall of each part is there even when there are no pairs. Rows of one original must
    stand together within and across batches, as the pairing stage leaves them; where they do
    not, the run stops with an `InputError`.
    """

    def __init__(self, parts: Sequence[Part]):
        super().__init__()
        self._parts = tuple(parts)

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        kind = SlicesOfPairs
        sums = batches | "AccumulateBatches" >> _counting(self._parts, _count_pairs, kind)
        start = batches.pipeline | "Start" >> beam.Impulse()
        zeros = start | "StartFromZero" >> _zeros_of_overall(kind, self._parts)
        return (sums, zeros) | "AddUp" >> GatherSums(kind)


class ComputePairStatistics(beam.PTransform):
    """Scored pair batches to one `SlicesOfPairs`: `PairStatisticsOfParts` of one part."""

    def __init__(self, spec: StatisticsSpec):
        super().__init__()
        self._spec = spec

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            batches
            | "CountOnePart" >> PairStatisticsOfParts([Part("", self._spec)])
            | "OfOnePart" >> beam.Values().with_output_types(SlicesOfPairs)
        )


class StatisticsOfParts(beam.PTransform):
    """(scored pair batches, batches of unmatched originals) to the statistics of both.

    Of pairs as `PairStatisticsOfParts`; of all scored originals, each once, as (part's name,
    `SlicesOfExamples`). A batch of pairs is read once for both. Where Beam joined the collections
    first, it would copy all their batches, texts included, to bring them to one place.
    """

    def __init__(self, parts: Sequence[Part], others: Sequence[Part]):
        """Takes what to count.

        Args:
            parts: Of pairs.
            others: Those of the parts, by their names, of which all originals are counted: what
                counts of the unmatched ones.
        """
        super().__init__()
        self._parts, self._others = tuple(parts), tuple(others)

    def expand(
        self, batches: tuple[beam.PCollection, beam.PCollection]
    ) -> tuple[beam.PCollection, beam.PCollection]:
        """Adds the transforms to the graph."""
        pairs, unmatched = batches
        of_pairs: Any = SlicesOfPairs
        of_examples: Any = SlicesOfExamples
        names = [part.name for part in self._others]
        counted = pairs | "AccumulateBatches" >> beam.ParDo(
            _SumPairsAndExamples(self._parts, names)
        ).with_output_types(tuple[GroupKey, of_pairs]).with_outputs(_EXAMPLES, main=_PAIRS)
        # What has no type is pickled between stages.
        counted[_EXAMPLES].element_type = convert_to_beam_type(tuple[GroupKey, of_examples])
        others = unmatched | "AccumulateExamples" >> _counting(
            self._others, _count_examples, of_examples
        )
        examples = [part for part in self._parts if part.name in names]
        start = pairs.pipeline | "Start" >> beam.Impulse()
        zeros = start | "StartFromZero" >> _zeros_of_overall(of_pairs, self._parts)
        no_examples = start | "StartExamples" >> _zeros_of_overall(of_examples, examples)
        return (
            (counted[_PAIRS], zeros) | "AddUp" >> GatherSums(of_pairs),
            (counted[_EXAMPLES], others, no_examples)
            | "AddUpExamples" >> GatherSums(of_examples)
            | "CountPending"
            >> beam.MapTuple(lambda name, slices: (name, slices.total())).with_output_types(
                tuple[str, of_examples]
            ),
        )


class GatherParts(beam.PTransform):
    """((part's name, key), sum) to (part's name, mapping of its keys), one for each part."""

    def __init__(self, kind: Any, key: Any = SliceKey):
        """Takes the class of the sums, and that of the keys."""
        super().__init__()
        self._kind, self._key = kind, key

    def expand(self, sums: beam.PCollection) -> beam.PCollection:
        """Groups all under one key: a fifth of what Beam's ToList costs."""
        kind, key = self._kind, self._key
        return (
            sums
            | "UnderTheirPart"
            >> beam.MapTuple(lambda key, value: (key[0], (key[1], value))).with_output_types(
                tuple[str, tuple[key, kind]]  # type: ignore[valid-type]
            )
            | "GroupAll" >> beam.GroupByKey()
            | "AsMapping"
            >> beam.MapTuple(lambda name, sums: (name, dict(sums))).with_output_types(
                tuple[str, dict[Any, Any]]
            )
        )


class GatherStatistics(beam.PTransform):
    """(SliceKey, statistics) to one element: all slices as one mapping."""

    def __init__(self, kind: Any):
        """Takes the class of the statistics."""
        super().__init__()
        self._kind = kind

    def expand(self, statistics: beam.PCollection) -> beam.PCollection:
        """`GatherParts` of one part."""
        return (
            statistics
            | "AsOnePart"
            >> beam.MapTuple(lambda key, value: (("", key), value)).with_output_types(
                tuple[_Key, self._kind]  # type: ignore[name-defined]
            )
            | "GatherOnePart" >> GatherParts(self._kind)
            | "OfOnePart" >> beam.Values()
        )
