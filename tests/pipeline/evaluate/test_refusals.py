"""An evaluation of which nothing is left ends with 2, and says where and why it was lost."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest

from fairflip.pipeline import cli

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
        ({"comment_text": [" ", "", "\t"]}, [], ["data.pairs: all 3 records", "empty_text"]),
        (
            {"s": [None] * 3},
            [],
            ["no pair is left: all 3 pairs", "score_missing", "give one for each record"],
        ),
        ({"s": ["word"] * 3}, [], ["no pair is left: all 3 pairs", "score_missing"]),
        ({"s": [4.5, -3.0, 2.0]}, [], ["no pair is left", "models[m]: 3 of 6", "look like logits"]),
        (
            {"counterfactual.comment_text": GOOD["comment_text"]},
            [],
            ["no pair is left: all 3 counterfactuals", "identical"],
        ),
        ({}, ["--filter", "toxicity=7"], ["data.filters: none of the 3", "'toxicity' = '7'"]),
        ({"wt": ["x", "-1", ""]}, ["--weight_feature=wt"], ["data.pairs: all 3", "bad_weight"]),
    ],
)
def test_an_input_of_which_nothing_is_left(tmp_path, capsys, changes, arguments, words):
    pairs = given(pairs_of(**changes), tmp_path / "in.csv")
    code, said = evaluate(tmp_path, capsys, "--pairs", pairs, "--max_rejects=1000", *arguments)
    assert code == 2, said
    for word in words:
        assert word in said
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_header_alone(tmp_path, capsys):
    pairs = given(pairs_of().iloc[:0], tmp_path / "in.csv")
    code, said = evaluate(tmp_path, capsys, "--pairs", pairs)
    assert code == 2
    assert "in.csv' holds no records" in said


@pytest.mark.parametrize("damage", ["lines", "texts"])
def test_a_slice_is_not_blamed_where_no_record_can_be_read(tmp_path, capsys, damage):
    path = tmp_path / "in.csv"
    if damage == "lines":
        given(pairs_of(gender="female"), path)
        lines = path.read_text().splitlines()
        path.write_text("\n".join([lines[0], *(line + "," for line in lines[1:])]))
    else:
        given(pairs_of(gender="female", comment_text=" "), path)
    code, said = evaluate(tmp_path, capsys, "--pairs", str(path), "--slice", "gender")
    assert code == 2
    assert "data.pairs: all 3 records were left out, each as " in said
    assert "in any group" not in said


@pytest.mark.parametrize("side", ["examples", "counterfactuals"])
def test_one_side_of_which_nothing_is_left(tmp_path, capsys, side):
    frames = {"examples": pd.DataFrame(GOOD), "counterfactuals": pd.DataFrame(GOOD)}
    frames["counterfactuals"]["comment_text"] = ["he sat", "she ran", "he sang"]
    frames[side]["comment_text"] = " "
    files = [f"--{name}={given(frame, tmp_path / f'{name}.csv')}" for name, frame in frames.items()]
    code, said = evaluate(tmp_path, capsys, *files)
    assert code == 2
    assert f"data.{side}: all 3 records were left out, each as empty_text" in said


@pytest.mark.parametrize(
    ("ids", "difference"),
    [
        (["A1", "B2", "C3"], "only in case"),
        (["a1 ", " b2", "c3"], ""),
        ([" a1", "b2 ", "c 3"], "only in space"),
        (["1.0", "2.0", "3.00"], "only in how numbers are written"),
        (["01", "+2", "3e0"], "only in how numbers are written"),
        (["ﬁ", "e\u0301", "A\u030a"], "only in their Unicode form"),
        (["x", "y", "z"], "such as 'a1' and 'b2', those of data.counterfactuals such as 'x'"),
    ],
)
def test_ids_that_never_match(tmp_path, capsys, ids, difference):
    originals = dict(GOOD)
    if "number" in difference:
        originals["example_id"] = ["1", "2", "3"]
    elif "Unicode" in difference:
        originals["example_id"] = [unicodedata.normalize("NFKC", value) for value in ids]
    others = {**GOOD, "example_id": ids, "comment_text": ["he sat", "she ran", "he sang"]}
    examples = given(pd.DataFrame(originals).astype(str), tmp_path / "e.csv")
    counterfactuals = given(pd.DataFrame(others).astype(str), tmp_path / "c.csv")
    files = [f"--examples={examples}", f"--counterfactuals={counterfactuals}"]
    code, said = evaluate(tmp_path, capsys, *files)
    if not difference:  # one ID meets its original: then there is a pair
        assert code == 0, said
        return
    assert code == 2
    assert "no counterfactual has the ID of an original" in said
    assert difference in said


def test_texts_without_a_term(tmp_path, capsys):
    frame = pd.DataFrame({**GOOD, "comment_text": ["rain", "snow", "hail"]})
    code, said = evaluate(tmp_path, capsys, "--examples", given(frame, tmp_path / "e.csv"))
    assert code == 2
    assert "none of the 3 originals has a counterfactual" in said
    assert "generator.terms" in said
    out = tmp_path / "made"
    assert cli.main(["generate", f"--examples={tmp_path / 'e.csv'}", f"--output_dir={out}"]) == 2
