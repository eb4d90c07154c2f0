"""Choices that a fuzzer's bytes stand for."""

from __future__ import annotations


class Bytes:
    """Choices read off a string of bytes; zeros after its end."""

    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    @property
    def is_used_up(self) -> bool:
        return self._at >= len(self._data)

    def number(self, below: int) -> int:
        return (self.take(1) or b"\0")[0] % below

    def pick(self, choices):
        return choices[self.number(len(choices))]

    def take(self, size: int) -> bytes:
        actual = self._data[self._at : self._at + size]
        self._at += size
        return actual

    def rest(self) -> bytes:
        return self.take(len(self._data))

    def text(self, size: int) -> str:
        return self.take(size).decode("utf-8", "replace")
