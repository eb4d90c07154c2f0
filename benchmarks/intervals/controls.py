"""Do controls and both intervals of the excess keep what docs/flips.md says of them?

    python -m benchmarks.intervals.controls [--quick | --same_group] [--data FOLDER] [DATA SET ...]

Prints a table of what was measured on each data set, list and edit, and one of cases with their
bounds. Figures are kept in build/controls/ and not measured again. Truth is known in each case:

* *permuted weights*: a classifier whose weights are exchanged among words of like document
  frequency. Identity words are then like any others, and the true excess is 0.
* *random lists*: the real classifier, and words of like frequency and class in the place of
  identity terms. Again 0 in the mean over lists, whose standard error stands beside it.
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
import hashlib
import itertools
import json
import os
import sys
from typing import Any

import numpy as np

from benchmarks.intervals.control_texts import (
    DATA_SETS,
    EDITS,
    LISTS,
    WORK,
    Corpus,
    Floats,
    Pairs,
    built_in_lists,
    pairs_of,
    random_lists,
    sums_of,
)
from benchmarks.real_text import at_least, at_most, evaluation_split
from fairflip.metrics.intervals.excess import ExcessEstimate, excess_rate
from fairflip.metrics.intervals.excess_sums import ExcessSums, KeyedSums
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.controls.draw import ControlDrawer, Options
from fairflip.text.controls.word_classes import NEGATIONS
from fairflip.text.terms import normalised

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
    """Flips of the real classifier when it sees no word of the list, nor any that pairs edit.

    The second are those of terms of several words, such as "people of color".
    """
    counter = corpus.classifier.counter
    edited = [word for edits in pairs.edits for edit in edits for word in edit.split("↔")]
    analyse = counter.build_analyzer()
    hidden = {word for text in [*_texts_of(list_name), *edited] for word in analyse(text)}
    columns = np.flatnonzero(np.isin(counter.get_feature_names_out(), sorted(hidden)))
    features = pairs.features(corpus, columns)
    weights = corpus.classifier.weights[:, None]
    scores = [f @ weights + corpus.classifier.intercept for f in features]
    return sums_of(pairs, *scores, np.zeros(1))


def _texts_of(list_name: str) -> list[str]:
    """Terms of one word: a longer one's words, such as "of color", are also others."""
    texts = [term.text for term in load_terms(list_name).terms]
    return [text for text in texts if " " not in text]


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


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is looked at."""

    data_sets: tuple[str, ...] = DATA_SETS
    lists: tuple[str, ...] = LISTS
    max_texts: int | None = None
    draws: int = 1000  # of permuted weights
    random_lists: int = 400  # of the shorter list, on `list_texts` texts
    list_texts: int = 1000
    list_bias: float = 0.004  # with few lists, chance alone makes more
    list_wrong: float = 0.10
    samples: int = 2000  # of 300 originals
    is_kept: bool = True  # in build/controls/


QUICK = Size(DATA_SETS[:1], LISTS[1:], 2000, 500, 5, 600, 0.05, 0.4, 1000, False)
Figures = dict[str, float]


def figures_of(size: Size, name: str, list_name: str, edit: str) -> Figures:
    """What is measured on one data set, list and edit, or was before."""
    how = dataclasses.replace(size, data_sets=(), lists=())
    digest = hashlib.sha256(repr(how).encode()).hexdigest()[:8]
    path = WORK / f"{name}_{evaluation_split()}_{list_name}_{edit}_{digest}.json"
    if size.is_kept and path.exists():
        return json.loads(path.read_text())
    figures = _measured(size, name, list_name, edit)
    if size.is_kept:
        part = path.with_name(f"part.{path.name}")
        part.write_text(json.dumps(figures))
        part.replace(path)
    return figures


def _measured(size: Size, name: str, list_name: str, edit: str) -> Figures:
    corpus = Corpus.load(name, size.max_texts)
    terms = load_terms(list_name)
    pairs = pairs_of(corpus, terms, edit)
    null = null_estimate(corpus, pairs, size.draws)
    two_sided, more = claims(null)
    figures = {
        "excess": float(null.value.mean()),
        "two-sided": two_sided,
        "more": more,
        "covered": coverage_of_terms(corpus, pairs, size.samples),
        "broken": float(broken_rules(corpus, pairs, list_name, edit)),
    }
    if edit == "ablation" and len(np.unique(pairs.original_of)) >= 1000:
        figures["power"] = claims(planted_estimate(corpus, pairs, size.draws))[1]
    if edit == "ablation":
        masked = excess_rate(masked_model(corpus, pairs, list_name))
        figures["masked flips"] = float(masked.identity[0])
        figures["masked excess"] = abs(float(masked.value[0] + masked.control[0]))
        figures["masked more"] = float(masked.lower[0] > 0)
    if name == "edos_sexism":
        unmatched = pairs_of(corpus, terms, edit, UnmatchedDrawer)
        figures["unmatched"] = float(null_estimate(corpus, unmatched, size.draws).value.mean())
    if list_name == LISTS[-1]:
        few = Corpus.load(name, size.list_texts)
        others = random_list_estimates(few, list_name, edit, size.random_lists)
        values = np.concatenate([estimate.value for estimate in others])
        figures["lists"] = float(values.mean())
        figures["lists error"] = float(values.std(ddof=1) / np.sqrt(len(values)))
        figures["wrong of lists"] = float(np.mean([claims(estimate)[0] for estimate in others]))
    return figures


#: Figures of one data set, list and edit, with their column's title.
COLUMNS = {
    "excess": "mean excess, weights exchanged",
    "two-sided": "B unlike 0",
    "more": "B claims more",
    "covered": "A covers, 300 originals",
    "power": "B claims a planted logit",
    "lists": "mean excess of random lists",
    "lists error": "its standard error",
    "wrong of lists": "B unlike 0 there",
    "unmatched": "controls that match nothing",
}
_SIGNED = ("excess", "lists", "unmatched")
_EDITED = {"ablation": "removed", "substitution": "swapped"}


def _cell(key: str, figure: float | None) -> str:
    if figure is None:
        return ""
    if key in _SIGNED:
        return f"{figure:+.4f}".replace("-", "\N{MINUS SIGN}")
    return f"{figure:.4f}" if key == "lists error" else f"{figure:.3f}"


def table(size: Size) -> list[dict[str, Any]]:
    """Each case with its bound, its worst figure and whether it holds; prints all figures."""
    cases = list(itertools.product(size.data_sets, size.lists, EDITS))
    print(f"| data, list, edit | {' | '.join(COLUMNS.values())} |")
    print(f"|---|{'---|' * len(COLUMNS)}")
    by_case: dict[tuple[str, ...], Figures] = {}
    for case in cases:
        by_case[case] = figures = figures_of(size, *case)
        cells = " | ".join(_cell(key, figures.get(key)) for key in COLUMNS)
        print(f"| {', '.join((*case[:2], _EDITED[case[2]]))} | {cells} |", flush=True)

    def all_of(key: str, edit: str = "") -> list[float]:
        return [f[key] for case, f in by_case.items() if key in f and edit in ("", case[2])]

    def largest(key: str, edit: str = "") -> float:
        return max(map(abs, all_of(key, edit)))

    lists = f"{size.random_lists} random lists, real model"
    # Where words are replaced, that of the word and that of its replacement may cancel.
    unmatched = max(all_of("unmatched", "ablation"), default=None)
    removed, swapped = largest("excess", "ablation"), largest("excess", "substitution")
    rows = [
        at_most("controls: permuted weights, ablation, mean excess", removed, 0.003),
        at_most("controls: permuted weights, swaps, mean excess", swapped, 0.005),
        at_most("controls: permuted weights, B unlike 0", largest("two-sided"), 0.12),
        at_most("controls: permuted weights, B claims more", largest("more"), 0.09),
        at_least("controls: least coverage of A, 300 originals", min(all_of("covered")), 0.93),
        at_most("controls: most coverage of A, 300 originals", largest("covered"), 0.97),
        at_most(f"controls: {lists}, mean excess", largest("lists"), size.list_bias),
        at_most(f"controls: {lists}, B unlike 0", largest("wrong of lists"), size.list_wrong),
        at_most("controls: masked model, identity flips", largest("masked flips"), 0.001),
        at_most("controls: masked model, excess + control rate", largest("masked excess"), 0.001),
        at_most("controls: masked model, claims of more", largest("masked more"), 0.0),
        at_most("controls: edits that break a rule", largest("broken"), 0.0),
    ]
    if unmatched is not None:
        rows.append(at_most("controls: random words as controls, ablation", unmatched, -0.005))
    if all_of("power"):
        power = min(all_of("power"))
        rows.append(at_least("controls: one planted logit, B claims more", power, 0.65))
    return rows


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
    parser.add_argument("data_sets", nargs="*", metavar="DATA SET", help=", ".join(DATA_SETS))
    parser.add_argument("--quick", action="store_true", help="one data set, fewer draws")
    parser.add_argument("--same_group", action="store_true", help="swaps within one group alone")
    parser.add_argument("--data", help="folder of the data sets")
    flags = parser.parse_args()
    if flags.data:
        os.environ["FAIRFLIP_DATA"] = flags.data
    if flags.same_group:
        print_same_group_swaps()
        sys.exit()
    full = dataclasses.replace(Size(), data_sets=tuple(flags.data_sets) or DATA_SETS)
    rows = table(QUICK if flags.quick else full)
    width = max(len(row["name"]) for row in rows)
    print(f"\n{'case':<{width}}  bound     measured  holds")
    for row in rows:
        print(f"{row['name']:<{width}}  {row['bound']:<9} {row['value']:<9} {row['holds']}")
    sys.exit(0 if all(row["holds"] for row in rows) else 1)
