"""Two runs of models that decide by argmax compare as one run of both would."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from support.outputs.data import write_examples
from support.outputs.models import CLASSES
from support.recount import read_folder

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("classes")
    examples = write_examples(folder)

    def evaluate(name: str, *flags: str) -> None:
        given = [
            "evaluate",
            f"--examples={examples}",
            "--slice=gender",
            "--weight_feature=weight",
            "--generator=substitution",
            f"--label_feature={'toxicity' if name == 'score' else 'cls'}",
            f"--output_dir={folder / name}",
            "--quiet",
        ]
        assert cli.main([*given, *flags]) == 0

    five = "py:support.outputs.models:five"
    evaluate("old", f"--model=m={five}", "--decision=m=argmax")
    evaluate("new", f"--model=m={five}_calmer", "--decision=m=argmax")
    evaluate("score", f"--model=m={five}", "--output=m=joy")
    evaluate("four", "--model=m=py:support.outputs.models:four", "--decision=m=argmax")
    evaluate(
        "both",
        f"--model=old={five}",
        f"--model=new={five}_calmer",
        "--decision=old=argmax",
        "--decision=new=argmax",
    )
    return folder


@pytest.fixture(scope="module")
def comparison(folder) -> dict:
    out = folder / "compared"
    runs = [str(folder / "old"), str(folder / "new")]
    assert cli.main(["compare", *runs, f"--output_dir={out}"]) == 0
    [actual] = json.loads((out / "compare_report.json").read_text())["comparisons"]
    return actual


def test_every_difference_is_that_of_one_run_of_both(folder, comparison):
    both = json.loads((folder / "both" / "run_report.json").read_text())
    actual = comparison["report"]["comparisons"][0]["slices"]
    expected = both["comparisons"][0]["slices"]
    assert actual == expected
    assert "top_k_flip_rate_difference" in actual[0]
    for name in ("transitions", "class_counts", "ctf_gap"):
        for one, other in zip(comparison["report"]["models"], both["models"], strict=True):
            parts = zip(one["slices"], other["slices"], strict=True)
            assert all(a[name] == b[name] for a, b in parts)


def tops(folder: pathlib.Path) -> dict[tuple, tuple[str, str]]:
    table = read_folder(folder / "scored_pairs")
    keys = zip(
        table["example_id"].to_pylist(), table["counterfactual_index"].to_pylist(), strict=True
    )
    sides = [
        np.array(CLASSES)[np.stack(table[name].to_pylist()).argmax(axis=1)]
        for name in ("classes.m", "counterfactual.classes.m")
    ]
    return dict(zip(keys, zip(*sides, strict=True), strict=True))


def test_changed_pairs_name_the_classes_of_both_sides(folder, comparison):
    old, new = tops(folder / "old"), tops(folder / "new")
    changed = pq.read_table(folder / "compared" / "changed_pairs.parquet").to_pylist()
    kinds = {(True, False): "fixed", (False, True): "newly_broken", (True, True): "still_broken"}
    expected = {
        key: kinds[old[key][0] != old[key][1], new[key][0] != new[key][1]]
        for key in old
        if old[key][0] != old[key][1] or new[key][0] != new[key][1]
    }
    keys = [(one["example_id"], one["counterfactual_index"]) for one in changed]
    assert {key: one["change"] for key, one in zip(keys, changed, strict=True)} == expected
    assert len(keys) == len(expected)
    for key, one in zip(keys, changed, strict=True):
        sides = [one[f"{side}_class"] for side in ("original", "counterfactual")]
        before = [one[f"reference_{side}_class"] for side in ("original", "counterfactual")]
        assert (tuple(before), tuple(sides)) == (old[key], new[key])
    overall = comparison["slices"][0]
    for kind in ("fixed", "newly_broken", "still_broken"):
        assert overall[f"num_{kind}"] == list(expected.values()).count(kind)
    assert comparison["changed_pairs"][0]["score"] == "NaN"


def test_the_page_speaks_of_classes(folder, comparison):
    for name in ("compare.html", "compare.md"):
        text = (folder / "compared" / name).read_text()
        assert "Changes of class" in text
        assert "Total variation" in text
        assert "AUC" not in text


def test_other_classes_are_refused_with_both_lists(folder, tmp_path, capsys):
    expected = f"expected are those of 'm' in '{folder / 'old'}', {', '.join(CLASSES)}"
    for other, model, actual in (
        ("four", "m", ", ".join(CLASSES[1:])),
        ("score", "m", "none: it decides at a threshold"),
    ):
        runs = [str(folder / "old"), str(folder / other)]
        flags = [f"--model={model}=m", f"--output_dir={tmp_path}"]
        assert cli.main(["compare", *runs, *flags]) == 2
        output = " ".join(capsys.readouterr().err.split())
        assert f"the classes of '{model}'" in output
        assert actual in output
        assert expected in output
    runs = [str(folder / "old"), str(folder / "new")]
    assert cli.main(["compare", *runs, "--threshold=0.4", f"--output_dir={tmp_path}"]) == 2
    assert "--threshold: 'm' decides by argmax" in capsys.readouterr().err
