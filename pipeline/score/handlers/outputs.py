"""Which of a model's outputs is its score, and which are the class scores behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fairflip.protos.errors import ConfigurationError


def choose_output(outputs: Any, output_name: str, model: str, num_rows: int) -> np.ndarray:
    """The score among a model's outputs.

    Args:
      outputs: A tensor, or tensors by name.
      output_name: "NAME", "NAME:INDEX" or ":INDEX"; may be empty if there is
        one output with one unit.
      model: The model's name, for errors.
      num_rows: Rows that went in.

    Returns:
      float64 (num_rows,).

    Raises:
      ConfigurationError: Nothing says which output or unit is the score.
    """
    array, colon, index = _named_output(outputs, output_name, model)
    if colon:
        width = array.shape[-1] if array.ndim > 1 else 1
        if not index.isdigit() or int(index) >= width:
            raise ConfigurationError(
                f"models[{model}].output_name: {output_name!r} asks for unit {index!r}; "
                f"the output has units 0 to {width - 1}"
            )
        array = array.reshape(len(array), -1)[:, int(index)]
    return one_column(array, model, num_rows)


def choose_classes(outputs: Any, output_name: str, model: str, num_rows: int) -> np.ndarray:
    """The class scores of a model: all units of the output of which one is the score.

    Args:
      outputs: As for `choose_output`.
      output_name: As for `choose_output`.
      model: The model's name, for errors.
      num_rows: Rows that went in.

    Returns:
      float64 (num_rows, K), K at least 2.

    Raises:
      ConfigurationError: The output has one unit, or more than one axis of them.
    """
    array, _, _ = _named_output(outputs, output_name, model)
    if array.ndim != 2 or array.shape[0] != num_rows or array.shape[1] < 2:
        raise ConfigurationError(
            f"models[{model}].output_name: the output has the shape {array.shape} for {num_rows} "
            "records, and evaluation.eval_config asks for a metric over classes, which needs "
            "several units for each; name an output with one unit for each class, such as "
            '"NAME:INDEX", or leave the metric out'
        )
    return array.astype(np.float64)


def _named_output(outputs: Any, output_name: str, model: str) -> tuple[np.ndarray, str, str]:
    """The output that a name says, and what it says of the unit: ":" and the index, or nothing."""
    name, colon, index = output_name.partition(":")
    if not isinstance(outputs, Mapping):
        if isinstance(outputs, (list, tuple)):
            outputs = {str(position): value for position, value in enumerate(outputs)}
        else:
            outputs = {name: outputs}
    if not name and len(outputs) == 1:
        [values] = outputs.values()
    elif name in outputs:
        values = outputs[name]
    else:
        raise ConfigurationError(
            f"models[{model}].output_name: {output_name!r} is not an output; "
            f"set it to one of {', '.join(sorted(outputs))}"
        )
    return np.asarray(values), colon, index


def one_column(array: np.ndarray, model: str, num_rows: int) -> np.ndarray:
    """`array` as float64 (num_rows,), refusing several numbers per record."""
    if array.shape[:1] != (num_rows,):
        raise ConfigurationError(
            f"models[{model}]: gave outputs of shape {array.shape} for {num_rows} records; "
            "a model must give one score per record"
        )
    if array.size != num_rows:
        raise ConfigurationError(
            f"models[{model}]: gives {array.size // max(num_rows, 1)} numbers per record; "
            'choose one with output_name, such as ":1" for the second'
        )
    return array.reshape(num_rows).astype(np.float64)
