"""What cannot be had for less: reading alone, scoring alone, and a plain group-by of the same sums.

They stand beside a benchmark's figures, so that a reader sees how much is left to gain.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

NUM_BUCKETS = 100


def read_columns(paths: Sequence[pathlib.Path], columns: Sequence[str] | None = None) -> int:
    """Reads columns of Parquet files, one row group at a time; all of them if none is named.

    Returns:
        The number of rows.
    """
    num_rows = 0
    for path in paths:
        file = pq.ParquetFile(path)
        for number in range(file.num_row_groups):
            num_rows += file.read_row_group(number, columns, use_threads=False).num_rows
    return num_rows


def with_buckets(pairs: pa.Table, id_column: str = "example_id") -> pa.Table:
    """The pairs with a column `bucket`: one of 100 for each original, in its order of coming."""
    codes = pairs.column(id_column).combine_chunks().dictionary_encode().indices
    buckets = (codes.to_numpy() % NUM_BUCKETS).astype(np.int32)
    return pairs.append_column("bucket", pa.array(buckets))


def group_by(
    pairs: pa.Table, slices: Sequence[str], model: str = "m", threshold: float = 0.5
) -> list[pa.Table]:
    """Arrow's group-by of pairs, positives, both kinds of flips and gaps, by slice and bucket.

    Args:
        pairs: Scored pairs `with_buckets`, one value of each slicing feature a pair.
        slices: The slicing features.
        model: Whose scores are compared.
        threshold: Scores of at least so much are positive.

    Returns:
        The sums of all pairs by bucket, then those of each slicing feature's values by bucket.
    """
    score = pairs.column(f"score.{model}")
    other = pairs.column(f"counterfactual.score.{model}")
    before, after = pc.greater_equal(score, threshold), pc.greater_equal(other, threshold)
    sums = pairs.select(["bucket", *slices])
    for name, column in {
        "positive": before,
        "to_positive": pc.and_(pc.invert(before), after),
        "to_negative": pc.and_(before, pc.invert(after)),
        "gap": pc.subtract(other, score),
    }.items():
        sums = sums.append_column(name, column)
    wanted = [(name, "sum") for name in ("positive", "to_positive", "to_negative", "gap")]
    return [
        sums.group_by([*keys, "bucket"], use_threads=False).aggregate([*wanted, ([], "count_all")])
        for keys in ([], *([name] for name in slices))
    ]


def score_both_sides(model: pathlib.Path, pairs: pathlib.Path) -> None:
    """Reads pairs and calls a Keras model on both sides of each, in order, as a script does.

    In calls of as many texts as this package makes; a text that several pairs share is scored for
    each of them.
    """
    import keras
    import tensorflow as tf

    from fairflip.pipeline.score.handlers.base import MAX_ROWS_PER_CALL

    classifier = keras.models.load_model(model)
    call = tf.function(classifier, input_signature=[tf.TensorSpec([None], tf.string)])
    sides = ["comment_text", "counterfactual.comment_text"]
    for batch in pq.ParquetFile(pairs).iter_batches(MAX_ROWS_PER_CALL, columns=sides):
        for side in sides:
            texts = batch.column(side).cast(pa.binary()).to_numpy(zero_copy_only=False)
            call(tf.constant(texts)).numpy()
