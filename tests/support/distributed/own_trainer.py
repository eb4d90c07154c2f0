"""A trainer of one's own, by import path; it dies with its process the first time."""

from __future__ import annotations

import os
import pathlib
import signal


def halve(spec, data, baseline, *, seed, output_dir):
    """A copy of the baseline whose last layer has half its weights: fewer flips, no training."""
    import keras

    mark = pathlib.Path(os.environ["TRAINER_MARK"])
    if not mark.exists():
        mark.write_text("died\n")
        os.kill(os.getpid(), signal.SIGKILL)
    assert data.num_pairs > 0
    model = keras.models.clone_model(baseline)
    model.set_weights([weights * 0.5 for weights in baseline.get_weights()])
    vectorizers = [
        (one, other)
        for one, other in zip(model.layers, baseline.layers, strict=True)
        if isinstance(one, keras.layers.TextVectorization)
    ]
    for one, other in vectorizers:
        one.set_vocabulary(other.get_vocabulary()[2:])
    return model
