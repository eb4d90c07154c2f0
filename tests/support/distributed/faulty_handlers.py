"""Model handlers that fail; given to workers by import path, never pickled.

Scores are the text's length modulo 97, so that right numbers are known. FAULT_MARK
names a file whose lines count the failures so far.
"""

from __future__ import annotations

import os
import pathlib
import signal

import numpy as np
from apache_beam.ml.inference.base import ModelHandler


def scores(texts) -> np.ndarray:
    return np.array([(len(text) * 7 % 97) / 97 for text in texts])


class _Faulty(ModelHandler):
    takes_record_batches = True
    times = 0

    def load_model(self) -> pathlib.Path:
        return pathlib.Path(os.environ["FAULT_MARK"])

    def run_inference(self, batch, model, inference_args=None):
        failures = len(model.read_text().splitlines()) if model.exists() else 0
        if failures < self.times:
            with model.open("a") as file:
                file.write("failed\n")
            self.fail()
        return [scores(part.column(0).to_pylist()) for part in batch]

    def fail(self) -> None:
        raise ValueError("this handler fails twice")


class FailsTwice(_Faulty):
    times = 2


class DiesOnce(_Faulty):
    """Kills its process, as the system does when memory is short."""

    times = 1

    def fail(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
