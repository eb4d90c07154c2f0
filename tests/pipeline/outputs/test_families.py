"""Several outputs of one model, from the command line: each an entry of its own, asked for once."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from support.outputs import models as output_models
from support.outputs.data import write_examples
from support.recount import counts, read_folder

pytestmark = pytest.mark.system

ATTRIBUTES = output_models.ATTRIBUTES


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    return tmp_path_factory.mktemp("families")


@pytest.fixture(scope="module")
def examples(folder) -> pathlib.Path:
    return write_examples(folder)


def evaluate(out: pathlib.Path, *flags: str, expected: int = 0) -> dict:
    assert cli.main(["evaluate", f"--output_dir={out}", "--quiet", *flags]) == expected
    return json.loads((out / "run_report.json").read_text()) if not expected else {}


@pytest.fixture(scope="module")
def run(folder, examples) -> tuple[dict, pathlib.Path, int]:
    output_models.ASKED.clear()
    out = folder / "run"
    report = evaluate(
        out,
        f"--examples={examples}",
        "--model=mine=py:support.outputs.models:seven",
        "--output=mine=*",
        "--label_feature=insult=insult_label",
        "--slice=gender",
        "--threshold=0.5",
        "--threshold=0.3",
        "--generator=substitution",
        f"--score_cache={folder / 'cache'}",
        "--tfma_result=true",
    )
    return report, out, output_models.ASKED["seven"]


def test_each_output_is_an_entry_whose_counts_are_those_of_a_recount(run):
    report, out, _ = run
    assert [(m["name"], m["model"], m["output"], m["decision"]) for m in report["models"]] == [
        (f"mine/{name}", "mine", name, "threshold") for name in ATTRIBUTES
    ]
    assert all(model["is_baseline"] for model in report["models"])
    assert report["comparisons"] == []
    table = read_folder(out / "scored_pairs")
    for model in report["models"]:
        for part in model["slices"]:
            for at in part["thresholds"]:
                expected = counts(table, model["name"], part["slice"], at["threshold"])
                assert expected.pop("num_pairs") == part["num_pairs"]
                assert {name: at[name] for name in expected} == expected
                assert "excess_flip_rate" in at


def test_one_pass_for_all_counts_each_output_as_if_it_were_alone(run, tmp_path):
    report, out, _ = run
    for name, label in {"insult": "insult_label", "threat": "toxicity"}.items():
        alone = evaluate(
            tmp_path / name,
            f"--pairs={out}/scored_pairs/*.parquet",
            f"--score={name}=score.mine/{name}",
            f"--label_feature={label}",
            "--slice=gender",
            "--threshold=0.5",
            "--threshold=0.3",
        )
        [together] = [m for m in report["models"] if m["output"] == name]
        assert alone["models"][0]["slices"] == together["slices"]
        assert alone["models"][0]["group_directions"] == together["group_directions"]


def test_an_output_is_held_against_its_own_label(run):
    report, out, _ = run
    table = read_folder(out / "scored_pairs")
    for model in report["models"]:
        column = "insult_label" if model["output"] == "insult" else "toxicity"
        labels = table[column].to_numpy().astype(bool)
        decided = table[f"score.{model['name']}"].to_numpy() > 0.5
        assert model["slices"][0]["accuracy"] == pytest.approx(np.mean(labels == decided))


def test_the_model_is_asked_once_for_all_outputs_and_the_cache_serves_each(run, folder, examples):
    report, out, num_asked = run
    table = read_folder(out / "scored_pairs", with_controls=True)
    texts = {
        text
        for name in ("comment_text", "counterfactual.comment_text")
        for text in table[name].to_pylist()
    }
    texts |= set(pq.read_table(examples)["comment_text"].to_pylist())
    # Two records say what the outputs are; a sample is asked for again.
    assert num_asked == len(texts) + 2 + 200
    output_models.ASKED.clear()
    again = evaluate(
        folder / "one",
        f"--examples={examples}",
        "--model=alone=py:support.outputs.models:seven",
        "--output=alone=insult",
        "--label_feature=insult_label",
        "--slice=gender",
        "--threshold=0.5",
        "--threshold=0.3",
        "--generator=substitution",
        f"--score_cache={folder / 'cache'}",
    )
    assert output_models.ASKED.get("seven", 0) == 200, "all scores are kept; a sample is asked for"
    [alone] = again["models"]
    assert alone["slices"] == next(m for m in report["models"] if m["output"] == "insult")["slices"]


def test_results_lie_under_names_that_files_can_have(run):
    _, out, _ = run
    assert sorted(path.name for path in (out / "tfma").iterdir()) == sorted(
        f"mine__{name}" for name in ATTRIBUTES
    )


def test_two_models_are_compared_output_by_output(run, folder, tmp_path):
    out = run[1]
    pairs = f"--pairs={out}/scored_pairs/*.parquet"
    table = read_folder(out / "scored_pairs")
    report = evaluate(
        tmp_path,
        pairs,
        "--score=old=score.mine/insult,score.mine/threat",
        "--score=new=score.mine/severe,score.mine/obscene",
        "--output=old=insult,threat",
        "--output=new=insult,threat",
    )
    names = [model["name"] for model in report["models"]]
    assert names == ["old/insult", "old/threat", "new/insult", "new/threat"]
    assert [model["is_baseline"] for model in report["models"]] == [True, True, False, False]
    compared = {(c["baseline"], c["candidate"]) for c in report["comparisons"]}
    assert compared == {("old/insult", "new/insult"), ("old/threat", "new/threat")}
    flips = {
        name: counts(table, f"mine/{name}", "Overall", 0.5)["flip_count"]
        for name in ("insult", "severe")
    }
    difference = report["comparisons"][0]["slices"][0]["thresholds"][0]["flip_rate_difference"]
    assert difference["value"] == pytest.approx(
        (flips["severe"] - flips["insult"]) / table.num_rows
    )
    limits = tmp_path / "limits.textproto"
    limits.write_text(
        'limits { metric: "flip_rate" models: "new" slices: "Overall" thresholds: 0.5 max: 1 '
        'relative_to_baseline: "difference" }'
    )
    assert cli.main(["gate", f"--run={tmp_path}", f"--limits={limits}"]) == 0


def test_the_page_has_a_part_for_each_output(run):
    _, out, _ = run
    page = (out / "report.html").read_text()
    # The page itself is about the one by which the run is judged.
    assert page.count('<details class="output"') == len(ATTRIBUTES) - 1
    assert 'id="outputs"' in page
    text = (out / "details" / "report.md").read_text()
    assert [line[2:] for line in text.splitlines() if line.startswith("# ")][1:] == list(ATTRIBUTES)
    assert (out / "details" / "model_card.md").read_text().count(
        "## Counterfactual flips: mine/"
    ) == 7


def test_a_column_of_lists_holds_several_outputs(run, tmp_path):
    report, out, _ = run
    table = read_folder(out / "scored_pairs", with_controls=True)
    for side in ("", "counterfactual."):
        rows = np.stack([table[f"{side}score.mine/{name}"].to_numpy() for name in ATTRIBUTES], 1)
        table = table.append_column(f"{side}scores", pa.array(rows.tolist()))
    pq.write_table(table, tmp_path / "lists.parquet")
    flags = (f"--pairs={tmp_path / 'lists.parquet'}", "--score=mine=scores", "--slice=gender")
    listed = evaluate(tmp_path / "named", *flags, f"--output=mine={','.join(ATTRIBUTES)}")
    for before, after in zip(report["models"], listed["models"], strict=True):
        assert before["name"] == after["name"]
        first, second = (m["slices"][0]["thresholds"][0]["flip_count"] for m in (before, after))
        assert first == second
    numbered = evaluate(tmp_path / "numbered", *flags, "--output=mine=*")
    assert [model["name"] for model in numbered["models"]] == [f"mine/{i}" for i in range(7)]


def test_an_output_that_a_model_lacks_is_refused_with_those_it_has(examples, tmp_path, capsys):
    flags = (f"--examples={examples}", "--model=mine=py:support.outputs.models:seven")
    evaluate(tmp_path, *flags, "--output=mine=insult,rage", expected=2)
    assert "'rage' is none of them" in capsys.readouterr().err
    evaluate(tmp_path, *flags, "--output=mine=insult,insult", expected=2)
    assert "is given 2 times" in capsys.readouterr().err
