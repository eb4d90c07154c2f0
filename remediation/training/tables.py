"""Arrow tables of examples and pairs as the arrays that training reads.

Pairs are joined to training rows by example ID, so that a row comes with its
own counterfactuals (aligned); a pair whose original is not among the labelled
rows is kept as an unlabelled pair.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs, names_any_term
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.remediation.training.data import Inputs, TrainedOutputs, TrainingData


def column_values(table: pa.Table, name: str) -> np.ndarray:
    """A column as an array: texts as Python strings, numbers, lists of numbers as rows, tensors.

    Raises:
        InputError: The column is missing, or lists differ in length.
    """
    if name not in table.column_names:
        raise InputError(
            f"Column {name!r} is not in the data; it has {', '.join(table.column_names)}."
        )
    column = table[name].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    kind = column.type
    if isinstance(column, pa.FixedShapeTensorArray):
        return column.to_numpy_ndarray()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return pc.fill_null(column.cast(pa.string()), "").to_numpy(zero_copy_only=False)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        lengths = np.unique(np.asarray(pc.list_value_length(column).fill_null(-1)))
        if len(lengths) > 1 or (lengths < 0).any():
            raise InputError(
                f"Column {name!r} holds lists of different lengths; a dense input needs one length."
            )
        width = int(lengths[0]) if len(lengths) else 0
        return np.asarray(pc.list_flatten(column)).reshape(len(column), width)
    return column.to_numpy(zero_copy_only=False)


def float_values(table: pa.Table, name: str) -> np.ndarray:
    """A column of numbers or bools as float64, NaN where null.

    Raises:
        InputError: The column is missing or holds something else.
    """
    if name not in table.column_names:
        raise InputError(
            f"Column {name!r} is not in the data; it has {', '.join(table.column_names)}."
        )
    try:
        return table[name].cast(pa.float64()).to_numpy().astype(np.float64)
    except pa.ArrowInvalid as error:
        raise InputError(f"Column {name!r} must hold numbers.") from error


@dataclasses.dataclass(frozen=True)
class LabelledOutputs:
    """The numbers of a model that are trained, and where their labels stand.

    Attributes:
        outputs: The numbers.
        columns: Of each, the column of its labels, 0 or 1; of classes the one column with
            their names.
        class_names: Of classes, what they are called there, in the order of the numbers.
    """

    outputs: TrainedOutputs
    columns: tuple[str, ...]
    class_names: tuple[str, ...] = ()

    def rows_of(self, table: pa.Table, use: str) -> tuple[pa.Table, np.ndarray]:
        """The rows of a table with any label, and their labels as `TrainingData` has them.

        Raises:
            InputError: There is none, or a label names no class.
        """
        if self.outputs.are_classes:
            [name] = self.columns
            column = table[name].cast(pa.string())
            numbers = pc.index_in(column, value_set=pa.array(self.class_names, pa.string()))
            wrong = pc.and_(pc.is_valid(column), pc.is_null(numbers))
            if pc.any(wrong).as_py():
                first = column.filter(wrong)[0].as_py()
                raise InputError(
                    f"Column {name!r} holds the label {first!r} in {pc.sum(wrong).as_py()} "
                    f"{use} examples; expected is one of the classes {', '.join(self.class_names)}."
                )
            known = np.asarray(pc.is_valid(numbers))
            labels = np.asarray(numbers.drop_null()).astype(np.int64)
        else:
            labels = np.stack([float_values(table, n) for n in self.columns], axis=1)
            known = ~np.isnan(labels).all(axis=1)
            labels = labels[known].astype(np.float32)
        if not known.any():
            raise InputError(f"No {use} example has a label in {', '.join(self.columns)}.")
        return table.filter(pa.array(known)), labels


def without_pairs(
    pairs: pa.Table, text_feature: str, held_out_terms: Sequence[str] = ()
) -> tuple[pa.Table, dict[str, int]]:
    """Pairs to train on, and how many were left out why.

    Left out are pairs whose flip is legitimate, whose sides are equal, and whose
    term is held out (several terms in one field are told apart by commas).

    Args:
        pairs: A pair table.
        text_feature: The changed text, `counterfactual.<text_feature>` beside it.
        held_out_terms: Compared without regard to case.
    """
    left_out: dict[str, int] = {}

    def drop(reason: str, mask: pa.Array) -> None:
        nonlocal pairs
        mask = pc.fill_null(mask, False)
        count = pc.sum(mask).as_py() or 0
        if count:
            left_out[reason] = count
            pairs = pairs.filter(pc.invert(mask))

    if columns.FLIP_IS_LEGITIMATE in pairs.column_names:
        drop("legitimate_flip", pairs[columns.FLIP_IS_LEGITIMATE].cast(pa.bool_()))
    changed = columns.counterfactual(text_feature)
    if text_feature in pairs.column_names and changed in pairs.column_names:
        drop("identical", pc.equal(pairs[text_feature], pairs[changed]))
    if held_out_terms:
        if columns.TERM not in pairs.column_names or _names_nothing(pairs[columns.TERM]):
            raise ConfigurationError(
                f"held_out_terms are set, but no pair names its {columns.TERM!r}; "
                "generate pairs, or add the column."
            )
        drop("held_out_term", pa.array(names_any_term(pairs[columns.TERM], held_out_terms)))
    return pairs, left_out


def _names_nothing(column: pa.ChunkedArray) -> bool:
    """Whether there are rows and none has a value: as good as no column."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return len(column) > 0 and not pc.sum(pc.list_value_length(column)).as_py()
    return len(column) > 0 and column.null_count == len(column)


def training_data_from_tables(
    train: pa.Table,
    pairs: pa.Table | None = None,
    validation: pa.Table | None = None,
    *,
    controls: pa.Table | None = None,
    id_feature: str = "example_id",
    text_feature: str = "comment_text",
    input_features: Sequence[str] = (),
    label_feature: str = "toxicity",
    weight_feature: str = "",
    label_threshold: float | None = 0.5,
    slices: Sequence[str] = (),
    held_out_terms: Sequence[str] = (),
    labelled: LabelledOutputs | None = None,
) -> TrainingData:
    """Training data from tables of labelled examples and of pairs.

    Args:
        train: Labelled examples. Rows without a label are left out; their pairs
            count as unlabelled.
        pairs: Pair table (`<id_feature>`, `counterfactual.<feature>`, ...); any
            number of rows per example. For pairs of examples that are not in
            `train` it needs the originals' features too.
        validation: Labelled examples for early stopping; pairs of these are used
            with them.
        controls: Controls of pairs of `train`, as rows of a pair table; those of other
            originals are left out.
        id_feature: Example ID.
        text_feature: The text a model reads.
        input_features: The features a model reads, if not the text alone.
        label_feature: A number, positive above `label_threshold`.
        weight_feature: Example weight; empty: none.
        label_threshold: None: labels are class numbers.
        slices: Slicing features that MinDiff needs.
        held_out_terms: Terms whose pairs are not trained on.
        labelled: Of a model of several numbers, which are trained and where their labels
            stand; None: its only one, by `label_feature`.

    Returns:
        The data; `validation` within it.

    Raises:
        InputError: A column is missing, or no row has a label.
    """
    features = tuple(input_features) or (text_feature,)
    left_out: dict[str, int] = {}
    if pairs is not None:
        # Nothing is to be learnt from controls: they are what to measure against.
        pairs, left_out = without_pairs(identity_pairs(pairs), text_feature, held_out_terms)

    def inputs_of(table: pa.Table, names: Mapping[str, str]) -> Inputs:
        arrays = {feature: column_values(table, names[feature]) for feature in features}
        return arrays if input_features else arrays[text_feature]

    def with_labels(table: pa.Table, use: str) -> tuple[pa.Table, np.ndarray]:
        if labelled is not None:
            return labelled.rows_of(table, use)
        labels = float_values(table, label_feature)
        known = ~np.isnan(labels)
        if not known.any():
            raise InputError(f"No {use} example has a label in column {label_feature!r}.")
        labels = labels[known]
        if label_threshold is not None:
            labels = (labels > label_threshold).astype(np.float32)
        else:
            labels = labels.astype(np.int64)
        return table.filter(pa.array(known)), labels

    def part(table: pa.Table, use: str, others: pa.Array | None) -> TrainingData:
        table, labels = with_labels(table, use)
        weights = float_values(table, weight_feature) if weight_feature else None
        if weights is not None and not np.all(np.isfinite(weights) & (weights >= 0)):
            raise InputError(
                f"Weights in column {weight_feature!r} must be finite and not negative."
            )
        aligned: dict[str, Any] = {}
        if pairs is not None and len(pairs):
            ids = table[id_feature].combine_chunks().cast(pa.string())
            of_pair = pc.index_in(pairs[id_feature].cast(pa.string()), value_set=ids)
            known = np.asarray(pc.is_valid(of_pair))
            rows = of_pair.filter(pa.array(known)).to_numpy().astype(np.int64)
            changed = {f: columns.counterfactual(f) for f in features}
            # Pairs of labelled originals train beside their originals' rows.
            own = pairs.filter(pa.array(known))
            originals = inputs_of(table, {f: f for f in features})
            if len(rows):
                # A feature without another side is the same on both: read from the original.
                unchanged = [f for f in features if changed[f] not in own.column_names]
                arrays = {
                    f: (originals[f] if isinstance(originals, Mapping) else originals)[rows]
                    if f in unchanged
                    else column_values(own, changed[f])
                    for f in features
                }
                aligned["counterfactual_inputs"] = (
                    arrays if input_features else arrays[text_feature]
                )
                aligned["counterfactual_rows"] = rows
            if others is not None:
                # Pairs of originals without a label train by their difference alone, but for
                # those that belong to the validation data: these must stay unseen.
                elsewhere = np.asarray(
                    pc.is_in(pairs[id_feature].cast(pa.string()), value_set=others)
                )
                left = pairs.filter(pa.array(~known & ~elsewhere))
                if len(left) and all(f in left.column_names for f in features):
                    names = {
                        f: changed[f] if changed[f] in left.column_names else f for f in features
                    }
                    aligned["unlabelled_originals"] = inputs_of(left, {f: f for f in features})
                    aligned["unlabelled_counterfactuals"] = inputs_of(left, names)
        return TrainingData(
            inputs=inputs_of(table, {f: f for f in features}),
            labels=labels,
            weights=None if weights is None else weights.astype(np.float32),
            groups={name: table[name].combine_chunks() for name in slices},
            input_features=features,
            outputs=None if labelled is None else labelled.outputs,
            **aligned,
        )

    none = pa.array([], pa.string())
    held = none
    if validation is not None and id_feature in validation.column_names:
        held = validation[id_feature].combine_chunks().cast(pa.string())
    data = part(train, "training", held)
    if controls is not None and len(controls):
        kept_rows, _ = with_labels(train, "training")
        ids = kept_rows[id_feature].combine_chunks().cast(pa.string())
        of_control = pc.index_in(controls[id_feature].cast(pa.string()), value_set=ids)
        own = controls.filter(pc.is_valid(of_control))
        rows = of_control.drop_null().to_numpy().astype(np.int64)
        names = {
            f: columns.counterfactual(f) if columns.counterfactual(f) in own.column_names else f
            for f in features
        }
        if len(rows):
            data = dataclasses.replace(
                data, control_inputs=inputs_of(own, names), control_rows=rows
            )
    checked = part(validation, "validation", None) if validation is not None else None
    return dataclasses.replace(data, validation=checked, num_pairs_left_out=left_out)
