"""Records what TensorFlow Model Remediation does, step by step, for the parity tests.

The library runs under legacy Keras only, so this script builds an environment
of its own and runs itself inside it::

    python -m benchmarks.remediation.parity_with_tfmr

It trains small models with SGD, CLP with three losses and MinDiff with four, and
writes inputs, initial weights, the losses of every step and the final weights to
``tests/remediation/tfmr_reference.json``. The tests train ours from the same
start and compare. A loss that became NaN upstream ends its record there.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "remediation" / "tfmr_reference.json"
ENVIRONMENT = ROOT / "build" / "tfmr_env"
PACKAGES = (
    "tensorflow-model-remediation==0.1.7.1",
    "tensorflow==2.21.0",
    "tf-keras==2.21.0",
    "setuptools<80",
    "tensorboard",
    "mock",
)
NUM_STEPS = 6
# Small enough that float32 rounding does not grow over the steps.
LEARNING_RATE = 0.05
ROWS, PAIRS = 8, 6

SIGMOID = [["dense", 5, "tanh"], ["dense", 1, "sigmoid"]]
SOFTMAX = [["dense", 5, "tanh"], ["dense", 3, "softmax"]]
TEXT = [["embedding", 11, 4], ["pool"], ["dense", 1, "sigmoid"]]
CASES: list[dict[str, Any]] = [
    {"technique": "clp", "loss": "pairwise_mse_loss", "layers": SIGMOID, "weight": 2.0},
    {
        "technique": "clp",
        "loss": "pairwise_absolute_difference_loss",
        "layers": SIGMOID,
        "weight": 1.5,
    },
    {"technique": "clp", "loss": "pairwise_cosine_loss", "layers": SOFTMAX, "weight": 1.0},
    {"technique": "clp", "loss": "pairwise_mse_loss", "layers": TEXT, "weight": 3.0},
    {
        "technique": "min_diff",
        "loss": "mmd",
        "kernel": "gaussian",
        "layers": SIGMOID,
        "weight": 1.5,
    },
    {
        "technique": "min_diff",
        "loss": "mmd",
        "kernel": "laplacian",
        "layers": SIGMOID,
        "weight": 1.5,
    },
    {
        "technique": "min_diff",
        "loss": "adjusted_mmd",
        "kernel": "gaussian",
        "layers": SIGMOID,
        "weight": 0.5,
    },
    {"technique": "min_diff", "loss": "absolute_correlation", "layers": SIGMOID, "weight": 1.0},
]


def case_data(case: dict[str, Any], number: int) -> dict[str, Any]:
    """Inputs and initial weights of a case, drawn from its number."""
    rng = np.random.default_rng(number)
    text = case["layers"][0][0] == "embedding"

    def inputs(rows: int) -> list[Any]:
        values = rng.integers(0, 11, (rows, 4)) if text else rng.normal(size=(rows, 3)).round(6)
        return values.tolist()

    classes = case["layers"][-1][1]
    steps = []
    for _ in range(NUM_STEPS):
        step = {"x": inputs(ROWS), "pair_weight": rng.random((PAIRS, 1)).round(6).tolist()}
        step["y"] = rng.integers(0, max(2, classes), (ROWS, 1)).tolist()
        step["pair_x"] = inputs(PAIRS)
        if case["technique"] == "clp":
            step["pair_counterfactual"] = inputs(PAIRS)
        else:
            step["membership"] = [[1.0], [1.0], [0.0], [0.0], [1.0], [0.0]]
        steps.append(step)
    shapes: list[tuple[int, ...]] = []
    width = 3
    for layer in case["layers"]:
        if layer[0] == "embedding":
            shapes.append((layer[1], layer[2]))
            width = layer[2]
        elif layer[0] == "dense":
            shapes += [(width, layer[1]), (layer[1],)]
            width = layer[1]
    weights = [(0.5 * rng.normal(size=shape)).round(6).tolist() for shape in shapes]
    return {"steps": steps, "initial_weights": weights, "learning_rate": LEARNING_RATE}


def record_case(case: dict[str, Any], number: int) -> dict[str, Any]:
    """Trains upstream's wrapper on one case."""
    import tensorflow as tf
    from tensorflow_model_remediation import counterfactual, min_diff

    data = case_data(case, number)
    text = case["layers"][0][0] == "embedding"
    layers: list[Any] = [tf.keras.Input((4,), dtype=tf.int64) if text else tf.keras.Input((3,))]
    for layer in case["layers"]:
        if layer[0] == "embedding":
            layers.append(tf.keras.layers.Embedding(layer[1], layer[2]))
        elif layer[0] == "pool":
            layers.append(tf.keras.layers.GlobalAveragePooling1D())
        else:
            layers.append(tf.keras.layers.Dense(layer[1], activation=layer[2]))
    original = tf.keras.Sequential(layers)
    original.set_weights([np.asarray(w, np.float32) for w in data["initial_weights"]])
    if case["technique"] == "clp":
        losses = {
            "pairwise_mse_loss": counterfactual.losses.PairwiseMSELoss,
            "pairwise_absolute_difference_loss": (
                counterfactual.losses.PairwiseAbsoluteDifferenceLoss
            ),
            "pairwise_cosine_loss": counterfactual.losses.PairwiseCosineLoss,
        }
        model = counterfactual.keras.CounterfactualModel(
            original, losses[case["loss"]](), loss_weight=case["weight"]
        )
    else:
        kwargs = {"enable_summary_histogram": False}
        if "kernel" in case:
            kwargs["kernel"] = case["kernel"]
        loss = {
            "mmd": min_diff.losses.MMDLoss,
            "adjusted_mmd": min_diff.losses.AdjustedMMDLoss,
            "absolute_correlation": min_diff.losses.AbsoluteCorrelationLoss,
        }[case["loss"]](**kwargs)
        model = min_diff.keras.MinDiffModel(original, loss, loss_weight=case["weight"])
    compiled = (
        "binary_crossentropy" if case["layers"][-1][1] == 1 else "sparse_categorical_crossentropy"
    )
    model.compile(optimizer=tf.keras.optimizers.SGD(data["learning_rate"]), loss=compiled)
    dtype = np.int64 if text else np.float32
    recorded = []
    for step in data["steps"]:
        x, y = np.asarray(step["x"], dtype), np.asarray(step["y"], np.float32)
        pair_x, weight = (
            np.asarray(step["pair_x"], dtype),
            np.asarray(step["pair_weight"], np.float32),
        )
        x, y, pair_x, weight = map(tf.constant, (x, y, pair_x, weight))
        if case["technique"] == "clp":
            counterfactual_x = tf.constant(np.asarray(step["pair_counterfactual"], dtype))
            batch = counterfactual.keras.utils.CounterfactualPackedInputs(
                (x, y), (pair_x, counterfactual_x, weight)
            )
        else:
            membership = tf.constant(np.asarray(step["membership"], np.float32))
            packed = min_diff.keras.utils.MinDiffPackedInputs(x, (pair_x, membership, weight))
            batch = (packed, y)
        model.reset_metrics()
        logs = {name: float(value) for name, value in model.train_step(batch).items()}
        term = logs["counterfactual_loss" if case["technique"] == "clp" else "min_diff_loss"]
        total = logs["total_loss" if case["technique"] == "clp" else "loss"]
        if not np.isfinite(total) or not all(
            np.isfinite(weight).all() for weight in original.get_weights()
        ):
            break
        # Upstream logs the term with its weight.
        recorded.append({"loss": total, "term": term / case["weight"]})
    return {
        **case,
        **data,
        "recorded": recorded,
        "final_weights": [w.tolist() for w in original.get_weights()],
    }


def build_environment() -> pathlib.Path:
    """Makes the environment, if it is not there, and returns its interpreter."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        subprocess.run([*uv, "pip", "install", "--python", str(python), *PACKAGES], check=True)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", action="store_true", help="run inside the environment")
    arguments = parser.parse_args()
    if not arguments.record:
        python = build_environment()
        environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "CUDA_VISIBLE_DEVICES": ""}
        environment.pop("PYTHONPATH", None)
        subprocess.run([str(python), __file__, "--record"], check=True, env=environment)
        return
    import importlib.metadata

    cases = [record_case(case, number) for number, case in enumerate(CASES)]
    versions = {
        name: importlib.metadata.version(name)
        for name in ("tensorflow-model-remediation", "tensorflow", "tf-keras")
    }
    text = json.dumps({"versions": versions, "cases": cases}, separators=(",", ":"))
    REFERENCE.write_text(text + "\n", encoding="utf-8")
    for case in cases:
        steps = [round(step["loss"], 6) for step in case["recorded"]]
        print(case["technique"], case["loss"], case.get("kernel", ""), steps)


if __name__ == "__main__":
    main()
