"""Between TFMA's extracts and Arrow batches of scored pairs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.evaluator.plan import EvaluationPlan
from fairflip.metrics.flips import slicing
from fairflip.metrics.pairs.class_scores import to_column
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs
from fairflip.protos.errors import InputError


def scored_batch(
    extracts: pa.RecordBatch | Mapping[str, Any],
    spec: StatisticsSpec,
    eval_config: config_pb2.EvalConfig,
) -> pa.RecordBatch | pa.Table:
    """The scored pairs of one batch of extracts.

    Args:
        extracts: A batch of scored pairs, or TFMA's batched extracts: with such a
            batch, or with features, predictions, labels and weights.
        spec: The columns to fill.
        eval_config: The models whose predictions are in the extracts.

    Returns:
        The pairs as the statistics read them.

    Raises:
        InputError: Neither scores nor predictions are there.
    """
    if isinstance(extracts, (pa.RecordBatch, pa.Table)):
        return extracts
    batch = extracts.get(constants.ARROW_RECORD_BATCH_KEY)
    if batch is not None and _has_predictions(batch, spec.models[0]):
        return batch
    predictions = extracts.get(constants.PREDICTIONS_KEY)
    features = extracts.get(constants.FEATURES_KEY)
    if predictions is None or features is None:
        raise InputError(
            f"a batch has neither a column {columns.score(spec.models[0])!r} nor features and "
            "predictions; run the evaluator after the extractor of predictions"
        )
    batch_columns: dict[str, Any] = {spec.id_column: _values(features[spec.id_column])}
    for name, key in (
        (spec.label_column, constants.LABELS_KEY),
        (spec.weight_column, constants.EXAMPLE_WEIGHTS_KEY),
    ):
        if name:
            batch_columns[name] = _numbers(_of_model(extracts[key], spec.models[0]))
    for name in slicing.slice_columns(spec.slices):
        source = columns.slicing_feature(name)
        batch_columns[name] = _lists(features[name if name in features else source])
    if columns.FLIP_IS_LEGITIMATE in features:
        batch_columns[columns.FLIP_IS_LEGITIMATE] = (
            _numbers(features[columns.FLIP_IS_LEGITIMATE]) != 0
        )
    batch_columns |= _edit_columns(features)
    for model_spec in eval_config.model_specs:
        model = model_spec.name or spec.models[0]
        batch_columns |= _model_columns(model, _of_model(predictions, model), features)
    return pa.table(batch_columns)


def _edit_columns(features: Mapping[str, Any]) -> dict[str, Any]:
    """What tells controls from pairs, which pair each belongs to, and which words are edited."""
    edits: dict[str, Any] = {}
    for name in (columns.EDIT, columns.CONTROL_KIND):
        if name in features:
            edits[name] = [text[0] if text else None for text in _texts(features[name])]
    for name in (columns.COUNTERFACTUAL_INDEX, columns.CONTROL_OF):
        if name in features:
            numbers = [one[0] if len(one) else None for one in _lists(features[name])]
            edits[name] = pa.array(numbers, pa.int64(), from_pandas=True)
    for name in (columns.TERM, columns.REPLACEMENT, columns.EDITED_WORDS):
        if name in features:
            edits[name] = pa.array(_texts(features[name]), pa.list_(pa.string()))
    return edits


def counted_batch(
    extracts: pa.RecordBatch | Mapping[str, Any], spec: StatisticsSpec, plan: EvaluationPlan
) -> pa.RecordBatch | pa.Table:
    """The scored pairs of one batch of extracts, for the statistics.

    Args:
        extracts: As for `scored_batch`.
        spec: The columns to fill.
        plan: What is computed from the statistics.

    Returns:
        The pairs. A model that only tells classes apart has 0 for its scores where no metric
        reads them, since the statistics count rows beside scores.

    Raises:
        InputError: A metric reads the scores of a model that gives classes alone.
    """
    batch = scored_batch(extracts, spec, plan.eval_config)
    for index, model in enumerate(spec.models):
        if columns.score(model) in batch.schema.names or not _has_predictions(batch, model):
            continue
        if plan.reads_scores(index, model):
            raise InputError(
                f"model {model!r} gives class scores, and metrics that read one score for each "
                f"pair are asked for; add columns {columns.score(model)!r} and "
                f"{columns.counterfactual_score(model)!r}, or evaluate metrics over classes alone"
            )
        for name in (columns.score(model), columns.counterfactual_score(model)):
            batch = batch.append_column(name, pa.array(np.zeros(batch.num_rows)))
    return batch


def _has_predictions(batch: pa.RecordBatch | pa.Table, model: str) -> bool:
    names = batch.schema.names
    return columns.score(model) in names or columns.classes(model) in names


def _model_columns(model: str, prediction: Any, features: Mapping[str, Any]) -> dict[str, Any]:
    """A model's columns: its prediction is a score, or where it has several numbers, classes."""
    score, classes = columns.score(model), columns.classes(model)
    other_score = columns.counterfactual_score(model)
    of_model: dict[str, Any] = {}
    for name in (score, other_score):
        if name in features:
            of_model[name] = _numbers(features[name])
    for name in (classes, columns.counterfactual_classes(model)):
        if name in features:
            of_model[name] = _vectors(features[name])
    if _has_several(prediction):
        of_model[classes] = _vectors(prediction)
    else:
        of_model |= {score: _numbers(prediction), other_score: _numbers(features[other_score])}
    return of_model


def unbatched_extracts(
    extracts: pa.RecordBatch | Mapping[str, Any],
    spec: StatisticsSpec,
    eval_config: config_pb2.EvalConfig,
) -> Iterator[dict[str, Any]]:
    """One extract for each labelled pair, for metrics that TFMA computes one by one.

    Their formulas take a label for granted, and of a missing one some would make a number.

    Args:
        extracts: As for `scored_batch`.
        spec: Where labels, weights and scores are.
        eval_config: The models whose predictions are wanted.

    Yields:
        Features as arrays, label, weight and predictions, by model if several.
    """
    # No metric of TFMA's knows of controls.
    batch = identity_pairs(scored_batch(extracts, spec, eval_config))
    if spec.label_column:
        has_label = pc.invert(pc.is_null(batch.column(spec.label_column), nan_is_null=True))
        batch = batch.filter(has_label)
    models = model_names(eval_config, spec)
    predicted = (columns.SCORE_PREFIX, columns.CLASSES_PREFIX)
    names = [name for name in batch.schema.names if not name.startswith(predicted)]
    # A model without a score is one that tells classes apart.
    sources = {
        m: columns.score(m) if columns.score(m) in batch.schema.names else columns.classes(m)
        for m in models
    }
    for row in batch.to_pylist():
        features = {name: _feature(row[name]) for name in names}
        # A metric may name the marks of pairs that have none.
        features.setdefault(columns.FLIP_IS_LEGITIMATE, _feature(None))
        for feature, column in columns.PAIR_SLICES.items():
            if column in features:
                features[feature] = features[column]
        for column in names:
            # The data's own column of a name of ours, by which TFMA is to slice.
            if column.startswith(columns.ORIGINAL_PREFIX):
                features[columns.slicing_feature(column)] = features[column]
        scores = {model: np.atleast_1d(row[source]) for model, source in sources.items()}
        example: dict[str, Any] = {
            constants.FEATURES_KEY: features,
            constants.PREDICTIONS_KEY: by_model(scores),
        }
        for name, key in (
            (spec.label_column, constants.LABELS_KEY),
            (spec.weight_column, constants.EXAMPLE_WEIGHTS_KEY),
        ):
            if name:
                value = np.array([row[name]], dtype=np.float64)
                example[key] = by_model(dict.fromkeys(models, value))
        yield example


def model_names(eval_config: config_pb2.EvalConfig, spec: StatisticsSpec) -> list[str]:
    """The models of an EvalConfig, by their names in scored pairs."""
    return [s.name or spec.models[0] for s in eval_config.model_specs] or [spec.models[0]]


def by_model(values: dict[str, Any]) -> Any:
    """Values of models as TFMA has them in an extract: keyed where there are several."""
    return values if len(values) > 1 else next(iter(values.values()))


def _feature(value: Any) -> np.ndarray:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return np.array(values, dtype=object if values and isinstance(values[0], str) else None)


def _of_model(value: Any, model: str) -> Any:
    return value[model] if isinstance(value, Mapping) and model in value else value


def _dense(value: Any) -> Any:
    return value.values if hasattr(value, "values") and not callable(value.values) else value


def _numbers(value: Any) -> np.ndarray:
    return np.asarray(_dense(value), dtype=np.float64).reshape(-1)


def _is_ragged(value: Any) -> bool:
    return hasattr(value, "nested_row_splits") or hasattr(value, "dense_shape")


def _has_several(value: Any) -> bool:
    """Whether some example has more than one number."""
    if _is_ragged(value):
        return any(len(row) > 1 for row in _lists(value))
    return _width(np.asarray(value)) > 1


def _width(array: np.ndarray) -> int:
    """How many numbers each example has, also where there is no example."""
    return math.prod(array.shape[1:])


def _vectors(value: Any) -> pa.Array:
    """One list of numbers per example; `class_scores` looks at their lengths."""
    if _is_ragged(value):
        return pa.array(_lists(value), pa.list_(pa.float64()))
    array = np.asarray(value, dtype=np.float64)
    return to_column(array.reshape(len(array), _width(array)))


def _texts(value: Any) -> list[list[str]]:
    """A feature of texts as one list per row."""
    return [
        [
            text.decode() if isinstance(text, bytes) else str(text)
            for text in row
            if text is not None
        ]
        for row in _lists(value)
    ]


def _values(value: Any) -> list[Any]:
    return np.asarray(_dense(value), dtype=object).reshape(-1).tolist()


def _lists(value: Any) -> list[list[Any]]:
    """A feature as one list per row: dense, or variable-length as TFMA holds it."""
    if hasattr(value, "nested_row_splits"):
        splits = value.nested_row_splits[0]
        flat = np.asarray(value.values).tolist()
        return [flat[a:b] for a, b in itertools.pairwise(splits)]
    if hasattr(value, "dense_shape"):
        rows: list[list[Any]] = [[] for _ in range(int(value.dense_shape[0]))]
        for (row, *_), item in zip(np.asarray(value.indices), value.values, strict=True):
            rows[int(row)].append(item)
        return rows
    array = np.asarray(value, dtype=object)
    return [np.atleast_1d(row).reshape(-1).tolist() for row in array]
