"""Which parts of speech common English words are, and how verbs are used: a list from WordNet.

``tools/lists/word_classes.py`` makes the list. It holds base forms; plurals and the regular forms
of verbs and adjectives are led back to them by their endings.
"""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import NamedTuple

WORDS_FILE = "word_classes.txt"
#: By the ending that a form has more than its word, what each part of speech is in it: of nouns
#: one or several, of verbs base, third person, past and -ing, adjectives and adverbs.
_FORMS = {
    "": {"n": "N", "v": "V", "a": "A", "r": "R"},
    "s": {"n": "S", "v": "Z"},
    "ed": {"v": "D"},
    "ing": {"v": "G"},
    "er": {"a": "A", "r": "R"},
}
# A part of speech is one of a word's if it has as large a share of its uses.
_LEAST_SHARE = 0.2
_STRETCHED = re.compile(r"(.)\1{2,}")


class _Uses(NamedTuple):
    shares: dict[str, int]  # by part of speech, fifths of the uses
    frames: tuple[str, ...]  # what may follow it as a verb


@functools.cache
def _listed() -> dict[str, _Uses]:
    content = resources.files(__package__).joinpath(WORDS_FILE).read_text("ascii")
    listed = {}
    for line in content.splitlines():
        name, *words = line.split(" ")
        shares, _, frames = name.partition(":")
        parts = {part: int(number) for part, number in re.findall(r"([nvar])(\d)", shares)}
        uses = _Uses(parts, tuple(frames.split(",")) if frames else ())
        listed.update(dict.fromkeys(words, uses))
    return listed


def _bases(word: str) -> list[tuple[str, str]]:
    """The listed words that a word may be a form of, each with its ending."""
    listed = _listed()
    bases = [(word, "")]
    if word[-1:] not in "sdgrt":
        return bases if word in listed else []
    size = len(word)
    if size > 3 and word.endswith("s") and not word.endswith("ss"):
        bases += [(word[:-1], "s"), (word[:-2], "s")] if word[-2] == "e" else [(word[:-1], "s")]
        bases += [(word[:-3] + "y", "s")] if word.endswith("ies") else []
    for ending, least in (("ed", 5), ("ing", 6)):
        if size >= least and word.endswith(ending):
            stem = word[: -len(ending)]
            bases += [(stem, ending), (stem + "e", ending)]
            if stem[-1:] == stem[-2:-1]:
                bases.append((stem[:-1], ending))
            elif stem.endswith("i") and ending == "ed":
                bases.append((stem[:-1] + "y", ending))
    for ending, least in (("er", 5), ("est", 6)):
        if size >= least and word.endswith(ending):
            stem = word[: -len(ending)]
            bases += [(stem, "er"), (stem + "e", "er")]
            bases += [(stem[:-1] + "y", "er")] if stem.endswith("i") else []
    return [(base, ending) for base, ending in bases if base in listed]


@functools.lru_cache(maxsize=20_000)
def unstretched(word: str) -> str:
    """A word with letters that are repeated for effect written once: "so" for "sooo"."""
    return _STRETCHED.sub(r"\1", word)


class PartsOfSpeech(NamedTuple):
    """What a word is.

    Attributes:
        letters: Those of its parts of speech in order; "" if it is unknown. N a noun, S several; V
            a verb, Z in the third person, D in the past, G with -ing; A an adjective, R an adverb:
            "NV" is noun and verb.
        nounness: How many fifths of its uses are a noun, as a digit; "" if it is unknown.
    """

    letters: str
    nounness: str


@functools.lru_cache(maxsize=20_000)
def parts_of_speech(word: str) -> PartsOfSpeech:
    """The parts of speech of a word in lower case."""
    bases = _bases(unstretched(word))
    if not bases:
        return _UNKNOWN
    shares: dict[str, float] = {}
    for base, ending in bases:
        # A form that is listed itself is that word more often: "building".
        weight = 1.0 if ending in ("", "ing") else 0.5
        names = _FORMS[ending]
        for part, fifths in _listed()[base].shares.items():
            name = names.get(part)
            if name is not None:
                shares[name] = max(shares.get(name, 0.0), weight * fifths)
    if not shares:
        return _UNKNOWN
    whole = sum(shares.values())
    letters = "".join(sorted(part for part in shares if shares[part] / whole >= _LEAST_SHARE))
    return PartsOfSpeech(
        letters, str(round(5 * (shares.get("N", 0.0) + shares.get("S", 0.0)) / whole))
    )


_UNKNOWN = PartsOfSpeech("", "")


@functools.lru_cache(maxsize=20_000)
def frames_of(word: str) -> tuple[str, ...]:
    """What may follow a verb in any of its forms, such as "two" for two objects, in order."""
    used = {frame for base, _ in _bases(word) for frame in _listed()[base].frames}
    return tuple(sorted(used))
