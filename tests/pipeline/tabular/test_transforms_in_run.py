"""Whole evaluations of tables, whose counts NumPy recounts."""

from __future__ import annotations

import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fairflip
from fairflip.pipeline.cli.command_line import main
from support.tables import FEATURES, applicants, flips, score

pytestmark = pytest.mark.system

TABLE = applicants(300)
SETTINGS = {"attribute": "gender", "attribute_values": ["female", "male"],
            "linked": [{"column": "title", "values": ["Mr:Mrs"]}],
            "id": "applicant_id", "label": "approved"}  # fmt: skip


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table") / "run"
    slices = ["gender", "counterfactual_group"]
    return fairflip.evaluate(TABLE, model=score, output_dir=folder, slices=slices, **SETTINGS)


def counts_of(report) -> dict[str, tuple[int, int, int]]:
    return {
        part.slice: (
            part.num_pairs,
            part.thresholds[0].negative_to_positive_count,
            part.thresholds[0].positive_to_negative_count,
        )
        for part in report.models[0].slices
    }


def recount(table=TABLE) -> dict[str, tuple[int, int, int]]:
    expected = {}
    for name, rows in (
        ("Overall", table),
        ("gender:female", table[table["gender"] == "female"]),
        ("gender:male", table[table["gender"] == "male"]),
    ):
        actual = flips(rows)
        expected[name] = (
            len(actual["all"]),
            len(actual["negative_to_positive"]),
            len(actual["positive_to_negative"]),
        )
    return expected


def test_counts_equal_a_recount_in_every_slice(result):
    counts, expected = counts_of(result.report), recount()
    assert expected["Overall"][1] > 20
    assert expected["Overall"][2] > 20
    for name, numbers in expected.items():
        assert counts[name] == numbers
        if ":" in name:
            assert counts[name.replace("gender", "counterfactual_group")] == numbers
    directions = {(d.to, d.num_pairs) for d in result.report.models[0].group_directions}
    assert directions == {("male", expected["gender:female"][0]),
                          ("female", expected["gender:male"][0])}  # fmt: skip
    pairing = result.report.pairing
    assert pairing.num_unmatched_originals == (TABLE["gender"] == "other").sum()
    # Every applicant is another one: what no counterfactual changes counts, too.
    assert pairing.num_copied_originals == 0


def test_controls_flip_as_the_model_says_of_their_cells(result):
    pairs = pa.Table.from_batches(result.pairs.to_batches()).to_pandas()
    controls = pairs[pairs["edit"] == "control"]
    assert len(controls) == result.report.pairing.num_control_pairs > len(TABLE)
    changed = controls[[f"counterfactual.{name}" for name in FEATURES]]
    changed.columns = list(FEATURES)
    assert (changed["gender"] == controls["gender"]).all()
    flipped = (score(controls) > 0.5) != (score(changed) > 0.5)
    # The mean over the controls of a pair, then over pairs that have one.
    of_pairs = controls.assign(flipped=flipped).groupby(["applicant_id", "control_of"])["flipped"]
    [at] = result.report.models[0].slices[0].thresholds
    own = of_pairs.mean().mean()
    assert at.excess_flip_rate.value == pytest.approx(at.flip_rate.value - own, abs=1e-9)


def test_what_stays_behind_is_named_on_page_and_terminal(result):
    edits = result.report.table_edits
    assert [each.column for each in edits.correlates][:2] == ["title", "occupation"]
    assert [each.is_linked for each in edits.correlates][:2] == [True, False]
    blind = result.report.edits.blind_spots
    assert "occupation (0." in blind
    assert "title (" not in blind
    page = pathlib.Path(result.output_dir, "report.html").read_text(encoding="utf-8")
    assert "occupation (0." in page
    path = pathlib.Path(result.output_dir, "details", "control_coverage.json")
    coverage = json.loads(path.read_text(encoding="utf-8"))
    assert set(coverage["controls_by_column"]) == {"age", "income", "occupation"}


def test_generated_pairs_give_the_same_numbers_as_one_run(result, tmp_path):
    made = fairflip.generate(TABLE, output_dir=tmp_path / "pairs", **SETTINGS)
    assert made.report.pairing.pair_set_sha256 == result.report.pairing.pair_set_sha256
    again = fairflip.evaluate(
        pairs=[str(tmp_path / "pairs" / "pairs" / "*.parquet")],
        model=score,
        id="applicant_id",
        label="approved",
        output_dir=tmp_path / "run",
    )
    assert counts_of(again.report)["Overall"] == counts_of(result.report)["Overall"]
    ours, first = (each.report.models[0].slices[0] for each in (again, result))
    assert ours.thresholds[0].control_flip_rate == first.thresholds[0].control_flip_rate


def test_several_workers_count_what_one_does(result, tmp_path, monkeypatch):
    tests = pathlib.Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", str(tests))
    TABLE.to_parquet(tmp_path / "table.parquet")
    out = tmp_path / "run"
    code = main(
        ["evaluate", f"--examples={tmp_path / 'table.parquet'}", "--attribute=gender=female,male",
         "--linked=title=Mr:Mrs", "--model=model=py:support.tables:score",
         "--id_feature=applicant_id", "--label_feature=approved", "--slice=gender",
         "--slice=counterfactual_group", f"--output_dir={out}", "--quiet",
         "--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    )  # fmt: skip
    assert code == 0
    report = json.loads((out / "run_report.json").read_text())
    ours = {part["slice"]: part["thresholds"][0] for part in report["models"][0]["slices"]}
    assert {
        name: (at["negative_to_positive_count"], at["positive_to_negative_count"])
        for name, at in ours.items()
    } == {name: numbers[1:] for name, numbers in counts_of(result.report).items()}
    first = result.report.models[0].slices[0].thresholds[0]
    assert ours["Overall"]["control_flip_rate"]["value"] == first.control_flip_rate.value
    pairing = result.report.pairing
    for name in ("pair_set_sha256", "control_set_sha256"):
        assert report["pairing"][name] == getattr(pairing, name)


def test_scores_in_the_data_count_alike(result, tmp_path):
    pairs = result.pairs.to_pandas()
    pairs = pairs[pairs["edit"] == "identity"].rename(
        columns={"score.model": "s", "counterfactual.score.model": "counterfactual.s"}
    )
    keep = ["applicant_id", *FEATURES, "approved", "counterfactual.gender", "s", "counterfactual.s"]
    pairs[keep].to_csv(tmp_path / "scored.csv", index=False)
    code = main(
        ["evaluate", f"--pairs={tmp_path / 'scored.csv'}", "--score=m=s", "--quiet",
         "--id_feature=applicant_id", "--label_feature=approved",
         f"--output_dir={tmp_path / 'run'}"]
    )  # fmt: skip
    assert code == 0
    report = json.loads((tmp_path / "run" / "run_report.json").read_text())
    [at] = report["models"][0]["slices"][0]["thresholds"]
    assert (at["negative_to_positive_count"], at["positive_to_negative_count"]) == recount()[
        "Overall"
    ][1:]


def test_no_text_leaves_no_cell_behind(tmp_path):
    folder = tmp_path / "run"
    fairflip.evaluate(
        TABLE.assign(occupation=TABLE["occupation"] + "-secret"),
        model=score, output_dir=folder, no_text=True, **SETTINGS,
    )  # fmt: skip
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"-secret" not in path.read_bytes(), path
    names = pq.read_table(next((folder / "scored_pairs").glob("*.parquet"))).column_names
    assert not {"income", "age", "gender", "counterfactual.gender"} & set(names)


@pytest.mark.parametrize(
    ("flags", "output"),
    [
        (["--attribute=gender=femal,male"], "'femal' is in no example"),
        (["--attribute=income"], "more than 20 values"),
        (["--attribute=sex"], "'sex'"),
    ],
)
def test_what_cannot_be_changed_is_exit_code_2(tmp_path, capsys, flags, output):
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    code = main(
        ["generate", f"--examples={tmp_path / 't.csv'}", "--id_feature=applicant_id",
         "--label_feature=approved", f"--output_dir={tmp_path / 'out'}", *flags]
    )  # fmt: skip
    assert code == 2
    assert output in capsys.readouterr().err
