"""Scored pairs and originals of a run as plain arrays, slice by slice."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib

import numpy as np
import pandas as pd


@dataclasses.dataclass(frozen=True)
class Rows:
    """N rows of one slice: pairs, or originals alone.

    Attributes:
        clusters: [N] the original of each, numbered from 0.
        weights: [N]; all 1 where they are all the same, since weights have no unit.
        labels: [N] 0, 1, or NaN.
        before: By model, [N] scores of originals.
        after: By model, [N] scores of counterfactuals.
    """

    clusters: np.ndarray
    weights: np.ndarray
    labels: np.ndarray
    before: dict[str, np.ndarray]
    after: dict[str, np.ndarray]

    @classmethod
    def of(cls, frame: pd.DataFrame, models: list[str], label: str, weight: str) -> Rows:
        """The rows of a table of scored pairs, or of scored examples."""
        clusters, _ = pd.factorize(frame["example_id"])
        weights = frame[weight].to_numpy(float)
        if len(weights) and np.ptp(weights) == 0 and weights[0] > 0:
            weights = np.ones(len(weights))

        def scores(prefix: str) -> dict[str, np.ndarray]:
            names = {model: f"{prefix}score.{model}" for model in models}
            return {m: frame[n].to_numpy(float) for m, n in names.items() if n in frame}

        return cls(
            clusters=clusters,
            weights=weights,
            labels=frame[label].to_numpy(float),
            before=scores(""),
            after=scores("counterfactual."),
        )

    @property
    def num_originals(self) -> int:
        """How many there are, of any weight."""
        return len(np.unique(self.clusters))

    @property
    def has_weight(self) -> np.ndarray:
        """[num_originals] whether any row of an original has a weight above 0."""
        return np.bincount(self.clusters, self.weights, self.num_originals) > 0

    @property
    def num_clusters(self) -> int:
        """How many are drawn: one of which all rows have weight 0 is no draw."""
        return int(self.has_weight.sum())

    @property
    def is_even(self) -> bool:
        """Whether all weights are the same."""
        return bool((self.weights == 1).all())

    @property
    def is_single(self) -> bool:
        """Whether each original has one pair, all of one weight."""
        return self.is_even and self.num_clusters == len(self.clusters)

    def added(self, values: np.ndarray) -> np.ndarray:
        """[K] sums of weight times value by cluster that is drawn."""
        sums = np.bincount(self.clusters, self.weights * values, self.num_originals)
        return sums[self.has_weight]

    def added_once(self, holds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[K] an original's weight where any of its rows holds, else 0; and [K] its weight."""
        weights, any_holds = np.zeros(self.num_originals), np.zeros(self.num_originals)
        weights[self.clusters] = self.weights
        any_holds[self.clusters[holds]] = 1.0
        has_weight = self.has_weight
        return (weights * any_holds)[has_weight], weights[has_weight]

    def sizes(self) -> np.ndarray:
        """[K] weight by cluster."""
        return self.added(np.ones(len(self.clusters)))


def read(folder: pathlib.Path) -> pd.DataFrame:
    """All Parquet files of a folder."""
    paths = sorted(folder.glob("*.parquet"))
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)


def values_of(cell: object) -> list[str]:
    """The values of a cell: none, one, or several."""
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return []
    return [cell] if isinstance(cell, str) else list(cell)


def slices(frame: pd.DataFrame, features: list[str]) -> dict[str, np.ndarray]:
    """By name, which rows belong to a slice: Overall, then feature by feature, by value.

    A row belongs to the slice of each value of a list, of a cross to that of each combination.
    """
    members = {"Overall": np.ones(len(frame), bool)}
    for feature in features:
        names = feature.split(",")
        cells = [[values_of(cell) for cell in frame[name]] for name in names]
        combinations = [set(itertools.product(*row)) for row in zip(*cells, strict=True)]
        for one in sorted(set().union(*combinations)):
            title = f"{'_X_'.join(names)}:{'_X_'.join(one)}"
            members[title] = np.array([one in row for row in combinations])
    return members
