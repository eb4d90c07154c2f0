"""The words whose vectors are most like those of listed terms."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

import numpy as np

from fairflip.text.controls.word_classes import FUNCTION_WORDS, NEGATIONS
from fairflip.text.expansion.vectors import WordVectors
from fairflip.text.terms import Term, TermList, normalised

#: How hard the classifier holds on to small weights: of vectors of length 1.
_PENALTY = 10.0
_STEPS = 30
#: Listed terms to whose vectors a word's is compared, and what the classifier counts beside them.
_NEIGHBOURS, _SHARE_OF_CLASSIFIER = 3, 0.3
#: What a word e times as frequent counts more: a reader's time goes first into words of many texts.
_SHARE_OF_COUNT = 0.1


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A word that may belong into the list.

    Attributes:
        word: In lower case.
        group: Of the listed terms it is most like.
        category: Of the same.
        score: Up to 1; how much its vector is like those of listed terms, and how frequent it is.
        nearest: The listed term whose vector is nearest.
        similarity: The cosine of both.
        num_texts: Distinct texts that hold the word.
    """

    word: str
    group: str
    category: str
    score: float
    nearest: str
    similarity: float
    num_texts: int


def candidates(
    vectors: WordVectors,
    terms: TermList,
    *,
    left_out: Collection[str] = (),
    proposable: Collection[str] = (),
    max_candidates: int = 100,
) -> list[Candidate]:
    """Words whose vectors are most like those of the terms of a list.

    score = (c + 0.3 p + 0.1 ln n) / (1.3 + 0.1 ln N), where c is the mean cosine to the three
    nearest listed terms, p what a logistic regression gives that tells listed terms from all
    other words, both kinds counting the same, n the number of texts that hold the word and N that
    of the most frequent word. A word's group is that of the nearest listed term.

    Args:
        vectors: Of the words of some texts.
        terms: The list; its terms of one word that the texts hold are compared with.
        left_out: Words that are never proposed.
        proposable: Function words that may be, such as pronouns of persons; others may not.
        max_candidates: The best so many.

    Returns:
        By score, the best first; empty where no listed term has a vector.
    """
    position = vectors.position()
    known = {
        position[text]: term
        for term in terms.terms
        for text in [normalised(term.text)]
        if text in position
    }
    has_vector = np.linalg.norm(vectors.vectors, axis=1) > 0
    listed = [row for row in known if has_vector[row]]
    if not listed:
        return []
    is_term = np.zeros(len(vectors.words), bool)
    is_term[list(known)] = True
    similarity = vectors.vectors @ vectors.vectors[listed].T
    near = np.sort(similarity, axis=1)[:, -_NEIGHBOURS:].mean(1)
    chance = _probabilities(vectors.vectors, is_term) if not is_term.all() else near * 0
    frequent = np.log(np.maximum(vectors.counts, 1))
    scores = near + _SHARE_OF_CLASSIFIER * chance + _SHARE_OF_COUNT * frequent
    scores /= 1 + _SHARE_OF_CLASSIFIER + _SHARE_OF_COUNT * frequent.max()
    nearest = similarity.argmax(1)
    never = (FUNCTION_WORDS | NEGATIONS) - set(map(normalised, proposable))
    never = never | set(map(normalised, left_out))
    chosen: list[Candidate] = []
    for row in np.argsort(-scores, kind="stable"):
        if len(chosen) == max_candidates:
            break
        word = vectors.words[row]
        if is_term[row] or not has_vector[row] or word in never or not _is_word(word):
            continue
        term = known[listed[nearest[row]]]
        chosen.append(_candidate(vectors, row, term, scores, similarity[row, nearest[row]]))
    return chosen


def _candidate(
    vectors: WordVectors, row: int, term: Term, scores: np.ndarray, similarity: float
) -> Candidate:
    return Candidate(
        word=vectors.words[row],
        group=term.group,
        category=term.category,
        score=float(scores[row]),
        nearest=term.text,
        similarity=float(similarity),
        num_texts=int(vectors.counts[row]),
    )


def _is_word(word: str) -> bool:
    return len(word) > 1 and all(part.isalpha() for part in word.replace("'", "-").split("-"))


def _probabilities(vectors: np.ndarray, is_term: np.ndarray) -> np.ndarray:
    """What a logistic regression with balanced classes makes of each row, by Newton's method."""
    design = np.hstack([vectors, np.ones((len(vectors), 1))])
    share = is_term.mean()
    weight = np.where(is_term, 0.5 / share, 0.5 / (1 - share))
    penalty = np.full(design.shape[1], _PENALTY)
    penalty[-1] = 1e-6  # the intercept is free
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = _sigmoid(design @ beta)
        gradient = design.T @ (weight * (p - is_term)) + penalty * beta
        curvature = weight * p * (1 - p) + 1e-9
        hessian = (design * curvature[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-9:
            break
    return _sigmoid(design @ beta)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * values))


def seeds_by_group(vectors: WordVectors, terms: TermList) -> dict[tuple[str, str], list[str]]:
    """(category, group) -> its listed terms that have a vector."""
    has_vector = np.linalg.norm(vectors.vectors, axis=1) > 0
    position = {word for word, has in zip(vectors.words, has_vector, strict=True) if has}
    seeds: dict[tuple[str, str], list[str]] = {}
    for term in terms.terms:
        of_group = seeds.setdefault((term.category, term.group), [])
        if normalised(term.text) in position:
            of_group.append(term.text)
    return seeds


def with_candidates(terms: TermList, chosen: Sequence[Candidate]) -> TermList:
    """The list with candidates behind it; those have no swap."""
    known = terms.by_text
    added = tuple(
        Term(each.word, each.group, each.category, sources="expanded")
        for each in chosen
        if normalised(each.word) not in known
    )
    return dataclasses.replace(terms, terms=(*terms.terms, *added))
