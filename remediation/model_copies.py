"""Copies of a model: with its weights, or begun anew with its vocabulary."""

from __future__ import annotations

import pathlib
import tempfile
from typing import Any

import keras


def copy_model(model: keras.Model) -> keras.Model:
    """A copy with all weights and vocabularies; the model itself stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        # What the model may run it runs already, so nothing new is let in here.
        return keras.models.load_model(path, compile=False, safe_mode=False)


def reset_model(model: keras.Model) -> keras.Model:
    """A copy whose weights are drawn anew; what layers adapted to data is kept.

    Draw with `keras.utils.set_random_seed` before.
    """
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
    found: list[keras.layers.Layer] = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += adapted_layers(layer)
        elif hasattr(layer, "adapt"):
            found.append(layer)
    return found


def fresh_optimizer(
    model: keras.Model, learning_rate: float | None = None
) -> keras.optimizers.Optimizer:
    """A new optimizer of the kind the model was compiled with; Adam without one."""
    known = getattr(model, "optimizer", None) if getattr(model, "compiled", False) else None
    known = getattr(known, "inner_optimizer", known)
    if known is None:
        return keras.optimizers.Adam(
            **({} if learning_rate is None else {"learning_rate": learning_rate})
        )
    config = known.get_config()
    if learning_rate is not None:
        config["learning_rate"] = learning_rate
    return type(known).from_config(config)
