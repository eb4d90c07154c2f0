"""What scoring costs beside the model itself, in CPU seconds of one run.

Plain inference is the model called on full batches of tensors that lie ready:
nothing can be cheaper. Against it stand `score_sides` on Arrow batches, the Beam
pipeline from Parquet files to scored batches, and reading alone, per format.
Ratios are medians over rounds in which both sides ran right after each other.
"""

from __future__ import annotations

import gc
import json
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

NUM_PAIRS = 10_000
ROUNDS = 3
BATCH_SIZE = 1024
WORDS = [f"word{i}" for i in range(5000)]


def cpu_seconds(work: Callable[[], Any]) -> float:
    """CPU seconds of all threads of this process."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def make_model(folder: pathlib.Path, texts: list[str]):
    """The demo's architecture: three convolutions with pooling over an embedding."""
    import keras

    keras.utils.set_random_seed(0)
    vectorize = keras.layers.TextVectorization(max_tokens=10_000, output_sequence_length=100)
    vectorize.adapt(texts[:2000])
    source = keras.Input((1,), dtype="string")
    hidden = keras.layers.Embedding(10_000, 128)(vectorize(source))
    for _ in range(3):
        hidden = keras.layers.Conv1D(128, 5, activation="relu", padding="same")(hidden)
        hidden = keras.layers.MaxPooling1D(5, padding="same")(hidden)
    hidden = keras.layers.Dense(128, activation="relu")(keras.layers.Flatten()(hidden))
    model = keras.Model(source, keras.layers.Dense(1, activation="sigmoid")(hidden))
    model.save(folder / "model.keras")
    return model


def make_pairs(num_pairs: int):
    """Pairs of distinct texts, so that nothing is saved by scoring a text once."""
    import numpy as np
    import pyarrow as pa

    rng = np.random.default_rng(0)
    chosen = rng.integers(0, len(WORDS), (num_pairs, 30))
    originals = [" ".join(WORDS[i] for i in row) for row in chosen]
    return pa.table(
        {
            "example_id": [str(i) for i in range(num_pairs)],
            "comment_text": originals,
            "counterfactual.comment_text": [text.split(" ", 1)[1] for text in originals],
            "toxicity": rng.integers(0, 2, num_pairs).astype(float),
            "gender": [["female"] if i % 3 else [] for i in range(num_pairs)],
        }
    )


def run_pipeline(checked, spec) -> None:
    """Parquet to scored batches on the in-memory runner."""
    import apache_beam as beam
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    from fairflip.pipeline.read.transforms import ReadBatches
    from fairflip.pipeline.score.transforms import ScorePairs
    from fairflip.protos.config_pb2 import DataSpec

    pipeline = beam.Pipeline(FnApiRunner())
    read = pipeline | ReadBatches(checked, BATCH_SIZE)
    read["batches"] | ScorePairs([spec], DataSpec())
    pipeline.run().wait_until_finish()


def results(num_pairs: int = NUM_PAIRS, rounds: int = ROUNDS) -> list[dict]:
    """Measures, and holds each ratio against its bound.

    Returns:
      Records of name, value, bound and holds, as `make bench` collects them.
    """
    import keras
    import pyarrow.parquet as pq
    import tensorflow as tf

    from fairflip.pipeline.read.transforms import RecordLayout, check_inputs, read_file
    from fairflip.pipeline.score.handlers.choose import handler_for
    from fairflip.pipeline.score.sides import score_sides
    from fairflip.protos.config_pb2 import DataSpec, ModelSpec

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        table = make_pairs(num_pairs)
        make_model(folder, table["comment_text"].to_pylist())
        pq.write_table(table, folder / "pairs.parquet", row_group_size=8192)
        layout = RecordLayout.from_data_spec(DataSpec(), "pairs", ["gender"])
        checked = check_inputs([str(folder / "pairs.parquet")], layout)
        spec = ModelSpec(name="m", path=str(folder / "model.keras"))

        model = keras.models.load_model(folder / "model.keras")
        call = tf.function(
            lambda text: model(text, training=False),
            input_signature=[tf.TensorSpec([None, 1], tf.string)],
        )
        texts = table["comment_text"].to_pylist() + table["counterfactual.comment_text"].to_pylist()
        tensors = [
            tf.constant(texts[start : start + 2 * BATCH_SIZE])[:, None]
            for start in range(0, len(texts), 2 * BATCH_SIZE)
        ]
        handler = handler_for(spec, ["comment_text"])
        loaded = handler.load_model()
        batches = table.to_batches(BATCH_SIZE)

        def plain() -> None:
            for tensor in tensors:
                call(tensor).numpy()

        def predict() -> None:
            for tensor in tensors:
                model.predict_on_batch(tensor)

        def arrow() -> None:
            for batch in batches:
                score_sides(batch, handler, loaded)

        def read() -> None:
            for _ in read_file(str(folder / "pairs.parquet"), checked.layout):
                pass

        # Once each beforehand: tracing and loading are start-up, not cost per pair.
        plain(), predict(), arrow(), read(), run_pipeline(checked, spec)
        rows = []
        for _ in range(rounds):
            base = cpu_seconds(plain)
            rows.append(
                {
                    "plain": base,
                    "predict": cpu_seconds(predict) / base,
                    "arrow": cpu_seconds(arrow) / base,
                    "read": cpu_seconds(read) / base,
                    "pipeline": cpu_seconds(lambda: run_pipeline(checked, spec)) / base,
                }
            )
        median = {key: statistics.median(row[key] for row in rows) for key in rows[0]}

    def row(label: str, value: float, bound: float | None) -> dict:
        return {
            "name": f"scoring: {label}",
            "value": round(value, 4),
            "bound": bound,
            "holds": bound is None or value <= bound,
        }

    return [
        row("plain inference, CPU microseconds per pair", 1e6 * median["plain"] / num_pairs, None),
        row("predict_on_batch / plain inference", median["predict"], None),
        row("Arrow batches to score columns / plain inference", median["arrow"], 1.2),
        row("reading Parquet / plain inference", median["read"], 0.2),
        row("pipeline from Parquet to scored pairs / plain inference", median["pipeline"], 1.5),
    ]


if __name__ == "__main__":
    figures = results()
    print(json.dumps(figures, indent=2))
    sys.exit(not all(entry["holds"] for entry in figures))
