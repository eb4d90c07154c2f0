"""How fast gender is swapped in each language, a word of Multilingual HateCheck.

    python -m benchmarks.pairs.language_speed

CPU seconds of this process, the least of five turns in which the languages follow one another, so
that what other work does to the machine meets all of them.
"""

from __future__ import annotations

import time
from typing import Any

import pyarrow.parquet as pq

from benchmarks.figure_rows import print_rows, result
from benchmarks.real_text import data_folder
from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec

LANGUAGES = {"german": "de", "spanish": "es", "portuguese": "pt", "italian": "it", "french": "fr"}
NUM_TEXTS = 2000
NUM_TURNS = 5
#: Microseconds a word of French, as a multiple of those of Italian.
MAX_TIMES_ITALIAN = 1.5


def seconds_per_word() -> dict[str, float]:
    """CPU seconds a word, by language."""
    texts, generators = {}, {}
    for language, code in LANGUAGES.items():
        path = data_folder() / f"benchmark/mhc_{language}.parquet"
        column = pq.read_table(path, columns=["comment_text"])["comment_text"]
        texts[language] = column.to_pylist()[:NUM_TEXTS]
        spec = GeneratorSpec(method="substitution", language=code, categories=["gender"])
        generators[language] = make_generator(spec)
    least = dict.fromkeys(LANGUAGES, float("inf"))
    for _ in range(NUM_TURNS):
        for language, generator in generators.items():
            start = time.process_time()
            generator.generate(texts[language])
            least[language] = min(least[language], time.process_time() - start)
    return {
        language: seconds / sum(len(text.split()) for text in texts[language])
        for language, seconds in least.items()
    }


def results() -> list[dict[str, Any]]:
    """The figures, for `run_all.py`."""
    seconds = seconds_per_word()
    rows = [
        result("language_speed", f"{language}: microseconds a word", 1e6 * value, None)
        for language, value in seconds.items()
    ]
    ratio = seconds["french"] / seconds["italian"]
    label = "French as a multiple of Italian"
    return [*rows, result("language_speed", label, ratio, f"at most {MAX_TIMES_ITALIAN}")]


if __name__ == "__main__":
    print_rows("language_speed", __doc__.splitlines()[0], results)
