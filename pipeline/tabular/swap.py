"""Sets one column of a table to each other of its values: the plain functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.generate.batch import GeneratedBatch
from fairflip.pipeline.generate.coverage import NUM_EXAMPLES, Coverage, PairExample, TermCounts
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.records.pairing_audit import PairingAudit, multiset_hash, pair_rows
from fairflip.protos import columns, config_pb2
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import quote
from fairflip.protos.id_hash import hash_texts

#: An attribute whose values nobody names may have so many.
MOST_VALUES = 20


@dataclasses.dataclass(frozen=True)
class AttributeSwap:
    """What is changed.

    Attributes:
        attribute: The column.
        values: Its values, as text; a record with another one makes no pair.
        linked: (column, groups of values) of the columns that follow. A cell that holds a
            value of a group gets, of two values, the other one; of more, the one at the
            place of the attribute's new value.
    """

    attribute: str
    values: tuple[str, ...]
    linked: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()

    @classmethod
    def of(cls, spec: config_pb2.GeneratorSpec, counts: Mapping[str, int]) -> AttributeSwap:
        """The swap that a configuration asks for.

        Args:
            spec: With method "attribute".
            counts: How many examples have each value.

        Raises:
            InputError: A named value is in no example; or none is named, and there are more
                than `MOST_VALUES`, or fewer than two.
        """
        values = tuple(spec.attribute_values)
        name = quote(spec.attribute)
        there = sorted(counts, key=lambda value: (-counts[value], value))
        shown = ", ".join(map(quote, there[:MOST_VALUES])) or "nothing"
        if len(there) > MOST_VALUES:
            shown += f" and {len(there) - MOST_VALUES:,} others"
        if missing := [value for value in values if value not in counts]:
            raise InputError(
                f"generator.attribute_values: {quote(missing[0])} is in no example; {name} holds "
                f"{shown}"
            )
        if not values and len(there) > MOST_VALUES:
            raise InputError(
                f"generator.attribute: {name} has more than {MOST_VALUES} values ({shown}); name "
                f"those that are set, such as --attribute {spec.attribute}=A,B, or change a "
                "column that holds groups of them"
            )
        if not values and len(there) < 2:
            raise InputError(
                f"generator.attribute: all examples have one value of {name}: {shown}; name a "
                "column with two values or more"
            )
        return cls._with_values(spec, values or tuple(sorted(there, key=_number_or_text)))

    @classmethod
    def named(cls, spec: config_pb2.GeneratorSpec | config_pb2.InferenceRemedy) -> AttributeSwap:
        """The swap whose values a configuration names, whatever the data hold.

        Raises:
            InputError: Fewer than two are named, or a linked column has another number.
        """
        if len(spec.attribute_values) < 2:
            raise InputError(
                f"attribute_values: {len(spec.attribute_values)} of {quote(spec.attribute)} are "
                f"named; name two or more, such as --attribute {spec.attribute}=A,B"
            )
        return cls._with_values(spec, tuple(spec.attribute_values))

    @classmethod
    def _with_values(
        cls,
        spec: config_pb2.GeneratorSpec | config_pb2.InferenceRemedy,
        values: tuple[str, ...],
    ) -> AttributeSwap:
        linked = tuple(
            (each.column, tuple(tuple(group.split(":")) for group in each.values))
            for each in spec.linked
        )
        for column, groups in linked:
            for group in groups:
                if len(group) != len(values):
                    raise InputError(
                        f"generator.linked: {quote(':'.join(group))} of {quote(column)} holds "
                        f"{len(group)} values, and {quote(spec.attribute)} has {len(values)}; give "
                        "one for each, in the order of --attribute COLUMN=VALUE,VALUE"
                    )
        return cls(spec.attribute, values, linked)

    @property
    def changed(self) -> tuple[str, ...]:
        """The columns that a counterfactual has a value of its own for."""
        return tuple(dict.fromkeys([self.attribute, *(column for column, _ in self.linked)]))


def cell_texts(column: pa.Array) -> pa.Array:
    """The values of a column as people write them: 1 and not 1.0."""
    if not pa.types.is_floating(column.type):
        return column.cast(pa.string())
    encoded = column.dictionary_encode()
    texts = [f"{value:.15g}" for value in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


class SwappedCells(NamedTuple):
    """The cells of the counterfactuals of some records.

    Attributes:
        codes: [records] which of the values each has; -1: none of them.
        rows: [P] of each counterfactual its record: one for each other value, in their order.
        new: [P] which of the values it has.
        cells: Of the attribute and of each linked column [P] cells.
    """

    codes: np.ndarray
    rows: np.ndarray
    new: np.ndarray
    cells: dict[str, pa.Array]


def swapped_cells(batch: pa.RecordBatch, swap: AttributeSwap) -> SwappedCells:
    """What a batch's records hold when the attribute has each other of its values.

    Args:
        batch: Records.
        swap: What is changed.
    """
    num_values = len(swap.values)
    values = pa.array(swap.values, pa.string())
    known = pc.index_in(cell_texts(batch.column(swap.attribute)), values)
    codes = known.fill_null(-1).to_numpy(zero_copy_only=False)
    paired = np.flatnonzero(codes >= 0)
    rows = np.repeat(paired, num_values - 1)
    new = np.tile(np.arange(num_values - 1), len(paired))
    new += new >= codes[rows]  # the values but for the original's own
    kind = batch.schema.field(swap.attribute).type
    cells = {swap.attribute: _of_type(values, kind, swap.attribute).take(pa.array(new))}
    for column, groups in swap.linked:
        cells[column] = _followed(batch.column(column).take(pa.array(rows)), groups, new)
    return SwappedCells(codes, rows, new, cells)


def swapped_pairs(batch: pa.RecordBatch, swap: AttributeSwap, names: PairColumns) -> GeneratedBatch:
    """Makes the pairs of a batch of originals.

    Args:
        batch: Originals, with distinct IDs as strings.
        swap: What is changed.
        names: The names of the columns.

    Returns:
        For each original one pair for each other value, in the order of the values, with
        ``counterfactual.<column>`` of the attribute and of each linked column,
        ``counterfactual_id`` ("<id>#0", ...), ``term`` (the attribute), ``group`` and
        ``replacement_group`` (its values), ``category`` and ``counterfactual_index``.
    """
    codes, rows, new, cells = swapped_cells(batch, swap)
    old = codes[rows]
    numbers = new - (new > old)
    pairs = batch.take(pa.array(rows))
    ids = pairs.column(names.id).cast(pa.string())
    texts = pa.array(swap.values, pa.string())
    added = {columns.counterfactual(column): values for column, values in cells.items()}
    added |= {
        columns.COUNTERFACTUAL_ID: pc.binary_join_element_wise(
            ids, pa.array(numbers).cast(pa.string()), "#"
        ),
        columns.TERM: _one_each(pa.array([swap.attribute] * len(rows), pa.string())),
        columns.REPLACEMENT: _one_each(texts.take(pa.array(new))),
        columns.GROUP: _one_each(texts.take(pa.array(old))),
        columns.REPLACEMENT_GROUP: _one_each(texts.take(pa.array(new))),
        columns.CATEGORY: _one_each(pa.array([swap.attribute] * len(rows), pa.string())),
        COUNTERFACTUAL_INDEX: pa.array(numbers, pa.int32()),
    }
    made = pa.RecordBatch.from_arrays(
        [*pairs.columns, *added.values()],
        schema=pa.schema([*pairs.schema, *(pa.field(k, v.type) for k, v in added.items())]),
    )
    rows_of_set = pair_rows(pa.Table.from_batches([made]), names.id, sorted(swap.changed))
    unmatched = batch.filter(pa.array(codes < 0))
    audit = PairingAudit(
        num_counterfactuals=made.num_rows,
        num_pairs=made.num_rows,
        num_unmatched_originals=unmatched.num_rows,
        hash_sum=multiset_hash(rows_of_set),
    )
    return GeneratedBatch(made, unmatched, [], audit, _coverage(made, swap, names, codes))


def _of_type(texts: pa.Array, kind: pa.DataType, attribute: str) -> pa.Array:
    """The attribute's values as its column holds them."""
    if pa.types.is_null(kind):
        return texts
    if not pa.types.is_floating(kind):
        return texts.cast(kind)
    try:
        return texts.cast(pa.float64()).cast(kind)
    except pa.ArrowInvalid as error:
        raise InputError(
            f"generator.attribute_values: {quote(attribute)} holds numbers; name numbers"
        ) from error


def _followed(column: pa.Array, groups: Sequence[Sequence[str]], new: np.ndarray) -> pa.Array:
    """A column that follows: for each row what stands for the attribute's new value.

    Args:
        column: The originals' cells.
        groups: Values that stand for each other.
        new: [rows] which of its values the attribute gets.
    """
    encoded = cell_texts(column).dictionary_encode()
    table: list[str] = []  # for each distinct cell, one for each value of the attribute
    for cell in encoded.dictionary.to_pylist():
        group = next((group for group in groups if cell in group), None)
        if group is None:
            table += [cell] * len(groups[0])
        elif len(group) == 2:
            table += [group[1 - group.index(cell)]] * 2
        else:
            table += group
    cells = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    places = pa.array(cells * len(groups[0]) + new, mask=column.is_null().to_numpy(False))
    return _of_type(pa.array(table, pa.string()).take(places), column.type, "a linked column")


def _one_each(values: pa.Array) -> pa.Array:
    """Lists of one value."""
    return pa.ListArray.from_arrays(pa.array(np.arange(len(values) + 1, dtype=np.int32)), values)


def _coverage(
    pairs: pa.RecordBatch, swap: AttributeSwap, names: PairColumns, codes: np.ndarray
) -> Coverage:
    counts = np.bincount(codes[codes >= 0], minlength=len(swap.values)).tolist()
    terms = {
        (swap.attribute, value, swap.attribute): TermCounts(count, count * (len(swap.values) - 1))
        for value, count in zip(swap.values, counts, strict=True)
        if count
    }
    features = [name for name in names.inputs if name in pairs.schema.names]
    ids = pairs.column(columns.COUNTERFACTUAL_ID).cast(pa.binary()).to_pylist()
    ranks = hash_texts(ids)
    drawn = np.argsort(ranks, kind="stable")[:NUM_EXAMPLES]
    examples = [
        PairExample(
            f"{ranks[place]:016x}",
            str(row[names.id]),
            *record_texts(row, features),
            (swap.attribute,),
        )
        for place, row in zip(drawn, pairs.take(pa.array(drawn)).to_pylist(), strict=True)
    ]
    return Coverage(terms, tuple(examples))


def record_texts(row: Mapping[str, object], features: Sequence[str]) -> tuple[str, str]:
    """Both sides of a pair in one line each, to be read: "age: 34, gender: female"."""

    def line(prefix: str) -> str:
        cells = [(name, row.get(prefix + name, row.get(name))) for name in features]
        return ", ".join(f"{name}: {_cell_text(value)}" for name, value in cells)

    return line(""), line(columns.COUNTERFACTUAL_PREFIX)


def _cell_text(value: object) -> str:
    if value is None:
        return "missing"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _number_or_text(value: str) -> tuple[bool, float, str]:
    """Numbers in their order, before words."""
    try:
        return False, float(value), value
    except ValueError:
        return True, 0.0, value
