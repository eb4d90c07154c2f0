"""Reads single values out of what TFMA hands to a metric, and which pair a control belongs to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.utils import util

from fairflip.metrics.pairs.pair_rows import PairRows
from fairflip.protos import columns
from fairflip.protos.id_hash import hash_texts

Spread = Callable[[npt.NDArray[Any], str], npt.NDArray[Any]]
#: What tells a control from others, and which pair it belongs to.
CONTROL_FEATURES = (columns.CONTROL_KIND, columns.CONTROL_OF, columns.COUNTERFACTUAL_INDEX)


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


def controls_among(
    features: Mapping[str, Any] | None, spread: Spread
) -> npt.NDArray[np.bool_] | None:
    """Which rows are controls of a pair and no pairs; None where none is.

    Args:
      features: Of the examples.
      spread: From a feature's values, and its name, to one value a row.
    """
    value = (features or {}).get(columns.EDIT)
    array = np.zeros(0) if value is None else dense(value)
    if array.size == 0:
        return None
    is_control = np.array([id_text(edit) == columns.CONTROL for edit in array.ravel()])
    if not is_control.any():
        return None
    return spread(is_control.reshape(array.shape), f"{columns.EDIT!r}")


def with_controls(
    rows: PairRows,
    is_control: npt.NDArray[np.bool_] | None,
    features: Mapping[str, Any] | None,
    spread: Spread,
) -> PairRows:
    """The rows but controls of other kinds than `columns.OTHER_WORD`.

    Args:
      rows: [N] with the originals' IDs.
      is_control: [N]; None: no row is a control.
      features: Of the examples.
      spread: From a feature's values, and its name, to one value a row.
    """
    if is_control is None:
        is_control = np.zeros(rows.size, bool)

    def texts(key: str) -> list[str]:
        value = (features or {}).get(key)
        array = np.zeros(0) if value is None else dense(value)
        if array.size == 0:
            return [""] * rows.size
        values = [
            "" if one is None else id_text(one)
            for one in spread(array, f"feature {key!r}").tolist()
        ]
        # Whole numbers, where missing ones made them floats.
        return [text.removesuffix(".0") for text in values]

    numbers, others = texts(columns.COUNTERFACTUAL_INDEX), texts(columns.CONTROL_OF)
    keys = [
        f"{id}\0{other if control else number}".encode()
        for id, number, other, control in zip(
            rows.ids or (), numbers, others, is_control, strict=True
        )
    ]
    pooled = [kind in ("", columns.OTHER_WORD) for kind in texts(columns.CONTROL_KIND)]
    rows = dataclasses.replace(rows, pair_keys=hash_texts(keys), is_control=is_control)
    return rows.selected(~is_control | np.array(pooled, bool))
