"""What every model of a sweep is scored on: labelled examples and pairs, as arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns
from fairflip.protos.edits import names_any_term
from fairflip.remediation.training.data import Inputs, in_group
from fairflip.remediation.training.tables import (
    column_values,
    float_values,
    without_pairs,
)


@dataclasses.dataclass(frozen=True)
class EvaluationData:
    """What every model of a sweep is scored on; no row of it is trained on.

    Attributes:
        inputs: Of all examples, raw.
        labels: `[examples]`, 0 or 1.
        originals: Inputs of the pairs' originals.
        counterfactuals: Inputs of their counterfactuals.
        held_out: Bool `[pairs]`: made with a term withheld from training.
        groups: Bool `[examples]` by group, such as "gender:female".
    """

    inputs: Inputs
    labels: np.ndarray
    originals: Inputs
    counterfactuals: Inputs
    held_out: np.ndarray
    groups: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)


def evaluation_data_from_tables(
    examples: pa.Table,
    pairs: pa.Table,
    *,
    text_feature: str = "comment_text",
    input_features: Sequence[str] = (),
    label_feature: str = "toxicity",
    label_threshold: float = 0.5,
    slices: Sequence[str] = (),
    held_out_terms: Sequence[str] = (),
) -> EvaluationData:
    """Evaluation data from tables of labelled examples and of pairs.

    Args:
        examples: Labelled examples; rows without a label are left out.
        pairs: Pairs with both sides' features. Legitimate flips and equal sides
            are left out.
        text_feature: The text a model reads.
        input_features: The features a model reads, if not the text alone.
        label_feature: A number, positive above `label_threshold`.
        label_threshold: See there.
        slices: Slicing features whose values are the groups of the TPR and TNR gaps.
        held_out_terms: Terms withheld from training.
    """
    features = tuple(input_features) or (text_feature,)
    labels = float_values(examples, label_feature)
    known = ~np.isnan(labels)
    examples = examples.filter(pa.array(known))
    pairs, _ = without_pairs(pairs, text_feature)

    def inputs_of(table: pa.Table, names: Mapping[str, str]) -> Inputs:
        arrays = {f: column_values(table, names[f]) for f in features}
        return arrays if input_features else arrays[text_feature]

    changed = {
        f: columns.counterfactual(f) if columns.counterfactual(f) in pairs.column_names else f
        for f in features
    }
    held_out = np.zeros(len(pairs), bool)
    if held_out_terms:
        held_out = names_any_term(pairs[columns.TERM], held_out_terms)
    return EvaluationData(
        inputs=inputs_of(examples, {f: f for f in features}),
        labels=(labels[known] > label_threshold).astype(np.int8),
        originals=inputs_of(pairs, {f: f for f in features}),
        counterfactuals=inputs_of(pairs, changed),
        held_out=held_out,
        groups=group_masks(examples, slices),
    )


def group_masks(table: pa.Table, slices: Sequence[str]) -> dict[str, np.ndarray]:
    """Bool `[rows]` for every value of every slicing feature, by "feature:value"."""
    masks = {}
    for feature in slices:
        column = table[feature].combine_chunks()
        is_list = pa.types.is_list(column.type) or pa.types.is_large_list(column.type)
        values = pc.unique(pc.list_flatten(column) if is_list else column).drop_null()
        for value in values.cast(pa.string()).to_pylist():
            masks[f"{feature}:{value}"] = in_group(column, value)
    return masks
