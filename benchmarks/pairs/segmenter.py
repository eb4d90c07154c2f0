"""How well terms of Chinese are found, without a segmenter and with one (the extra `segmenter`).

    python -m benchmarks.pairs.segmenter             # the table of docs/pairs.md
    python -m benchmarks.pairs.segmenter --failures  # with what comes out otherwise, of sentences
    python -m benchmarks.run_all pairs.segmenter

Perspective's Chinese templates (read in place, FAIRFLIP_DATA) fill each phrase with one of 126
words for people: what the phrases of four forms ("I am a X") say them to be. *Missed* are phrases
in which a list of all these words finds nothing. *Inside longer words* are hits of lists of half of
them, drawn ten times, with three terms of one character: those that are a part of the phrase's
own word. So the phrases tell what a longer word is, and no segmenter does.

The sentences of `tests/text/scripts/chinese_words.txt` were written for this project, with each
term marked where it is a word; those of `chinese_words_unseen.txt` were written before anything
was measured by them, and nothing was changed for them.
"""

from __future__ import annotations

import argparse
import pathlib
import random
import re
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow.parquet as pq

from benchmarks.figure_rows import result, table
from benchmarks.real_text import ROOT, data_folder
from fairflip.text.matcher import Matcher
from fairflip.text.terms import plain_terms

NAME = "segmenter"
SENTENCES = {"seen": "chinese_words.txt", "unseen": "chinese_words_unseen.txt"}
MOST_MISSED, MOST_INSIDE = 0.01, 0.005
#: Terms of one character beside those of the templates.
ONE_CHARACTER = ("男", "女", "老")
_NUM_DRAWS, _SEED = 10, 0
_FORMS = (
    re.compile("我是(?:一[名位个])?(.+)"),
    re.compile("我讨厌(.+)"),
    re.compile("作为一名(.+)我感觉.+"),
    re.compile("你是一位.+的(.+)"),
)
_MARKED = re.compile(r"\[([^\]]*)\]")


class Templates(NamedTuple):
    """Phrases, and the words for people that they are made with."""

    phrases: list[str]
    words: list[str]


class Sentence(NamedTuple):
    """A text, and where terms are words in it."""

    text: str
    places: frozenset[tuple[int, int]]


def matcher_of(terms: Sequence[str], segmenter: str) -> Matcher:
    """What finds terms by a segmenter, by its name; "" for none."""
    listed = plain_terms(terms, "terms")
    if segmenter:
        listed = listed.segmented_by(segmenter)
    return Matcher(list(terms), segmenter=listed.segmenter)


def templates(folder: pathlib.Path) -> Templates:
    """The phrases below a folder of data, and the words that their forms name."""
    rows = pq.read_table(folder / "benchmark/perspective_zh_cn.parquet", columns=["phrase"])
    phrases = rows["phrase"].to_pylist()
    matches = (form.fullmatch(phrase) for phrase in phrases for form in _FORMS)
    words = {match.group(1).strip() for match in matches if match is not None}
    return Templates(phrases, sorted(words - {""}))


def num_missed(made: Templates, segmenter: str) -> int:
    """The phrases in which a list of all words finds none; each phrase holds one."""
    matcher = matcher_of(made.words, segmenter)
    return sum(not matcher.find(phrase) for phrase in made.phrases)


def inside_longer(made: Templates, segmenter: str, num_draws: int = _NUM_DRAWS) -> tuple[int, int]:
    """Hits of lists of half of the words inside of a phrase's own word, and all hits."""
    own = re.compile("|".join(sorted(map(re.escape, made.words), key=len, reverse=True)))
    own_places = [[match.span() for match in own.finditer(phrase)] for phrase in made.phrases]
    chance = random.Random(_SEED)
    num_inside = num_hits = 0
    for _ in range(num_draws):
        half = chance.sample(made.words, len(made.words) // 2)
        matcher = matcher_of([*half, *ONE_CHARACTER], segmenter)
        for phrase, places in zip(made.phrases, own_places, strict=True):
            for start, end, _ in matcher.find(phrase):
                num_hits += 1
                num_inside += any(
                    a <= start and end <= b and (a, b) != (start, end) for a, b in places
                )
    return num_inside, num_hits


def sentences(part: str) -> tuple[list[str], list[Sentence]]:
    """The terms and the sentences of this project; `part` is "seen" or "unseen"."""
    path = ROOT / "tests/text/scripts" / SENTENCES[part]
    first, *lines = [line for line in path.read_text("utf-8").splitlines() if line[:1] != "#"]
    return first.split(), [_sentence(line) for line in lines]


def _sentence(line: str) -> Sentence:
    # Each bracket before a term moves it by one character.
    spans = [match.span(1) for match in _MARKED.finditer(line)]
    places = [(start - 2 * n - 1, end - 2 * n - 1) for n, (start, end) in enumerate(spans)]
    return Sentence(_MARKED.sub(r"\1", line), frozenset(places))


class Judged(NamedTuple):
    """Hits of a list in marked sentences."""

    num_hits: int
    num_inside: int  # hits where no word is marked
    num_marked: int
    num_missed: int
    failures: list[tuple[str, list[str], list[str]]]  # text, wrong hits, missed words


def judged(part: str, segmenter: str) -> Judged:
    """Looks for the terms in the sentences of a part."""
    terms, marked = sentences(part)
    matcher = matcher_of(terms, segmenter)
    hits = [frozenset(match[:2] for match in matcher.find(one.text)) for one in marked]
    failures = [
        (one.text, _texts(one.text, places - one.places), _texts(one.text, one.places - places))
        for one, places in zip(marked, hits, strict=True)
        if places != one.places
    ]
    return Judged(
        num_hits=sum(map(len, hits)),
        num_inside=sum(len(wrong) for _, wrong, _ in failures),
        num_marked=sum(len(one.places) for one in marked),
        num_missed=sum(len(missed) for _, _, missed in failures),
        failures=failures,
    )


def _texts(text: str, places: frozenset[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in sorted(places)]


def _load_time() -> float:
    matcher = matcher_of(ONE_CHARACTER, "jieba")
    started = time.process_time()
    matcher.find(ONE_CHARACTER[0])
    return time.process_time() - started


def _speed(made: Templates, segmenter: str) -> float:
    matcher = matcher_of(made.words, segmenter)
    matcher.find(made.words[0])
    started = time.process_time()
    for phrase in made.phrases:
        matcher.find(phrase)
    return len(made.phrases) / (time.process_time() - started)


def measure() -> Iterator[dict]:
    """The rows of the table."""
    made = templates(data_folder())
    for segmenter in ("", "jieba"):
        of = segmenter or "without"
        if segmenter:
            yield result(NAME, f"{of}: CPU-seconds to read its dictionary", _load_time(), None)
        yield result(NAME, f"{of}: phrases a CPU-second", _speed(made, segmenter), None)
        share = num_missed(made, segmenter) / len(made.phrases)
        label = f"{of}: missed of {len(made.phrases):,} phrases with {len(made.words)} words"
        yield result(NAME, label, share, f"at most {MOST_MISSED}")
        num_inside, num_hits = inside_longer(made, segmenter)
        label = f"{of}: inside longer words, of {num_hits:,} hits in phrases"
        bound = f"at most {MOST_INSIDE}" if segmenter else None
        yield result(NAME, label, num_inside / num_hits, bound)
        for part in SENTENCES:
            outcome = judged(part, segmenter)
            label = f"{of}, {part} sentences: inside longer words, of {outcome.num_hits} hits"
            yield result(NAME, label, outcome.num_inside / outcome.num_hits, None)
            label = f"{of}, {part} sentences: missed of {outcome.num_marked} words"
            yield result(NAME, label, outcome.num_missed / outcome.num_marked, None)


def results() -> list[dict]:
    """The figures, for `run_all.py`."""
    return list(measure())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--failures", action="store_true", help="print what comes out otherwise")
    shows = parser.parse_args().failures
    print(table(NAME, results()))
    for part in SENTENCES if shows else ():
        print(f"\n{part}: text, wrong hits, missed words, with jieba")
        for failure in judged(part, "jieba").failures:
            print("   ", *failure, sep=" | ")


if __name__ == "__main__":
    main()
