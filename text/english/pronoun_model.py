"""Whether a pronoun stands before its noun ("her book") or alone ("saw her"): a small model.

A logistic regression over what stands around the pronoun: the closed words themselves, of other
words the last three letters and the class (`fairflip.text.english.pronoun_words`). It was learnt
where English itself tells: *him* is an object and *his* a determiner, and so are *me* and *my*,
*us* and *our*, *them* and *their*. ``benchmarks/pairs/pronouns.py`` trains it and prints
how often it errs.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources

from fairflip.text.english.pronoun_words import AFTER, BEFORE, CLOSED, NO_ADVERBS

WEIGHTS_FILE = "pronoun_weights.json"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
#: Signs that may stand between a pronoun and its noun.
SOFT = " \t\r\n\u00a0\"'“”‘’*_~"
_SIGNS = ".,;:!?-—…()/&"
_HYPHENS = "-‐‑"
_REACH = 50


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


def _classes_before(word: str) -> list[str]:
    classes = [name for name, words in BEFORE.items() if word in words]
    if not classes:
        classes = ["closed" if word in CLOSED else "open"] if word else ["none"]
    if word.endswith("ing"):
        classes.append("ing")
    elif word.endswith("ed"):
        classes.append("ed")
    return classes


def _classes_after(word: str) -> list[str]:
    classes = [name for name, words in AFTER.items() if word in words]
    if classes:
        return classes
    if word in CLOSED:
        return [f"={word}"]
    if word.endswith("ly") and word not in NO_ADVERBS:
        return ["ly"]
    if word.endswith("ing") and len(word) > 4:
        return ["ing"]
    if word.endswith("ed"):
        return ["ed"]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return ["plural"]
    return ["open"]


def features_of(text: str, start: int, end: int) -> list[str]:
    """What stands around the pronoun at ``text[start:end]``, as the names of features."""
    features: list[str] = []
    sign, word_end, first = _following(text, end)
    preceding = list(_WORD.finditer(text, max(0, start - 60), start))
    before = ""
    gap_before = _sign(text[preceding[-1].end() : start]) if preceding else "BEGIN"
    features += [f"after:{sign}", f"before:{gap_before}"]
    if preceding and not gap_before:
        before = preceding[-1].group().lower()
        _with_shape(before, "p1", features)
        if len(preceding) > 1:
            one, two = preceding[-2], preceding[-1]
            if not _sign(text[one.end() : two.start()]):
                word = one.group().lower()
                features.append(f"p2={word if word in CLOSED else '*' + word[-2:]}")
    classes_before = _classes_before(before)
    features += [f"b:{name}" for name in classes_before]
    if sign:
        return features
    word = first.lower().replace("’", "'")
    _with_shape(word, "w1", features)
    if text[word_end : word_end + 1] in _HYPHENS and text[word_end + 1 : word_end + 2].isalnum():
        features.append("w1hyphen")
    sign, _, second = _following(text, word_end)
    second = "" if sign else second.lower()
    features.append(f"after2:{sign}")
    is_closed = second in CLOSED
    kind = "end" if not second else "closed" if is_closed else "open"
    ending = second if is_closed else second[-2:]
    beside = f"={before}" if before in CLOSED else f"-{before[-3:]}"
    for name in _classes_after(word):
        features += [f"a:{name}", f"a:{name}|{kind}"]
        for other in classes_before:
            features += [f"b:{other}&a:{name}", f"b:{other}&a:{name}|{kind}"]
        if before:
            features.append(f"p1{beside}&a:{name}")
        if second:
            features.append(f"a:{name}&w2{'=' if is_closed else '-'}{ending}")
    if second:
        _with_shape(second, "w2", features)
    if first[0].isupper():
        features.append("w1capital")
    return features


class PronounModel:
    """The weights of the features, and what they say."""

    def __init__(self, weights: Mapping[str, float], intercept: float):
        """Takes the weights by feature, in favour of a determiner, and the intercept."""
        self.weights = dict(weights)
        self.intercept = intercept

    def score(self, text: str, start: int, end: int) -> float:
        """The log-odds that the pronoun at ``text[start:end]`` stands before its noun."""
        return self.score_of(features_of(text, start, end))

    def score_of(self, features: Sequence[str]) -> float:
        """The log-odds by the features, each counted once."""
        weight = self.weights.get
        return self.intercept + sum([weight(name, 0.0) for name in dict.fromkeys(features)])


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
