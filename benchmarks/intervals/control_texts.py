"""Real texts with their identity pairs, controls and a bag-of-words classifier.

What `controls.py` measures on: the scores of every model that it looks at are products of
one sparse matrix with another column of weights, so that hundreds of models cost little
more than one.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

from benchmarks.real_text import ROOT, evaluation_split, splits_of
from fairflip.metrics.intervals.excess_sums import ExcessSums
from fairflip.pipeline.generate.term_lists import IDENTITY_LISTS, load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.controls.draw import ControlDrawer
from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.word_classes import FUNCTION_WORDS, NEGATIONS
from fairflip.text.substitution import Substitution
from fairflip.text.terms import Term, TermList, normalised

Floats = npt.NDArray[np.float64]
EDITS = {"ablation": Ablation, "substitution": Substitution}
DATA_SETS = ("edos_sexism", "cad_reddit_abuse", "davidson_tweets")
LISTS = ("identity", "clp_tutorial")
WORK = ROOT / "build" / "controls"


@functools.cache
def built_in_lists() -> tuple[TermList, ...]:
    """The lists whose words are never controls."""
    return tuple(load_terms(name) for name in IDENTITY_LISTS)


@dataclasses.dataclass(frozen=True)
class Classifier:
    """Word counts, TF-IDF, a logistic regression; `weights` [V] may be exchanged."""

    counter: CountVectorizer
    tfidf: TfidfTransformer
    weights: Floats
    intercept: float

    @classmethod
    def trained(cls, path: pathlib.Path, texts: Sequence[str], labels: Sequence) -> Classifier:
        """From a file if it is there, else trained on texts and kept there."""
        if not path.exists():
            counter = CountVectorizer(min_df=2)
            counts = counter.fit_transform(texts)
            tfidf = TfidfTransformer().fit(counts)
            fitted = LogisticRegression(C=10.0, max_iter=1000).fit(tfidf.transform(counts), labels)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"part.{path.name}")
            words = np.array(counter.get_feature_names_out(), str)
            fields = {"words": words, "idf": tfidf.idf_, "weights": fitted.coef_[0]}
            np.savez(part, intercept=fitted.intercept_, **fields)
            part.replace(path)
        with np.load(path) as saved:
            counter = CountVectorizer(vocabulary=saved["words"].tolist())
            tfidf = TfidfTransformer()
            tfidf.idf_ = saved["idf"]
            return cls(counter, tfidf, saved["weights"], float(saved["intercept"][0]))

    def features(self, texts: Sequence[str], hidden: npt.NDArray[np.intp] | None = None):
        """The texts as a sparse matrix; columns of `hidden` words are empty."""
        counts = self.counter.transform(texts)
        if hidden is not None:
            seen = np.ones(counts.shape[1])
            seen[hidden] = 0
            counts = counts @ sp.diags(seen)
        return self.tfidf.transform(counts)


@dataclasses.dataclass(frozen=True)
class Corpus:
    """One data set: texts to look at, how frequent its words are, and a classifier."""

    name: str
    ids: list[str]
    texts: list[str]  # of the evaluation split
    frequencies: DocumentFrequencies  # of all texts
    classifier: Classifier

    @classmethod
    @functools.cache
    def load(cls, name: str, max_texts: int | None = None) -> Corpus:
        """Reads a data set; its classifier is trained once and kept in build/controls/."""
        if max_texts is not None:
            whole = cls.load(name)
            few = {"ids": whole.ids[:max_texts], "texts": whole.texts[:max_texts]}
            return dataclasses.replace(whole, **few)
        train, test = splits_of(f"{name}.parquet").values()
        texts, labels = train["comment_text"].to_pylist(), train["label"].to_pylist()
        looked_at = test["comment_text"].to_pylist()
        frequencies = DocumentFrequencies.zero().plus_texts(texts + looked_at)
        path = WORK / f"{name}_{evaluation_split()}.npz"
        classifier = Classifier.trained(path, texts, labels)
        return cls(name, test["example_id"].to_pylist(), looked_at, frequencies, classifier)


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Identity pairs and their controls, as texts and as what the sums need."""

    originals: list[str]
    changed: list[str]
    controls: list[str]
    original_of: npt.NDArray[np.intp]  # [N] the original's number
    terms: list[tuple[str, ...]]  # [N]
    edits: list[tuple[str, ...]]  # [N]
    pair_of: npt.NDArray[np.intp]  # [M]
    words: list[tuple[str, ...]]  # [M]

    def features(self, corpus: Corpus, hidden: npt.NDArray[np.intp] | None = None):
        """The sparse matrices of originals [N, V], changed [N, V] and controls [M, V]."""
        parts = (self.originals, self.changed, self.controls)
        originals, changed, controls = (corpus.classifier.features(t, hidden) for t in parts)
        return originals, changed, controls


def pairs_of(
    corpus: Corpus,
    terms: TermList,
    edit: str,
    drawer: Callable[..., ControlDrawer] = ControlDrawer,
    num_controls: int = 2,
    seed: int = 0,
) -> Pairs:
    """The pairs of a term list, with controls that are in no built-in list nor in this one."""
    draw = drawer(corpus.frequencies, [*built_in_lists(), terms], num_controls, seed).draw
    made = Pairs([], [], [], np.empty(0), [], [], np.empty(0), [])
    original_of, pair_of = [], []
    generated = EDITS[edit](terms).generate(corpus.texts)
    for number, (text, candidates) in enumerate(zip(corpus.texts, generated, strict=True)):
        changed = list(dict.fromkeys(c.text for c in candidates if c.text.strip()))
        changed = [other for other in changed if other != text]
        if not changed:
            continue
        terms_of = {candidate.text: candidate.terms for candidate in candidates}
        keyed = [(other, str(key)) for key, other in enumerate(changed)]
        for other, drawn in zip(changed, draw(text, keyed, corpus.ids[number]), strict=True):
            for control in drawn.controls:
                pair_of.append(len(made.changed))
                made.controls.append(control.text)
                made.words.append(control.keys)
            original_of.append(number)
            made.originals.append(text)
            made.changed.append(other)
            made.terms.append(terms_of[other])
            made.edits.append(tuple(edit.key for edit in drawn.edits))
    return dataclasses.replace(
        made, original_of=np.array(original_of, np.intp), pair_of=np.array(pair_of, np.intp)
    )


def sums_of(
    pairs: Pairs, originals: Floats, changed: Floats, controls: Floats, thresholds: Floats
) -> ExcessSums:
    """The sums of flips of models [., T] at one threshold each [T]."""
    flips = (originals > thresholds) != (changed > thresholds)
    control_flips = (originals > thresholds)[pairs.pair_of] != (controls > thresholds)
    return ExcessSums.count(
        pairs.original_of,
        flips,
        pairs.terms,
        pairs.pair_of,
        control_flips,
        pairs.words,
        edits=pairs.edits,
    )


def random_lists(corpus: Corpus, list_name: str, draws: int, seed: int = 0) -> Iterator[TermList]:
    """Lists of other words in the place of a list's terms, with swaps alike.

    A word for a term is drawn as a control of it is: of its class, with weight exp(-d^2 / 2)
    for d octaves between their document frequencies. With words of half an octave alone the
    few most frequent ones would stand in every list: there are seven as frequent as "she" in
    the posts about sexism, and what is peculiar to seven words is no property of controls.
    """
    terms = load_terms(list_name)
    barred = {normalised(term.text) for name in LISTS for term in load_terms(name).terms}
    frequencies = corpus.frequencies
    words: dict[bool, list[str]] = {False: [], True: []}
    for word, count in sorted(frequencies.standing.items()):
        if 2 * count >= frequencies.counts[word] and word not in barred | NEGATIONS:
            words[word in FUNCTION_WORDS].append(word)
    octaves = {kind: np.array([*map(frequencies.octave, some)]) for kind, some in words.items()}
    present = [term for term in terms.terms if normalised(term.text) in frequencies.counts]
    weights = {}
    for text in [normalised(term.text) for term in present]:
        of_class = octaves[text in FUNCTION_WORDS]
        weights[text] = np.exp(-0.5 * (of_class - frequencies.octave(text)) ** 2)
    chance = np.random.default_rng(seed)
    for number in range(draws):
        stands_for: dict[str, str] = {}
        used: set[str] = set()
        for text, likely in weights.items():
            of_class = words[text in FUNCTION_WORDS]
            sums = np.cumsum(likely)
            word = ""
            while not word or word in used:
                word = of_class[int(np.searchsorted(sums, chance.random() * sums[-1], "right"))]
            stands_for[text] = word
            used.add(word)
        rows = []
        for term in present:
            word = stands_for[normalised(term.text)]
            swaps = [stands_for.get(normalised(swap)) for swap in term.swaps]
            swaps = tuple(swap for swap in swaps if swap and swap != word)
            rows.append(Term(word, term.group, term.category, swaps))
        yield TermList(f"random {number}", tuple(rows))
