"""Where words end in Chinese, which puts no spaces between them: the extra ``segmenter``.

A segmenter is a library that cuts a text into words by a dictionary. With it a term of one
character is found where it is a word by itself (``女`` in ``他是男的，她是女的``, not in ``子女``),
and a longer one only where it is made of whole words (``白人`` not in ``明白人``).
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fairflip.protos.errors import ConfigurationError

#: The languages that a segmenter cuts.
LANGUAGES = {"jieba": ("zh",)}
#: What a segmenter has words for; it takes each other character for a word of its own.
_READS = {"jieba": re.compile("[\u4e00-\u9fd5]+")}
# Jieba's time grows with the square of a run of characters that make no word of its dictionary.
_LONGEST_RUN = 1000
_TOO_LONG = re.compile(f"(.*?[\u4e00-\u9fd5]{{{_LONGEST_RUN}}})", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Segmenter:
    """A segmenter that knows the words of a list, too.

    It is a name and words; what it needs is loaded once in a process, for the first text.
    """

    name: str  # one of `LANGUAGES`
    words: tuple[str, ...] = ()  # words that its dictionary may not have

    def reads(self, term: str) -> bool:
        """Whether it has words of the letters of a term."""
        return _READS[self.name].fullmatch(term) is not None

    def ends(self, text: str) -> frozenset[int]:
        """Where the words of a text end, in characters, and 0, where the first one begins."""
        return _cutter(self).ends(text)


def segmenter_of(name: str, terms: Iterable[str], language: str, list_name: str) -> Segmenter:
    """The segmenter of a list.

    Args:
        name: One of `LANGUAGES`.
        terms: Those of the list.
        language: Of the list, such as "zh-TW"; "" where it is not known.
        list_name: What errors call the list.

    Raises:
        ConfigurationError: It is unknown or not installed, or it cuts no term of the list.
    """
    if name not in LANGUAGES:
        raise ConfigurationError(
            f"generator.segmenter is {name!r}; choose one of {', '.join(LANGUAGES)}."
        )
    primary = language.lower().replace("_", "-").split("-")[0]
    if primary and primary not in LANGUAGES[name]:
        raise ConfigurationError(
            f"generator.segmenter is {name!r}, which reads {' and '.join(LANGUAGES[name])} alone, "
            f"and the list {list_name!r} is in {language!r}; leave --segmenter out."
        )
    bare = Segmenter(name)
    words = tuple(sorted(filter(bare.reads, terms)))
    if not words:
        raise ConfigurationError(
            f"generator.segmenter is {name!r}, and no term of the list {list_name!r} is written in "
            "its script; leave --segmenter out, or name another list in --terms."
        )
    _import_jieba()
    return dataclasses.replace(bare, words=words)


def _import_jieba() -> Any:
    try:
        with warnings.catch_warnings():
            # Of its regular expressions, and of the module by which it looks for its files.
            warnings.simplefilter("ignore")
            import jieba
    except ImportError as error:
        raise ConfigurationError(
            "generator.segmenter is 'jieba', which is not installed; install fairflip[segmenter], "
            "or leave the field empty: terms of one character are then found only where they "
            "stand alone."
        ) from error
    return jieba


@functools.lru_cache(maxsize=4)
def _cutter(segmenter: Segmenter) -> _Cutter:
    return _Cutter(_jieba_cut(segmenter.words))


def _jieba_cut(words: Iterable[str]) -> Callable[[str], Iterable[str]]:
    """What cuts a text by jieba's dictionary and these words.

    The dictionary is read from the package each time. Left to itself, jieba would load what it
    finds under a known name in the folder for temporary files, where anybody may have put it.
    """
    tokenizer = _import_jieba().Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for word in words:
        if len(word) > 1 and not tokenizer.FREQ.get(word):
            tokenizer.add_word(word)
    return functools.partial(_parts, tokenizer, frozenset(words))


# It has a surname with its title (王先生) and a profession with its gender (女医生) as one word,
# too, some hundred times as rare as the title and the profession.
_RARER = 100


def _parts(tokenizer: Any, listed: frozenset[str], text: str) -> Iterator[str]:
    """The words of a text, with rare compounds of one character and a word taken apart."""
    frequency = tokenizer.FREQ.get
    for word in tokenizer.cut(text):
        first, rest = word[:1], word[1:]
        if (
            len(rest) > 1
            and (first in listed or rest in listed)
            and word not in listed
            and frequency(rest, 0) >= _RARER * frequency(word, 0) > 0
            and not frequency(word[:2])
        ):
            yield first
            yield rest
        else:
            yield word


class _Cutter:
    """Cuts texts, of which the last is remembered: each category of a list asks for it."""

    def __init__(self, cut: Callable[[str], Iterable[str]]):
        self._cut = cut
        self._last: tuple[str, frozenset[int]] = ("", frozenset((0,)))

    def ends(self, text: str) -> frozenset[int]:
        if text != self._last[0]:
            pieces = filter(None, _TOO_LONG.split(text))
            lengths = (len(word) for piece in pieces for word in self._cut(piece))
            self._last = (text, frozenset(itertools.accumulate(lengths, initial=0)))
        return self._last[1]
