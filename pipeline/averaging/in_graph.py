"""A remedy on disk: how the model is asked, and a model that has the remedy in its graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fairflip.pipeline.averaging.plain import (
    PLAIN,
    is_keras_text_model,
    method_of,
    plain_terms_of,
)
from fairflip.pipeline.averaging.specification import write_specification
from fairflip.pipeline.averaging.texts import with_defaults
from fairflip.pipeline.storage.run_folder import local_work_folder
from fairflip.protos.config_pb2 import InferenceRemedy, ModelSpec


def write_remedy(
    remediated: ModelSpec, baseline: ModelSpec, folder: str, load: Callable[[ModelSpec], Any]
) -> None:
    """Writes how a model is asked, and where its graph can hold the remedy, that model too.

    Args:
        remediated: With `at_inference`.
        baseline: The model that it asks.
        folder: Where to; what is in it goes.
        load: From the baseline to its Keras model.

    Raises:
        InputError: The baseline's file reads other than one text.
    """
    write_specification(remediated, folder)
    if remediated.at_inference.edits == PLAIN and is_keras_text_model(baseline):
        write_in_graph(load(baseline), remediated.at_inference, folder)


def write_in_graph(model: Any, remedy: InferenceRemedy, folder: str) -> None:
    """Writes `model.keras` and `saved_model/`, which give the remedy's scores by themselves.

    Args:
        model: The Keras model that is asked, of one text.
        remedy: With plain edits.
        folder: Where to; what else is in it stays.

    Raises:
        ConfigurationError: Plain edits cannot be made of its terms.
        InputError: The model reads other than one text.
    """
    from fairflip.remediation.in_graph.models import with_remedy
    from fairflip.remediation.training.saved_model import save_model

    full = with_defaults(remedy)
    made = with_remedy(
        model,
        plain_terms_of(full),
        technique=full.technique,
        method=method_of(full),
        num_averaged=full.num_averaged,
    )
    with local_work_folder(folder) as local:
        save_model(made, local, text_feature=full.text_feature)
