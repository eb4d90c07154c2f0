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
from fairflip.protos.errors import ConfigurationError, InputError

#: Model inputs: one array, or arrays by feature name, all with one row per example.
Inputs = Any


def map_inputs(function: Any, inputs: Inputs, *others: Inputs) -> Inputs:
    """`function` of every array of `inputs`, in the same structure."""
    if isinstance(inputs, Mapping):
        return {key: function(inputs[key], *(o[key] for o in others)) for key in inputs}
    return function(inputs, *others)


def num_rows(inputs: Inputs) -> int:
    """The number of examples in `inputs`; 0 for None."""
    if inputs is None:
        return 0
    return len(next(iter(inputs.values())) if isinstance(inputs, Mapping) else inputs)


def take(inputs: Inputs, rows: np.ndarray) -> Inputs:
    """The given rows of `inputs`."""
    return map_inputs(lambda values: values[rows], inputs)


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """What a retraining step learns from.

    Attributes:
        inputs: Of the labelled examples: one array of texts, or a dict of arrays.
        labels: `[rows]`: 0 and 1, or class numbers.
        weights: `[rows]`; None: all 1.
        counterfactual_inputs: The same structure as `inputs`, one row per pair;
            None: no pairs.
        counterfactual_rows: `[pairs]`, the row of `inputs` each belongs to.
        unlabelled_originals: Inputs of originals that are not labelled rows.
        unlabelled_counterfactuals: Their counterfactuals, row by row.
        groups: Slicing features by name, Arrow string or list<string> columns
            with one entry per row of `inputs`; MinDiff reads them.
        validation: Data of the same kind for early stopping.
        input_features: The features that `inputs` hold, in order; what a
            SavedModel's signature reads from an example.
        num_pairs_left_out: Pairs not trained on, by reason.
    """

    inputs: Inputs
    labels: np.ndarray
    weights: np.ndarray | None = None
    counterfactual_inputs: Inputs | None = None
    counterfactual_rows: np.ndarray | None = None
    unlabelled_originals: Inputs | None = None
    unlabelled_counterfactuals: Inputs | None = None
    groups: Mapping[str, pa.Array] = dataclasses.field(default_factory=dict)
    validation: TrainingData | None = None
    input_features: tuple[str, ...] = ()
    num_pairs_left_out: Mapping[str, int] = dataclasses.field(default_factory=dict)

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
    def num_unlabelled_pairs(self) -> int:
        """Pairs whose original is not a labelled example."""
        return num_rows(self.unlabelled_originals)

    def draw_counterfactuals(self, generator: np.random.Generator) -> np.ndarray:
        """One of its counterfactuals for each row, at random where it has several.

        Returns:
            int64 `[rows]`: a row of `counterfactual_inputs`, or -1 for none.
        """
        drawn = np.full(self.num_examples, -1, np.int64)
        if self.num_pairs:
            order = generator.permutation(self.num_pairs)
            drawn[np.asarray(self.counterfactual_rows)[order]] = order
        return drawn

    def with_negative_originals_only(self) -> TrainingData:
        """Only the pairs whose original is labelled 0 (Garg et al. 2019).

        Unlabelled pairs go, since their originals' labels are not known.
        """
        kept = np.asarray(self.labels)[self.counterfactual_rows] == 0 if self.num_pairs else None
        left_out = dict(self.num_pairs_left_out)
        if self.num_unlabelled_pairs:
            left_out["unlabelled"] = self.num_unlabelled_pairs
        replaced: dict[str, Any] = {
            "unlabelled_originals": None,
            "unlabelled_counterfactuals": None,
        }
        if kept is not None:
            left_out["positive_original"] = int((~kept).sum())
            replaced["counterfactual_inputs"] = take(self.counterfactual_inputs, kept)
            replaced["counterfactual_rows"] = np.asarray(self.counterfactual_rows)[kept]
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
    found = np.zeros(len(column), bool)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        hits = pc.fill_null(pc.equal(pc.list_flatten(column), value), False)
        parents = pc.list_parent_indices(column)
        found[np.asarray(parents)[np.asarray(hits)]] = True
        return found
    return np.asarray(pc.fill_null(pc.equal(column.cast(pa.string()), value), False))


def column_values(table: pa.Table, name: str) -> np.ndarray:
    """A column as an array: texts as Python strings, numbers, lists of numbers as rows.

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
        drop("held_out_term", names_any_term(pairs[columns.TERM], held_out_terms))
    return pairs, left_out


def _names_nothing(column: pa.ChunkedArray) -> bool:
    """Whether there are rows and none has a value: as good as no column."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return len(column) > 0 and not pc.sum(pc.list_value_length(column)).as_py()
    return len(column) > 0 and column.null_count == len(column)


def names_any_term(column: pa.ChunkedArray, terms: Sequence[str]) -> pa.ChunkedArray:
    """Whether each row's terms (one, a list, or several with commas) name one of `terms`."""
    wanted = {term.casefold().strip() for term in terms}
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        hits = [
            bool({term.casefold().strip() for term in row or () if term} & wanted)
            for row in column.to_pylist()
        ]
        return pa.chunked_array([pa.array(hits, pa.bool_())])
    values = column.unique()
    found = [
        bool({part.casefold().strip() for part in (value or "").split(",")} & wanted)
        for value in values.to_pylist()
    ]
    return pc.take(pa.array(found, pa.bool_()), pc.index_in(column, value_set=values))


def training_data_from_tables(
    train: pa.Table,
    pairs: pa.Table | None = None,
    validation: pa.Table | None = None,
    *,
    id_feature: str = "example_id",
    text_feature: str = "comment_text",
    input_features: Sequence[str] = (),
    label_feature: str = "toxicity",
    weight_feature: str = "",
    label_threshold: float | None = 0.5,
    slices: Sequence[str] = (),
    held_out_terms: Sequence[str] = (),
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
        id_feature: Example ID.
        text_feature: The text a model reads.
        input_features: The features a model reads, if not the text alone.
        label_feature: A number, positive above `label_threshold`.
        weight_feature: Example weight; empty: none.
        label_threshold: None: labels are class numbers.
        slices: Slicing features that MinDiff needs.
        held_out_terms: Terms whose pairs are not trained on.

    Returns:
        The data; `validation` within it.

    Raises:
        InputError: A column is missing, or no row has a label.
    """
    features = tuple(input_features) or (text_feature,)
    left_out: dict[str, int] = {}
    if pairs is not None:
        pairs, left_out = without_pairs(pairs, text_feature, held_out_terms)

    def inputs_of(table: pa.Table, names: Mapping[str, str]) -> Inputs:
        arrays = {feature: column_values(table, names[feature]) for feature in features}
        return arrays if input_features else arrays[text_feature]

    def labelled(table: pa.Table, what: str) -> tuple[pa.Table, np.ndarray]:
        labels = float_values(table, label_feature)
        known = ~np.isnan(labels)
        if not known.any():
            raise InputError(f"No {what} example has a label in column {label_feature!r}.")
        labels = labels[known]
        if label_threshold is not None:
            labels = (labels > label_threshold).astype(np.float32)
        else:
            labels = labels.astype(np.int64)
        return table.filter(pa.array(known)), labels

    def part(table: pa.Table, what: str, others: pa.Array | None) -> TrainingData:
        table, labels = labelled(table, what)
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
            own = pairs.filter(pa.array(known))
            originals = inputs_of(table, {f: f for f in features})
            if len(rows):
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
            **aligned,
        )

    none = pa.array([], pa.string())
    held = none
    if validation is not None and id_feature in validation.column_names:
        held = validation[id_feature].combine_chunks().cast(pa.string())
    data = part(train, "training", held)
    checked = part(validation, "validation", None) if validation is not None else None
    return dataclasses.replace(data, validation=checked, num_pairs_left_out=left_out)
