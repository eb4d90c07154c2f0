"""Every remedy on real text, judged on trained and withheld terms, on controls, and by its price.

    python -m benchmarks.remediation.remedies [--data FOLDER] [--dev] [davidson cad edos]

Each seed divides the word families of the built-in list `identity` anew into terms that are
known and terms that are withheld. Remedies know the first alone: they train on pairs that
remove them, mask them, or average over a text and the text without them. Flips are those
of the test split's pairs that remove known terms, withheld terms, and other words in the place
of known terms (controls), at the threshold where the model is positive on all texts as often
as the baseline at 0.5. Losses, weights and rates are those of `remediation_price.py`, chosen on
the development split.

"longer list": the list with 100 candidates of `fairflip terms expand` behind it, of which a
reader kept those that name an identity (those of `identity`). "unread": with all 100. "placebo":
with 100 words of like frequency in their place. "controls": control pairs trained on with
weight 1. Pairs are aligned, each once an epoch. Prints a Markdown table for each data set, mean
over seeds with the smallest and largest. Runs are kept in build/remedies/ and not repeated.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.real_text import ROOT, data_folder, evaluation_split, flags_of, splits_of
from benchmarks.remediation.price import DATA_SETS, baseline_of
from fairflip.metrics.flips.decisions import flips, is_positive, share
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.flips.ranking import roc_auc
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.protos.config_pb2 import GeneratorSpec, RemediationSpec
from fairflip.text.ablation import Ablation
from fairflip.text.expansion.candidates import candidates, with_candidates
from fairflip.text.expansion.vectors import word_vectors
from fairflip.text.substitution import Substitution
from fairflip.text.terms import Term, TermList, normalised

WORK = ROOT / "build" / "remedies"
SEEDS = (0, 1, 2)
NUM_CANDIDATES = 100
#: Whose stem is not that of the singular.
_IRREGULAR = {"men": "man", "women": "woman", "wives": "wife"}
COLUMNS = ("trained", "withheld", "controls", "auc", "calls", "seconds")
TRAINED = {
    "plain": {},
    "clp": {},
    "clp, controls": {"control_weights": [1.0]},
    "clp, longer list": {},
    "clp, longer list, controls": {"control_weights": [1.0]},
    "clp, unread list": {},
    "clp, placebo": {},
}
#: Of these the figures are known from one data set, and not asked of the others.
ONCE = {"davidson": ("clp, unread list", "clp, placebo")}


@functools.cache
def tables_of(name: str) -> dict[str, pa.Table]:
    """The examples of both splits."""
    return splits_of(DATA_SETS[name].file)


@functools.cache
def texts_of(name: str, split: str) -> tuple[str, ...]:
    """The texts of a split."""
    return tuple(tables_of(name)[split]["comment_text"].to_pylist())


@functools.cache
def vectors_of(name: str) -> Any:
    """Word vectors of the training texts."""
    return word_vectors(texts_of(name, "train"))


def divided(terms: TermList, seed: int) -> tuple[TermList, TermList]:
    """The list in two, every word family on one side: those of one beginning."""
    families = [_family(term.text) for term in terms.terms]
    names = sorted(set(families))
    is_known = dict(zip(names, np.random.default_rng(seed).random(len(names)) < 0.5, strict=True))
    parts = [
        tuple(t for t, f in zip(terms.terms, families, strict=True) if is_known[f] == side)
        for side in (True, False)
    ]
    return tuple(dataclasses.replace(terms, terms=part) for part in parts)


def _family(text: str) -> str:
    last = normalised(text).split()[-1].split("-")[-1]
    return _IRREGULAR.get(last, last)[:4]


def longer(name: str, known: TermList, is_read: bool = True) -> TermList:
    """The known terms with candidates behind them; withheld ones may be among these.

    Args:
        name: The data set.
        known: The list.
        is_read: Whether somebody struck out what names no identity.
    """
    identity = load_terms("identity")
    everything = [term.text for term in identity.terms]
    proposed = candidates(
        vectors_of(name), known, proposable=everything, max_candidates=NUM_CANDIDATES
    )
    chosen = [one for one in proposed if not is_read or normalised(one.word) in identity.by_text]
    return with_candidates(known, chosen)


def placebo(name: str, known: TermList, seed: int) -> TermList:
    """The known terms with words behind them that are as frequent as the candidates."""
    vectors, generator = vectors_of(name), np.random.default_rng(seed)
    listed = {normalised(term.text) for term in load_terms("identity").terms}
    free = [i for i, word in enumerate(vectors.words) if word not in listed and word.isalpha()]
    octaves = np.log2(vectors.counts[free])
    drawn: dict[str, Term] = {}
    for term in longer(name, known, is_read=False).terms[len(known) :]:
        wanted = np.log2(vectors.counts[vectors.position()[term.text]])
        order = np.argsort(np.abs(octaves - wanted) + 0.1 * generator.random(len(free)))
        word = next(w for w in (vectors.words[free[i]] for i in order) if w not in drawn)
        drawn[word] = Term(word)
    return dataclasses.replace(known, terms=(*known.terms, *drawn.values()))


def removed(texts: tuple[str, ...], terms: TermList) -> tuple[list[str], list[str]]:
    """Pairs: texts that hold a term, and the same without any."""
    made = Ablation(terms).generate(texts)
    left = [(t, m[0].text) for t, m in zip(texts, made, strict=True) if m and m[0].text.strip()]
    return [t for t, _ in left], [c for _, c in left]


@functools.cache
def control_pairs(name: str, seed: int) -> tuple[list[str], list[str]]:
    """Pairs that remove other words in the place of known terms, of the evaluated texts."""
    table = with_controls(name, evaluation_split(), seed)
    return table["comment_text"].to_pylist(), table["counterfactual.comment_text"].to_pylist()


def with_controls(name: str, split: str, seed: int) -> pa.Table:
    """The controls of a split's pairs of known terms, one a pair."""
    from fairflip.pipeline.generate.control_transforms import table_with_controls
    from fairflip.pipeline.pair.columns import PairColumns
    from fairflip.protos.edits import control_mask

    known, _ = divided(load_terms("identity"), seed)
    names = PairColumns(label="label")
    pairs = pair_table(name, split, known)
    both = [text for part in ("train", evaluation_split()) for text in texts_of(name, part)]
    table = table_with_controls(pairs, both, 1, GeneratorSpec(terms="identity"), names, seed)
    return table.filter(pa.array(control_mask(table)))


def pair_table(name: str, split: str, terms: TermList) -> pa.Table:
    """Pairs of a split that remove the terms of a list."""
    from fairflip.pipeline.generate.transforms import generate_table
    from fairflip.pipeline.pair.columns import PairColumns

    joined, _ = generate_table(tables_of(name)[split], Ablation(terms), PairColumns(label="label"))
    return joined.pairs


def measured(
    name: str, seed: int, score: Callable[[list[str]], np.ndarray], target: float | None
) -> dict[str, float]:
    """Flips at the matched threshold, and AUC, of a function from texts to scores."""
    known, withheld = divided(load_terms("identity"), seed)
    texts = texts_of(name, evaluation_split())
    labels = tables_of(name)[evaluation_split()]["label"].to_numpy()
    scores = score(list(texts))
    threshold = 0.5 if target is None else matched_threshold(scores, None, target, 0.5)
    figures = {"auc": roc_auc(scores, labels), "positive": share(is_positive(scores, 0.5))}
    for column, (originals, changed) in {
        "trained": removed(texts, known),
        "withheld": removed(texts, withheld),
        "controls": control_pairs(name, seed),
    }.items():
        figures[column] = share(flips(score(originals), score(changed), threshold))
        figures[f"num_{column}"] = len(originals)
    return figures


def kept_figures(name: str, remedy: str, seed: int, make: Callable[[], dict[str, float]]) -> dict:
    """The figures of a remedy, from the work folder if they are there."""
    path = WORK / evaluation_split() / name / f"{remedy.replace(', ', '_')}_{seed}.json"
    if not path.exists():
        started = time.monotonic()
        figures = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures) + "\n")
        print(f"  {name} {remedy} {seed}: {time.monotonic() - started:.0f} s", flush=True)
    return json.loads(path.read_text())


def trained(name: str, remedy: str, seed: int, target: float) -> dict[str, float]:
    """Retrains the baseline with a remedy and measures it."""
    from fairflip.remediation.training import model_inputs
    from fairflip.remediation.training.step import remediate
    from fairflip.remediation.training.tables import training_data_from_tables

    known, _ = divided(load_terms("identity"), seed)
    terms = known
    if "longer" in remedy or "unread" in remedy:
        terms = longer(name, known, is_read="longer" in remedy)
    elif "placebo" in remedy:
        terms = placebo(name, known, seed)
    data = DATA_SETS[name]
    spec = RemediationSpec()
    spec.CopyFrom(data.spec)
    spec.pairing = "aligned"
    spec.MergeFrom(RemediationSpec(**TRAINED[remedy]))
    spec.technique = remedy.split(",")[0]
    if spec.technique == "clp":
        spec.loss = data.floor[0]
        spec.loss_weights.append(data.floor[1])
    controls = with_controls(name, "train", seed) if "controls" in remedy else None
    result = remediate(
        spec,
        training_data_from_tables(
            tables_of(name)["train"],
            pair_table(name, "train", terms),
            controls=controls,
            label_feature="label",
        ),
        baseline_of(name),
        seed=seed,
    )
    figures = measured(name, seed, lambda t: _score(model_inputs, result.model, t), target)
    return {**figures, "calls": 1.0, "seconds": result.seconds}


def _score(model_inputs: Any, model: Any, texts: list[str]) -> np.ndarray:
    return np.asarray(model_inputs.score(model, np.array(texts, object)), np.float64)


def figures_of(name: str, seed: int) -> dict[str, dict[str, float]]:
    """The figures of every remedy with one division of the list."""
    from fairflip.remediation.sweep.at_inference import calls_per_text, mean_scores
    from fairflip.remediation.training import model_inputs

    baseline = baseline_of(name)
    known, _ = divided(load_terms("identity"), seed)

    def score(texts: Any) -> np.ndarray:
        return _score(model_inputs, baseline, list(texts))

    rows = {
        "baseline": kept_figures(name, "baseline", seed, lambda: measured(name, seed, score, None))
    }
    target = rows["baseline"]["positive"]
    lists = {
        "": known,
        ", longer list": longer(name, known),
        ", unread list": longer(name, known, is_read=False),
    }
    for title, terms in lists.items():
        without = Ablation(terms)
        swaps = Substitution(known)

        def blind(texts: Any, without: Ablation = without) -> list[list[str]]:
            made = without.generate(texts)
            return [[m[0].text if m else t] for t, m in zip(texts, made, strict=True)]

        def mean(texts: Any, without: Ablation = without) -> list[list[str]]:
            made = without.generate(texts)
            return [
                [t, *(c.text for c in m if c.text.strip())]
                for t, m in zip(texts, made, strict=True)
            ]

        def swapped(texts: Any, swaps: Substitution = swaps) -> list[list[str]]:
            made = swaps.generate(texts)
            return [[t, *(c.text for c in m[:4])] for t, m in zip(texts, made, strict=True)]

        ways = {"blindness": blind, "averaging": mean}
        if not title:
            ways["averaging over swaps"] = swapped
        for way, asked in ways.items():

            def make(asked: Any = asked) -> dict[str, float]:
                figures = measured(name, seed, lambda t: mean_scores(score, asked, t), target)
                texts = np.array(texts_of(name, evaluation_split()), object)
                return {**figures, "calls": calls_per_text(asked, texts), "seconds": 0.0}

            rows[way + title] = kept_figures(name, way + title, seed, make)
    for remedy in TRAINED:
        if any(remedy in once and name != owner for owner, once in ONCE.items()):
            continue
        rows[remedy] = kept_figures(
            name, remedy, seed, lambda remedy=remedy: trained(name, remedy, seed, target)
        )
    return rows


def table_of(by_seed: list[dict[str, dict[str, float]]]) -> str:
    """A Markdown table: mean over seeds, with the smallest and the largest."""
    lines = ["| remedy | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for remedy in by_seed[0]:
        cells = []
        for column in COLUMNS:
            values = [rows[remedy].get(column, float("nan")) for rows in by_seed]
            digits = {"calls": 2, "seconds": 0}.get(column, 4)
            text = f"{np.mean(values):.{digits}f}"
            if column not in ("calls", "seconds") and max(values) > min(values):
                text += f" ({min(values):.{digits}f}–{max(values):.{digits}f})"
            cells.append("–" if np.isnan(values).any() else text)
        lines.append(f"| {remedy} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Prints a table for each data set."""
    flags = flags_of(__doc__.splitlines()[0], "davidson, cad, edos")
    if not data_folder().is_dir():
        print("the data is not there; give --data FOLDER")
        return
    for name in flags.names or ["davidson", "cad", "edos"]:
        by_seed = [figures_of(name, seed) for seed in SEEDS]
        sizes = by_seed[0]["baseline"]
        print(
            f"\n{name}, {evaluation_split()} split, seeds {', '.join(map(str, SEEDS))}; "
            f"{sizes['num_trained']:,}, {sizes['num_withheld']:,} and {sizes['num_controls']:,} "
            f"pairs with seed {SEEDS[0]}\n\n{table_of(by_seed)}"
        )


if __name__ == "__main__":
    main()
