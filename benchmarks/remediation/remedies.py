"""Every remedy on real text, judged on trained and withheld terms, on controls, and by its price.

    python -m benchmarks.remediation.remedies [--data FOLDER] [--dev] [davidson cad edos]

The built-in list `identity` is divided into known terms, withheld terms (other word families of
the same categories, divided anew with each seed) and the terms of unlisted categories
(`lists.UNLISTED`). Remedies know the first alone: they train on pairs that remove them, mask
them, or average over a text and the text without them. Columns:

trained, withheld, unlisted   flips of the test split's pairs that remove such terms
pooled                        flips of withheld terms in the test splits of all three sets
controls                      flips of pairs that remove other words in the place of known terms,
                              four a pair
excess                        trained - controls
auc, against                  AUC, and its distance from the better of baseline and plain
ece                           expected calibration error, 15 bins of equal width
tpr gap, fpr gap              of the worst group
calls, seconds                texts asked about a text; of training, on a busy machine

Flips and gaps are those at the threshold where the model is positive as often as the baseline at
0.5, on the texts they are of. Losses, weights and rates are those of `price.py` (`WEIGHT` of
sexism excepted), chosen on the development split.

"longer list": 100 candidates of `fairflip terms expand` behind the known terms, of which a reader
kept those that name an identity (those of `identity`, unlisted categories excepted). "MiniLM":
with the token vectors of all-MiniLM-L6-v2, where FAIRFLIP_MINILM_VECTORS names a folder that
`minilm_vectors.py` wrote. "unread": all 100. "placebo": as many words of like frequency.
"controls": control pairs trained on, with `CONTROL_WEIGHT`. Prints Markdown tables: mean over
seeds with the smallest and largest, then by how much flips change, then one of all data sets.
Runs are kept in build/remedies/ and not repeated. FAIRFLIP_SEEDS says how many seeds (5),
FAIRFLIP_REMEDIES which remedies ("clp;clp, longer list"; all), the column "seeds" of how
many a row is; a change is against the same seeds of the baseline and of plain training.
"""

from __future__ import annotations

import functools
import json
import math
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.real_text import ROOT, data_folder, evaluation_split, flags_of
from benchmarks.remediation import lists
from benchmarks.remediation.price import DATA_SETS, GROUPS, baseline_of
from fairflip.metrics.flips.decisions import flips, is_positive, share
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.flips.ranking import roc_auc
from fairflip.protos.config_pb2 import RemediationSpec
from fairflip.text.ablation import Ablation
from fairflip.text.terms import TermList

WORK = ROOT / "build" / "remedies"
NUM_SEEDS = int(os.environ.get("FAIRFLIP_SEEDS", "5"))
ALL_SETS = ("davidson", "cad", "edos")
RATES = ("trained", "withheld", "unlisted", "pooled", "controls", "excess")
COLUMNS = ("seeds", *RATES, "auc", "against", "ece", "tpr gap", "fpr gap", "calls", "seconds")
#: Of a pair. Measured are more than trained on: one alone is tens of flips in a test split.
CONTROLS_TRAINED, CONTROLS_MEASURED = 1, 4
#: Weights other than those of `price.py`.
WEIGHT = {"edos": 2.0}
#: Of control pairs, beside 1 for identity pairs, where it is not 1.
CONTROL_WEIGHT = {"davidson": 0.03}
TRAINED = ("plain", "clp", "clp, longer list", "clp, controls", "augmentation")
#: What the line on withheld families is judged by.
WITHHELD = {
    "cad": ("clp, longer list, MiniLM", "clp, unread list", "clp, placebo"),
    "edos": ("clp, longer list, MiniLM", "clp, placebo"),
    "davidson": (),
}

Score = Callable[[Sequence[str]], np.ndarray]


@functools.cache
def pool() -> tuple[str, ...]:
    """The texts of the evaluation splits of all sets, one behind the other."""
    return tuple(t for name in ALL_SETS for t in lists.texts_of(name, evaluation_split()))


@functools.cache
def pooled_pairs(seed: int) -> lists.Pairs:
    """Pairs of all evaluation splits that remove withheld terms."""
    of_sets = [lists.evaluated_pairs(name, seed, "withheld") for name in ALL_SETS]
    return [t for o, _ in of_sets for t in o], [t for _, c in of_sets for t in c]


def calibration_error(scores: np.ndarray, labels: np.ndarray, num_bins: int = 15) -> float:
    """Σ (share of a bin) |mean score − rate of positives|, over bins of equal width."""
    bins = np.minimum((scores * num_bins).astype(int), num_bins - 1)
    of_bins = [np.bincount(bins, v, num_bins) for v in (scores, labels.astype(float))]
    return float(np.abs(of_bins[0] - of_bins[1]).sum() / len(scores))


@functools.cache
def groups_of(name: str) -> dict[str, np.ndarray]:
    """The groups that texts of the evaluation split name, as masks."""
    from fairflip.remediation.training.data import in_group

    table = lists.tables_of(name)[evaluation_split()]
    masks = {}
    for feature in GROUPS:
        for value in sorted({v for row in table[feature].to_pylist() for v in row or ()}):
            masks[f"{feature}:{value}"] = in_group(table[feature], value)
    return masks


def measured(name: str, seed: int, score: Score, baseline: dict[str, float] | None) -> dict:
    """The figures of a function from texts to scores; None: it is the baseline itself."""
    from fairflip.remediation.sweep.score_metrics import worst_group_gaps

    split = evaluation_split()
    texts = lists.texts_of(name, split)
    labels = lists.tables_of(name)[split]["label"].to_numpy()
    of_text = dict(zip(pool(), score(pool()), strict=True))

    def scores(asked: Sequence[str]) -> np.ndarray:
        new = sorted({text for text in asked if text not in of_text})
        if new:
            of_text.update(zip(new, score(new), strict=True))
        return np.array([of_text[text] for text in asked])

    own, everywhere = scores(texts), scores(pool())
    thresholds = {
        key: matched_threshold(values, None, baseline[f"positive_{key}"], 0.5) if baseline else 0.5
        for key, values in (("own", own), ("pooled", everywhere))
    }
    figures = {
        "auc": roc_auc(own, labels),
        "ece": calibration_error(own, labels),
        "positive_own": share(is_positive(own, 0.5)),
        "positive_pooled": share(is_positive(everywhere, 0.5)),
    }
    gaps = worst_group_gaps(own, labels, groups_of(name), thresholds["own"])
    figures["tpr gap"], figures["fpr gap"] = gaps
    controls = lists.control_table(name, seed, split, CONTROLS_MEASURED)
    for key, (originals, changed) in {
        **{w: lists.evaluated_pairs(name, seed, w) for w in ("trained", "withheld", "unlisted")},
        "controls": (
            controls["comment_text"].to_pylist(),
            controls["counterfactual.comment_text"].to_pylist(),
        ),
        "pooled": pooled_pairs(seed),
    }.items():
        threshold = thresholds["pooled" if key == "pooled" else "own"]
        figures[key] = share(flips(scores(originals), scores(changed), threshold))
        figures[f"num_{key}"] = len(originals)
    figures["excess"] = figures["trained"] - figures["controls"]
    return figures


def kept_figures(name: str, remedy: str, seed: int, make: Callable[[], dict]) -> dict[str, float]:
    """The figures of a remedy, from the work folder if they are there."""
    path = WORK / evaluation_split() / name / f"{remedy.replace(', ', '_')}_{seed}.json"
    if not path.exists():
        started = time.monotonic()
        figures = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures) + "\n")
        print(f"  {name} {remedy} {seed}: {time.monotonic() - started:.0f} s", flush=True)
    return json.loads(path.read_text())


def list_for(name: str, remedy: str, seed: int) -> TermList:
    """The terms that a remedy knows."""
    if "placebo" in remedy:
        return lists.placebo(name, seed)
    if "list" in remedy and "full" not in remedy:
        return lists.longer(
            name, seed, is_read="unread" not in remedy, is_minilm="MiniLM" in remedy
        )
    return lists.divided(seed)[0]


def trained(name: str, remedy: str, seed: int, baseline: dict[str, float]) -> dict:
    """Retrains the baseline with a remedy and measures it."""
    from fairflip.remediation.training.step import remediate
    from fairflip.remediation.training.tables import training_data_from_tables

    data = DATA_SETS[name]
    spec = RemediationSpec()
    spec.CopyFrom(data.spec)
    spec.technique = remedy.split(",")[0]
    if spec.technique == "clp":
        spec.loss = data.floor[0]
        spec.loss_weights.append(WEIGHT.get(name, data.floor[1]))
    controls = None
    if "controls" in remedy:
        spec.control_weights.append(CONTROL_WEIGHT.get(name, 1.0))
        controls = lists.control_table(name, seed, "train", CONTROLS_TRAINED)
    pairs = lists.pair_table(name, list_for(name, remedy, seed))
    result = remediate(
        spec,
        training_data_from_tables(
            lists.tables_of(name)["train"], pairs, controls=controls, label_feature="label"
        ),
        baseline_of(name),
        seed=seed,
    )
    figures = measured(name, seed, lambda t: _score(result.model, t), baseline)
    return {**figures, "calls": 1.0, "seconds": result.seconds}


def _score(model: Any, texts: Sequence[str]) -> np.ndarray:
    from fairflip.remediation.training import model_inputs

    return np.asarray(model_inputs.score(model, np.array(texts, object)), np.float64).reshape(-1)


def at_inference(
    name: str, remedy: str, seed: int, score: Score, baseline: dict[str, float]
) -> dict:
    """Asks the baseline about other texts, or several, and measures it."""
    from fairflip.remediation.sweep.at_inference import calls_per_text, mean_scores

    known = lists.load_terms("identity") if "full" in remedy else list_for(name, remedy, seed)
    without, is_mean = Ablation(known), remedy.startswith("averaging")

    def asked(texts: Sequence[str]) -> list[list[str]]:
        made = [
            (t, [c.text for c in m]) for t, m in zip(texts, without.generate(texts), strict=True)
        ]
        if is_mean:
            return [[t, *filter(str.strip, changed)] for t, changed in made]
        return [changed or [t] for t, changed in made]

    figures = measured(
        name, seed, lambda t: mean_scores(score, asked, np.array(t, object)), baseline
    )
    texts = np.array(lists.texts_of(name, evaluation_split()), object)
    return {**figures, "calls": calls_per_text(asked, texts), "seconds": 0.0}


def is_asked(remedy: str) -> bool:
    """Whether FAIRFLIP_REMEDIES names a remedy, or none; plain training is always tried."""
    asked = os.environ.get("FAIRFLIP_REMEDIES", "")
    return not asked or remedy in ("plain", *asked.split(";"))


def figures_of(name: str, seed: int) -> dict[str, dict[str, float]]:
    """The figures of every remedy with one division of the list."""

    def score(texts: Sequence[str]) -> np.ndarray:
        return _score(baseline_of(name), texts)

    baseline = kept_figures(name, "baseline", seed, lambda: measured(name, seed, score, None))
    rows = {"baseline": baseline}
    for remedy in filter(is_asked, ("blindness", "averaging", "averaging, full list")):
        rows[remedy] = kept_figures(
            name, remedy, seed, functools.partial(at_inference, name, remedy, seed, score, baseline)
        )
    for remedy in filter(is_asked, (*TRAINED, *WITHHELD[name])):
        if "MiniLM" in remedy and lists.minilm_file(name) is None:
            continue
        make = functools.partial(trained, name, remedy, seed, baseline)
        rows[remedy] = kept_figures(name, remedy, seed, make)
    better = max(baseline["auc"], rows["plain"]["auc"])
    for row in rows.values():
        row["against"] = row["auc"] - better
    return rows


def table_of(by_seed: list[dict[str, dict[str, float]]]) -> str:
    """A Markdown table: mean over seeds, with the smallest and the largest."""
    lines = ["| remedy | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for remedy in by_seed[0]:
        of_seeds = [rows[remedy] for rows in by_seed if remedy in rows]
        cells = []
        for column in COLUMNS:
            values = [
                len(of_seeds) if column == "seeds" else rows.get(column, math.nan)
                for rows in of_seeds
            ]
            digits = {
                "seeds": 0,
                "calls": 2,
                "seconds": 0,
                "tpr gap": 3,
                "fpr gap": 3,
                "ece": 3,
            }.get(column, 4)
            text = f"{np.mean(values):.{digits}f}"
            is_spread = column in ("trained", "withheld", "pooled", "controls", "against")
            if is_spread and max(values) > min(values):
                text += f" ({min(values):.{digits}f} to {max(values):.{digits}f})"
            cells.append("–" if np.isnan(values).any() else text.replace("-", "−"))
        lines.append(f"| {remedy} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def changes_of(by_seed: list[dict[str, dict[str, float]]]) -> str:
    """A Markdown table: how flips change against the baseline's and plain training's."""
    columns = ("trained", "withheld", "pooled", "controls")
    titles = [f"{c} / {other}" for c in columns for other in ("baseline", "plain")]
    lines = ["| remedy | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for remedy in list(by_seed[0])[1:]:
        both = [rows for rows in by_seed if remedy in rows]
        cells = []
        for column in columns:
            for other in ("baseline", "plain"):
                ours, theirs = ([rows[key][column] for rows in both] for key in (remedy, other))
                of_seeds = [a / b - 1 if b else math.nan for a, b in zip(ours, theirs, strict=True)]
                text = f"{np.mean(ours) / np.mean(theirs) - 1:+.0%}"
                cells.append(f"{text} ({min(of_seeds):+.0%} to {max(of_seeds):+.0%})")
        lines.append(f"| {remedy} | " + " | ".join(cells).replace("-", "−") + " |")
    return "\n".join(lines)


def guide_of(by_data: dict[str, list[dict[str, dict[str, float]]]]) -> str:
    """A Markdown table: each remedy in a row, in each cell the means of all data sets."""
    changes = ("trained", "withheld", "controls")
    styles = {**dict.fromkeys(changes, "+.0%"), "against": "+.4f", "calls": ".2f", "seconds": ".0f"}

    def figure(by_seed: list[dict[str, dict[str, float]]], remedy: str, column: str) -> str:
        rows = [(one["baseline"], one[remedy]) for one in by_seed if remedy in one]
        if not rows:
            return "–"
        value = np.mean([row[column] for _, row in rows])
        if column in changes:
            value = value / np.mean([row[column] for row, _ in rows]) - 1
        return f"{value:{styles[column]}}".replace("-", "−")

    lines = [
        f"In each cell: {', '.join(by_data)}. Changes are against the baseline.\n",
        "| remedy | " + " | ".join(styles) + " |",
        "|---" * (len(styles) + 1) + "|",
    ]
    remedies = dict.fromkeys(name for runs in by_data.values() for name in runs[0])
    for remedy in filter("baseline".__ne__, remedies):
        cells = (
            " / ".join(figure(runs, remedy, column) for runs in by_data.values())
            for column in styles
        )
        lines.append(f"| {remedy} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Prints two tables for each data set, and one of all that are asked for."""
    flags = flags_of(__doc__.splitlines()[0], "davidson, cad, edos")
    if not data_folder().is_dir():
        print("the data is not there; give --data FOLDER")
        return
    by_data = {}
    for name in flags.names or ALL_SETS:
        by_seed = by_data[name] = [figures_of(name, seed) for seed in range(NUM_SEEDS)]
        counts = ", ".join(
            f"{by_seed[0]['baseline'][f'num_{key}']:,} {key}" for key in RATES if key != "excess"
        )
        print(f"\n{name}, {evaluation_split()} split, {NUM_SEEDS} seeds; pairs, seed 0: {counts}")
        print(f"\n{table_of(by_seed)}\n\n{changes_of(by_seed)}")
    print(f"\n{guide_of(by_data)}")


if __name__ == "__main__":
    main()
