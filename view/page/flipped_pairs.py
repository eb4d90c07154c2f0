"""Flipped pairs for people to read: which ones, and what changed in their text.

Works on scored batches as a stream: only the pairs that may be shown are kept.
"""

from __future__ import annotations

import difflib
import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fairflip.metrics.flips import decisions
from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs
from fairflip.protos.errors import InputError
from fairflip.protos.slice_names import parts_of_cross
from fairflip.view.outputs import class_pairs

_MAX_TEXT = 1200
#: Columns of our own beside those of the file: how far a score moves, and whether the pair
#: flips at the first threshold.
_MOVE, _FIRST = "_move", "_flips_at_first"
_BATCH_ROWS = 8_192


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


@dataclass(frozen=True)
class FlippedPair:
    """A pair that at least one model flips.

    Attributes:
      changes: the two texts as one: (kind, text) with kind "same", "removed"
        or "added".
      scores: by model.
      replacement_group: of what stands in the place of the terms.
      slices: positions of its slices, in the order in which they were asked for.
    """

    example_id: str
    changes: tuple[tuple[str, str], ...]
    term: str
    replacement: str
    group: str
    scores: dict[str, PairScores]
    replacement_group: str = ""
    slices: tuple[int, ...] = ()


@dataclass(frozen=True)
class FlippedPairs:
    """What is shown, out of how many that flip under at least one model.

    Those that flip at the first threshold come first, others after them.
    """

    shown: tuple[FlippedPair, ...]
    num_flipped: int
    has_text: bool


def scored_batches(
    source: pa.Table | str | os.PathLike | Sequence[str],
) -> Iterator[pa.RecordBatch]:
    """Scored pairs batch by batch, without their controls.

    No more of a file is held than a row group as it lies there.

    Args:
      source: a table, a Parquet file, several, a folder of Parquet files, or a pattern.

    Raises:
      InputError: nothing is found there.
    """
    if isinstance(source, pa.Table):
        yield from identity_pairs(source).to_batches(max_chunksize=_BATCH_ROWS)
        return
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        if os.path.isdir(path):
            files = sorted(glob.glob(os.path.join(glob.escape(path), "*.parquet")))
        else:
            files = [path] if "://" in path else sorted(glob.glob(path))
    else:
        path, files = "", list(source)
    if not files:
        raise InputError(
            f"no scored pairs found at {path!r}; give the run's scored_pairs folder or a "
            "pattern of Parquet files"
        )
    for file in files:
        with pq.ParquetFile(file, pre_buffer=False) as parquet:
            for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
                yield identity_pairs(batch)


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

    Returns:
      The kept pairs, those with the largest move first, and how many flip.
    """
    num_flipped = 0
    has_text = False
    largest: pa.Table | None = None
    for batch in batches:
        there = set(batch.schema.names)
        present = [
            model
            for model in models
            if {columns.score(model), columns.counterfactual_score(model)} <= there
        ]
        of_classes = [model for model in models if set(class_pairs.columns_of(model)) <= there]
        if not (present or of_classes):
            continue
        has_text = has_text or text_feature in batch.schema.names
        flips = np.zeros(batch.num_rows, dtype=bool)
        elsewhere = np.zeros(batch.num_rows, dtype=bool)
        moves = np.zeros(batch.num_rows)
        for model in present:
            before = _float64(batch, columns.score(model))
            after = _float64(batch, columns.counterfactual_score(model))
            flips |= decisions.flips(before, after, threshold)
            for other in other_thresholds:
                elsewhere |= decisions.flips(before, after, other)
            moves = np.fmax(moves, decisions.gaps(before, after))
        for model in of_classes:
            flips |= class_pairs.changes(batch, model)
            moves = np.fmax(moves, class_pairs.distances(batch, model))
        counts = np.ones(batch.num_rows, dtype=bool)
        if columns.FLIP_IS_LEGITIMATE in batch.schema.names:
            legitimate = pc.fill_null(batch.column(columns.FLIP_IS_LEGITIMATE), False)
            counts &= ~np.asarray(legitimate, dtype=bool)
        if slice_name is not None:
            counts &= in_slice(batch, slice_name)
        flips &= counts
        num_flipped += int(flips.sum())
        rows = np.flatnonzero(flips | (elsewhere & counts))
        if not rows.size or max_pairs <= 0:
            continue
        models_there = [*present, *of_classes]
        wanted = _wanted_columns(batch, models_there, text_feature, id_feature, slices)
        chosen = pa.Table.from_batches([wanted.take(pa.array(rows))])
        chosen = chosen.append_column(_MOVE, pa.array(moves[rows]))
        chosen = chosen.append_column(_FIRST, pa.array(flips[rows].astype(np.int8)))
        largest = (
            chosen
            if largest is None
            else pa.concat_tables([largest, chosen], promote_options="default")
        )
        largest = _largest(
            largest,
            [id_feature, columns.counterfactual(text_feature)],
            max_pairs,
            of_classes[:1],
        )
    shown: tuple[FlippedPair, ...] = ()
    if largest is not None:
        members = _members(largest, slices)
        shown = _to_pairs(largest, models, threshold, text_feature, id_feature, members)
    return FlippedPairs(shown=shown, num_flipped=num_flipped, has_text=has_text)


def in_slice(batch: pa.RecordBatch, slice_name: str) -> np.ndarray:
    """Which rows are in a slice named as in the report, bool [rows].

    A pair belongs to each value of a multi-valued feature. For a cross
    (``gender_X_race:female_X_black``) all its parts must hold; names that hold
    ``_X_`` or ``:`` themselves are tried at every place where they can be cut.
    """
    if slice_name == "Overall":
        return np.ones(batch.num_rows, dtype=bool)
    for features, values in _parts_of(slice_name):
        names = [columns.slicing(feature) for feature in features]
        if not set(names) <= set(batch.schema.names):
            continue
        inside = np.ones(batch.num_rows, dtype=bool)
        for name, value in zip(names, values, strict=True):
            inside &= _holds(batch.column(batch.schema.get_field_index(name)), value)
        return inside
    return np.zeros(batch.num_rows, dtype=bool)


def mark_changes(original: str, counterfactual: str) -> tuple[tuple[str, str], ...]:
    """The two texts as one, word by word: what stayed, what went, what came.

    >>> mark_changes("she is kind", "he is kind")
    (('removed', 'she'), ('added', 'he'), ('same', ' is kind'))
    """
    before, after = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (original, counterfactual))
    # Most of two texts of a pair is the same, and comparing all words takes long.
    start = _num_same(before, after)
    end = _num_same(before[start:][::-1], after[start:][::-1])
    middle = before[start : len(before) - end], after[start : len(after) - end]
    changes: list[tuple[str, str]] = [("same", "".join(before[:start]))]
    matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        words, new_words = "".join(middle[0][first:last]), "".join(middle[1][new_first:new_last])
        changes += (
            [("same", words)] if tag == "equal" else [("removed", words), ("added", new_words)]
        )
    changes.append(("same", "".join(before[len(before) - end :])))
    return tuple(change for change in changes if change[1])


def _num_same(before: Sequence[str], after: Sequence[str]) -> int:
    """How many words at the beginning are the same."""
    pairs = enumerate(zip(before, after, strict=False))
    different = (place for place, (one, other) in pairs if one != other)
    return next(different, min(len(before), len(after)))


def _parts_of(slice_name: str) -> Iterator[tuple[list[str], list[str]]]:
    for cut in (match.start() for match in re.finditer(":", slice_name)):
        features, values = slice_name[:cut], slice_name[cut + 1 :]
        yield [features], [values]
        split = parts_of_cross(features), parts_of_cross(values)
        if len(split[0]) > 1 and len(split[0]) == len(split[1]):
            yield split


def _holds(column: pa.Array, value: str) -> np.ndarray:
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        flat = pc.cast(pc.list_flatten(column), pa.string())
        parents = np.asarray(pc.list_parent_indices(column))
        inside = np.zeros(len(column), dtype=bool)
        inside[parents[np.asarray(pc.fill_null(pc.equal(flat, value), False), dtype=bool)]] = True
        return inside
    text = pc.cast(column, pa.string())
    return np.asarray(pc.fill_null(pc.equal(text, value), False), dtype=bool)


def _float64(batch: pa.RecordBatch, name: str) -> np.ndarray:
    column = batch.column(batch.schema.get_field_index(name))
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


def _wanted_columns(
    batch: pa.RecordBatch,
    models: Sequence[str],
    text_feature: str,
    id_feature: str,
    slices: Sequence[str],
) -> pa.RecordBatch:
    of_slices = {
        columns.slicing(feature)
        for name in slices
        for features, _ in _parts_of(name)
        for feature in features
    }
    wanted = [
        id_feature,
        text_feature,
        columns.counterfactual(text_feature),
        columns.TERM,
        columns.REPLACEMENT,
        columns.GROUP,
        columns.REPLACEMENT_GROUP,
        *(columns.score(model) for model in models),
        *(columns.counterfactual_score(model) for model in models),
        *(name for model in models for name in class_pairs.columns_of(model)),
        *sorted(of_slices),
    ]
    return batch.select([name for name in dict.fromkeys(wanted) if name in batch.schema.names])


def _members(table: pa.Table, slices: Sequence[str]) -> list[tuple[int, ...]]:
    """For each row the positions of its slices."""
    batch = table.combine_chunks().to_batches()[0]
    inside = [in_slice(batch, name) for name in slices]
    if not inside:
        return [()] * table.num_rows
    return [tuple(np.flatnonzero(row).tolist()) for row in np.stack(inside, axis=1)]


def _largest(
    table: pa.Table, tie_breakers: list[str], max_pairs: int, of_classes: Sequence[str] = ()
) -> pa.Table:
    keys = [(_FIRST, "descending"), (_MOVE, "descending")]
    keys += [(name, "ascending") for name in tie_breakers if name in table.column_names]
    table = table.take(pc.sort_indices(table, sort_keys=keys))
    for model in of_classes:
        table = class_pairs.some_of_each_change(table, model, max_pairs)
    return table.slice(0, max_pairs)


def _to_pairs(
    table: pa.Table,
    models: Sequence[str],
    threshold: float,
    text_feature: str,
    id_feature: str,
    members: Sequence[tuple[int, ...]],
) -> tuple[FlippedPair, ...]:
    def text(row: dict, name: str) -> str:
        value = row.get(name)
        if isinstance(value, list):
            value = ", ".join(str(part) for part in value)
        if isinstance(value, bytes):
            value = value.decode("utf-8", errors="replace")
        return "" if value is None else str(value)

    pairs = []
    for row, inside in zip(table.to_pylist(), members, strict=True):
        original = text(row, text_feature)[:_MAX_TEXT]
        changed = text(row, columns.counterfactual(text_feature))[:_MAX_TEXT]
        scores = {}
        for model in models:
            if row.get(columns.top_class(model)) is not None:
                scores[model] = PairScores(*class_pairs.of_row(row, model))
                continue
            before = row.get(columns.score(model))
            after = row.get(columns.counterfactual_score(model))
            if before is None or after is None:
                continue
            flip = ""
            if before <= threshold < after:
                flip = "negative_to_positive"
            elif after <= threshold < before:
                flip = "positive_to_negative"
            scores[model] = PairScores(before, after, flip)
        pairs.append(
            FlippedPair(
                example_id=text(row, id_feature),
                changes=mark_changes(original, changed) if original or changed else (),
                term=text(row, columns.TERM),
                replacement=text(row, columns.REPLACEMENT),
                group=text(row, columns.GROUP),
                scores=scores,
                replacement_group=text(row, columns.REPLACEMENT_GROUP),
                slices=inside,
            )
        )
    return tuple(pairs)
