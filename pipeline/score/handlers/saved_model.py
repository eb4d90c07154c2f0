"""Scores by a SavedModel's signature."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.pipeline.score.handlers.parsed_features import parsed_features
from fairflip.pipeline.score.handlers.tensor_handler import Loaded, TensorHandler, only_feature
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError


class SavedModelHandler(TensorHandler):
    """A SavedModel's signature: by feature names, or of serialized `tf.Example`s."""

    def __init__(self, spec: config_pb2.ModelSpec, input_features: Sequence[str]):
        super().__init__(spec, input_features)
        self.signature_name = spec.signature_name or "serving_default"

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        return f"{super().identity}/{self.signature_name}"

    def load_file(self, path: str) -> Loaded:
        """Loads the model from a local folder.

        Raises:
          ConfigurationError: The folder is damaged, or has no such signature.
        """
        import tensorflow as tf

        try:
            model = tf.saved_model.load(path)
        except MemoryError:
            raise
        except Exception as e:
            first_line = next(iter(str(e).strip().splitlines()), "")[:200]
            raise ConfigurationError(
                f"models[{self.name}].path: {self.spec.path!r} cannot be loaded "
                f"({type(e).__name__}: {first_line}); it is damaged, or needs a library that is "
                "not loaded: save or download it again, or --import what has its operations"
            ) from e
        if self.signature_name not in model.signatures:
            raise ConfigurationError(
                f"models[{self.name}].signature_name: {self.signature_name!r} is not in "
                f"{self.spec.path!r}; there are: {', '.join(sorted(model.signatures)) or 'none'}"
            )
        signature = model.signatures[self.signature_name]
        specs = signature.structured_input_signature[1]
        if set(specs) <= set(self.input_features):
            inputs = {key: (spec.dtype, spec.shape.rank) for key, spec in specs.items()}
            return Loaded(lambda tensors: signature(**tensors), inputs, model)
        if len(specs) != 1:
            raise ConfigurationError(
                f"models[{self.name}]: the signature's inputs are {sorted(specs)}, the features "
                f"{sorted(self.input_features)}; set data.input_features to the former"
            )
        [(key, spec)] = specs.items()
        parsed = parsed_features(signature.graph.as_graph_def())
        if parsed is not None:
            call = lambda tensors: signature(**{key: tensors[""]})  # noqa: E731
            return Loaded(call, {}, model, parsed)
        feature = only_feature(self.input_features, self.name, key)
        call = lambda tensors: signature(**{key: tensors[feature]})  # noqa: E731
        return Loaded(call, {feature: (spec.dtype, spec.shape.rank)}, model)
