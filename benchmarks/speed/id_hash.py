"""What hashing IDs takes: arrays of the specification's formulas beside a call of xxhash for each.

    python -m benchmarks.speed.id_hash

IDs stand one behind the other in an Arrow column, as they are read. xxhash takes one text a call,
and so needs a Python object for each. The same where the texts are Python objects already.
Medians of CPU seconds in rounds that take turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import figure_rows
from fairflip.protos.id_hash import Hashes, hash_spans, hash_texts

NAME = "id_hash"
NUM_IDS, ROUNDS = 500_000, 7
SIZES = (8, 16, 36, 100)
#: Of the column as it is read, ours is to take this share of the loop at most, by ID's length.
MOST_OF_LOOP = {8: 0.6, 16: 0.6, 36: 1.3, 100: 1.3}


def results() -> list[dict[str, Any]]:
    """For each length of ID: microseconds an ID, and ours as a share of the loop."""
    rng, rows = np.random.default_rng(0), []
    for size in SIZES:
        letters = rng.integers(97, 123, (NUM_IDS, size), np.uint8)
        texts = [row.tobytes() for row in letters]
        column = pa.array(texts, pa.binary())
        ends = np.frombuffer(column.buffers()[1], np.int32)[: NUM_IDS + 1].astype(np.int64)
        data = column.buffers()[2]
        ways: dict[str, Callable[[], Hashes]] = {
            "column, ours": lambda data=data, ends=ends: hash_spans(data, ends, 7),
            "column, xxhash": lambda column=column: hash_texts(column.to_pylist(), 7),
            "objects, xxhash": lambda texts=texts: hash_texts(texts, 7),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        hashes = {}
        for _ in range(ROUNDS + 1):
            for way, hashed in ways.items():
                started = time.process_time()
                hashes[way] = hashed()
                seconds[way].append(time.process_time() - started)
        for way in ways:
            np.testing.assert_array_equal(hashes[way], hashes["objects, xxhash"])
        each = {way: 1e6 * statistics.median(s[1:]) / NUM_IDS for way, s in seconds.items()}
        rows += [(f"{size} bytes, {way}, µs an ID", value, None) for way, value in each.items()]
        share = each["column, ours"] / each["column, xxhash"]
        rows.append(
            (f"{size} bytes, column: ours / xxhash", share, f"at most {MOST_OF_LOOP[size]}")
        )
    return [figure_rows.result(NAME, *row) for row in rows]


if __name__ == "__main__":
    figure_rows.print_rows(NAME, __doc__.splitlines()[0], results)
