"""What is measured of a pair whose decisions are classes, as scores of stand-ins for models.

All that is counted of scores (flips at a threshold, mean gaps, controls, intervals, tests)
holds for classes, once a pair's two scores say what is to be counted: 0 and 1 where the class
changes, 0 and the distance of both sides' class scores, and so on. So each measure of a model
is a stand-in for one, with columns of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.metrics.pairs.class_scores import class_scores, original_class_scores
from fairflip.protos import columns

#: A flip: the top class changes.
CHANGE = "change"
#: The gap: the total variation distance, half the sum of absolute differences.
DISTANCE = "distance"
#: A flip: the set of the k classes with the greatest scores changes.
TOP_K = "top_k"
#: Both scores: whether that side's class is the original's label.
CORRECT = "correct"
#: Both scores: the number of that side's class.
CLASS = "class"

# Stands in no name of a model.
_BETWEEN = "\x1f"


def stand_in(model: str, measure: str) -> str:
    """The name under which a measure of a model is counted."""
    return f"{model}{_BETWEEN}{measure}"


def model_of(name: str) -> str:
    """The model that a stand-in is for."""
    return name.partition(_BETWEEN)[0]


def with_measures(
    batch: pa.RecordBatch,
    models: Sequence[str],
    top_k: int,
    label: str = "",
    classes: Sequence[str] = (),
    repeated: Sequence[str] = (),
) -> pa.RecordBatch:
    """Adds the scores of all stand-ins to a batch of pairs.

    Args:
        batch: Pairs with the class scores of each model.
        models: Names of the models.
        top_k: How many of the greatest class scores make the set of `TOP_K`.
        label: The column with the class of each original, a text; "" without one.
        classes: Names of the classes, in the order of their scores.
        repeated: Models that were asked twice for each text.

    Returns:
        The batch with `score.` and `counterfactual.score.` of each stand-in; `CORRECT` only
        with labels, and null where an original has none.
    """
    added: dict[str, pa.Array] = {}
    labels = _label_numbers(batch, label, classes)
    for model in models:
        before, after = class_scores(batch, model)
        first, second = before.argmax(axis=1), after.argmax(axis=1)
        zeros = np.zeros(len(first))
        # Not beyond 1 for distributions, whose sums rounding may leave above it.
        distance = 0.5 * np.abs(before - after).sum(axis=1)
        distance = np.where(distance < 1 + 1e-9, np.minimum(distance, 1.0), distance)
        measured = {
            CHANGE: (zeros, first != second),
            DISTANCE: (zeros, distance),
            TOP_K: (zeros, (_top(before, top_k) != _top(after, top_k)).any(axis=1)),
            CLASS: (first, second),
        }
        if labels is not None:
            measured[CORRECT] = (first == labels, second == labels)
        for measure, sides in measured.items():
            name = stand_in(model, measure)
            for column, values in zip(
                (columns.score(name), columns.counterfactual_score(name)), sides, strict=True
            ):
                mask = labels < 0 if measure == CORRECT and labels is not None else None
                added[column] = pa.array(values.astype(np.float64), mask=mask)
        if model in repeated:
            again = original_class_scores(batch, model, 2).argmax(axis=1)
            name = columns.score(stand_in(model, CHANGE), 2)
            added[name] = pa.array((first != again).astype(np.float64))
    return _with_columns(batch, added)


def with_correct(
    batch: pa.RecordBatch, models: Sequence[str], label: str, classes: Sequence[str]
) -> pa.RecordBatch:
    """The originals that have a label, with `score.` of each model's `CORRECT`."""
    labels = _label_numbers(batch, label, classes)
    if labels is None:
        labels = np.full(batch.num_rows, -1)
    added = {
        columns.score(stand_in(model, CORRECT)): pa.array(
            (original_class_scores(batch, model).argmax(axis=1) == labels).astype(np.float64)
        )
        for model in models
    }
    return _with_columns(batch, added).filter(pa.array(labels >= 0))


def _with_columns(batch: pa.RecordBatch, added: dict[str, pa.Array]) -> pa.RecordBatch:
    names = [name for name in batch.schema.names if name not in added]
    arrays = [batch.column(name) for name in names]
    return pa.RecordBatch.from_arrays([*arrays, *added.values()], [*names, *added])


def _top(scores: np.ndarray, k: int) -> np.ndarray:
    """[N, K] bool: the k classes with the greatest scores; of equal ones those that come first."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    is_top = np.zeros(scores.shape, bool)
    np.put_along_axis(is_top, order, True, axis=1)
    return is_top


def _label_numbers(batch: pa.RecordBatch, label: str, classes: Sequence[str]) -> np.ndarray | None:
    """[N] number of each original's class; -1 without a label, K for one that is no class."""
    if not label or label not in batch.schema.names:
        return None
    numbers = {name: number for number, name in enumerate(classes)}
    encoded = batch.column(label).cast(pa.string()).dictionary_encode()
    of_value = [numbers.get(value, len(classes)) for value in encoded.dictionary.to_pylist()]
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.array([*of_value, -1])[codes]
