"""What training starts from, as one short name: finished work is used again only for the same.

Every value counts, not a sample, so that two runs which share a folder can never
take each other's checkpoints, numbers or models.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import keras

_CHUNK_ROWS = 1 << 16


def content_fingerprint(*contents: Any) -> str:
    """SHA-256 over all that is in some data.

    Args:
        contents: Dataclasses such as `TrainingData`, mappings, arrays of NumPy or
            Arrow, strings, numbers, None, and any of these in one another.
    """
    digest = hashlib.sha256()
    for content in contents:
        _add(digest, "", content)
    return digest.hexdigest()


def model_fingerprint(model: keras.Model) -> str:
    """SHA-256 over all of a model that retraining starts from.

    Its architecture, weights, vocabularies, and how it was compiled: loss and
    optimizer are those of the retrained copy too. What Keras numbers anew in each
    process does not count.
    """
    import keras

    from fairflip.remediation.models.model_copies import adapted_layers

    architecture = _settled(keras.saving.serialize_keras_object(model))
    adapted = adapted_layers(model)
    vocabularies = [each.get_vocabulary() for each in adapted if hasattr(each, "get_vocabulary")]
    return content_fingerprint(
        json.dumps(architecture, sort_keys=True, default=repr),
        {str(i): np.asarray(words, object) for i, words in enumerate(vocabularies)},
        {str(i): np.asarray(weight) for i, weight in enumerate(model.weights)},
    )


def _settled(config: Any, left_out: frozenset[str] = frozenset({"shared_object_id"})) -> Any:
    """A Keras configuration without numbers that count objects made in this process."""
    if isinstance(config, Mapping):
        # An optimizer is called "adam_3" where it is the process's fourth.
        return {
            k: _settled(v, left_out | {"name"} if k == "compile_config" else left_out)
            for k, v in config.items()
            if k not in left_out
        }
    if isinstance(config, list | tuple):
        return [_settled(v, left_out) for v in config]
    return config


def _add(digest: hashlib._Hash, name: str, value: Any) -> None:
    """Adds one value under its name, so that equal values in other places differ."""
    if dataclasses.is_dataclass(value):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        digest.update(f"{name}{{{len(value)}\0".encode())
        for key in sorted(value):
            _add(digest, str(key), value[key])
    elif value is None or isinstance(value, str | int | float):
        digest.update(f"{name}={value!r}\0".encode())
    elif isinstance(value, pa.Array | pa.ChunkedArray):
        _add_column(digest, name, value)
    else:
        _add_array(digest, name, np.asarray(value))


def _add_array(digest: hashlib._Hash, name: str, array: np.ndarray) -> None:
    digest.update(f"{name}:{array.dtype}{array.shape}\0".encode())
    if array.dtype != object:
        digest.update(np.ascontiguousarray(array).tobytes())
        return
    try:
        column = pa.array(array.ravel())
    except (pa.ArrowException, UnicodeEncodeError):  # Values of several kinds, lone surrogates.
        digest.update(repr(array.tolist()).encode())
        return
    _add_column(digest, name, column)


def _add_column(digest: hashlib._Hash, name: str, column: pa.Array | pa.ChunkedArray) -> None:
    digest.update(f"{name}:{column.type}[{len(column)}]\0".encode())
    # Taken anew, since a slice shares the bytes before and after it with its column.
    table = pa.table({"": column.take(pa.array(np.arange(len(column))))}).combine_chunks()
    for batch in table.to_batches(max_chunksize=_CHUNK_ROWS):
        digest.update(batch.serialize())
