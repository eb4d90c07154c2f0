"""Which texts `validity` calls fine: of those that lost a pronoun, and of swaps that are sound.

    python -m benchmarks.pairs.validity
    python -m benchmarks.run_all pairs.validity

A text without its pronoun is hardly a sentence, so that few may have a score of .999 or more. A
swap is sound where it is the form that people wrote (WinoBias, Winogender): few may have less.
Swaps of real texts are counted too, without a bound, since nobody judged them. Texts are read in
place (FAIRFLIP_DATA); none is printed.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow.parquet as pq

from benchmarks.figure_rows import print_rows, result
from benchmarks.pairs.pair_doubts import by_people
from benchmarks.real_text import data_folder
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.substitution import Substitution
from fairflip.text.validity import validity

NAME = "validity"
SOURCES = ("edos_sexism", "cad_reddit_abuse", "davidson_tweets")
NUM_TEXTS = 4000
FINE = 0.999
MOST_FINE, MOST_DOUBTED = 0.05, 0.01
_PRONOUNS = {"he", "she", "him", "her", "his", "hers", "himself", "herself"}


def _share(flags: Iterable[bool]) -> tuple[float, int]:
    """The share that is true, and of how many."""
    every = list(flags)
    return sum(every) / max(1, len(every)), len(every)


def measure() -> list[dict]:
    """Damaged texts called fine, and sound ones that are not."""
    terms = load_terms("identity")
    ablation, swap = Ablation(terms), Substitution(terms)
    rows = []
    for source in SOURCES:
        table = pq.read_table(data_folder() / f"{source}.parquet", columns=["comment_text"])
        texts = table["comment_text"].to_pylist()[:NUM_TEXTS]
        damaged = (
            validity(text, one).score >= FINE
            for text, made in zip(texts, ablation.generate(texts), strict=True)
            for one in made
            if not _PRONOUNS.isdisjoint(one.terms)
        )
        share, number = _share(damaged)
        label = f"{source}: of {number:,} texts that lost a pronoun, {FINE} or more"
        rows.append(result(NAME, label, share, f"at most {MOST_FINE}"))
        swapped = (
            validity(text, one).score < FINE
            for text, made in zip(texts, swap.generate(texts), strict=True)
            for one in made
        )
        share, number = _share(swapped)
        rows.append(result(NAME, f"{source}: of {number:,} swaps, below {FINE}", share, None))
    for name, pairs in by_people().items():
        made_of = swap.generate([text for text, _ in pairs])
        sound = (
            validity(text, one).score < FINE
            for (text, other), made in zip(pairs, made_of, strict=True)
            for one in made
            if one.text == other
        )
        share, number = _share(sound)
        label = f"{name}: of {number:,} swaps that are as people wrote them, below {FINE}"
        rows.append(result(NAME, label, share, f"at most {MOST_DOUBTED}"))
    return rows


def results() -> list[dict]:
    """The figures, for `run_all.py`."""
    return measure()


if __name__ == "__main__":
    print_rows(NAME, __doc__.splitlines()[0], measure)
