"""What an evaluation of images costs beside scoring them, and whether memory stays flat.

    python -m benchmarks.speed.images

`evaluate` of ready-made pairs of made-up images, 64 × 64 pixels in PNG, by MobileNetV2,
beside a plain loop that reads the same Parquet file, decodes every image and calls the same
model: in turns, in CPU time, each size in a process of its own. The loop is what scoring costs
anyway. The peak is the memory of the whole process, TensorFlow included.
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
_ROUNDS, _BATCH = 2, 256


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


def plain_seconds(path: pathlib.Path, network: Any) -> float:
    """CPU time of the loop: read, decode, score."""
    import tensorflow as tf

    from fairflip.metrics.images.decoding import decode

    call = tf.function(lambda images: network(images, training=False))
    start = time.process_time()
    for batch in pq.ParquetFile(path).iter_batches(_BATCH):
        for side in ("image", "counterfactual.image"):
            images = np.stack([decode(data) for data in batch[side].to_pylist()])
            np.asarray(call(tf.cast(images, tf.float32)))
    return time.process_time() - start


def run_seconds(path: pathlib.Path, keras_file: pathlib.Path) -> float:
    """CPU time of the evaluation, its page included."""
    import fairflip

    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        fairflip.evaluate(
            pairs=str(path), models={"m": str(keras_file)}, image_features=["image"], id="id",
            output_dir=f"{folder}/out", quiet=True,
        )  # fmt: skip
        return time.process_time() - start


def measured(num_images: int, what: str) -> dict[str, float]:
    """Seconds and the peak in MiB, in this process; `what` is "run", or "both"."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        network = model()
        network.save(place / "m.keras")
        write_pairs(place / "few.parquet", 64)
        write_pairs(place / "pairs.parquet", num_images)
        run_seconds(place / "few.parquet", place / "m.keras")  # what the first run imports
        taken: dict[str, list[float]] = {"run": [], "plain": []}
        for _ in range(_ROUNDS if what == "both" else 1):
            taken["run"].append(run_seconds(place / "pairs.parquet", place / "m.keras"))
            if what == "both":
                taken["plain"].append(plain_seconds(place / "pairs.parquet", network))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"peak": peak} | {name: min(each) for name, each in taken.items() if each}


def _apart(num_images: int, what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed.images", "--measure", str(num_images), what]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def results() -> list[dict[str, Any]]:
    """The figures, for `run_all.py`."""
    both = _apart(SMALL, "both")
    small, large = _apart(SMALL, "run"), _apart(LARGE, "run")
    each = 1000 * both["plain"] / SMALL
    return [
        at_most(
            f"images: an evaluation over reading, decoding and scoring ({each:.1f} ms an image)",
            both["run"] / both["plain"],
            MOST_BESIDE,
        ),
        at_most(
            f"images: the peak with {LARGE:,} over that with {SMALL:,}",
            large["peak"] / small["peak"],
            MOST_GROWTH,
        ),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measured(int(sys.argv[2]), sys.argv[3])))
    else:
        flags_of(__doc__.splitlines()[0])
        for row in results():
            print(f"{row['name']}: {row['value']}, bound {row['bound']}, holds: {row['holds']}")
