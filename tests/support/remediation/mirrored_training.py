"""Trains on one device and on two, and prints what both gave as JSON.

A process of its own: devices must be divided before TensorFlow first uses them.
"""

from __future__ import annotations

import contextlib
import json

import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

import keras  # noqa: E402

from fairflip.remediation.counterfactual.keras import CounterfactualModel, align  # noqa: E402
from fairflip.remediation.min_diff.keras import MinDiffModel  # noqa: E402
from fairflip.remediation.min_diff.keras.packed_inputs import MinDiffPackedInputs  # noqa: E402

ROWS, BATCH = 64, 16


def tabular() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(6, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.1)),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def pairs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(ROWS, 3)).astype("float32")
    changed = x * np.array([-1, 1, 1], "float32")
    return x, changed, (x[:, :1] + x[:, 1:2] > 0).astype("float32")


def train(technique: str, strategy: tf.distribute.Strategy | None) -> dict[str, list]:
    x, changed, y = pairs()
    with strategy.scope() if strategy else contextlib.nullcontext():
        model = tabular()
        if technique == "clp":
            wrapped = CounterfactualModel(model, "pairwise_mse", 3.0)
        else:
            wrapped = MinDiffModel(model, "mmd", 2.0)
        wrapped.compile(keras.optimizers.SGD(0.2), loss="binary_crossentropy")
    if technique == "clp":
        inputs = align(x, changed)
    else:
        # A replica compares the groups among its own rows, so both get the same ones.
        half = np.arange(ROWS).reshape(-1, BATCH)[:, : BATCH // 2]
        rows = np.concatenate([half, half], axis=1).reshape(-1)
        member = (rows % 2).astype("float32")[:, None]
        inputs = MinDiffPackedInputs(x, (x[rows], member))
    logs = wrapped.fit(inputs, y, batch_size=BATCH, epochs=2, shuffle=False, verbose=0).history
    return {
        "replicas": strategy.num_replicas_in_sync if strategy else 1,
        "logs": logs,
        "weights": [w.tolist() for w in model.get_weights()],
    }


if __name__ == "__main__":
    actual = {}
    for technique in ("clp", "mindiff"):
        two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        actual[technique] = [train(technique, None), train(technique, two)]
    print(json.dumps(actual))
