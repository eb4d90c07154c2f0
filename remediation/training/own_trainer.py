"""Training by a function that the configuration names, and what any training gives back."""

from __future__ import annotations

import dataclasses
import importlib
import pathlib
import time
from typing import TYPE_CHECKING, Any

from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.data import TrainingData

if TYPE_CHECKING:
    import keras


@dataclasses.dataclass(frozen=True)
class RemediationResult:
    """A remediated model and how it came to be.

    Attributes:
        model: The Keras model itself, without a training wrapper; it reads what
            the baseline reads.
        record: Settings, data sizes, history and time, ready for JSON.
        seconds: Wall-clock time of training.
    """

    model: keras.Model
    record: dict[str, Any]
    seconds: float

    @property
    def history(self) -> dict[str, list[float]]:
        """Each logged number by epoch."""
        return self.record.get("history", {})


def run_own_trainer(
    spec: config_pb2.RemediationSpec,
    data: TrainingData,
    baseline: keras.Model,
    seed: int,
    folder: pathlib.Path | None,
    started: float,
) -> RemediationResult:
    """Trains with the function that `spec.trainer` names."""
    module_name, _, function_name = spec.trainer.partition(":")
    try:
        trainer = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"remediation.trainer is {spec.trainer!r}, which cannot be imported ({error}); "
            "give package.module:function."
        ) from error
    if not callable(trainer):
        raise ConfigurationError(f"remediation.trainer is {spec.trainer!r}, which is not callable.")
    made = trainer(spec, data, baseline, seed=seed, output_dir=folder)
    seconds = time.monotonic() - started
    if isinstance(made, RemediationResult):
        return made
    import keras

    if not isinstance(made, keras.Model):
        raise ConfigurationError(
            f"remediation.trainer {spec.trainer!r} returned a {type(made).__name__}; it must "
            "return a Keras model or a RemediationResult."
        )
    record = {
        "trainer": spec.trainer,
        "technique": spec.technique,
        "loss": spec.loss,
        "loss_weight": list(spec.loss_weights),
        "seed": seed,
        "num_examples": data.num_examples,
        "num_pairs": data.num_pairs,
        "seconds": seconds,
    }
    return RemediationResult(made, record, seconds)
