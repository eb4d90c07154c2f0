"""How fast counterfactuals are made and pairs joined, in CPU time of one process.

    python -m benchmarks.run_all generate

Texts are synthetic and inoffensive, of the length and the share of texts with a
term of real tweets. Rates are CPU time, so that other work on the machine matters less;
ratios come from one run.
"""

from __future__ import annotations

import itertools
import pathlib
import random
import tempfile
import time
from collections.abc import Callable

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from benchmarks.real_text import data_folder
from fairflip.pipeline.generate.batch import generate_pairs
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.pipeline.pair.transforms import JoinPairs
from fairflip.pipeline.read.files import check_inputs
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.read.transforms import ReadBatches
from fairflip.protos import config_pb2
from fairflip.text.ablation import Ablation
from fairflip.text.substitution import Substitution
from fairflip.text.terms import Term, TermList

NUM_TEXTS = 20_000
NUM_PAIRS = 200_000
NUM_REAL_TEXTS = 3_000
SHARE_WITH_TERM = 0.25  # real tweets: 0.20 to 0.23
WORDS_PER_TEXT = 15  # about 85 characters
MIN_TEXTS_PER_SECOND = 20_000
MAX_TERMS_RATIO = 1.3
MAX_JOIN_RATIO = 2.0
_SYLLABLES = [a + b for a in "bdfgklmnrst" for b in "aeiou"]


def _made_up(number: int) -> str:
    """A word that no list holds; another one for each number."""
    word = "zz"
    while number or len(word) < 6:
        number, digit = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[digit]
    return word


def terms_of(size: int) -> TermList:
    """The wider built-in list, filled up to a size with made-up pairs of words."""
    listed = list(load_terms("identity").terms)
    for number in range(0, size - len(listed), 2):
        word, other = _made_up(number), _made_up(number + 1)
        listed.append(Term(word, "one", "made_up", (other,)))
        listed.append(Term(other, "other", "made_up", (word,)))
    return TermList(f"{size} terms", tuple(listed[:size]))


def short_texts() -> list[str]:
    """Texts of about 85 characters, a quarter of them with terms."""
    chance = random.Random(0)
    words = ["the", "of", "report", "weather", "there", "history", "this", "was", "good", "shed"]
    terms = [term.text for term in load_terms("clp_tutorial").terms]
    texts = []
    for _ in range(NUM_TEXTS):
        text = [chance.choice(words) + chance.choice(["", "", "s", "ing"]) for _ in range(15)]
        if chance.random() < SHARE_WITH_TERM:
            for _ in range(chance.choice([1, 1, 2])):
                text[chance.randrange(WORDS_PER_TEXT)] = chance.choice(terms)
        texts.append(" ".join(text).capitalize() + ".")
    return texts


def cpu_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """The least CPU time of some runs."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def _row(name: str, value: float, bound: float, holds: bool) -> dict:
    return {"name": name, "value": round(value, 3), "bound": bound, "holds": bool(holds)}


def generation() -> list[dict]:
    """Texts a second on one core, and what more terms cost."""
    texts = short_texts()
    batch = pa.RecordBatch.from_pydict(
        {"example_id": [str(i) for i in range(len(texts))], "comment_text": texts}
    )
    rows = []
    for name, kind in (("ablation", Ablation), ("substitution", Substitution)):
        few, many = kind(terms_of(500)), kind(terms_of(5000))
        seconds = cpu_seconds(lambda made=few: made.generate(texts))
        rate = len(texts) / seconds
        rows.append(
            _row(
                f"{name}: texts a second with 500 terms",
                rate,
                MIN_TEXTS_PER_SECOND,
                rate >= MIN_TEXTS_PER_SECOND,
            )
        )
        ratio = cpu_seconds(lambda made=many: made.generate(texts)) / seconds
        rows.append(
            _row(
                f"{name}: time with 5000 terms over 500", ratio, MAX_TERMS_RATIO,
                ratio <= MAX_TERMS_RATIO,
            )
        )  # fmt: skip
        whole = len(texts) / cpu_seconds(
            lambda made=few: generate_pairs(batch, made, "comment_text", "example_id")
        )
        rows.append(
            _row(
                f"{name}: audited and scored pairs, texts a second with 500 terms",
                whole,
                MIN_TEXTS_PER_SECOND,
                whole >= MIN_TEXTS_PER_SECOND,
            )
        )
    return rows


def _data() -> tuple[pa.Table, pa.Table]:
    """Originals and counterfactuals, both in random order."""
    chance = np.random.default_rng(0)
    texts = short_texts()
    texts = list(itertools.islice(itertools.cycle(texts), NUM_PAIRS))
    ids = [f"comment-{i}" for i in range(NUM_PAIRS)]
    originals = pa.table(
        {
            "example_id": ids,
            "comment_text": texts,
            "toxicity": chance.random(NUM_PAIRS),
            "gender": [["male"] if i % 3 else [] for i in range(NUM_PAIRS)],
        }
    )
    counterfactuals = pa.table(
        {"example_id": ids, "comment_text": [f"{text} Again." for text in texts]}
    )
    return (
        originals.take(pa.array(chance.permutation(NUM_PAIRS))),
        counterfactuals.take(pa.array(chance.permutation(NUM_PAIRS))),
    )


def joining() -> list[dict]:
    """What joining 200,000 pairs costs, beside reading them."""
    originals, counterfactuals = _data()
    spec = config_pb2.DataSpec(
        id_feature="example_id", text_feature="comment_text", label_feature="toxicity"
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for extension in ("parquet", "jsonl"):
            paths = {}
            for kind, table in (("examples", originals), ("counterfactuals", counterfactuals)):
                path = pathlib.Path(folder, f"{kind}.{extension}")
                if extension == "parquet":
                    pq.write_table(table, path, row_group_size=50_000)
                else:
                    table.to_pandas().to_json(path, orient="records", lines=True)
                paths[kind] = str(path)
            reading = cpu_seconds(lambda p=paths: _run(p, spec, join=False), repeats=2)
            joined = cpu_seconds(lambda p=paths: _run(p, spec, join=True), repeats=2)
            ratio = (joined - reading) / reading
            rows.append(
                _row(
                    f"joining {NUM_PAIRS} pairs over reading them, {extension}",
                    ratio,
                    MAX_JOIN_RATIO,
                    ratio <= MAX_JOIN_RATIO,
                )
            )
    return rows


def _run(paths: dict[str, str], spec: config_pb2.DataSpec, join: bool) -> None:
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        read = {}
        for kind, path in paths.items():
            layout = RecordLayout.from_data_spec(spec, kind, ["gender"], [])
            checked = check_inputs([path], layout, "", kind)
            read[kind] = (pipeline | f"Read{kind.title()}" >> ReadBatches(checked))["batches"]
        if join:
            sides = {"originals": read["examples"], "counterfactuals": read["counterfactuals"]}
            made = (sides | JoinPairs(spec))["pairs"]
            _ = made | "UsePairs" >> beam.Map(_num_rows)
        else:
            for kind, batches in read.items():
                _ = batches | f"Use{kind.title()}" >> beam.Map(_num_rows)


def _num_rows(batch: pa.RecordBatch) -> int:
    return batch.num_rows


def real_texts() -> list[dict]:
    """Swaps of real texts by the built-in list, texts a second on one core."""
    swap = Substitution(load_terms("identity"))
    rows = []
    for source in ("davidson_tweets", "cad_reddit_abuse", "edos_sexism"):
        table = pq.read_table(data_folder() / f"{source}.parquet", columns=["comment_text"])
        texts = table["comment_text"].to_pylist()[:NUM_REAL_TEXTS]
        rate = len(texts) / cpu_seconds(lambda some=texts: swap.generate(some), repeats=5)
        rows.append(
            _row(
                f"substitution: texts of {source} a second, all categories",
                rate,
                MIN_TEXTS_PER_SECOND,
                rate >= MIN_TEXTS_PER_SECOND,
            )
        )
    return rows


def results() -> list[dict]:
    """The figures, for `run_all.py`."""
    return [*generation(), *real_texts(), *joining()]


if __name__ == "__main__":
    for row in results():
        print(row)
