"""Do 95 % intervals hold the truth 95 times in 100? Simulated, with known truth.

Originals have 1 to 20 counterfactuals whose flips resemble each other: within an
original they are beta-binomial with intra-cluster correlation 0 to 0.8. Each draw is
one slice, hashed into 64 buckets, of which the intervals see only the sums.

    python -m benchmarks.intervals.coverage --draws 4000

prints Markdown tables. A cell is *flagged* where `too_few_to_say` is raised in at
least half of its draws; elsewhere coverage must lie within 93 and 97 %.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from fairflip.metrics.intervals import bucket_sums, rates_and_means

NUM_BUCKETS = 64
RATES = (0.005, 0.01, 0.05, 0.1, 0.3)
NUM_ORIGINALS = (50, 200, 1000, 5000)
LOWEST, HIGHEST = 0.93, 0.98
# Type 1 errors of tests at 5 %.
MOST_FALSE_ALARMS = 0.07
ORIGINALS_AT_ONCE = 2_000_000

Floats = npt.NDArray[np.float64]


class Design(NamedTuple):
    """How pairs hang together."""

    name: str
    sizes: tuple[int, ...]  # Counterfactuals per original, each equally likely.
    correlation: float


INDEPENDENT = Design("1 pair each", (1,), 0.0)
DESIGNS = (
    INDEPENDENT,
    *(Design(f"1–20 pairs, ICC {icc}", tuple(range(1, 21)), icc) for icc in (0.0, 0.2, 0.5, 0.8)),
    Design("20 pairs, ICC 0.2", (20,), 0.2),
)
CLUSTERED = DESIGNS[1:5]


class Cell(NamedTuple):
    """Coverage in one simulated setting."""

    kind: str
    design: str
    truth: float
    num_originals: int
    coverage: float
    width: float  # Mean width of the interval.
    flag_share: float
    unflagged_coverage: float  # Among draws without the flag; NaN if there are none.
    rejections: float  # Share of draws with p < 0.05; NaN where nothing is tested.

    @property
    def is_flagged(self) -> bool:
        """Whether most slices of this kind say that they hold too little."""
        return self.flag_share >= 0.5


class OutcomeTable(NamedTuple):
    """The exact distribution of one original's pairs and net flips."""

    sizes: Floats
    events: Floats
    cumulative: Floats


def beta_binomial(size: int, rate: float, correlation: float) -> Floats:
    """P(0), ..., P(size) events among `size` pairs of one original."""
    counts = np.arange(size + 1)
    if correlation == 0 or size <= 1:
        return np.asarray(stats.binom.pmf(counts, size, rate))
    concentration = (1 - correlation) / correlation
    return np.asarray(
        stats.betabinom.pmf(counts, size, rate * concentration, (1 - rate) * concentration)
    )


def flip_outcomes(design: Design, rate: float) -> OutcomeTable:
    """Flips of one original; the true rate over pairs is `rate`."""
    sizes, events, probabilities = [], [], []
    for size in design.sizes:
        sizes.append(np.full(size + 1, size))
        events.append(np.arange(size + 1))
        probabilities.append(beta_binomial(size, rate, design.correlation) / len(design.sizes))
    return _table(sizes, events, probabilities)


def difference_outcomes(design: Design, discordance: float, share_worse: float) -> OutcomeTable:
    """Candidate's - baseline's flips of one original.

    A pair is discordant (one model flips, the other does not) at rate `discordance`;
    the candidate is the one that flips in `share_worse` of these. The true difference
    is discordance (2 share_worse - 1).
    """
    sizes, events, probabilities = [], [], []
    for size in design.sizes:
        net = np.zeros(2 * size + 1)
        for discordant, chance in enumerate(beta_binomial(size, discordance, design.correlation)):
            worse = beta_binomial(discordant, share_worse, design.correlation)
            net[size - discordant : size + discordant + 1 : 2] += chance * worse
        sizes.append(np.full(2 * size + 1, size))
        events.append(np.arange(-size, size + 1))
        probabilities.append(net / len(design.sizes))
    return _table(sizes, events, probabilities)


def _table(
    sizes: Sequence[npt.NDArray], events: Sequence[npt.NDArray], probabilities: Sequence[Floats]
) -> OutcomeTable:
    cumulative = np.cumsum(np.concatenate(probabilities))
    return OutcomeTable(
        np.concatenate(sizes).astype(np.float64),
        np.concatenate(events).astype(np.float64),
        cumulative / cumulative[-1],
    )


def draw_bucket_sums(
    rng: np.random.Generator, table: OutcomeTable, num_originals: int, draws: int
) -> tuple[Floats, Floats, Floats]:
    """[B, draws] sums per bucket of positive events, of negative events, and of pairs."""
    results = np.zeros((3, NUM_BUCKETS, draws))
    step = max(1, ORIGINALS_AT_ONCE // num_originals)
    signed = bool((table.events < 0).any())
    for start in range(0, draws, step):
        stop = min(start + step, draws)
        count = stop - start
        outcome = np.searchsorted(table.cumulative, rng.random(count * num_originals))
        place = rng.integers(0, NUM_BUCKETS, count * num_originals)
        place = place * count + np.repeat(np.arange(count), num_originals)
        columns = [np.maximum(table.events, 0), -np.minimum(table.events, 0), table.sizes]
        for i, column in enumerate(columns):
            if i != 1 or signed:
                sums = np.bincount(place, column[outcome], NUM_BUCKETS * count)
                results[i, :, start:stop] = sums.reshape(NUM_BUCKETS, count)
    return results[0], results[1], results[2]


def draw_gap_sums(
    rng: np.random.Generator, mean: float, num_originals: int, draws: int
) -> tuple[Floats, Floats]:
    """[B, draws] sums of gaps and of pairs: 1 to 20 per original.

    An original's level is log-normal with coefficient of variation 1; its pairs vary
    around it exponentially. Both are skewed, as gaps are.
    """
    spread = np.sqrt(np.log(2.0))
    results = np.zeros((2, NUM_BUCKETS, draws))
    step = max(1, ORIGINALS_AT_ONCE // num_originals)
    for start in range(0, draws, step):
        stop = min(start + step, draws)
        count = stop - start
        size = rng.integers(1, 21, count * num_originals).astype(np.float64)
        level = mean * np.exp(spread * rng.standard_normal(size.size) - spread**2 / 2)
        place = rng.integers(0, NUM_BUCKETS, size.size) * count
        place += np.repeat(np.arange(count), num_originals)
        for i, column in enumerate((level * rng.standard_gamma(size), size)):
            sums = np.bincount(place, column, NUM_BUCKETS * count)
            results[i, :, start:stop] = sums.reshape(NUM_BUCKETS, count)
    return results[0], results[1]


def _cell(
    kind: str,
    design: str,
    truth: float,
    num_originals: int,
    estimate: rates_and_means.IntervalEstimate | rates_and_means.DifferenceEstimate,
    flags: npt.NDArray[np.bool_],
) -> Cell:
    covered = (estimate.lower <= truth) & (truth <= estimate.upper)
    rejections = np.nan
    if isinstance(estimate, rates_and_means.DifferenceEstimate):
        rejections = float(np.mean(estimate.p_value < 0.05))
    return Cell(
        kind,
        design,
        truth,
        num_originals,
        float(covered.mean()),
        float(np.mean(estimate.upper - estimate.lower)),
        float(flags.mean()),
        float(covered[~flags].mean()) if not flags.all() else np.nan,
        rejections,
    )


def rate_cells(
    draws: int,
    seed: int = 0,
    designs: Sequence[Design] = DESIGNS,
    rates: Sequence[float] = RATES,
    slices: Sequence[int] = NUM_ORIGINALS,
) -> Iterator[Cell]:
    """Coverage of `rate_interval`."""
    rng = np.random.default_rng([seed, 1])
    for design in designs:
        for rate in rates:
            table = flip_outcomes(design, rate)
            for n in slices:
                flips, _, pairs = draw_bucket_sums(rng, table, n, draws)
                estimate = rates_and_means.rate_interval(flips, pairs, n)
                flags = rates_and_means.too_few_to_say(estimate, n)
                yield _cell("rate", design.name, rate, n, estimate, flags)


def difference_cells(
    draws: int,
    seed: int = 0,
    designs: Sequence[Design] = (INDEPENDENT, *CLUSTERED[::3]),
    discordances: Sequence[float] = (0.01, 0.05, 0.2),
    shares_worse: Sequence[float] = (0.5, 0.25, 0.05),
    slices: Sequence[int] = NUM_ORIGINALS,
) -> Iterator[Cell]:
    """Coverage of `rate_difference`, and its test's rejections: 5 % where truth is 0."""
    rng = np.random.default_rng([seed, 2])
    for design in designs:
        for discordance in discordances:
            for share in shares_worse:
                table = difference_outcomes(design, discordance, share)
                truth = discordance * (2 * share - 1)
                for n in slices:
                    worse, better, pairs = draw_bucket_sums(rng, table, n, draws)
                    estimate = rates_and_means.rate_difference(worse, better, pairs, n)
                    flags = rates_and_means.too_few_to_compare(estimate, n)
                    name = f"{design.name}, {discordance:g} discordant"
                    yield _cell("difference", name, truth, n, estimate, flags)


def gap_cells(draws: int, seed: int = 0, slices: Sequence[int] = NUM_ORIGINALS) -> Iterator[Cell]:
    """Coverage of `mean_interval` for skewed gaps, with and without bounds."""
    rng = np.random.default_rng([seed, 3])
    for mean in (0.01, 0.1):
        for n in slices:
            sums, pairs = draw_gap_sums(rng, mean, n, draws)
            for name, bounds in (("bounds (0, 1)", (0.0, 1.0)), ("no bounds", None)):
                estimate = rates_and_means.mean_interval(sums, pairs, n, bounds=bounds)
                flags = rates_and_means.too_few_to_say(estimate, n, bucket_sums.MIN_EVENTS_OF_MEANS)
                yield _cell("gap", name, mean, n, estimate, flags)


def bootstrap_cells(draws: int, seed: int = 0) -> Iterator[Cell]:
    """Coverage of the Poisson bootstrap in some of the same settings."""
    rng = np.random.default_rng([seed, 4])
    draws = min(draws, 1000)
    design = CLUSTERED[2]
    for rate in (0.01, 0.1):
        table = flip_outcomes(design, rate)
        for n in (200, 5000):
            flips, _, pairs = draw_bucket_sums(rng, table, n, draws)
            estimate = rates_and_means.poisson_bootstrap_interval(flips, pairs, seed=seed)
            flags = rates_and_means.too_few_to_say(estimate, n)
            yield _cell("bootstrap", design.name, rate, n, estimate, flags)


def power_at_detectable_difference(draws: int, seed: int = 0) -> float:
    """Share of draws that show a difference as large as `minimum_detectable_difference`."""
    rng = np.random.default_rng([seed, 5])
    design, discordance, n = CLUSTERED[2], 0.1, 1000
    null = difference_outcomes(design, discordance, 0.5)
    worse, better, pairs = draw_bucket_sums(rng, null, n, draws)
    error = rates_and_means.rate_difference(worse, better, pairs, n).standard_error
    detectable = float(np.mean(rates_and_means.minimum_detectable_difference(error)))
    share = (1 - detectable / discordance) / 2
    table = difference_outcomes(design, discordance, share)
    worse, better, pairs = draw_bucket_sums(rng, table, n, draws)
    return float(np.mean(rates_and_means.rate_difference(worse, better, pairs, n).p_value < 0.05))


def markdown_table(cells: Sequence[Cell]) -> str:
    """Columns: coverage (%), mean width, share of draws flagged (%), coverage without flag."""
    tested = any(not np.isnan(cell.rejections) for cell in cells)
    head = ["setting", "truth", "originals", "coverage %", "width", "flagged %", "unflagged only %"]
    rows = [[*head, *(["p < 0.05 %"] if tested else [])]]
    rows.append(["---"] + ["---:"] * (len(rows[0]) - 1))
    for cell in cells:
        inside = LOWEST <= cell.coverage <= HIGHEST
        mark = "" if inside else (" (flagged)" if cell.is_flagged else " **outside**")
        alone = cell.unflagged_coverage
        row = [
            cell.design,
            f"{cell.truth:g}",
            str(cell.num_originals),
            f"{100 * cell.coverage:.1f}{mark}",
            f"{cell.width:.4f}",
            f"{100 * cell.flag_share:.0f}",
            "–" if np.isnan(alone) else f"{100 * alone:.1f}",
        ]
        rows.append([*row, *([f"{100 * cell.rejections:.1f}"] if tested else [])])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def summary(cells: Sequence[Cell], power: float, cpu_seconds: float) -> list[dict[str, object]]:
    """The figures to hold: `{name, value, bound, holds}`."""
    figures: list[dict[str, object]] = []

    def add(name: str, value: float, bound: str, holds: bool) -> None:
        record = {"name": f"interval_coverage/{name}", "value": round(float(value), 4)}
        figures.append({**record, "bound": bound, "holds": bool(holds)})

    for kind in ("rate", "difference", "gap"):
        trusted = [c.unflagged_coverage for c in cells if c.kind == kind and not c.is_flagged]
        for name, value in (("lowest", min(trusted)), ("highest", max(trusted))):
            holds = LOWEST <= value <= HIGHEST
            add(f"{kind}/{name}_unflagged", value, f"{LOWEST} to {HIGHEST}", holds)
        num = sum(c.kind == kind for c in cells)
        share = 1 - len(trusted) / num
        add(f"{kind}/share_of_settings_flagged", share, "<= 0.6", share <= 0.6)
    nulls = [c for c in cells if c.kind == "difference" and c.truth == 0]
    worst = max(c.rejections for c in nulls)
    add(
        "paired_test/highest_type_1_error",
        worst,
        f"<= {MOST_FALSE_ALARMS}",
        worst <= MOST_FALSE_ALARMS,
    )
    mean = float(np.mean([c.rejections for c in nulls if not c.is_flagged]))
    add("paired_test/mean_type_1_error_unflagged", mean, "0.04 to 0.06", 0.04 <= mean <= 0.06)
    add("power_at_minimum_detectable_difference", power, "0.75 to 0.85", 0.75 <= power <= 0.85)
    add("cpu_seconds", cpu_seconds, "<= 120", cpu_seconds <= 120)
    return figures


def run(draws: int, seed: int = 0) -> tuple[list[Cell], list[dict[str, object]]]:
    """All cells, and the summary."""
    start = time.process_time()
    cells = [
        *rate_cells(draws, seed),
        *difference_cells(draws, seed),
        *gap_cells(draws, seed),
        *bootstrap_cells(draws, seed),
    ]
    power = power_at_detectable_difference(draws, seed)
    return cells, summary(cells, power, time.process_time() - start)


def results(draws: int = 4000) -> list[dict[str, object]]:
    """What `make bench` collects."""
    return run(draws)[1]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--draws", type=int, default=4000, help="simulated slices per setting")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    cells, figures = run(arguments.draws, arguments.seed)
    for kind in dict.fromkeys(cell.kind for cell in cells):
        print(f"### {kind}\n\n{markdown_table([c for c in cells if c.kind == kind])}\n")
    for record in figures:
        print(f"- {record['name']}: {record['value']} ({record['bound']}) holds: {record['holds']}")


if __name__ == "__main__":
    main()
