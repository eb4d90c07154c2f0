"""A batch's rows as serialized `tf.Example`s, as a signature parses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.protos.errors import InputError


def serialize_examples(
    batch: pa.RecordBatch, parsed: Mapping[str, Any] | None = None
) -> np.ndarray:
    """A batch's rows as serialized `tf.Example`s, an object array (n,) of bytes.

    Args:
      batch: The features.
      parsed: {feature: dtype} that the model's graph parses. Numbers are float32,
        but whole numbers where it says so.

    Raises:
      InputError: The model wants whole numbers and gets others.
    """
    from tfx_bsl.cc.tfx_bsl_extension.coders import RecordBatchToExamplesEncoder

    columns = {}
    for name in batch.schema.names:
        column = batch.column(name)
        kind = column.type
        if isinstance(column, pa.FixedShapeTensorArray):
            column = column.storage.cast(pa.list_(pa.float32()))
            kind = column.type
        elif pa.types.is_string(kind):
            column, kind = column.cast(pa.binary()), pa.binary()
        else:
            column = _numbers_for(column, name, (parsed or {}).get(name))
            kind = column.type
        if not pa.types.is_list(kind) and not pa.types.is_large_list(kind):
            offsets = pa.array(np.arange(len(column) + 1, dtype=np.int32))
            column = pa.ListArray.from_arrays(offsets, column)
        columns[name] = column
    encoded = RecordBatchToExamplesEncoder(None).Encode(pa.RecordBatch.from_pydict(columns))
    return np.asarray(encoded, dtype=object)


def _numbers_for(column: pa.Array, name: str, dtype: Any) -> pa.Array:
    """Numbers, or lists of them, in the type that a `tf.Example` keeps `dtype` in."""
    kind = column.type
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if not pa.types.is_float64(kind.value_type if is_list else kind):
        return column
    target = pa.int64() if dtype is not None and dtype.is_integer else pa.float32()
    try:
        return column.cast(pa.list_(target) if is_list else target)
    except pa.ArrowInvalid as e:
        raise InputError(
            f"data.input_features: the model reads {name!r} as whole numbers and the data has "
            "others; mend the data, or take the feature as a float in the model"
        ) from e
