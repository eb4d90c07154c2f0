"""Examines a batch of pairs by what differs in each: what can be said of thousands is said at once.

Texts stay in Arrow's buffers. Of each pair the words that differ are found, with some on either
side (`changed_windows`). Most pairs exchange identity words, by the tokens that either side has
more (`changed_tokens`), and hold nothing that a slip of grammar needs (`possible_faults`), so that
no doubt is left. Others are read one by one: what differs, once for all pairs with one key
(`window_keys`), or the window; and a pair of which these do not say all is left to who reads the
whole texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.generate.examined_originals import SeenOriginals, are_english, texts_of
from fairflip.text.doubts import possible_faults
from fairflip.text.doubts.changed_tokens import changed_tokens
from fairflip.text.doubts.changed_windows import Texts, changed_windows
from fairflip.text.doubts.numbers import UNITS_OF_AGE
from fairflip.text.doubts.pair_doubts import (
    FEW_CHANGED_WORDS,
    NO_IDENTITY_REFERENCE,
    Change,
    PairDoubts,
)
from fairflip.text.doubts.white_space import single_spaced
from fairflip.text.doubts.window_keys import (
    END,
    Keys,
    is_plain,
    with_numbers_told_apart,
    word_sums,
)

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_END = pa.scalar(bytes([END]), pa.binary())
_MOST_KEPT = 50_000
_CHARACTERS = [chr(byte) if byte < 128 else "" for byte in range(256)]
_UPPER = np.array([one.isupper() for one in _CHARACTERS])
_LOWER = np.array([one.islower() for one in _CHARACTERS])
# An ellipsis is beyond ASCII.
_STOPS = np.array([one in (".", "!", "?", "") for one in _CHARACTERS])


class SeenWindows(NamedTuple):
    """What the windows of N pairs say: [N] each, but `lists`."""

    lists: list[tuple[str, ...]]  # of doubts
    list_of: Counts  # among them; -1 where the whole texts must be read
    num_changed: Counts
    word_sums: npt.NDArray[np.uint64]  # alike where two counterfactuals of a text have its words


class _Windows(NamedTuple):
    """Parts of M pairs of texts: [M] each, in bytes."""

    old: pa.Array  # what differs, with some words on either side
    new: pa.Array
    middles: pa.Array  # a key of what differs: of both texts, and the words that the pair names
    has_before: Mask  # whether any words stand before it in both texts
    has_after: Mask
    is_simple: Mask  # whether both windows have no letters but ASCII's
    num_parts: int  # of a key

    def at(self, rows: Counts | Mask) -> _Windows:
        """Some of them."""
        chosen = pa.array(np.arange(len(self.old))[rows])
        return _Windows(
            self.old.take(chosen),
            self.new.take(chosen),
            self.middles.take(chosen),
            self.has_before[rows],
            self.has_after[rows],
            self.is_simple[rows],
            self.num_parts,
        )


def see_windows(
    originals: pa.Array,
    counterfactuals: pa.Array,
    named: Sequence[Sequence[str]] | None,
    seen: SeenOriginals,
    examiner: PairDoubts,
) -> SeenWindows:
    """Examines pairs of texts by what differs.

    Args:
        originals: [N] strings, no null.
        counterfactuals: [N] likewise.
        named: [N] the terms that each pair names; None: none does.
        seen: What the originals say by themselves.
        examiner: What looks at what is not known yet.
    """
    list_of = np.full(len(originals), -1)
    num_changed = np.zeros(len(originals), np.int64)
    sums = np.zeros(len(originals), np.uint64)
    place_of: dict[tuple[str, ...], int] = {}
    # Other white space than single spaces, and other letters than ASCII's, take another look.
    rows = np.arange(len(originals))
    for is_second in (False, True):
        texts = texts_of(originals), texts_of(counterfactuals)
        if is_second:
            texts = single_spaced(texts[0]), single_spaced(texts[1])
        windows, is_fit = _cut(*texts, named, only_ascii=not is_second)
        is_fit &= ~seen.is_unspaced[rows]
        fit = rows[is_fit]
        if len(fit):
            windows = windows if is_fit.all() else windows.at(is_fit)
            marked = _examined(windows, fit, seen, examiner)
            places = [place_of.setdefault(one, len(place_of)) for one in marked.lists]
            list_of[fit] = np.array([*places, -1])[marked.list_of]
            num_changed[fit], sums[fit] = marked.num_changed, marked.word_sums
        left = ~is_fit & ~seen.is_unspaced[rows]
        rows = rows[left]
        if not len(rows):
            break
        chosen = pa.array(np.flatnonzero(left))
        originals, counterfactuals = originals.take(chosen), counterfactuals.take(chosen)
        named = None if named is None else [named[row] for row in np.flatnonzero(left).tolist()]
    return SeenWindows(list(place_of), list_of, num_changed, sums)


def _cut(
    old: Texts, new: Texts, named: Sequence[Sequence[str]] | None, only_ascii: bool
) -> tuple[_Windows, Mask]:
    """Windows of pairs, and whether each says what it is to say."""
    places = changed_windows(old, new)
    parts = [
        _spans(old.data, places.old_starts, places.old_ends),
        _spans(new.data, places.new_starts, places.new_ends),
    ]
    middles = [
        _spans(old.data, places.old_middle_starts, places.old_middle_ends),
        _spans(new.data, places.new_middle_starts, places.new_middle_ends),
    ]
    if named is not None:
        # Words of all of them are looked up together, so that they may stand in one text.
        one_text = [" ".join(" ".join(words).split()).encode() for words in named]
        parts.append(pa.array(one_text, pa.binary()))
        middles.append(parts[-1])
    keys = _keys(_joined(*parts))
    windows = _Windows(
        parts[0],
        parts[1],
        _joined(*middles),
        places.old_middle_starts > places.old_starts,
        places.old_middle_ends < places.old_ends,
        np.ones(len(keys.ends) - 1, bool) if only_ascii else possible_faults.simple_signs(keys),
        len(parts),
    )
    return windows, is_plain(keys, len(parts), only_ascii)


def _examined(
    windows: _Windows, rows: Counts, seen: SeenOriginals, examiner: PairDoubts
) -> SeenWindows:
    """Examines windows of the originals at some rows."""
    keys = _keys(windows.middles)
    of_parts = word_sums(keys, windows.num_parts)
    changes, change_of, num_changed = _changes(windows, keys, rows, seen, examiner)
    is_worse = np.zeros(len(rows), bool)
    if examiner.language in ("", "en"):
        is_worse = _are_worse(windows, examiner) & (change_of >= 0)
    # Of few pairs it matters in which language they are.
    asks = np.array([*(not examiner.of_english.isdisjoint(one) for one in changes), False])
    asked = np.flatnonzero(is_worse | asks[change_of])
    is_english = np.zeros(len(rows), bool)
    is_english[asked] = are_english(seen, rows[asked], examiner)
    codes, list_of = np.unique(4 * change_of + 2 * is_worse + is_english, return_inverse=True)
    lists = [
        examiner.marks(changes[code >> 2], bool(code & 2), bool(code & 1)) if code >= 0 else ()
        for code in codes.tolist()
    ]
    list_of[change_of < 0] = -1
    return SeenWindows(lists, list_of, num_changed, of_parts[:, 1] - of_parts[:, 0])


def _changes(
    windows: _Windows, keys: Keys, rows: Counts, seen: SeenOriginals, examiner: PairDoubts
) -> tuple[list[tuple[str, ...]], Counts, Counts]:
    """Doubts about what differs, which of them each pair has (-1: read it), and changed words."""
    tokens = changed_tokens(keys, windows.num_parts, examiner.tokens_of)
    num_changed = tokens.num_lost
    num_tokens = tokens.num_lost + tokens.num_gained
    num_functions = tokens.num_function_lost + tokens.num_function_gained
    names_none = (num_tokens > 0) & (num_tokens == num_functions)
    most = np.maximum(tokens.num_function_lost, tokens.num_function_gained)
    is_known = ~tokens.has_other & (most <= FEW_CHANGED_WORDS)
    is_known &= (num_tokens > 0) | tokens.is_reordered
    is_known &= possible_faults.simple_signs(keys) & ~_found(
        windows.middles, possible_faults.LEFT_OVER
    )
    if windows.num_parts > 2:  # a pair may name a function word
        is_known &= ~names_none
    place_of: dict[tuple[str, ...], int] = {(): 0, (NO_IDENTITY_REFERENCE,): 1}
    change_of = np.where(names_none, 1, 0)
    others = np.flatnonzero(~is_known)
    if len(others):
        read, which = _read(windows.middles.take(pa.array(others)), examiner)
        places = [
            -1 if one.needs_whole else place_of.setdefault(one.doubts, len(place_of))
            for one in read
        ]
        change_of[others] = np.array(places)[which]
        num_changed[others] = np.array([one.num_changed for one in read])[which]
        unless_ages = np.array([one.unless_ages for one in read])[which]
        asked = others[unless_ages & (change_of[others] >= 0)]
        if len(asked):
            # An age in the counterfactual alone has its unit in the window.
            may_hold = _found(windows.new.take(pa.array(asked)), UNITS_OF_AGE)
            texts, text_of = seen.distinct(rows[asked])
            may_hold |= _found(texts, UNITS_OF_AGE)[text_of]
            change_of[asked[may_hold]] = -1
        num_changed[change_of < 0] = 0
    return list(place_of), change_of, num_changed


def _read(middles: pa.Array, examiner: PairDoubts) -> tuple[list[Change], Counts]:
    """What differs, read once for all pairs with one key, and which of it each pair has."""
    keys = _keys(middles)
    codes, texts = _encoded(with_numbers_told_apart(keys) if examiner.numbers_are_alike else keys)
    firsts = np.zeros(len(texts), np.int64)
    firsts[codes[::-1]] = np.arange(len(codes))[::-1]
    read: list[Change] = []
    for key, first in zip(texts, firsts.tolist(), strict=True):
        one = examiner.changes.get(key)
        if one is None:
            parts = middles[first].as_py().decode().split(chr(END))
            one = examiner.examine_change(parts[0], parts[1], parts[2:-1])
            if len(examiner.changes) >= _MOST_KEPT:
                examiner.changes.clear()
            examiner.changes[key] = one
        read.append(one)
    return read, codes


def _are_worse(windows: _Windows, examiner: PairDoubts) -> Mask:
    """Whether the new windows have slips of English that the old ones have not."""
    old, new = windows.old, windows.new
    asked = ~windows.is_simple | _begin_or_end_worse(texts_of(old), texts_of(new))
    asked |= possible_faults.may_double(_keys(_joined(new)))
    asked |= _found(new, possible_faults.FAULTS)
    # Words for as many words leave nothing over.
    is_less = pc.less(pc.count_substring(new, " "), pc.count_substring(old, " "))
    less = np.flatnonzero(is_less.to_numpy(zero_copy_only=False) & ~asked)
    if len(less):
        left = new.take(pa.array(less))
        asked[less] = (
            _found(left, possible_faults.FRAGMENTS)
            | ~windows.has_before[less] & _found(left, possible_faults.FRAGMENTS_AT_START)
            | ~windows.has_after[less] & _found(left, possible_faults.FRAGMENTS_AT_END)
        )
    rows = np.flatnonzero(asked)
    chosen = pa.array(rows)
    worse = np.zeros(len(old), bool)
    known = examiner.worse_windows
    pairs = zip(old.take(chosen).to_pylist(), new.take(chosen).to_pylist(), strict=True)
    simple = windows.is_simple[rows].tolist()
    for row, pair, is_simple in zip(rows.tolist(), pairs, simple, strict=True):
        is_worse = known.get(pair)
        if is_worse is None:
            is_worse = examiner.is_worse(pair[0].decode(), pair[1].decode(), is_simple)
            if len(known) >= _MOST_KEPT:
                known.clear()
            known[pair] = is_worse
        worse[row] = is_worse
    return worse


def _begin_or_end_worse(old: Texts, new: Texts) -> Mask:
    """Whether a capital or a stop is lost at either end, which are alike where the texts' are."""
    worse = np.zeros(len(old.starts), bool)
    rows = np.flatnonzero((old.starts < old.ends) & (new.starts < new.ends))
    first = old.data[old.starts[rows]], new.data[new.starts[rows]]
    last = old.data[old.ends[rows] - 1], new.data[new.ends[rows] - 1]
    worse[rows] = (_UPPER[first[0]] & _LOWER[first[1]]) | (
        _STOPS[last[0]] & (_UPPER | _LOWER)[last[1]]
    )
    return worse


def _found(texts: pa.Array, pattern: str) -> Mask:
    """Whether a pattern is found in each text, in letters of either case."""
    is_match = pc.match_substring_regex(texts, pattern, ignore_case=True)
    return np.array(is_match.to_numpy(zero_copy_only=False), bool)


def _spans(data: npt.NDArray[np.uint8], starts: Counts, ends: Counts) -> pa.Array:
    """Parts of a buffer, in their order there, as strings of bytes of their own."""
    # What lies between two parts is a string, too, which is left out.
    offsets = np.stack([starts, ends], axis=1).ravel().astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    both = pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)
    return both.take(pa.array(np.arange(0, len(offsets), 2)))


def _joined(*parts: pa.Array) -> pa.Array:
    """Keys of some parts, each with what ends it."""
    return pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary()), _END)


def _keys(joined: pa.Array) -> Keys:
    texts = texts_of(joined)
    return Keys(texts.data, np.append(texts.starts, len(texts.data)))


def _encoded(keys: Keys) -> tuple[Counts, list[bytes]]:
    """Of each key its place among distinct ones, and these."""
    buffers = [None, pa.py_buffer(keys.ends.astype(np.int32)), pa.py_buffer(keys.data)]
    array = pa.Array.from_buffers(pa.binary(), len(keys.ends) - 1, buffers)
    encoded = array.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
