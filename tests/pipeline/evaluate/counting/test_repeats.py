"""`--repeats`: how many decisions change without any edit, by slice and threshold."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.beam.options import beam_options
from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.evaluate import jobs
from fairflip.protos.config_pb2 import PipelineConfig

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

NUM_ORIGINALS = 1200
THRESHOLDS = (0.5, 0.3)
#: An unbiased judge that errs on every tenth answer, by chance; and one that never does.
JUDGES = """
import numpy as np

chance = np.random.default_rng(5)

def noisy(texts):
    right = np.array(steady(texts))
    return np.where(chance.random(len(texts)) < 0.1, 1 - right, right).tolist()

def steady(texts):
    return [0.9 if "bad" in text else 0.2 for text in texts]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("repeats")
    (folder / "repeat_judges.py").write_text(JUDGES)
    random = np.random.default_rng(0)
    # One to three counterfactuals each, of texts without two that are equal.
    rows = np.repeat(np.arange(NUM_ORIGINALS), random.integers(1, 4, NUM_ORIGINALS))
    words = np.where(random.random(NUM_ORIGINALS) < 0.4, "bad", "good")
    table = {
        "example_id": [f"id{i}" for i in rows],
        "comment_text": [f"she is {words[i]} in {i}" for i in rows],
        "counterfactual.comment_text": [f"he{n} is {words[i]}" for n, i in enumerate(rows)],
        "gender": random.choice(["female", "male"], NUM_ORIGINALS)[rows],
        "weight": random.choice([1.0, 2.0], NUM_ORIGINALS)[rows],
        "flip_is_legitimate": (random.random(len(rows)) < 0.05),
    }
    pq.write_table(pa.table(table), folder / "pairs.parquet")
    return folder


def evaluate(pairs, out: pathlib.Path, *flags: str) -> dict:
    arguments = ["evaluate", f"--pairs={pairs}", f"--output_dir={out}", "--slice=gender"]
    arguments += ["--weight_feature=weight", "--quiet", *(f"--threshold={t}" for t in THRESHOLDS)]
    assert cli.main([*arguments, *flags]) == 0
    report = json.loads((out / "run_report.json").read_text())
    return {model["name"]: model for model in report["models"]}


MODELS = (
    "--model=noisy=py:repeat_judges:noisy",
    "--model=steady=py:repeat_judges:steady",
)


@pytest.fixture(scope="module")
def repeated(folder) -> tuple[dict, pathlib.Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        out = folder / "repeated"
        return evaluate(folder / "pairs.parquet", out, *MODELS, "--repeats=3"), out


def scored(out: pathlib.Path) -> pa.Table:
    return pa.concat_tables(map(pq.read_table, sorted((out / "scored_pairs").glob("*.parquet"))))


def test_the_rates_equal_a_recount_of_the_answers_kept(repeated):
    models, out = repeated
    table = scored(out).filter(pa.compute.invert(scored(out)["flip_is_legitimate"]))
    weight, gender = table["weight"].to_numpy(), np.array(table["gender"].to_pylist())[:, 0]
    for name, model in models.items():
        first, second = (table[f"score.{name}{s}"].to_numpy() for s in ("", ".repeat2"))
        other = table[f"counterfactual.score.{name}"].to_numpy()
        for part in model["slices"]:
            member = np.full(len(weight), True)
            if part["slice"] != "Overall":
                member = gender == part["slice"].split(":")[1]
            for at in part["thresholds"]:
                differs, flips = (
                    (first > at["threshold"]) != (x > at["threshold"]) for x in (second, other)
                )
                noise, rate = at["repeat_flip_rate"], at["flip_rate"]
                expected = np.average(differs[member], weights=weight[member])
                assert noise["value"] == pytest.approx(expected, abs=1e-12)
                assert noise["lower"] <= noise["value"] <= noise["upper"]
                assert rate["value"] == pytest.approx(
                    np.average(flips[member], weights=weight[member])
                )
    noise = models["noisy"]["slices"][0]["thresholds"][0]["repeat_flip_rate"]
    assert noise["value"] == pytest.approx(2 * 0.1 * 0.9, abs=0.04), "what one error in ten makes"
    rate = models["noisy"]["slices"][0]["thresholds"][0]["flip_rate"]
    assert noise["lower"] < rate["value"] < noise["upper"], "it flips no more than it repeats"
    assert models["steady"]["slices"][0]["thresholds"][0]["repeat_flip_rate"]["value"] == 0.0


def test_a_second_look_is_said_of_each_model(repeated):
    models, _ = repeated
    look = models["noisy"]["second_look"]
    assert look["num_texts"] == 200
    assert 15 < look["num_differing_decisions"] == look["num_differing_scores"] < 60
    assert models["steady"]["second_look"].get("num_differing_scores", 0) == 0


def test_scores_kept_are_read_back_with_their_repeats(repeated, tmp_path):
    models, out = repeated
    flags = ("--score=noisy=score.noisy", "--score=renamed=score.steady")
    again = evaluate(out / "scored_pairs" / "*.parquet", tmp_path, *flags)
    for name, old in (("noisy", "noisy"), ("renamed", "steady")):
        assert "second_look" not in again[name], "nothing was asked"
        for before, after in zip(models[old]["slices"], again[name]["slices"], strict=True):
            for first, second in zip(before["thresholds"], after["thresholds"], strict=True):
                assert first["repeat_flip_rate"] == second["repeat_flip_rate"]
    assert scored(tmp_path)["score.renamed.repeat2"].equals(scored(out)["score.steady.repeat2"])


def test_without_repeats_nothing_else_changes(folder, repeated, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(folder))
    once = evaluate(folder / "pairs.parquet", tmp_path, MODELS[1])["steady"]
    assert once["second_look"] == {
        "num_texts": 200,
        "num_differing_scores": 0,
        "num_differing_decisions": 0,
        "largest_difference": 0.0,
    }
    assert not [name for name in scored(tmp_path).schema.names if "repeat" in name]
    thrice = evaluate(folder / "pairs.parquet", tmp_path / "k", MODELS[1], "--repeats=3")["steady"]
    for part in thrice["slices"]:
        for at in part["thresholds"]:
            del at["repeat_flip_rate"]
    assert thrice["slices"] == once["slices"]


def test_a_missing_repeat_leaves_the_pair_out(repeated, tmp_path, capsys):
    table = scored(repeated[1])
    values = table["counterfactual.score.noisy.repeat2"].to_pylist()
    values[7] = None
    position = table.schema.names.index("counterfactual.score.noisy.repeat2")
    pq.write_table(
        table.set_column(position, "counterfactual.score.noisy.repeat2", pa.array(values)),
        tmp_path / "p.parquet",
    )
    evaluate(tmp_path / "p.parquet", tmp_path / "out", "--score=noisy=score.noisy")
    report = json.loads((tmp_path / "out" / "run_report.json").read_text())
    assert [(r["reason"], r["count"]) for r in report["rejects"]] == [("score_missing", 1)]


def test_a_model_cannot_be_called_like_a_column_of_repeats(folder, tmp_path, capsys):
    arguments = ["evaluate", f"--pairs={folder / 'pairs.parquet'}", f"--output_dir={tmp_path}"]
    assert cli.main([*arguments, "--score=m.repeat2=weight"]) == 2
    assert "'m.repeat2' ends like a column of repeated scores; rename it" in capsys.readouterr().err


def test_a_later_step_reads_the_repeats_of_an_earlier_one(folder, repeated, tmp_path, monkeypatch):
    """As in a run: the baseline's answers are read, the candidate is asked."""
    monkeypatch.syspath_prepend(str(folder))
    models, out = repeated
    config = with_defaults(
        PipelineConfig(
            models=[
                {"name": "noisy", "function": "repeat_judges:noisy"},
                {"name": "steady", "function": "repeat_judges:steady"},
            ],
            data={"pairs": [str(folder / "pairs.parquet")], "weight_feature": "weight"},
            evaluation={"repeats": 3, "thresholds": THRESHOLDS, "slices": ["gender"]},
            output={"output_dir": str(tmp_path)},
        )
    )
    earlier = jobs.EarlierStep(str(out), ("noisy",), jobs.read_summary(str(out)))
    report = jobs.evaluate_again(config, earlier, beam_options([]))
    first, later = report.models
    expected = models["noisy"]["slices"][0]["thresholds"][0]["repeat_flip_rate"]["value"]
    assert first.slices[0].thresholds[0].repeat_flip_rate.value == pytest.approx(expected)
    assert (
        first.second_look.num_differing_scores
        == (models["noisy"]["second_look"]["num_differing_scores"])
    )
    assert later.second_look.num_texts == 200
    assert later.slices[0].thresholds[0].HasField("repeat_flip_rate")
    remaining = [name for name in scored(tmp_path).schema.names if name.startswith("score.")]
    assert sorted(remaining) == sorted(
        f"score.{name}{repeat}"
        for name in ("noisy", "steady")
        for repeat in ("", ".repeat2", ".repeat3")
    )
    pairs = next((tmp_path / "pairs").glob("*.parquet"))
    assert not [name for name in pq.read_schema(pairs).names if "score" in name]
