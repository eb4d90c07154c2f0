"""Do controls and both intervals of the excess keep what docs/flips.md says of them?

    python benchmarks/controls.py [--quick | --same_group] [--data FOLDER]

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
import dataclasses
import itertools
import os
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from control_texts import (
    DATA_SETS,
    EDITS,
    Corpus,
    Floats,
    Pairs,
    built_in_lists,
    pairs_of,
    sums_of,
)
from real_text import at_least, at_most

from fairflip.metrics.intervals.excess import ExcessEstimate, excess_rate
from fairflip.metrics.intervals.excess_sums import ExcessSums, KeyedSums
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.controls.draw import ControlDrawer, Options
from fairflip.text.controls.word_classes import FUNCTION_WORDS, NEGATIONS
from fairflip.text.terms import Term, TermList, normalised

LISTS = ("identity", "clp_tutorial")
MIN_WORDS_IN_BIN = 32
PLANTED_LOGIT = 1.0
ORIGINALS_DRAWN = 300


def permuted_weights(corpus: Corpus, draws: int, seed: int = 0) -> Floats:
    """[V, draws] weights exchanged among words of like document frequency.

    A listed word gets the weight of another word that is not listed: then identity words
    are like any others, and no other word has got a weight that identity words had.
    """
    classifier = corpus.classifier
    words = classifier.counter.get_feature_names_out()
    octaves = np.floor(np.array([corpus.frequencies.octave(word) for word in words]))
    octaves = np.minimum(octaves, np.sort(octaves)[-MIN_WORDS_IN_BIN])
    listed = np.isin(words, [normalised(text) for name in LISTS for text in _texts_of(name)])
    chance = np.random.default_rng(seed)
    weights = np.empty((len(words), draws))
    for octave in np.unique(octaves):
        rows = np.flatnonzero(octaves == octave)
        others = classifier.weights[rows[~listed[rows]]]
        for draw in range(draws):
            weights[rows[~listed[rows]], draw] = chance.permutation(others)
            weights[rows[listed[rows]], draw] = chance.choice(others, listed[rows].sum())
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

    def _options(self, edit, candidates, own):
        both = itertools.chain(*candidates.of(edit.num_places, False))
        words = [word for word, _ in both if word not in own]
        return Options(words, [1.0] * len(words), list(range(1, len(words) + 1)))


def masked_model(corpus: Corpus, pairs: Pairs, list_name: str) -> ExcessSums:
    """Flips of the real classifier when it does not see the words of the list."""
    counter = corpus.classifier.counter
    seen = itertools.chain.from_iterable(map(counter.build_analyzer(), _texts_of(list_name)))
    hidden = [number for word in set(seen) if (number := counter.vocabulary_.get(word)) is not None]
    features = pairs.features(corpus, np.array(hidden, np.intp))
    weights = corpus.classifier.weights[:, None]
    scores = [f @ weights + corpus.classifier.intercept for f in features]
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
    for word, count in sorted(frequencies.standing.items()):
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
    clusters = KeyedSums(np.arange(len(weights)), weights, values)
    return dataclasses.replace(ExcessSums.zero(), clusters=clusters)


def broken_rules(corpus: Corpus, pairs: Pairs, list_name: str, edit: str) -> int:
    """Controls that edit a listed word or a negation, leave nothing, or depend on the order."""
    listed = {normalised(t.text) for terms in built_in_lists() for t in terms.terms}
    broken = sum(not text.strip() for text in pairs.controls)
    for words in pairs.words:
        edited = set(itertools.chain.from_iterable(word.split("↔") for word in words))
        broken += bool(edited & (listed | NEGATIONS))
    order = np.random.default_rng(0).permutation(len(corpus.texts))
    ids, texts = (np.array(column, object)[order].tolist() for column in (corpus.ids, corpus.texts))
    again = pairs_of(dataclasses.replace(corpus, ids=ids, texts=texts), load_terms(list_name), edit)
    return (
        broken
        + abs(len(again.controls) - len(pairs.controls))
        + sum((collections.Counter(again.controls) - collections.Counter(pairs.controls)).values())
    )


def claims(estimate: ExcessEstimate) -> tuple[float, float]:
    """Shares of draws that interval B calls unlike 0, and above 0."""
    more, less = estimate.over_words_lower > 0, estimate.over_words_upper < 0
    return float(np.mean(more | less)), float(np.mean(more))


class Worst:
    """The worst figure of each kind."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    def at_most(self, name: str, value: float) -> None:
        """Takes a figure that has a ceiling."""
        self.figures[name] = max(self.figures.get(name, value), value)

    def at_least(self, name: str, value: float) -> None:
        """Takes a figure that has a floor."""
        self.figures[name] = min(self.figures.get(name, value), value)


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is looked at."""

    data_sets: tuple[str, ...] = DATA_SETS
    lists: tuple[str, ...] = LISTS
    max_texts: int | None = None
    draws: int = 1000  # of permuted weights
    random_lists: int = 200  # of the shorter list, on `list_texts` texts
    list_texts: int = 1500
    list_bias: float = 0.004  # with few lists, chance alone makes more
    list_wrong: float = 0.10
    samples: int = 2000  # of 300 originals


QUICK = Size(DATA_SETS[:1], LISTS[1:], 2000, 500, 5, 600, 0.05, 0.4, 1000)


def look_at(worst: Worst, size: Size, name: str, list_name: str, edit: str) -> None:
    """Adds the figures of one data set, list and edit."""
    corpus = Corpus.load(name, size.max_texts)
    terms = load_terms(list_name)
    pairs = pairs_of(corpus, terms, edit)
    null = null_estimate(corpus, pairs, size.draws)
    two_sided, more = claims(null)
    worst.at_most(f"bias {edit}", abs(float(null.value.mean())))
    worst.at_most("two-sided", two_sided)
    worst.at_most("more", more)
    covered = coverage_of_terms(corpus, pairs, size.samples)
    worst.at_most("most covered", covered)
    worst.at_least("least covered", covered)
    worst.at_most("broken", broken_rules(corpus, pairs, list_name, edit))
    note = f"null {null.value.mean():+.4f}, B {two_sided:.3f} {more:.3f}, A covers {covered:.3f}"
    if edit == "ablation" and len(np.unique(pairs.original_of)) >= 1000:
        _, power = claims(planted_estimate(corpus, pairs, size.draws))
        worst.at_least("power", power)
        note += f", power {power:.2f}"
    if edit == "ablation":
        masked = excess_rate(masked_model(corpus, pairs, list_name))
        worst.at_most("masked flips", float(masked.identity[0]))
        worst.at_most("masked excess", abs(float(masked.value[0] + masked.control[0])))
        worst.at_most("masked more", float(masked.lower[0] > 0))
    if name == "edos_sexism":
        unmatched = pairs_of(corpus, terms, edit, UnmatchedDrawer)
        seen = float(null_estimate(corpus, unmatched, size.draws).value.mean())
        if edit == "ablation":
            # Where words are replaced, that of the word and that of its replacement may cancel.
            worst.at_most("unmatched", seen)
        note += f", random words {seen:+.4f}"
    if list_name == LISTS[-1]:
        few = Corpus.load(name, size.list_texts)
        others = random_list_estimates(few, list_name, edit, size.random_lists)
        bias = float(np.mean([estimate.value for estimate in others]))
        wrong = float(np.mean([claims(estimate)[0] for estimate in others]))
        worst.at_most("bias of lists", abs(bias))
        worst.at_most("wrong of lists", wrong)
        note += f", lists {bias:+.4f} {wrong:.3f}"
    print(f"{name} {list_name} {edit}: {note}", file=sys.stderr, flush=True)


def table(size: Size) -> list[dict[str, Any]]:
    """Each case with its bound, its worst figure and whether it holds."""
    worst = Worst()
    for name, list_name, edit in itertools.product(size.data_sets, size.lists, EDITS):
        look_at(worst, size, name, list_name, edit)
    at, lists = worst.figures, f"{size.random_lists} random lists, real model"
    return [
        at_most("controls: permuted weights, ablation, mean excess", at["bias ablation"], 0.003),
        at_most("controls: permuted weights, swaps, mean excess", at["bias substitution"], 0.005),
        at_most("controls: permuted weights, B unlike 0", at["two-sided"], 0.12),
        at_most("controls: permuted weights, B claims more", at["more"], 0.09),
        at_least("controls: least coverage of A, 300 originals", at["least covered"], 0.93),
        at_most("controls: most coverage of A, 300 originals", at["most covered"], 0.97),
        at_most(f"controls: {lists}, mean excess", at["bias of lists"], size.list_bias),
        at_most(f"controls: {lists}, B unlike 0", at["wrong of lists"], size.list_wrong),
        at_most("controls: random words as controls, ablation", at["unmatched"], -0.005),
        at_most("controls: masked model, identity flips", at["masked flips"], 0.001),
        at_most("controls: masked model, excess + control rate", at["masked excess"], 0.001),
        at_most("controls: masked model, claims of more", at["masked more"], 0.0),
        at_least("controls: one planted logit, B claims more", at["power"], 0.65),
        at_most("controls: edits that break a rule", at["broken"], 0.0),
    ]


def print_same_group_swaps() -> None:
    """How many swaps have one within their group, and how often the real model flips on both."""
    for name, list_name in itertools.product(DATA_SETS, LISTS):
        corpus, terms = Corpus.load(name), load_terms(list_name)
        draw = ControlDrawer(corpus.frequencies, [terms, *built_in_lists()]).draw
        num_pairs, sides = 0, [[], [], []]
        generated = EDITS["substitution"](terms).generate(corpus.texts)
        for text, id, candidates in zip(corpus.texts, corpus.ids, generated, strict=True):
            keyed = [(c.text, str(key)) for key, c in enumerate(candidates) if c.text != text]
            for (other, _), drawn in zip(keyed, draw(text, keyed, id), strict=True):
                num_pairs += 1
                if drawn.same_group is not None:
                    for side, one in zip(sides, (text, other, drawn.same_group.text), strict=True):
                        side.append(one)
        classifier = corpus.classifier
        before, swapped, within = (
            classifier.features(side) @ classifier.weights + classifier.intercept > 0
            for side in sides
        )
        print(
            f"{name} {list_name}: {len(before) / num_pairs:.1%} of {num_pairs} swaps have one "
            f"within the group; of these the swap flips {np.mean(before != swapped):.1%}, that "
            f"within the group {np.mean(before != within):.1%}"
        )


def results() -> list[dict[str, Any]]:
    """The figures, for `run_all.py`."""
    return table(Size())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one data set, fewer draws")
    parser.add_argument("--same_group", action="store_true", help="swaps within one group alone")
    parser.add_argument("--data", help="folder of the data sets")
    flags = parser.parse_args()
    if flags.data:
        os.environ["FAIRFLIP_DATA"] = flags.data
    if flags.same_group:
        print_same_group_swaps()
        sys.exit()
    rows = table(QUICK if flags.quick else Size())
    width = max(len(row["name"]) for row in rows)
    print(f"{'case':<{width}}  bound     measured  holds")
    for row in rows:
        print(f"{row['name']:<{width}}  {row['bound']:<9} {row['value']:<9} {row['holds']}")
    sys.exit(0 if all(row["holds"] for row in rows) else 1)
