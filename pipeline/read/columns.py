"""Brings one column of any file to the type that its role asks for.

Each function takes a column as a decoder left it (also as a list per record,
as `tf.Example` has it, or dictionary-encoded) and returns it normalised, with
boolean masks (rows,) of the records whose value cannot be brought to it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.records.example_ids import is_text_or_bytes
from fairflip.protos import columns as names
from fairflip.protos.errors import ConfigurationError, InputError

Mask = np.ndarray

_LIST_ITEM = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,\s\[\]][^,\[\]]*)""")

#: Members of longer lists are not compared one by one.
_SHORT_LIST = 8
_MIDNIGHT = r"[ T]00:00:00(\.0+)?Z?$"
_ZEROS_AT_END = r"(\.[0-9]*[1-9])0+$|\.0+$"


def without_views(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Views as plain text, bytes and lists: Arrow cannot filter or take views."""
    columns = [without_view(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names) if columns else batch


def without_view(column: pa.Array) -> pa.Array:
    """One column likewise."""
    kind = column.type
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return column.cast(pa.large_list(kind.value_type))
    if pa.types.is_run_end_encoded(kind):
        return pc.run_end_decode(column)
    return column


def _is_list(kind: pa.DataType) -> bool:
    return (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def is_null(array: pa.Array) -> Mask:
    """Where `array` is null."""
    return array.is_null().to_numpy(zero_copy_only=False)


def none_of(array: pa.Array) -> Mask:
    """A mask that names no record."""
    return np.zeros(len(array), bool)


def single(array: pa.Array) -> tuple[pa.Array, Mask]:
    """One value per record.

    Returns:
      The values, null where a record has none; and which records have several.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not _is_list(array.type):
        return array, none_of(array)
    offsets, flat, missing = _list_parts(array)
    lengths = np.diff(offsets)
    lengths[missing] = 0
    indices = pa.array(offsets[:-1], mask=lengths == 0)
    return flat.take(indices), lengths > 1


def _list_parts(array: pa.Array) -> tuple[np.ndarray, pa.Array, Mask]:
    """A list column's offsets (rows + 1,) into its flat values, and its null rows."""
    if pa.types.is_fixed_size_list(array.type):
        array = array.cast(pa.large_list(array.type.value_type))
    offsets = array.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    return offsets, array.values, is_null(array)


def strings(array: pa.Array) -> tuple[pa.Array, Mask]:
    """Text or bytes as strings.

    Returns:
      The strings, null where missing or not valid UTF-8; and where they are not
      valid UTF-8.
    """
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), pa.string()), none_of(array)
    # Parquet files may hold invalid UTF-8 in string columns: look at the bytes.
    if pa.types.is_string(array.type):
        array = array.view(pa.binary())
    elif not pa.types.is_binary(array.type):
        array = array.cast(pa.large_binary()).cast(pa.binary())
    try:
        return array.cast(pa.string()), none_of(array)
    except pa.ArrowInvalid:
        pass
    values, invalid = [], none_of(array)
    for index, value in enumerate(array.to_pylist()):
        try:
            values.append(None if value is None else value.decode("utf-8"))
        except UnicodeDecodeError:
            values.append(None)
            invalid[index] = True
    return pa.array(values, pa.string()), invalid


def numbers(array: pa.Array, words: Mapping[bytes, float] | None = None) -> tuple[pa.Array, Mask]:
    """Numbers, truth values and numbers written as text, as float64.

    Args:
      array: Values of any type.
      words: Further texts, in lower case, that stand for numbers.

    Returns:
      The numbers, null where missing (also the empty text); and where there is
      something that is no number.
    """
    kind = array.type
    if pa.types.is_null(kind):
        return pa.nulls(len(array), pa.float64()), none_of(array)
    if pa.types.is_boolean(kind):
        return array.cast(pa.int8()).cast(pa.float64()), none_of(array)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        # Above 2**53 the nearest float64 stands for an integer.
        return pc.cast(array, pa.float64(), safe=False), none_of(array)
    if not is_text_or_bytes(kind):
        return pa.nulls(len(array), pa.float64()), ~is_null(array)
    encoded = array.cast(pa.large_binary()).dictionary_encode()
    values = np.full(len(encoded.dictionary), np.nan)
    state = np.zeros(len(encoded.dictionary), np.int8)  # 0 number, 1 empty, 2 no number
    for index, text in enumerate(encoded.dictionary.to_pylist()):
        stripped = text.strip()
        try:
            # float() takes "1_000", which nobody writes as a label on purpose.
            if b"_" in stripped:
                raise ValueError
            values[index] = float(stripped)
        except ValueError:
            state[index] = 1 if not stripped else 2
            if words and stripped.lower() in words:
                values[index], state[index] = words[stripped.lower()], 0
    codes = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    missing = is_null(array)
    if not len(values):
        return pa.nulls(len(array), pa.float64()), none_of(array)
    states = state[codes]
    result = pa.array(values[codes], pa.float64(), mask=missing | (states != 0))
    return result, (states == 2) & ~missing


def is_number(kind: pa.DataType) -> bool:
    """Whether values are numbers or truth values."""
    return (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )


def holds_numbers(array: pa.Array) -> bool:
    """Whether all values are numbers, also as text, or of another type than text."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    flat = _list_parts(array)[1] if _is_list(array.type) else array
    if pa.types.is_null(flat.type):
        return False
    if not is_text_or_bytes(flat.type):
        return True
    values, wrong = numbers(flat)
    return not wrong.any() and values.null_count < len(values)


def beyond_float64(array: pa.Array) -> Mask:
    """Where whole numbers are so large that float64 may not hold them exactly."""
    if not pa.types.is_integer(array.type) or array.type.bit_width < 64:
        return none_of(array)
    limit = 1 << 53
    inside = pc.and_(pc.less_equal(array, limit), pc.greater_equal(array, -limit))
    if pa.types.is_uint64(array.type):
        inside = pc.less_equal(array, pa.scalar(limit, pa.uint64()))
    return ~inside.fill_null(True).to_numpy(zero_copy_only=False)


def number_lists(array: pa.Array) -> tuple[pa.Array, Mask]:
    """Lists of numbers as list<double>; other lists as they are.

    Returns:
      The lists; and where they hold whole numbers that float64 may not hold.
    """
    if not _is_list(array.type) or not is_number(array.type.value_type):
        return array, none_of(array)
    offsets, flat, missing = _list_parts(array)
    inexact = none_of(array)
    beyond = np.flatnonzero(beyond_float64(flat))
    inexact[np.searchsorted(offsets, beyond, side="right") - 1] = True
    places = pa.array(offsets.astype(np.int32), mask=np.append(missing, False))
    return pa.ListArray.from_arrays(places, numbers(flat)[0]), inexact & ~missing


def string_lists(array: pa.Array) -> tuple[pa.Array, Mask, Mask]:
    """The values of a multi-valued feature, each value once per record.

    A text such as "['female', 'male']", as CSV files hold lists, is taken
    apart. Numbers and truth values become text.

    Returns:
      list<string>, empty where a record has no value; where a value is not valid
      UTF-8; where there is something else than values.
    """
    size = len(array)
    if pa.types.is_null(array.type):
        offsets = pa.array(np.zeros(size + 1, np.int32))
        none = pa.ListArray.from_arrays(offsets, pa.array([], pa.string()))
        return none, none_of(array), none_of(array)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if _is_list(array.type):
        offsets, flat, missing = _list_parts(array)
        start, stop = offsets[0], offsets[-1]
        flat = flat.slice(start, stop - start)
        rows = np.repeat(np.arange(size), np.diff(offsets))
        keep = ~missing[rows]
        if not keep.all():
            flat, rows = flat.filter(pa.array(keep)), rows[keep]
    else:
        flat, rows = array, np.arange(size)
    bad_text, bad_type = np.zeros(size, bool), np.zeros(size, bool)
    codes = _codes_of_plain(flat, _is_list(array.type))
    values = flat
    if codes is None:
        values, invalid, wrong = _value_strings(flat)
        bad_text[rows[invalid]] = True
        bad_type[rows[wrong]] = True
        if not _is_list(array.type):
            values, rows = _take_apart(values, rows)
        keep = pc.greater(pc.binary_length(values), 0).fill_null(False)
        keep = keep.to_numpy(zero_copy_only=False)
        if not keep.all():
            values, rows = values.filter(pa.array(keep)), rows[keep]
    values, rows = _each_once(values, rows, size, codes)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values), bad_text, bad_type


def _codes_of_plain(values: pa.Array, are_of_lists: bool) -> np.ndarray | None:
    """Which of the distinct values each is, where all may stay as they are; else None.

    Few are distinct, and so are what is looked at: whether each is UTF-8, and not empty.
    """
    if not pa.types.is_string(values.type) or values.null_count:
        return None
    encoded = values.dictionary_encode()
    distinct, invalid = strings(encoded.dictionary)
    if invalid.any() or not pc.all(pc.greater(pc.binary_length(distinct), 0)).as_py():
        return None
    if not are_of_lists and _take_apart(distinct, invalid)[0] is not distinct:
        return None
    return encoded.indices.to_numpy()


def _value_strings(flat: pa.Array) -> tuple[pa.Array, Mask, Mask]:
    if pa.types.is_dictionary(flat.type):
        flat = flat.dictionary_decode()
    kind = flat.type
    if is_text_or_bytes(kind) or pa.types.is_null(kind):
        values, invalid = strings(flat)
        return values, invalid, none_of(flat)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return flat.cast(pa.string()), none_of(flat), none_of(flat)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        # A day has no time: midnight is what pandas makes of it.
        text = pc.replace_substring_regex(flat.cast(pa.string()), _MIDNIGHT, "")
        text = pc.replace_substring_regex(text, _ZEROS_AT_END, r"\1")
        return text, none_of(flat), none_of(flat)
    if pa.types.is_decimal(kind):
        text = pc.replace_substring_regex(flat.cast(pa.string()), _ZEROS_AT_END, r"\1")
        return text, none_of(flat), none_of(flat)
    if pa.types.is_floating(kind):
        # 1.0 is what pandas makes of 1: name both the same.
        data = flat.to_numpy(zero_copy_only=False).astype(np.float64)
        missing = is_null(flat) | np.isnan(data)
        text = [f"{value:.15g}" for value in data]
        return pa.array(text, pa.string(), mask=missing), none_of(flat), none_of(flat)
    return pa.nulls(len(flat), pa.string()), none_of(flat), ~is_null(flat)


def _take_apart(values: pa.Array, rows: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    """Splits texts that are lists in brackets; few are distinct. What was given if none is."""
    trimmed = pc.utf8_trim_whitespace(values)
    in_brackets = pc.and_(pc.starts_with(trimmed, "["), pc.ends_with(trimmed, "]"))
    if not pc.any(in_brackets).as_py():
        return values, rows
    encoded = values.dictionary_encode()
    parts = [_list_items(text) for text in encoded.dictionary.to_pylist()]
    table = pa.array(parts, pa.list_(pa.string()))
    lists = table.take(encoded.indices)
    lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    return lists.flatten(), np.repeat(rows, lengths)


def _list_items(text: str) -> list[str]:
    stripped = text.strip()
    if not (stripped.startswith("[") and stripped.endswith("]")):
        return [text]
    items = _LIST_ITEM.findall(stripped[1:-1])
    unescape: Callable[[str], str] = lambda item: re.sub(r"\\(.)", r"\1", item)  # noqa: E731
    return [
        unescape(single or double) if single or double else bare.strip()
        for single, double, bare in items
    ]


def _each_once(
    values: pa.Array, rows: np.ndarray, size: int, codes: np.ndarray | None = None
) -> tuple[pa.Array, np.ndarray]:
    """Drops a record's repeated values; `codes` are equal where values are, if they are known."""
    longest = int(np.bincount(rows, minlength=size).max(initial=0))
    if longest <= 1:
        return values, rows
    if codes is None:
        codes = values.dictionary_encode().indices.to_numpy()
    repeated = np.zeros(len(rows), bool)
    if longest <= _SHORT_LIST:
        # Each value is compared with those before it in its list.
        for back in range(1, longest):
            repeated[back:] |= (codes[back:] == codes[:-back]) & (rows[back:] == rows[:-back])
    else:
        _, first = np.unique(rows * (int(codes.max()) + 1) + codes, return_index=True)
        repeated[:] = True
        repeated[first] = False
    if not repeated.any():
        return values, rows
    return values.filter(pa.array(~repeated)), rows[~repeated]


def require_columns(
    required: Iterable[str],
    available: Sequence[str],
    source: str,
    flags: Mapping[str, str] | None = None,
) -> None:
    """Raises an `InputError` that names every missing column, its flag, the file and the cure."""
    missing = [name for name in required if name not in available]
    for name in missing:
        feature = name.removeprefix(names.ORIGINAL_PREFIX)
        if names.own(feature) == name != feature:
            raise InputError(
                f"{source}: no column {feature!r} of the data's own ({name!r} in pairs); slices of "
                f"what was changed are {' and '.join(names.PAIR_SLICES)}"
            )
    if not missing:
        return
    sentences = [_missing(name, available, (flags or {}).get(name, "")) for name in missing]
    shown = ", ".join(sorted(available)[:30]) or "none"
    if len(available) > 30:
        shown += f", and {len(available) - 30} more"
    raise InputError(f"{source}: {'; '.join(sentences)} (columns there: {shown})")


def _missing(name: str, available: Sequence[str], flag: str) -> str:
    near = difflib.get_close_matches(name, available, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    if name.startswith(names.COUNTERFACTUAL_PREFIX):
        hint += "; --counterfactual_feature names the column of a second text"
    return f"no column {name!r}{hint}" + (f" (--{flag})" if flag else "")


def slicing_features(slices: Sequence[str]) -> tuple[str, ...]:
    """The features that plain and crossed slices use, each once."""
    names: dict[str, None] = {}
    for entry in slices:
        for name in entry.split(","):
            if not name.strip():
                raise ConfigurationError(
                    f"evaluation.slices: {entry!r} has an empty feature; write F or F,G"
                )
            names[name.strip()] = None
    return tuple(names)
