"""Controls of tables: as many other cells of a record get the values of another record.

Columns and donors are drawn by hashes of the seed, the record's ID and the pair's number: the
same on any runner, however records are cut into batches.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from fairflip.pipeline.generate.control_coverage import ControlCoverage, ControlExample, rank_of
from fairflip.pipeline.generate.coverage import NUM_EXAMPLES
from fairflip.pipeline.generate.edits.control_rows import (
    LISTS,
    control_rows,
    joined,
    labelled,
    with_column,
)
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.pair.controls import control_hash
from fairflip.pipeline.records.pairing_audit import canonical
from fairflip.pipeline.tabular.sample import TableSample
from fairflip.pipeline.tabular.swap import record_texts
from fairflip.protos import columns
from fairflip.protos.edits import control_mask
from fairflip.protos.id_hash import hash_texts

#: So many records are looked at for one whose cells all differ.
_MOST_DONORS = 64
TOO_FEW_COLUMNS, NO_OTHER_VALUE = "too few other columns", "no record with other values"


class CellEdit(NamedTuple):
    """One control of a pair.

    Attributes:
        features: The columns that it changes.
        donor: The sampled record whose values they get.
    """

    features: tuple[str, ...]
    donor: int


class Drawn(NamedTuple):
    """The controls of one pair, and why it has fewer than were asked for ("": it has not)."""

    controls: tuple[CellEdit, ...]
    shortage: str


@dataclasses.dataclass(frozen=True)
class CellDrawer:
    """Draws controls.

    Attributes:
        sample: Where the values come from.
        others: Columns that may be changed: of the features those that neither are the
            attribute nor follow from it (of ready-made pairs, that none changes), and that have
            two values or more.
        num_controls: How many a pair gets at most.
        seed: Of the draws.
    """

    sample: TableSample
    others: tuple[str, ...]
    num_controls: int
    seed: int

    @classmethod
    def of(
        cls,
        sample: TableSample,
        changed: Collection[str],
        features: Sequence[str],
        num_controls: int,
        seed: int,
    ) -> CellDrawer:
        """The drawer of a run whose pairs change some columns: no control changes these."""
        free = [name for name in features if name not in changed]
        others = tuple(name for name in free if len(canonical(sample.cells(name)).unique()) > 1)
        return cls(sample, others, num_controls, seed)

    def draw(
        self, records: dict[str, list[Any]], ids: Sequence[str], sizes: Sequence[int]
    ) -> list[Drawn]:
        """The controls of each pair; no two of one pair change the same column.

        Args:
            records: The pairs' originals: [N] cells of each of `others`.
            ids: [N] what tells a pair: `counterfactual_id`, or the like.
            sizes: [N] how many cells each pair changes.
        """
        keys = [f"{id}\n{name}".encode() for id in ids for name in self.others]
        ranks = hash_texts(keys, self.seed).reshape(len(ids), len(self.others))
        order = np.argsort(ranks, axis=1, kind="stable")
        starts = hash_texts([id.encode() for id in ids], self.seed + 1)
        pool = {name: self.sample.cells(name).to_pylist() for name in self.others}
        num_donors = len(self.sample.ids)
        drawn = []
        for row, size in enumerate(sizes):
            names = [self.others[place] for place in order[row]]
            controls, shortage = [], ""
            for number in range(self.num_controls):
                chosen = tuple(names[number * size : (number + 1) * size])
                if len(chosen) < size or not size:
                    shortage = shortage or TOO_FEW_COLUMNS
                    break
                start = int(starts[row]) + number * 7_919
                donor = next(
                    (
                        place % num_donors
                        for place in range(start, start + min(num_donors, _MOST_DONORS))
                        if all(
                            pool[name][place % num_donors] not in (None, records[name][row])
                            for name in chosen
                        )
                    ),
                    None,
                )
                if donor is None:
                    shortage = shortage or NO_OTHER_VALUE
                    continue
                controls.append(CellEdit(chosen, donor))
            drawn.append(Drawn(tuple(controls), shortage))
        return drawn


class WithCellControls(NamedTuple):
    """A batch of pairs with their controls."""

    batch: pa.RecordBatch
    coverage: ControlCoverage


def with_cell_controls(
    pairs: pa.RecordBatch, drawer: CellDrawer, names: PairColumns
) -> WithCellControls:
    """Adds the controls of a batch of pairs of a table.

    Args:
        pairs: Those of one original stand together.
        drawer: What draws.
        names: The names of the columns.

    Returns:
        The batch with a ``counterfactual.<column>`` for every feature that a control may
        change, `columns.EDIT` and the other columns of controls; and what is known of them.
        The ``term`` of a control are the columns that it changes, and so is that of a pair
        which brings none.
    """
    changed = [n for n in names.inputs if columns.counterfactual(n) in pairs.schema.names]
    pairs = labelled(pairs)
    for name in drawer.others:
        if columns.counterfactual(name) not in pairs.schema.names:
            pairs = pairs.append_column(columns.counterfactual(name), pairs.column(name))
    ids = pairs.column(names.id).to_pylist()
    index = pairs.column(COUNTERFACTUAL_INDEX).to_pylist()
    edited = _changed_columns(pairs, changed)
    given = pairs.column(columns.TERM).to_pylist()
    terms = [own or term or None for own, term in zip(given, edited, strict=True)]
    pairs = with_column(pairs, columns.TERM, pa.array(terms, LISTS))
    records = {name: pairs.column(name).to_pylist() for name in drawer.others}
    keys = [f"{id}#{number}" for id, number in zip(ids, index, strict=True)]
    drawn = drawer.draw(records, keys, [len(names) for names in edited])
    if control_mask(pairs).any():
        raise ValueError("these pairs have controls already")
    order, rows, numbers = placed(ids, index, [len(one.controls) for one in drawn])
    edits = [edit for one in drawn for edit in one.controls]
    made = _rows_of(pairs, rows, edits, numbers, changed, drawer)
    batch = joined(pairs, made, order)
    return WithCellControls(
        batch,
        ControlCoverage(
            num_pairs=len(ids),
            num_control_pairs=len(rows),
            pairs_by_controls=dict(Counter(len(one.controls) for one in drawn)),
            shortages=dict(Counter(one.shortage for one in drawn if one.shortage)),
            hash_sum=control_hash(made, names) if rows else 0,
            examples=_examples(pairs, made, rows, names),
            by_column=dict(Counter(name for edit in edits for name in edit.features)),
        ),
    )


class Placed(NamedTuple):
    """Where controls stand.

    Attributes:
        order: Of pairs (from 0) and controls (behind them) together.
        rows: For each control, the row of its pair.
        numbers: Its `counterfactual_index`.
    """

    order: list[int]
    rows: list[int]
    numbers: list[int]


def placed(ids: Sequence[str], index: Sequence[int], num_controls: Sequence[int]) -> Placed:
    """Controls behind the pairs of their original, numbered on from these.

    Args:
        ids: [N] IDs of the pairs' originals; those of one stand together.
        index: [N] the pairs' own numbers.
        num_controls: [N] how many controls each pair has.
    """
    order: list[int] = []
    rows: list[int] = []
    numbers: list[int] = []
    for _, group in itertools.groupby(range(len(ids)), key=ids.__getitem__):
        together = list(group)
        order += together
        following = max(index[row] for row in together) + 1
        for row in together:
            for _ in range(num_controls[row]):
                order.append(len(ids) + len(rows))
                rows.append(row)
                numbers.append(following)
                following += 1
    return Placed(order, rows, numbers)


def _changed_columns(pairs: pa.RecordBatch, changed: Sequence[str]) -> list[list[str]]:
    """[N] which of some columns each pair changes."""
    edited: list[list[str]] = [[] for _ in range(pairs.num_rows)]
    for name in changed:
        before, after = pairs.column(name), pairs.column(columns.counterfactual(name))
        both = zip(edited, before.to_pylist(), after.to_pylist(), strict=True)
        for names, old, new in both:
            if old != new:
                names.append(name)
    return edited


def _rows_of(
    pairs: pa.RecordBatch,
    rows: Sequence[int],
    edits: Sequence[CellEdit],
    numbers: Sequence[int],
    changed: Sequence[str],
    drawer: CellDrawer,
) -> pa.RecordBatch:
    taken = pairs.take(pa.array(rows, pa.int64()))
    # What identity pairs change keeps the original's value.
    own = {columns.counterfactual(name): taken.column(name) for name in changed}
    for name in drawer.others:
        values = taken.column(name).to_pylist()
        pool = drawer.sample.cells(name).to_pylist()
        for place, edit in enumerate(edits):
            if name in edit.features:
                values[place] = pool[edit.donor]
        own[columns.counterfactual(name)] = pa.array(values, taken.column(name).type)
    own[columns.TERM] = pa.array([list(edit.features) for edit in edits], LISTS)
    own[columns.REPLACEMENT] = pa.nulls(len(rows), LISTS)
    made = control_rows(pairs, rows, numbers, [None] * len(rows), own)
    return made


def _examples(
    pairs: pa.RecordBatch, made: pa.RecordBatch, rows: Sequence[int], names: PairColumns
) -> tuple[ControlExample, ...]:
    """The pairs whose IDs have the smallest hashes, with their first control."""
    first = {row: place for place, row in reversed(list(enumerate(rows)))}
    ids = canonical(pairs.column(names.id)).to_pylist()
    chosen = sorted(first, key=lambda row: (rank_of(str(ids[row])), row))[:NUM_EXAMPLES]
    features = [name for name in names.inputs if name in pairs.schema.names]
    examples = []
    for row in chosen:
        [pair] = pairs.slice(row, 1).to_pylist()
        [control] = made.slice(first[row], 1).to_pylist()
        old, new = record_texts(pair, features)
        id = str(ids[row])
        examples.append(
            ControlExample(
                rank_of(id),
                id,
                tuple(pair[columns.TERM] or ()),
                old,
                new,
                tuple(control[columns.TERM]),
                record_texts(control, features)[1],
            )
        )
    return tuple(sorted(examples))
