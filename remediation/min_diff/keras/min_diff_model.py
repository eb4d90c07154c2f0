"""The model that trains another with MinDiff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from fairflip.remediation.min_diff import losses as min_diff_losses
from fairflip.remediation.min_diff.keras.packed_inputs import (
    MinDiffPackedInputs,
    unpack_min_diff_data,
    unpack_original_inputs,
)
from fairflip.remediation.models.wrapped_model import LossTerm, WrappedModel, conform_weights


@keras.saving.register_keras_serializable(package="fairflip")
class MinDiffModel(WrappedModel):
    """Trains `original_model` to score two groups alike.

    The loss of a batch is the compiled loss (with regularisers) plus weight *
    MinDiff loss of the examples packed beside it (`pack_min_diff_data`).
    `evaluate` and `predict` take packed or plain data.

    Logged are `loss`, `original_loss` and the unweighted `min_diff_loss`; with
    several applications, `<name>_min_diff_loss` each.

    Args:
        original_model: The Keras 3 model to train. It is trained in place.
        loss: A MinDiff loss or its name, or a dict of such by application.
        loss_weight: A number, or a dict like `loss`; missing keys count 1.
        predictions_transform: Takes the model's output to the one tensor that is
            compared: a function (registered as Keras serialisable, if the model
            is to be saved), or the name of an output. Needed for several outputs.
        **kwargs: For `keras.Model`.
    """

    data_name = "MinDiff data"
    packer_name = "`utils.pack_min_diff_data`"

    def __init__(
        self,
        original_model: keras.Model,
        loss: Any,
        loss_weight: Any = 1.0,
        predictions_transform: Callable[[Any], Any] | str | None = None,
        **kwargs: Any,
    ):
        super().__init__(original_model, **kwargs)
        if predictions_transform is not None and not (
            callable(predictions_transform) or isinstance(predictions_transform, str)
        ):
            raise ValueError(
                "`predictions_transform` must be callable or the name of an output, not "
                f"{predictions_transform!r}."
            )
        if isinstance(loss, Mapping):
            self._min_diff_losses: Any = {k: min_diff_losses.get(v) for k, v in loss.items()}
            names = [f"{key}_min_diff_loss" for key in loss]
        else:
            self._min_diff_losses = min_diff_losses.get(loss)
            names = ["min_diff_loss"]
        if self._min_diff_losses is None:
            raise ValueError("loss must be a MinDiff loss or its name, not None.")
        self._min_diff_weights = conform_weights(self._min_diff_losses, loss_weight, "MinDiffModel")
        self._predictions_transform = predictions_transform
        self.term_trackers = {name: keras.metrics.Mean(name=name) for name in names}

    @property
    def predictions_transform(self) -> Callable[[Any], Any]:
        """From the model's output to the tensor that is compared."""
        transform = self._predictions_transform
        if transform is None:
            return lambda predictions: predictions
        if isinstance(transform, str):
            return self._named_output
        return transform

    def _named_output(self, predictions: Any) -> Any:
        name = self._predictions_transform
        if isinstance(predictions, Mapping):
            return predictions[name]
        return predictions[self.original_model.output_names.index(name)]

    def plain_inputs(self, inputs: Any) -> Any:
        """The original model's inputs of a packed or plain batch."""
        return unpack_original_inputs(inputs)

    def unpack_original_inputs(self, inputs: Any) -> Any:
        """The original model's inputs of a packed or plain batch."""
        return unpack_original_inputs(inputs)

    def unpack_min_diff_data(self, inputs: Any) -> Any:
        """The two groups' examples of a packed batch, or None."""
        return unpack_min_diff_data(inputs)

    def has_remediation_data(self, inputs: Any) -> bool:
        """Whether `inputs` are packed."""
        return isinstance(inputs, MinDiffPackedInputs)

    def remediation_losses(self, inputs: Any, predictions: Any, training: bool) -> list[LossTerm]:
        """The MinDiff losses of a batch."""
        return self.compute_min_diff_loss(inputs.min_diff_data, training)

    def compute_min_diff_loss(self, min_diff_data: Any, training: bool = False) -> list[LossTerm]:
        """The loss of each application, unweighted, with its weight.

        Args:
            min_diff_data: `(x, membership[, sample_weight])`, or a dict of such
                with the keys of `loss`.
            training: Training or evaluation.

        Raises:
            ValueError: The data does not match `loss`, or predictions are not one
                tensor.
        """
        if not isinstance(self._min_diff_losses, dict):
            if isinstance(min_diff_data, Mapping):
                raise ValueError("min_diff_data is a dict, but loss is a single one.")
            value = self._one_loss(self._min_diff_losses, min_diff_data, training)
            return [LossTerm("min_diff_loss", value, self._min_diff_weights)]
        if not isinstance(min_diff_data, Mapping) or set(min_diff_data) != set(
            self._min_diff_losses
        ):
            raise ValueError(
                f"min_diff_data must be a dict with the keys {sorted(self._min_diff_losses)}."
            )
        return [
            LossTerm(
                f"{key}_min_diff_loss",
                self._one_loss(loss, min_diff_data[key], training),
                self._min_diff_weights[key],
            )
            for key, loss in self._min_diff_losses.items()
        ]

    def _one_loss(self, loss: Any, data: Any, training: bool) -> Any:
        x, membership, sample_weight = keras.utils.unpack_x_y_sample_weight(tuple(data))
        predictions = self.predictions_transform(self.side_pass(x, training))
        if isinstance(predictions, Mapping | list | tuple):
            raise ValueError(
                "MinDiff compares one tensor, but the predictions are a "
                f"{type(predictions).__name__}; give `predictions_transform` the name of an "
                "output or a function that returns a tensor."
            )
        return loss(membership=membership, predictions=predictions, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The original model, the losses, their weights and the transform."""
        serialize = keras.saving.serialize_keras_object
        config = {
            **super().get_config(),
            "loss": keras.tree.map_structure(serialize, self._min_diff_losses),
            "loss_weight": self._min_diff_weights,
        }
        if self._predictions_transform is not None:
            config["predictions_transform"] = serialize(self._predictions_transform)
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> MinDiffModel:
        """The model that `get_config` described."""
        config = dict(config)
        for key in ("original_model", "loss", "predictions_transform"):
            if key in config:
                config[key] = keras.saving.deserialize_keras_object(
                    config[key], custom_objects=custom_objects
                )
        return cls(**config)
