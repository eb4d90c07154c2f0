"""Scores by a file of another library than TensorFlow: scikit-learn, Hugging Face, ONNX."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.pipeline.score.handlers.base import MAX_ROWS_PER_CALL, BatchModelHandler
from fairflip.pipeline.score.handlers.functions import FunctionHandler, function_of
from fairflip.pipeline.score.libraries import files
from fairflip.pipeline.score.model_files import checks, fingerprint
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import sources_of


class LibraryFileHandler(BatchModelHandler):
    """A model that `libraries.files` loads, once in a process."""

    # Texts of like length meet, and each text is asked about once.
    rows_to_gather = MAX_ROWS_PER_CALL

    def __init__(self, spec: config_pb2.ModelSpec, input_features: Sequence[str]):
        super().__init__(spec, input_features)
        self._fingerprint = fingerprint.spec_fingerprint(spec)

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        unnamed = config_pb2.ModelSpec()
        unnamed.CopyFrom(self.spec)
        unnamed.name = ""
        digest = hashlib.sha256(unnamed.SerializeToString(deterministic=True)).hexdigest()
        features = ",".join(self.input_features)
        return "/".join((type(self).__name__, digest, self._fingerprint, features))

    @property
    def lasting_identity(self) -> str:
        """By content: a folder that was moved holds the same model."""
        [source] = sources_of(self.spec)
        features = ",".join(self.input_features)
        return "/".join((source, self._fingerprint, self.spec.output_name, features))

    def load_model(self) -> FunctionHandler:
        """The model as a function, and how its answers are read.

        Raises:
          ConfigurationError: It cannot be loaded, or gives no scores.
        """
        checks.import_modules(self.spec)
        loaded = files.load(self.spec)
        known = function_of(loaded.model, self.name)
        if known is None:
            raise ConfigurationError(
                f"models[{self.name}]: the file holds {type(loaded.model).__name__}, which is no "
                "model; save an estimator that has predict_proba or decision_function"
            )
        function, class_names = known
        labels = loaded.labels or class_names
        return FunctionHandler(function, self.name, loaded.outputs, labels)

    def score_batch(self, batch: pa.RecordBatch, model: FunctionHandler) -> np.ndarray:
        """Scores of one batch."""
        [scores] = model.run_inference([batch], model.load_model())
        return scores

    def output_names(self, batch: pa.RecordBatch, model: FunctionHandler) -> tuple[str, ...]:
        """Labels, or units without any."""
        return model.output_names(batch)
