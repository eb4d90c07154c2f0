"""Draws the controls of a pair: the same edit, made to other words of its text.

For each edited word a word of the text is drawn that occurs as often in the text, in about
as many texts, of the same class (function word or not), in the same third; none of them is
in a term list. It is removed where the term was removed, and replaced where the term was
replaced: by a word that is as frequent as the new term. Nothing here looks at a model, a
score or a label.

Draws are seeded by (seed, original's ID, the pair's number among the original's pairs), so
that they are the same in any batch, on any worker.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairflip.text.ablation import remove
from fairflip.text.columns.strings import lists_of
from fairflip.text.controls.candidates import Candidates, Known, Likeness, Phrases
from fairflip.text.controls.edited_words import EditedWord, edit_key, words_edited
from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.reading import Reading, ReadText, chances
from fairflip.text.controls.replacements import Replacements
from fairflip.text.controls.same_group import SameGroupSwap, SameGroupSwaps
from fairflip.text.controls.word_classes import FUNCTION_WORDS
from fairflip.text.matcher import Match, words_of
from fairflip.text.substitution import replace
from fairflip.text.terms import EACH_OTHER_GROUP, TermList, normalised

Positions = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DEFAULT_NUM_CONTROLS = 2
#: Why a pair has no control, or fewer than asked for.
NO_WORD_EDITED = "no_word_edited"  # both texts have the same words, or words were only put in
REWRITTEN = "rewritten"  # more than `MAX_EDITED_WORDS` words differ
NO_WORD_AS_FREQUENT = "no_word_as_frequent"  # no other word occurs as often in the text
NO_REPLACEMENT = "no_replacement"  # no word is as frequent as the new term
NOTHING_LEFT = "nothing_left"  # the text would be empty
ENGLISH = ("", "en")

MAX_EDITED_WORDS = 8
#: A list of function words that is not known is the most frequent words.
NUM_FREQUENT_WORDS = 150
_TRIES = 3


class ControlEdit(NamedTuple):
    """One control of a pair."""

    text: str
    words: tuple[str, ...]  # the words edited, in lower case, beside the pair's edited words
    replacements: tuple[str, ...]  # beside `words`; "" for a removed one
    octaves_off: float  # mean distance of the words' frequencies from those of the terms

    @property
    def keys(self) -> tuple[str, ...]:
        """What was done to each word, as text (see `edit_key`)."""
        return tuple(map(edit_key, self.words, self.replacements))


class Drawn(NamedTuple):
    """The controls of one pair, and why there are not as many as asked for ("": there are)."""

    edits: tuple[EditedWord, ...]
    controls: tuple[ControlEdit, ...]
    shortage: str
    same_group: SameGroupSwap | None = None  # beside them


class EditColumns(NamedTuple):
    """C edits of the originals of pairs: those of a pair together, in the order of the pairs.

    Attributes:
        pair: [C] the pair.
        text: [C] what the original becomes.
        words: [C] lists of the words edited, in lower case.
        replacements: [C] beside `words`; "" for a removed one.
        octaves_off: [C] mean distance of the words' frequencies from those of the terms.
    """

    pair: Positions
    text: pa.StringArray
    words: pa.ListArray
    replacements: pa.ListArray
    octaves_off: Floats

    @classmethod
    def joined(cls, parts: Sequence[EditColumns], firsts: Sequence[int]) -> EditColumns:
        """Edits of some parts of the pairs, which begin with these."""
        pairs = [part.pair + first for part, first in zip(parts, firsts, strict=True)]
        return cls(
            np.concatenate(pairs),
            pa.concat_arrays([part.text for part in parts]),
            pa.concat_arrays([part.words for part in parts]),
            pa.concat_arrays([part.replacements for part in parts]),
            np.concatenate([part.octaves_off for part in parts]),
        )


class DrawnColumns(NamedTuple):
    """What is drawn for P pairs: as `Drawn` of each.

    Attributes:
        edited: [P] lists of the words that a pair edits.
        keys: [P] lists of what it does to them; see `edited_words.edit_key`.
        shortages: [P] why there are not as many controls as asked for; "": there are.
        controls: The controls.
        same_group: Swaps within one group, at most one for each pair.
    """

    edited: pa.ListArray
    keys: pa.ListArray
    shortages: list[str]
    controls: EditColumns
    same_group: EditColumns

    @classmethod
    def of(cls, drawn: Sequence[Drawn]) -> DrawnColumns:
        """What is drawn for each pair, one by one."""
        controls = [(pair, one) for pair, of_pair in enumerate(drawn) for one in of_pair.controls]
        swaps = [(pair, of_pair.same_group) for pair, of_pair in enumerate(drawn)]
        made = []
        for edits in (controls, [(pair, swap) for pair, swap in swaps if swap is not None]):
            made.append(
                EditColumns(
                    np.array([pair for pair, _ in edits], np.int64),
                    pa.array([edit.text for _, edit in edits], pa.string()),
                    lists_of([edit.words for _, edit in edits]),
                    lists_of([edit.replacements for _, edit in edits]),
                    np.array([getattr(edit, "octaves_off", 0.0) for _, edit in edits], np.float64),
                )
            )
        return cls(
            lists_of([[edit.word for edit in one.edits] for one in drawn]),
            lists_of([[edit.key for edit in one.edits] for one in drawn]),
            [one.shortage for one in drawn],
            *made,
        )

    @classmethod
    def joined(cls, parts: Sequence[DrawnColumns]) -> DrawnColumns:
        """Of some pairs, one part behind the other."""
        firsts = [0, *itertools.accumulate(len(part.shortages) for part in parts)][:-1]
        return cls(
            pa.concat_arrays([part.edited for part in parts]),
            pa.concat_arrays([part.keys for part in parts]),
            list(itertools.chain.from_iterable(part.shortages for part in parts)),
            EditColumns.joined([part.controls for part in parts], firsts),
            EditColumns.joined([part.same_group for part in parts], firsts),
        )


class Options(NamedTuple):
    """Words that may be edited in the place of one, their weights, and the sums of these."""

    words: list[str]
    weights: list[float]
    sums: list[float]


class ControlDrawer:
    """Draws controls of any pairs of texts."""

    def __init__(
        self,
        frequencies: DocumentFrequencies,
        lists: Sequence[TermList],
        num_controls: int = DEFAULT_NUM_CONTROLS,
        seed: int = 0,
        language: str = "",
    ):
        """Takes what the run knows of words.

        Args:
            frequencies: Of all texts that the run has, not of its pairs alone: pairs are
                full of identity words, and others would seem rarer than they are.
            lists: Term lists, the run's first, then the built-in ones. No word of theirs, and
                no counterpart that they name, is ever a control.
            num_controls: How many controls a pair gets at most.
            seed: Any integer.
            language: Such as "de"; function words of other languages than English are
                the most frequent words.
        """
        listed = {normalised(term.text) for terms in lists for term in terms.terms}
        swaps = {normalised(s) for terms in lists for term in terms.terms for s in term.swaps}
        listed |= swaps - {EACH_OTHER_GROUP}
        # A word that is a term by itself is barred wherever it stands; phrases are looked for.
        phrases = {term for term in listed if not (term.isascii() and term.isalnum())}
        self.phrases = Phrases(phrases) if phrases else None
        self.num_controls = num_controls
        self.seed = seed
        self.same_group = SameGroupSwaps(lists, frequencies, seed)
        is_english = language.lower().split("-")[0] in ENGLISH
        self.capitals_are_names = is_english or language.lower()[:2] != "de"
        functions = FUNCTION_WORDS
        if not is_english:
            functions = frozenset(frequencies.most_frequent(NUM_FREQUENT_WORDS))
        self.known = Known(frequencies, frozenset(listed), functions)
        self.replacements = Replacements(frequencies, self.known, frozenset(listed), seed)
        self._likeness = Likeness(self.known)

    def draw(
        self, original: str, pairs: Sequence[tuple[str, str]], original_id: str
    ) -> list[Drawn]:
        """The controls of an original's pairs.

        Args:
            original: The text.
            pairs: For each pair its counterfactual and its key: what tells it from other
                pairs of the original, such as its number.
            original_id: The original's ID.

        Returns:
            One `Drawn` a pair, in their order.
        """
        reading = Reading(original, self.capitals_are_names)
        barred = self.phrases.words_in(reading.words) if self.phrases is not None else set()
        candidates = Candidates(reading, self.known, barred)
        drawn = []
        for changed, key in pairs:
            edits = sorted(words_edited(reading.words, words_of(changed)), key=_by_count)
            one = self._drawn(reading, candidates, tuple(edits), original_id, key)
            if self.num_controls and len(edits) <= MAX_EDITED_WORDS:
                one = one._replace(same_group=self.same_group.swap(reading, edits))
            drawn.append(one)
        return drawn

    def _drawn(
        self,
        reading: Reading,
        candidates: Candidates,
        edits: tuple[EditedWord, ...],
        original_id: str,
        key: str,
    ) -> Drawn:
        if not edits:
            return Drawn(edits, (), NO_WORD_EDITED)
        if len(edits) > MAX_EDITED_WORDS:
            return Drawn(edits, (), REWRITTEN)
        own = {word for edit in edits for word in (edit.word, edit.replacement)}
        options = [self._options(edit, candidates, own) for edit in edits]
        if not all(one.words for one in options):
            return Drawn(edits, (), NO_WORD_AS_FREQUENT)
        seen: set[frozenset[str]] = set()
        controls: list[ControlEdit] = []
        shortage = ""
        for number in range(self.num_controls):
            chance = chances(self.seed, original_id, key, str(number))
            for _ in range(_TRIES):
                words = _choice(options, seen, chance)
                if words is None:
                    shortage = shortage or NO_WORD_AS_FREQUENT
                    continue
                seen.add(frozenset(words))
                made = self.edited(reading, edits, words, own)
                if isinstance(made, ControlEdit):
                    controls.append(made)
                    break
                shortage = made
        return Drawn(edits, tuple(controls), shortage if len(controls) < self.num_controls else "")

    def _options(self, edit: EditedWord, candidates: Candidates, own: Collection[str]) -> Options:
        """The words that may be edited in the place of one, with their weights."""
        is_function = self.known[edit.word].is_function
        third = int(3 * edit.position)
        alike, others = candidates.of(edit.num_places, is_function)
        # A function word is compared with function words wherever there is one.
        if is_function and any(word not in own for word, _ in alike):
            others = []
        weights_of = self._likeness[edit.word]
        words, weights = [], []
        for word, word_third in itertools.chain(alike, others):
            if word not in own:
                words.append(word)
                weights.append(weights_of[word][word_third != third])
        return Options(words, weights, list(itertools.accumulate(weights)))

    def edited(
        self,
        reading: ReadText,
        edits: Sequence[EditedWord],
        words: Sequence[str],
        own: Collection[str],
    ) -> ControlEdit | str:
        """The control that edits these words; or why it cannot be made.

        Args:
            reading: The original.
            edits: Of the pair.
            words: Of the original, one for each edit.
            own: All words of the edits.
        """
        stands_for = {edit.word: word for edit, word in zip(edits, words, strict=True)}
        new: dict[str, str] = {}
        for edit, word in zip(edits, words, strict=True):
            # Where terms change places ("he and she"), so do the words of a control.
            other = stands_for.get(edit.replacement, "")
            if edit.replacement and not other:
                avoided = (reading.counts, own, new.values())
                words_for = self.replacements.words_for(word, edit.replacement)
                other = next((w for w in words_for if not any(w in a for a in avoided)), "")
                if not other:
                    return NO_REPLACEMENT
            new[word] = other
        result, left = reading.text, reading
        replaced = [word for word, other in new.items() if other]
        removed = [word for word, other in new.items() if not other]
        if replaced:
            places = reading.places(replaced)
            matches = [Match(start, end, 0) for start, end, _ in places]
            result = replace(result, matches, [new[word] for _, _, word in places])
            left = Reading(result, self.capitals_are_names) if removed else reading
        if removed:
            result = remove(result, [(start, end) for start, end, _ in left.places(removed)])
        if not result or result.isspace():
            return NOTHING_LEFT
        known, off = self.known, 0.0
        for edit, word in zip(edits, words, strict=True):
            off += abs(known[edit.word].octave - known[word].octave)
        return ControlEdit(result, tuple(new), tuple(new.values()), off / len(words))


def _by_count(edit: EditedWord) -> tuple[int, float]:
    """The most repeated first: fewest words occur as often."""
    return -edit.num_places, edit.position


def _choice(
    options: Sequence[Options], seen: Collection[frozenset[str]], chance: Iterator[float]
) -> list[str] | None:
    """A word for each edited one, none twice, and not a set that was drawn before."""
    chosen: list[str] = []
    for number, (words, weights, sums) in enumerate(options):
        barred = set(chosen)
        if number == len(options) - 1:
            for earlier in seen:
                left = earlier.difference(chosen)
                if len(left) == 1:
                    barred |= left
        if barred and not barred.isdisjoint(words):
            rest = [place for place, word in enumerate(words) if word not in barred]
            if not rest:
                return None
            words = [words[place] for place in rest]
            sums = list(itertools.accumulate([weights[place] for place in rest]))
        place = bisect.bisect_right(sums, next(chance) * sums[-1])
        chosen.append(words[min(place, len(words) - 1)])
    return chosen
