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
    num_spaces,
    with_numbers_told_apart,
    word_sums,
)

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_END = pa.scalar(bytes([END]), pa.binary())
_MOST_KEPT = 50_000
_LOWER_CASE = 0x20
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
    old_keys: Keys  # the same, with what ends a part
    new_keys: Keys
    middles: pa.Array  # a key of what differs: of both texts, and the words that the pair names
    has_before: Mask  # whether any words stand before it in both texts
    has_after: Mask
    is_simple: Mask  # whether both windows have no letters but ASCII's
    num_parts: int  # of a key of what differs

    def at(self, rows: Counts | Mask) -> _Windows:
        """Some of them."""
        chosen = pa.array(np.arange(len(self.old))[rows])
        old, new = self.old.take(chosen), self.new.take(chosen)
        return _Windows(
            old,
            new,
            _keys(_joined(old)),
            _keys(_joined(new)),
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
    one = _spans(old.data, places.old_starts, places.old_ends)
    other = _spans(new.data, places.new_starts, places.new_ends)
    middles = [
        _spans(old.data, places.old_middle_starts, places.old_middle_ends),
        _spans(new.data, places.new_middle_starts, places.new_middle_ends),
    ]
    keys = [_keys(_joined(one)), _keys(_joined(other))]
    if named is not None:
        # Words of all of them are looked up together, so that they may stand in one text.
        one_text = [" ".join(" ".join(words).split()).encode() for words in named]
        middles.append(pa.array(one_text, pa.binary()))
        keys.append(_keys(_joined(middles[-1])))
    is_simple, is_fit = np.ones(len(one), bool), np.ones(len(one), bool)
    for part in keys:
        is_fit &= is_plain(part, 1, only_ascii)
        if not only_ascii:
            is_simple &= possible_faults.simple_signs(part)
    windows = _Windows(
        one,
        other,
        keys[0],
        keys[1],
        _joined(*middles),
        places.old_middle_starts > places.old_starts,
        places.old_middle_ends < places.old_ends,
        is_simple,
        len(middles),
    )
    return windows, is_fit


def _examined(
    windows: _Windows, rows: Counts, seen: SeenOriginals, examiner: PairDoubts
) -> SeenWindows:
    """Examines windows of the originals at some rows."""
    changes, change_of, num_changed, sums = _changes(windows, rows, seen, examiner)
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
    return SeenWindows(lists, list_of, num_changed, sums)


def _changes(
    windows: _Windows, rows: Counts, seen: SeenOriginals, examiner: PairDoubts
) -> tuple[list[tuple[str, ...]], Counts, Counts, npt.NDArray[np.uint64]]:
    """What differs, looked at once for all pairs that are alike.

    Returns:
        Doubts; which of them each pair has (-1: read it); how many words are changed; and
        `SeenWindows.word_sums`.
    """
    keys = _keys(windows.middles)
    told = with_numbers_told_apart(keys) if examiner.numbers_are_alike else keys
    key_of, distinct = _encoded(told)
    firsts = np.zeros(len(distinct), np.int64)
    firsts[key_of[::-1]] = np.arange(len(key_of))[::-1]
    middles = windows.middles
    if len(firsts) < len(rows):
        middles = middles.take(pa.array(firsts))
    seen_changes = _looked_at(middles, distinct, windows.num_parts, examiner)
    change_of, num_changed = seen_changes.change_of[key_of], seen_changes.num_changed[key_of]
    asked = np.flatnonzero(seen_changes.unless_ages[key_of])
    if len(asked):
        # An age in the counterfactual alone has its unit in the window.
        may_hold = _may_name_ages(windows.new.take(pa.array(asked)))
        texts, text_of = seen.distinct(rows[asked])
        may_hold |= _may_name_ages(texts)[text_of]
        change_of[asked[may_hold]], num_changed[asked[may_hold]] = -1, 0
    if told is keys:
        sums = _net_sums(_keys(middles), windows.num_parts)[key_of]
    else:
        sums = _net_sums(keys, windows.num_parts)
    return seen_changes.doubts, change_of, num_changed, sums


def _net_sums(keys: Keys, num_parts: int) -> npt.NDArray[np.uint64]:
    of_parts = word_sums(keys, num_parts)
    return of_parts[:, 1] - of_parts[:, 0]


class _LookedAt(NamedTuple):
    """What K different changes say: [K] each, but `doubts`."""

    doubts: list[tuple[str, ...]]
    change_of: Counts  # among them; -1 where the whole texts must be read
    num_changed: Counts
    unless_ages: Mask  # as in `Change`; False where the whole texts must be read anyway


def _looked_at(
    middles: pa.Array, keys: pa.Array, num_parts: int, examiner: PairDoubts
) -> _LookedAt:
    """Looks at what differs: [K] each as it stands in one pair, and its key."""
    own = _keys(middles)
    tokens = changed_tokens(own, num_parts, examiner.tokens_of)
    num_changed = tokens.num_lost
    num_tokens = tokens.num_lost + tokens.num_gained
    num_functions = tokens.num_function_lost + tokens.num_function_gained
    names_none = (num_tokens > 0) & (num_tokens == num_functions)
    most = np.maximum(tokens.num_function_lost, tokens.num_function_gained)
    is_known = ~tokens.has_other & (most <= FEW_CHANGED_WORDS)
    is_known &= (num_tokens > 0) | tokens.is_reordered
    is_known &= possible_faults.simple_signs(own)
    if num_parts > 2:  # a pair may name a function word
        is_known &= ~names_none
    asked = np.flatnonzero(is_known & possible_faults.may_be_left_over(own))
    if len(asked):
        is_known[asked] = ~_found(middles.take(pa.array(asked)), possible_faults.LEFT_OVER)
    place_of: dict[tuple[str, ...], int] = {(): 0, (NO_IDENTITY_REFERENCE,): 1}
    change_of = np.where(names_none, 1, 0)
    unless_ages = np.zeros(len(change_of), bool)
    others = np.flatnonzero(~is_known)
    if len(others):
        chosen = pa.array(others)
        read = _read(middles.take(chosen), keys.take(chosen), examiner)
        change_of[others] = [
            -1 if one.needs_whole else place_of.setdefault(one.doubts, len(place_of))
            for one in read
        ]
        num_changed[others] = [one.num_changed for one in read]
        unless_ages[others] = [one.unless_ages and not one.needs_whole for one in read]
        num_changed[change_of < 0] = 0
    return _LookedAt(list(place_of), change_of, num_changed, unless_ages)


def _read(middles: pa.Array, keys: pa.Array, examiner: PairDoubts) -> list[Change]:
    """What differs, read once in a run for each key."""
    read: list[Change] = []
    for place, key in enumerate(keys.to_pylist()):
        one = examiner.changes.get(key)
        if one is None:
            parts = middles[place].as_py().decode().split(chr(END))
            one = examiner.examine_change(parts[0], parts[1], parts[2:-1])
            if len(examiner.changes) >= _MOST_KEPT:
                examiner.changes.clear()
            examiner.changes[key] = one
        read.append(one)
    return read


def _are_worse(windows: _Windows, examiner: PairDoubts) -> Mask:
    """Whether the new windows have slips of English that the old ones have not."""
    old, new = windows.old, windows.new
    asked = ~windows.is_simple | _begin_or_end_worse(texts_of(old), texts_of(new))
    asked |= possible_faults.may_double(windows.new_keys)
    asked |= _found(new, possible_faults.FAULTS)
    # Words for as many words leave nothing over.
    is_less = num_spaces(windows.new_keys) < num_spaces(windows.old_keys)
    less = np.flatnonzero(is_less & ~asked)
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


def _may_name_ages(texts: pa.Array) -> Mask:
    """Whether each text holds any of `UNITS_OF_AGE`, in letters of either case."""
    data, starts, _ = texts_of(texts)
    lower = data | _LOWER_CASE
    first = (lower == ord("y")) | (lower == ord("m"))
    may_hold = np.zeros(len(texts), bool)
    if first.any():
        # One of them is found in few texts with its first letter.
        rows = np.unique(np.searchsorted(starts, np.flatnonzero(first), side="right") - 1)
        may_hold[rows] = _found(texts.take(pa.array(rows)), UNITS_OF_AGE)
    return may_hold


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


def _encoded(keys: Keys) -> tuple[Counts, pa.Array]:
    """Of each key its place among distinct ones, and these."""
    buffers = [None, pa.py_buffer(keys.ends.astype(np.int32)), pa.py_buffer(keys.data)]
    array = pa.Array.from_buffers(pa.binary(), len(keys.ends) - 1, buffers)
    encoded = array.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary
