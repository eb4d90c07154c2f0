"""A recount of excess and both intervals from scored pairs, without the product's functions.

The formulas are those of docs/intervals.md, in plain NumPy and SciPy over pandas rows.
"""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

COLUMNS = {"counterfactual_group": "group", "counterfactual_term": "term"}


def _in_slice(rows: pd.DataFrame, name: str) -> np.ndarray:
    if name == "Overall":
        return np.ones(len(rows), bool)
    feature, value = name.split(":")
    values = rows[COLUMNS.get(feature, feature)]
    return np.array([value in ([v] if isinstance(v, str) else list(v)) for v in values])


def edits_of(row: Any) -> list[str]:
    """What a row does to words: one removed, or two swapped, in either direction."""
    replacements = list(row.replacement) if row.replacement is not None else []
    replacements += [""] * (len(row.term) - len(replacements))
    both = zip(row.term, replacements, strict=True)
    return sorted({"↔".join(sorted((a, b))) if b else a for a, b in both})


class Rows:
    """The pairs of a slice that have a control, with their controls."""

    def __init__(
        self, scored: pd.DataFrame, name: str, weight: str = "", cluster: str = "example_id"
    ):
        pairs = scored[scored["edit"] != "control"]
        if "flip_is_legitimate" in pairs:
            pairs = pairs[~pairs["flip_is_legitimate"].fillna(False).astype(bool)]
        self.pairs = pairs[_in_slice(pairs, name)].reset_index(drop=True)
        controls = scored[(scored["edit"] == "control") & (scored["control_kind"] != "same_group")]
        by_pair = dict(list(controls.groupby(["example_id", "control_of"], sort=False)))
        self.controls = [
            by_pair.get((row.example_id, row.counterfactual_index))
            for row in self.pairs.itertuples()
        ]
        self.has = [i for i, one in enumerate(self.controls) if one is not None]
        self.weights = self.pairs[weight].to_numpy() if weight else np.ones(len(self.pairs))
        self.clusters = self.pairs[cluster].to_numpy()
        #: What each pair, and each of its controls, does to words.
        self.edits = [edits_of(row) for row in self.pairs.itertuples()]
        self.control_edits = [
            [] if one is None else [edits_of(row) for row in one.itertuples()]
            for one in self.controls
        ]
        self.num_controls = sum(len(self.controls[i]) for i in self.has)

    def decisions(self, model: str, threshold: float, way: str = "both"):
        """[pairs] flips of the identity pairs, and lists of those of their controls."""

        def flips(rows):
            before = rows[f"score.{model}"].to_numpy() > threshold
            after = rows[f"counterfactual.score.{model}"].to_numpy() > threshold
            chosen = {"both": before != after, "up": ~before & after, "down": before & ~after}
            return chosen[way].astype(float)

        none = np.empty(0)
        own = [none if one is None else flips(one) for one in self.controls]
        return flips(self.pairs), own

    def gaps(self, model: str):
        """The same of score gaps."""

        def gap(rows):
            return (rows[f"counterfactual.score.{model}"] - rows[f"score.{model}"]).abs().to_numpy()

        return gap(self.pairs), [np.empty(0) if c is None else gap(c) for c in self.controls]


def recount(rows: Rows, identity: np.ndarray, own: list, signed: bool = False) -> dict[str, Any]:
    """Rates, both intervals where events are many, and the excess without its top term."""
    has, w = rows.has, rows.weights
    total = w[has].sum()
    means = {i: own[i].mean() for i in has}
    control = sum(w[i] * means[i] for i in has) / total
    excess = sum(w[i] * (identity[i] - means[i]) for i in has) / total
    sums: dict = collections.defaultdict(lambda: [0.0, 0.0])
    for i in has:
        sums[rows.clusters[i]][0] += w[i] * (identity[i] - means[i])
        sums[rows.clusters[i]][1] += w[i]
    sizes = np.array([size for _, size in sums.values()])
    residuals = np.array([d for d, _ in sums.values()]) - excess * sizes
    variance = (np.square(residuals) / (1 - sizes / total)).sum() / total**2
    mass = sizes * (sizes + sizes.mean())
    v, squares = between_words(rows, own, control)
    shares: dict = collections.Counter()
    whole: dict = collections.Counter()
    moved: dict = collections.defaultdict(lambda: [0.0, 0.0])
    for i in has:
        keys = rows.edits[i]
        for key in keys:
            shares[key] += w[i] / len(keys)
            whole[key] += w[i] / total
        for term in set(rows.pairs.at[i, "term"]):
            moved[term][0] += w[i] * (identity[i] - means[i])
            moved[term][1] += w[i]
    terms = sum(shares.values()) ** 2 / sum(s**2 for s in shares.values())
    added = sum(s**2 for s in whole.values()) + squares
    error = np.sqrt(variance + v * added)
    t = stats.t.ppf(0.975, max(2.0, terms - 1))
    skewness = 0.0
    if not signed and control > 0 and error > 0:
        skewness = min(2 * np.sqrt(v) / control, 4) * sum(s**3 for s in whole.values())
        skewness *= v**1.5 / error**3
    without = {
        term: (excess * total - d) / (total - size)
        for term, (d, size) in moved.items()
        if total - size > 1e-9 * total
    }
    influence = {term: abs(value - excess) for term, value in without.items()}
    df = mass.sum() ** 2 / np.square(mass).sum() - 1
    reach = stats.t.ppf(0.975, df) * np.sqrt(variance)
    return {
        "control": control,
        "excess": excess,
        "a": (excess - reach, excess + reach),
        "b": (
            excess - error * (t + skewness * (stats.norm.ppf(0.975) ** 2 - 1) / 6),
            excess + error * t,
        ),
        "terms": terms,
        "without": without,
        "influence": influence,
        "events": _num_events(sums),
    }


def _num_events(sums: dict) -> float:
    d = np.abs([one for one, _ in sums.values()])
    return d.sum() ** 2 / np.square(d).sum() if d.any() else 0.0


def between_words(rows: Rows, own: list, control: float) -> tuple[float, float]:
    """The variance between words, from products of different clusters; and shares squared."""
    total = rows.weights[rows.has].sum()
    edits: dict = collections.defaultdict(list)
    whole: dict = collections.Counter()
    for i in rows.has:
        number = len(rows.controls[i])
        for flip, keys in zip(own[i], rows.control_edits[i], strict=True):
            for key in keys:
                share = rows.weights[i] / number / len(keys)
                edits[key].append((share, share * (flip - control), rows.clusters[i]))
                whole[key] += rows.weights[i] / number
    above = below = 0.0
    for mine in edits.values():
        by_cluster: dict = collections.defaultdict(lambda: np.zeros(2))
        for share, residual, cluster in mine:
            by_cluster[cluster] += (share, residual)
        each = np.array(list(by_cluster.values()))
        n, s = each.sum(axis=0)
        q, own_products = np.square(each).sum(axis=0)
        if n**2 - q > 1e-9 * n**2:
            above += n * (s**2 - own_products) / (n**2 - q)
            below += n
    v = max(0.0, above / below) if below else 0.0
    return v, sum((size / total) ** 2 for size in whole.values())
