"""Where the real data of the remediation benchmarks is, and which split figures are of.

Flags set two environment variables, so that a benchmark run from the command line and
one run by `run_all.py` read the same:

    FAIRFLIP_DATA               the folder of the data sets (--data)
    FAIRFLIP_EVALUATION_SPLIT   "test", or "dev" where settings are being chosen (--dev)
"""

from __future__ import annotations

import argparse
import os
import pathlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parent.parent


def data_folder() -> pathlib.Path:
    """FAIRFLIP_DATA, or the shared folder beside the repository."""
    return pathlib.Path(os.environ.get("FAIRFLIP_DATA", ROOT.parent / "shared" / "data"))


def evaluation_split() -> str:
    """The split that figures are of."""
    return os.environ.get("FAIRFLIP_EVALUATION_SPLIT", "test")


def splits_of(file: str, is_split_anew: bool = False) -> dict[str, pa.Table]:
    """The training and the evaluation split of a data set, with the column `example_id`.

    Args:
        file: Its Parquet file.
        is_split_anew: Divide the rows of both splits anew, two in nine of them to
            evaluate on, by a hash of their IDs.
    """
    table = pq.read_table(data_folder() / file)
    ids = table["id"].cast(pa.string())
    table = table.set_column(table.column_names.index("id"), "example_id", ids)
    names = ["train", evaluation_split()]
    parts = {split: table.filter(pc.equal(table["split"], split)) for split in names}
    if not is_split_anew:
        return parts
    from fairflip.metrics.flips.buckets import bucket_of

    rows = pa.concat_tables(parts.values())
    is_evaluated = pa.array(bucket_of(rows["example_id"], num_buckets=9, seed=1) < 2)
    return dict(
        zip(names, (rows.filter(pc.invert(is_evaluated)), rows.filter(is_evaluated)), strict=True)
    )


def convolution_with_dropout(texts: np.ndarray, sequence_length: int) -> Any:
    """An untrained classifier: word embeddings, one convolution, its largest values, dropout."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    layers = keras.layers
    vectorise = layers.TextVectorization(max_tokens=10_000, output_sequence_length=sequence_length)
    vectorise.adapt(tf.constant(np.asarray(texts, object)), batch_size=1024)
    text = keras.Input(shape=(), dtype="string", name="comment_text")
    x = layers.Dropout(0.3)(layers.Embedding(10_000, 64)(vectorise(text)))
    x = layers.Conv1D(64, 3, activation="relu", padding="same")(x)
    x = layers.Dropout(0.3)(layers.GlobalMaxPooling1D()(x))
    model = keras.Model(text, layers.Dense(1, activation="sigmoid")(x))
    model.compile(keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
    return model


def flags_of(about: str, names: str = "") -> argparse.Namespace:
    """The command line's flags, `--data` and `--dev` put into the environment.

    Args:
        about: One line for `--help`.
        names: Help of the positional `names`; empty: there are none.
    """
    parser = argparse.ArgumentParser(description=about)
    if names:
        parser.add_argument("names", nargs="*", help=names)
    parser.add_argument("--data", help="folder of the data sets")
    parser.add_argument("--dev", action="store_true", help="figures of the development split")
    flags = parser.parse_args()
    if flags.data:
        os.environ["FAIRFLIP_DATA"] = flags.data
    if flags.dev:
        os.environ["FAIRFLIP_EVALUATION_SPLIT"] = "dev"
    return flags


def at_least(name: str, value: float, floor: float) -> dict[str, Any]:
    """A figure and its floor, as `results()` of a benchmark lists them."""
    holds = bool(value >= floor)
    return {"name": name, "value": round(value, 4), "bound": f">= {floor:g}", "holds": holds}


def at_most(name: str, value: float, ceiling: float) -> dict[str, Any]:
    """A figure and its ceiling, as `results()` of a benchmark lists them."""
    holds = bool(value <= ceiling)
    return {"name": name, "value": round(value, 4), "bound": f"<= {ceiling:.4g}", "holds": holds}
