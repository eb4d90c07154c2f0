"""Serialized protobuf messages put together from parts that were serialized once.

Thousands of messages that differ in a few numbers each cost more to make than the
numbers in them. Serialized, a double takes eight bytes whatever its value, so that
another can take its place; and a message within another is its bytes after a tag and
their number (https://protobuf.dev/programming-guides/encoding/).
"""

from __future__ import annotations

import functools

import numpy as np

_LENGTH_DELIMITED = 2
# The byte 0xFF stands in no UTF-8 text, and as large as this no length or number is.
_MARK = bytes.fromhex("fffefdfcfb")


def marks(number: int) -> list[float]:
    """Doubles to make a message with, which nothing else in it can be taken for.

    Args:
        number: How many, at most 255.

    Returns:
        As many finite numbers, all different.
    """
    # The last byte is the exponent's: a finite number.
    written = (_MARK + bytes([i, 0, 65]) for i in range(number))
    return [float(np.frombuffer(eight, "<f8")[0]) for eight in written]


def places(message: bytes, number: int) -> list[int]:
    """Where in a serialized message the first `number` of `marks` stand.

    Raises:
        ValueError: One of them stands there not once.
    """
    found = []
    for mark in marks(number):
        written = np.array(mark, "<f8").tobytes()
        if message.count(written) != 1:
            raise ValueError(f"the mark {mark} stands {message.count(written)} times in a message")
        found.append(message.index(written))
    return found


def with_doubles(message: bytes, where: np.ndarray, values: np.ndarray) -> bytes:
    """The message with K other doubles.

    Args:
        message: Serialized, with some double at each place.
        where: [K] places of their first bytes.
        values: [K].

    Returns:
        The bytes of a message that is read as one with these values.
    """
    found = np.frombuffer(message, np.uint8).copy()
    eight = np.ascontiguousarray(values, "<f8").view(np.uint8).reshape(-1, 8)
    found[where[:, None] + np.arange(8)] = eight
    return found.tobytes()


def embedded(field_number: int, message: bytes) -> bytes:
    """A serialized message as a field, or one entry of a list, of another."""
    return _varint(field_number << 3 | _LENGTH_DELIMITED) + _varint(len(message)) + message


@functools.lru_cache(maxsize=1024)
def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all bytes but the last have the eighth set."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)
