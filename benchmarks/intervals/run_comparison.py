"""How often comparing two runs is right: of a slice that did not change, and of one that did.

    python -m benchmarks.intervals.run_comparison --draws 1000

prints the Markdown table of docs/compare.md. Originals with one to three pairs each are drawn in
two slices. In the one, both models flip at the same rate, each on pairs of its own: nothing
changed. In the other the newer model flips more. `compare` counts both as it counts runs.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from fairflip.metrics.statistics.kept_rows import MAX_CLUSTERS
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.compare.changes import (
    NO_CHANGE_SHOWN,
    UNCHANGED,
    WORSE,
    changes_of,
    slice_changes,
)
from fairflip.pipeline.compare.differences import count
from fairflip.protos import columns

#: Originals of each slice, the flip rate of both models, and how much of it is shared.
SETTINGS = (
    (100, 0.05, 0.5),
    (300, 0.05, 0.5),
    (300, 0.20, 0.5),
    (300, 0.05, 0.0),
    (1000, 0.05, 0.8),
)
PLANTED = 0.06
SPEC = StatisticsSpec(models=("old", "new"), slices=(("slice",),), num_example_ids=0)


class Row(NamedTuple):
    """Shares of draws by what was said."""

    num_originals: int
    rate: float
    shared: float
    called_unchanged: float
    planted_found: float
    named_exactly: bool


def drawn(
    n: int, rate: float, shared: float, rng: np.random.Generator, number: int
) -> tuple[pa.Table, np.ndarray]:
    """The joined pairs of two runs, in slices of this draw's own, and whether each newly broke."""
    sizes = rng.integers(1, 4, 2 * n)
    original = np.repeat(np.arange(2 * n), sizes)
    index = np.arange(len(original)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    is_changed = original >= n
    # Pairs of one original resemble each other: half of what decides a flip is theirs together.
    common = rng.random(2 * n)[original]

    def flips(rates):
        own = rng.random(len(original))
        return np.where(rng.random(len(original)) < 0.5, common, own) < rates

    old = flips(rate)
    again = rng.random(len(original)) < shared
    common = rng.random(2 * n)[original]
    new = np.where(again, old, flips(rate))
    new = np.where(is_changed, new | (rng.random(len(original)) < PLANTED), new)
    scores = {
        name: pa.array(np.where(values, 0.9, 0.1)) for name, values in (("old", old), ("new", new))
    }
    table = pa.table(
        {
            "example_id": pa.array([f"{number} e{i}" for i in original]),
            "slice": pa.array(np.where(is_changed, f"changed {number}", f"same {number}")),
            columns.COUNTERFACTUAL_INDEX: pa.array(index.astype(np.int32)),
            **{columns.score(name): pa.array(np.full(len(original), 0.1)) for name in scores},
            **{columns.counterfactual_score(name): values for name, values in scores.items()},
        }
    )
    return table, new & ~old


def row(n: int, rate: float, shared: float, draws: int, seed: int = 0) -> Row:
    """One setting."""
    rng = np.random.default_rng([seed, n, round(1000 * rate), round(10 * shared)])
    verdicts: Counter[tuple[str, str]] = Counter()
    exact = True
    # Draws are slices of one comparison, as many as keep their rows together.
    at_once = max(1, MAX_CLUSTERS // (2 * n))
    for start in range(0, draws, at_once):
        numbers = range(start, min(start + at_once, draws))
        tables, broken = zip(*(drawn(n, rate, shared, rng, i) for i in numbers), strict=True)
        table = pa.concat_tables(tables)
        changes = changes_of(table, SPEC)
        exact &= np.array_equal(changes.change == 0, np.concatenate(broken))
        for part in slice_changes(changes, count(table, SPEC), SPEC):
            verdicts[part.slice.partition(" ")[0], part.verdict] += 1
    same = verdicts["slice:same", UNCHANGED] + verdicts["slice:same", NO_CHANGE_SHOWN]
    worse = verdicts["slice:changed", WORSE]
    return Row(n, rate, shared, same / draws, worse / draws, exact)


def rows(draws: int) -> Iterator[Row]:
    """All settings."""
    for n, rate, shared in SETTINGS:
        yield row(n, rate, shared, draws)


def markdown(table: list[Row]) -> str:
    """The table of docs/compare.md."""
    lines = [
        "| originals | flip rate of both | shared flips | unchanged slice called unchanged "
        "| slice with 6 points more found |",
        "|---:|---:|---:|---:|---:|",
    ]
    for one in table:
        lines.append(
            f"| {one.num_originals:,} | {100 * one.rate:g} % | {100 * one.shared:.0f} % "
            f"| {100 * one.called_unchanged:.1f} % | {100 * one.planted_found:.1f} % |"
        )
    return "\n".join(lines)


def results(draws: int = 1000) -> list[dict]:
    """For benchmarks/run_all.py."""
    table = list(rows(draws))
    least = min(one.called_unchanged for one in table)
    exact = all(one.named_exactly for one in table)
    return [
        {
            "name": "compare: unchanged slices called unchanged, least share",
            "value": round(least, 3),
            "bound": 0.93,
            "holds": least >= 0.93,
        },
        {
            "name": "compare: newly broken pairs named exactly",
            "value": exact,
            "bound": True,
            "holds": exact,
        },
    ]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    draws = parser.parse_args().draws
    start = time.process_time()
    print(markdown(list(rows(draws))))
    print(f"\n{draws:,} draws a row, {time.process_time() - start:.0f} CPU-s")


if __name__ == "__main__":
    main()
