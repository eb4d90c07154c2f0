"""Copies of a model: with its weights, or begun anew with its vocabulary."""

from __future__ import annotations

import pathlib
import tempfile
from typing import Any

import keras

from fairflip.protos.errors import ConfigurationError

#: Classes in a model's configuration that Keras's safe mode refuses.
_CODE = ("__lambda__", "Lambda", "TFSMLayer", "TorchModuleWrapper")


def copy_model(model: keras.Model) -> keras.Model:
    """A copy with all weights and vocabularies; the model itself stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        return load_copy(path, model, compile=False)


def load_copy(path: str | pathlib.Path, original: keras.Model, compile: bool = True) -> keras.Model:
    """Loads a file that a model, or a retrained copy of it, was saved to.

    Keras's safe mode stays on, so that the file runs no code of its own, unless the
    original holds such code: whoever loaded or built that has allowed it.

    Args:
        path: A `.keras` file.
        original: The model in memory.
        compile: Whether loss and optimizer come with it.
    """
    return keras.models.load_model(path, compile=compile, safe_mode=not holds_code(original))


def holds_code(model: keras.Model) -> bool:
    """Whether a model's configuration holds code, such as a Lambda layer's function."""

    def holds(value: Any) -> bool:
        if isinstance(value, dict):
            own = value.get("class_name")
            return own in _CODE or any(holds(item) for item in value.values())
        return isinstance(value, list | tuple) and any(holds(item) for item in value)

    return holds(keras.saving.serialize_keras_object(model))


def reset_model(model: keras.Model) -> keras.Model:
    """A copy whose weights are drawn anew; what layers adapted to data is kept.

    Draw with `keras.utils.set_random_seed` before.
    """
    if holds_code(model):
        as_config = keras.saving.serialize_keras_object(model)
        fresh = keras.saving.deserialize_keras_object(as_config, safe_mode=False)
    else:
        fresh = type(model).from_config(model.get_config())
    for old, new in zip(adapted_layers(model), adapted_layers(fresh), strict=True):
        if hasattr(old, "get_vocabulary"):
            new.set_vocabulary(old.get_vocabulary(include_special_tokens=False))
        else:
            store: dict[str, Any] = {}
            old.save_own_variables(store)
            if not new.built and old.built:
                new.build_from_config(old.get_build_config())
            new.load_own_variables(store)
    if not fresh.built and getattr(model, "input_shape", None) is not None:
        fresh.build(model.input_shape)
    return fresh


def adapted_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Layers that learn from data before training, such as `TextVectorization`."""
    layers: list[keras.layers.Layer] = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            layers += adapted_layers(layer)
        elif hasattr(layer, "adapt"):
            layers.append(layer)
    return layers


def fresh_optimizer(
    model: keras.Model, learning_rate: float | None = None, decay_steps: int | None = None
) -> keras.optimizers.Optimizer:
    """A new optimizer of the kind the model was compiled with; Adam without one.

    Args:
        model: The model.
        learning_rate: Instead of the optimizer's own.
        decay_steps: Steps in which the learning rate falls along a half cosine to
            0; None: it does not.

    Raises:
        ConfigurationError: The rate is to fall from that of an optimizer which has
            a schedule already.
    """
    known = getattr(model, "optimizer", None) if getattr(model, "compiled", False) else None
    known = getattr(known, "inner_optimizer", known)
    kind = keras.optimizers.Adam if known is None else type(known)
    config = (keras.optimizers.Adam() if known is None else known).get_config()
    if learning_rate is not None:
        config["learning_rate"] = learning_rate
    made = kind.from_config(config)
    if decay_steps is None:
        return made
    if not isinstance(config["learning_rate"], int | float):
        raise ConfigurationError(
            "remediation.learning_rate_schedule is 'cosine', and the baseline's optimizer has a "
            "schedule of its own; give remediation.learning_rate."
        )
    config["learning_rate"] = keras.optimizers.schedules.CosineDecay(
        float(config["learning_rate"]), decay_steps
    )
    return kind.from_config(config)
