"""What `.keras` files and SavedModels share: tensors in, one output chosen."""

from __future__ import annotations

import abc
import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.metrics.images.decoded_columns import pixels_of
from fairflip.pipeline.score.handlers import base
from fairflip.pipeline.score.handlers.answers import classes_of, names_of, scores_of, scores_of_each
from fairflip.pipeline.score.handlers.tf_examples import serialize_examples
from fairflip.pipeline.score.model_files import checks, fingerprint
from fairflip.pipeline.storage import filesystem
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError


@dataclasses.dataclass
class Loaded:
    """A function from feature arrays to outputs, and what it asks for.

    Attributes:
      call: From {feature: tensor} to {output name: tensor}.
      inputs: {feature: (dtype, rank)} for each input; empty dtype: as it is.
      keep: What must stay alive with it.
      shapes: {feature: shape of one record} where the model says it, None for any length.
      parsed: {feature: dtype} where the call takes serialized `tf.Example`s; None
        where it does not.
    """

    call: Any
    inputs: dict[str, tuple[Any, int | None]]
    keep: Any
    parsed: dict[str, Any] | None = None
    shapes: dict[str, tuple[int | None, ...]] = dataclasses.field(default_factory=dict)


class TensorHandler(base.BatchModelHandler):
    """What `.keras` files and SavedModels share: tensors in, one output chosen."""

    def __init__(self, spec: config_pb2.ModelSpec, input_features: Sequence[str]):
        super().__init__(spec, input_features)
        self.output_name = spec.output_name
        self._fingerprint = fingerprint.model_fingerprint(spec.path)

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        return "/".join(
            (
                type(self).__name__,
                self.spec.path,
                self._fingerprint,
                ",".join(self.outputs),
                ",".join(self.input_features),
            )
        )

    @property
    def lasting_identity(self) -> str:
        """The same wherever the file lies."""
        return self.identity.replace(f"/{self.spec.path}/", "/", 1)

    def load_model(self) -> Loaded:
        """Loads the model, once in a process, after what it needs and what it holds is known.

        Raises:
          ConfigurationError: It holds code that was not allowed, or cannot be loaded.
        """
        checks.import_modules(self.spec)
        checks.check_custom_code(self.spec)
        with tempfile.TemporaryDirectory() as folder:
            # Variables and vocabularies are read while loading.
            return self.load_file(filesystem.copy_to_local(self.spec.path, folder))

    @abc.abstractmethod
    def load_file(self, path: str) -> Loaded:
        """Loads the model from a local path."""

    def score_batch(self, batch: pa.RecordBatch, model: Loaded) -> np.ndarray:
        """Scores of one batch, in calls of at most `MAX_ROWS_PER_CALL` rows."""
        parts = [
            scores_of_each(outputs, num_rows, model=self.name, outputs=self.outputs)
            for outputs, num_rows in self._calls(batch, model)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def output_names(self, batch: pa.RecordBatch, model: Loaded) -> tuple[str, ...]:
        """Names of outputs, and units where one has several."""
        return names_of(self._outputs(batch, model), batch.num_rows, model=self.name)

    def score_and_classes(
        self, batch: pa.RecordBatch, model: Loaded
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same with the class scores, from one call of the model."""
        scores, classes = [np.empty(0)], []
        for outputs, num_rows in self._calls(batch, model):
            classes.append(classes_of(outputs, num_rows, model=self.name, output=self.output_name))
            scores.append(scores_of(outputs, num_rows, model=self.name, output=self.output_name))
        return np.concatenate(scores), np.concatenate(classes) if classes else np.empty((0, 2))

    def _calls(self, batch: pa.RecordBatch, model: Loaded) -> Iterator[tuple[Any, int]]:
        """The model's outputs for each part of a batch, and the part's rows."""
        for start in range(0, batch.num_rows, base.MAX_ROWS_PER_CALL):
            part = batch.slice(start, base.MAX_ROWS_PER_CALL)
            yield self._outputs(part, model), part.num_rows

    def _outputs(self, batch: pa.RecordBatch, model: Loaded) -> Any:
        import tensorflow as tf

        self._refuse_other_shapes(batch, model)
        if model.parsed is not None:
            tensors = {"": tf.constant(serialize_examples(batch, model.parsed))}
        else:
            tensors = {
                name: _tensor(batch.column(name), *model.inputs[name]) for name in model.inputs
            }
        outputs = model.call(tensors)
        if isinstance(outputs, (list, tuple)):
            # Several outputs, each with all records; lists elsewhere hold an answer a record.
            return {str(position): values for position, values in enumerate(outputs)}
        return outputs

    def _refuse_other_shapes(self, batch: pa.RecordBatch, model: Loaded) -> None:
        """Raises a `ConfigurationError` where images are not of the size that the model reads."""
        for name, expected in model.shapes.items():
            column = batch.column(name)
            if not isinstance(column, pa.FixedShapeTensorArray):
                continue
            actual = tuple(column.type.shape)
            if len(actual) != len(expected) or any(
                want not in (None, length) for want, length in zip(expected, actual, strict=True)
            ):
                raise ConfigurationError(
                    f"models[{self.name}]: reads {name!r} of the shape {_shown(expected)}, and its "
                    f"images are {_shown(actual)} (height × width × channels); give images of "
                    "that size, or another number of channels (--image_channels)"
                )


def _shown(shape: Sequence[int | None]) -> str:
    return " × ".join("any" if length is None else str(length) for length in shape)


def _tensor(column: pa.Array, dtype: Any, rank: int | None) -> Any:
    """A feature as the tensor that an input asks for: (n,), or (n, 1) for rank 2."""
    import tensorflow as tf

    kind = column.type
    if isinstance(column, pa.FixedShapeTensorArray):
        return tf.cast(pixels_of(column), dtype or tf.float32)
    if pa.types.is_string(kind):
        # TensorFlow takes bytes objects faster than text, which it encodes again.
        # A missing cell of a table is an empty text, as a missing number is NaN.
        column = column.cast(pa.binary()).fill_null(b"")
        values: Any = column.to_numpy(zero_copy_only=False)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        values = _matrix(column)
    else:
        values = column.to_numpy(zero_copy_only=False)
    if len(column) == 0:
        values = np.empty(0, object if pa.types.is_string(kind) else np.float64)
    tensor = tf.constant(values, tf.string if pa.types.is_string(kind) else None)
    if dtype is not None and tensor.dtype != dtype:
        tensor = tf.cast(tensor, dtype)
    if rank == 2 and len(tensor.shape) == 1:
        tensor = tf.expand_dims(tensor, 1)
    return tensor


def _matrix(column: pa.Array) -> np.ndarray:
    """Lists of numbers as rows; what is no rectangle of numbers, as Python has it."""
    flat = column.flatten()
    rows = max(len(column), 1)
    is_number = pa.types.is_floating(flat.type) or pa.types.is_integer(flat.type)
    if column.null_count or not is_number or len(flat) % rows:
        return np.asarray(column.to_pylist())
    lengths = np.asarray(column.value_lengths())
    if len(lengths) and (lengths != lengths[0]).any():
        return np.asarray(column.to_pylist())
    return flat.to_numpy(zero_copy_only=False).reshape(len(column), -1)


def only_feature(features: Sequence[str], model: str, wanted: str) -> str:
    """The one input feature of a model that takes one input.

    Raises:
      ConfigurationError: There are several.
    """
    if len(features) != 1:
        raise ConfigurationError(
            f"models[{model}]: takes the one input {wanted!r}, but data.input_features names "
            f"{len(features)}: {', '.join(features)}"
        )
    return features[0]
