"""What a training step costs with pairs, relative to a plain step.

    python -m benchmarks.remediation.step_cost

The model is the tutorial's shape (embedding, three convolutions, dense), batch
128, texts vectorised. Steps of all kinds are interleaved, and CPU time is
counted, so that the ratios hold on a busy machine. The packed form costs what
upstream's step costs: three passes.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

BATCH_SIZE = 128
SEQUENCE_LENGTH = 128
ROUNDS = 12
STEPS_A_ROUND = 8
BOUNDS = {"a quarter of rows with counterfactuals": 1.5, "all rows with counterfactuals": 2.0}


def body(seed: int) -> Any:
    """The tutorial's classifier from token numbers on."""
    import keras

    keras.utils.set_random_seed(seed)
    layers: list[Any] = [
        keras.Input((SEQUENCE_LENGTH,), dtype="int64"),
        keras.layers.Embedding(10_000, 64),
    ]
    for _ in range(2):
        layers += [
            keras.layers.Conv1D(64, 5, activation="relu", padding="same"),
            keras.layers.MaxPooling1D(5, padding="same"),
        ]
    layers += [
        keras.layers.Conv1D(64, 5, activation="relu", padding="same"),
        keras.layers.GlobalMaxPooling1D(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    return keras.Sequential(layers)


def datasets() -> dict[str, Any]:
    """An endless stream of one batch in each form."""
    import tensorflow as tf

    from fairflip.remediation.counterfactual.keras import align
    from fairflip.remediation.counterfactual.keras.utils import CounterfactualPackedInputs

    rng = np.random.default_rng(0)
    x, other = rng.integers(0, 10_000, (2, BATCH_SIZE, SEQUENCE_LENGTH))
    y = rng.integers(0, 2, (BATCH_SIZE, 1)).astype("float32")
    quarter = np.arange(BATCH_SIZE) % 4 == 0

    def stream(batch: Any) -> Any:
        return tf.data.Dataset.from_tensors(batch).repeat()

    return {
        "plain": stream((x, y)),
        "a quarter of rows with counterfactuals": stream((align(x, other, quarter), y)),
        "all rows with counterfactuals": stream((align(x, other), y)),
        "three passes (packed, as upstream)": stream(
            CounterfactualPackedInputs((x, y), (x, other, np.ones((BATCH_SIZE, 1), "float32")))
        ),
    }


def ratios() -> dict[str, float]:
    """CPU seconds of a step of each kind over a plain step's; medians over rounds."""
    import keras

    from fairflip.remediation.counterfactual.keras import CounterfactualModel

    streams = datasets()
    models = {}
    for name in streams:
        model = body(0)
        if name != "plain":
            model = CounterfactualModel(model, "pairwise_symmetric_kl", 1.0)
        model.compile(optimizer=keras.optimizers.Adam(), loss="binary_crossentropy")
        model.fit(streams[name], steps_per_epoch=3, verbose=0)
        models[name] = model
    spent: dict[str, list[float]] = {name: [] for name in streams}
    for _ in range(ROUNDS):
        for name, model in models.items():
            started = time.process_time()
            model.fit(streams[name], steps_per_epoch=STEPS_A_ROUND, verbose=0)
            spent[name].append(time.process_time() - started)
    plain = np.array(spent["plain"])
    return {
        name: float(np.median(np.array(seconds) / plain))
        for name, seconds in spent.items()
        if name != "plain"
    }


def results() -> list[dict[str, Any]]:
    """The ratios and their ceilings; the three-pass step has none."""
    rows = []
    for name, value in ratios().items():
        bound = BOUNDS.get(name)
        rows.append(
            {
                "name": f"remediation.step_cost.{name}",
                "value": round(value, 3),
                "bound": f"<= {bound:g}" if bound else "none",
                "holds": bound is None or value <= bound,
            }
        )
    return rows


def main() -> None:
    """Prints the ratios."""
    print("| step | cost over a plain step |\n|---|---|")
    for name, value in ratios().items():
        print(f"| {name} | {value:.2f} |")


if __name__ == "__main__":
    main()
