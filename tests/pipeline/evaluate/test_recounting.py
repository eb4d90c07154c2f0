"""Counting a finished run again: the report's own numbers, and NumPy's between them."""

from __future__ import annotations

import types
import zlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import fairflip
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.evaluate import recounting
from fairflip.pipeline.run.report_files import own_files
from fairflip.protos import config_pb2, report_pb2
from fairflip.protos.forms.json_form import config_from_json

pytestmark = pytest.mark.system

THRESHOLDS = [0.5, 0.3]
FIELDS = (
    "flip_count",
    "negative_to_positive_count",
    "positive_to_negative_count",
    "flip_rate",
    "negative_to_positive_rate",
    "positive_to_negative_rate",
    "control_flip_rate",
    "excess_flip_rate",
    "excess_over_words",
)


def score(texts: list[str]) -> list[float]:
    """Any function of the words."""
    return [
        float(np.mean([zlib.crc32(word.encode()) % 1000 / 1000 for word in text.split()]))
        for text in texts
    ]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    random = np.random.default_rng(0)
    words = ["kind", "loud", "late", "early", "calm", "proud", "here", "there", "often", "tired"]
    texts = [
        " ".join(
            [random.choice(["she", "he", "the woman", "the man"]), "is", *random.choice(words, 4)]
        )
        for _ in range(300)
    ]
    examples = pd.DataFrame(
        {
            "example_id": [f"id{number}" for number in range(300)],
            "comment_text": texts,
            "toxicity": random.integers(0, 2, 300),
            "place": random.choice(["a", "b"], 300),
            "weight": random.integers(1, 4, 300).astype(float),
        }
    )
    folder = tmp_path_factory.mktemp("run") / "out"
    result = fairflip.evaluate(
        examples=examples,
        models={"mine": score},
        weight_feature="weight",
        terms="identity",
        generator="substitution",
        slices=["place"],
        thresholds=THRESHOLDS,
        output_dir=str(folder),
    )
    return result.report, own_files(str(folder), "scored_pairs")


def test_the_curve_has_the_reports_numbers_and_numpys_between(finished):
    report, files = finished
    scored = recounting.ScoredPairs(files, config_from_json(report.provenance.config))
    curve = recounting.threshold_curve(scored, report)
    assert [model.name for model in curve] == ["mine"]
    own = {part.slice: part for part in report.models[0].slices}
    assert [part.slice for part in curve[0].slices] == list(own)
    for part in curve[0].slices:
        at = {entry.threshold: entry for entry in part.thresholds}
        assert len(at) == 99
        for remaining in own[part.slice].thresholds:
            for field in FIELDS:
                assert getattr(at[remaining.threshold], field) == getattr(remaining, field), field
    rows = ds.dataset(files).to_table().to_pandas()
    pairs = rows[rows["edit"] != "control"]
    before, after = pairs["score.mine"], pairs["counterfactual.score.mine"]
    for entry in curve[0].slices[0].thresholds:
        rises = (before <= entry.threshold) & (after > entry.threshold)
        falls = (before > entry.threshold) & (after <= entry.threshold)
        assert entry.negative_to_positive_count == rises.sum()
        assert entry.positive_to_negative_count == falls.sum()
        weighted = pairs["weight"][rises | falls].sum() / pairs["weight"].sum()
        assert entry.flip_rate.value == pytest.approx(weighted, abs=1e-11)


def test_each_term_has_its_controls_and_its_excess(finished):
    report, files = finished
    rows = ds.dataset(files).to_table().to_pandas()
    controls = rows[rows["control_kind"] == "other_word"]
    pairs = rows[rows["edit"] != "control"]
    checked = 0
    for entry in report.term_coverage:
        own = pairs[[entry.term in list(terms) for terms in pairs["term"]]]
        flips, others, weights = [], [], []
        for pair in own.itertuples():
            beside = controls[
                (controls["example_id"] == pair.example_id)
                & (controls["control_of"] == pair.counterfactual_index)
            ]
            if beside.empty:
                continue
            flips.append(bool(flipped(pd.DataFrame([pair._asdict()]), own.columns)[0]))
            others.append(flipped(beside, beside.columns).mean())
            weights.append(pair.weight)
        if not flips:
            assert "mine" not in entry.excess_flip_rate
            continue
        checked += 1
        control = np.average(others, weights=weights)
        assert entry.control_flip_rate["mine"].value == pytest.approx(control)
        excess = np.average(flips, weights=weights) - control
        assert entry.excess_flip_rate["mine"].value == pytest.approx(excess, abs=1e-11)
    assert checked >= 2


def flipped(rows: pd.DataFrame, names) -> np.ndarray:
    places = [list(names).index(n) for n in ("score.mine", "counterfactual.score.mine")]
    # A named tuple renames columns that hold a dot; their order stays.
    offset = 1 if "Index" in rows.columns else 0
    before, after = (rows.iloc[:, place + offset].to_numpy(float) for place in places)
    return (before > 0.5) != (after > 0.5)


def test_fewer_positions_where_there_is_less_room_and_none_without_any():
    report = report_pb2.RunReport()
    for number in range(300):
        model = report.models.add(name="m") if not number else report.models[0]
        model.slices.add(slice=f"s{number}").thresholds.add(threshold=0.5)
    assert recounting._thresholds(report) == [round(n / 10, 2) for n in range(1, 10)]
    del report.models[0].slices[20:]
    assert len(recounting._thresholds(report)) == 99
    report.models[0].slices[0].num_pairs = 100_000
    assert len(recounting._thresholds(report)) == 19
    report.models[0].slices[0].num_pairs = 10_000_000
    assert recounting._thresholds(report) == []
    report.models[0].slices[0].num_pairs = 0
    report.score_ranges.add(model="m", lowest=-2.0, highest=6.0)
    ends = recounting._thresholds(report)
    assert (ends[0], ends[-1]) == (-1.92, 5.92)
    report.models[0].decision = "argmax"
    nothing = recounting.ScoredPairs([], config_pb2.PipelineConfig())
    assert recounting.threshold_curve(nothing, report) == []


class Watched:
    """Files of which it is known which columns were read."""

    def __init__(self, paths):
        self.reads = []
        self._files = ds.dataset(paths)
        self.schema = self._files.schema

    def to_table(self, columns):
        self.reads += columns
        return self._files.to_table(columns=columns)


def test_a_column_is_read_once_whoever_counts_it_and_no_text_at_all(finished, monkeypatch):
    report, files = finished
    watched = []

    def dataset(paths):
        watched.append(Watched(paths))
        return watched[-1]

    monkeypatch.setattr(recounting, "ds", types.SimpleNamespace(dataset=dataset))
    scored = recounting.ScoredPairs(files, config_from_json(report.provenance.config))
    assert not watched
    again = report_pb2.RunReport()
    again.CopyFrom(report)
    recounting.enter_terms(scored, again)
    assert recounting.threshold_curve(scored, again)
    assert again == report
    [read] = [one.reads for one in watched]
    read.remove("example_id")  # once more, for the order of the rows
    assert len(set(read)) == len(read)
    assert {"example_id", "score.mine", "term"} <= set(read)
    assert not {"comment_text", "counterfactual.comment_text"} & set(read)


def table_of(ids: list[str], seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    return pa.table(
        {
            "example_id": ids,
            "place": random.choice(["a", "b"], len(ids)),
            "score.m": random.random(len(ids)),
            "counterfactual.score.m": random.random(len(ids)),
        }
    )


def config(**data) -> config_pb2.PipelineConfig:
    data = {"id_feature": "example_id", **data}
    models = [config_pb2.ModelSpec(name="m", score_feature="score.m")]
    return config_pb2.PipelineConfig(data=config_pb2.DataSpec(**data), models=models)


def scored_pairs(tmp_path, table: pa.Table, rows: int, **data) -> recounting.ScoredPairs:
    for number, start in enumerate(range(0, table.num_rows, rows)):
        pq.write_table(table.slice(start, rows), tmp_path / f"scored-{number:03d}.parquet")
    files = sorted(str(path) for path in tmp_path.glob("*.parquet"))
    return recounting.ScoredPairs(files, config(**data))


@pytest.mark.parametrize(
    ("ids", "data", "is_sorted"),
    [
        (["b", "b", "a", "c", "c"], {}, False),
        (["b", "a", "b"], {}, True),
        (["b", "a", "a", "b"], {}, True),
        (["b", "a"], {"weight_feature": "weight"}, True),
        (["a"], {}, False),
    ],
)
def test_rows_are_sorted_only_where_an_originals_are_apart_or_weighted(
    tmp_path, ids, data, is_sorted
):
    table = table_of(ids, 0)
    scored = scored_pairs(tmp_path, table, 2, **data)
    expected = table.sort_by("example_id") if is_sorted else table
    narrow = scored.table(["score.m", "example_id", "not there"])
    assert narrow.equals(expected.select(["score.m", "example_id"]))
    assert scored.table(table.column_names).equals(expected)


@pytest.mark.parametrize("seed", range(4))
def test_curves_are_those_of_sorted_rows_to_the_bit(seed):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 9 if seed % 2 else 3, 400)
    ids = np.repeat(random.permutation(400), sizes)
    table = table_of([f"id{number}" for number in ids], seed)
    spec = StatisticsSpec(
        models=("m",), thresholds=(0.5, 0.25, 0.75), slices=((), ("place",)), num_example_ids=0
    )
    assert curves(table, spec) == curves(table.sort_by("example_id"), spec)


@pytest.mark.parametrize("seed", range(4))
def test_curves_with_controls_are_those_of_sorted_rows_to_the_bit(seed):
    random = np.random.default_rng(seed)
    ids = [f"id{number}" for number in np.repeat(random.permutation(200), 3)]
    sizes = random.integers(1, 3, len(ids))
    words = [random.choice(["tea", "rain", "song"], size).tolist() for size in sizes]
    # Of some rows nobody can tell which replacement belongs to which term.
    others = [
        random.choice(["cup", "hail"], max(1, s - random.integers(2))).tolist() for s in sizes
    ]
    table = table_of(ids, seed)
    for name, column in {
        "edit": ["identity", "control", "control"] * 200,
        "control_of": [None, 0, 0] * 200,
        "counterfactual_index": pa.array([0, 1, 2] * 200, pa.int32()),
        "term": words,
        "replacement": others,
    }.items():
        table = table.append_column(name, [column])
    spec = StatisticsSpec(models=("m",), thresholds=(0.5, 0.25), slices=((),))
    actual = curves(table, spec)
    assert actual == curves(table.sort_by("example_id"), spec)
    bounds = recounting._curves(table, spec)[0].slices[0].thresholds[0].excess_over_words
    assert bounds.lower < bounds.upper


def curves(rows: pa.Table, spec: StatisticsSpec) -> list[bytes]:
    return [m.SerializeToString(deterministic=True) for m in recounting._curves(rows, spec)]
