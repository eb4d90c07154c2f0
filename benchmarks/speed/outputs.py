"""What seven outputs of one model cost beside one of them, in a whole run.

    python -m benchmarks.speed.outputs

`evaluate` of synthetic texts with two controls a pair, by a model that gives seven scores for
each: reported by one of them and by all, in turns, in CPU time less that of the model itself. What
seven take longer is spent on counting, writing and the page. It is a share of the run with one
output that falls as the model gets slower, so that the benchmark says from which cost of a text
on it is 30 % at most.
"""

from __future__ import annotations

import tempfile
import time
from typing import Any

import pandas as pd

import fairflip
from benchmarks.real_text import at_most, flags_of
from benchmarks.speed.generate import short_texts

MOST_BESIDE = 1.3
#: What a small transformer takes for a text on one core.
SECONDS_A_TEXT = 0.01
ATTRIBUTES = "abcdefg"
SIZES = (600, 20_000)
#: The same where scoring takes no time at all.
MOST_ALONE = 2.5
_ROUNDS = 3


class _Timed:
    """A model of seven scores that keeps count of its texts and of its CPU time."""

    def __init__(self) -> None:
        self.num_texts, self.seconds = 0, 0.0

    def __call__(self, texts: list[str]) -> list[dict[str, float]]:
        start = time.process_time()
        scores = [
            {name: (hash(text + name) % 1000) / 1000 for name in ATTRIBUTES} for text in texts
        ]
        self.num_texts += len(scores)
        self.seconds += time.process_time() - start
        return scores


def run_seconds(table: pd.DataFrame, outputs: list[str]) -> tuple[float, int]:
    """CPU time of an evaluation less that of its model, and how many texts were scored."""
    model = _Timed()
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        fairflip.evaluate(
            table, models={"m": model}, output={"m": outputs}, output_dir=f"{folder}/out"
        )
        return time.process_time() - start - model.seconds, model.num_texts


def results() -> list[dict[str, Any]]:
    """The figures, for `run_all.py`."""
    texts = short_texts()
    table = pd.DataFrame({"example_id": range(len(texts)), "comment_text": texts})
    run_seconds(table.head(50), ["a"])  # what the first run imports
    return [row for size in SIZES for row in _of_size(table.head(size))]


def _of_size(table: pd.DataFrame) -> list[dict[str, Any]]:
    seconds: dict[str, list[float]] = {"a": [], ATTRIBUTES: []}
    num_texts: dict[str, int] = {}
    for _ in range(_ROUNDS):
        for names, taken_each in seconds.items():
            taken, num_texts[names] = run_seconds(table, list(names))
            taken_each.append(taken)
    one, seven = (min(taken_each) for taken_each in seconds.values())
    asked = num_texts["a"]
    scoring = asked * SECONDS_A_TEXT
    title = f"outputs: {len(table):,} texts, "
    slowest = max(0.0, (seven - one) / (MOST_BESIDE - 1) - one) / asked
    return [
        at_most(
            f"{title}seven beside one, a model of {SECONDS_A_TEXT * 1000:g} ms a text",
            (seven + scoring) / (one + scoring),
            MOST_BESIDE,
        ),
        at_most(f"{title}seven beside one, a model that costs nothing", seven / one, MOST_ALONE),
        at_most(f"{title}ms a text from which it is 1.3", 1000 * slowest, 10.0),
        at_most(f"{title}texts asked for over those of one", num_texts[ATTRIBUTES] / asked, 1.001),
    ]


if __name__ == "__main__":
    flags_of(__doc__.splitlines()[0])
    for row in results():
        print(f"{row['name']}: {row['value']}, bound {row['bound']}, holds: {row['holds']}")
