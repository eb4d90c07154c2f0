"""What a model's specification says: where it comes from, and what its scores are.

Exactly one of the fields `MODEL_SOURCES` is set. The values of `score_scale`:

* `PROBABILITY`: numbers from 0 to 1; any other is a fault.
* `LOGIT`: any finite number, of which a sigmoid makes a probability when it is read.
* `ANY`: any finite number, taken as it is.
"""

from __future__ import annotations

from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.forms.config_fields import choices

PROBABILITY, LOGIT, ANY = choices(ModelSpec, "score_scale")
#: In the order in which messages name them.
MODEL_SOURCES = (
    "path",
    "score_feature",
    "handler",
    "function",
    "huggingface",
    "sklearn_file",
    "onnx_file",
    "service",
    "train",
)
#: Those that name files or folders which determine the scores.
FILE_SOURCES = ("path", "huggingface", "sklearn_file", "onnx_file", "service")


def sources_of(model: ModelSpec) -> list[str]:
    """The fields of `MODEL_SOURCES` that are set."""
    return [
        name
        for name in MODEL_SOURCES
        if (model.HasField("train") if name == "train" else getattr(model, name))
    ]


def is_in_files(model: ModelSpec) -> bool:
    """Whether a model lies in files of its own, which have a fingerprint."""
    return any(getattr(model, name) for name in FILE_SOURCES)


def is_called(model: ModelSpec) -> bool:
    """Whether a model is asked for scores, and is no file of TensorFlow's."""
    return not (model.path or model.score_feature or model.HasField("train"))


def scale_of(model: ModelSpec) -> str:
    """The scale of a model's scores; `PROBABILITY` where it names none."""
    return model.score_scale or PROBABILITY
