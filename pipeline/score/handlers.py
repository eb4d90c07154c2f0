"""Beam ModelHandlers whose elements are Arrow batches of input features.

Each loads one kind of model and turns a batch of n records into n float64
scores. `handler_for` chooses; `fairflip.pipeline.score` runs them, both sides of
a pair in one call. TensorFlow is imported when a model is loaded, not before.
"""

from __future__ import annotations

import abc
import dataclasses
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from apache_beam.ml.inference.base import ModelHandler, PredictionResult

from fairflip.pipeline.score import model_files
from fairflip.pipeline.score.outputs import choose_classes, choose_output, one_column
from fairflip.pipeline.score.parsed_features import parsed_features
from fairflip.pipeline.storage import filesystem
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError, InputError

#: Most rows that go through a model at once; memory for activations is bounded by it.
MAX_ROWS_PER_CALL = 2048


class BatchModelHandler(ModelHandler[pa.RecordBatch, np.ndarray, Any], abc.ABC):
    """A model that scores batches.

    An element is a `pa.RecordBatch` of n records with the columns
    `input_features`, the prediction for it a float64 array (n,).
    """

    def __init__(self, name: str, input_features: Sequence[str]):
        super().__init__()
        self.name = name
        self.input_features = tuple(input_features)

    @property
    @abc.abstractmethod
    def identity(self) -> str:
        """The same for handlers that would load the same model."""

    @abc.abstractmethod
    def score_batch(self, batch: pa.RecordBatch, model: Any) -> np.ndarray:
        """Scores of one batch, float64 (n,), as the model gives them."""

    def score_and_classes(self, batch: pa.RecordBatch, model: Any) -> tuple[np.ndarray, np.ndarray]:
        """Scores of one batch, float64 (n,), and the class scores behind them, float64 (n, K)."""
        raise NotImplementedError(f"{type(self).__name__} gives one score for each record")

    def run_inference(
        self,
        batch: Sequence[pa.RecordBatch],
        model: Any,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[np.ndarray]:
        """One array of scores for each batch."""
        return [self.score_batch(part, model) for part in batch]

    def get_num_bytes(self, batch: Sequence[pa.RecordBatch]) -> int:
        """Bytes of the batches' buffers; Beam's own way would pickle them."""
        return sum(part.nbytes for part in batch)

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        """Elements are batches already."""
        return {"min_batch_size": 1, "max_batch_size": 1}

    def get_metrics_namespace(self) -> str:
        """Ours."""
        return "fairflip"


@dataclasses.dataclass
class _Loaded:
    """A function from feature arrays to outputs, and what it asks for.

    Attributes:
      call: From {feature: tensor} to {output name: tensor}.
      inputs: {feature: (dtype, rank)} for each input; empty dtype: as it is.
      keep: What must stay alive with it.
      parsed: {feature: dtype} where the call takes serialized `tf.Example`s; None
        where it does not.
    """

    call: Any
    inputs: dict[str, tuple[Any, int | None]]
    keep: Any
    parsed: dict[str, Any] | None = None


class _TensorFlowHandler(BatchModelHandler):
    """What `.keras` files and SavedModels share: tensors in, one output chosen."""

    def __init__(
        self,
        name: str,
        path: str,
        input_features: Sequence[str],
        output_name: str = "",
        allow_custom_code: bool = False,
    ):
        super().__init__(name, input_features)
        self.path = path
        self.output_name = output_name
        self.allow_custom_code = allow_custom_code
        self._fingerprint = model_files.model_fingerprint(path) if path else ""

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        return "/".join(
            (
                type(self).__name__,
                self.path,
                self._fingerprint,
                self.output_name,
                ",".join(self.input_features),
            )
        )

    def score_batch(self, batch: pa.RecordBatch, model: _Loaded) -> np.ndarray:
        """Scores of one batch, in calls of at most `MAX_ROWS_PER_CALL` rows."""
        parts = [
            choose_output(outputs, self.output_name, self.name, num_rows)
            for outputs, num_rows in self._calls(batch, model)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def score_and_classes(
        self, batch: pa.RecordBatch, model: _Loaded
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same with the class scores, from one call of the model."""
        scores, classes = [np.empty(0)], []
        for outputs, num_rows in self._calls(batch, model):
            classes.append(choose_classes(outputs, self.output_name, self.name, num_rows))
            scores.append(choose_output(outputs, self.output_name, self.name, num_rows))
        return np.concatenate(scores), np.concatenate(classes) if classes else np.empty((0, 2))

    def _calls(self, batch: pa.RecordBatch, model: _Loaded) -> Iterator[tuple[Any, int]]:
        """The model's outputs for each part of a batch, and the part's rows."""
        for start in range(0, batch.num_rows, MAX_ROWS_PER_CALL):
            part = batch.slice(start, MAX_ROWS_PER_CALL)
            yield self._outputs(part, model), part.num_rows

    def _outputs(self, batch: pa.RecordBatch, model: _Loaded) -> Any:
        import tensorflow as tf

        if model.parsed is not None:
            tensors = {"": tf.constant(serialize_examples(batch, model.parsed))}
        else:
            tensors = {
                name: _tensor(batch.column(name), *model.inputs[name]) for name in model.inputs
            }
        return model.call(tensors)


class KerasModelHandler(_TensorFlowHandler):
    """A `.keras` file, loaded in Keras's safe mode.

    Args:
      name: The model's name in the report.
      path: The file, on any Beam filesystem.
      input_features: The features it reads.
      output_name: Which output is the score; "NAME:INDEX" for one unit of several.
      allow_custom_code: Load Lambda layers and classes from outside of Keras.
    """

    def load_model(self) -> _Loaded:
        """Loads the model, once in a process."""
        import keras

        if not self.allow_custom_code:
            found = model_files.custom_code(self.path, model_files.KERAS)
            if found:
                raise ConfigurationError(
                    f"models[{self.name}].path: holds custom code ({', '.join(found[:5])}); "
                    "if you trust the file, set allow_custom_code"
                )
        with tempfile.TemporaryDirectory() as folder:
            local = filesystem.copy_to_local(self.path, folder)
            model = keras.models.load_model(
                local, compile=False, safe_mode=not self.allow_custom_code
            )
        return _keras_call(model, self.input_features, self.name)


#: Models handed over as objects, by the key in their handler.
_IN_MEMORY: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


class KerasObjectHandler(KerasModelHandler):
    """A Keras model that is in memory.

    In this process the object itself is used; other processes load the `.keras`
    file that is written once beside it.
    """

    def __init__(self, name: str, model: Any, input_features: Sequence[str], output_name: str = ""):
        # The folder lives as long as the model.
        folder = tempfile.mkdtemp(prefix="fairflip-model-")
        path = os.path.join(folder, "model.keras")
        weakref.finalize(model, _remove_folder, folder)
        try:
            model.save(path)
        except (NotImplementedError, TypeError, ValueError):
            # A model of one's own class may not be saveable; it still works here.
            path = ""
        super().__init__(name, path, input_features, output_name)
        self._key = folder
        _IN_MEMORY[folder] = model

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        return f"{super().identity}/{self._key}"

    def load_model(self) -> _Loaded:
        """The object, or what the file holds where there is no such object."""
        model = _IN_MEMORY.get(self._key)
        if model is None and not self.path:
            raise ConfigurationError(
                f"models[{self.name}]: cannot be saved as .keras, so other processes cannot have "
                "it; give its class get_config(), or score it on the in-memory runner"
            )
        if model is None:
            return super().load_model()
        return _keras_call(model, self.input_features, self.name)


def _remove_folder(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


class SavedModelHandler(_TensorFlowHandler):
    """A SavedModel's signature: by feature names, or of serialized `tf.Example`s.

    Args:
      name: The model's name in the report.
      path: The folder, on any Beam filesystem.
      input_features: The features it reads.
      signature_name: Default "serving_default".
      output_name: Which output is the score; "NAME:INDEX" for one unit of several.
      allow_custom_code: Load graphs with operations that reach files or Python.
    """

    def __init__(
        self,
        name: str,
        path: str,
        input_features: Sequence[str],
        signature_name: str = "",
        output_name: str = "",
        allow_custom_code: bool = False,
    ):
        super().__init__(name, path, input_features, output_name, allow_custom_code)
        self.signature_name = signature_name or "serving_default"

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        return f"{super().identity}/{self.signature_name}"

    def load_model(self) -> _Loaded:
        """Loads the model, once in a process."""
        import tensorflow as tf

        if not self.allow_custom_code:
            found = model_files.custom_code(self.path, model_files.SAVED_MODEL)
            if found:
                raise ConfigurationError(
                    f"models[{self.name}].path: its graph holds {', '.join(found)}; "
                    "if you trust the model, set allow_custom_code"
                )
        with tempfile.TemporaryDirectory() as folder:
            # Variables and vocabularies are read while loading.
            model = tf.saved_model.load(filesystem.copy_to_local(self.path, folder))
        if self.signature_name not in model.signatures:
            raise ConfigurationError(
                f"models[{self.name}].signature_name: {self.signature_name!r} is not in "
                f"{self.path!r}; there are: {', '.join(sorted(model.signatures)) or 'none'}"
            )
        signature = model.signatures[self.signature_name]
        specs = signature.structured_input_signature[1]
        if set(specs) <= set(self.input_features):
            inputs = {key: (spec.dtype, spec.shape.rank) for key, spec in specs.items()}
            return _Loaded(lambda tensors: signature(**tensors), inputs, model)
        if len(specs) != 1:
            raise ConfigurationError(
                f"models[{self.name}]: the signature's inputs are {sorted(specs)}, the features "
                f"{sorted(self.input_features)}; set data.input_features to the former"
            )
        [(key, spec)] = specs.items()
        parsed = parsed_features(signature.graph.as_graph_def())
        if parsed is not None:
            call = lambda tensors: signature(**{key: tensors[""]})  # noqa: E731
            return _Loaded(call, {}, model, parsed)
        feature = _only_feature(self.input_features, self.name, key)
        call = lambda tensors: signature(**{key: tensors[feature]})  # noqa: E731
        return _Loaded(call, {feature: (spec.dtype, spec.shape.rank)}, model)


class ImportedModelHandler(BatchModelHandler):
    """Any Beam ModelHandler, made by a function given by import path.

    The factory takes no arguments. Its handler sees one element per distinct
    record: the text itself with one input feature, else a dict. A prediction is a
    number, an array of one number, or a `PredictionResult` of either. A handler
    with the attribute `takes_record_batches = True` gets `pa.RecordBatch`es
    instead, and gives one array of scores for each.

    Args:
      name: The model's name in the report.
      import_path: "package.module:factory".
      input_features: The features it reads.
      output_name: Of dict predictions, the key of the score.
    """

    def __init__(
        self, name: str, import_path: str, input_features: Sequence[str], output_name: str = ""
    ):
        super().__init__(name, input_features)
        self.import_path = import_path
        self.output_name = output_name

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        return "/".join((type(self).__name__, self.import_path, ",".join(self.input_features)))

    def load_model(self) -> tuple[ModelHandler, Any]:
        """The handler, made on this worker, and its model."""
        handler = model_files.import_factory(self.import_path, f"models[{self.name}]")()
        handler.set_environment_vars()
        return handler, handler.load_model()

    def score_batch(self, batch: pa.RecordBatch, model: tuple[ModelHandler, Any]) -> np.ndarray:
        """Scores of one batch, in calls of at most `MAX_ROWS_PER_CALL` rows."""
        handler, loaded = model
        if getattr(handler, "takes_record_batches", False):
            [scores] = handler.run_inference([batch], loaded)
            return one_column(np.asarray(scores), self.name, batch.num_rows)
        scores = []
        for start in range(0, batch.num_rows, MAX_ROWS_PER_CALL):
            part = batch.slice(start, MAX_ROWS_PER_CALL)
            examples: list[Any]
            if len(self.input_features) == 1:
                examples = part.column(self.input_features[0]).to_pylist()
            else:
                examples = part.select(list(self.input_features)).to_pylist()
            for function in reversed(list(handler.get_preprocess_fns())):
                examples = [function(example) for example in examples]
            results = list(handler.run_inference(examples, loaded))
            for function in handler.get_postprocess_fns():
                results = [function(result) for result in results]
            scores += [self._number(result) for result in results]
        return one_column(np.asarray(scores), self.name, batch.num_rows)

    def _number(self, result: Any) -> np.ndarray:
        value = result.inference if isinstance(result, PredictionResult) else result
        if isinstance(value, Mapping):
            if self.output_name not in value:
                raise ConfigurationError(
                    f"models[{self.name}].output_name: {self.output_name!r} is not among the "
                    f"predictions' keys {sorted(map(str, value))}; set it to one of them"
                )
            value = value[self.output_name]
        return np.asarray(value, np.float64).reshape(-1)


def handler_for(spec: config_pb2.ModelSpec, input_features: Sequence[str]) -> BatchModelHandler:
    """The handler for a model's specification.

    Args:
      spec: A model with a path or a handler.
      input_features: The features that models read.

    Raises:
      ConfigurationError: The path holds no model, or the model is not ready.
    """
    if spec.handler:
        return ImportedModelHandler(spec.name, spec.handler, input_features, spec.output_name)
    if not spec.path:
        raise ConfigurationError(
            f"models[{spec.name}]: has no path or handler; train it first, or give a path"
        )
    if model_files.model_kind(spec.path, spec.name) == model_files.KERAS:
        return KerasModelHandler(
            spec.name, spec.path, input_features, spec.output_name, spec.allow_custom_code
        )
    return SavedModelHandler(
        spec.name,
        spec.path,
        input_features,
        spec.signature_name,
        spec.output_name,
        spec.allow_custom_code,
    )


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
        if pa.types.is_string(kind):
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


def _tensor(column: pa.Array, dtype: Any, rank: int | None) -> Any:
    """A feature as the tensor that an input asks for: (n,), or (n, 1) for rank 2."""
    import tensorflow as tf

    kind = column.type
    if pa.types.is_string(kind):
        # TensorFlow takes bytes objects faster than text, which it encodes again.
        values: Any = column.cast(pa.binary()).to_numpy(zero_copy_only=False)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        values = np.asarray(column.to_pylist())
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


def _only_feature(features: Sequence[str], model: str, wanted: str) -> str:
    if len(features) != 1:
        raise ConfigurationError(
            f"models[{model}]: takes the one input {wanted!r}, but data.input_features names "
            f"{len(features)}: {', '.join(features)}"
        )
    return features[0]


def _keras_call(model: Any, features: Sequence[str], name: str) -> _Loaded:
    """One traced function for all batch sizes; Keras's own predict traces anew for some."""
    import tensorflow as tf

    specs = _keras_inputs(model)
    if specs is None:
        # A model that was never told its input: it takes what it gets.
        feature = _only_feature(features, name, "the model's input")
        specs = {feature: tf.TensorSpec([None], tf.string)}
        rename = {feature: feature}
    elif len(specs) == 1:
        [key] = specs
        rename = {key: key if key in features else _only_feature(features, name, key)}
    else:
        missing = [key for key in specs if key not in features]
        if missing:
            raise ConfigurationError(
                f"models[{name}]: reads {', '.join(sorted(specs))}, of which {missing[0]!r} is "
                "not in data.input_features; name all of them there"
            )
        rename = {key: key for key in specs}
    is_named = isinstance(getattr(model, "_inputs_struct", None), Mapping)

    @tf.function(input_signature=[specs])
    def function(tensors: dict[str, Any]) -> Any:
        if is_named:
            return model(tensors, training=False)
        ordered = [tensors[key] for key in specs]
        return model(ordered[0] if len(ordered) == 1 else ordered, training=False)

    output_names = list(getattr(model, "output_names", None) or ())

    def call(tensors: dict[str, Any]) -> Any:
        outputs = function({key: tensors[feature] for key, feature in rename.items()})
        if isinstance(outputs, (list, tuple)) and len(output_names) == len(outputs):
            return dict(zip(output_names, outputs, strict=True))
        return outputs

    inputs = {rename[key]: (spec.dtype, spec.shape.rank) for key, spec in specs.items()}
    return _Loaded(call, inputs, keep=(model, function))


def _keras_inputs(model: Any) -> dict[str, Any] | None:
    """{name: TensorSpec} of a Keras model's inputs in order; None if unknown."""
    import tensorflow as tf

    try:
        tensors = model.inputs
    except (AttributeError, ValueError):
        return None
    if not tensors:
        return None
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, Mapping):
        named = dict(structure)
    else:
        named = {tensor.name: tensor for tensor in tensors}
    return {
        name: tf.TensorSpec([None, *tensor.shape[1:]], tf.as_dtype(tensor.dtype))
        for name, tensor in named.items()
    }
