"""What an evaluation of images costs beside scoring them, and whether memory stays flat.

    python -m benchmarks.speed.images

`evaluate` of ready-made pairs of made-up images, 64 × 64 pixels in PNG, by MobileNetV2,
beside a plain loop that loads the same model, reads the same Parquet file, decodes every image
and asks the model, in CPU time. The loop is what scoring costs anyway. The peaks are the memory of
whole processes, by a model that takes none.
"""

from __future__ import annotations

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.real_text import at_most, flags_of

MOST_BESIDE, MOST_GROWTH = 1.3, 1.15
SIZE = 64
#: Images, two a pair.
SMALL, LARGE = 2_000, 10_000
_BATCH = 256


def write_pairs(path: pathlib.Path, num_images: int) -> None:
    """Pairs of noise on a ground that changes, in row groups of 500."""
    from fairflip.metrics.images.decoding import encode_png

    rng = np.random.default_rng(0)
    writer = None
    for start in range(0, num_images // 2, 500):
        number = min(500, num_images // 2 - start)
        before = rng.integers(0, 64, (number, SIZE, SIZE, 3)).astype(np.uint8)
        after = before.copy()
        before[..., 0] += 100
        after[..., 1] += 100
        table = pa.table(
            {
                "id": [f"p{start + place}" for place in range(number)],
                "image": list(map(encode_png, before)),
                "counterfactual.image": list(map(encode_png, after)),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def model() -> Any:
    """MobileNetV2 with random weights: some milliseconds an image on one core."""
    import keras

    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2(
        (SIZE, SIZE, 3), weights=None, include_top=False, pooling="avg"
    )
    image = keras.Input((SIZE, SIZE, 3), name="image")
    features = network(keras.layers.Rescaling(1 / 127.5, offset=-1)(image))
    return keras.Model(image, keras.layers.Dense(1, "sigmoid")(features))


def plain_seconds(path: pathlib.Path, file: pathlib.Path) -> float:
    """CPU time of the loop: load the model, read, decode, score."""
    import keras
    import tensorflow as tf

    from fairflip.metrics.images.decoding import decode

    start = time.process_time()
    network = keras.saving.load_model(file)
    call = tf.function(lambda images: network(images, training=False))
    for batch in pq.ParquetFile(path).iter_batches(_BATCH):
        for side in ("image", "counterfactual.image"):
            images = np.stack([decode(data) for data in batch[side].to_pylist()])
            np.asarray(call(tf.cast(images, tf.float32)))
    return time.process_time() - start


def run_seconds(path: pathlib.Path, asked: Any) -> float:
    """CPU time of the evaluation of a model, its page included."""
    import fairflip

    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        fairflip.evaluate(
            pairs=str(path), models={"m": asked}, image_features=["image"], id="id",
            output_dir=f"{folder}/out", quiet=True,
        )  # fmt: skip
        return time.process_time() - start


def brightness(images: np.ndarray) -> np.ndarray:
    """A model that takes no memory of its own."""
    return images.mean(axis=(1, 2, 3)) / 255


def both_seconds(num_images: int) -> dict[str, float]:
    """CPU seconds of the evaluation and of the loop, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        network = model()
        network.save(place / "m.keras")
        write_pairs(place / "few.parquet", 64)
        write_pairs(place / "pairs.parquet", num_images)
        run_seconds(place / "few.parquet", str(place / "m.keras"))  # what the first run imports
        return {
            "run": run_seconds(place / "pairs.parquet", str(place / "m.keras")),
            "plain": plain_seconds(place / "pairs.parquet", place / "m.keras"),
        }


def peak(num_images: int) -> dict[str, float]:
    """The most memory of this process in MiB, where the model takes none."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "pairs.parquet"
        write_pairs(path, num_images)
        run_seconds(path, brightness)
        return {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


_MEASURES = {"both": both_seconds, "peak": peak}


def _apart(what: str, num_images: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed.images", "--measure", what, str(num_images)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def results() -> list[dict[str, Any]]:
    """The figures, for `run_all.py`."""
    both = _apart("both", LARGE)
    small, large = _apart("peak", SMALL), _apart("peak", LARGE)
    each = 1000 * both["plain"] / LARGE
    return [
        at_most(
            f"images: an evaluation of {LARGE:,} over reading, decoding and scoring them "
            f"({each:.1f} ms an image)",
            both["run"] / both["plain"],
            MOST_BESIDE,
        ),
        at_most(
            f"images: the peak with {LARGE:,}, {large['peak']:.0f} MiB, over that with {SMALL:,}, "
            f"{small['peak']:.0f}",
            large["peak"] / small["peak"],
            MOST_GROWTH,
        ),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(_MEASURES[sys.argv[2]](int(sys.argv[3]))))
    else:
        flags_of(__doc__.splitlines()[0])
        for row in results():
            print(f"{row['name']}: {row['value']}, bound {row['bound']}, holds: {row['holds']}")
