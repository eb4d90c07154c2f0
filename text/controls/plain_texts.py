"""The words of thousands of texts at once, where these are plain: one byte a character.

A text is plain where each character is a letter or digit in ASCII, or ends a word whatever
stands around it: then its words are what `fairflip.text.words` reads, told by a table of bytes.
Texts stand one behind the other in one buffer, and each step is an operation on arrays over all of
them. Other texts are for who reads one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairflip.text.matcher import is_gap

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

# It has one byte each for what else people write: curly quotes, dashes, an ellipsis.
_ENCODING = "cp1252"
#: Arrays over so many texts stay in a processor's cache, and calls cost little of each.
AT_ONCE = 4096
#: Positions, words and texts of one buffer fit into one number together.
MOST_CHARACTERS = 1 << 20
_SPACE = b" "
#: What "an" is compared as (see `edited_words`), known wherever it is.
ARTICLE = "a"


def _decoded(code: int) -> str:
    return bytes([code]).decode(_ENCODING, "replace")


def bytes_with(characters: str) -> Mask:
    """[256] which bytes of a buffer stand for one of these characters; others stand for none."""
    wanted = set(characters)
    return np.array([_decoded(code) in wanted for code in range(256)])


#: Of each byte: a letter of English in lower case or digit, else a space.
_LOWER = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256)
)
_PLAIN = bytes(
    code for code in range(256) if (code < 128 or is_gap(_decoded(code))) and code != ord("_")
)
#: [256] which bytes of a buffer are white space, and which are letters and digits.
IS_SPACE = np.array([_decoded(code).isspace() for code in range(256)])
IS_ALPHANUMERIC = np.array([byte != 32 for byte in _LOWER])


class PlainTexts(NamedTuple):
    """T texts and their N words, in their order.

    Attributes:
        is_plain: [T] whether a text is plain; others are empty here.
        data: The characters of all texts, a line break before and behind each.
        lower: The same in lower case, with a space for each character of no word.
        starts: [T] where texts begin in it.
        word_starts: [N] where words begin in it.
        word_ends: [N] and end.
        firsts: [T + 1] the first word of each text, and the number of all.
        codes: [N] which word each is, as a position in `words`.
        words: What is distinct among them, in lower case, and an article.
    """

    is_plain: Mask
    data: Bytes
    lower: bytes
    starts: Positions
    word_starts: Positions
    word_ends: Positions
    firsts: Positions
    codes: Codes
    words: list[str]


def _bytes_of(text: str) -> bytes | None:
    """A plain text as one byte a character; None of any other."""
    if text.isascii():
        return None if "_" in text or len(text) > MOST_CHARACTERS else text.encode("ascii")
    try:
        encoded = text.encode(_ENCODING)
    except UnicodeEncodeError:
        return None
    if len(encoded) > MOST_CHARACTERS or encoded.translate(None, _PLAIN):
        return None
    return encoded


def blocks_of(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Texts in parts that are read together."""
    first = num_characters = 0
    for number, text in enumerate(texts, start=1):
        num_characters += len(text)
        if number - first == AT_ONCE or num_characters >= 4 * MOST_CHARACTERS:
            yield texts[first:number]
            first, num_characters = number, 0
    if first < len(texts):
        yield texts[first:]


def read_texts(texts: Sequence[str]) -> PlainTexts:
    """Reads texts, together no longer than some times `MOST_CHARACTERS`."""
    encoded = [_bytes_of(text) for text in texts]
    is_plain = np.array([one is not None for one in encoded], bool)
    parts = [one or b"" for one in encoded]
    buffer = b"\n".join([b"", *parts, b""])
    sizes = np.fromiter(map(len, parts), np.int64, len(parts))
    starts = np.cumsum(sizes + 1) - sizes
    lower = buffer.translate(_LOWER)
    is_word = np.frombuffer(lower, np.uint8) != _SPACE[0]
    edges = np.flatnonzero(is_word[1:] != is_word[:-1]) + 1
    word_starts, word_ends = edges[::2], edges[1::2]
    ends: npt.NDArray[np.int32] = np.zeros(len(word_starts) + 1, np.int32)
    np.cumsum(word_ends - word_starts, out=ends[1:])
    letters = pa.py_buffer(lower.translate(None, _SPACE))
    words = pa.StringArray.from_buffers(len(word_starts), pa.py_buffer(ends), letters)
    coded = words.dictionary_encode()
    distinct = coded.dictionary.to_pylist()
    if ARTICLE not in distinct:
        distinct.append(ARTICLE)
    firsts = np.searchsorted(word_starts, np.append(starts, len(buffer)))
    return PlainTexts(
        is_plain,
        np.frombuffer(buffer, np.uint8),
        lower,
        starts,
        word_starts,
        word_ends,
        firsts,
        coded.indices.to_numpy(),
        distinct,
    )


def bytes_before(texts: PlainTexts, rows: Positions, *places: Positions) -> list[Positions]:
    """How many bytes of UTF-8 stand before places in texts, which are told in characters.

    Args:
        texts: The texts.
        rows: [N] which of them.
        places: Each [N].
    """
    wide = np.flatnonzero(texts.data >= 128)
    if not len(wide):
        return list(places)
    further = np.zeros(len(wide) + 1, np.int64)
    np.cumsum(_FURTHER_BYTES[texts.data[wide]], out=further[1:])
    starts = texts.starts[rows]
    of_text = further[np.searchsorted(wide, starts)]
    return [at + further[np.searchsorted(wide, starts + at)] - of_text for at in places]


#: [256] of each byte, how many more it takes in UTF-8.
_FURTHER_BYTES = np.array([len(_decoded(code).encode()) - 1 for code in range(256)])
