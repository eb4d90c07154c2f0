"""Bytes of sums, for workers to exchange.

A sum is a dataclass of arrays, whole numbers and further such dataclasses. It travels as
plain arrays with their types and shapes, in the order of its fields; decoding takes the
classes from the fields' annotations and runs no code from the data. Most numbers are small
and whole and travel as such: a runner copies the bytes of every sum several times on their
way, and at many thresholds or slices that costs more than counting.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import struct
import typing
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

#: Types in which arrays travel.
TYPES = tuple(map(np.dtype, ("<i8", "<u8", "<f8", "|u1", "<u2", "<u4")))
_KINDS = {dtype: kind for kind, dtype in enumerate(TYPES)}
# Each with the largest number that it holds.
_NARROW = [(dtype, int(np.iinfo(dtype).max)) for dtype in TYPES[3:]]
# Arrays with fewer numbers are not worth the look.
_MIN_TO_NARROW = 32


def encode(value: Any) -> bytes:
    """A dataclass as bytes.

    Args:
        value: Its fields, and those of dataclasses within it, are annotated as `np.ndarray`
            (of int64, uint64, float64 or bytes), `int`, `bool`, `pa.Array` (of `pa.large_binary`),
            `tuple[X, ...]`, or `X | None`, where X is one of these or a dataclass.

    Returns:
        What `decode` reads.

    Raises:
        TypeError: A field is annotated as something else.
    """
    parts: list[bytes] = []
    kind: Any = type(value)
    for name, write in _writers(kind):
        arrays: list[np.ndarray] = []
        write(getattr(value, name), arrays)
        parts.append(pack_arrays(arrays))
    return b"".join([_lengths(len(parts)).pack(*map(len, parts)), *parts])


def decode(kind: type, data: bytes) -> Any:
    """The value of class `kind` that `encode` wrote."""
    return kind(*(decode_field(kind, data, name) for name, _ in fields_of(kind)))


def decode_field(kind: type, data: bytes, name: str) -> Any:
    """One field of the value of class `kind` that `encode` wrote; the others are not read."""
    position, read = _readers(kind)[name]
    header = _lengths(len(fields_of(kind)))
    lengths = header.unpack_from(data)
    start = header.size + sum(lengths[:position])
    return read(unpack_arrays(data, start, start + lengths[position]))


def num_bytes(value: Any) -> int:
    """Bytes of the arrays in a dataclass, without encoding it."""
    if isinstance(value, (np.ndarray, pa.Array)):
        return int(value.nbytes)
    if isinstance(value, tuple):
        return sum(map(num_bytes, value))
    if value is None or isinstance(value, int):
        return 0
    kind: Any = type(value)
    return sum(num_bytes(getattr(value, name)) for name, _ in fields_of(kind))


def is_dataclass(kind: Any) -> bool:
    """Whether an annotation is a dataclass; a type checker is told nothing more of it."""
    return dataclasses.is_dataclass(kind)


@functools.cache
def fields_of(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Name and annotation of each field of a dataclass."""
    hints = typing.get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(kind))


@functools.cache
def _lengths(number: int) -> struct.Struct:
    """How many bytes each field takes."""
    return struct.Struct(f"<{number}Q")


@functools.cache
def _writers(kind: Any) -> list[tuple[str, Callable[[Any, list[np.ndarray]], None]]]:
    """Of each field, its name and what appends its arrays to a list."""
    return [(name, _writer(hint)) for name, hint in fields_of(kind)]


@functools.cache
def _readers(kind: Any) -> dict[str, tuple[int, Callable[[Iterator[np.ndarray]], Any]]]:
    """By a field's name, its position and what makes its value of the next arrays."""
    return {name: (i, _reader(hint)) for i, (name, hint) in enumerate(fields_of(kind))}


@functools.cache
def _writer(kind: Any) -> Callable[[Any, list[np.ndarray]], None]:
    """What appends a value's arrays to a list; put together once for each class."""
    if kind is np.ndarray or kind is int:

        def write(value: Any, arrays: list[np.ndarray]) -> None:
            arrays.append(np.asarray(value))

    elif kind is bool:

        def write(value: Any, arrays: list[np.ndarray]) -> None:
            arrays.append(np.array(int(value)))

    elif kind is pa.Array:

        def write(value: Any, arrays: list[np.ndarray]) -> None:
            arrays.extend(text_arrays(value))

    elif is_dataclass(kind):
        fields = [(name, _writer(hint)) for name, hint in fields_of(kind)]

        def write(value: Any, arrays: list[np.ndarray]) -> None:
            for name, write_field in fields:
                write_field(getattr(value, name), arrays)

    elif typing.get_origin(kind) is tuple:
        write_item = _writer(typing.get_args(kind)[0])

        def write(value: Any, arrays: list[np.ndarray]) -> None:
            arrays.append(np.array(len(value)))
            for item in value:
                write_item(item, arrays)

    else:
        write_value = _writer(not_none(kind))

        def write(value: Any, arrays: list[np.ndarray]) -> None:
            arrays.append(np.array(int(value is not None)))
            if value is not None:
                write_value(value, arrays)

    return write


@functools.cache
def _reader(kind: Any) -> Callable[[Iterator[np.ndarray]], Any]:
    """What makes a value of the next arrays; put together once for each class."""
    if kind is np.ndarray:
        return next
    if kind is int or kind is bool:
        return lambda arrays: kind(next(arrays))
    if kind is pa.Array:
        return lambda arrays: texts_of(next(arrays), next(arrays))
    if is_dataclass(kind):
        fields = [_reader(hint) for _, hint in fields_of(kind)]
        return lambda arrays: kind(*[read(arrays) for read in fields])
    if typing.get_origin(kind) is tuple:
        read_item = _reader(typing.get_args(kind)[0])
        return lambda arrays: tuple([read_item(arrays) for _ in range(int(next(arrays)))])
    read_value = _reader(not_none(kind))
    return lambda arrays: read_value(arrays) if next(arrays) else None


def not_none(kind: Any) -> Any:
    """X of an annotation `X | None`."""
    others = [item for item in typing.get_args(kind) if item is not type(None)]
    if len(others) != 1:
        raise TypeError(f"sums of type {kind} cannot be sent; see fairflip.metrics.sums.encoding")
    return others[0]


def text_arrays(texts: pa.Array) -> Iterator[np.ndarray]:
    """Where each text ends, and the bytes of all."""
    # A slice of an array shares the buffers of the whole; a copy has its own.
    texts = pa.concat_arrays([texts])
    _, offsets, characters = texts.buffers()
    start, end = texts.offset, texts.offset + len(texts) + 1
    ends = np.frombuffer(offsets, np.int64)[start:end] if len(texts) else np.zeros(1, np.int64)
    text = np.frombuffer(characters, np.uint8) if ends[-1] else np.zeros(0, np.uint8)
    yield ends - ends[0]
    yield text[ends[0] : ends[-1]]


def texts_of(ends: np.ndarray, text: np.ndarray) -> pa.Array:
    """The texts of `text_arrays`."""
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(text)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(ends) - 1, buffers)


def pack_arrays(arrays: list[np.ndarray]) -> bytes:
    """Arrays of int64, uint64, float64 or bytes, with their shapes, as bytes."""
    parts: list[bytes] = []
    # What does not fit a narrow type becomes another number, and is found to differ.
    with np.errstate(invalid="ignore"):
        for array in arrays:
            kind = _KINDS.get(array.dtype)
            if kind is None:
                array = array.astype(array.dtype.newbyteorder("<"))
                kind = _KINDS[array.dtype]
            sent = array if array.size < _MIN_TO_NARROW else narrowed(array)
            ndim = array.ndim
            parts.append(_header(ndim).pack(kind, _KINDS[sent.dtype], ndim, *array.shape))
            parts.append(sent.tobytes())
    return b"".join(parts)


@functools.cache
def _header(ndim: int) -> struct.Struct:
    """The type of an array, the type in which it travels, its number of axes and its shape."""
    return struct.Struct(f"<BBB{ndim}q")


def narrowed(array: np.ndarray) -> np.ndarray:
    """The same numbers in fewer bytes, where all are small and whole; hashes never are."""
    if not array.size:
        return array
    if array.dtype.kind == "i":
        # Below zero as bytes without a sign are the largest of all.
        largest = int(array.view(f"u{array.itemsize}").max())
        return array.astype(_narrowest(largest, array.dtype), copy=False)
    # Most sums that are not whole are found by their sum already.
    if array.dtype.kind == "f" and float(array.sum()).is_integer():
        narrow = array.astype(_NARROW[-1][0])
        # A zero below zero would come back as one above.
        if (narrow == array).all() and not np.signbit(array).any():
            return narrow.astype(_narrowest(int(narrow.max()), narrow.dtype), copy=False)
    return array


def _narrowest(largest: int, otherwise: np.dtype) -> np.dtype:
    return next((dtype for dtype, most in _NARROW if largest <= most), otherwise)


def unpack_arrays(data: bytes, start: int = 0, end: int | None = None) -> Iterator[np.ndarray]:
    """The arrays that `pack_arrays` wrote there, in order; some share memory with `data`."""
    position = start
    while position < (len(data) if end is None else end):
        header = _header(data[position + 2])
        kind, sent, ndim, *shape = header.unpack_from(data, position)
        position += header.size
        array = np.frombuffer(data, TYPES[sent], math.prod(shape), position)
        position += array.nbytes
        if ndim != 1:
            array = array.reshape(shape)
        yield array if kind == sent else array.astype(TYPES[kind])
