"""From batches to one sum for each key: what every count in Beam has in common.

A worker lays a bundle's batches aside until there are many rows, counts them at once, and
at the bundle's end hands on one sum for each key. These are then added. A sum is a
dataclass of arrays with `+`; `register_sums` gives its class a coder.

Outputs of a model, pairs of withheld terms, second answers: each is a part that is counted by
itself, with models, labels and rows of its own. But a batch is read once for all of them, and
the graph has one step for a pass however many there are.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.metrics.flips.slicing import memberships
from fairflip.metrics.statistics.columns import project
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding
from fairflip.metrics.sums.sum_columns import SOURCE, read_when_asked

#: Rows that a worker gathers before it counts them: array calls cost the same
#: for few rows as for many.
ROWS_PER_CHUNK = 1 << 17
#: Where there are many slices, rows of each that are gathered, and the most rows, a model.
_ROWS_PER_SLICE, _MOST_ROWS = 64, 1 << 19
# Sums that a worker holds before it hands them on: a key may be any text of the data.
_MAX_HELD = 4_096


class SumsCoder(beam.coders.Coder):
    """Values of one dataclass as plain arrays; see `fairflip.metrics.sums.encoding`."""

    def __init__(self, kind: type):
        """Takes the class of the values."""
        self._kind = kind

    @classmethod
    def from_type_hint(cls, typehint: type, registry: Any) -> Any:
        """The coder of the class that it was registered for."""
        return cls(typehint)

    def encode(self, value: Any) -> bytes:
        """The value as bytes."""
        sent = vars(value).get(SOURCE)
        return sent if isinstance(sent, bytes) else encoding.encode(value)

    def decode(self, encoded: bytes) -> Any:
        """The value that `encode` wrote; a field is read when it is asked for.

        Most sums of many slices are handed on several times before anybody looks at them.
        """
        value: Any = object.__new__(self._kind)
        vars(value)[SOURCE] = encoded
        return value

    def estimate_size(self, value: Any) -> int:
        """Roughly: Beam asks for it at every step, and would encode to find out."""
        sent = vars(value).get(SOURCE)
        return len(sent) if isinstance(sent, bytes) else encoding.num_bytes(value)

    def is_deterministic(self) -> bool:
        """Equal sums have equal bytes, but nothing relies on it."""
        return False

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return self._kind


def register_sums(kind: type) -> None:
    """Lets workers exchange values of a dataclass of arrays.

    Raises:
        TypeError: A field has a default, or slots, so that it would not be missed.
    """
    read_when_asked(kind)
    beam.coders.registry.register_coder(kind, SumsCoder)


class ManyRowsAtOnce(beam.DoFn, abc.ABC):
    """Gathers a bundle's batches, to work on many rows at once."""

    @abc.abstractmethod
    def to_keep(self, element: Any) -> pa.RecordBatch | pa.Table:
        """The columns of a batch that are needed; others would wait in memory with them."""

    def rows_wanted(self, batch: Any) -> int:
        """How many rows to gather before they are worked on, judged by one batch."""
        return ROWS_PER_CHUNK

    @abc.abstractmethod
    def work(self, batches: list[Any], side_input: Any) -> Iterator[Any]:
        """Yields what follows from some batches, at least one."""

    def last(self) -> Iterable[Any]:
        """What is left at the end of a bundle."""
        return ()

    def start_bundle(self) -> None:
        """Nothing waits."""
        self._batches: list[Any] = []
        self._num_rows = 0
        self._rows_wanted = 0
        self._side_input: Any = None

    def process(self, element: Any, side_input: Any = None) -> Iterator[Any]:
        """Takes a batch; works when there are enough rows."""
        self._side_input = side_input
        batch = self.to_keep(element)
        if batch.num_rows:
            self._batches.append(batch)
            self._num_rows += batch.num_rows
        if self._num_rows >= max(ROWS_PER_CHUNK, self._rows_wanted):
            if not self._rows_wanted:
                self._rows_wanted = self.rows_wanted(batch)
            if self._num_rows >= self._rows_wanted:
                yield from self._work()

    def finish_bundle(self) -> Iterator[Any]:
        """Works on the rest."""
        window = GlobalWindow()
        for outputs in (self._work, self.last):
            for output in outputs():
                tag, value = None, output
                if isinstance(output, TaggedOutput):
                    tag, value = output.tag, output.value
                windowed = WindowedValue(value, window.max_timestamp(), (window,))
                yield windowed if tag is None else TaggedOutput(tag, windowed)

    def _work(self) -> Iterator[Any]:
        batches, self._batches, self._num_rows = self._batches, [], 0
        if batches:
            yield from self.work(batches, self._side_input)


class SumBatches(ManyRowsAtOnce):
    """Counts a bundle's batches and emits one (key, sum) for each key.

    Attributes:
        num_kinds: Kinds of sums; as many are held of each as of one alone.
    """

    num_kinds = 1

    def __init__(
        self,
        spec: StatisticsSpec,
        count: Callable[..., Mapping[Any, Any]],
        grouped: Callable[[dict[Any, Any]], Iterable[tuple[Any, Any]]] | None = None,
        bounded: Callable[[Mapping[Any, Any]], Mapping[Any, Any]] | None = None,
        with_slices: bool = False,
    ):
        """Initializes the function.

        Args:
            spec: Names the columns that are counted.
            count: From batches, and the side input if there is one, to {key: sum}.
            grouped: If given, from a bundle's sums to what is emitted in their place, as
                several of them together, in an order that does not depend on theirs.
            bounded: If given, from a bundle's sums to the same in bounded memory.
            with_slices: Whether keys are the slices of `spec`. Where they are many, more rows
                are counted at once, since each slice costs the same for few rows as for many.
        """
        self._spec, self._count, self._grouped = spec, count, grouped
        self._bounded, self._with_slices = bounded, with_slices

    def start_bundle(self) -> None:
        """Nothing counted."""
        super().start_bundle()
        self._sums: dict[Any, Any] = {}

    def rows_wanted(self, batch: pa.RecordBatch | pa.Table) -> int:
        """More than otherwise where the slices of a batch are many."""
        if not self._with_slices or not self._spec.slices:
            return ROWS_PER_CHUNK
        most = max(ROWS_PER_CHUNK, _MOST_ROWS // self._spec.num_models)
        num_slices = len(memberships(batch, self._spec.slices))
        if batch.num_rows < 8 * num_slices:  # Other batches have others.
            return most
        return min(most, max(ROWS_PER_CHUNK, _ROWS_PER_SLICE * num_slices))

    def to_keep(self, element: pa.RecordBatch | pa.Table) -> pa.RecordBatch | pa.Table:
        """The columns that counting reads."""
        return project(element, self._spec)

    def counted(self, batches: list[Any], *side_inputs: Any) -> Mapping[Any, Any]:
        """The sums of some batches."""
        return self._count(batches, *side_inputs)

    def bounded(self, sums: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """A bundle's sums in bounded memory, where that was asked for."""
        return sums if self._bounded is None else self._bounded(sums)

    def work(self, batches: list[Any], side_input: Any) -> Iterator[tuple[Any, Any]]:
        """Adds the sums of these batches; hands sums on when there are too many to hold."""
        arguments = () if side_input is None else (side_input,)
        for key, value in self.counted(batches, *arguments).items():
            self._sums[key] = self._sums[key] + value if key in self._sums else value
        self._sums = dict(self.bounded(self._sums))
        if len(self._sums) > _MAX_HELD * self.num_kinds:
            yield from self.last()

    def last(self) -> Iterator[tuple[Any, Any]]:
        """The sums, in the order of their keys, or as `grouped` puts them together."""
        sums, self._sums = self._sums, {}
        if self._grouped is None:
            yield from ((key, sums[key]) for key in sorted(sums))
        else:
            yield from self._grouped(sums)


#: From a batch to the rows of it that count, perhaps with more columns; it is pickled.
RowChoice = Callable[[pa.RecordBatch], pa.RecordBatch]


@dataclasses.dataclass(frozen=True)
class Part:
    """What is counted by itself.

    Attributes:
        name: Its own in a pass.
        spec: What to count.
        rows: Chooses what counts of a batch; None: all rows do. Parts that share one share
            what it gives.
        row_columns: What it reads besides what is counted.
    """

    name: str
    spec: StatisticsSpec
    rows: RowChoice | None = None
    row_columns: tuple[str, ...] = ()


def columns_of(parts: Sequence[Part]) -> list[str]:
    """The columns that counting these parts reads."""
    names = (name for part in parts for name in (*part.spec.needed_columns, *part.row_columns))
    return list(dict.fromkeys(names))


def rows_of_parts(
    batches: Sequence[Any], parts: Iterable[Part]
) -> Iterator[tuple[Part, list[Any]]]:
    """What counts of some batches, by part; no part of which no row does."""
    chosen: dict[int, list[Any]] = {}
    for part in parts:
        rows = part.rows
        if id(rows) not in chosen:
            of_each = batches if rows is None else [rows(batch) for batch in batches]
            chosen[id(rows)] = [batch for batch in of_each if batch.num_rows]
        if chosen[id(rows)]:
            yield part, [project(batch, part.spec) for batch in chosen[id(rows)]]


class SumParts(SumBatches):
    """Counts a bundle's batches for each part: one ((part's name, key), sum) for each key."""

    def __init__(
        self,
        parts: Sequence[Part],
        count: Callable[..., Mapping[Any, Any]],
        grouped: Callable[[dict[Any, Any]], Iterable[tuple[Any, Any]]] | None = None,
        bounded: Callable[[Mapping[Any, Any]], Mapping[Any, Any]] | None = None,
        with_slices: bool = False,
    ):
        """Initializes the function.

        Args:
            parts: At least one; the slices of the first say how many rows are counted at once.
            count: From batches, a part's spec, and the side input if there is one, to
                {key: sum}.
            grouped: See `SumBatches`; keys are (part's name, key).
            bounded: See `SumBatches`; of each part by itself.
            with_slices: See `SumBatches`.
        """
        super().__init__(parts[0].spec, count, grouped, bounded, with_slices)
        self.parts, self._columns = tuple(parts), columns_of(parts)

    def to_keep(self, element: pa.RecordBatch | pa.Table) -> pa.RecordBatch | pa.Table:
        """The columns that counting reads."""
        present = set(element.schema.names)
        return element.select([name for name in self._columns if name in present])

    def counted(self, batches: list[Any], *side_inputs: Any) -> dict[Any, Any]:
        """The sums of some batches, part by part."""
        values: dict[Any, Any] = {}
        for part, rows in rows_of_parts(batches, self.parts):
            for key, value in self._count(rows, part.spec, *side_inputs).items():
                values[part.name, key] = value
        return values

    def bounded(self, sums: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """The sums of each part in bounded memory."""
        by_part: dict[str, dict[Any, Any]] = {}
        for (name, key), value in sums.items():
            by_part.setdefault(name, {})[key] = value
        return {
            (name, key): value
            for name, of_part in by_part.items()
            for key, value in super(SumParts, self).bounded(of_part).items()
        }


class AddPerKey(beam.PTransform):
    """(key, sum) to one (key, sum) each, for sums with `+` and a coder of their own.

    Bundles come with one sum per key already, so that a combiner's first step, and its
    accumulators between the steps, would cost and not save.
    """

    def __init__(self, output_type: Any):
        """Takes the type of (key, sum)."""
        super().__init__()
        self._output_type = output_type

    def expand(self, sums: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            sums
            | "GroupSums" >> beam.GroupByKey()
            | "AddSums" >> beam.Map(added).with_output_types(self._output_type)
        )


def added(keyed: tuple[Any, Iterable[Any]]) -> tuple[Any, Any]:
    """(key, its sums) to (key, their sum)."""
    key, sums = keyed
    return key, functools.reduce(operator.add, sums)
