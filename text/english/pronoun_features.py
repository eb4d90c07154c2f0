"""What the words around a pronoun are to the model: names of features, in parts that come again.

No name holds a word of an open class: of such words the last letters and classes stand there. What
a function here is given are words that stand in one place, or classes, so that a model that knows
the sum of a part has it of most texts.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from fairflip.text.english.pronoun_words import AFTER, BEFORE, CLOSED, NO_ADVERBS
from fairflip.text.english.word_classes import frames_of, parts_of_speech


class Surroundings(NamedTuple):
    """What stands around a pronoun; words are in lower case, "" where there is none.

    Attributes:
        gap_before: The sign that parts it from the word before; "BEGIN" where none stands before.
        second_before: The word before the word before.
        before: The word before.
        sign: The sign that parts it from the word after; "END" where none follows.
        after: The word after.
        is_hyphenated: Whether a hyphen joins that to another.
        is_capital: Whether it has a capital.
        second_sign: The sign behind it.
        second: The word behind it.
        third: The word behind that.
    """

    gap_before: str
    second_before: str
    before: str
    sign: str
    after: str = ""
    is_hyphenated: bool = False
    is_capital: bool = False
    second_sign: str = ""
    second: str = ""
    third: str = ""


Made = TypeVar("Made")


@dataclasses.dataclass(frozen=True)
class Makers(Generic[Made]):
    """What is made of each part of the surroundings, by a function of words or classes."""

    gap: Callable[..., Made]
    word_before: Callable[..., Made]
    word_after: Callable[..., Made]
    both: Callable[..., Made]
    classes: Callable[..., Made]
    beside: Callable[..., Made]
    two: Callable[..., Made]
    nouns: Callable[..., Made]
    second: Callable[..., Made]
    three: Callable[..., Made]


class _Word(NamedTuple):
    """What is known of a word after the pronoun.

    Attributes:
        classes: By `pronoun_words`, else by its ending, each with "a:".
        part: Its parts of speech, with "k:"; "" for a word that is closed or unknown.
        noun: How much of a noun it is, with "n:"; "" where `part` is.
        place: A closed word itself, else its parts of speech; "." for none, "?" if unknown.
        place_of_noun: The same with how much of a noun it is.
        ending: A closed word itself, else its last two letters.
        kind: "end" where there is none, "closed" or "open".
    """

    classes: tuple[str, ...]
    part: str
    noun: str
    place: str
    place_of_noun: str
    ending: str
    kind: str


def parts_of(around: Surroundings, make: Makers[Made]) -> list[Made]:
    """What is made of the parts of some surroundings: of few words each, which come again."""
    gap, second_before, before, sign, after, is_hyphenated, is_capital, *behind = around
    shape = second_before if second_before in CLOSED else second_before and "*" + second_before[-2:]
    made = [
        make.gap(gap, shape),
        make.word_before(before),
        make.word_after(sign, after, is_hyphenated, is_capital),
    ]
    if after:
        second_sign, second, third = behind
        beside = f"={before}" if before in CLOSED else before and "-" + before[-3:]
        classes, part, noun, place, *_ = _word(after)
        _, _, _, second_place, second_noun, ending, kind = _word(second)
        made += [
            make.both(_uses_before(before), classes, part, noun, kind),
            make.classes(classes, part, noun, kind, second_sign),
            make.two(classes, part, ending, second_place),
        ]
        if beside:
            made.append(make.beside(beside, classes))
        if part:
            made.append(make.nouns(noun, second_noun))
        if second:
            made.append(make.second(second))
            made.append(make.three(place, second_place, _word(third).place))
    return made


def _of_gap(gap: str, shape: str) -> list[str]:
    """Features of the sign before, and of the word before the word before."""
    return [f"before:{gap}", f"p2={shape}"] if shape else [f"before:{gap}"]


def _of_word_before(word: str) -> list[str]:
    """Features of the word before."""
    features: list[str] = []
    if word:
        _with_shape(word, "p1", features)
    return features + list(_uses_before(word))


def _of_word_after(sign: str, word: str, is_hyphenated: bool, is_capital: bool) -> list[str]:
    """Features of the word after, and of the sign before it."""
    features = [f"after:{sign}"]
    if word:
        _with_shape(word, "w1", features)
    if is_hyphenated:
        features.append("w1hyphen")
    if is_capital:
        features.append("w1capital")
    return features


def _of_both(
    uses: tuple[str, ...], classes: tuple[str, ...], part: str, noun: str, kind: str
) -> list[str]:
    """Features of the words before and after together, and whether a word follows those."""
    names = [*classes, part] if part else classes
    features = [f"{use}&{name}" for use in uses for name in names]
    features += [f"{name}|{kind}" for name in features]
    if part:
        features += [f"{use}&{noun}" for use in uses if use[0] == "b"]
    return features


def _of_classes(classes: tuple[str, ...], part: str, noun: str, kind: str, sign: str) -> list[str]:
    """Features of the word after by its class, with what is behind it."""
    features = [f"after2:{sign}"]
    for name in [*classes, part, noun] if part else classes:
        features += [name, f"{name}|{kind}"]
    return features


def _of_beside(beside: str, classes: tuple[str, ...]) -> list[str]:
    """Features of the word before by itself or by its ending, with the class of the word after."""
    return [f"p1{beside}&{name}" for name in classes]


def _of_two(classes: tuple[str, ...], part: str, ending: str, place: str) -> list[str]:
    """Features of the two words after."""
    features = [f"{name}&k2:{place}" for name in [*classes, part] if name]
    if ending:
        features += [f"{name}&w2{ending}" for name in classes]
    return features


def _of_nouns(noun: str, second: str) -> list[str]:
    """A feature of how much of nouns the two words after are."""
    return [f"{noun}&n2:{second}"]


def _of_second(word: str) -> list[str]:
    """Features of the second word after."""
    features: list[str] = []
    _with_shape(word, "w2", features)
    return features


def _of_three(first: str, second: str, third: str) -> list[str]:
    """Features of the third word after, with those before it."""
    return [f"k3:{third}", f"k2:{second}&k3:{third}", f"k1:{first}&k3:{third}"]


#: What makes the names of features. None comes from two parts.
NAMES: Makers[list[str]] = Makers(
    gap=_of_gap,
    word_before=_of_word_before,
    word_after=_of_word_after,
    both=_of_both,
    classes=_of_classes,
    beside=_of_beside,
    two=_of_two,
    nouns=_of_nouns,
    second=_of_second,
    three=_of_three,
)


@functools.lru_cache(maxsize=20_000)
def _word(word: str) -> _Word:
    is_closed = word in CLOSED
    by_hand = [name for name, words in AFTER.items() if word in words]
    letters, noun = ("", "") if is_closed or not word else parts_of_speech(word)
    # What is written down by hand of a word says more than how often WordNet's texts have it.
    is_part = bool(letters) and not by_hand
    itself = f"={word}"
    return _Word(
        tuple([f"a:{name}" for name in by_hand or [_class_after(word)]]),
        f"k:{letters}" if is_part else "",
        f"n:{noun}" if is_part else "",
        itself if is_closed else (letters or "?") if word else ".",
        itself if is_closed else (noun or "?") if word else ".",
        itself if is_closed else f"-{word[-2:]}" if word else "",
        "end" if not word else "closed" if is_closed else "open",
    )


def _with_shape(word: str, name: str, features: list[str]) -> None:
    """Adds a word by itself if it is closed, else its endings."""
    if word in CLOSED:
        features.append(f"{name}={word}")
        return
    features.append(f"{name}=*")
    # An ending is shorter than its word: no word of an open class is a feature.
    for length in (1, 2, 3):
        if len(word) > length + 1:
            features.append(f"{name}-{word[-length:]}")
    if word.isdigit():
        features.append(f"{name}#")


@functools.lru_cache(maxsize=20_000)
def _uses_before(word: str) -> tuple[str, ...]:
    """The classes of the word before, and what may follow it as a verb."""
    frames: tuple[str, ...] = ()
    if word and word not in CLOSED:
        frames = frames_of(word) or ("none",)
        frames = (*frames, "+".join(frames)) if len(frames) > 1 else frames
    classes = [f"b:{name}" for name in _classes_before(word)]
    return (*classes, *[f"f:{name}" for name in frames])


def _classes_before(word: str) -> tuple[str, ...]:
    classes = [name for name, words in BEFORE.items() if word in words]
    if not classes:
        classes = ["closed" if word in CLOSED else "open"] if word else ["none"]
    if word.endswith("ing"):
        classes.append("ing")
    elif word.endswith("ed"):
        classes.append("ed")
    return tuple(classes)


def _class_after(word: str) -> str:
    """The class of a word of which none is written down."""
    if word in CLOSED:
        return f"={word}"
    if word.endswith("ly") and word not in NO_ADVERBS:
        return "ly"
    if word.endswith("ing") and len(word) > 4:
        return "ing"
    if word.endswith("ed"):
        return "ed"
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return "plural"
    return "open"
