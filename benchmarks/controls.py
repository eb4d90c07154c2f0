"""Do controls and both intervals of the excess keep what docs/flips.md says of them?

    python benchmarks/controls.py [--quick] [--data FOLDER]

Prints a table of cases with their bounds. Truth is known in each of them:

* *permuted weights*: a classifier whose weights are exchanged among words of like document
  frequency. Identity words are then like any others, and the true excess is 0.
* *random lists*: the real classifier, and words of like frequency and class in the place of
  identity terms. Again 0.
* *random-word control*: controls that match nothing. The excess must be seen to be wrong,
  or the first case could not see a bias.
* *masked model*: a classifier that does not see identity words.
* *planted*: permuted weights, and one logit added where a text holds an identity term.
* *coverage*: 300 originals drawn of those of the real classifier, whose excess is known.

Texts are real ones, in place; none is shown.
"""

from __future__ import annotations

import argparse
import collections
import functools
import itertools
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from control_texts import DATA_SETS, EDITS, Corpus, Floats, Pairs, pairs_of, sums_of
from real_text import at_least, at_most

from fairflip.metrics.excess import ExcessEstimate, excess_rate
from fairflip.metrics.excess_sums import ExcessSums
from fairflip.pipeline.term_lists import load_terms
from fairflip.text.controls import ControlDrawer
from fairflip.text.controls.word_classes import FUNCTION_WORDS, NEGATIONS
from fairflip.text.matcher import Matcher
from fairflip.text.terms import Term, TermList, normalised

LISTS = ("identity", "clp_tutorial")
MIN_WORDS_IN_BIN = 64
PLANTED_LOGIT = 1.0
ORIGINALS_DRAWN = 300


@functools.cache
def made_pairs(corpus_name: str, list_name: str, edit: str, max_texts: int | None) -> Pairs:
    return pairs_of(Corpus.load(corpus_name, max_texts), load_terms(list_name), edit)


def permuted_weights(corpus: Corpus, draws: int, seed: int = 0) -> Floats:
    """[V, draws] weights exchanged among words of like document frequency."""
    classifier = corpus.classifier
    words = classifier.counter.get_feature_names_out()
    octaves = np.floor(np.array([corpus.frequencies.octave(word) for word in words]))
    octaves = np.minimum(octaves, np.sort(octaves)[-MIN_WORDS_IN_BIN])
    chance = np.random.default_rng(seed)
    weights = np.empty((len(words), draws))
    for octave in np.unique(octaves):
        rows = np.flatnonzero(octaves == octave)
        for draw in range(draws):
            weights[rows, draw] = classifier.weights[chance.permutation(rows)]
    return weights


def _null_logits(corpus: Corpus, pairs: Pairs, weights: Floats) -> tuple[Floats, ...]:
    """Scores of originals, counterfactuals and controls, and thresholds at the real rate."""
    real = corpus.classifier.features(corpus.texts) @ corpus.classifier.weights
    rate = np.mean(real + corpus.classifier.intercept > 0)
    everything = corpus.classifier.features(corpus.texts) @ weights
    thresholds = np.quantile(everything, 1 - rate, axis=0)
    return (*(features @ weights for features in pairs.features(corpus)), thresholds)


def null_estimate(corpus: Corpus, pairs: Pairs, draws: int, seed: int = 0) -> ExcessEstimate:
    """The excess of each permuted classifier."""
    weights = permuted_weights(corpus, draws, seed)
    return excess_rate(sums_of(pairs, *_null_logits(corpus, pairs, weights)))


def planted_estimate(corpus: Corpus, pairs: Pairs, draws: int) -> ExcessEstimate:
    """As `null_estimate`, with a logit more for every text that holds an identity term."""
    weights = permuted_weights(corpus, draws, seed=1)
    originals, changed, controls, thresholds = _null_logits(corpus, pairs, weights)
    # Removal takes all terms away; controls leave them all.
    planted = (originals + PLANTED_LOGIT, changed, controls + PLANTED_LOGIT)
    return excess_rate(sums_of(pairs, *planted, thresholds))


class UnmatchedDrawer(ControlDrawer):
    """Draws any word of the text that occurs as often."""

    def _options(self, edit, reading, barred):
        return [(word, 1.0) for word, _ in super()._options(edit, reading, barred)] + [
            (word, 1.0)
            for word in reading.standing(edit.count)
            if self._known[word].may_be_edited and word not in barred
        ]


def masked_model(corpus: Corpus, pairs: Pairs, list_name: str) -> ExcessSums:
    """Flips of the real classifier when it does not see the words of the list."""
    counter = corpus.classifier.counter
    seen = itertools.chain.from_iterable(map(counter.build_analyzer(), _texts_of(list_name)))
    hidden = [number for word in set(seen) if (number := counter.vocabulary_.get(word)) is not None]
    features = pairs.features(corpus, np.array(hidden, np.intp))
    scores = (f @ corpus.classifier.weights[:, None] + corpus.classifier.intercept for f in features)
    return sums_of(pairs, *scores, np.zeros(1))


def _texts_of(list_name: str) -> list[str]:
    """Terms of one word: a longer one's words, such as "of color", are also others."""
    texts = [term.text for term in load_terms(list_name).terms]
    return [text for text in texts if " " not in text]


def random_lists(corpus: Corpus, list_name: str, draws: int) -> Iterator[TermList]:
    """Lists of other words as frequent as the terms, of their class, with swaps alike."""
    terms = load_terms(list_name)
    barred = {normalised(term.text) for name in LISTS for term in load_terms(name).terms}
    frequencies = corpus.frequencies
    vocabulary: dict[bool, list[tuple[float, str]]] = {False: [], True: []}
    for word, count in frequencies.standing.items():
        if 2 * count >= frequencies.counts[word] and word not in barred | NEGATIONS:
            vocabulary[word in FUNCTION_WORDS].append((frequencies.octave(word), word))
    present = [term for term in terms.terms if normalised(term.text) in frequencies.counts]
    chance = np.random.default_rng(0)
    for number in range(draws):
        stands_for: dict[str, str] = {}
        used: set[str] = set()
        for term in present:
            octave = frequencies.octave(normalised(term.text))
            words = vocabulary[normalised(term.text) in FUNCTION_WORDS]
            near = [w for o, w in words if abs(o - octave) <= 0.5 and w not in used]
            if near:
                stands_for[normalised(term.text)] = near[chance.integers(len(near))]
                used.add(stands_for[normalised(term.text)])
        rows = []
        for term in present:
            if (word := stands_for.get(normalised(term.text))) is None:
                continue
            swaps = [stands_for.get(normalised(swap)) for swap in term.swaps]
            swaps = tuple(swap for swap in swaps if swap and swap != word)
            rows.append(Term(word, term.group, term.category, swaps))
        yield TermList(f"random {number}", tuple(rows))


def random_list_estimates(
    corpus: Corpus, list_name: str, edit: str, draws: int
) -> list[ExcessEstimate]:
    """The excess of the real classifier for each random list."""
    estimates = []
    weights = corpus.classifier.weights[:, None]
    for terms in random_lists(corpus, list_name, draws):
        pairs = pairs_of(corpus, terms, edit)
        scores = [f @ weights + corpus.classifier.intercept for f in pairs.features(corpus)]
        estimates.append(excess_rate(sums_of(pairs, *scores, np.zeros(1))))
    return estimates


def coverage_of_terms(corpus: Corpus, pairs: Pairs, draws: int) -> float:
    """How often interval A of 300 originals holds the excess of all."""
    weights = corpus.classifier.weights[:, None]
    scores = [f @ weights + corpus.classifier.intercept for f in pairs.features(corpus)]
    clusters = sums_of(pairs, *scores, np.zeros(1)).clusters
    truth = np.diff(clusters.values.sum(axis=0), axis=0)[0] / -clusters.weights.sum()
    chance = np.random.default_rng(0)
    held = 0
    for _ in range(draws):
        rows = chance.integers(len(clusters.keys), size=ORIGINALS_DRAWN)
        estimate = excess_rate(_sums_of_clusters(clusters.weights[rows], clusters.values[rows]))
        held += bool(estimate.lower[0] <= truth[0] <= estimate.upper[0])
    return held / draws


def _sums_of_clusters(weights: Floats, values: Floats) -> ExcessSums:
    from fairflip.metrics.excess_sums import KeyedSums

    none = ExcessSums.zero()
    clusters = KeyedSums(np.arange(len(weights)), weights, values)
    return ExcessSums(len(weights), len(weights), 0, clusters, none.terms, none.words)


def claims(estimate: ExcessEstimate) -> tuple[float, float]:
    """Shares of draws that interval B calls unlike 0, and above 0."""
    more, less = estimate.over_words_lower > 0, estimate.over_words_upper < 0
    return float(np.mean(more | less)), float(np.mean(more))


def cases(quick: bool) -> Iterator[dict[str, Any]]:
    """Each case of the table; the worst figure where there are several."""
    names = DATA_SETS[:1] if quick else DATA_SETS
    lists = LISTS[1:] if quick else LISTS
    max_texts = 2000 if quick else None
    draws, list_draws, samples = (500, 6, 500) if quick else (500, 40, 2000)
    worst: dict[str, float] = collections.defaultdict(float)
    for name, list_name, edit in itertools.product(names, lists, EDITS):
        corpus = Corpus.load(name, max_texts)
        pairs = made_pairs(name, list_name, edit, max_texts)
        null = null_estimate(corpus, pairs, draws)
        two_sided, more = claims(null)
        excess = abs(float(null.value.mean()))
        _note(f"{name} {list_name} {edit}: null excess {null.value.mean():+.4f}, B {two_sided:.3f} {more:.3f}")
        worst[f"bias {edit}"] = max(worst[f"bias {edit}"], excess)
        worst["two-sided"] = max(worst["two-sided"], two_sided)
        worst["more"] = max(worst["more"], more)
        covered = coverage_of_terms(corpus, pairs, samples)
        _note(f"{name} {list_name} {edit}: coverage of A {covered:.3f}")
        worst["uncovered"] = max(worst["uncovered"], abs(covered - 0.95))
    yield at_most("permuted weights, ablation: mean excess", worst["bias ablation"], 0.003)
    yield at_most("permuted weights, substitution: mean excess", worst["bias substitution"], 0.005)
    yield at_most("permuted weights: B two-sided", worst["two-sided"], 0.12)
    yield at_most("permuted weights: B claims more", worst["more"], 0.09)
    yield at_most("A covers the model's excess, 300 originals: off .95", worst["uncovered"], 0.02)


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    start = time.time()
    for row in cases("--quick" in sys.argv):
        print(row)
    print(time.time() - start)
