"""Rows of pairs and controls, with the pair that each is, or is a control of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fairflip.metrics.pairs.pair_rows import PairRows
from fairflip.metrics.tfma.extract_values import dense, id_text
from fairflip.protos import columns
from fairflip.protos.id_hash import hash_texts

#: What tells a control from others, and which pair it belongs to.
CONTROL_FEATURES = (columns.CONTROL_KIND, columns.CONTROL_OF, columns.COUNTERFACTUAL_INDEX)


def with_controls(
    rows: PairRows,
    is_control: npt.NDArray[np.bool_] | None,
    features: Mapping[str, Any] | None,
    spread: Callable[..., npt.NDArray[Any]],
) -> PairRows:
    """The rows but controls of other kinds than `columns.OTHER_WORD`.

    Args:
      rows: [N] with the originals' IDs.
      is_control: [N]; None: no row is a control.
      features: Of the examples.
      spread: From a feature's values, and `said`, its name, to one value a row.
    """
    if is_control is None:
        is_control = np.zeros(rows.size, bool)

    def texts(key: str) -> list[str]:
        value = (features or {}).get(key)
        array = np.zeros(0) if value is None else dense(value)
        if array.size == 0:
            return [""] * rows.size
        found = [
            "" if one is None else id_text(one)
            for one in spread(array, said=f"feature {key!r}").tolist()
        ]
        # Whole numbers, where missing ones made them floats.
        return [text.removesuffix(".0") for text in found]

    numbers, others = texts(columns.COUNTERFACTUAL_INDEX), texts(columns.CONTROL_OF)
    keys = [
        f"{id}\0{other if control else number}".encode()
        for id, number, other, control in zip(
            rows.ids or (), numbers, others, is_control, strict=True
        )
    ]
    pooled = [kind in ("", columns.OTHER_WORD) for kind in texts(columns.CONTROL_KIND)]
    rows = dataclasses.replace(rows, pair_keys=hash_texts(keys), is_control=is_control)
    return rows.where(~is_control | np.array(pooled, bool))
