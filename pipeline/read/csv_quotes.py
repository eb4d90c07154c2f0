"""Holds a CSV file's quotation marks against RFC 4180 before the decoder sees them.

A decoder takes a stray mark at a value's start for one that opens a value, and all up to the
next mark for its content: thousands of records vanish into one. By RFC 4180 only a separator
or a line's end may follow a closing mark. A record that breaks this is kept back. Where the
lines that it would swallow are records themselves, they stay records; where that cannot be
told, reading stops and names the lines.
"""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Callable

import numpy as np

from fairflip.pipeline.read.raw import CHUNK_BYTES
from fairflip.protos.errors import InputError

#: Stands, with a number, in place of a record that was kept back: Unicode reserves it
#: never to be text.
KEPT_BACK = "\ufdd1"
#: Of lines that may be records, so many are looked at.
_MAX_LINES = 200
_CURE = 'write a quotation mark inside a value as "" and the value between quotation marks'


@dataclasses.dataclass(frozen=True)
class KeptBack:
    """A record that breaks the rules of quotation marks.

    Attributes:
        line: The line it starts on, from 1.
        text: Its bytes.
    """

    line: int
    text: bytes

    @property
    def detail(self) -> str:
        """What is wrong with it, and the cure."""
        return f"line {self.line} has a quotation mark where none may stand; {_CURE}"


@dataclasses.dataclass(frozen=True)
class _Offence:
    """Where a record breaks the rules.

    Attributes:
        end: Where the record ends, if that can be told.
        opening: Else the mark that opens the value which swallows lines,
        close: and the end of that value; -1 where it has none.
        is_unsure: Whether lines after the record may belong to it.
    """

    end: int = -1
    opening: int = -1
    close: int = -1
    is_unsure: bool = False


class QuoteCheck:
    """Passes on a CSV file's bytes, but for records with stray quotation marks.

    In place of each of these stands a line with a field too many whose first is `KEPT_BACK`
    and its number in `kept_back`, so that records keep their positions.
    """

    def __init__(
        self,
        path: str,
        delimiter: str,
        num_fields: int,
        looks_right: Callable[[list[str]], bool] | None,
    ):
        """Takes what is known of the records.

        Args:
            path: The file, for errors.
            delimiter: One character.
            num_fields: Of the header.
            looks_right: Whether a record's fields hold numbers or labels where these
                belong; None where no column tells.
        """
        self._path = path
        self._delimiter = delimiter
        self._num_fields = num_fields
        self._looks_right = looks_right
        self._rest = b""
        self._num_lines = 0  # before self._rest
        self.kept_back: list[KeptBack] = []
        ends = re.escape(delimiter.encode()) + rb"\r\n"
        self._plain = re.compile(rb"[^" + ends + rb"]*")
        self._quoted = re.compile(rb'"[^"]*(?:""[^"]*)*"')
        self._is_boundary = np.zeros(256, bool)
        self._is_boundary[[ord(delimiter), ord("\n"), ord("\r"), ord('"')]] = True

    def pass_on(self, data: bytes, is_last: bool) -> bytes:
        """The records that end within what was given so far.

        Args:
            data: The next bytes, UTF-8.
            is_last: Whether the file ends with them.

        Raises:
            InputError: It cannot be told which lines are records.
        """
        buffer = self._rest + data if self._rest else data
        marks = _Marks(buffer, self._is_boundary)
        passed: list[bytes] = []
        start, cut = 0, -1
        while (at := self._first_offence(buffer, marks, start, is_last)) is not None:
            record = marks.record_start(at, start)
            passed.append(buffer[start:record])
            start = record
            offence = self._offence_in(buffer, record, is_last)
            if offence is None:  # The record goes on in what comes next.
                cut = record
                break
            start = self._settle(passed, buffer, record, offence, is_last)
        if cut < 0:
            cut = len(buffer) if is_last else self._last_record_end(buffer, marks, start)
        passed.append(buffer[start:cut])
        self._keep(buffer, cut)
        return b"".join(passed)

    def _keep(self, buffer: bytes, start: int) -> None:
        self._num_lines += buffer.count(b"\n", 0, start)
        self._rest = buffer[start:]
        if len(self._rest) > 2 * CHUNK_BYTES:
            raise InputError(
                f"{self._path}: line {self._num_lines + 1} starts a record longer than "
                f"{CHUNK_BYTES} bytes; is a quotation mark never closed? Mend the file"
            )

    def _line(self, buffer: bytes, place: int) -> int:
        return self._num_lines + buffer.count(b"\n", 0, place) + 1

    def _first_offence(self, buffer: bytes, marks: _Marks, start: int, is_last: bool) -> int | None:
        """The first mark from `start` on, which is outside of a value, that breaks a rule."""
        offence = marks.first_bad(start)
        open_at_end = marks.is_open(start, len(buffer))
        if offence is None and open_at_end and (is_last or len(buffer) > CHUNK_BYTES):
            # A value that is never closed: its opening mark.
            offence = int(marks.places[-1])
            if not is_last and len(buffer) - offence <= CHUNK_BYTES:
                offence = None
        swallowing = self._swallowing(
            buffer, marks, start, len(buffer) if offence is None else offence
        )
        return offence if swallowing is None else swallowing

    def _swallowing(self, buffer: bytes, marks: _Marks, start: int, end: int) -> int | None:
        """A mark that opens a proper value which swallows records."""
        if self._looks_right is None:
            return None
        for opening, close in marks.long_values(
            buffer, start, end, ord(self._delimiter), self._num_fields - 1
        ):
            if self._swallows_records(buffer, opening, close):
                return opening
        return None

    def _swallows_records(self, buffer: bytes, opening: int, close: int) -> bool:
        """Whether a proper value of several lines rather is some records.

        So it is where every whole line inside of it is one, or, where there is none, where
        both of its lines are records if the marks are stray.
        """
        first = buffer.rfind(b"\n", 0, opening) + 1
        last = buffer.rfind(b"\n", 0, close) + 1
        inner = self._share_of_records(buffer, _line_end(buffer, opening), last)
        head = buffer[first:opening] + buffer[opening + 1 : _line_end(buffer, opening)]
        tail = buffer[last:close] + buffer[close + 1 : _line_end(buffer, close)]
        is_whole = self._is_record(head) and self._is_record(tail)
        if inner is None:
            return is_whole
        return (is_whole and inner >= 0.5) or (inner == 1.0 and self._num_fields > 2)

    def _is_record(self, line: bytes) -> bool:
        if self._looks_right is None or line.count(b'"') % 2:
            return False
        try:
            rows = list(csv.reader([line.decode("utf-8", "replace")], delimiter=self._delimiter))
        except csv.Error:
            return False
        return len(rows) == 1 and len(rows[0]) == self._num_fields and self._looks_right(rows[0])

    def _share_of_records(self, buffer: bytes, start: int, end: int) -> float | None:
        """How many of the whole lines of a stretch are records by themselves; None: no lines."""
        lines = [line for line in buffer[start:end].split(b"\n", _MAX_LINES)[:_MAX_LINES] if line]
        if not lines:
            return None
        return sum(map(self._is_record, lines)) / len(lines)

    def _offence_in(self, buffer: bytes, record: int, is_last: bool) -> _Offence | None:
        """What is wrong with a record; nothing but an `end`: nothing. None: more is needed."""
        place, is_stray, is_unsure = record, False, False
        waits = not is_last and len(buffer) - record <= CHUNK_BYTES
        while True:
            if buffer[place : place + 1] == b'"':
                value = self._quoted.match(buffer, place)
                if value is None or (value.end() == len(buffer) and waits):
                    return None if waits else _Offence(opening=place)
                following = buffer[value.end() : value.end() + 1]
                if following and not self._is_boundary[following[0]]:
                    if b"\n" in value.group():
                        return _Offence(opening=place, close=value.end())
                    is_stray = True
                    place = self._plain.match(buffer, value.end()).end()  # type: ignore[union-attr]
                    is_unsure = is_unsure or buffer.count(b'"', record, place) % 2 == 1
                else:
                    opening, place = place, value.end()
                    if b"\n" in value.group() and self._swallows_records(
                        buffer, opening, place - 1
                    ):
                        return _Offence(opening=opening, close=place)
            else:
                end = self._plain.match(buffer, place).end()  # type: ignore[union-attr]
                is_stray = is_stray or buffer.count(b'"', place, end) % 2 == 1
                place = end
            if place == len(buffer) and waits:
                return None
            if buffer[place : place + 1] == self._delimiter.encode():
                place += 1
                continue
            end = place + len(re.match(rb"\r\n|\r|\n|", buffer[place : place + 2]).group())  # type: ignore[union-attr]
            return _Offence(end, opening=record if is_stray else -1, is_unsure=is_unsure)

    def _settle(
        self, passed: list[bytes], buffer: bytes, record: int, offence: _Offence, is_last: bool
    ) -> int:
        """Keeps a record back, or passes it on after all; returns where to go on."""
        if offence.end >= 0:
            if offence.opening < 0:
                passed.append(buffer[record : offence.end])
                return offence.end
            if offence.is_unsure:
                self._refuse_fragments(buffer, record, offence.end)
            return self._keep_back(passed, buffer, record, offence.end)
        end = _line_end(buffer, offence.opening)
        stop = offence.close if offence.close >= 0 else len(buffer)
        share = self._share_of_records(buffer, end, buffer.rfind(b"\n", 0, stop) + 1)
        # Of a mark that strayed into a record, the line is a record without it. Else the
        # value may go on in the next lines, which are then none.
        head = buffer[record : offence.opening] + buffer[offence.opening + 1 : end]
        is_last_line = share is None and offence.close < 0
        if is_last_line or not self._is_record(head) or (share is not None and share < 0.5):
            line = self._line(buffer, offence.opening)
            fault = "is never closed" if is_last else f"opens one longer than {CHUNK_BYTES} bytes"
            if offence.close >= 0:
                fault = (
                    f"is closed on line {self._line(buffer, stop)}, and which lines between are "
                    "records cannot be told"
                )
            raise InputError(
                f"{self._path}: the quotation mark that opens a value on line {line} {fault}; "
                f"reading stopped there. Mend it: {_CURE}"
            )
        return self._keep_back(passed, buffer, record, end)

    def _keep_back(self, passed: list[bytes], buffer: bytes, start: int, end: int) -> int:
        line = self._line(buffer, start)
        if line == 1:
            raise InputError(f"{self._path}: the header has a stray quotation mark; {_CURE}")
        number = len(self.kept_back)
        self.kept_back.append(KeptBack(line, buffer[start:end].rstrip(b"\r\n")))
        passed.append(f"{KEPT_BACK}{number}{self._delimiter * self._num_fields}\n".encode())
        return end

    def _refuse_fragments(self, buffer: bytes, record: int, end: int) -> None:
        """Stops where the lines after a record are rather the rest of its text."""
        following = buffer.find(b'"', end)
        if following < 0 or self._is_boundary[buffer[following - 1]]:
            return  # The next mark opens a value: what stands before it are records.
        share = self._share_of_records(buffer, end, buffer.rfind(b"\n", 0, following) + 1)
        if share is not None and share < 0.5:
            raise InputError(
                f"{self._path}: line {self._line(buffer, record)} has a quotation mark within a "
                "value, and it cannot be told where the value ends; reading stopped there. "
                f"Mend it: {_CURE}"
            )

    def _last_record_end(self, buffer: bytes, marks: _Marks, start: int) -> int:
        newline = b"\n" if b"\n" in buffer[start:] else b"\r"
        end = len(buffer)
        while True:
            place = buffer.rfind(newline, start, end)
            if place < 0:
                return start
            if not marks.is_open(start, place):
                return place + 1
            end = marks.before(place)


def _line_end(buffer: bytes, place: int) -> int:
    """Behind the end of the line that a place is in."""
    end = buffer.find(b"\n", place)
    return len(buffer) if end < 0 else end + 1


class _Marks:
    """The quotation marks of a stretch of bytes, and which break a rule."""

    def __init__(self, buffer: bytes, is_boundary: np.ndarray):
        self._buffer = buffer
        self._is_boundary = is_boundary
        self._codes = np.frombuffer(buffer, np.uint8)
        self.places = np.flatnonzero(self._codes == ord('"'))
        self._bad: dict[int, np.ndarray] = {}

    def _bad_if_first(self, parity: int) -> np.ndarray:
        """The marks that break a rule, if those with an even or an odd number open values.

        A mark that opens a value follows a boundary, one that closes it precedes one.
        """
        if parity not in self._bad:
            opening, closing = self.places[parity::2], self.places[1 - parity :: 2]
            before = self._is_boundary[self._codes[opening - 1]]
            if len(opening) and opening[0] == 0:
                before[0] = True
            after = self._is_boundary[self._codes[np.minimum(closing + 1, len(self._codes) - 1)]]
            if len(closing) and closing[-1] == len(self._codes) - 1:
                after[-1] = True
            self._bad[parity] = np.sort(np.concatenate([opening[~before], closing[~after]]))
        return self._bad[parity]

    def _number(self, place: int) -> int:
        """How many marks stand before a place."""
        return int(np.searchsorted(self.places, place))

    def first_bad(self, start: int) -> int | None:
        """The first mark from `start` on that breaks a rule; `start` is outside of a value."""
        bad = self._bad_if_first(self._number(start) % 2)
        index = np.searchsorted(bad, start)
        return int(bad[index]) if index < len(bad) else None

    def is_open(self, start: int, place: int) -> bool:
        """Whether a place is inside of a value, if all marks from `start` on obey the rules."""
        return (self._number(place) - self._number(start)) % 2 == 1

    def before(self, place: int) -> int:
        """The last mark before a place."""
        return int(self.places[self._number(place) - 1])

    def record_start(self, mark: int, start: int) -> int:
        """Where the record of a mark starts, at `start` or later."""
        end = self.before(mark) if self.is_open(start, mark) else mark
        while True:
            place = max(
                self._buffer.rfind(b"\n", start, end), self._buffer.rfind(b"\r", start, end)
            )
            if place < 0:
                return start
            if not self.is_open(start, place):
                return place + 1
            end = self.before(place)

    def long_values(
        self, buffer: bytes, start: int, end: int, delimiter: int, num_delimiters: int
    ) -> list[tuple[int, int]]:
        """Values of several lines, of which the inner ones, or both, may be records.

        These have as many separators as a record has, or more.

        Returns:
            Places of the opening and the closing mark of each.
        """
        first, last = self._number(start), self._number(end)
        places = self.places[first : last - (last - first) % 2]
        if not len(places):
            return []
        newlines = np.flatnonzero(self._codes == ord("\n"))
        number = np.searchsorted(places, newlines)
        several = np.unique(number[number % 2 == 1] // 2)
        if not len(several):
            return []
        opening = np.searchsorted(newlines, places[2 * several])
        closing = np.searchsorted(newlines, places[2 * several + 1])
        separators = np.flatnonzero(self._codes == delimiter)
        per_line = np.diff(np.searchsorted(separators, newlines), prepend=0)
        per_line = np.append(per_line, len(separators) - per_line.sum())
        num_short = np.concatenate([[0], np.cumsum(per_line < num_delimiters)])
        has_inner = closing - opening > 1
        first_line, behind = np.where(has_inner, opening + 1, opening), closing + ~has_inner
        whole = several[num_short[behind] == num_short[first_line]]
        return [(int(places[2 * value]), int(places[2 * value + 1])) for value in whole]
