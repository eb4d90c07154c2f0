"""How the cost of an evaluation grows: 10^6, 10^8, 10^10 pairs on 1, 100, 1,000 workers.

    python benchmarks/dataflow_cost.py                        # measures, prints the tables
    python benchmarks/dataflow_cost.py --model_microseconds=5000

First every stage's own functions are run on one core over the same made-up comments,
and CPU seconds and encoded bytes are taken per pair. Then the graph's shape says
which of them add up, which run side by side, and what meets on one worker. This is
arithmetic, not a run on the service: the assumptions are named below, with values
that can be replaced by one's own.
"""

from __future__ import annotations

import argparse
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
MACHINES = (1, 100, 1000)
SIZES = (10**6, 10**8, 10**10)


@dataclasses.dataclass(frozen=True)
class Assumptions:
    """What is not measured here.

    Attributes:
        cores: Of a worker; Dataflow starts a process on each.
        process_gigabytes: Memory of one process: 16 GB among four.
        model_microseconds: CPU per distinct text and model; two texts a pair.
        start_minutes: Until workers work: machines, the container, imports, the model.
        reject_share: Share of the pairs' records that are left out.
        reads_megabytes: A second, by the launcher from Cloud Storage.
        rows_per_group: Of the input's Parquet row groups, the units that reading splits into.
    """

    cores: int = 4
    process_gigabytes: float = 4.0
    model_microseconds: float = 100.0
    start_minutes: float = 5.0
    reject_share: float = 0.001
    reads_megabytes: float = 200.0
    rows_per_group: int = 100_000


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
    from fairflip.metrics.batches import encoding
    from fairflip.metrics.batches.pair_counting import accumulate
    from fairflip.metrics.flips.slicing import OVERALL
    from fairflip.metrics.statistics.example_statistics import accumulate_examples
    from fairflip.metrics.statistics.pair_statistics import SliceStatistics
    from fairflip.metrics.statistics.spec import StatisticsSpec
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
    from fairflip.pipeline.storage.write_parquet import _BatchWriter

    total = 0
    for number, batches in enumerate(results):
        path = folder / f"result-{number}.parquet"
        writer = _BatchWriter(path.open("wb"))
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


# --- the model ---------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Cost:
    """What one evaluation costs."""

    pairs: int
    workers: int
    cpu_hours: float
    wall_hours: float
    shuffle_bytes: float
    hot_key_bytes: float
    hot_key_seconds: float
    busy: float
    limit: str


def num_shards(num_bytes: float) -> int:
    """Shards of the join for an input of this size."""
    from fairflip.pipeline.pair.shards import num_shards_for

    return num_shards_for(int(num_bytes))


def cost(pairs: int, workers: int, measured: Measured, given: Assumptions) -> Cost:
    """CPU, wall time and shuffle of one evaluation, and what of it comes first to an end."""
    slots = workers * given.cores
    shards = num_shards(pairs * measured.input_bytes)
    parts = max(1, pairs // given.rows_per_group)
    model = 2 * given.model_microseconds * len(MODELS)
    map_side = measured.read + measured.shard
    shard_side = measured.join + model + measured.count + measured.write
    again = measured.second_pass
    cpu = pairs * (map_side + shard_side + again) / 1e6
    # Every bundle sends one sum per slice, and a bundle is a shard.
    sums = shards * measured.num_slices
    shuffle = pairs * measured.shuffled_bytes + sums * measured.sum_bytes
    # Overall is added up under eight keys, whose sums meet under one.
    hot_sums = shards / 8 + 8
    hot_seconds = hot_sums * measured.merge_microseconds / 1e6
    wall = (
        given.start_minutes * 60
        + pairs * map_side / 1e6 / min(slots, parts)
        + pairs * shard_side / 1e6 / min(slots, shards)
        + pairs * again / 1e6 / min(slots, shards)
        + hot_seconds
        + launcher_seconds(pairs, measured, given)
    )
    return Cost(
        pairs=pairs,
        workers=workers,
        cpu_hours=cpu / 3600,
        wall_hours=wall / 3600,
        shuffle_bytes=shuffle,
        hot_key_bytes=hot_sums * measured.sum_bytes,
        hot_key_seconds=hot_seconds,
        busy=min(1.0, shards / slots),
        limit=first_limit(pairs, measured, given),
    )


def launcher_seconds(pairs: int, measured: Measured, given: Assumptions) -> float:
    """The launcher reads all results once, for the manifest's fingerprints."""
    return pairs * measured.written_bytes / 1e6 / given.reads_megabytes


def limits(pairs: int, measured: Measured, given: Assumptions) -> dict[str, float]:
    """What bounds an evaluation -> its load as a share of what there is; above 1 it breaks.

    Memory is compared with one process's, one worker's serial work with an hour.
    """
    memory = given.process_gigabytes * 1e9
    num_bytes = pairs * measured.input_bytes
    shards = num_shards(num_bytes)
    # Two bundles at a time in a process, each with a shard; decoded, twice its files.
    shard = 2 * 2 * measured.shard_memory * num_bytes / shards
    rejects = pairs * given.reject_share * measured.reject_bytes / max(1, shards // 16)
    return {
        "memory for two shards of the join": shard / memory,
        "memory for one file of rejects": 3 * rejects / memory,
        "memory for all slices' sums on one worker": 3
        * measured.num_slices
        * measured.sum_bytes
        / memory,
        "an hour of adding up Overall": (shards / 8) * measured.merge_microseconds / 3.6e9,
        "an hour of fingerprinting results": launcher_seconds(pairs, measured, given) / 3600,
        "an hour of renaming results": shards * 2 * 0.05 / 3600,
    }


def first_limit(pairs: int, measured: Measured, given: Assumptions) -> str:
    """The bound that is nearest, and how near."""
    name, share = max(limits(pairs, measured, given).items(), key=lambda item: item[1])
    return f"{name}: {share:.0%}"


def _bytes(value: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
        value /= 1000
    return ""


def tables(pair: Measured, given: Assumptions) -> str:
    """Both tables, as they stand in docs/dataflow.md."""
    model = 2 * given.model_microseconds * len(MODELS)
    lines = [
        "| per pair, one core | CPU | bytes |",
        "|---|---:|---:|",
        f"| read | {pair.read:.1f} µs | {pair.input_bytes:,.0f} in Parquet |",
        f"| shard by ID, encode | {pair.shard:.1f} µs | {pair.shuffled_bytes:,.0f} shuffled |",
        f"| join | {pair.join:.1f} µs | {pair.shard_memory:.1f} × the shard in memory |",
        f"| score, {len(MODELS)} models, both texts (assumed) | {model:,.0f} µs | |",
        f"| count, {pair.num_slices} slices | {pair.count:.1f} µs | "
        f"{_bytes(pair.sum_bytes)} a slice and bundle |",
        f"| write pairs and scored pairs | {pair.write:.1f} µs | {pair.written_bytes:,.0f} |",
        f"| matched thresholds, second pass | {pair.second_pass:.1f} µs | |",
        "",
        "| pairs | workers | CPU hours | wall | busy cores | shuffled | on the hot key | "
        "nearest limit |",
        "|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for pairs in SIZES:
        for workers in MACHINES:
            job = cost(pairs, workers, pair, given)
            wall = (
                f"{job.wall_hours:,.1f} h"
                if job.wall_hours >= 1
                else f"{job.wall_hours * 60:,.0f} min"
            )
            lines.append(
                f"| 10^{len(str(pairs)) - 1} | {workers:,} | {job.cpu_hours:,.1f} | {wall} | "
                f"{job.busy:.0%} | {_bytes(job.shuffle_bytes)} | {_bytes(job.hot_key_bytes)}, "
                f"{job.hot_key_seconds:.1f} s | {job.limit} |"
            )
    return "\n".join(lines)


def results() -> list[dict[str, Any]]:
    """What must not grow unnoticed: CPU beside the model, and bytes shuffled, per pair."""
    measured = measure()
    ours = (
        measured.read
        + measured.shard
        + measured.join
        + measured.count
        + measured.write
        + measured.second_pass
    )
    rows = [
        ("dataflow: CPU per pair beside the model, µs", round(ours, 1), 200.0),
        ("dataflow: bytes shuffled per pair", round(measured.shuffled_bytes), 400),
        ("dataflow: kB of one slice's sum", round(measured.sum_bytes / 1000), 2000),
    ]
    return [{"name": n, "value": v, "bound": b, "holds": v <= b} for n, v, b in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for field in dataclasses.fields(Assumptions):
        kind = type(field.default)
        parser.add_argument(f"--{field.name}", type=kind, default=field.default)
    given = Assumptions(**vars(parser.parse_args()))
    print(tables(measure(), given))


if __name__ == "__main__":
    main()
