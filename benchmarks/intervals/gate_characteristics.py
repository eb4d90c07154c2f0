"""How often the gate passes, fails and does not decide, whatever the truth is.

    python -m benchmarks.intervals.gate_characteristics --draws 2000

prints the Markdown table of docs/gate.md. Slices of n originals with one pair each are drawn
at a true flip rate, counted as a run counts them, and held against `max: 0.05` by the gate
itself: the point, the interval, and the gap of four groups (`gap_over`, max 0.02).
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from fairflip.metrics.intervals import rates_and_means
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, check_limits
from fairflip.protos.limits_pb2 import Limit, Limits
from fairflip.protos.report_pb2 import RunReport

LIMIT = 0.05
GAP_LIMIT = 0.02
TRUTHS = (0.01, 0.03, 0.04, 0.05, 0.06, 0.07, 0.10)
#: True gap of four groups around 5 %: three alike, one higher.
GAPS = (0.0, 0.02, 0.04, 0.08)
NUM_ORIGINALS = (300, 1000, 5000)
NUM_GROUPS = 4


class Row(NamedTuple):
    """Shares of draws with each verdict."""

    limit: str
    truth: float
    num_originals: int
    passed: float
    failed: float
    undecided: float


def _report(rates: Sequence[float], n: int, rng: np.random.Generator) -> RunReport:
    """One model; a slice for each rate, with the interval and the marks of a real run."""
    report = RunReport()
    model = report.models.add(name="model")
    flips = rng.random((n, len(rates))) < np.asarray(rates)
    estimate = rates_and_means.rate_interval(
        flips.astype(float), np.ones((n, len(rates))), n, one_pair_each=True, exact=True
    )
    few = rates_and_means.too_few_to_say(estimate, n)
    for index in range(len(rates)):
        one = model.slices.add(slice=f"group:{index}", num_pairs=n, num_originals=n)
        bounds = {name: getattr(estimate, name)[index] for name in ("value", "lower", "upper")}
        one.thresholds.add(threshold=0.5, flip_rate=bounds, too_few_to_say=bool(few[index]))
    return report


def _row(name: str, limit: Limit, truth: float, rates: Sequence[float], n: int, draws: int) -> Row:
    rng = np.random.default_rng([n, round(1000 * truth)])
    limits = Limits(limits=[limit])
    verdicts = Counter(
        check_limits(_report(rates, n, rng), limits)[0].verdict for _ in range(draws)
    )
    shares = [verdicts[key] / draws for key in (PASS, FAIL, NOT_ENOUGH_EVIDENCE)]
    return Row(name, truth, n, *shares)


def rows(draws: int) -> Iterator[Row]:
    """All settings."""
    point = Limit(metric="flip_rate", max=LIMIT)
    interval = Limit(metric="flip_rate", max=LIMIT, bound="interval")
    gap = Limit(metric="flip_rate", max=GAP_LIMIT, gap_over="group")
    for n in NUM_ORIGINALS:
        for truth in TRUTHS:
            yield _row("point", point, truth, [truth], n, draws)
            yield _row("interval", interval, truth, [truth], n, draws)
        for truth in GAPS:
            rates = [LIMIT] * (NUM_GROUPS - 1) + [LIMIT + truth]
            yield _row("gap of 4", gap, truth, rates, n, draws)


def summary(counted: Sequence[Row], cpu_seconds: float) -> list[dict[str, object]]:
    """The figures to hold: `{name, value, bound, holds}`."""
    by_interval = [row for row in counted if row.limit == "interval"]
    wrong_pass = max(row.passed for row in by_interval if row.truth >= LIMIT)
    wrong_fail = max(row.failed for row in by_interval if row.truth <= LIMIT)
    no_gap = max(row.failed for row in counted if row.limit == "gap of 4" and row.truth == 0)
    figures = [
        ("interval/passes_at_or_above_the_limit", wrong_pass, 0.04),
        ("interval/fails_at_or_below_the_limit", wrong_fail, 0.04),
        ("gap/fails_without_a_gap", no_gap, 0.065),
        ("cpu_seconds", cpu_seconds, 600.0),
    ]
    return [
        {
            "name": f"gate_characteristics/{name}",
            "value": round(value, 4),
            "bound": f"<= {bound}",
            "holds": value <= bound,
        }
        for name, value, bound in figures
    ]


def markdown_table(counted: Sequence[Row]) -> str:
    """Verdicts in percent."""
    lines = [
        "| limit | truth | originals a slice | pass % | fail % | not enough evidence % |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in counted:
        shares = " | ".join(f"{100 * share:.1f}" for share in row[3:])
        lines.append(f"| {row.limit} | {row.truth:g} | {row.num_originals} | {shares} |")
    return "\n".join(lines)


def run(draws: int) -> tuple[list[Row], list[dict[str, object]]]:
    """All rows, and the summary."""
    start = time.process_time()
    counted = list(rows(draws))
    return counted, summary(counted, time.process_time() - start)


def results(draws: int = 2000) -> list[dict[str, object]]:
    """What `make bench` collects."""
    return run(draws)[1]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--draws", type=int, default=2000, help="simulated runs per setting")
    arguments = parser.parse_args(argv)
    counted, figures = run(arguments.draws)
    print(markdown_table(counted))
    print()
    for record in figures:
        print(f"- {record['name']}: {record['value']} ({record['bound']}) holds: {record['holds']}")


if __name__ == "__main__":
    main()
