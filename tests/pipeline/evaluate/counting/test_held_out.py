"""Pairs of terms that were withheld from training have a report of their own."""

from __future__ import annotations

import json
import pathlib

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline import cli
from fairflip.pipeline.evaluate.counting.held_out import held_out_part
from fairflip.pipeline.evaluate.counting.model_reports import (
    REPORTS,
    ReportedPart,
    ReportModels,
    pairs_of_terms,
)

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

CONFIG = 'remediation { held_out_terms: "Aunt" held_out_terms: "zork" }\n'
# Beam copies what a function holds, not a module.
REPORTS_SEEN: list = []
MODELS = ("--score=m=score.m", "--score=n=score.n")


def table_of(num_originals: int, seed: int = 0) -> pa.Table:
    """Pairs of three terms, one or two to an original, each with a control; two models."""
    random = np.random.default_rng(seed)
    rows = np.repeat(np.arange(num_originals), random.integers(1, 3, num_originals))
    is_first = np.r_[True, rows[1:] != rows[:-1]]
    size = len(rows)
    terms = [[["aunt"], ["she"], ["she", "AUNT"]][i] for i in random.integers(0, 3, size)]
    own = {name: random.random(num_originals)[rows] for name in ("score.m", "score.n")}
    pairs = pa.table(
        {
            "example_id": [f"id{i}" for i in rows],
            "comment_text": [f"text {i}" for i in rows],
            "counterfactual.comment_text": [f"changed {n}" for n in range(size)],
            "toxicity": (rows % 2).astype(float),
            "term": pa.array(terms, pa.list_(pa.string())),
            "edit": ["identity"] * size,
            "control_kind": pa.nulls(size, pa.string()),
            "counterfactual_index": pa.array(np.where(is_first, 0, 1), pa.int32()),
            "control_of": pa.nulls(size, pa.int32()),
            **own,
            **{f"counterfactual.{name}": random.random(size) for name in own},
        }
    )
    controls = pairs.to_pydict() | {
        "edit": ["control"] * size,
        "control_kind": ["other_word"] * size,
        "control_of": pairs["counterfactual_index"],
        "counterfactual_index": pa.array(np.where(is_first, 10, 11), pa.int32()),
        "term": pa.array([["table"]] * size, pa.list_(pa.string())),
        "counterfactual.comment_text": [f"control {n}" for n in range(size)],
        **{f"counterfactual.{name}": random.random(size) for name in own},
    }
    both = pa.concat_tables([pairs, pa.table(controls, schema=pairs.schema)])
    return both.sort_by([("example_id", "ascending"), ("edit", "descending")])


def evaluate(table: pa.Table, folder: pathlib.Path) -> dict:
    folder.mkdir(exist_ok=True)
    pq.write_table(table, folder / "pairs.parquet")
    (folder / "run.textproto").write_text(CONFIG)
    arguments = [f"--pairs={folder / 'pairs.parquet'}", f"--config={folder / 'run.textproto'}"]
    out = folder / "out"
    assert cli.main(["evaluate", *arguments, *MODELS, f"--output_dir={out}", "--quiet"]) == 0
    return json.loads((out / "run_report.json").read_text())


def names_aunt(table: pa.Table) -> np.ndarray:
    return np.array([any(t.lower() == "aunt" for t in row) for row in table["term"].to_pylist()])


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[pa.Table, dict]:
    table = table_of(400)
    return table, evaluate(table, tmp_path_factory.mktemp("held_out"))


def test_each_model_is_reported_on_these_pairs_by_a_recount(small):
    table, report = small
    is_pair = np.array(table["edit"]) == "identity"
    held = table.filter(pa.array(names_aunt(table) & is_pair))
    assert 0 < held.num_rows < is_pair.sum()
    for model, name in zip(report["models"], ("score.m", "score.n"), strict=True):
        part = model["held_out"]
        flips = (held[name].to_numpy() > 0.5) != (held[f"counterfactual.{name}"].to_numpy() > 0.5)
        assert part["slice"] == "held_out_terms"
        assert part["num_pairs"] == held.num_rows
        assert part["num_originals"] == len(set(held["example_id"].to_pylist()))
        at = part["thresholds"][0]
        assert at["flip_count"] == flips.sum()
        assert at["flip_rate"]["value"] == pytest.approx(flips.mean())
        assert at["flip_rate"]["lower"] < flips.mean() < at["flip_rate"]["upper"]
        assert "auc" in part
        assert model["slices"][0]["num_pairs"] == is_pair.sum(), "all pairs are in Overall"
        assert [each["slice"] for each in model["slices"]] == ["Overall"]


def _keep(report) -> None:
    REPORTS_SEEN.append(report)


def report_of(batches) -> list:
    """The models of a report on pairs of the withheld terms, from batches of scored pairs."""
    REPORTS_SEEN.clear()
    spec = StatisticsSpec(("m", "n"), label_column="toxicity")
    pipeline = beam.Pipeline(FnApiRunner())
    inputs = {
        "pairs": pipeline | "Pairs" >> beam.Create(batches).with_output_types(pa.RecordBatch),
        "paths": pipeline | "Paths" >> beam.Create([]).with_output_types(str),
    }
    part = held_out_part("withheld", ReportedPart("all", spec), ["aunt"])
    (inputs | ReportModels([part]))[REPORTS] | beam.Map(_keep)
    pipeline.run().wait_until_finish()
    [(name, report)] = REPORTS_SEEN
    assert name == "withheld"
    return list(report.models)


@pytest.mark.parametrize("size", [3, 400])
def test_their_controls_are_counted_with_them(small, size):
    table, _ = small
    is_pair = np.array(table["edit"]) == "identity"
    ids = table["example_id"].to_pylist()
    keys = zip(ids, table["counterfactual_index"].to_pylist(), strict=True)
    held = {key for key, one in zip(keys, names_aunt(table) & is_pair, strict=True) if one}
    keys = zip(ids, table["control_of"].to_pylist(), strict=True)
    mine = np.array([key in held for key in keys]) & ~is_pair
    controls = table.filter(pa.array(mine))
    # Where batches end within an original, its control may come apart from its pair.
    for model in report_of(table.to_batches(size)):
        [part] = model.slices
        scores = controls[f"score.{model.name}"].to_numpy()
        flips = (scores > 0.5) != (controls[f"counterfactual.score.{model.name}"].to_numpy() > 0.5)
        assert part.num_control_pairs == len(flips) == part.num_pairs == len(held)
        assert part.thresholds[0].control_flip_rate.value == pytest.approx(flips.mean())


def test_controls_that_name_no_pair_count_for_none(small):
    table, _ = small
    batch = table.drop_columns(["control_of"]).combine_chunks().to_batches()[0]
    assert not report_of([batch])[0].slices[0].num_control_pairs


def test_the_models_are_compared_and_matched_on_them(small):
    _, report = small
    [comparison] = report["comparisons"]
    actual = comparison["held_out"]
    first, second = (model["held_out"] for model in report["models"])
    difference = actual["thresholds"][0]["flip_rate_difference"]
    expected = (
        second["thresholds"][0]["flip_rate"]["value"] - first["thresholds"][0]["flip_rate"]["value"]
    )
    assert actual["slice"] == "held_out_terms"
    assert difference["value"] == pytest.approx(expected)
    assert second["matched"]["positive_rate"] == pytest.approx(first["positive_rate"], abs=0.02)
    assert second["matched"]["baseline_positive_rate"] == pytest.approx(first["positive_rate"])
    # Of its own family: one test, whatever slices the run has.
    at = actual["thresholds"][0]
    assert at["p_value_adjusted"] == at["p_value"]


def test_second_answers_are_counted_on_them_too(small, tmp_path):
    table, first = small
    random, ids = np.random.default_rng(9), table["example_id"].to_pylist()
    again = dict(zip(ids, random.random(len(ids)), strict=True))
    second = np.array([again[one] for one in ids])
    report = evaluate(table.append_column("score.m.repeat2", pa.array(second)), tmp_path)
    held = names_aunt(table) & (np.array(table["edit"]) == "identity")
    differs = (table["score.m"].to_numpy() > 0.5) != (second > 0.5)
    m, n = (model["held_out"]["thresholds"][0] for model in report["models"])
    assert m.pop("repeat_flip_rate")["value"] == pytest.approx(differs[held].mean())
    assert "repeat_flip_rate" not in n
    assert [m, n] == [model["held_out"]["thresholds"][0] for model in first["models"]]


def test_many_are_matched_in_a_second_pass(tmp_path):
    table = table_of(16_000)
    report = evaluate(table, tmp_path)
    part = report["models"][1]["held_out"]
    assert part["num_originals"] > 10_000
    assert part["by_bucket"]
    assert part["matched"]["positive_rate"] == pytest.approx(
        report["models"][0]["held_out"]["positive_rate"], abs=0.001
    )
    held = table.filter(pa.array(names_aunt(table) & (np.array(table["edit"]) == "identity")))
    threshold = part["matched"]["threshold"]
    sides = (
        held["score.n"].to_numpy() > threshold,
        held["counterfactual.score.n"].to_numpy() > threshold,
    )
    assert part["matched"]["flip_count"] == (sides[0] != sides[1]).sum()


def test_without_such_a_pair_nothing_is_said(tmp_path):
    table = table_of(100)
    position = table.schema.names.index("term")
    others = pa.array([["she"]] * table.num_rows, pa.list_(pa.string()))
    report = evaluate(table.set_column(position, "term", others), tmp_path)
    assert not any("held_out" in each for each in (*report["models"], *report["comparisons"]))


def test_pairs_without_a_column_of_terms_name_none():
    batch = pa.RecordBatch.from_pydict({"example_id": ["a"]})
    assert pairs_of_terms(batch, ["aunt"]).num_rows == 0
