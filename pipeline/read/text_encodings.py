"""Any text file as UTF-8: its encoding is given, or found out from its bytes."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from fairflip.pipeline.read.raw import CHUNK_BYTES
from fairflip.pipeline.storage import filesystem

#: Stands for a byte that is no text in the file's encoding: a code point that Unicode
#: reserves never to be text.
NO_TEXT = "\ufdd0"
UTF_8 = "utf-8"

#: Longest first: UTF-32's mark begins with UTF-16's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Looked at for the NUL bytes that every second byte of English UTF-16 is.
_HEAD_BYTES = 4096
#: How far a file is looked through for its first letter outside of ASCII.
_FIND_BYTES = 16 << 20

#: Signs of cp1252 that texts do hold: quotation marks, dashes, currencies, "ß", ...
_SIGNS = np.zeros(256, bool)
_SIGNS[[0x80, 0x82, 0x84, 0x85, *range(0x91, 0x98), 0x99, 0xA0, 0xA1, 0xA3, 0xA7, 0xA9]] = True
_SIGNS[[0xAB, 0xAE, 0xB0, 0xB4, 0xB7, 0xBB, 0xBF]] = True
_PUNCTUATION = np.zeros(256, bool)
_PUNCTUATION[[0x85, *range(0x91, 0x98)]] = True
_UPPER = np.zeros(256, bool)
_UPPER[[0x8A, 0x8C, 0x8E, 0x9F, *(code for code in range(0xC0, 0xDF) if code != 0xD7)]] = True
_LOWER = np.zeros(256, bool)
_LOWER[[0x9A, 0x9C, 0x9E, *(code for code in range(0xDF, 0xFF) if code != 0xF7)]] = True
_ASCII_LOWER = np.zeros(256, bool)
_ASCII_LOWER[ord("a") : ord("z") + 1] = True
_LETTER = _UPPER | _LOWER | _ASCII_LOWER
_LETTER[ord("A") : ord("Z") + 1] = True
_CONTROL = np.zeros(256, bool)
_CONTROL[[code for code in range(32) if code not in b"\t\n\r\f"]] = True


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return NO_TEXT * (error.end - error.start), error.end


codecs.register_error("fairflip.no_text", _mark)


class Utf8Stream:
    """A text file's content from start to end as UTF-8, without a byte order mark.

    A file whose encoding is not given is UTF-8 where it can be. UTF-16 and UTF-32 are told
    by a byte order mark or by their NUL bytes, cp1252 by letters that stand where letters
    may; the decision falls at the first byte outside of ASCII.

    Attributes:
      encoding: The encoding, or "" as long as nothing but ASCII was seen.
      has_no_text: Whether bytes were met that are no text in this encoding.
    """

    def __init__(self, stream: Any, encoding: str = "", marks: bool = True):
        """Takes bytes to read.

        Args:
          stream: The file's bytes.
          encoding: As in `DataSpec`; "": found out.
          marks: Whether bytes that are no text become `NO_TEXT`. Else those of UTF-8 stay
            as they are, and others become bytes that are no UTF-8.
        """
        self._stream = stream
        self._marks = marks
        self._is_first = True
        self._rest = b""
        self._decoder: Any = None
        self.encoding = codecs.lookup(encoding).name if encoding else ""
        self.has_no_text = False

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """The next bytes, about `size` of them; none at the end."""
        while True:
            data = self._stream.read(size)
            if self._is_first:
                self._is_first = False
                data = self._start(data)
            text = self._decoded(data, is_last=not data)
            if text or not data:
                return text

    def _start(self, data: bytes) -> bytes:
        for mark, name in _BYTE_ORDER_MARKS:
            if data.startswith(mark) and self.encoding in ("", UTF_8, "utf-8-sig", name):
                self.encoding = name
                # Decoders of UTF-16 and UTF-32 read the mark themselves.
                return data[len(mark) :] if name == UTF_8 else data
        if not self.encoding:
            self.encoding = _by_nul_bytes(data)
        return data

    def _decoded(self, data: bytes, is_last: bool) -> bytes:
        if not self.encoding and not data.isascii():
            self.encoding = "cp1252" if _looks_like_cp1252(data) else UTF_8
        if self.encoding in ("", UTF_8, "utf-8-sig", "ascii"):
            return self._checked(data, is_last) if self._marks else data
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder(self.encoding)("fairflip.no_text")
            self._drops_mark = True
        text = self._decoder.decode(data, final=is_last)
        if self._drops_mark and text:
            # What a decoder for one byte order leaves of the mark.
            text, self._drops_mark = text.removeprefix("\ufeff"), False
        encoded = text.encode(UTF_8, "surrogatepass")
        if NO_TEXT in text:
            self.has_no_text = True
            if not self._marks:
                encoded = encoded.replace(NO_TEXT.encode(), b"\xff")
        return encoded

    def _checked(self, data: bytes, is_last: bool) -> bytes:
        """UTF-8 as it is; what is none as marks."""
        if not self._rest and data.isascii():
            return data
        data = self._rest + data
        cut = len(data) if is_last else _whole_characters(data)
        data, self._rest = data[:cut], data[cut:]
        try:
            text = data.decode(UTF_8)
        except UnicodeDecodeError:
            text = data.decode(UTF_8, "fairflip.no_text")
            data = text.encode(UTF_8)
        self.has_no_text = self.has_no_text or NO_TEXT in text
        return data


def _whole_characters(data: bytes) -> int:
    """How many bytes end with the last character that may be whole."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue  # inside of a character
        length = 2 if byte >> 5 == 0b110 else 3 if byte >> 4 == 0b1110 else 4
        return len(data) - back if byte >= 0xC0 and back < length else len(data)
    return len(data)


def _by_nul_bytes(data: bytes) -> str:
    """UTF-16 without a mark: of mostly Latin text every second byte is NUL."""
    head = np.frombuffer(data[: _HEAD_BYTES - _HEAD_BYTES % 2], np.uint8)
    head = head[: len(head) - len(head) % 2]
    if not len(head):
        return ""
    first, second = (head[0::2] == 0).mean(), (head[1::2] == 0).mean()
    if second > 0.4 and first < 0.05:
        return "utf-16-le"
    return "utf-16-be" if first > 0.4 and second < 0.05 else ""


def _looks_like_cp1252(data: bytes) -> bool:
    """Whether the bytes outside of ASCII can hardly be anything but letters of cp1252.

    Damage to a file in UTF-8 must not pass for text of another encoding: no character may be
    valid UTF-8, every byte must stand where its letter or sign may, and two lines must hold
    letters within words, quotation marks or dashes.
    """
    try:
        data[: _whole_characters(data)].decode(UTF_8)
    except UnicodeDecodeError:
        pass
    else:
        return False
    codes = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(codes >= 0x80)
    high = codes[places]
    if not (_SIGNS | _UPPER | _LOWER)[high].all() or _CONTROL[codes].any():
        return False
    text = data[: _whole_characters(data)].decode(UTF_8, "replace")
    if any(c > "\x7f" and c != "\ufffd" for c in set(text)):
        return False
    before = np.where(places > 0, codes[places - 1], 0)
    after = np.where(places + 1 < len(codes), codes[np.minimum(places + 1, len(codes) - 1)], 0)
    is_letter = (_UPPER | _LOWER)[high]
    alone = is_letter & ~_LETTER[before] & ~_LETTER[after]
    capital_inside = _UPPER[high] & _ASCII_LOWER[before]
    alone &= (high != 0xC0) & (high != 0xE0)  # "à" is a word.
    if (alone | capital_inside).sum() > 0.05 * len(high):
        return False
    telling = places[(is_letter & ~alone) | _PUNCTUATION[high]]
    if not len(telling):
        return False
    lines = np.searchsorted(np.flatnonzero(codes == ord("\n")), telling[[0, -1]])
    return bool(lines[0] != lines[1])


@contextlib.contextmanager
def open_text(path: str, encoding: str = "", marks: bool = True) -> Iterator[Utf8Stream]:
    """A text file of any encoding, decompressed by its extension, as UTF-8."""
    with filesystem.open_stream(path) as stream:
        yield Utf8Stream(stream, encoding, marks)


def encoding_of(path: str, encoding: str = "") -> str:
    """A file's encoding as reading will find it, as far as its first bytes tell."""
    with open_text(path, encoding) as stream:
        num_bytes = 0
        while not stream.encoding and num_bytes < _FIND_BYTES:
            data = stream.read()
            if not data:
                break
            num_bytes += len(data)
        return stream.encoding or UTF_8
