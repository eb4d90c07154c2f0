"""The one rule of example IDs: what each becomes, and which record keeps an ID that several have.

IDs become strings. 7, 7.0, "7" and b"7" are one ID, so that a CSV file can be joined
with a Parquet file; "007" is another. Bytes that are not UTF-8, such as those of a UUID,
become ``0x`` and their hexadecimal digits.

Of the records with one ID the one with the smallest content is kept, whatever their
order, files and workers. A record that lacks its label, which training cannot use, comes
after those that have one. Else content is compared column by column, as text: the text
first, then the other inputs, label and weight, and then all that is left, in the order of
the names. So training and evaluation, which read other columns, keep the same record.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.records.pairing_audit import canonical, contiguous
from fairflip.protos.id_hash import hash_texts

TRAIN, VALIDATION, TEST = "train", "validation", "test"
#: Of ten IDs, by their hash: six to train on, one to validate on, three to judge.
_SPLITS = np.array([TRAIN] * 6 + [VALIDATION] + [TEST] * 3)
#: Not the run's seed: every run on the same records splits them alike.
_SPLIT_SEED = 22
#: Whole numbers up to this are exact as float64.
_EXACT = 2.0**53
#: ASCII's white space is up to here; what is not ASCII begins with a larger byte than its last.
_SPACE, _LAST_OF_ASCII = 0x20, 0x7E


def id_strings(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """IDs of any type as strings.

    Args:
        values: [N] text, bytes, integers, or floats and decimals that are whole numbers (a
            column of integers with gaps is often read as floats).

    Returns:
        [N] strings, null where there is no ID: where it is missing, NaN or blank; and
        bool [N], where there is something that can be none.
    """
    values = contiguous(values)
    if isinstance(values, pa.ExtensionArray):  # such as Arrow's UUIDs
        values = values.storage
    kind = values.type
    if pa.types.is_dictionary(kind):
        return id_strings(values.dictionary_decode())
    missing = values.is_null().to_numpy(zero_copy_only=False)
    fine = np.zeros(len(values), bool)
    if pa.types.is_null(kind):
        return pa.nulls(len(values), pa.string()), fine
    if pa.types.is_integer(kind):
        return values.cast(pa.string()), fine
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        missing |= np.isnan(numbers)
        whole = (numbers == np.floor(numbers)) & (np.abs(numbers) <= _EXACT)
        digits = pa.array(np.where(whole, numbers, 0).astype(np.int64), mask=~whole)
        return digits.cast(pa.string()), ~whole & ~missing
    if not is_text_or_bytes(kind):
        return pa.nulls(len(values), pa.string()), ~missing
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if pa.types.is_string(kind):
        values = values.view(pa.binary())
    elif not pa.types.is_binary(kind):
        values = values.cast(pa.large_binary()).cast(pa.binary())
    try:
        strings, wrong = values.cast(pa.string()), fine
    except pa.ArrowInvalid:
        strings, wrong = _decoded(values, is_text)
    blank = is_blank(strings)
    return pc.if_else(pa.array(blank), None, strings) if blank.any() else strings, wrong


def is_blank(texts: pa.StringArray) -> np.ndarray:
    """Whether each text is empty or white space alone, Unicode's too: by its first byte.

    Args:
        texts: [N] strings.

    Returns:
        bool [N]; False of a null.
    """
    blank = np.zeros(len(texts), bool)
    if not len(texts):
        return blank
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    characters = np.frombuffer(data or b"\0", np.uint8)
    # Behind the last byte only an empty text begins.
    firsts = characters[np.minimum(ends[:-1], len(characters) - 1)]
    unsure = (ends[1:] == ends[:-1]) | (firsts <= _SPACE) | (firsts > _LAST_OF_ASCII)
    rows = np.flatnonzero(unsure)
    if len(rows):
        trimmed = pc.utf8_trim_whitespace(texts.take(pa.array(rows)))
        blank[rows] = pc.equal(trimmed, "").fill_null(False).to_numpy(zero_copy_only=False)
    return blank


def is_text_or_bytes(kind: pa.DataType) -> bool:
    """Whether values are text or bytes, views aside."""
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _decoded(values: pa.BinaryArray, is_text: bool) -> tuple[pa.Array, np.ndarray]:
    """Bytes as text or in hexadecimal digits; a damaged text is no ID."""
    strings: list[str | None] = []
    wrong = np.zeros(len(values), bool)
    for index, value in enumerate(values.to_pylist()):
        try:
            strings.append(None if value is None else value.decode("utf-8"))
        except UnicodeDecodeError:
            strings.append(None if is_text else "0x" + value.hex())
            wrong[index] = is_text
    return pa.array(strings, pa.string()), wrong


def split_of(ids: pa.Array) -> np.ndarray:
    """The split of each record, by a hash of its ID alone: not by a seed, the order or the files.

    Args:
        ids: [N] strings from `id_strings`; null where there is no ID.

    Returns:
        [N] `TRAIN`, `VALIDATION` or `TEST`; of no ID, `TEST`, which leaves the record out.
    """
    texts = [(text or "").encode() for text in ids.to_pylist()]
    splits = _SPLITS[(hash_texts(texts, _SPLIT_SEED) % len(_SPLITS)).astype(np.int64)]
    return np.where(ids.is_null().to_numpy(zero_copy_only=False), TEST, splits)


def first_of_each_id(
    table: pa.Table, id_column: str, leading: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Orders records by ID and content, and says which of them keep their ID.

    Args:
        table: [N] records, their IDs as `id_strings` makes them.
        id_column: The column of IDs.
        leading: The columns that decide first, in this order; those not there are passed
            over.

    Returns:
        int64 [N], the records' positions in the order of their IDs; and bool [N], which
        of these are the first of their ID.
    """
    ids = table[id_column].combine_chunks()
    order = pc.sort_indices(ids).to_numpy()
    first = _starts(ids.take(pa.array(order)))
    if first.all():
        return order, first
    # Only records that share an ID are written out and compared.
    shared = first.copy()
    shared[:-1] &= first[1:]
    places = np.flatnonzero(~shared)
    there = [name for name in dict.fromkeys(leading) if name in table.column_names]
    rest = sorted(set(table.column_names) - {id_column, *there})
    records = table.take(pa.array(order[places]))
    keys = {"id": records[id_column].combine_chunks(), "num_missing": _num_missing(records, there)}
    keys |= {f"{n}": canonical(records[name]) for n, name in enumerate([*there, *rest])}
    by_content = pc.sort_indices(pa.table(keys), [(key, "ascending") for key in keys])
    order = order.copy()
    order[places] = order[places][by_content.to_numpy()]
    return order, first


def _num_missing(records: pa.Table, names: Sequence[str]) -> pa.Array:
    number = np.zeros(records.num_rows, np.int64)
    for name in names:
        number += records[name].is_null().to_numpy()
    return pa.array(number)


def _starts(ids: pa.Array) -> np.ndarray:
    """Of sorted IDs, which are unlike the one before."""
    starts = np.ones(len(ids), bool)
    if len(ids) > 1:
        same = pc.fill_null(pc.equal(ids.slice(1), ids.slice(0, len(ids) - 1)), False)
        starts[1:] = ~same.to_numpy(zero_copy_only=False)
    return starts
