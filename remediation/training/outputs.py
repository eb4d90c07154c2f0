"""Which of a model's numbers are retrained, where it gives several.

Numbers that do not exclude each other (labels, attributes) are trained as one tensor of K
columns, each with labels of its own, of which some may be missing. Classes that do are the
units of one output, and are trained as Keras trains a softmax.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.data import TrainedOutputs

if TYPE_CHECKING:
    import keras

_UNIT = re.compile(r"(.*):(\d+)\Z")


class Column(NamedTuple):
    """One of a model's numbers: which output, which unit of it, and what the layer says."""

    output: int
    unit: int
    activation: str


def columns_of(model: keras.Model, names: Sequence[str]) -> list[Column]:
    """Where a model's numbers are that are named as `output_name` names them.

    Args:
        model: A functional or sequential model.
        names: "insult" (an output of one unit), "emotion:2" (a unit of one), or ":2" (a unit of
            the only output); "" is the only number.

    Raises:
        ConfigurationError: The model has no such number; the message says which it has.
    """
    tensors = list(getattr(model, "outputs", None) or [])
    if not tensors or any(len(tensor.shape) != 2 for tensor in tensors):
        raise ConfigurationError(
            "remediation: the model does not say what its outputs are, or one of them has more "
            "than a row of numbers for each record; retraining several outputs needs a functional "
            "Keras model whose outputs have a known number of units"
        )
    own = list(getattr(model, "output_names", None) or [])
    widths = [int(tensor.shape[-1] or 1) for tensor in tensors]
    known: dict[str, Column] = {}
    for number, (tensor, width) in enumerate(zip(tensors, widths, strict=True)):
        activation = _activation(tensor)
        for unit in range(width):
            column = Column(number, unit, activation)
            if len(tensors) == 1:
                known[f":{unit}"] = column
            if number < len(own):
                known[f"{own[number]}:{unit}"] = column
        if width == 1 and number < len(own):
            known[own[number]] = Column(number, 0, activation)
    if widths == [1]:
        known[""] = known[":0"]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigurationError(
            f"remediation: the model has no output {unknown[0]!r}; it has "
            f"{', '.join(name for name in known if name)[:500]}"
        )
    return [known[name] for name in names]


def _activation(tensor: Any) -> str:
    """What the layer that gives a tensor does last: "sigmoid", "softmax", "linear" or another."""
    layer = tensor._keras_history.operation
    while hasattr(layer, "outputs") and hasattr(layer, "layers"):  # a model inside
        layer = layer.outputs[tensor._keras_history.tensor_index]._keras_history.operation
    activation = getattr(layer, "activation", None)
    return str(getattr(activation, "__name__", "") or type(layer).__name__.lower())


def of_one_output(data: Any, model: keras.Model, name: str) -> Any:
    """Training data for the one number of a model that is its score.

    Args:
        data: The data, labelled 0 and 1 in `[rows]`.
        model: What is retrained.
        name: As `output_name` names it; "": the model gives one number, or is left to say.

    Raises:
        ConfigurationError: The model has no such number, or it is a class beside others.
    """
    tensors = list(getattr(model, "outputs", None) or [])
    widths = [int(tensor.shape[-1] or 1) for tensor in tensors]
    if not name or data.outputs is not None or sum(widths) < 2:
        return data
    [column] = columns_of(model, [name])
    if column.activation == "softmax":
        if len(tensors) == 1 and widths == [2] and column.unit == 1:
            return data
        raise ConfigurationError(
            f"remediation: the output {name!r} is one of {widths[column.output]} classes that "
            "exclude each other; retrain all of them with --decision argmax"
        )

    def single(part: Any) -> Any:
        labels = np.asarray(part.labels, np.float32)[:, None]
        inner = None if part.validation is None else single(part.validation)
        return dataclasses.replace(
            part, labels=labels, outputs=TrainedOutputs((name,)), validation=inner
        )

    return single(data)


def trained_view(model: keras.Model, outputs: TrainedOutputs) -> keras.Model:
    """A model of the numbers that are trained; it shares every layer and weight.

    Args:
        model: What is retrained, or what is left of it behind its text vectorising.
        outputs: Which numbers.

    Returns:
        Of classes a model of one output with all its units, in their order; else one that
        gives probabilities `[rows, K]`, in the order of the names.

    Raises:
        ConfigurationError: The classes are not all units of one output; or numbers that are
            trained by themselves are those of a softmax, or neither probabilities nor logits.
    """
    import keras

    columns = columns_of(model, outputs.names)
    if outputs.are_classes:
        [number, *others] = sorted({column.output for column in columns})
        width = int(model.outputs[number].shape[-1])
        if others or sorted(column.unit for column in columns) != list(range(width)):
            raise ConfigurationError(
                f"remediation: the classes {', '.join(outputs.names)} are not all numbers of one "
                "output of the model; name each of its units once with --output, or leave "
                "--output out"
            )
        if len(model.outputs) == 1:
            return model
        return keras.Model(_inputs_of(model), model.outputs[number])
    from fairflip.remediation.training.output_layers import ChosenOutputs

    for name, column in zip(outputs.names, columns, strict=True):
        if column.activation not in ("sigmoid", "linear"):
            is_class = column.activation == "softmax"
            raise ConfigurationError(
                f"remediation: the output {name!r} is of a layer with the activation "
                f"{column.activation!r}; "
                + (
                    "its numbers exclude each other: retrain classes with --decision argmax"
                    if is_class
                    else "an output that is retrained by itself is a sigmoid, or gives logits"
                )
            )
    layer = ChosenOutputs([(c.output, c.unit, c.activation == "linear") for c in columns])
    return keras.Model(_inputs_of(model), layer(list(model.outputs)))


def _inputs_of(model: keras.Model) -> Any:
    """A model's inputs in the structure that it takes them in."""
    structure = getattr(model, "_inputs_struct", None)
    if structure is not None:
        return structure
    return model.inputs[0] if len(model.inputs) == 1 else model.inputs


def class_numbers(model: keras.Model, outputs: TrainedOutputs) -> list[int]:
    """Of each class, in the order of the names, the number of its unit."""
    return [column.unit for column in columns_of(model, outputs.names)]


def with_class_numbers(data: Any, model: keras.Model) -> Any:
    """Training data whose labels, places among the classes' names, are numbers of units."""
    numbers = np.asarray(class_numbers(model, data.outputs), np.int64)
    validation = data.validation
    if validation is not None:
        validation = dataclasses.replace(validation, labels=numbers[validation.labels])
    return dataclasses.replace(data, labels=numbers[data.labels], validation=validation)
