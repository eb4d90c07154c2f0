"""A technique's model, the loss it is trained with, and what data it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.data import TrainedOutputs
from fairflip.remediation.training.settings import Settings

if TYPE_CHECKING:
    import keras


def wrap(
    settings: Settings, model: keras.Model, outputs: TrainedOutputs | None = None
) -> keras.Model:
    """The model under the technique's loss, or itself.

    Args:
        settings: Technique, loss and weight.
        model: What is trained; of several outputs their `trained_view`.
        outputs: Which those are.
    """
    from fairflip.remediation import counterfactual, min_diff
    from fairflip.remediation.counterfactual.losses.per_output import PerOutputLoss
    from fairflip.remediation.min_diff.losses.per_output import PerOutputMinDiffLoss
    from fairflip.remediation.training import model_inputs

    # Columns that exclude each other are one distribution, others are numbers of their own.
    weights = None if outputs is None or outputs.are_classes else outputs.pair_weights
    try:
        if settings.technique == "clp":
            loss = counterfactual.losses.get(settings.loss)
            one_column = weights or any(tensor.shape[-1] == 1 for tensor in model.outputs)
            if isinstance(loss, counterfactual.losses.PairwiseCosineLoss) and one_column:
                raise ConfigurationError(
                    "remediation.loss is pairwise_cosine, which is constant on a model with "
                    "one output column; use pairwise_symmetric_kl."
                )
            if weights:
                loss = PerOutputLoss(loss, weights)
            elif loss is not None:
                loss.from_logits = model_inputs.outputs_are_logits(model)
            return counterfactual.keras.CounterfactualModel(
                model, loss, settings.loss_weight, settings.control_weight
            )
        if settings.technique == "mindiff":
            own = PerOutputMinDiffLoss(settings.loss, weights) if weights else settings.loss
            return min_diff.keras.MinDiffModel(model, own, settings.loss_weight)
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


def training_loss(baseline: keras.Model, outputs: TrainedOutputs | None = None) -> Any:
    """The loss to train a copy of a baseline with: its own, or what fits its last layer.

    Args:
        baseline: What is retrained.
        outputs: Which of several numbers are; numbers of their own are trained by the cross
            entropy of each, and classes by that of all.

    Raises:
        ConfigurationError: The model gives several numbers for a record, and labels of one
            column do not say what each should be.
    """
    import keras

    if outputs is not None and not outputs.are_classes:
        from fairflip.remediation.training.output_layers import KnownLabelsLoss

        return KnownLabelsLoss()
    if outputs is not None:
        from fairflip.remediation.training.outputs import trained_view

        return default_loss(trained_view(baseline, outputs))
    tensors = baseline.outputs if getattr(baseline, "outputs", None) else []
    widths = [int(tensor.shape[-1] or 1) if len(tensor.shape) > 1 else 1 for tensor in tensors]
    own = baseline.loss if getattr(baseline, "compiled", False) else None
    if len(tensors) > 1:
        named = ", ".join(getattr(baseline, "output_names", None) or [])
        raise ConfigurationError(
            f"remediation: the model has {len(tensors)} outputs ({named}); say which are retrained "
            "with --output NAME=A,B, or --decision NAME=argmax where they are classes"
        )
    if not tensors or widths[0] == 1:
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
        f"remediation: the model gives {widths[0]} numbers for each record; say which are "
        "retrained with --output NAME=A,B, or --decision NAME=argmax where they are classes that "
        "exclude each other"
    )


def _is_multi_label(model: keras.Model) -> bool:
    """Whether each number of the last layer is a probability of its own."""
    import keras

    activation = getattr(model.layers[-1], "activation", None)
    return activation is keras.activations.sigmoid
