"""Splitting texts and finding the entries of a table in them, in TensorFlow."""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf

from fairflip.text.plain_edits.table import EditTable
from fairflip.text.plain_edits.tokens import (
    AS_COMPARED,
    BEFORE_NAME,
    CAPITAL,
    MARK,
    MARKS,
    SMALL,
    TOKEN,
)

#: Strings are looked up by a number below this, of which none is negative.
_NUM_FINGERPRINTS = 2**63 - 1


class Numbers:
    """Looks up strings: their position among some, or −1.

    Args:
        strings: Distinct strings.
    """

    def __init__(self, strings):
        with tf.init_scope():
            numbers = _fingerprints(tf.constant(list(strings) or ["\0"])).numpy()
        order = np.argsort(numbers)
        self._sorted, self._positions = numbers[order], order.astype(np.int64)
        assert len(np.unique(numbers)) == len(numbers)

    def of(self, strings: tf.Tensor) -> tf.Tensor:
        """Positions, int64, in the shape of the strings."""
        flat = tf.reshape(_fingerprints(strings), [-1])
        at = tf.minimum(tf.searchsorted(self._sorted, flat), len(self._sorted) - 1)
        equal = tf.gather(self._sorted, at) == flat
        positions = tf.where(equal, tf.gather(self._positions, at), np.int64(-1))
        return tf.reshape(positions, tf.shape(strings))


def _fingerprints(strings: tf.Tensor) -> tf.Tensor:
    return tf.strings.to_hash_bucket_fast(strings, _NUM_FINGERPRINTS)


@dataclasses.dataclass(frozen=True)
class Parts:
    """Texts, split; `[n, words]` each, with "" behind the last word of a shorter text.

    Attributes:
        words: The words.
        lowered: Without capitals A to Z.
        separators: `[n, words + 1]`: what stands before each word, and behind the last.
        signs: The same as terms have it.
        is_word: Whether there is a word.
    """

    words: tf.Tensor
    lowered: tf.Tensor
    separators: tf.Tensor
    signs: tf.Tensor
    is_word: tf.Tensor

    def rows(self, numbers: tf.Tensor) -> Parts:
        """Some of the texts."""
        fields = dataclasses.fields(self)
        return Parts(*(tf.gather(getattr(self, field.name), numbers) for field in fields))


def pieces_of(texts: tf.Tensor) -> tf.RaggedTensor:
    """Splits texts, `[n]`, into separators and, between them, words."""
    marked = tf.strings.regex_replace(tf.strings.regex_replace(texts, MARKS, " "), TOKEN, _MARKED)
    # The mark in front keeps a text that is empty.
    return tf.strings.split(MARK + marked, sep=MARK)[:, 1:]


def parts_of(ragged: tf.RaggedTensor) -> Parts:
    """The pieces of texts, word by word."""
    pieces = ragged.to_tensor("")
    # Words stand between separators, of which there is one more.
    odd = 1 - tf.shape(pieces)[1] % 2
    pieces = tf.pad(pieces, [[0, 0], [0, odd]], constant_values="")
    words, separators = pieces[:, 1::2], pieces[:, ::2]
    signs = separators
    for pattern, new in AS_COMPARED:
        signs = tf.strings.regex_replace(signs, pattern, new)
    return Parts(words, tf.strings.lower(words), separators, signs, words != "")


_MARKED = f"{MARK}\\0{MARK}"


def matches(pattern: str, strings: tf.Tensor) -> tf.Tensor:
    """Whether a pattern is the whole of strings."""
    return tf.strings.regex_full_match(strings, pattern)


def begins_with_capital(words: tf.Tensor) -> tf.Tensor:
    """Whether the first letters are capitals."""
    return matches(f"[{CAPITAL}](?s:.*)", words)


def later(values: tf.Tensor, steps: int, fill) -> tf.Tensor:
    """Columns moved to the left, so that each place holds what stands `steps` behind it."""
    moved = tf.pad(values[:, steps:], [[0, 0], [0, steps]], constant_values=fill)
    return moved[:, : tf.shape(values)[1]]


class Finder:
    """Finds the entries of a table in texts.

    Args:
        table: The table.
    """

    def __init__(self, table: EditTable):
        self._table = table
        self._keys = Numbers(table.keys)
        self._most_words = int(table.num_words.max())
        parts = [key.split() for key in table.keys]
        # The first word of each key, up to what may follow it.
        firsts = {first_word(key) for key in table.keys}
        assert all(parts)
        self._firsts = Numbers(sorted(firsts))

    def may_hold_any(self, pieces: tf.RaggedTensor) -> tf.Tensor:
        """Whether a text holds a word with which an entry begins, bool `[n]`."""
        is_first = self._firsts.of(tf.strings.lower(pieces.flat_values)) >= 0
        return tf.reduce_any(pieces.with_flat_values(is_first), axis=1)

    def entries(self, parts: Parts) -> tf.Tensor:
        """The entry that begins at each word, `[n, words, categories]`; −1: none.

        The longest at each place, from left to right, and never overlapping.
        """
        table, key = self._table, parts.lowered
        longest = tf.fill([*_shape(key), table.num_categories], np.int64(-1))
        is_whole = parts.is_word
        for size in range(1, self._most_words + 1):
            if size > 1:
                sign = later(parts.signs[:, :-1], size - 1, "")
                word = later(parts.lowered, size - 1, "")
                is_whole &= (sign != "") & (word != "")
                key = tf.strings.join([key, sign, word])
            number = tf.where(is_whole, self._keys.of(key), np.int64(-1))
            rows = np.concatenate([table.entry_of_key, np.full((1, table.num_categories), -1)])
            number = tf.where(number < 0, np.int64(len(table.keys)), number)
            entry = tf.gather(rows.astype(np.int64), number)
            entry = tf.where(self._are_it(parts, size, entry), entry, np.int64(-1))
            longest = tf.where(entry >= 0, entry, longest)
        if self._most_words == 1:
            return longest
        return self._first_to_last(longest)

    def _are_it(self, parts: Parts, size: int, entry: tf.Tensor) -> tf.Tensor:
        """Whether capitals and what follows allow entries of `size` words there."""
        table = self._table
        capital = begins_with_capital(parts.words)
        both = capital & later(capital, size - 1, False)
        number = tf.maximum(entry, 0)
        needs_capital = tf.gather(table.needs_capital, number)
        allowed = ~needs_capital | both[..., None]
        if not table.is_title.any():
            return allowed
        is_title = tf.gather(table.is_title, number)
        follows = later(matches(BEFORE_NAME, parts.separators[:, 1:]), size - 1, False)
        follows &= later(parts.is_word, size, False)
        letter = matches(f"[{SMALL}{CAPITAL}](?s:.*)", parts.words)
        is_name = tf.where(
            needs_capital,
            later(capital, size, False)[..., None],
            later(letter, size, False)[..., None],
        )
        return allowed & (~is_title | (follows[..., None] & is_name))

    def _first_to_last(self, longest: tf.Tensor) -> tf.Tensor:
        """Entries without those that begin inside of an earlier one that stays."""
        sizes = tf.where(longest >= 0, tf.gather(self._table.num_words, tf.maximum(longest, 0)), 0)

        def inside_of(begins: tf.Tensor) -> tf.Tensor:
            return covered(begins, sizes, self._most_words, with_first=False)

        def step(open_ones: tf.Tensor, staying: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            # What no open entry reaches into stays, the first of each text at least.
            sure = open_ones & ~inside_of(open_ones)
            return open_ones & ~sure & ~inside_of(sure), staying | sure

        begins = longest >= 0
        _, staying = tf.while_loop(
            lambda open_ones, _: tf.reduce_any(open_ones), step, (begins, tf.zeros_like(begins))
        )
        return tf.where(staying, longest, np.int64(-1))


def covered(begins: tf.Tensor, sizes: tf.Tensor, most: int, with_first: bool = True) -> tf.Tensor:
    """Which words belong to entries, bool `[n, words, …]`.

    Args:
        begins: Bool `[n, words, …]`.
        sizes: Words of the entry that begins there.
        most: Of any entry.
        with_first: Count an entry's first word.
    """
    inside = begins if with_first else tf.zeros_like(begins)
    beyond = [[0, 0]] * (len(begins.shape) - 2)
    for step in range(1, most):
        reach = begins & (sizes > step)
        inside |= tf.pad(reach, [[0, 0], [step, 0], *beyond])[:, : tf.shape(begins)[1]]
    return inside


def first_word(key: str) -> str:
    """The first word of a key."""
    for position, sign in enumerate(key):
        if sign in " -'" and position:
            return key[:position]
    return key


def _shape(tensor: tf.Tensor) -> list[tf.Tensor]:
    return [tf.shape(tensor)[0], tf.shape(tensor)[1]]
