"""Reads single values out of what TFMA hands to a metric."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.utils import util


def item(inputs: metric_types.StandardMetricInputs, key: str) -> Any:
    """What one example's extracts hold under a key, or its singular; None for nothing."""
    if key in inputs:
        return inputs[key]
    # TFMA also takes the singular form, see StandardMetricInputs.get_by_key.
    singular = key[:-1]
    return inputs.get(singular)


def dense(value: Any) -> npt.NDArray[Any]:
    """A value of TFMA's extracts as an array; of a sparse one its values."""
    if isinstance(value, np.ndarray):
        return value
    if util.is_sparse_or_ragged_tensor_value(value):
        return np.asarray(value.values)
    return util.to_numpy(value)


def id_text(example_id: Any) -> str:
    """An ID, or another word, as text."""
    if isinstance(example_id, bytes):
        return example_id.decode("utf-8", "backslashreplace")
    return str(example_id)
