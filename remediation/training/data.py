"""What a retraining step learns from: examples, and the counterfactuals of their rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos.errors import ConfigurationError, InputError

#: Model inputs: one array, or arrays by feature name, all with one row per example.
Inputs = Any


def map_inputs(function: Any, inputs: Inputs, *others: Inputs) -> Inputs:
    """`function` of every array of `inputs`, in the same structure."""
    if isinstance(inputs, Mapping):
        return {key: function(inputs[key], *(o[key] for o in others)) for key in inputs}
    return function(inputs, *others)


def epoch_generator(seed: int, epoch: int) -> np.random.Generator:
    """The random numbers of one epoch of training."""
    return np.random.default_rng([abs(seed), int(seed < 0), epoch])


def num_rows(inputs: Inputs) -> int:
    """The number of examples in `inputs`; 0 for None."""
    if inputs is None:
        return 0
    return len(next(iter(inputs.values())) if isinstance(inputs, Mapping) else inputs)


def take(inputs: Inputs, rows: np.ndarray) -> Inputs:
    """The given rows of `inputs`."""
    return map_inputs(lambda values: values[rows], inputs)


@dataclasses.dataclass(frozen=True)
class TrainedOutputs:
    """Which numbers of a model are trained, where it gives several.

    Attributes:
        names: As `output_name` names them ("insult", "emotion:2", ":2").
        are_classes: They exclude each other: the greatest is the decision.
        weights: Of the pair loss of each; empty: all 1. Classes have none.
    """

    names: tuple[str, ...]
    are_classes: bool = False
    weights: tuple[float, ...] = ()

    @property
    def pair_weights(self) -> tuple[float, ...]:
        """One for each name."""
        return self.weights or (1.0,) * len(self.names)


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """What a retraining step learns from.

    Attributes:
        inputs: Of the labelled examples: one array of texts, or a dict of arrays.
        labels: `[rows]`: 0 and 1, or with classes places among `outputs.names`; of several
            outputs that do not exclude each other `[rows, K]`: 0, 1, and NaN where unknown.
        weights: `[rows]`; None: all 1.
        counterfactual_inputs: The same structure as `inputs`, one row per pair;
            None: no pairs.
        counterfactual_rows: `[pairs]`, the row of `inputs` each belongs to.
        control_inputs: The same structure as `inputs`, one row per control (the same edit made
            to words that name no identity); None: no controls.
        control_rows: `[controls]`, the row of `inputs` each belongs to.
        unlabelled_originals: Inputs of originals that are not labelled rows.
        unlabelled_counterfactuals: Their counterfactuals, row by row.
        groups: Slicing features by name, Arrow string or list<string> columns
            with one entry per row of `inputs`; MinDiff reads them.
        validation: Data of the same kind for early stopping.
        input_features: The features that `inputs` hold, in order; what a
            SavedModel's signature reads from an example.
        num_pairs_left_out: Pairs not trained on, by reason.
        outputs: Of a model of several numbers, those that are trained; None: its only one.
    """

    inputs: Inputs
    labels: np.ndarray
    weights: np.ndarray | None = None
    counterfactual_inputs: Inputs | None = None
    counterfactual_rows: np.ndarray | None = None
    control_inputs: Inputs | None = None
    control_rows: np.ndarray | None = None
    unlabelled_originals: Inputs | None = None
    unlabelled_counterfactuals: Inputs | None = None
    groups: Mapping[str, pa.Array] = dataclasses.field(default_factory=dict)
    validation: TrainingData | None = None
    input_features: tuple[str, ...] = ()
    num_pairs_left_out: Mapping[str, int] = dataclasses.field(default_factory=dict)
    outputs: TrainedOutputs | None = None

    def __post_init__(self) -> None:
        sizes = {"inputs": num_rows(self.inputs), "labels": len(self.labels)}
        if self.weights is not None:
            sizes["weights"] = len(self.weights)
        sizes |= {f"groups[{name}]": len(column) for name, column in self.groups.items()}
        if len(set(sizes.values())) > 1:
            raise InputError(f"Training data has columns of different lengths: {sizes}.")
        pairs = (
            num_rows(self.counterfactual_inputs),
            (0 if self.counterfactual_rows is None else len(self.counterfactual_rows)),
        )
        if pairs[0] != pairs[1]:
            raise InputError(f"{pairs[0]} counterfactuals with {pairs[1]} row numbers.")
        controls = num_rows(self.control_inputs), num_rows(self.control_rows)
        if controls[0] != controls[1]:
            raise InputError(f"{controls[0]} controls with {controls[1]} row numbers.")
        sides = num_rows(self.unlabelled_originals), num_rows(self.unlabelled_counterfactuals)
        if sides[0] != sides[1]:
            raise InputError(f"{sides[0]} unlabelled originals with {sides[1]} counterfactuals.")

    @property
    def num_examples(self) -> int:
        """Labelled examples."""
        return len(self.labels)

    @property
    def num_pairs(self) -> int:
        """Pairs of a labelled example and a counterfactual."""
        return num_rows(self.counterfactual_inputs)

    @property
    def num_controls(self) -> int:
        """Controls of labelled examples."""
        return num_rows(self.control_inputs)

    @property
    def num_unlabelled_pairs(self) -> int:
        """Pairs whose original is not a labelled example."""
        return num_rows(self.unlabelled_originals)

    def draw_counterfactuals(self, generator: np.random.Generator) -> np.ndarray:
        """One of its counterfactuals for each row, at random where it has several.

        Returns:
            int64 `[rows]`: a row of `counterfactual_inputs`, or -1 for none.
        """
        return self._drawn(self.counterfactual_rows, generator)

    def draw_controls(self, generator: np.random.Generator) -> np.ndarray:
        """One of its controls for each row, as `draw_counterfactuals`."""
        return self._drawn(self.control_rows, generator)

    def _drawn(self, rows: np.ndarray | None, generator: np.random.Generator) -> np.ndarray:
        drawn = np.full(self.num_examples, -1, np.int64)
        if rows is not None and len(rows):
            order = generator.permutation(len(rows))
            drawn[np.asarray(rows)[order]] = order
        return drawn

    def with_negative_originals_only(self) -> TrainingData:
        """Only the pairs whose original is labelled 0 (Garg et al. 2019).

        Unlabelled pairs go, since their originals' labels are not known. Of several outputs an
        original is negative that is known to be positive for none.

        Raises:
            ConfigurationError: The labels are classes, of which none is negative.
        """
        if self.outputs is not None and self.outputs.are_classes:
            raise ConfigurationError(
                "remediation.negative_originals_only: of classes none is negative; leave it out"
            )
        is_negative = None
        if self.num_pairs:
            labels = np.nan_to_num(np.asarray(self.labels, np.float64))
            positive = labels.reshape(len(labels), -1).max(axis=1) > 0
            is_negative = ~positive[np.asarray(self.counterfactual_rows)]
        left_out = dict(self.num_pairs_left_out)
        if self.num_unlabelled_pairs:
            left_out["unlabelled"] = self.num_unlabelled_pairs
        replaced: dict[str, Any] = {
            "unlabelled_originals": None,
            "unlabelled_counterfactuals": None,
        }
        if is_negative is not None:
            left_out["positive_original"] = int((~is_negative).sum())
            replaced["counterfactual_inputs"] = take(self.counterfactual_inputs, is_negative)
            replaced["counterfactual_rows"] = np.asarray(self.counterfactual_rows)[is_negative]
        validation = self.validation and self.validation.with_negative_originals_only()
        return dataclasses.replace(
            self, **replaced, validation=validation, num_pairs_left_out=left_out
        )

    def augmented(self) -> TrainingData:
        """Counterfactuals as further examples with their originals' labels and weights."""
        if not self.num_pairs:
            return self
        rows = np.asarray(self.counterfactual_rows)

        def extended(values: np.ndarray, more: np.ndarray) -> np.ndarray:
            return np.concatenate([values, more])

        return dataclasses.replace(
            self,
            inputs=map_inputs(extended, self.inputs, self.counterfactual_inputs),
            labels=extended(self.labels, self.labels[rows]),
            weights=None if self.weights is None else extended(self.weights, self.weights[rows]),
            counterfactual_inputs=None,
            counterfactual_rows=None,
            control_inputs=None,
            control_rows=None,
            unlabelled_originals=None,
            unlabelled_counterfactuals=None,
            groups={},
        )


def in_group(column: pa.Array | pa.ChunkedArray, value: str) -> np.ndarray:
    """Whether each row names the group `value`; nulls and empty lists name none.

    Args:
        column: string or list<string>.
        value: A group.

    Returns:
        Bool `[rows]`.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    is_member = np.zeros(len(column), bool)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        hits = pc.fill_null(pc.equal(pc.list_flatten(column), value), False)
        parents = pc.list_parent_indices(column)
        is_member[np.asarray(parents)[np.asarray(hits)]] = True
        return is_member
    return np.asarray(pc.fill_null(pc.equal(column.cast(pa.string()), value), False))


def check_data(technique: str, data: TrainingData, min_diff_group: str = "") -> None:
    """Refuses data that lacks what the technique needs.

    Args:
        technique: "clp" or another.
        data: The data.
        min_diff_group: Of MinDiff, such as "religion:muslim".

    Raises:
        InputError: CLP has no pairs, or MinDiff no negatives of a side.
    """
    if technique == "clp" and not (data.num_pairs or data.num_unlabelled_pairs):
        raise InputError(
            "There are no pairs to train on; check that the pairs' IDs are those of the training "
            "examples, or that not all of them were left out: "
            f"{dict(data.num_pairs_left_out)}."
        )
    if technique == "mindiff":
        _check_compared(data, min_diff_group)


def _check_compared(data: TrainingData, group: str) -> None:
    """Refuses data where MinDiff has nothing to compare for some output that it weighs."""
    member, weights = members(data, group), compared_rows(data, group)
    compared = weights.reshape(len(weights), -1) > 0
    alike = "of a class that both have" if _are_classes(data) else "labelled negative"
    of_each: list[tuple[int, str, float]] = [(0, "", 1.0)]
    if data.outputs is not None and not data.outputs.are_classes:
        pairs = zip(data.outputs.names, data.outputs.pair_weights, strict=True)
        of_each = [(k, name, weight) for k, (name, weight) in enumerate(pairs)]
    for name, rows in ((group, compared[member]), (f"everyone but {group}", compared[~member])):
        for k, output, weight in of_each:
            if weight and not rows[:, k].any():
                cure = f"; leave it out, or give --output_weight {output}=0" if output else ""
                of_output = f" for {output!r}" if output else ""
                raise InputError(
                    f"MinDiff compares examples {alike}{of_output}, and {name} has none in the "
                    f"training examples{cure}."
                )


def _are_classes(data: TrainingData) -> bool:
    return data.outputs is not None and data.outputs.are_classes


def compared_rows(data: TrainingData, group: str) -> np.ndarray:
    """What each example weighs where MinDiff compares a group with all others.

    Those labelled negative weigh 1, others 0; of several outputs `[rows, K]`, each by its own
    labels. Of classes none is negative: there the others are weighed such that every class has
    the share that it has in the group, and what is compared is how both are scored alike.

    Args:
        data: The training data.
        group: "FEATURE:GROUP".

    Returns:
        float32 `[rows]` or `[rows, K]`.
    """
    labels = np.asarray(data.labels)
    if not _are_classes(data):
        return (labels == 0).astype(np.float32)
    assert data.outputs is not None
    member, number = members(data, group), len(data.outputs.names)
    inside = np.bincount(labels[member], minlength=number)
    outside = np.bincount(labels[~member], minlength=number)
    both = (inside > 0) & (outside > 0)
    shares = np.where(both, inside / np.maximum(outside, 1), 0.0)
    return np.where(member, both[labels], shares[labels]).astype(np.float32)


def members(data: TrainingData, group: str) -> np.ndarray:
    """Whether each example is in the group that MinDiff is to help, bool `[rows]`.

    Args:
        data: With the slicing feature among its groups.
        group: "FEATURE:GROUP".

    Raises:
        ConfigurationError: The data has no such slicing feature.
    """
    feature, value = group.split(":", 1)
    if feature not in data.groups:
        raise ConfigurationError(
            f"remediation.min_diff_group names the feature {feature!r}; the training data has "
            f"{', '.join(data.groups) or 'no slicing features'}."
        )
    return in_group(data.groups[feature], value)
