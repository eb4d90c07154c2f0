"""Flipped pairs for people to read: which ones, and what changed in their text.

Works on scored batches as a stream: only the pairs that may be shown are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from fairflip.metrics.flips.buckets import hash_ids
from fairflip.protos import columns
from fairflip.protos.edits import control_mask, identity_pairs, legitimate_mask
from fairflip.view.outputs import class_pairs
from fairflip.view.pairs import cells as table_cells
from fairflip.view.pairs import membership, scored_rows
from fairflip.view.pairs.batch_flips import AT_FIRST, NONE, Flips, Thresholds, flips_of
from fairflip.view.pairs.best_rows import BestRows, Order, sorted_by
from fairflip.view.pairs.labels import label_text
from fairflip.view.pairs.marked_texts import mark_changes
from fairflip.view.pairs.parts import Part

_MAX_TEXT = 1200
#: Of all places one in five is for controls that flip, as long as there are some; one in twenty
#: is for pairs that do not flip, and one for such controls.
_FOR_CONTROLS, _FOR_OTHERS = 5, 20
#: Columns of our own beside those of the file; the first two for each output.
_MOVE, _FLIPS, _HASH = "_move{}", "_flips{}", "_hash"
IDENTITY, CONTROL, SAME_GROUP = columns.IDENTITY, columns.CONTROL, columns.SAME_GROUP


@dataclass(frozen=True)
class PairScores:
    """One model's scores of one pair, at the run's first threshold."""

    original: float
    counterfactual: float
    #: "negative_to_positive", "positive_to_negative", "class", or "" for no flip.
    flip: str
    #: Of a model that decides by argmax, the classes; its scores are theirs.
    original_class: str = ""
    counterfactual_class: str = ""
    distance: float = 0.0
    #: Whether the set of the greatest scores changes.
    top_changes: bool = False
    #: "1" or "0", of argmax a class; "" without one.
    label: str = ""


@dataclass(frozen=True)
class FlippedPair:
    """A pair that is shown; most are pairs that at least one model flips.

    Attributes:
      changes: the two texts as one: (kind, text) with kind "same", "removed"
        or "added"; of a record of a table, as `cells` tells it.
      scores: by model.
      replacement_group: of what stands in the place of the terms.
      slices: positions of its slices, in the order in which they were asked for; those of a
        control are those of its pair.
      edit: "identity", "control", or "same_group" of a swap within one group.
    """

    example_id: str
    changes: tuple[tuple[str, str], ...]
    term: str
    replacement: str
    group: str
    scores: dict[str, PairScores]
    replacement_group: str = ""
    slices: tuple[int, ...] = ()
    edit: str = IDENTITY


@dataclass(frozen=True)
class FlippedPairs:
    """What is shown, out of how many that flip under at least one model.

    Identity pairs that flip at the first threshold come first, then those that flip elsewhere,
    then controls that flip, then some pairs and controls that do not.
    """

    shown: tuple[FlippedPair, ...]
    num_flipped: int
    has_text: bool
    num_identity_flips: int = 0

    @property
    def identity_flips(self) -> tuple[FlippedPair, ...]:
        """Those shown that are no controls, and flip at one of the thresholds."""
        return self.shown[: self.num_identity_flips]

    @property
    def has_labels(self) -> bool:
        """Whether any pair says what is right of its original."""
        return any(one.label for pair in self.shown for one in pair.scores.values())


class _Kind(NamedTuple):
    """Rows of one kind, in the order of what is shown."""

    of_controls: bool
    of_flips: bool
    best: BestRows


def select_flipped(
    batches: Iterable[pa.RecordBatch],
    models: Sequence[str],
    threshold: float,
    *,
    max_pairs: int,
    text_feature: str = "comment_text",
    id_feature: str = "example_id",
    slice_name: str | None = None,
    slices: Sequence[str] = (),
    other_thresholds: Sequence[float] = (),
    matched: Mapping[str, Sequence[float]] | None = None,
    outputs: Sequence[Sequence[str]] = (),
    others_from: scored_rows.Source | None = None,
    cells: Sequence[str] = (),
    parts: Sequence[Part] = (),
    labels: Mapping[str, str] | None = None,
    top_k: Mapping[str, int] | None = None,
) -> FlippedPairs:
    """The flipped pairs whose scores move most, at most `max_pairs`.

    A pair counts when any of `models` flips on it (``score > threshold`` on one
    side only, compared in float64). Equal moves are ordered by example ID, so
    the choice does not depend on the order of the batches.

    Args:
      batches: scored pairs; see `fairflip.protos.columns`.
      models: names of the models whose score columns are read.
      threshold: where a score becomes positive.
      max_pairs: how many to keep.
      text_feature: column with the original's text.
      id_feature: column with the original's ID.
      slice_name: only pairs of this slice, such as "gender:female".
      slices: names of slices; each pair says which of them it belongs to.
      other_thresholds: pairs that flip at one of these follow, where there is room.
      matched: the same for one model alone, by its name.
      outputs: the models by output; each output has its turn. Without it there is one. How many
        pairs flip is counted of the first.
      others_from: where the batches are from; then controls that flip are shown too, and some
        pairs and controls that do not. Batches from files may lack images: those of the rows
        shown are read from there.
      cells: of a table the columns that models read, which are shown in the place of a text.
      parts: of the pairs; each pair says after its slices which of these it belongs to.
      labels: by model the column of its label.
      top_k: of models that decide by argmax, how many greatest scores are a set.

    Returns:
      The kept pairs, those with the largest move first, and how many flip.
    """
    groups = [list(group) for group in outputs] or [list(models)]
    thresholds = Thresholds(threshold, other_thresholds, matched or {})
    num_others = max_pairs // _FOR_OTHERS if others_from is not None else 0
    second = columns.COUNTERFACTUAL_INDEX if cells else columns.counterfactual(text_feature)
    orders = [
        _order(number, group, max_pairs, second, id_feature) for number, group in enumerate(groups)
    ]
    # Of what does not flip a sample by hash: the same one however the batches come.
    by_hash = [sorted_by((_HASH, "ascending"), (second, "ascending"))]
    # Each kind has its own best rows, up to all that could be shown: how many of one there is room
    # for is known when all batches have been read (`_places`).
    kinds = [
        _Kind(False, True, BestRows(max_pairs, orders)),
        _Kind(True, True, BestRows(max_pairs if others_from is not None else 0, orders)),
        _Kind(False, False, BestRows(num_others, by_hash)),
        _Kind(True, False, BestRows(num_others, by_hash)),
    ]
    images = scored_rows.image_names(others_from, table_cells.columns_of(cells))
    features = [text_feature, *table_cells.columns_of(cells)]
    others = [
        *membership.columns_of(slices),
        *(name for part in parts for name in part.columns),
        *(labels or {}).values(),
    ]
    num_flipped, has_text = 0, bool(images)
    for batch in batches:
        batch = identity_pairs(batch) if others_from is None else batch
        batch_flips = flips_of(batch, groups, thresholds)
        if not batch_flips.models:
            continue
        # Scored pairs may come without their texts.
        has_text = has_text or not {text_feature, *cells}.isdisjoint(batch.schema.names)
        counts = ~legitimate_mask(batch)
        if slice_name is not None:
            counts &= membership.in_slice(batch, slice_name)
        is_control, is_flip = control_mask(batch), batch_flips.flips.any(axis=0)
        num_flipped += int((counts & ~is_control & (batch_flips.flips[0] == AT_FIRST)).sum())
        wanted = _wanted_columns(batch, batch_flips.models, features, id_feature, others)
        for kind in kinds:
            rows = counts & (is_control == kind.of_controls) & (is_flip == kind.of_flips)
            if kind.best.most and rows.any():
                kind.best.add(_rows(wanted, batch_flips, np.flatnonzero(rows), id_feature, kind))
    shown: list[FlippedPair] = []
    num_identity_flips = 0
    for kind, number in zip(kinds, _places(kinds, max_pairs), strict=True):
        table = kind.best.first(number)
        if table is None:
            continue
        inside = table
        if kind.of_controls and others_from is not None:
            # A control is in the slices of its pair, which may lie in another batch or file.
            pairs = scored_rows.pairs_of_ids(others_from, id_feature, table[id_feature])
            rows, inside = scored_rows.as_in_their_pairs(table, pairs, id_feature)
            table = table.take(pa.array(rows, pa.int64()))
        members = membership.positions(inside, slices, parts)
        told = _Told(models, threshold, text_feature, id_feature, cells, labels or {}, top_k or {})
        pictures = _pictures(table, others_from, images, told)
        shown += _to_pairs(table, members, told, pictures)
        if kind.of_flips and not kind.of_controls:
            num_identity_flips = len(shown)
    return FlippedPairs(tuple(shown), num_flipped, has_text, num_identity_flips)


def _places(kinds: Sequence[_Kind], max_pairs: int) -> list[int]:
    """How many of each kind are shown: what one does not need, flips have, then their controls."""
    flips, controls, *others = (kind.best.num_rows for kind in kinds)
    room = max_pairs - sum(others)
    num_flips = min(flips, room - min(controls, max_pairs // _FOR_CONTROLS))
    return [num_flips, min(controls, room - num_flips), *others]


def _order(number: int, models: Sequence[str], most: int, second: str, id_feature: str) -> Order:
    """Those that flip at the first threshold, then the others that flip, large moves first."""
    flips, move = _FLIPS.format(number), _MOVE.format(number)
    by_size = sorted_by(
        (flips, "descending"),
        (move, "descending"),
        (id_feature, "ascending"),
        (second, "ascending"),
    )

    def order(rows: pa.Table) -> pa.Table:
        rows = by_size(rows.filter(pa.array(rows[flips].to_numpy() != NONE)))
        for model in models:
            if set(class_pairs.columns_of(model)) <= set(rows.column_names):
                return class_pairs.some_of_each_change(rows, model, most)
        return rows

    return order


def _rows(
    batch: pa.RecordBatch, batch_flips: Flips, rows: np.ndarray, id_feature: str, kind: _Kind
) -> pa.Table:
    """Some rows of a batch with what they are ordered by."""
    if not kind.of_flips:
        column = batch.column(batch.schema.get_field_index(id_feature))
        hashes = hash_ids(column.take(pa.array(rows)))
        # Texts of rows that cannot be among the first are not copied.
        if len(hashes) > kind.best.most:
            last = np.partition(hashes, kind.best.most - 1)[kind.best.most - 1]
            rows, hashes = rows[hashes <= last], hashes[hashes <= last]
        chosen = pa.Table.from_batches([batch.take(pa.array(rows))])
        return chosen.append_column(_HASH, pa.array(hashes))
    chosen = pa.Table.from_batches([batch.take(pa.array(rows))])
    for number, (flips, moves) in enumerate(zip(batch_flips.flips, batch_flips.moves, strict=True)):
        chosen = chosen.append_column(_FLIPS.format(number), pa.array(flips[rows]))
        chosen = chosen.append_column(_MOVE.format(number), pa.array(moves[rows]))
    return chosen


def _wanted_columns(
    batch: pa.RecordBatch,
    models: Sequence[str],
    features: Sequence[str],
    id_feature: str,
    others: Sequence[str],
) -> pa.RecordBatch:
    wanted = [
        id_feature,
        *features,
        columns.counterfactual(features[0]),
        columns.COUNTERFACTUAL_INDEX,
        columns.TERM,
        columns.REPLACEMENT,
        columns.GROUP,
        columns.REPLACEMENT_GROUP,
        columns.EDIT,
        columns.CONTROL_KIND,
        columns.CONTROL_OF,
        *(columns.score(model) for model in models),
        *(columns.counterfactual_score(model) for model in models),
        *(name for model in models for name in class_pairs.columns_of(model)),
        *others,
    ]
    return batch.select([name for name in dict.fromkeys(wanted) if name in batch.schema.names])


class _Told(NamedTuple):
    """What rows are read by, as `select_flipped` has it."""

    models: Sequence[str]
    threshold: float
    text_feature: str
    id_feature: str
    cells: Sequence[str]
    labels: Mapping[str, str]
    top_k: Mapping[str, int]


def _pictures(
    table: pa.Table, source: scored_rows.Source | None, images: Sequence[str], told: _Told
) -> dict[int, table_cells.Changes]:
    """By row, what changed in records of images, which are read from the files one by one."""
    rows = table.to_pylist()
    return {
        place: table_cells.mark_cells({**rows[place], **sides}, told.cells)
        for place, sides in scored_rows.images_of(source, told.id_feature, table, images)
    }


def _to_pairs(
    table: pa.Table,
    members: Sequence[tuple[int, ...]],
    told: _Told,
    pictures: Mapping[int, table_cells.Changes],
) -> tuple[FlippedPair, ...]:
    def text(row: dict, name: str) -> str:
        value = row.get(name)
        if isinstance(value, list):
            value = ", ".join(str(part) for part in value)
        if isinstance(value, bytes):
            value = value.decode("utf-8", errors="replace")
        return "" if value is None else str(value)

    pairs = []
    for place, (row, inside) in enumerate(zip(table.to_pylist(), members, strict=True)):
        original = text(row, told.text_feature)[:_MAX_TEXT]
        changed = text(row, columns.counterfactual(told.text_feature))[:_MAX_TEXT]
        scores = {
            model: one for model in told.models if (one := _scores(row, model, told)) is not None
        }
        pairs.append(
            FlippedPair(
                example_id=text(row, told.id_feature),
                changes=pictures.get(place)
                or table_cells.mark_cells(row, told.cells)
                or (mark_changes(original, changed) if original or changed else ()),
                term=text(row, columns.TERM),
                replacement=text(row, columns.REPLACEMENT),
                group=text(row, columns.GROUP),
                scores=scores,
                replacement_group=text(row, columns.REPLACEMENT_GROUP),
                slices=inside,
                edit=_edit(row),
            )
        )
    return tuple(pairs)


def _scores(row: dict, model: str, told: _Told) -> PairScores | None:
    """What a model says of both sides; None where it was not asked."""
    label = label_text(row.get(told.labels.get(model, "")))
    if row.get(columns.top_class(model)) is not None:
        top_changes = class_pairs.top_changes(row, model, told.top_k.get(model, 0))
        return PairScores(*class_pairs.of_row(row, model), top_changes, label)
    before = row.get(columns.score(model))
    after = row.get(columns.counterfactual_score(model))
    if before is None or after is None:
        return None
    flip = ""
    if before <= told.threshold < after:
        flip = "negative_to_positive"
    elif after <= told.threshold < before:
        flip = "positive_to_negative"
    return PairScores(before, after, flip, label=label)


def _edit(row: dict) -> str:
    if row.get(columns.EDIT) != CONTROL:
        return IDENTITY
    return SAME_GROUP if row.get(columns.CONTROL_KIND) == SAME_GROUP else CONTROL
