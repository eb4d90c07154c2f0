"""Terms of scripts that put no spaces between words: Chinese, Japanese, Thai and their like.

The longest term wins at each place, from left to right. A term of two characters or more is
found anywhere. Of one character only pronouns are (``她``, ``他``), and not inside of the words
that are known to hold them (``其他``, ``吉他``, ``彼女``); any other character by itself means too
many things inside of longer words, and is found only where it stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: A regular-expression class body: Han, Kana, Thai, Lao, Myanmar, Khmer.
UNSPACED = (
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0edf\u1000-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd"
)
_HOLDS = re.compile(f"[{UNSPACED}]")
_WHOLLY = re.compile(f"[{UNSPACED}]+")

#: Pronouns of one character.
PRONOUNS = frozenset("他她它牠祂妳彼")
#: Words that hold a pronoun's character and mean something else.
_NO_PRONOUNS = (
    "其他 其它 吉他 維他命 维他命 安非他命 他人 他乡 他鄉 他者 他妈的 他媽的 利他主义 利他主義 "
    "排他性 その他 他の 他に 他は 彼女 彼氏 彼岸 彼此 知彼 失彼 彼伏 薄彼 即彼"
)


def holds_unspaced(text: str) -> bool:
    """Whether a text holds a letter of a script without spaces."""
    return not text.isascii() and _HOLDS.search(text) is not None


class UnspacedTerms:
    """Those terms of a list that are found inside of a run of letters."""

    def __init__(self, terms: Sequence[str]):
        """Takes the terms; `numbers` says which of them these are."""
        self._number = {
            term: number
            for number, term in enumerate(terms)
            if _WHOLLY.fullmatch(term) and (len(term) > 1 or term in PRONOUNS)
        }
        #: The positions of the terms that this class finds.
        self.numbers = frozenset(self._number.values())
        others = [word for word in _NO_PRONOUNS.split() if word not in self._number]
        longest_first = sorted([*self._number, *others], key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, longest_first)))

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and number of each term, in the order of the text."""
        number = self._number
        return [
            (*match.span(), number[match.group()])
            for match in self._any.finditer(text)
            if match.group() in number
        ]


def one_character_terms(terms: Sequence[str]) -> list[str]:
    """The terms that are found only where they stand alone: a reader should know of them."""
    return [
        term
        for term in terms
        if len(term) == 1 and _WHOLLY.fullmatch(term) and term not in PRONOUNS
    ]
