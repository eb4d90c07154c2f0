"""A Keras model that trains another one under additional losses.

Both techniques share this: the wrapped model's own training is left exactly as
plain `fit` has it (Dropout on, BatchNorm moving, regularisers and `add_loss`
counted, weights kept), and terms from a second pass are added to the loss.
"""

from __future__ import annotations

import math
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
from keras import ops

#: Of `fit`'s arguments after x and y.
_POSITION_OF_SHUFFLE = 6


class LossTerm(NamedTuple):
    """One additional loss of a batch: what it is called, its value, its weight."""

    name: str
    value: Any
    weight: float


def num_replicas() -> int:
    """How many replicas share a step; 1 outside distributed TensorFlow training."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


class WrappedModel(keras.Model):
    """Trains `original_model` with loss terms that a subclass adds.

    A subclass implements `plain_inputs` (what the original model reads of a
    batch), `has_remediation_data` and `remediation_losses`. Everything else,
    from callbacks to mixed precision, is Keras's own.

    Logged: `loss` = `original_loss` + sum of weight * term, all means over
    examples; each term unweighted under its own name.
    """

    #: Keras: a batch's pairs are selected at run time, which XLA cannot do.
    supports_jit = False

    def __init__(self, original_model: keras.Model, **kwargs: Any):
        if not isinstance(original_model, keras.Model):
            raise TypeError(
                f"original_model must be a keras.Model (Keras 3), not {type(original_model)!r}; "
                "models of tf_keras (Keras 2) must be rebuilt in Keras 3."
            )
        kwargs.setdefault("dtype", original_model.dtype_policy)
        super().__init__(**kwargs)
        # Inputs are passed on as they come; the original model casts them.
        self.autocast = False
        self._convert_input_args = False
        self.supports_jit = False
        self.original_model = original_model
        self.original_loss_tracker = keras.metrics.Mean(name="original_loss")
        self.term_trackers: dict[str, keras.metrics.Metric] = {}
        self.built = original_model.built

    # What a subclass says.

    def plain_inputs(self, inputs: Any) -> Any:
        """The part of `inputs` that the original model reads."""
        raise NotImplementedError

    def has_remediation_data(self, inputs: Any) -> bool:
        """Whether `inputs` carry data for the additional losses."""
        raise NotImplementedError

    def remediation_losses(self, inputs: Any, predictions: Any, training: bool) -> list[LossTerm]:
        """The additional losses of a batch.

        Args:
            inputs: The whole batch of inputs, packed.
            predictions: What the original model gave for the plain inputs.
            training: Training or evaluation.
        """
        raise NotImplementedError

    # What Keras asks.

    def fit(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """As `keras.Model.fit`; a dataset comes in its own order without a warning."""
        if hasattr(x, "element_spec") and len(args) < _POSITION_OF_SHUFFLE:
            kwargs.setdefault("shuffle", False)
        return super().fit(x, y, *args, **kwargs)

    def build(self, input_shape: Any = None) -> None:
        """Builds the original model, if its own first call has not."""
        if not self.original_model.built and input_shape is not None:
            self.original_model.build(input_shape)
        self.built = True

    def get_build_config(self) -> dict[str, Any] | None:
        """Input shapes only for an original model that cannot tell its own."""
        return None

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """The original model's predictions; packed data is ignored."""
        return self.original_pass(self.plain_inputs(inputs), training)

    def original_pass(self, inputs: Any, training: bool | None) -> Any:
        """Calls the original model, with `training` where it takes it."""
        if self.original_model._call_has_training_arg:
            return self.original_model(inputs, training=training)
        return self.original_model(inputs)

    def side_pass(self, inputs: Any, training: bool | None) -> Any:
        """Predictions for further inputs that leave no trace in the model's state.

        Gradients flow, and layers behave as in training, but BatchNorm's moving
        averages, Dropout's seeds and `add_loss` stay those of the main pass.
        """
        mapping = None
        if keras.backend.backend() == "jax":
            mapping = [(v, v.value) for v in self.original_model.variables]
        with keras.StatelessScope(state_mapping=mapping):
            return self.original_pass(inputs, training)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The compiled loss and the model's own, plus the weighted terms."""
        if training and not self.has_remediation_data(x):
            raise ValueError(
                f"{type(self).__name__} was given training data without {self.data_name}; "
                f"pack it with {self.packer_name} (evaluation takes plain data)."
            )
        total = super().compute_loss(
            x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training
        )
        replicas = num_replicas()
        num_rows = ops.shape(keras.tree.flatten(y_pred)[0])[0]
        self.original_loss_tracker.update_state(total * replicas, sample_weight=num_rows)
        if not self.has_remediation_data(x):
            return total
        for term in self.remediation_losses(x, y_pred, training):
            self.term_trackers[term.name].update_state(term.value, sample_weight=num_rows)
            if term.weight:
                total = total + ops.cast(term.value * (term.weight / replicas), total.dtype)
        return total

    data_name = "remediation data"
    packer_name = "its packing function"

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Metrics of a step; without the terms where there was no data for them."""
        results = super().compute_metrics(x, y, y_pred, sample_weight=sample_weight)
        if not self.has_remediation_data(x):
            for name in self.term_trackers:
                results.pop(name, None)
        return results

    def save_original_model(
        self, filepath: str | pathlib.Path, save_format: str | None = None, **kwargs: Any
    ) -> None:
        """Writes the model that was trained, without this wrapper.

        Args:
            filepath: A `.keras` or `.h5` file, or a folder.
            save_format: "tf" exports a SavedModel, as does a path without one of
                those endings. None: by the path.
            **kwargs: For `keras.Model.save` or `keras.Model.export`.
        """
        is_file = pathlib.Path(filepath).suffix in (".keras", ".h5")
        if save_format == "tf" or (save_format is None and not is_file):
            kwargs.setdefault("verbose", False)
            self.original_model.export(str(filepath), format="tf_saved_model", **kwargs)
        else:
            self.original_model.save(filepath, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The original model and the name; subclasses add their losses."""
        return {
            "name": self.name,
            "original_model": keras.saving.serialize_keras_object(self.original_model),
        }


def conform_weights(losses: Any, weights: Any, owner: str) -> Any:
    """One weight per loss: a scalar for all, or a dict or list shaped as `losses`.

    Missing keys of a dict count 1.

    Raises:
        ValueError: The structures do not match, or a weight is negative, NaN or infinite.
    """
    if weights is None:
        weights = 1.0
    if isinstance(losses, Mapping):
        if not isinstance(weights, Mapping):
            if isinstance(weights, list | tuple):
                raise ValueError(
                    f"loss is a dict, so loss_weight must be a number or dict: {owner}"
                )
            return {name: _weight(weights) for name in losses}
        unknown = sorted(set(weights) - set(losses))
        if unknown:
            raise ValueError(f"loss_weight has keys {unknown} that loss has not.")
        return {name: _weight(weights.get(name, 1.0)) for name in losses}
    if isinstance(losses, list):
        if not isinstance(weights, list | tuple):
            return [_weight(weights)] * len(losses)
        if len(weights) != len(losses):
            raise ValueError(f"{len(weights)} loss weights for {len(losses)} losses.")
        return [_weight(weight) for weight in weights]
    if isinstance(weights, Mapping | list | tuple):
        raise ValueError("loss is a single one, so loss_weight must be a number.")
    return _weight(weights)


def _weight(value: Any) -> float:
    weight = float(value)
    if not (math.isfinite(weight) and weight >= 0):
        # A negative one would train towards what the loss measures.
        raise ValueError(f"loss_weight is {value!r}; give a number of 0 or more.")
    return weight
