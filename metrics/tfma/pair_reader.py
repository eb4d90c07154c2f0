"""From what TFMA hands to a metric to the columns of a pair.

Reads the extracts of one example, or of several at once (with a query key TFMA
groups them), for one model and one output. Everything that is decided by the
EvalConfig is decided when the metric is made, so that reading is a few lookups.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.metrics import metric_types, metric_util
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.utils import model_util, util

from fairflip.metrics.pairs.pair_rows import PairRows
from fairflip.metrics.tfma.extract_values import (
    CONTROL_FEATURES,
    controls_among,
    dense,
    id_text,
    item,
    with_controls,
)
from fairflip.protos import columns, errors

#: What a metric accepts as its counterfactual_prediction_key.
PredictionKey = str | Mapping[str, str] | None


@dataclasses.dataclass(frozen=True)
class PairReader:
    """Where one model's pair stands in the extracts.

    Attributes:
      metric: Name of the metric, for messages.
      model_name: Key of the model in the extracts; "" with a single model.
      output_name: Key of the output; "" with a single output.
      prediction_key: `ModelSpec.prediction_key` of the model.
      feature_key: Feature with the counterfactual's prediction; None: the
        baseline model's prediction is the counterfactual's.
      baseline_name: The model marked is_baseline, where it is read; else None.
      baseline_prediction_key: Its `ModelSpec.prediction_key`.
      reads_baseline: Whether the baseline's score of the original is a column.
      id_key: Feature with the example ID, or None.
      needs_ids: Whether a pair without an ID is refused.
      legitimate_key: Feature that marks legitimate flips, or None.
      example_weighted: Whether example weights apply.
      reads_classes: Read top classes in place of scores.
      with_controls: Read controls too, and which pair each belongs to.
    """

    metric: str
    model_name: str = ""
    output_name: str = ""
    prediction_key: str = ""
    feature_key: str | None = None
    baseline_name: str | None = None
    baseline_prediction_key: str = ""
    reads_baseline: bool = False
    id_key: str | None = None
    needs_ids: bool = False
    legitimate_key: str | None = None
    example_weighted: bool = False
    reads_classes: bool = False
    with_controls: bool = False

    @classmethod
    def create(
        cls,
        metric: str,
        counterfactual_prediction_key: PredictionKey,
        eval_config: config_pb2.EvalConfig | None,
        model_name: str,
        output_name: str,
        reads_baseline: bool = False,
        **fields: Any,
    ) -> PairReader:
        """Settles where to read, from the metric's arguments and the EvalConfig.

        Args:
          metric: Name of the metric.
          counterfactual_prediction_key: Feature key; may hold "{model}" and
            "{output}"; or a feature key for each model by name; or None for the
            model marked is_baseline.
          eval_config: The evaluation's configuration, if there is one.
          model_name: Model as TFMA keys it.
          output_name: Output as TFMA keys it.
          reads_baseline: Whether the baseline's score of the original is needed.
          **fields: Further attributes of the reader.

        Returns:
          The reader.

        Raises:
          ConfigurationError: There is neither a feature key nor a second model
            marked is_baseline, a model has no key, or a baseline is needed and
            there is none.
        """
        specs = list(eval_config.model_specs) if eval_config else []
        # TFMA keys a single model by "", whatever its name.
        label = model_name or (specs[0].name if len(specs) == 1 else "")
        spec = next((spec for spec in specs if spec.name == label), None)
        feature_key = _feature_key(metric, counterfactual_prediction_key, label, output_name)
        baseline = model_util.get_baseline_model_spec(eval_config) if eval_config else None
        if feature_key is None and (baseline is None or len(specs) < 2):
            raise errors.ConfigurationError(
                f"{metric} has no counterfactual_prediction_key and the EvalConfig has "
                f"{len(specs)} model(s), none of two marked is_baseline; name the feature that "
                "holds the counterfactual's prediction, or mark the model that made it"
            )
        if reads_baseline and baseline is None:
            raise errors.ConfigurationError(
                f"{metric} compares with a baseline and no ModelSpec is marked is_baseline; "
                "mark one"
            )
        reads_any_baseline = feature_key is None or reads_baseline
        return cls(
            metric=metric,
            model_name=model_name,
            output_name=output_name,
            prediction_key=spec.prediction_key if spec else "",
            feature_key=feature_key,
            baseline_name=(
                (baseline.name if len(specs) > 1 else "")
                if baseline is not None and reads_any_baseline
                else None
            ),
            baseline_prediction_key=baseline.prediction_key if baseline is not None else "",
            reads_baseline=reads_baseline,
            **fields,
        )

    @property
    def is_baseline(self) -> bool:
        """Whether the model that is read is the baseline itself."""
        return self.model_name == self.baseline_name

    def preprocessor(self) -> metric_types.StandardMetricInputsPreprocessor:
        """Keeps what is read, and asks for no labels: flips need none."""
        include: dict[str, Any] = {
            constants.PREDICTIONS_KEY: {},
            constants.EXAMPLE_WEIGHTS_KEY: {},
        }
        # Controls are told by features that need not be there.
        keys = [columns.EDIT, *(CONTROL_FEATURES if self.with_controls else ())]
        keys += [key for key in (self.feature_key, self.id_key, self.legitimate_key) if key]
        include[constants.FEATURES_KEY] = {key: {} for key in keys}
        return metric_types.StandardMetricInputsPreprocessor(
            include_filter=include,
            include_default_inputs=False,
            name="fairflip_pairs:" + ",".join(map(str, keys)),
        )

    def read(self, inputs: metric_types.StandardMetricInputs) -> PairRows:
        """Reads one example's pair, or several examples' pairs.

        Raises:
          InputError: A prediction is missing, None, empty, NaN or no number, or
            sizes differ. The message names keys and sizes and shows no data.
        """
        prediction, source = self._model_prediction(inputs, self.model_name, self.prediction_key)
        if self.feature_key is not None:
            other, said_other = self._feature_prediction(inputs)
        else:
            other, said_other = self._model_prediction(
                inputs, self.baseline_name or "", self.baseline_prediction_key
            )
            said_other = f"counterfactual {said_other}"
        if prediction.size != other.size:
            raise errors.InputError(
                f"{self.metric}: {source} has {prediction.size} value(s) and {said_other} has "
                f"{other.size}; give both sides of a pair the same size"
            )
        shape = prediction.shape
        num_classes = 0
        original: npt.NDArray[Any]
        counterfactual: npt.NDArray[Any]
        if self.reads_classes:
            original, counterfactual, num_classes = self._top_classes(prediction, other, source)
            shape = shape[:-1] if len(shape) > 1 else (1,)
        else:
            original, counterfactual = prediction.ravel(), other.ravel()
        baseline = None
        if self.reads_baseline:
            baseline, said_baseline = self._model_prediction(
                inputs, self.baseline_name or "", self.baseline_prediction_key
            )
            baseline = self._spread(baseline, original.size, shape, said_baseline)
        rows = PairRows(
            original=original,
            counterfactual=counterfactual,
            weights=self._weights(inputs, original.size, shape),
            ids=self._ids(inputs, original.size, shape),
            legitimate=self._legitimate(inputs, original.size, shape),
            baseline=baseline,
            num_classes=num_classes,
        )
        features = item(inputs, constants.FEATURES_KEY)

        def spread(values: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
            return self._spread(values, rows.size, shape, name)

        is_control = controls_among(features, spread)
        if self.with_controls:
            return with_controls(rows, is_control, features, spread)
        return rows if is_control is None else rows.selected(~is_control)

    def _model_prediction(
        self, inputs: metric_types.StandardMetricInputs, model_name: str, prediction_key: str
    ) -> tuple[npt.NDArray[np.float64], str]:
        source = f"prediction of model {model_name!r}" if model_name else "prediction"
        if self.output_name:
            source += f", output {self.output_name!r}"
        value = item(inputs, constants.PREDICTIONS_KEY)
        for key in (model_name, self.output_name):
            if key and value is not None:
                if not isinstance(value, Mapping):
                    raise errors.InputError(
                        f"{self.metric}: predictions have no key {key!r} ({source}); check names "
                        "of models and outputs in the EvalConfig"
                    )
                value = util.get_by_keys(value, [key], optional=True)
        if isinstance(value, Mapping):
            value = metric_util.prepare_labels_and_predictions(None, value, prediction_key)[1]
        return self._scores(value, source), source

    def _feature_prediction(
        self, inputs: metric_types.StandardMetricInputs
    ) -> tuple[npt.NDArray[np.float64], str]:
        source = f"counterfactual prediction, feature {self.feature_key!r},"
        value = self._feature(inputs, self.feature_key or "", "counterfactual_prediction_key")
        # A feature may itself hold one value per model and output.
        value = self._of_model_and_output(value)
        return self._scores(value, source), source

    def _of_model_and_output(self, value: Any) -> Any:
        """The entry of this model, this output or both, where `value` is keyed by them."""
        for key in (self.model_name, self.output_name):
            if key and isinstance(value, Mapping):
                entry = util.get_by_keys(value, [key], optional=True)
                value = value if entry is None else entry
        return value

    def _feature(self, inputs: metric_types.StandardMetricInputs, key: str, argument: str) -> Any:
        features = item(inputs, constants.FEATURES_KEY) or {}
        if key not in features:
            raise errors.InputError(
                f"{self.metric}: feature {key!r} ({argument}) is missing from an example; add it "
                f"to the data, or name another feature in {argument}"
            )
        return features[key]

    def _scores(self, value: Any, source: str) -> npt.NDArray[np.float64]:
        if value is None:
            raise errors.InputError(
                f"{self.metric}: {source} is missing or None (size 0); give every pair both sides"
            )
        if isinstance(value, Mapping):
            raise errors.InputError(
                f"{self.metric}: {source} is keyed by {sorted(value)}, and neither model "
                f"{self.model_name!r} nor output {self.output_name!r} is among them; check names "
                "of models and outputs"
            )
        array = dense(value)
        if array.size == 0:
            raise errors.InputError(
                f"{self.metric}: {source} is empty (size 0); give every pair both sides"
            )
        if array.dtype.kind not in "fiub":
            raise errors.InputError(
                f"{self.metric}: {source} is of type {array.dtype}; give numbers"
            )
        scores = array.astype(np.float64, copy=False)
        if np.isnan(scores).any():
            raise errors.InputError(
                f"{self.metric}: {source} is NaN in {int(np.isnan(scores).sum())} of {scores.size} "
                "value(s); a NaN is neither positive nor negative, so leave such pairs out or "
                "mend the model"
            )
        return scores.reshape(1) if scores.ndim == 0 else scores

    def _top_classes(
        self, prediction: npt.NDArray[Any], other: npt.NDArray[Any], source: str
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
        num_classes = prediction.shape[-1]
        if other.shape[-1] != num_classes:
            raise errors.InputError(
                f"{self.metric}: {source} has {num_classes} classes and the counterfactual's "
                f"prediction {other.shape[-1]}; give both sides of a pair one score for each class"
            )
        if num_classes < 2:
            raise errors.InputError(
                f"{self.metric}: {source} has {num_classes} value per example; a top class needs a "
                "vector of at least 2"
            )
        original = prediction.reshape(-1, num_classes).argmax(axis=1)
        return original, other.reshape(-1, num_classes).argmax(axis=1), num_classes

    def _weights(
        self, inputs: metric_types.StandardMetricInputs, size: int, shape: tuple[int, ...]
    ) -> npt.NDArray[np.float64] | None:
        if not self.example_weighted:
            return None
        value = item(inputs, constants.EXAMPLE_WEIGHTS_KEY)
        value = self._of_model_and_output(value)
        if value is None:
            return np.ones(size)
        if isinstance(value, Mapping):
            raise errors.InputError(
                f"{self.metric}: example weights are keyed by {sorted(value)}, and neither model "
                f"{self.model_name!r} nor output {self.output_name!r} is among them; check "
                "example_weight_keys of the ModelSpec"
            )
        weights = dense(value).astype(np.float64, copy=False)
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise errors.InputError(
                f"{self.metric}: an example weight is negative or not finite; give weights of at "
                "least 0"
            )
        return self._spread(weights, size, shape, "example weight")

    def _ids(
        self, inputs: metric_types.StandardMetricInputs, size: int, shape: tuple[int, ...]
    ) -> list[str | None] | None:
        if self.id_key is None:
            return None
        features = item(inputs, constants.FEATURES_KEY) or {}
        value = features.get(self.id_key)
        array = np.zeros(0) if value is None else dense(value)
        if array.size == 0:
            if self.needs_ids:
                raise errors.InputError(
                    f"{self.metric}: feature {self.id_key!r} (example_id_key) is missing from an "
                    "example; give every example the ID of its original"
                )
            return [None] * size
        spread = self._spread(array, size, shape, f"feature {self.id_key!r} (example_id_key)")
        return [id_text(example_id) for example_id in spread.tolist()]

    def _legitimate(
        self, inputs: metric_types.StandardMetricInputs, size: int, shape: tuple[int, ...]
    ) -> npt.NDArray[np.bool_] | None:
        if self.legitimate_key is None:
            return None
        argument = "flip_is_legitimate_key"
        value = self._feature(inputs, self.legitimate_key, argument)
        array = np.zeros(0) if value is None else dense(value)
        if array.size == 0:  # Not marked.
            return np.zeros(size, bool)
        source = f"feature {self.legitimate_key!r} ({argument})"
        if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
            raise errors.InputError(
                f"{self.metric}: {source} is of type {array.dtype}, or neither 0 nor 1; give "
                "booleans, or 0 and 1"
            )
        return self._spread(array.astype(bool), size, shape, source)

    def _spread(
        self, values: npt.NDArray[Any], size: int, shape: tuple[int, ...], source: str
    ) -> npt.NDArray[Any]:
        """One value per score, from one per score, per example, or in all."""
        if values.size == size:
            return values.ravel()
        if values.size == 1:
            return np.full(size, values.ravel()[0], values.dtype)
        if shape and values.size == shape[0]:
            return np.repeat(values.ravel(), size // shape[0])
        raise errors.InputError(
            f"{self.metric}: {source} has {values.size} value(s) and the prediction {size}; give "
            "one per example"
        )


def _feature_key(metric: str, key: PredictionKey, model_label: str, output_name: str) -> str | None:
    if key is None:
        return None
    if isinstance(key, Mapping):
        if not model_label and len(key) == 1:
            return str(next(iter(key.values())))
        if model_label not in key:
            raise errors.ConfigurationError(
                f"{metric}: counterfactual_prediction_key has keys for models {sorted(key)} and "
                f"none for {model_label!r}; add it"
            )
        return str(key[model_label])
    if "{model}" in key and not model_label:
        raise errors.ConfigurationError(
            f"{metric}: counterfactual_prediction_key {key!r} names {{model}}, and TFMA drops the "
            "name of a single model; write the feature's name out"
        )
    return key.replace("{model}", model_label).replace("{output}", output_name)
