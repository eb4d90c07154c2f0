"""Terms that no space parts from what stands beside them.

Chinese, Japanese, Thai and their like put no spaces between words.
The longest term wins at each place, from left to right. A term of two characters or more is
found anywhere. Of one character only pronouns are (``她``, ``他``), and not inside of the words
that are known to hold them (``其他``, ``吉他``, ``彼女``); any other character by itself means too
many things inside of longer words, and is found only where it stands alone, or where a segmenter
says that it is a word (`fairflip.text.scripts.segmenters`). Longer terms are then found only where
they are made of whole words.

A Korean noun has its particles behind it (``무슬림은``), some of which hang on whether it ends in a
consonant (``은`` or ``는``); an Arabic noun may have an article and a conjunction before it
(``المسلم``, ``والمسلم``). A term of two letters or more is found with them, and with nothing else:
what is left of the word must be made of particles alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from fairflip.text.scripts.segmenters import Segmenter

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

    def __init__(self, terms: Sequence[str], segmenter: Segmenter | None = None):
        """Takes the terms; `numbers` says which of them these are."""
        alone = frozenset(one_character_terms(terms, segmenter))
        self._number = {
            term: number
            for number, term in enumerate(terms)
            if _WHOLLY.fullmatch(term) and term not in alone
        }
        #: The positions of the terms that this class finds.
        self.numbers = frozenset(self._number.values())
        others = [word for word in _NO_PRONOUNS.split() if word not in self._number]
        longest_first = sorted([*self._number, *others], key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, longest_first)))
        self._segmenter = segmenter
        self._of_whole_words: frozenset[str] = frozenset()
        self._by_first: dict[str, list[str]] = {}
        if segmenter is not None:
            self._of_whole_words = frozenset(filter(segmenter.reads, self._number)) - PRONOUNS
            for word in longest_first:
                self._by_first.setdefault(word[0], []).append(word)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and number of each term, in the order of the text."""
        number = self._number
        if self._segmenter is not None:
            return self._find_whole(text, self._segmenter)
        return [
            (*match.span(), number[match.group()])
            for match in self._any.finditer(text)
            if match.group() in number
        ]

    def _find_whole(self, text: str, segmenter: Segmenter) -> list[tuple[int, int, int]]:
        """As `find`, of terms that the segmenter reads only where they are whole words."""
        places = []
        position = 0
        while (first := self._any.search(text, position)) is not None:
            start = first.start()
            position = start + 1
            for word in self._by_first[text[start]]:
                end = start + len(word)
                if not text.startswith(word, start):
                    continue
                if word not in self._of_whole_words or (
                    segmenter.ends(text).issuperset((start, end))
                    and not (len(word) == 1 and _is_joined(text, start, end))
                ):
                    position = end
                    if word in self._number:
                        places.append((start, end, self._number[word]))
                    break
        return places


def _is_joined(text: str, start: int, end: int) -> bool:
    """Whether a character that is not seen joins a character to its neighbour, as in a word."""
    beside = text[max(0, start - 1) : start] + text[end : end + 1]
    return not beside.isascii() and any(unicodedata.category(sign) == "Cf" for sign in beside)


def one_character_terms(terms: Sequence[str], segmenter: Segmenter | None = None) -> list[str]:
    """The terms that are found only where they stand alone: a reader should know of them."""
    return [
        term
        for term in terms
        if len(term) == 1
        and _WHOLLY.fullmatch(term)
        and term not in PRONOUNS
        and not (segmenter is not None and segmenter.reads(term))
    ]


_HANGUL, _ARABIC = "가-힣", "\u0621-\u064a\u064b-\u0652\u0671-\u06d3"
_OF_HANGUL = re.compile(f"[{_HANGUL}]{{2}}[{_HANGUL} ]*")
_OF_ARABIC = re.compile(f"[{_ARABIC}]{{2}}[{_ARABIC} ]*")
#: Behind a consonant and behind a vowel.
_PAIRS = (
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("으로", "로"),
    ("이나", "나"),
    ("이랑", "랑"),
    ("이라고", "라고"),
    ("이라는", "라는"),
    ("이라", "라"),
    ("이에요", "예요"),
    ("이여", "여"),
    ("아", "야"),
)
_OTHER_PARTICLES = """의 에 에게 에게서 한테 한테서 께 께서 에서 도 만 까지 부터 처럼 보다 하고
    마다 조차 마저 밖에 이다 입니다 이었다 였다 인 이며"""
_PARTICLES = sorted(
    {*_OTHER_PARTICLES.split(), *(form for pair in _PAIRS for form in pair)}, key=len, reverse=True
)
_TAIL = f"들?(?:{'|'.join(_PARTICLES)}){{0,3}}(?![{_HANGUL}])"
_ENDING = re.compile(f"({'|'.join(_PARTICLES)})(?:{'|'.join(_PARTICLES)}){{0,2}}(?![{_HANGUL}])")
_PARTICLES_OF = re.compile(_TAIL)
_ARTICLE = "(?:[وفبك]?ال|[وف]?لل)"
_FIRST_SYLLABLE, _FINALS, _RIEUL = 0xAC00, 28, 8


class AttachedTerms:
    """Those terms of a list that are found with particles or an article joined to them."""

    def __init__(self, terms: Sequence[str]):
        """Takes the terms."""
        self._number = {term: number for number, term in enumerate(terms)}
        korean = _longest_first(term for term in terms if _OF_HANGUL.fullmatch(term))
        arabic = _longest_first(term for term in terms if _OF_ARABIC.fullmatch(term))
        patterns = []
        if korean:
            patterns.append(f"(?<![{_HANGUL}])({korean})(?=[{_HANGUL}])(?={_TAIL})")
        if arabic:
            patterns.append(f"(?<![\\w]){_ARTICLE}({arabic})(?![\\w])")
        self._patterns = [re.compile(pattern) for pattern in patterns]

    @property
    def are_any(self) -> bool:
        """Whether any term is of a script where something may be joined to it."""
        return bool(self._patterns)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and number of each term that something is joined to, without it."""
        return sorted(
            (*match.span(1), self._number[match.group(1)])
            for pattern in self._patterns
            for match in pattern.finditer(text)
        )


def is_hangul(character: str) -> bool:
    """Whether a character is a Korean syllable; an empty text is none."""
    return "가" <= character <= "힣"


def particles_end(text: str, end: int) -> int:
    """Where the particles end that are joined to a Korean word; `end` where there are none."""
    particles = _PARTICLES_OF.match(text, end) if is_hangul(text[end - 1]) else None
    return particles.end() if particles is not None else end


def with_particle(text: str, end: int, new: str) -> tuple[int, str]:
    """A new Korean word with the form of the particle that its last sound wants.

    Args:
        text: The original.
        end: Where the word that is replaced ends.
        new: What takes its place.

    Returns:
        Where the original goes on, and the new word, with its particle where that changes.
    """
    particle = _ENDING.match(text, end)
    if particle is None or not is_hangul(new[-1:]):
        return end, new
    final = (ord(new[-1]) - _FIRST_SYLLABLE) % _FINALS
    for behind_consonant, behind_vowel in _PAIRS:
        if particle.group(1) in (behind_consonant, behind_vowel):
            takes_vowels = not final or (behind_vowel == "로" and final == _RIEUL)
            form = behind_vowel if takes_vowels else behind_consonant
            if form != particle.group(1):
                return particle.end(1), new + form
    return end, new


def _longest_first(terms) -> str:
    return "|".join(map(re.escape, sorted(terms, key=len, reverse=True)))
