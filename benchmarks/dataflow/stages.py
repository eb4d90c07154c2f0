"""CPU and bytes of every stage of an evaluation, per pair: its own functions on one core.

All run over the same made-up comments. `cost.py` computes from them what a run on many
workers costs.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NUM_PAIRS = 40_000
#: Counts what Arrow allocates; it must outlive everything that was allocated from it.
_WATCHED = pa.proxy_memory_pool(pa.system_memory_pool())
PAIRS_PER_ORIGINAL = 2
SLICES = ("gender", "race", "counterfactual_group")
THRESHOLDS = (0.3, 0.5, 0.7)
MODELS = ("baseline", "remediated")


@dataclasses.dataclass(frozen=True)
class Measured:
    """Per pair, on one core: CPU in microseconds, and bytes.

    Attributes:
        read: Files to Arrow batches of good records.
        shard: Cutting batches up by ID, and encoding them for the shuffle.
        join: A shard to pairs.
        count: Pair and example statistics, the slices and models above.
        write: `pairs/` and `scored_pairs/` as Parquet.
        second_pass: Reading scored pairs again, and counting near matched thresholds.
        input_bytes: The examples' and counterfactuals' Parquet files.
        shuffled_bytes: Through the one GroupByKey that carries records.
        written_bytes: Both results.
        sum_bytes: One slice's encoded statistics, Overall.
        merge_microseconds: Decoding and adding one such sum.
        num_slices: With Overall.
        reject_bytes: One reject as a line.
        shard_memory: Peak bytes of Arrow memory while a shard is joined, per byte of it.
    """

    read: float
    shard: float
    join: float
    count: float
    write: float
    second_pass: float
    input_bytes: float
    shuffled_bytes: float
    written_bytes: float
    sum_bytes: float
    merge_microseconds: float
    num_slices: int
    reject_bytes: float
    shard_memory: float


def cpu_seconds(action: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """The least CPU seconds of some runs, and the last result."""
    best, result = float("inf"), None
    for _ in range(repeats):
        started = time.process_time()
        result = action()
        best = min(best, time.process_time() - started)
    return best, result


def write_input(folder: pathlib.Path) -> None:
    """Comments of 20 words on average, and two counterfactuals of each."""
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(500)] + ["woman", "man", "she", "he"])
    examples: dict[str, list[Any]] = {"example_id": [], "comment_text": [], "toxicity": []}
    examples.update({"gender": [], "race": []})
    changed: dict[str, list[Any]] = {"example_id": [], "comment_text": [], "group": []}
    for number in range(NUM_PAIRS // PAIRS_PER_ORIGINAL):
        text = rng.choice(words, rng.integers(5, 36))
        name = f"comment-{number:010d}"
        examples["example_id"].append(name)
        examples["comment_text"].append(" ".join(text))
        examples["toxicity"].append(float(rng.integers(0, 2)))
        examples["gender"].append([g for g in ("female", "male") if rng.random() < 0.4])
        examples["race"].append([r for r in ("black", "white", "asian") if rng.random() < 0.2])
        for turn in range(PAIRS_PER_ORIGINAL):
            text[rng.integers(0, len(text))] = words[-1 - turn]
            changed["example_id"].append(name)
            changed["comment_text"].append(" ".join(text))
            changed["group"].append(("male", "female")[turn])
    pq.write_table(pa.table(examples), folder / "examples.parquet")
    pq.write_table(pa.table(changed), folder / "counterfactuals.parquet")


def measure() -> Measured:
    """Runs each stage's functions over the same pairs."""
    with tempfile.TemporaryDirectory() as scratch:
        return _measure(pathlib.Path(scratch))


def _measure(folder: pathlib.Path) -> Measured:
    from fairflip.metrics.batches.pair_counting import accumulate
    from fairflip.metrics.flips.slicing import OVERALL
    from fairflip.metrics.statistics.example_statistics import accumulate_examples
    from fairflip.metrics.statistics.pair_statistics import SliceStatistics
    from fairflip.metrics.statistics.spec import StatisticsSpec
    from fairflip.metrics.sums import encoding
    from fairflip.pipeline.pair.columns import PairColumns
    from fairflip.pipeline.pair.join import COUNTERFACTUALS, ORIGINALS, join_tables
    from fairflip.pipeline.pair.shards import _Split, as_table, in_batches
    from fairflip.pipeline.read.transforms import RecordLayout, check_inputs, read_file
    from fairflip.pipeline.records.rejected_record import RejectedRecord
    from fairflip.protos.config_pb2 import DataSpec

    write_input(folder)
    data = DataSpec(id_feature="example_id", text_feature="comment_text", label_feature="toxicity")
    names = PairColumns.of(data)
    paths = {kind: str(folder / f"{kind}.parquet") for kind in ("examples", "counterfactuals")}

    def read() -> dict[str, list[pa.RecordBatch]]:
        parts_of = {}
        for kind, path in paths.items():
            layout = RecordLayout.from_data_spec(data, kind, list(SLICES))
            checked = check_inputs([path], layout)
            parts_of[kind] = [part.batch for part in read_file(path, checked.layout)]
        return parts_of

    reading, batches = cpu_seconds(read)

    def shard() -> dict[str, list[tuple[int, bytes]]]:
        shards = {}
        for kind, parts in batches.items():
            split = _Split("example_id", kind, 16)
            split.start_bundle()
            shards[kind] = [pair for batch in parts for pair in split.process(batch)]
            shards[kind] += [w.value for w in split.finish_bundle()]
        return shards

    sharding, shards = cpu_seconds(shard)

    def of(kind: str, number: int) -> list[bytes]:
        return [content for key, content in shards[kind] if key == number]

    def join() -> list[pa.RecordBatch]:
        pairs: list[pa.RecordBatch] = []
        for number in range(16):
            originals = as_table(of("examples", number), ORIGINALS)
            changed = as_table(of("counterfactuals", number), COUNTERFACTUALS)
            assert originals is not None
            pairs += in_batches(join_tables(originals, changed, names).pairs, names.id)
        return pairs

    joining, pairs = cpu_seconds(join)
    num_pairs = sum(batch.num_rows for batch in pairs)
    assert num_pairs > 0.9 * NUM_PAIRS, num_pairs
    scored = [_with_scores(batch, number) for number, batch in enumerate(pairs)]
    spec = StatisticsSpec(
        models=MODELS,
        thresholds=THRESHOLDS,
        slices=tuple((name,) for name in SLICES),
        id_column="example_id",
        label_column="toxicity",
    )
    counting, sums = cpu_seconds(lambda: accumulate(scored, spec))
    counting_examples, _ = cpu_seconds(lambda: accumulate_examples(scored, spec))
    writing, written = cpu_seconds(lambda: _write(folder, pairs, scored))
    second, _ = cpu_seconds(lambda: _second_pass(folder, sums, spec))
    encoded = encoding.encode(sums[OVERALL])
    merging, _ = cpu_seconds(lambda: encoding.decode(SliceStatistics, encoded) + sums[OVERALL])
    reject = RejectedRecord(
        "pair", "no_original", "gs://bucket/counterfactuals.parquet", "comment-0000000001",
        "No admitted example has this ID; check the ID feature, or read its example.",
        pairs[0].slice(0, 1).to_pylist()[0],
    )  # fmt: skip
    per_pair = 1e6 / num_pairs
    return Measured(
        read=reading * per_pair,
        shard=sharding * per_pair,
        join=joining * per_pair,
        count=(counting + counting_examples) * per_pair,
        write=writing * per_pair,
        second_pass=second * per_pair,
        input_bytes=sum(os.path.getsize(path) for path in paths.values()) / num_pairs,
        shuffled_bytes=sum(len(c) for part in shards.values() for _, c in part) / num_pairs,
        written_bytes=written / num_pairs,
        sum_bytes=len(encoded),
        merge_microseconds=merging * 1e6,
        num_slices=len(sums),
        reject_bytes=len(reject.to_json()) + 1,
        shard_memory=_shard_memory(of, names),
    )


def _shard_memory(of: Callable[[str, int], list[bytes]], names: Any) -> float:
    """Peak of Arrow's memory while one shard is joined, per uncompressed byte of the shard."""
    from fairflip.pipeline.pair.join import COUNTERFACTUALS, ORIGINALS, join_tables
    from fairflip.pipeline.pair.shards import as_table

    parts = of("examples", 0), of("counterfactuals", 0)
    pa.set_memory_pool(_WATCHED)
    originals, changed = as_table(parts[0], ORIGINALS), as_table(parts[1], COUNTERFACTUALS)
    assert originals is not None
    assert changed is not None
    size = originals.nbytes + changed.nbytes
    joined = join_tables(originals, changed, names)
    pa.set_memory_pool(pa.system_memory_pool())
    assert joined.pairs.num_rows
    return _WATCHED.max_memory() / size


def _with_scores(batch: pa.RecordBatch, seed: int) -> pa.RecordBatch:
    rng = np.random.default_rng(seed)
    for model in MODELS:
        original = rng.random(batch.num_rows)
        changed = np.clip(original + rng.normal(0, 0.05, batch.num_rows), 0, 1)
        batch = batch.append_column(f"score.{model}", pa.array(original))
        batch = batch.append_column(f"counterfactual.score.{model}", pa.array(changed))
    return batch


def _write(folder: pathlib.Path, *results: Iterable[pa.RecordBatch]) -> int:
    """Both results as the pipeline's sink writes them; their bytes."""
    from fairflip.pipeline.storage.fingerprints import HashedFile
    from fairflip.pipeline.storage.write_parquet import _BatchWriter

    total = 0
    for number, batches in enumerate(results):
        path = folder / f"result-{number}.parquet"
        writer = _BatchWriter(HashedFile(path.open("wb")))
        for batch in batches:
            writer.write(batch)
        writer.close()
        total += path.stat().st_size
    return total


def _second_pass(folder: pathlib.Path, sums: Any, spec: Any) -> Any:
    from fairflip.metrics.batches.matched_passes import brackets, count_near
    from fairflip.metrics.statistics.columns import read_columns

    path = folder / "result-1.parquet"
    there = set(pq.read_schema(path).names)
    table = pq.read_table(path, columns=[c for c in spec.needed_columns if c in there])
    rows = read_columns(table.to_batches(), spec)
    return count_near(rows, {key: brackets(value, spec) for key, value in sums.items()}, spec)
