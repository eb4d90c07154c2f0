"""Do the intervals of slices counted by cluster hold? Matched thresholds, AUC, unequal clusters.

    python -m benchmarks.intervals.coverage_by_cluster --draws 2000

prints a Markdown table. Two kinds of simulated slices, with known truth:

- *matched*: latent normal scores of a baseline and a candidate that are no different, with
  correlation 0 or .8, one or five counterfactuals an original, positives of 1, 5 and 23 %.
  The candidate is matched to the baseline on each draw. Flip rate at the matched threshold,
  its difference to the baseline with the test's false alarms, and AUC.
- *unequal*: flips of originals that weigh unevenly, of which the interval of the rate is taken.

Coverage and false alarms are those of draws without a flag. A cell of which more than half of
the draws are flagged is a flagged cell: its slices mostly say that they hold too little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from fairflip.metrics.batches.clustered_rows import ClusteredRows
from fairflip.metrics.intervals import rates_and_means
from fairflip.metrics.report.auc import auc_difference
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos.positive_rates import LEAST_RARER_ANSWERS

Floats = npt.NDArray[np.float64]

POSITIVE_RATES = (0.01, 0.05, 0.23)
NUM_ORIGINALS = (300, 1000, 5000)
CORRELATIONS = (0.0, 0.8)
COUNTERFACTUALS = (1, 5)
DESIGNS = ("pareto sizes", "one dominates", "a tenth with 50", "log-normal weights", "rare flips")
# What an edit moves a latent score by, of which half is common to an original's edits.
_MOVE = 0.5
LOWEST, LOWEST_UNEQUAL = 0.93, 0.92
# An interval may hold more often than this only where it rests on fewer events than that.
HIGHEST, MANY_EVENTS = 0.98, 10
# With so many events, and Kish's number, no more of the draws than this may be flagged.
ENOUGH_EVENTS, ENOUGH_INDEPENDENT, MOST_FLAGGED = 20, 100, 1 / 3
# Where neither can be: three positives fix no threshold, however often each is edited; and how
# much one draw varies cannot be told from one draw.
BEYOND = ("3 positives", "one dominates")


class Cell(NamedTuple):
    """One setting: shares of its draws; NaN where there is none."""

    kind: str
    setting: str
    num_originals: int
    expected_events: float
    coverage: float  # Of all draws.
    unflagged_coverage: float
    flag_share: float
    rejected_at_5: float = np.nan
    rejected_at_1: float = np.nan
    num_independent: float = np.nan  # Kish's, at the median draw.

    @property
    def beyond(self) -> str:
        """Which of `BEYOND` the setting is; "" for all others."""
        if self.setting in BEYOND:
            return self.setting
        is_rare = self.kind.startswith("matched") and self.setting.startswith("1% positive")
        return BEYOND[0] if is_rare and self.num_originals <= 300 else ""

    @property
    def is_flagged(self) -> bool:
        """Whether most draws say that they hold too little."""
        return self.flag_share > 0.5


def population_flip_rate(positive_rate: float) -> float:
    """The flip rate where a normal score passes its quantile and the moved one does not."""
    threshold = special.ndtri(1.0 - positive_rate)
    correlation = 1.0 / np.sqrt(1.0 + _MOVE**2)
    moved = threshold * correlation
    both = stats.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf(
        [threshold, moved]
    )
    return float(stats.norm.cdf(threshold) + stats.norm.cdf(moved) - 2 * both)


def draw_rows(
    rng: np.random.Generator, n: int, correlation: float, counterfactuals: int
) -> ClusteredRows:
    """Pairs of a baseline and a candidate that flip equally often where they are matched."""
    first = rng.normal(size=n)
    second = correlation * first + np.sqrt(1 - correlation**2) * rng.normal(size=n)
    labels = (rng.random(n) < special.ndtr(first + second - 1)).astype(np.uint8)
    scores, moved = [], []
    for latent in (first, second):
        common = rng.normal(size=(n, 1))
        own = rng.normal(size=(n, counterfactuals))
        scores.append(np.repeat(latent, counterfactuals))
        shift = _MOVE * np.sqrt(0.5) * (common + own)
        moved.append((latent[:, None] + shift).reshape(-1))
    return ClusteredRows(
        clusters=np.repeat(np.arange(n), counterfactuals),
        num_clusters=n,
        originals=np.repeat(np.arange(n, dtype=np.uint64), counterfactuals),
        labels=np.repeat(labels, counterfactuals),
        weights=None,
        scores=np.stack(scores),
        counterfactual_scores=np.stack(moved),
    )


def matched_cells(
    draws: int,
    seed: int = 0,
    rates: Sequence[float] = POSITIVE_RATES,
    slices: Sequence[int] = NUM_ORIGINALS,
    correlations: Sequence[float] = CORRELATIONS,
    counterfactuals: Sequence[int] = COUNTERFACTUALS,
) -> Iterator[Cell]:
    """Flip rate and difference at the matched threshold, and the AUC's difference."""
    for rate in rates:
        spec = StatisticsSpec(models=("a", "b"), thresholds=(special.ndtri(1 - rate),))
        truth = population_flip_rate(rate)
        for n in slices:
            for correlation in correlations:
                for k in counterfactuals:
                    rng = np.random.default_rng(
                        [seed, n, k, int(100 * rate), int(10 * correlation)]
                    )
                    rows = [draw_rows(rng, n, correlation, k) for _ in range(draws)]
                    numbers = np.array([_matched_draw(drawn, spec, truth, k) for drawn in rows])
                    setting = f"{rate:.0%} positive, correlation {correlation:g}, {k} each"
                    events = truth * n * k
                    cell = _cell("matched rate", setting, n, events, numbers[:, 0], numbers[:, 1])
                    yield cell._replace(num_independent=float(n))
                    cell = _cell(
                        "matched difference", setting, n, events, numbers[:, 2], numbers[:, 3]
                    )._replace(num_independent=float(n))
                    p_values = numbers[numbers[:, 3] == 0, 4]
                    if len(p_values):
                        cell = cell._replace(
                            rejected_at_5=float(np.mean(p_values < 0.05)),
                            rejected_at_1=float(np.mean(p_values < 0.01)),
                        )
                    yield cell
                    never = np.zeros(len(numbers))
                    yield _cell("AUC difference", setting, n, n, numbers[:, 5], never)


def _matched_draw(
    rows: ClusteredRows, spec: StatisticsSpec, truth: float, k: int
) -> tuple[float, ...]:
    n = rows.num_clusters
    pairs = np.full(n, float(k))
    match = rows.matched(1, spec)
    flips = match.negative_to_positive[0] + match.positive_to_negative[0]
    base = rows.sums(0, spec)
    own = (base.negative_to_positive + base.positive_to_negative)[:, 0]
    rate = rates_and_means.rate_interval(
        flips, pairs, n, one_pair_each=k == 1, exact=True, adjustment=match.adjustment
    )
    difference = rates_and_means.rate_difference(
        flips, own, pairs, n, exact=True, adjustment=match.adjustment
    )
    target = match.baseline_positive_rate
    few = min(target, 1 - target) * n < LEAST_RARER_ANSWERS
    areas = [rows.auc(model) for model in range(2)]
    area = auc_difference(areas[1], areas[0], 0.95)
    return (
        float(rate.lower <= truth <= rate.upper),
        float(few or rates_and_means.too_few_to_say(rate, n)),
        float(difference.lower <= 0 <= difference.upper),
        float(few or rates_and_means.too_few_to_compare(difference, n)),
        float(difference.p_value),
        float(area.lower <= 0 <= area.upper),
    )


def unequal_cells(
    draws: int, seed: int = 0, slices: Sequence[int] = NUM_ORIGINALS
) -> Iterator[Cell]:
    """Rates over originals that weigh unevenly."""
    for design in DESIGNS:
        for n in (50, *slices):
            rng = np.random.default_rng([seed, DESIGNS.index(design), n])
            rate = 0.005 if design == "rare flips" else 0.1
            pairs = np.stack([_sizes(rng, design, n) for _ in range(draws)], axis=1)
            # Flips of one original resemble each other: correlation .5.
            chance = rng.beta(rate, 1 - rate, pairs.shape)
            if design == "log-normal weights":
                flips = pairs * (rng.random(pairs.shape) < rate)
            else:
                flips = rng.binomial(pairs.astype(int), chance).astype(float)
            estimate = rates_and_means.rate_interval(flips, pairs, n, exact=True)
            flags = rates_and_means.too_few_to_say(estimate, n)
            covered = (estimate.lower <= rate) & (rate <= estimate.upper)
            events = float(flips.sum(axis=0).mean())
            kish = np.median(pairs.sum(axis=0) ** 2 / np.square(pairs).sum(axis=0))
            cell = _cell("unequal", design, n, events, covered, flags)
            yield cell._replace(num_independent=float(kish))


def _sizes(rng: np.random.Generator, design: str, n: int) -> Floats:
    if design == "pareto sizes":
        return np.minimum(np.ceil(rng.pareto(1.5, n)), 500.0)
    if design == "one dominates":
        return np.where(np.arange(n) == 0, 50.0, 1.0)
    if design == "a tenth with 50":
        return np.where(np.arange(n) < n // 10, 50.0, 1.0)
    if design == "log-normal weights":
        return np.exp(rng.normal(0, 1, n))
    return np.ones(n)


def _cell(
    kind: str, setting: str, n: int, events: float, covered: npt.ArrayLike, flags: npt.ArrayLike
) -> Cell:
    held, flagged = np.asarray(covered, float), np.asarray(flags, bool)
    alone = float(held[~flagged].mean()) if not flagged.all() else np.nan
    return Cell(kind, setting, n, events, float(held.mean()), alone, float(flagged.mean()))


def summary(cells: Sequence[Cell], cpu_seconds: float) -> list[dict[str, object]]:
    """The figures to hold: `{name, value, bound, holds}`."""
    figures: list[dict[str, object]] = []

    def add(name: str, value: float, bound: str | None, holds: bool) -> None:
        record = {"name": f"coverage_by_cluster/{name}", "value": round(float(value), 4)}
        figures.append({**record, "bound": bound, "holds": bool(holds)})

    for kind in dict.fromkeys(cell.kind for cell in cells):
        shown = [cell for cell in cells if cell.kind == kind and not cell.is_flagged]
        lowest = min(cell.unflagged_coverage for cell in shown)
        bound = LOWEST_UNEQUAL if kind == "unequal" else LOWEST
        add(f"{kind}/lowest_unflagged", lowest, f">= {bound}", lowest >= bound)
        flagged = 1 - len(shown) / sum(cell.kind == kind for cell in cells)
        add(f"{kind}/share_of_settings_flagged", flagged, "<= 0.5", flagged <= 0.5)
    tested = [c for c in cells if not c.is_flagged and not np.isnan(c.rejected_at_5)]
    for share, bound in (("rejected_at_5", 0.065), ("rejected_at_1", 0.017)):
        worst = max(getattr(cell, share) for cell in tested)
        add(f"matched difference/{share}", worst, f"<= {bound}", worst <= bound)
    for place in ("", *BEYOND):
        there = [cell for cell in cells if cell.beyond == place]
        name = f" of {place}" if place else ""
        enough = [
            cell.flag_share
            for cell in there
            if cell.expected_events >= ENOUGH_EVENTS and cell.num_independent >= ENOUGH_INDEPENDENT
        ]
        many = [
            cell.unflagged_coverage
            for cell in there
            if cell.expected_events >= MANY_EVENTS and not cell.is_flagged
        ]
        for what, values, bound in (
            ("most_flagged_of_enough", enough, MOST_FLAGGED),
            ("highest_unflagged_of_many", many, HIGHEST),
        ):
            if values:
                limit = None if place else f"<= {bound:.2f}"
                add(what + name, max(values), limit, bool(place) or max(values) <= bound)
    add("cpu_seconds", cpu_seconds, "<= 900", cpu_seconds <= 900)
    return figures


def markdown_table(cells: Sequence[Cell]) -> str:
    """Coverage and flags in percent."""
    rows = [
        "| kind | setting | originals | events | coverage % | unflagged only % | flagged % "
        "| p < 0.05 % | p < 0.01 % |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for cell in cells:
        shares = (
            *(cell.coverage, cell.unflagged_coverage, cell.flag_share),
            *(cell.rejected_at_5, cell.rejected_at_1),
        )
        texts = ["–" if np.isnan(share) else f"{100 * share:.1f}" for share in shares]
        head = [cell.kind, cell.setting, str(cell.num_originals), f"{cell.expected_events:.0f}"]
        rows.append("| " + " | ".join([*head, *texts]) + " |")
    return "\n".join(rows)


def run(draws: int, seed: int = 0) -> tuple[list[Cell], list[dict[str, object]]]:
    """All cells, and the summary."""
    start = time.process_time()
    cells = [*matched_cells(draws, seed), *unequal_cells(draws, seed)]
    return cells, summary(cells, time.process_time() - start)


def results(draws: int = 2000) -> list[dict[str, object]]:
    """What `make bench` collects."""
    return run(draws)[1]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--draws", type=int, default=2000, help="simulated slices per setting")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    cells, figures = run(arguments.draws, arguments.seed)
    print(markdown_table(cells))
    print()
    for record in figures:
        held = f" ({record['bound']}) holds: {record['holds']}" if record["bound"] else ""
        print(f"- {record['name']}: {record['value']}{held}")


if __name__ == "__main__":
    main()
