"""How the cost of an evaluation grows: 10^6, 10^8, 10^10 pairs on 1, 100, 1,000 workers.

    python -m benchmarks.dataflow.cost                        # measures, prints the tables
    python -m benchmarks.dataflow.cost --model_microseconds=5000

First every stage's own functions are run on one core over the same made-up comments,
and CPU seconds and encoded bytes are taken per pair (`stages.py`). Then the graph's shape says
which of them add up, which run side by side, and what meets on one worker. This is
arithmetic, not a run on the service: the assumptions are named below, with values
that can be replaced by one's own.
"""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from benchmarks.dataflow.stages import MODELS, Measured, measure

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
    """The launcher reads what workers say of their files: some 100 bytes for each of two a shard.

    The files' SHA-256 come from those who write them.
    """
    shards = num_shards(pairs * measured.input_bytes)
    return 2 * shards * 100 / 1e6 / given.reads_megabytes


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
        "an hour of reading fingerprints": launcher_seconds(pairs, measured, given) / 3600,
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
