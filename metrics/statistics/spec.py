"""What is to be counted over scored pairs: models, thresholds, slices, buckets."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable

import numpy as np

from fairflip.metrics.flips import slicing
from fairflip.protos import columns
from fairflip.protos.errors import ConfigurationError


@dataclasses.dataclass(frozen=True)
class StatisticsSpec:
    """Everything that determines the statistics of a set of scored pairs.

    Attributes:
        models: Names of the models; the first is the baseline.
        thresholds: Decision thresholds, each finite, none twice. Positive means
            `score > threshold`, compared in float64. The first is the one that
            single-threshold numbers of the report refer to.
        slices: Feature names of each slice or cross; Overall is always there.
        id_column: Column with the original's example ID.
        label_column: Column with the label, 0 or 1; None: no labels.
        weight_column: Column with the example weight, at least 0; None: all 1.
        num_buckets: Resampling buckets, at least 2.
        seed: Seeds buckets and samples of IDs.
        num_example_ids: Flipped originals to name per slice, threshold and
            direction; 0: none.
        confidence_level: Of all intervals, in (0, 1).
        min_slice_size: Slices with fewer originals are marked too small.
        models_of_any_scale: Those of `models` whose scores may lie outside of 0 to 1.
            Quantiles of gaps, which are read from tables of that range, are not given.
        cluster_column: Column with what is drawn together, such as a template or an author;
            None: the originals.
        with_controls: Whether rows that are controls are read, and what was edited.
    """

    models: tuple[str, ...]
    thresholds: tuple[float, ...] = (0.5,)
    slices: tuple[tuple[str, ...], ...] = ()
    id_column: str = "example_id"
    label_column: str | None = None
    weight_column: str | None = None
    num_buckets: int = 64
    seed: int = 0
    num_example_ids: int = 100
    confidence_level: float = 0.95
    min_slice_size: int = 1
    models_of_any_scale: tuple[str, ...] = ()
    cluster_column: str | None = None
    with_controls: bool = False

    def of_feature(self, feature: str) -> StatisticsSpec:
        """What counting by one feature needs of it: no labels, no other slices, one threshold."""
        return dataclasses.replace(
            self,
            thresholds=self.thresholds[:1],
            slices=((feature,),),
            label_column=None,
            num_example_ids=0,
        )

    def __post_init__(self) -> None:
        """Makes the fields canonical and refuses what cannot be counted."""
        object.__setattr__(self, "models", tuple(self.models))
        object.__setattr__(self, "thresholds", tuple(float(t) for t in self.thresholds))
        object.__setattr__(self, "slices", tuple(tuple(sorted(s)) for s in self.slices if s))
        problems = []
        if not self.models or len(set(self.models)) != len(self.models):
            problems.append(f"models are {list(self.models)}; name at least one, none twice")
        if (
            not self.thresholds
            or not np.isfinite(self.thresholds).all()
            or len(set(self.thresholds)) != len(self.thresholds)
        ):
            problems.append(
                f"evaluation.thresholds is {list(self.thresholds)}; give at least one finite "
                "number, none twice"
            )
        if self.num_buckets < 2:
            problems.append(f"evaluation.num_buckets is {self.num_buckets}; set it to at least 2")
        if self.num_example_ids < 0:
            problems.append(f"evaluation.num_example_ids is {self.num_example_ids}; set 0 or more")
        if not 0.0 < self.confidence_level < 1.0:
            problems.append(
                f"evaluation.confidence_level is {self.confidence_level}; set it between 0 and 1"
            )
        if problems:
            raise ConfigurationError(problems)

    @property
    def num_models(self) -> int:
        """Number of models, M."""
        return len(self.models)

    @property
    def num_thresholds(self) -> int:
        """Number of thresholds, T."""
        return len(self.thresholds)

    @functools.cached_property
    def ascending_thresholds(self) -> np.ndarray:
        """[T] float64, the order in which the statistics keep them."""
        return np.sort(np.array(self.thresholds, dtype=np.float64))

    def position(self, threshold: float) -> int:
        """Index of a threshold in the arrays of the statistics."""
        return self._positions[threshold]

    @functools.cached_property
    def _positions(self) -> dict[float, int]:
        return {float(t): i for i, t in enumerate(self.ascending_thresholds)}

    def in_order(self, keys: Iterable[slicing.SliceKey]) -> list[slicing.SliceKey]:
        """Overall first, then by the order of the slices here, then by value."""
        position = {features: i for i, features in enumerate(self.slices)}

        def rank(key: slicing.SliceKey) -> tuple[int, tuple[tuple[str, str], ...]]:
            features = tuple(name for name, _ in key.features)
            return (position.get(features, len(position)) if features else -1, key.features)

        return sorted(keys, key=rank)

    @property
    def original_slices(self) -> tuple[tuple[str, ...], ...]:
        """The slices that an original has without looking at its counterfactuals."""
        return tuple(s for s in self.slices if not slicing.is_pair_slice(s))

    @property
    def needed_columns(self) -> list[str]:
        """The columns of a scored pair file that the statistics read."""
        names = [self.id_column]
        names += [
            name for name in (self.label_column, self.weight_column, self.cluster_column) if name
        ]
        names += slicing.slice_columns(self.slices)
        names += [columns.FLIP_IS_LEGITIMATE, columns.EDIT]
        if self.with_controls:
            names += columns.OF_CONTROLS
        for model in self.models:
            names += [columns.score(model), columns.counterfactual_score(model)]
        return list(dict.fromkeys(names))
