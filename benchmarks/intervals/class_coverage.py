"""Do intervals of decisions by argmax hold? Changes of class and distances, simulated.

    python -m benchmarks.intervals.class_coverage --draws 1000

prints a Markdown table. Originals have latent class scores; an edit moves them by noise, of which
half is common to an original's edits; probabilities are their softmax. Both numbers are measured
as a run measures them (`fairflip.metrics.classes`) and their intervals are those of its report, an
original being a cluster. The truth is that of a million pairs. Coverage without a flag
(`too_few_to_say`) must lie within 93 and 98 %; a cell of which more than half of the draws are
flagged is a flagged cell.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import special

from fairflip.metrics.classes.measures import CHANGE, DISTANCE, stand_in, with_measures
from fairflip.metrics.intervals import rates_and_means
from fairflip.metrics.pairs.class_scores import to_column
from fairflip.protos import columns

Floats = npt.NDArray[np.float64]

NUM_CLASSES = (3, 10)
#: What an edit moves a latent score by, its standard deviation: from few changes to many.
MOVES = (0.05, 0.3, 1.5)
NUM_ORIGINALS = (100, 500, 2000)
#: Most counterfactuals of an original; each number up to it is equally likely.
MOST_EACH = (1, 9)
LOWEST, HIGHEST, MANY_EVENTS = 0.93, 0.98, 10
_POPULATION, _AT_ONCE = 1_000_000, 200_000
_MODEL = "m"


class Measured(NamedTuple):
    """Two numbers of each pair."""

    changes: Floats
    distances: Floats


class Cell(NamedTuple):
    """Coverage in one simulated setting; shares of its draws."""

    kind: str
    setting: str
    truth: float
    num_originals: int
    coverage: float
    unflagged_coverage: float
    flag_share: float
    width: float
    events: float  # Expected changes of class, or stayers where these are fewer.

    @property
    def is_flagged(self) -> bool:
        """Whether most draws say that they hold too little."""
        return self.flag_share > 0.5


def measured(
    rng: np.random.Generator, sizes: npt.NDArray[np.int64], num_classes: int, move: float
) -> Measured:
    """Change and distance of each pair, by the package's own measures.

    Args:
        rng: Random numbers.
        sizes: [originals] how many counterfactuals each has.
        num_classes: K.
        move: See `MOVES`.
    """
    latent = rng.normal(0, 2, (len(sizes), num_classes))
    common = rng.normal(0, move * np.sqrt(0.5), latent.shape)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    own = rng.normal(0, move * np.sqrt(0.5), (len(rows), num_classes))
    before = special.softmax(latent, axis=1)[rows]
    after = special.softmax(latent[rows] + common[rows] + own, axis=1)
    batch = pa.RecordBatch.from_arrays(
        [to_column(before), to_column(after)],
        [columns.classes(_MODEL), columns.counterfactual_classes(_MODEL)],
    )
    batch = with_measures(batch, [_MODEL], top_k=2)
    return Measured(
        *(
            batch[columns.counterfactual_score(stand_in(_MODEL, measure))].to_numpy()
            for measure in (CHANGE, DISTANCE)
        )
    )


def truth_of(num_classes: int, move: float) -> tuple[float, float]:
    """Change rate and mean distance of very many pairs."""
    rng = np.random.default_rng([9, num_classes, int(1000 * move)])
    ones = np.ones(_AT_ONCE, np.int64)
    parts = [
        [values.mean() for values in measured(rng, ones, num_classes, move)]
        for _ in range(_POPULATION // _AT_ONCE)
    ]
    change, distance = np.mean(parts, axis=0)
    return float(change), float(distance)


def cells(
    draws: int,
    seed: int = 0,
    classes: Sequence[int] = NUM_CLASSES,
    moves: Sequence[float] = MOVES,
    originals: Sequence[int] = NUM_ORIGINALS,
    most_each: Sequence[int] = MOST_EACH,
) -> Iterator[Cell]:
    """Coverage of both intervals in every setting."""
    for num_classes in classes:
        for move in moves:
            truths = truth_of(num_classes, move)
            for most in most_each:
                for n in originals:
                    rng = np.random.default_rng([seed, num_classes, int(1000 * move), most, n])
                    yield from _of_setting(rng, draws, num_classes, move, most, n, truths)


def _of_setting(
    rng: np.random.Generator,
    draws: int,
    num_classes: int,
    move: float,
    most: int,
    n: int,
    truths: tuple[float, float],
) -> Iterator[Cell]:
    # All draws at once: an original stands in no two of them.
    sizes = rng.integers(1, most + 1, (draws, n))
    sums = np.zeros((2, draws, n))
    for draw in range(draws):
        starts = np.concatenate([[0], np.cumsum(sizes[draw])[:-1]])
        for row, values in enumerate(measured(rng, sizes[draw], num_classes, move)):
            sums[row, draw] = np.add.reduceat(values, starts)
    pairs = sizes.T.astype(np.float64)
    estimates = (
        rates_and_means.rate_interval(sums[0].T, pairs, n, exact=True),
        rates_and_means.mean_interval(sums[1].T, pairs, n, bounds=(0.0, 1.0), exact=True),
    )
    setting = f"{num_classes} classes, moved by {move}, {'1' if most == 1 else f'1–{most}'} each"
    events = min(truths[0], 1 - truths[0]) * float(pairs.sum(axis=0).mean())
    for kind, truth, estimate in zip(("change", "distance"), truths, estimates, strict=True):
        flags = rates_and_means.too_few_to_say(estimate, n)
        held = (estimate.lower <= truth) & (truth <= estimate.upper)
        yield Cell(
            kind,
            setting,
            truth,
            n,
            float(held.mean()),
            float(held[~flags].mean()) if not flags.all() else np.nan,
            float(flags.mean()),
            float(np.mean(estimate.upper - estimate.lower)),
            events,
        )


def summary(all_cells: Sequence[Cell], cpu_seconds: float) -> list[dict[str, object]]:
    """The figures to hold: `{name, value, bound, holds}`."""
    figures: list[dict[str, object]] = []
    for kind in ("change", "distance"):
        shown = [c for c in all_cells if c.kind == kind and not c.is_flagged]
        many = [c.unflagged_coverage for c in shown if c.events >= MANY_EVENTS]
        lowest, highest = min(c.unflagged_coverage for c in shown), max(many)
        share = 1 - len(shown) / sum(c.kind == kind for c in all_cells)
        for name, value, bound, holds in (
            ("lowest_unflagged", lowest, f">= {LOWEST}", lowest >= LOWEST),
            ("highest_unflagged_of_many", highest, f"<= {HIGHEST}", highest <= HIGHEST),
            ("share_of_settings_flagged", share, "<= 0.5", share <= 0.5),
        ):
            record = {"name": f"class_coverage/{kind}/{name}", "value": round(value, 4)}
            figures.append({**record, "bound": bound, "holds": bool(holds)})
    record = {"name": "class_coverage/cpu_seconds", "value": round(cpu_seconds, 1)}
    return [*figures, {**record, "bound": "<= 900", "holds": cpu_seconds <= 900}]


HEADER = (
    "| what | setting | truth % | originals | coverage % | width | flagged % | unflagged only % |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def markdown_row(c: Cell) -> str:
    """Coverage and flags in percent."""
    alone = "–" if np.isnan(c.unflagged_coverage) else f"{100 * c.unflagged_coverage:.1f}"
    return (
        f"| {c.kind} | {c.setting} | {100 * c.truth:.2f} | {c.num_originals} | "
        f"{100 * c.coverage:.1f} | {c.width:.3f} | {100 * c.flag_share:.1f} | {alone} |"
    )


def results(draws: int = 1000) -> list[dict[str, object]]:
    """What `make bench` collects."""
    start = time.process_time()
    made = list(cells(draws))
    return summary(made, time.process_time() - start)


def main() -> None:
    """Prints the table as it comes, and the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--classes", type=int, nargs="+", default=NUM_CLASSES)
    flags = parser.parse_args()
    start, made = time.process_time(), []
    print(HEADER)
    for cell in cells(flags.draws, flags.seed, flags.classes):
        made.append(cell)
        print(markdown_row(cell), flush=True)
    for figure in summary(made, time.process_time() - start):
        print(f"{figure['name']}: {figure['value']} ({figure['bound']}, holds: {figure['holds']})")


if __name__ == "__main__":
    main()
