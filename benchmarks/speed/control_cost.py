"""What controls cost: to draw, and in a run beside the scoring of their texts.

    python -m benchmarks.speed.control_cost [--data FOLDER]

Drawing: controls of real texts a second, in CPU time of one process; two controls a pair.
A run: `evaluate` of synthetic texts with two controls and with none, in CPU time, less that of
the model itself. What is left over is spent on the controls' rows: drawn, read, written,
counted. It is a share of the run without controls that falls as the model gets slower, so that
the benchmark says from which cost of a text on it is 15 % at most.
"""

from __future__ import annotations

import tempfile
import time
from typing import Any

import pandas as pd

import fairflip
from benchmarks.intervals.control_texts import DATA_SETS, EDITS, Corpus, built_in_lists
from benchmarks.real_text import at_least, at_most, data_folder, flags_of
from benchmarks.speed.generate import cpu_seconds, short_texts
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.controls.draw import ControlDrawer
from fairflip.text.controls.many_draws import draw_many

MIN_CONTROLS_PER_SECOND = 10_000
MOST_BESIDE = 0.15
#: What a small transformer takes for a text on one core.
SECONDS_A_TEXT = 0.01


def drawing(name: str, edit: str, max_texts: int = 2000) -> tuple[float, float]:
    """Controls and pairs a second on one core."""
    corpus, terms = Corpus.load(name, max_texts), load_terms("identity")
    made = EDITS[edit](terms).generate(corpus.texts)
    rows = [
        (text, [(c.text, str(i)) for i, c in enumerate(candidates) if c.text.strip()], id)
        for text, candidates, id in zip(corpus.texts, made, corpus.ids, strict=True)
        if candidates
    ]
    drawer = ControlDrawer(corpus.frequencies, [terms, *built_in_lists()])
    drawn = draw_many(drawer, rows)
    seconds = cpu_seconds(lambda: draw_many(drawer, rows), repeats=5)
    return len(drawn.controls.pair) / seconds, len(drawn.shortages) / seconds


class _Timed:
    """A model that keeps count of the texts it scored and the CPU time it took."""

    def __init__(self) -> None:
        self.num_texts, self.seconds = 0, 0.0

    def __call__(self, texts: list[str]) -> list[float]:
        start = time.process_time()
        scores = [(hash(text) % 1000) / 1000 for text in texts]
        self.num_texts += len(scores)
        self.seconds += time.process_time() - start
        return scores


def run_seconds(table: pd.DataFrame, controls: int) -> tuple[float, int]:
    """CPU time of an evaluation less that of its model, and how many texts were scored."""
    best, num_texts = float("inf"), 0
    for _ in range(3):
        model = _Timed()
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            fairflip.evaluate(
                table,
                models={"m": model},
                generator="ablation",
                controls=controls,
                output_dir=f"{folder}/out",
            )
            best = min(best, time.process_time() - start - model.seconds)
        num_texts = model.num_texts
    return best, num_texts


def results() -> list[dict[str, Any]]:
    """The figures, for `run_all.py`."""
    rows = []
    for name in DATA_SETS if data_folder().is_dir() else ():
        for edit in EDITS:
            controls, pairs = drawing(name, edit)
            title = f"controls: drawn a second, {name} {edit} ({pairs:.0f} pairs)"
            rows.append(at_least(title, controls, MIN_CONTROLS_PER_SECOND))
    texts = short_texts()
    table = pd.DataFrame({"example_id": range(len(texts)), "comment_text": texts})
    run_seconds(table.head(50), 2)  # what the first run imports
    (none, few), (two, many) = (run_seconds(table, number) for number in (0, 2))
    beside = (two - none) / (none + few * SECONDS_A_TEXT)
    title = f"controls: cost beside scoring, a model of {SECONDS_A_TEXT * 1000:g} ms a text"
    rows.append(at_most(title, beside, MOST_BESIDE))
    slowest = max(0.0, (two - none) / MOST_BESIDE - none) / few
    rows.append(at_most("controls: ms a text from which it is 15 %", 1000 * slowest, 10.0))
    rows.append(at_most("controls: texts scored over those without", many / few, 3.0))
    return rows


if __name__ == "__main__":
    flags_of(__doc__.splitlines()[0])
    for row in results():
        print(f"{row['name']}: {row['value']}, bound {row['bound']}, holds: {row['holds']}")
