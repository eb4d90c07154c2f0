"""A technique's model, the loss it is trained with, and what data it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.settings import Settings

if TYPE_CHECKING:
    import keras


def wrap(settings: Settings, model: keras.Model) -> keras.Model:
    """The model under the technique's loss, or itself."""
    from fairflip.remediation import counterfactual, min_diff
    from fairflip.remediation.training import model_inputs

    try:
        if settings.technique == "clp":
            loss = counterfactual.losses.get(settings.loss)
            one_column = any(tensor.shape[-1] == 1 for tensor in model.outputs)
            if isinstance(loss, counterfactual.losses.PairwiseCosineLoss) and one_column:
                raise ConfigurationError(
                    "remediation.loss is pairwise_cosine, which is constant on a model with "
                    "one output column; use pairwise_symmetric_kl."
                )
            if loss is not None:
                loss.from_logits = model_inputs.outputs_are_logits(model)
            return counterfactual.keras.CounterfactualModel(
                model, loss, settings.loss_weight, settings.control_weight
            )
        if settings.technique == "mindiff":
            return min_diff.keras.MinDiffModel(model, settings.loss, settings.loss_weight)
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(f"remediation.loss is {settings.loss!r}: {error}") from error
    return model


def default_loss(model: keras.Model) -> Any:
    """The classification loss that fits a model's last layer."""
    import keras

    from fairflip.remediation.training.model_inputs import outputs_are_logits

    logits = outputs_are_logits(model)
    if model.output_shape[-1] == 1:
        return keras.losses.BinaryCrossentropy(from_logits=logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=logits)


def training_loss(baseline: keras.Model) -> Any:
    """The loss to train a copy of a baseline with: its own, or what fits its last layer.

    Raises:
        ConfigurationError: The model gives several numbers for a record, and labels of one
            column do not say what each should be.
    """
    import keras

    outputs = baseline.outputs if getattr(baseline, "outputs", None) else []
    widths = [int(tensor.shape[-1] or 1) if len(tensor.shape) > 1 else 1 for tensor in outputs]
    own = baseline.loss if getattr(baseline, "compiled", False) else None
    if len(outputs) > 1:
        named = ", ".join(getattr(baseline, "output_names", None) or [])
        raise ConfigurationError(
            f"remediation: the model has {len(outputs)} outputs ({named}); retraining needs one "
            "output of one number: give a model that has only the output you evaluate"
        )
    if not outputs or widths[0] == 1:
        return own or default_loss(baseline)
    losses = keras.losses
    kind = losses.get(own) if own is not None else None
    name = getattr(kind, "name", "") or getattr(kind, "__name__", "")
    if "sparse_categorical" in name:
        return own
    if name == "categorical_crossentropy" or (kind is None and not _is_multi_label(baseline)):
        # The labels are class numbers, for which this loss is the same.
        return default_loss(baseline)
    raise ConfigurationError(
        f"remediation: the model gives {widths[0]} numbers for each record; retraining needs one "
        "number, or classes that exclude each other (a softmax, or sparse_categorical_"
        "crossentropy): give a model that has only the number you evaluate"
    )


def _is_multi_label(model: keras.Model) -> bool:
    """Whether each number of the last layer is a probability of its own."""
    import keras

    activation = getattr(model.layers[-1], "activation", None)
    return activation is keras.activations.sigmoid
