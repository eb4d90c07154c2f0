"""How often pairs written elsewhere are marked as doubtful, where nothing or one thing is wrong.

    python -m benchmarks.pairs.pair_doubts
    python -m benchmarks.run_all pair_doubts

Sound are the pairs of people (WinoBias, Winogender) and swaps of real texts. Into the pairs of
WinoBias and Winogender one fault each is put, whose doubt is known. Texts are read in place
(FAIRFLIP_DATA); none is printed.
"""

from __future__ import annotations

import collections
import re
import time
from collections.abc import Callable, Sequence

import pyarrow.parquet as pq

from benchmarks.figure_rows import print_rows, result
from benchmarks.pairs.pronouns import winogender_forms
from benchmarks.real_text import data_folder
from fairflip.pipeline.generate.examined_pairs import examiner_of
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.doubts import pair_doubts as doubts
from fairflip.text.substitution import Substitution

NAME = "pair_doubts"
NUM_TEXTS = 4000
MOST_FALSE_ALARMS, LEAST_FOUND = 0.01, 0.9
Pairs = Sequence[tuple[str, str]]


def by_people() -> dict[str, Pairs]:
    """Pairs that people wrote, of which nothing is wrong."""
    forms = collections.defaultdict(dict)
    for row in pq.read_table(data_folder() / "benchmark/winobias_dev.parquet").to_pylist():
        forms[row["type"], row["number"]][row["stereotype"]] = row["sentence"]
    return {
        "WinoBias": [(form["pro"], form["anti"]) for form in forms.values()],
        "Winogender": [(one, other) for one, other in winogender_forms() if one != other],
    }


def swapped(source: str) -> Pairs:
    """Swaps of the first texts of a source."""
    texts = pq.read_table(data_folder() / f"{source}.parquet")["comment_text"].to_pylist()
    texts = texts[:NUM_TEXTS]
    made = Substitution(load_terms("identity")).generate(texts)
    return [(text, one.text) for text, ones in zip(texts, made, strict=True) for one in ones]


def _with_number(text: str) -> str:
    return re.sub(r"(?<= )(?:the|a|an) (?=[a-z])", "three of the ", text, count=1)


def _negated(text: str) -> str:
    return re.sub(
        r"(?<= )(?:was|is|had|did|could|would|will|can)(?= )", r"\g<0> not", text, count=1
    )


def _misspelt_case(text: str) -> str:
    return text[0].lower() + text[1:]


def _cut(text: str) -> str:
    return " ".join(text.split()[:-2])


def _doubled(text: str) -> str:
    words = text.split()
    return " ".join([*words[:2], words[1], *words[2:]])


FAULTS: dict[str, tuple[str, Callable[[str, str], str]]] = {
    "a number put in": (doubts.OTHER_NUMBERS, lambda _, other: _with_number(other)),
    "a negation put in": (doubts.OTHER_NEGATION, lambda _, other: _negated(other)),
    "a name put in": (doubts.OTHER_NAMES, lambda _, other: other.replace(" the ", " Zurich ", 1)),
    "the first letter small": (doubts.GRAMMAR, lambda _, other: _misspelt_case(other)),
    "the last two words missing": (doubts.GRAMMAR, lambda _, other: _cut(other)),
    "a word twice": (doubts.GRAMMAR, lambda _, other: _doubled(other)),
    "no identity changed": (
        doubts.NO_IDENTITY_REFERENCE,
        lambda original, _: original.replace(" the ", " that ", 1),
    ),
    "only a sign changed": (doubts.SAME_WORDS, lambda original, _: original.rstrip(".") + "!"),
    "another sentence": (
        doubts.MUCH_CHANGED,
        lambda _, other: " ".join(word[::-1] for word in other.split()),
    ),
    "a refusal": (doubts.ASSISTANT, lambda *_: "I'm sorry, but I cannot rewrite this."),
    "a slot left": (
        doubts.PLACEHOLDER,
        lambda _, other: re.sub(r"\b(?:his|her|him|he|she)\b", "[PRONOUN]", other, count=1),
    ),
}


def measure() -> list[dict]:
    """False alarms, faults found, and what a pair costs."""
    examiner = examiner_of("")
    sound = by_people()
    people = [pair for pairs in sound.values() for pair in pairs]
    sound |= {f"swaps of {name}": swapped(name) for name in ("davidson_tweets", "edos_sexism")}
    rows = []
    for name, pairs in sound.items():
        start = time.process_time()
        marked = sum(bool(examiner.examine(*pair).doubts) for pair in pairs)
        seconds = time.process_time() - start
        label = f"{name}: sound pairs marked, of {len(pairs):,}"
        rows.append(result(NAME, label, marked / len(pairs), f"at most {MOST_FALSE_ALARMS}"))
        rows.append(result(NAME, f"{name}: microseconds a pair", seconds / len(pairs) * 1e6, None))
    for name, (doubt, spoil) in FAULTS.items():
        spoilt = [(original, spoil(original, other)) for original, other in people]
        spoilt = [
            (original, bad)
            for (original, bad), (_, other) in zip(spoilt, people, strict=True)
            if bad not in (original, other)
        ]
        share_found = sum(doubt in examiner.examine(*pair).doubts for pair in spoilt) / len(spoilt)
        label = f"{name}: marked as {doubt}, of {len(spoilt):,}"
        rows.append(result(NAME, label, share_found, f"at least {LEAST_FOUND}"))
    return rows


def results() -> list[dict]:
    """The figures, for `run_all.py`."""
    return measure()


if __name__ == "__main__":
    print_rows(NAME, __doc__.splitlines()[0], measure)
