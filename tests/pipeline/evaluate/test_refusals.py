"""An evaluation of which nothing is left ends with 2, and says where and why it was lost."""

from __future__ import annotations

import pandas as pd
import pytest

from fairflip.pipeline import cli

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

GOOD = {
    "example_id": ["a1", "b2", "c3"],
    "comment_text": ["she sat", "he ran", "she sang"],
    "toxicity": [0, 1, 0],
    "s": [0.2, 0.7, 0.4],
}


def pairs_of(**changes) -> pd.DataFrame:
    rows = {
        **GOOD,
        "counterfactual.comment_text": ["he sat", "she ran", "he sang"],
        "counterfactual.s": [0.6, 0.7, 0.1],
    }
    return pd.DataFrame({**rows, **changes})


def evaluate(folder, capsys, *arguments: str) -> tuple[int, str]:
    """Exit code, and what was said, on one line of standard error."""
    command = ["evaluate", "--score", "m=s", "--quiet", f"--output_dir={folder / 'out'}"]
    code = cli.main([*command, *arguments])
    return code, capsys.readouterr().err.strip()


def given(frame: pd.DataFrame, path) -> str:
    frame.to_csv(path, index=False)
    return str(path)


@pytest.mark.parametrize(
    ("changes", "arguments", "words"),
    [
        (
            {"s": [None] * 3},
            [],
            ["no pair is left: all 3 pairs", "score_missing", "give one for each record"],
        ),
        ({"s": [4.5, -3.0, 2.0]}, [], ["no pair is left", "models[m]: 3 of 6", "look like logits"]),
        (
            {"counterfactual.comment_text": GOOD["comment_text"]},
            [],
            ["no pair is left: all 3 counterfactuals", "identical"],
        ),
        ({}, ["--filter", "toxicity=7"], ["data.filters: none of 3", "'toxicity' = '7'"]),
        ({"wt": ["x", "-1", ""]}, ["--weight_feature=wt"], ["data.pairs: all 3", "bad_weight"]),
    ],
)
def test_an_input_of_which_nothing_is_left(tmp_path, capsys, changes, arguments, words):
    pairs = given(pairs_of(**changes), tmp_path / "in.csv")
    code, output = evaluate(tmp_path, capsys, "--pairs", pairs, "--max_rejects=1000", *arguments)
    assert code == 2, output
    for word in words:
        assert word in output
    assert not (tmp_path / "out" / "details" / "manifest.json").exists()


def test_a_header_alone(tmp_path, capsys):
    pairs = given(pairs_of().iloc[:0], tmp_path / "in.csv")
    code, output = evaluate(tmp_path, capsys, "--pairs", pairs)
    assert code == 2
    assert "in.csv' holds no records" in output


def test_a_slice_is_not_blamed_where_no_record_can_be_read(tmp_path, capsys):
    path = tmp_path / "in.csv"
    given(pairs_of(gender="female"), path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *(line + "," for line in lines[1:])]))
    code, output = evaluate(tmp_path, capsys, "--pairs", str(path), "--slice", "gender")
    assert code == 2
    assert "data.pairs: all 3 records were left out, each as " in output
    assert "in any group" not in output


@pytest.mark.parametrize("side", ["examples", "counterfactuals"])
def test_one_side_of_which_nothing_is_left(tmp_path, capsys, side):
    frames = {"examples": pd.DataFrame(GOOD), "counterfactuals": pd.DataFrame(GOOD)}
    frames["counterfactuals"]["comment_text"] = ["he sat", "she ran", "he sang"]
    frames[side]["comment_text"] = " "
    files = [f"--{name}={given(frame, tmp_path / f'{name}.csv')}" for name, frame in frames.items()]
    code, output = evaluate(tmp_path, capsys, *files)
    assert code == 2
    assert f"data.{side}: all 3 records were left out, each as empty_text" in output


@pytest.mark.parametrize(("ids", "code"), [(["A1", "B2", "C3"], 2), (["a1", " b2", "c3"], 0)])
def test_ids_that_never_match_end_the_run_and_one_that_does_is_a_pair(tmp_path, capsys, ids, code):
    frames = {"examples": pd.DataFrame(GOOD), "counterfactuals": pd.DataFrame(GOOD)}
    frames["counterfactuals"]["comment_text"] = ["he sat", "she ran", "he sang"]
    frames["counterfactuals"]["example_id"] = ids
    files = [f"--{name}={given(frame, tmp_path / f'{name}.csv')}" for name, frame in frames.items()]
    actual, output = evaluate(tmp_path, capsys, *files)
    assert actual == code
    assert ("differ from one only in case: 'a1'" in output) == (code == 2)


def test_texts_without_a_term(tmp_path, capsys):
    frame = pd.DataFrame({**GOOD, "comment_text": ["rain", "snow", "hail"]})
    code, output = evaluate(tmp_path, capsys, "--examples", given(frame, tmp_path / "e.csv"))
    assert code == 2
    assert "none of 3 originals has a counterfactual" in output
    assert "generator.terms" in output
    out = tmp_path / "made"
    assert cli.main(["generate", f"--examples={tmp_path / 'e.csv'}", f"--output_dir={out}"]) == 2
