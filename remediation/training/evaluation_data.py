"""What every model of a sweep is scored on: labelled examples and pairs, as arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns
from fairflip.protos.edits import control_mask, identity_pairs, names_any_term
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
        controls: Inputs of the pairs' controls: the same edit of other words. None: pairs
            have none.
        pair_of: `[controls]`, the row of the pair that each belongs to.
        original_of: `[pairs]`, equal numbers for pairs of one original.
    """

    inputs: Inputs
    labels: np.ndarray
    originals: Inputs
    counterfactuals: Inputs
    held_out: np.ndarray
    groups: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    controls: Inputs | None = None
    pair_of: np.ndarray | None = None
    original_of: np.ndarray | None = None


def evaluation_data_from_tables(
    examples: pa.Table,
    pairs: pa.Table,
    *,
    id_feature: str = "example_id",
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
        pairs: Pairs with both sides' features, and their controls if there are any.
            Legitimate flips and equal sides are left out, with their controls.
        id_feature: Example ID; only controls need it.
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
    controls = pairs.filter(pa.array(control_mask(pairs)))
    pairs, _ = without_pairs(identity_pairs(pairs), text_feature)

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
    controlled: dict[str, Any] = {}
    if len(controls):
        pair_of = _pairs_of(controls, pairs, id_feature)
        controls = controls.filter(pa.array(pair_of >= 0))
        ids = pairs[id_feature].combine_chunks().cast(pa.string()).dictionary_encode()
        controlled = {
            "controls": inputs_of(controls, changed),
            "pair_of": pair_of[pair_of >= 0],
            "original_of": ids.indices.to_numpy(),
        }
    return EvaluationData(
        inputs=inputs_of(examples, {f: f for f in features}),
        labels=(labels[known] > label_threshold).astype(np.int8),
        originals=inputs_of(pairs, {f: f for f in features}),
        counterfactuals=inputs_of(pairs, changed),
        held_out=held_out,
        groups=group_masks(examples, slices),
        **controlled,
    )


def _pairs_of(controls: pa.Table, pairs: pa.Table, id_feature: str) -> np.ndarray:
    """[controls] the row of each control's pair: its original's `control_of`th; -1 for none.

    Swaps within one group belong to no pair here: they are read beside controls, never as one.
    """

    def keys(table: pa.Table, number: str) -> pa.ChunkedArray:
        parts = (table[id_feature].cast(pa.string()), table[number].cast(pa.string()))
        return pc.binary_join_element_wise(*parts, "\0")

    wanted = keys(controls, columns.CONTROL_OF)
    known = keys(pairs, columns.COUNTERFACTUAL_INDEX).combine_chunks()
    place = pc.fill_null(pc.index_in(wanted, value_set=known), -1).to_numpy().astype(np.int64)
    if columns.CONTROL_KIND in controls.column_names:
        kind = controls[columns.CONTROL_KIND].cast(pa.string())
        other = pc.fill_null(pc.not_equal(kind, columns.OTHER_WORD), False).to_numpy()
        place = np.where(other, -1, place)
    return place


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
