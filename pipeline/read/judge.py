"""Judges decoded records: the good ones in one schema, the others with a reason.

docs/inputs.md states each rule; the constants below are the reasons that it
and the report name.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.read import cells
from fairflip.pipeline.read import columns as read_columns
from fairflip.pipeline.read.labels import booleans, read_labels
from fairflip.pipeline.read.layout import ROW_ID, RecordLayout
from fairflip.pipeline.read.own_columns import named_as_output
from fairflip.pipeline.read.raw import RawBatch, Undecodable, file_name
from fairflip.pipeline.records import example_ids
from fairflip.pipeline.records.example_ids import id_strings
from fairflip.pipeline.records.rejected_record import RejectedRecord, contents_of
from fairflip.protos.errors import InputError

MISSING_ID = "missing_id"
EMPTY_ID = "empty_id"
DUPLICATE_ID = "duplicate_id"
MISSING_TEXT = "missing_text"
EMPTY_TEXT = "empty_text"
TEXT_TOO_LONG = "text_too_long"
MISSING_LABEL = "missing_label"
LABEL_NOT_NUMERIC = "label_not_numeric"
LABEL_OUT_OF_RANGE = "label_out_of_range"
UNKNOWN_LABEL = "unknown_label"
BAD_WEIGHT = "bad_weight"
MISSING_INPUT = "missing_input"
INEXACT_NUMBER = "inexact_number"
WRONG_TYPE = "wrong_type"
SEVERAL_VALUES = "several_values"
WRONG_LENGTH = "wrong_length"
INVALID_UTF8 = "invalid_utf8"
UNREADABLE_IMAGE = cells.UNREADABLE_IMAGE

#: Larger weights, and smaller than its inverse, leave sums of squares out of float64's range.
MAX_WEIGHT = 1e100

_OF_ANOTHER_SPLIT = -1

_DETAILS = {
    **cells.DETAILS,
    MISSING_ID: "{column!r} is missing; give every record an ID",
    EMPTY_ID: "{column!r} is empty; give every record an ID",
    MISSING_TEXT: "{column!r} is missing",
    EMPTY_TEXT: "{column!r} is empty or only white space",
    TEXT_TOO_LONG: "{column!r} is longer than {limit} bytes; shorten it",
    MISSING_LABEL: "{column!r} is missing or not a number (NaN)",
    LABEL_NOT_NUMERIC: "{column!r} is neither a number from 0 to 1 nor a truth value",
    UNKNOWN_LABEL: "{column!r} is neither of the two labels of the input's first records",
    LABEL_OUT_OF_RANGE: "{column!r} lies outside of 0 to 1; labels are numbers from 0 to 1",
    BAD_WEIGHT: "{column!r} is missing, negative or not finite; weights are numbers from 0 up",
    MISSING_INPUT: "{column!r} is missing, and the model reads it",
    INEXACT_NUMBER: "{column!r} is a whole number beyond 2**53, which a float64 cannot hold; "
    "give it as text",
    WRONG_TYPE: "{column!r} is of another type than its role asks for",
    SEVERAL_VALUES: "{column!r} holds several values; only slicing features may",
    WRONG_LENGTH: "{column!r} holds {limit}",
    INVALID_UTF8: "{column!r} is not valid UTF-8; store text as UTF-8, or name the file's "
    "encoding (--encoding)",
}


@dataclasses.dataclass(frozen=True)
class CleanBatch:
    """What `clean` makes of one raw batch.

    Attributes:
      batch: The good records, in `output_schema(layout)`.
      rejects: The others.
      num_filtered: Records that a filter passed over; they count as not read.
      num_decoded: Records that the decoder handed on, counted before any was judged.
      num_records: Good records and rejects.
    """

    batch: pa.RecordBatch
    rejects: tuple[RejectedRecord, ...]
    num_filtered: int
    num_decoded: int = 0

    @property
    def num_records(self) -> int:
        """How many records were read."""
        return self.batch.num_rows + len(self.rejects)


class _Verdicts:
    """The first reason found against each record."""

    def __init__(self, num_records: int):
        self.reasons = np.zeros(num_records, np.int32)  # 0: good
        self.meanings: list[tuple[str, str, str]] = [("", "", "")]

    def against(self, mask: np.ndarray, reason: str, column: str, limit: str = "") -> None:
        if mask.any():
            self.meanings.append((reason, column, limit))
            self.reasons[mask & (self.reasons == 0)] = len(self.meanings) - 1


def clean(raw: RawBatch, layout: RecordLayout, source: str) -> CleanBatch:
    """Judges one decoded batch.

    Args:
      raw: Records as decoded, with the file's types.
      layout: What they must hold.
      source: The file, for the rejects.

    Returns:
      Good records and rejects, which together are the batch's records, but for
      those that a filter passed over.
    """
    batch, positions = read_columns.without_views(raw.batch), raw.positions
    batch = named_as_output(batch, layout)
    keep = matches_filters(batch, layout)
    num_filtered = int(len(keep) - keep.sum())
    if num_filtered:
        batch, positions = batch.filter(pa.array(keep)), positions[keep]
    verdicts = _Verdicts(batch.num_rows)
    outputs: dict[str, pa.Array] = {}
    for name in layout.texts:
        outputs[name] = _text(batch, name, layout, verdicts)
    if layout.id == ROW_ID:
        ids = _row_identifiers(positions, file_name(source, layout.row_root))
    else:
        ids = _identifier(batch, layout, raw.is_text, verdicts)
    for name in layout.inputs:
        outputs[name] = _input(batch, name, verdicts)
    for cell in layout.cells:
        values, faults = cells.read_cell(_column(batch, cell.name), cell, raw.is_text, source)
        outputs[cell.name] = values
        for mask, reason, seen in faults:
            verdicts.against(mask, reason, cell.name, seen)
    if layout.label:
        outputs[layout.label] = _label(batch, layout.label, layout, verdicts)
    for name in layout.output_labels:
        plain = dataclasses.replace(layout, two_labels=None)
        outputs[name] = _label(batch, name, plain, verdicts)
    if layout.weight:
        outputs[layout.weight] = _weight(batch, layout.weight, verdicts)
        _refuse_extreme_weights(outputs[layout.weight], layout.weight, source, positions)
    for name in layout.plain_slices:
        # An input feature may also be a slicing feature: it stays one column.
        if name not in outputs and name != layout.id:
            outputs[name] = _slice(batch, name, verdicts)
    for indicator in layout.indicators:
        outputs[indicator.feature] = _fold(batch, indicator.columns, indicator.threshold)
    for name in (*layout.numbers, *layout.repeats):
        outputs[name] = read_columns.numbers(_single(batch, name, verdicts))[0]
    for name in layout.strings:
        outputs[name] = _id_strings(batch, name, raw.is_text, verdicts)[1]
    for name in layout.lists:
        outputs[name] = _slice(batch, name, verdicts)
    for name in layout.vectors:
        outputs[name] = _vector(batch, name, layout, verdicts)
    for name in layout.booleans:
        outputs[name], wrong = booleans(_single(batch, name, verdicts))
        verdicts.against(wrong, WRONG_TYPE, name)
    clean_batch = pa.RecordBatch.from_pydict({layout.id: ids, **outputs})
    undecodable = raw.undecodable
    if layout.split:
        # What has no ID is judged, and left out there, with those that are judged.
        others = example_ids.split_of(ids) != layout.split
        num_filtered += int(others.sum())
        if layout.split != example_ids.TEST:
            num_filtered, undecodable = num_filtered + len(undecodable), ()
        verdicts.reasons[others] = _OF_ANOTHER_SPLIT
    good = verdicts.reasons == 0
    rejects = [_undecodable(record, source) for record in undecodable]
    if not good.all():
        clean_batch = clean_batch.filter(pa.array(good))
        rejects += _rejects(batch, ids, positions, verdicts, layout, source)
    num_decoded = raw.batch.num_rows + len(raw.undecodable)
    return CleanBatch(clean_batch, tuple(rejects), num_filtered, num_decoded)


def labels_of(batch: pa.RecordBatch, layout: RecordLayout) -> pa.Array:
    """The labels of decoded records that no filter passes over, one value each."""
    batch = read_columns.without_views(batch)
    keep = matches_filters(batch, layout)
    if not keep.all():
        batch = batch.filter(pa.array(keep))
    return read_columns.single(_column(batch, layout.label or ""))[0]


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    if name in batch.schema.names:
        return batch.column(name)
    return pa.nulls(batch.num_rows)


def _single(batch: pa.RecordBatch, name: str, verdicts: _Verdicts) -> pa.Array:
    values, several = read_columns.single(_column(batch, name))
    verdicts.against(several, SEVERAL_VALUES, name)
    return values


def matches_filters(batch: pa.RecordBatch, layout: RecordLayout) -> np.ndarray:
    """Whether each record has the values that the layout's filters ask for."""
    keep = np.ones(batch.num_rows, bool)
    for name, value in layout.filters:
        lists, _, _ = read_columns.string_lists(_column(batch, name))
        hits = pc.equal(lists.values, value).fill_null(False).to_numpy(zero_copy_only=False)
        lengths = np.diff(lists.offsets.to_numpy(zero_copy_only=False))
        rows = np.repeat(np.arange(batch.num_rows), lengths)
        matched = np.zeros(batch.num_rows, bool)
        matched[rows[hits]] = True
        keep &= matched
    return keep


def _text(batch: pa.RecordBatch, name: str, layout: RecordLayout, verdicts: _Verdicts) -> pa.Array:
    values = _single(batch, name, verdicts)
    if not read_columns.is_text_or_bytes(values.type) and not pa.types.is_null(values.type):
        verdicts.against(~read_columns.is_null(values), WRONG_TYPE, name)
        values = pa.nulls(len(values))
    if read_columns.is_text_or_bytes(values.type):
        size = pc.binary_length(values).fill_null(0).to_numpy(zero_copy_only=False)
        verdicts.against(size > layout.max_text_bytes, TEXT_TOO_LONG, name)
    text, invalid = read_columns.strings(values)
    verdicts.against(invalid, INVALID_UTF8, name)
    verdicts.against(read_columns.is_null(text), MISSING_TEXT, name)
    verdicts.against(example_ids.is_blank(text), EMPTY_TEXT, name)
    return text


def _row_identifiers(positions: np.ndarray, name: str) -> pa.Array:
    """Names such as "train.csv:17"."""
    return pa.array([f"{name}:{position}" for position in positions.tolist()], pa.string())


def _identifier(
    batch: pa.RecordBatch, layout: RecordLayout, is_text: bool, verdicts: _Verdicts
) -> pa.Array:
    column, ids = _id_strings(batch, layout.id, is_text, verdicts)
    no_id = read_columns.is_null(ids)
    is_blank = no_id & ~read_columns.is_null(column) & read_columns.is_text_or_bytes(column.type)
    verdicts.against(is_blank, EMPTY_ID, layout.id)
    verdicts.against(no_id, MISSING_ID, layout.id)
    return ids


def _id_strings(
    batch: pa.RecordBatch, name: str, is_text: bool, verdicts: _Verdicts
) -> tuple[pa.Array, pa.Array]:
    """A column of IDs as it is, and as strings."""
    column = _single(batch, name, verdicts)
    if is_text or pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column, invalid = read_columns.strings(column)
        verdicts.against(invalid, INVALID_UTF8, name)
    ids, wrong = id_strings(column)
    verdicts.against(wrong, WRONG_TYPE, name)
    return column, ids


def _input(batch: pa.RecordBatch, name: str, verdicts: _Verdicts) -> pa.Array:
    column = _column(batch, name)
    values, several = read_columns.single(column)
    if several.any():
        # A vector; of numbers it has one type as below, whatever the file holds.
        values, inexact = read_columns.number_lists(column)
        verdicts.against(inexact, INEXACT_NUMBER, name)
    elif read_columns.is_text_or_bytes(values.type):
        values, invalid = read_columns.strings(values)
        verdicts.against(invalid, INVALID_UTF8, name)
    elif read_columns.is_number(values.type):
        # 7 and 7.5 may be values of one feature: batches must not differ in its type.
        verdicts.against(read_columns.beyond_float64(values), INEXACT_NUMBER, name)
        values = read_columns.numbers(values)[0]
    verdicts.against(read_columns.is_null(values), MISSING_INPUT, name)
    return values


def _vector(
    batch: pa.RecordBatch, name: str, layout: RecordLayout, verdicts: _Verdicts
) -> pa.Array:
    """Lists of numbers, null where missing; what they are for says how long they must be."""
    values, inexact = read_columns.number_lists(_column(batch, name))
    verdicts.against(inexact, INEXACT_NUMBER, name)
    if values.type != pa.list_(pa.float64()):
        verdicts.against(~read_columns.is_null(values), WRONG_TYPE, name)
        return pa.nulls(len(values), pa.list_(pa.float64()))
    wanted = dict(layout.vector_lengths).get(name)
    lengths = pc.fill_null(pc.list_value_length(values), wanted or 0).to_numpy(zero_copy_only=False)
    for length in np.unique(lengths):
        if wanted and length != wanted:
            verdicts.against(lengths == length, WRONG_LENGTH, name, _lengths(length, wanted))
    return values


def _lengths(number: int, expected: int) -> str:
    return f"{number} numbers, expected are {expected}; give one for each class or output"


def _label(batch: pa.RecordBatch, name: str, layout: RecordLayout, verdicts: _Verdicts) -> pa.Array:
    column = _single(batch, name, verdicts)
    data, wrong, unknown = read_labels(column, layout.two_labels)
    verdicts.against(wrong, LABEL_NOT_NUMERIC, name)
    verdicts.against(unknown, UNKNOWN_LABEL, name)
    missing = np.isnan(data)
    if not layout.keeps_unlabelled:
        verdicts.against(missing, MISSING_LABEL, name)
    verdicts.against((data < 0) | (data > 1), LABEL_OUT_OF_RANGE, name)
    threshold = 0.5 if layout.two_labels else _as_stored(layout.label_threshold, column.type)
    positive = data > threshold
    return pa.array(positive.astype(np.float64), mask=missing)


def _as_stored(threshold: float, kind: pa.DataType) -> float:
    """`threshold` as the column would hold it.

    tf.Example stores 0.3 as a float32, which lies above the float64 0.3: the same
    data must give the same labels in every format.
    """
    return float(np.float32(threshold)) if pa.types.is_float32(kind) else threshold


def _weight(batch: pa.RecordBatch, name: str, verdicts: _Verdicts) -> pa.Array:
    values, _ = read_columns.numbers(_single(batch, name, verdicts))
    data = values.to_numpy(zero_copy_only=False)
    good = np.isfinite(data) & (data >= 0)
    verdicts.against(~good, BAD_WEIGHT, name)
    return pa.array(np.where(good, data, 0.0))


def _refuse_extreme_weights(
    weights: pa.Array, name: str, source: str, positions: np.ndarray
) -> None:
    """Stops a run whose weights would leave no sum of squares that float64 can hold."""
    data = weights.to_numpy(zero_copy_only=False)
    extreme = np.flatnonzero((data != 0) & ((data < 1 / MAX_WEIGHT) | (data > MAX_WEIGHT)))
    if len(extreme):
        raise InputError(
            f"{source}: {name!r} is {float(data[extreme[0]])!r} in record {positions[extreme[0]]}; "
            f"weights are 0, or from {1 / MAX_WEIGHT:g} to {MAX_WEIGHT:g}: only how they compare "
            "counts, so divide all of them by one number"
        )


def _slice(batch: pa.RecordBatch, name: str, verdicts: _Verdicts) -> pa.Array:
    lists, invalid, wrong = read_columns.string_lists(_column(batch, name))
    verdicts.against(invalid, INVALID_UTF8, name)
    verdicts.against(wrong, WRONG_TYPE, name)
    return lists


def _fold(batch: pa.RecordBatch, names: tuple[str, ...], threshold: float) -> pa.Array:
    """One column of scores per group as one multi-valued feature."""
    named = np.zeros((batch.num_rows, len(names)), bool)
    for index, name in enumerate(names):
        column = read_columns.single(_column(batch, name))[0]
        values, _ = read_columns.numbers(column)
        scores = values.to_numpy(zero_copy_only=False)
        named[:, index] = scores >= _as_stored(threshold, column.type)
    _, groups = np.nonzero(named)
    offsets = np.concatenate([[0], np.cumsum(named.sum(axis=1))])
    values = pa.array(list(names), pa.string()).take(pa.array(groups))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _undecodable(record: Undecodable, source: str) -> RejectedRecord:
    return RejectedRecord(
        "read",
        record.reason,
        source,
        f"record {record.position}",
        record.detail,
        record.content,
    )


def _rejects(
    batch: pa.RecordBatch,
    ids: pa.Array,
    positions: np.ndarray,
    verdicts: _Verdicts,
    layout: RecordLayout,
    source: str,
) -> list[RejectedRecord]:
    bad = np.flatnonzero(verdicts.reasons > 0)
    contents = contents_of(batch.take(pa.array(bad)))
    known = ids.take(pa.array(bad)).to_pylist()
    rejects = []
    for index, value, content in zip(bad, known, contents, strict=True):
        reason, column, limit = verdicts.meanings[verdicts.reasons[index]]
        detail = _DETAILS[reason].format(column=column, limit=limit or layout.max_text_bytes)
        name = f"record {positions[index]}"
        if value and value.strip():
            name = value[:200]
        rejects.append(RejectedRecord("read", reason, source, name, detail, content))
    return rejects
