"""The two sides of each record: their distinct texts to a model, its scores into columns.

The same model reads the original and the counterfactual; a text that occurs
several times is scored once, unless repeats are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.metrics.pairs.class_scores import to_column
from fairflip.pipeline.read.columns import numbers
from fairflip.pipeline.score.class_columns import class_column, class_matrix
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.forms.model_specs import outputs_of


def score_sides(
    batch: pa.RecordBatch,
    handler: BatchModelHandler,
    model: Any,
    with_classes: bool = False,
    repeats: int = 1,
    ask: Callable[[pa.RecordBatch, np.ndarray], np.ndarray] | None = None,
) -> pa.RecordBatch:
    """Adds one model's scores to a batch of pairs, or of originals.

    Args:
      batch: The input features; if one of them also occurs as
        `counterfactual.<feature>`, the counterfactual side is scored too, with the
        original's value of the features that did not change.
      handler: How to score.
      model: What the handler loaded.
      with_classes: Whether to add the class scores, of which the score is one.
      repeats: How often to score each record. With several, a counterfactual is scored
        by itself also where it equals an original: two answers to one text may differ.
      ask: Gives the scores of records, of which the second argument says which answer to
        them is meant, in place of the handler: what is known already is not asked again.

    Returns:
      The batch with float64 `score.<model>`, and for pairs
      `counterfactual.score.<model>`. Scores are as the model gives them. With classes
      also `classes.<model>`, and for pairs `counterfactual.classes.<model>`: K of them
      in each row. Of several outputs each has such columns of scores; a model that decides by
      argmax has those of class scores alone. With repeats also `score.<model>.repeat2` and so
      on, on both sides.
    """
    sides = sides_of(batch, handler.input_features)
    prefixes = list(sides)
    distinct, inverse, side = distinct_records(list(sides.values()), by_side=repeats > 1)

    def scores_of(repeat: int) -> np.ndarray:
        if ask is None:
            return handler.score_batch(distinct, model)
        return ask(distinct, (repeat - 1) * len(sides) + side)

    classes = None
    if with_classes:
        scores, classes = handler.score_and_classes(distinct, model)
    else:
        scores = scores_of(1)
    answers = [scores, *(scores_of(repeat) for repeat in range(2, repeats + 1))]
    for repeat, scores in enumerate(answers, start=1):
        shape = (len(sides), batch.num_rows, *scores.shape[1:])
        for prefix, values in zip(prefixes, scores[inverse].reshape(shape), strict=True):
            for name, column in _score_columns(handler, values, repeat):
                batch = with_column(batch, prefix + name, column)
    if classes is not None:
        for prefix, rows in zip(prefixes, np.split(inverse, len(sides)), strict=True):
            name = prefix + columns.classes(handler.name)
            batch = with_column(batch, name, to_column(classes[rows]))
    return batch


def _score_columns(
    handler: BatchModelHandler, values: np.ndarray, repeat: int
) -> Iterator[tuple[str, pa.Array]]:
    """What one answer to each record gives: the columns of all outputs, by their names."""
    outputs = outputs_of(handler.spec)
    if outputs[0].is_argmax:
        is_missing = np.isnan(values).any(axis=1) if handler.nan_is_missing else None
        yield columns.classes(outputs[0].name, repeat), class_column(values, is_missing)
        return
    by_output = values.T if values.ndim > 1 else [values]
    for output, scores in zip(outputs, by_output, strict=True):
        column = pa.array(scores, pa.float64(), from_pandas=handler.nan_is_missing)
        yield columns.score(output.name, repeat), column


def sides_of(batch: pa.RecordBatch, features: Sequence[str]) -> dict[str, pa.RecordBatch]:
    """What a model reads of a batch of pairs, or of originals.

    Returns:
      For the original ("") and, where there is one, the counterfactual (the prefix of its
      columns): its features, with the original's value of those that did not change.
    """
    changed = [name for name in features if columns.counterfactual(name) in batch.schema.names]
    sides = {"": batch.select(list(features))}
    if changed:
        names = [columns.counterfactual(name) if name in changed else name for name in features]
        arrays = [batch.column(name) for name in names]
        sides[columns.COUNTERFACTUAL_PREFIX] = pa.RecordBatch.from_arrays(arrays, list(features))
    return sides


def distinct_records(
    sides: Sequence[pa.RecordBatch], by_side: bool
) -> tuple[pa.RecordBatch, np.ndarray, np.ndarray]:
    """The distinct records of all sides together, or of each side, and the record of each row.

    Returns:
      The records; where among them stands each of the sides' rows, one side after the
      other; and the side of each record, 0 where sides are not told apart.
    """
    if not by_side:
        parts = [side.columns for side in sides]
        stacked = [pa.concat_arrays(arrays) for arrays in zip(*parts, strict=True)]
        records, inverse = distinct_rows(pa.RecordBatch.from_arrays(stacked, sides[0].schema.names))
        return records, inverse, np.zeros(records.num_rows, int)
    of_sides = [distinct_rows(side) for side in sides]
    starts = np.cumsum([0, *(records.num_rows for records, _ in of_sides)])
    return (
        pa.concat_batches([records for records, _ in of_sides]),
        np.concatenate(
            [inverse + start for (_, inverse), start in zip(of_sides, starts, strict=False)]
        ),
        np.repeat(np.arange(len(of_sides)), np.diff(starts)),
    )


def distinct_rows(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, np.ndarray]:
    """The distinct rows of `batch` and, for each row (n,), which of them it is."""
    codes: np.ndarray | None = None
    for column in batch.columns:
        if pa.types.is_nested(column.type):
            # Vectors have no dictionary; then each row is scored by itself.
            return batch, np.arange(batch.num_rows)
        encoded = pc.dictionary_encode(column, null_encoding="encode")
        # A column that is categories already keeps its missing cells.
        indices = encoded.indices.fill_null(-1)
        part = indices.to_numpy(zero_copy_only=False).astype(np.int64)
        if batch.num_columns == 1 and encoded.dictionary.type == column.type:
            # Values are numbered as they come first: the dictionary is the distinct rows.
            return pa.RecordBatch.from_arrays([encoded.dictionary], batch.schema.names), part
        if codes is None:
            codes = part
        else:
            # Renumbered each time, so that products of sizes cannot overflow.
            combined = codes * (len(encoded.dictionary) + 1) + part
            codes = np.unique(combined, return_inverse=True)[1].reshape(-1)
    if codes is None:
        return batch, np.arange(batch.num_rows)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    if np.array_equal(first, np.arange(batch.num_rows)):
        return batch, first
    return batch.take(pa.array(first)), inverse.reshape(-1)


def with_column(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    """The batch with a column added, or put in the place of the one of its name."""
    if name in batch.schema.names:
        return batch.set_column(batch.schema.get_field_index(name), name, values)
    return batch.append_column(name, values)


def take_scores(batch: pa.RecordBatch, spec: ModelSpec) -> pa.RecordBatch:
    """Takes the scores of all outputs of a model from the data.

    Args:
      batch: Holds the columns that the specification names, and for pairs those of the
        counterfactual: a number each, or lists with a number for each output.
      spec: A model whose scores are in the data.

    Returns:
      The batch with the columns that a model which is asked would have, null where the data
      has no number.
    """
    outputs = outputs_of(spec)
    if not outputs[0].is_argmax and not spec.output_names and spec.score_feature:
        return copy_scores(batch, spec.name, spec.score_feature)
    if spec.score_features and not outputs[0].is_argmax:
        for output, feature in zip(outputs, spec.score_features, strict=True):
            batch = copy_scores(batch, output.name, feature)
        return batch
    present, repeat = set(batch.schema.names), 1
    features = list(spec.score_features) or [spec.score_feature]
    while columns.repeated(features[0], repeat) in present:
        sources = [columns.repeated(feature, repeat) for feature in features]
        for prefix in ("", columns.COUNTERFACTUAL_PREFIX):
            if prefix + sources[0] not in present:
                continue
            scores, is_missing = _gathered(batch, [prefix + source for source in sources], spec)
            if outputs[0].is_argmax:
                name = prefix + columns.classes(spec.name, repeat)
                batch = with_column(batch, name, class_column(scores, is_missing))
                continue
            for output, values in zip(outputs, scores.T, strict=True):
                name = prefix + columns.score(output.name, repeat)
                batch = with_column(batch, name, pa.array(values, mask=np.isnan(values)))
        repeat += 1
    return batch


def _gathered(
    batch: pa.RecordBatch, sources: Sequence[str], spec: ModelSpec
) -> tuple[np.ndarray, np.ndarray]:
    """[n, K] numbers of one column of lists, or of a column for each; and [n], where some lack."""
    if not spec.score_features:
        return class_matrix(batch.column(sources[0]), len(spec.output_names), sources[0])
    arrays = [numbers(batch.column(source))[0] for source in sources]
    is_missing = np.any([each.is_null().to_numpy(zero_copy_only=False) for each in arrays], axis=0)
    return np.stack([each.to_numpy(zero_copy_only=False) for each in arrays], axis=1), is_missing


def copy_scores(batch: pa.RecordBatch, model: str, feature: str) -> pa.RecordBatch:
    """Takes a model's scores from the data.

    Args:
      batch: Holds `feature`, and for pairs `counterfactual.<feature>`; perhaps repeats
        too, as `<feature>.repeat2` and so on.
      model: The model's name.
      feature: The column of its scores.

    Returns:
      The batch with the score columns, null where the data has no number.
    """
    present = set(batch.schema.names)
    repeat = 1
    while columns.repeated(feature, repeat) in present:
        source, target = columns.repeated(feature, repeat), columns.score(model, repeat)
        for prefix in ("", columns.COUNTERFACTUAL_PREFIX):
            if prefix + source in present:
                values = numbers(batch.column(prefix + source))[0]
                batch = with_column(batch, prefix + target, values)
        repeat += 1
    return batch


def copy_classes(batch: pa.RecordBatch, model: str, feature: str) -> pa.RecordBatch:
    """Takes a model's class scores from the data.

    Args:
      batch: Holds `feature`, and for pairs `counterfactual.<feature>`.
      model: The model's name.
      feature: The column of its class scores.

    Returns:
      The batch with the columns of class scores.
    """
    targets = {
        feature: columns.classes(model),
        columns.counterfactual(feature): columns.counterfactual_classes(model),
    }
    for source, target in targets.items():
        if source in batch.schema.names and source != target:
            batch = with_column(batch, target, batch.column(source))
    return batch
