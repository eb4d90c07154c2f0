"""What a model reads: matching arrays to inputs, and taking text vectorising out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from fairflip.protos.errors import InputError
from fairflip.remediation.training.data import Inputs


def conform_inputs(model: keras.Model, inputs: Inputs) -> Inputs:
    """Arrays in the structure and rank that a model's inputs have.

    One array goes to the only input; a dict by name to several, or its only
    entry to the only input. Texts `[rows]` become `[rows, 1]` for a model whose
    text input has a column.

    Raises:
        InputError: Features and inputs do not match.
    """
    tensors = getattr(model, "inputs", None)
    if not tensors:
        return inputs
    structure = getattr(model, "_inputs_struct", None)
    names = [tensor.name for tensor in tensors]
    if len(tensors) == 1:
        if isinstance(inputs, Mapping):
            if len(inputs) != 1 and names[0] not in inputs:
                raise InputError(
                    f"The model reads one input, {names[0]!r}, but input_features has "
                    f"{list(inputs)}; name the one it reads."
                )
            inputs = inputs.get(names[0], next(iter(inputs.values())))
        array = with_rank(inputs, len(tensors[0].shape))
        if isinstance(structure, Mapping):
            return {next(iter(structure)): array}
        return [array] if isinstance(structure, list | tuple) else array
    if not isinstance(inputs, Mapping):
        raise InputError(f"The model reads {names}; name these features in input_features.")
    keys = list(structure) if isinstance(structure, Mapping) else names
    missing = [key for key in keys if key not in inputs]
    if missing:
        raise InputError(f"The model reads {missing}, which input_features does not name.")
    ranks = (
        {key: len(structure[key].shape) for key in keys}
        if isinstance(structure, Mapping)
        else {tensor.name: len(tensor.shape) for tensor in tensors}
    )
    arrays = {key: with_rank(inputs[key], ranks[key]) for key in keys}
    return list(arrays.values()) if isinstance(structure, list | tuple) else arrays


def with_rank(values: Any, rank: int) -> Any:
    """`values` with a column added where a model wants `[rows, 1]`."""
    shape = np.shape(values)
    return np.expand_dims(values, -1) if len(shape) == 1 and rank == 2 else values


def split_text_model(
    model: keras.Model,
) -> tuple[keras.layers.Layer, keras.Model] | None:
    """A text model's vectorising layer, and the rest of it, which shares all weights.

    Texts are then vectorised once instead of in every pass. None where the
    model is not one string input read by one `TextVectorization` alone.
    """
    tensors = getattr(model, "inputs", None)
    if not tensors or len(tensors) != 1 or tensors[0].dtype != "string":
        return None
    vectorisers = [
        layer for layer in model.layers if isinstance(layer, keras.layers.TextVectorization)
    ]
    if len(vectorisers) != 1 or len(vectorisers[0]._inbound_nodes) < 1:
        return None
    layer = vectorisers[0]
    others = [v for v in model.layers if v is not layer and not is_input(v)]
    if layer._output_mode != "int":
        return None
    if isinstance(model, keras.Sequential):
        if model.layers[0] is not layer or not others:
            return None
        vectors = keras.Input(shape=(layer._output_sequence_length,), dtype="int64")
        outputs = vectors
        for part in others:
            outputs = part(outputs)
        return layer, keras.Model(vectors, outputs)
    try:
        node = next(n for n in layer._inbound_nodes if n.input_tensors[0] is tensors[0])
    except StopIteration:
        return None
    try:
        rest = keras.Model(
            node.output_tensors[0], model.outputs if len(model.outputs) > 1 else model.outputs[0]
        )
    except ValueError:
        return None
    return layer, rest


def vectorised(layer: Any, texts: Any, batch_size: int = 4096) -> Any:
    """Token numbers of texts, by a `TextVectorization` layer."""
    import tensorflow as tf

    if isinstance(texts, list | tuple):
        (texts,) = texts
    elif isinstance(texts, dict):
        (texts,) = texts.values()
    parts = [
        tf.cast(layer(texts[start : start + batch_size]), tf.int64)
        for start in range(0, int(texts.shape[0]), batch_size)
    ]
    width = max((int(part.shape[1]) for part in parts), default=0)
    return tf.concat([tf.pad(p, [[0, 0], [0, width - p.shape[1]]]) for p in parts], axis=0)


def is_input(layer: keras.layers.Layer) -> bool:
    """Whether a layer only stands for an input."""
    return isinstance(layer, keras.layers.InputLayer)


def outputs_are_logits(model: keras.Model) -> bool:
    """Whether the last layer has no activation, so that its outputs are logits."""
    layers = [layer for layer in getattr(model, "layers", []) if not is_input(layer)]
    if not layers:
        return False
    last = layers[-1]
    if isinstance(last, keras.Model):
        return outputs_are_logits(last)
    activation = getattr(last, "activation", None)
    return activation is not None and activation is keras.activations.linear


def positive_scores(model: keras.Model, outputs: Any) -> np.ndarray:
    """Scores of the positive class, float64 `[rows]`, from a model's outputs.

    One column is taken as it is (through the sigmoid where it holds logits); of
    two columns, the second.
    """
    if isinstance(outputs, Mapping):
        outputs = next(iter(outputs.values()))
    elif isinstance(outputs, list | tuple):
        outputs = outputs[0]
    values = np.asarray(outputs, np.float64)
    values = values.reshape(len(values), -1)
    if outputs_are_logits(model):
        if values.shape[1] == 1:
            values = 1.0 / (1.0 + np.exp(-values))
        else:
            shifted = np.exp(values - values.max(axis=1, keepdims=True))
            values = shifted / shifted.sum(axis=1, keepdims=True)
    return values[:, -1 if values.shape[1] <= 2 else 1]


def score(model: keras.Model, inputs: Inputs, batch_size: int = 1024) -> np.ndarray:
    """Scores of the positive class for raw inputs, float64 `[rows]`."""
    if not len(next(iter(inputs.values())) if isinstance(inputs, Mapping) else inputs):
        return np.zeros(0)
    outputs = model.predict(conform_inputs(model, inputs), batch_size=batch_size, verbose=0)
    return positive_scores(model, outputs)
