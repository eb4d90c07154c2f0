"""Whether a pronoun stands before its noun ("her book") or alone ("saw her"): a small model.

A logistic regression over what stands around the pronoun: the closed words themselves, of other
words the last three letters, the class (`fairflip.text.english.pronoun_words`) and the parts of
speech (`fairflip.text.english.word_classes`). It was learnt where English itself tells: *him* is an
object and *his* a determiner, and so are *me* and *my*, *us* and *our*, *them* and *their*.
``benchmarks/pairs/pronouns.py`` trains it and prints how often it errs.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Callable, Hashable, Mapping
from importlib import resources

from fairflip.text.english.pronoun_features import NAMES, Makers, Surroundings, parts_of
from fairflip.text.english.word_classes import unstretched

WEIGHTS_FILE = "pronoun_weights.json"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
#: Signs that may stand between a pronoun and its noun.
SOFT = " \t\r\n\u00a0\"'“”‘’*_~"
_SIGNS = ".,;:!?-—…()/&"
_HYPHENS = "-‐‑"
_REACH, _LOOK_BACK = 50, 60
# Of what is known of words that stand together: enough for most.
_MOST_KEPT = 8_000


def _sign(gap: str) -> str:
    """The first sign between two words that parts them; "" for none."""
    gap = gap.strip(SOFT)
    if not gap:
        return ""
    return gap[0] if gap[0] in _SIGNS else "o"


def _following(text: str, position: int) -> tuple[str, int, str]:
    match = _WORD.search(text, position, position + _REACH)
    if match is None:
        return "END", position, ""
    return _sign(text[position : match.start()]), match.end(), match.group()


def surroundings_of(text: str, start: int, end: int) -> Surroundings:
    """What stands around the pronoun at ``text[start:end]``."""
    gap_before, second_before, before = _words_before(text, start)
    plain = _plain_words_after(text, end)
    if plain is not None:
        sign, is_hyphenated, second_sign = "", False, ""
        first, second, third = plain
    else:
        second_sign = second = third = ""
        sign, word_end, first = _following(text, end)
        if sign:
            return Surroundings(gap_before, second_before, before, sign)
        is_hyphenated = (
            text[word_end : word_end + 1] in _HYPHENS
            and text[word_end + 1 : word_end + 2].isalnum()
        )
        second_sign, second_end, second = _following(text, word_end)
        if second_sign:
            second = ""
        else:
            third_sign, _, third = _following(text, second_end)
            third = "" if third_sign else third
    return Surroundings(
        gap_before,
        second_before,
        before,
        sign,
        unstretched(first.lower().replace("’", "'")),
        is_hyphenated,
        first[0].isupper(),
        second_sign,
        unstretched(second.lower()),
        unstretched(third.lower()),
    )


def _words_before(text: str, start: int) -> tuple[str, str, str]:
    """The sign before, and the two words before it; "" where a sign parts them."""
    plain = _plain_words_before(text, start)
    if plain is not None:
        return "", plain[0].lower(), plain[1].lower()
    words = list(_WORD.finditer(text, max(0, start - _LOOK_BACK), start))
    if not words:
        return "BEGIN", "", ""
    gap = _sign(text[words[-1].end() : start])
    if gap:
        return gap, "", ""
    has_second = len(words) > 1 and not _sign(text[words[-2].end() : words[-1].start()])
    return "", words[-2].group().lower() if has_second else "", words[-1].group().lower()


def _plain_words_before(text: str, start: int) -> tuple[str, str] | None:
    """The two words before, where spaces alone part them, as most do; else None."""
    window = text[max(0, start - _LOOK_BACK) : start]
    if window[-1:] != " ":
        return None
    rest, _, last = window[:-1].rpartition(" ")
    second = rest.rpartition(" ")[2]
    return (second, last) if last.isalnum() and second.isalnum() else None


def _plain_words_after(text: str, end: int) -> list[str] | None:
    """The three words after, where spaces alone part them; else None."""
    pieces = text[end : end + _REACH].split(" ", 4)
    if len(pieces) < 5 or pieces[0]:
        return None
    words = pieces[1:4]
    return words if words[0].isalnum() and words[1].isalnum() and words[2].isalnum() else None


def features_of(text: str, start: int, end: int) -> list[str]:
    """What stands around the pronoun at ``text[start:end]``, as the names of features."""
    parts = parts_of(surroundings_of(text, start, end), NAMES)
    return [name for names in parts for name in dict.fromkeys(names)]


class PronounModel:
    """The weights of the features, and what they say."""

    def __init__(self, weights: Mapping[str, float], intercept: float):
        """Takes the weights by feature, in favour of a determiner, and the intercept."""
        self.weights = dict(weights)
        self.intercept = intercept
        # Most parts come again and again: their sums are kept.
        self._sums = Makers(
            **{
                part.name: functools.lru_cache(_MOST_KEPT)(self._sum_by(getattr(NAMES, part.name)))
                for part in dataclasses.fields(NAMES)
            }
        )

    def score(self, text: str, start: int, end: int) -> float:
        """The log-odds that the pronoun at ``text[start:end]`` stands before its noun."""
        # In whole hundredths, so that no order of adding changes a sum.
        parts = parts_of(surroundings_of(text, start, end), self._sums)
        return self.intercept + sum(parts) / 100

    def _sum_by(self, make: Callable[..., list[str]]) -> Callable[..., int]:
        weight = self.weights.get

        def sum_of(*words: Hashable) -> int:
            return round(100 * sum([weight(name, 0.0) for name in dict.fromkeys(make(*words))]))

        return sum_of


@functools.cache
def pronoun_model() -> PronounModel:
    """The model that comes with the package."""
    content = resources.files(__package__).joinpath(WEIGHTS_FILE).read_text("utf-8")
    stored = json.loads(content)
    # Features of one weight stand together, so that the file is small.
    weights = {
        name: int(hundredths) / 100
        for hundredths, names in stored["weights"].items()
        for name in names.split(" ")
    }
    return PronounModel(weights, stored["intercept"])
