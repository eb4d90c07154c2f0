"""Which words the edits of thousands of pairs touched: `edited_words.words_edited`, by arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fairflip.text.controls.edited_words import aligned
from fairflip.text.controls.plain_texts import ARTICLE, Codes, Mask, PlainTexts, Positions
from fairflip.text.matcher import CLITICS

NOTHING = -1


class ManyEdits(NamedTuple):
    """The E edited words of some pairs: those of a pair together, the most repeated first.

    Attributes:
        pair: [E] the pair.
        word: [E] the code of the word.
        replacement: [E] of what replaces it, `NOTHING` where it is removed.
        num_places: [E] in how many places.
        place: [E] the first of them, as a position among the words of all texts.
    """

    pair: Positions
    word: Codes
    replacement: Codes
    num_places: Positions
    place: Positions

    def take(self, rows: Positions | Mask) -> ManyEdits:
        """Some of them."""
        return ManyEdits(
            self.pair[rows],
            self.word[rows],
            self.replacement[rows],
            self.num_places[rows],
            self.place[rows],
        )


def edits_of(texts: PlainTexts, original: Positions, changed: Positions) -> ManyEdits:
    """The edited words of P pairs of texts.

    Args:
        texts: Holds both sides.
        original: [P] the text of each.
        changed: [P] and its counterfactual.
    """
    codes, words = _without_n(texts), texts.words
    old_first, new_first = texts.firsts[original], texts.firsts[changed]
    num_old = texts.firsts[original + 1] - old_first
    num_new = texts.firsts[changed + 1] - new_first
    shorter = np.minimum(num_old, num_new)
    before = _num_shared(codes, old_first, new_first, shorter, 1)
    rest = shorter - before
    behind = _num_shared(codes, old_first + num_old - 1, new_first + num_new - 1, rest, -1)
    old_first, new_first = old_first + before, new_first + before
    num_old, num_new = num_old - before - behind, num_new - before - behind

    # Where as many words stand in both, or none is left, each is compared with its counterpart.
    plain = np.flatnonzero((num_old == num_new) | (num_new == 0))
    pair, place = expanded(num_old[plain])
    pair = plain[pair]
    old = codes[old_first[pair] + place]
    is_left = num_new[pair] > 0
    new = np.where(is_left, codes[np.where(is_left, new_first[pair] + place, 0)], NOTHING)
    differs = old != new
    parts = [(pair[differs], place[differs], old[differs], new[differs])]
    code_of = {word: code for code, word in enumerate(words)}
    for row in np.flatnonzero((num_old != num_new) & (num_old > 0) & (num_new > 0)).tolist():
        sides = [
            [words[code] for code in codes[first : first + number]]
            for first, number in (
                (old_first[row], num_old[row]),
                (new_first[row], num_new[row]),
            )
        ]
        places = aligned(*sides)
        parts.append(
            (
                np.full(len(places), row),
                np.array([place for place, _, _ in places], np.int64),
                np.array([code_of[word] for _, word, _ in places], np.int32),
                np.array([code_of[new] if new else NOTHING for *_, new in places], np.int32),
            )
        )
    pair, place, old, new = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _by_word(pair, place + old_first[pair], old, new, texts)


def expanded(sizes: Positions) -> tuple[Positions, Positions]:
    """Of groups of some sizes: for each member its group, and its number within it."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.cumsum(sizes) - sizes
    return group, np.arange(len(group)) - starts[group]


def _without_n(texts: PlainTexts) -> Codes:
    """The codes of the words, with one article for both; see `edited_words`."""
    if "an" not in texts.words:
        return texts.codes
    same: Codes = np.arange(len(texts.words), dtype=np.int32)
    same[texts.words.index("an")] = texts.words.index(ARTICLE)
    return same[texts.codes]


def _num_shared(
    codes: Codes, one: Positions, other: Positions, most: Positions, step: int
) -> Positions:
    """How many words are the same from two places on, in one direction; at most so many."""
    group, number = expanded(most)
    number *= step
    differs = np.flatnonzero(codes[one[group] + number] != codes[other[group] + number])
    ends = np.cumsum(most)
    starts = ends - most
    differs = np.append(differs, len(group))
    return np.minimum(differs[np.searchsorted(differs, starts)], ends) - starts


def _by_word(
    pair: Positions, place: Positions, old: Codes, new: Codes, texts: PlainTexts
) -> ManyEdits:
    """Edited places as edited words."""
    is_clitic = np.array([word in CLITICS for word in texts.words], bool)
    words = np.flatnonzero(~is_clitic[old])
    order = words[np.lexsort((place[words], old[words], pair[words]))]
    pair, place, old, new = pair[order], place[order], old[order], new[order]
    is_first = np.ones(len(pair), bool)
    is_first[1:] = (pair[1:] != pair[:-1]) | (old[1:] != old[:-1])
    starts = np.flatnonzero(is_first)
    num_places = np.diff(np.append(starts, len(pair)))
    replacement = new[starts]
    if len(starts) < len(pair):
        # The first that there is, where one of several places has none.
        number = np.where(new == NOTHING, len(new), np.arange(len(new)))
        number = np.minimum.reduceat(number, starts)
        replacement = np.append(new, np.int32(NOTHING))[number]
    first = place[starts]
    order = np.lexsort((first, -num_places, pair[starts]))
    starts = starts[order]
    return ManyEdits(pair[starts], old[starts], replacement[order], num_places[order], first[order])
