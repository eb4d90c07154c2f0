"""Scores by a `.keras` file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fairflip.pipeline.score.handlers.tensor_handler import Loaded, TensorHandler, only_feature
from fairflip.pipeline.score.model_files.keras_files import custom_classes
from fairflip.protos.errors import ConfigurationError


class KerasModelHandler(TensorHandler):
    """A `.keras` file, loaded in Keras's safe mode unless its own code is allowed."""

    def load_file(self, path: str) -> Loaded:
        """Loads the model from a local file.

        Raises:
          ConfigurationError: The file is damaged, or names what Keras does not know.
        """
        import keras

        try:
            model = keras.models.load_model(
                path, compile=False, safe_mode=not self.spec.allow_custom_code
            )
        except MemoryError:
            raise
        except Exception as e:
            raise ConfigurationError(self._reason(e)) from e
        return _keras_call(model, self.input_features, self.name)

    def _reason(self, error: Exception) -> str:
        """One sentence that says why Keras could not load the file, and the cure."""
        field, path = f"models[{self.name}].path", self.spec.path
        unknown = re.search(r"Could not locate (?:class|function) '([^']+)'", str(error))
        # Some of Keras's errors do not say which one, but quote the architecture.
        own = custom_classes(path)
        if unknown:
            own = [name for name in own if name.endswith(unknown[1])] or [unknown[1]]
        else:
            own = [name for name in own if name in str(error)]
        if own:
            return (
                f"{field}: {path!r} holds {', '.join(own[:5])}, which Keras cannot make; give the "
                "module that registers it with @keras.saving.register_keras_serializable as "
                "--import MODULE (models.import_module), beside --allow_custom_code"
            )
        first_line = next(iter(str(error).strip().splitlines()), "")[:200]
        return (
            f"{field}: {path!r} cannot be loaded ({type(error).__name__}: {first_line}); "
            "it is damaged or of another Keras version: save or download it again"
        )


def _keras_call(model: Any, features: Sequence[str], name: str) -> Loaded:
    """One traced function for all batch sizes; Keras's own predict traces anew for some."""
    import tensorflow as tf

    specs = _keras_inputs(model)
    if specs is None:
        # A model that was never told its input: it takes what it gets.
        feature = only_feature(features, name, "the model's input")
        specs = {feature: tf.TensorSpec([None], tf.string)}
        rename = {feature: feature}
    elif len(specs) == 1:
        [key] = specs
        rename = {key: key if key in features else only_feature(features, name, key)}
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
    shapes = {rename[key]: tuple(spec.shape[1:]) for key, spec in specs.items()}
    return Loaded(call, inputs, keep=(model, function), shapes=shapes)


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
