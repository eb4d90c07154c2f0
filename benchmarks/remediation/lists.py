"""Known and withheld identity terms of real text, longer lists, and the pairs that they make.

Categories in `UNLISTED` are never known to a remedy. Each seed divides the word families of the
other categories of the built-in list `identity` anew into known and withheld ones.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.real_text import evaluation_split, splits_of
from benchmarks.remediation.price import DATA_SETS
from fairflip.pipeline.cli.expand_terms import parse_vectors
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.protos.config_pb2 import GeneratorSpec
from fairflip.text.ablation import Ablation
from fairflip.text.expansion.candidates import candidates, with_candidates
from fairflip.text.expansion.given_vectors import with_vectors
from fairflip.text.expansion.vectors import WordVectors, counts_of, word_vectors
from fairflip.text.matcher import words_of
from fairflip.text.terms import Term, TermList, normalised

NUM_CANDIDATES = 100
UNLISTED = ("religion", "race", "nationality")
#: Whose stem is not that of the singular.
_IRREGULAR = {"men": "man", "women": "woman", "wives": "wife"}

#: Texts that hold a term, and the same without any.
Pairs = tuple[list[str], list[str]]


@functools.cache
def tables_of(name: str) -> dict[str, pa.Table]:
    """The examples of the training and the evaluation split."""
    return splits_of(DATA_SETS[name].file)


@functools.cache
def texts_of(name: str, split: str) -> tuple[str, ...]:
    """The texts of a split."""
    return tuple(tables_of(name)[split]["comment_text"].to_pylist())


@functools.cache
def listed_terms() -> TermList:
    """The list without the unlisted categories."""
    terms = load_terms("identity")
    return terms.only([name for name in terms.categories if name not in UNLISTED])


def unlisted_terms() -> TermList:
    """The terms of the unlisted categories."""
    return load_terms("identity").only(UNLISTED)


@functools.cache
def divided(seed: int) -> tuple[TermList, TermList]:
    """The listed terms in two, known and withheld, every word family on one side.

    A family are the words of one beginning, four letters long.
    """
    terms = listed_terms()
    families = [_family(term.text) for term in terms.terms]
    names = sorted(set(families))
    is_known = dict(zip(names, np.random.default_rng(seed).random(len(names)) < 0.5, strict=True))
    known, withheld = (
        tuple(t for t, f in zip(terms.terms, families, strict=True) if is_known[f] == side)
        for side in (True, False)
    )
    return dataclasses.replace(terms, terms=known), dataclasses.replace(terms, terms=withheld)


def _family(text: str) -> str:
    last = normalised(text).split()[-1].split("-")[-1]
    return _IRREGULAR.get(last, last)[:4]


def minilm_file(name: str) -> pathlib.Path | None:
    """Where `minilm_vectors.py` wrote the vectors of a data set's words; None: nowhere."""
    folder = os.environ.get("FAIRFLIP_MINILM_VECTORS", "")
    path = pathlib.Path(folder) / f"{name}.vec"
    return path if folder and path.is_file() else None


@functools.cache
def vectors_of(name: str, is_minilm: bool = False) -> WordVectors:
    """Word vectors: of the training texts, or MiniLM's of their words."""
    texts = texts_of(name, "train")
    if not is_minilm:
        return word_vectors(texts)
    path = minilm_file(name)
    if path is None:
        raise FileNotFoundError("FAIRFLIP_MINILM_VECTORS: run minilm_vectors.py first")
    counts = counts_of(words_of(text).words for text in texts)
    with path.open(encoding="utf-8") as lines:
        return with_vectors(counts, parse_vectors(lines, counts, path.name), 5)


def longer(name: str, seed: int, *, is_read: bool = True, is_minilm: bool = False) -> TermList:
    """The known terms with candidates behind them; withheld ones may be among these.

    Args:
        name: The data set.
        seed: Of the division.
        is_read: Whether somebody kept of the candidates those alone that name an identity of a
            listed category: those of the built-in list.
        is_minilm: Whether the vectors are MiniLM's.
    """
    known, _ = divided(seed)
    proposed = candidates(
        vectors_of(name, is_minilm),
        known,
        proposable=[term.text for term in load_terms("identity").terms],
        max_candidates=NUM_CANDIDATES,
    )
    listed = listed_terms().by_text
    return with_candidates(
        known, [one for one in proposed if not is_read or normalised(one.word) in listed]
    )


def placebo(name: str, seed: int) -> TermList:
    """The known terms and other words, as many and as frequent as the candidates."""
    known, _ = divided(seed)
    vectors, generator = vectors_of(name), np.random.default_rng(seed)
    identity = load_terms("identity").by_text
    free = [i for i, word in enumerate(vectors.words) if word not in identity and word.isalpha()]
    octaves = np.log2(vectors.counts[free])
    position = vectors.position()
    drawn: dict[str, Term] = {}
    for term in longer(name, seed).terms[len(known) :]:
        wanted = np.log2(vectors.counts[position[normalised(term.text)]])
        order = np.argsort(np.abs(octaves - wanted) + 0.1 * generator.random(len(free)))
        word = next(w for w in (vectors.words[free[i]] for i in order) if w not in drawn)
        drawn[word] = Term(word)
    return dataclasses.replace(known, terms=(*known.terms, *drawn.values()))


def removed(texts: Sequence[str], terms: TermList) -> Pairs:
    """Pairs that remove the terms of a list, of the texts of which something is left."""
    made = Ablation(terms).generate(texts)
    left = [(t, m[0].text) for t, m in zip(texts, made, strict=True) if m and m[0].text.strip()]
    return [t for t, _ in left], [c for _, c in left]


@functools.cache
def evaluated_pairs(name: str, seed: int, which: str) -> Pairs:
    """Pairs of the evaluation split that remove "trained", "withheld" or "unlisted" terms."""
    known, withheld = divided(seed)
    terms = {"trained": known, "withheld": withheld, "unlisted": unlisted_terms()}[which]
    return removed(texts_of(name, evaluation_split()), terms)


def pair_table(name: str, terms: TermList, split: str = "train") -> pa.Table:
    """Pairs of a split that remove the terms of a list."""
    from fairflip.pipeline.generate.transforms import generate_table
    from fairflip.pipeline.pair.columns import PairColumns

    joined, _ = generate_table(tables_of(name)[split], Ablation(terms), PairColumns(label="label"))
    return joined.pairs


@functools.cache
def control_table(name: str, seed: int, split: str, num_controls: int) -> pa.Table:
    """The controls of a split's pairs of known terms: other words removed.

    Args:
        name: The data set.
        seed: Of the division and the draws.
        split: Whose pairs.
        num_controls: Most of a pair. The first ones stay the same when there are more.
    """
    from fairflip.pipeline.generate.control_transforms import table_with_controls
    from fairflip.pipeline.pair.columns import PairColumns
    from fairflip.protos.edits import control_mask

    both = [text for part in ("train", evaluation_split()) for text in texts_of(name, part)]
    pairs: Any = pair_table(name, divided(seed)[0], split)
    names = PairColumns(label="label")
    table = table_with_controls(
        pairs, both, num_controls, GeneratorSpec(terms="identity"), names, seed
    )
    return table.filter(pa.array(control_mask(table)))
