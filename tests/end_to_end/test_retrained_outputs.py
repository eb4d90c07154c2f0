"""`fairflip run` of a model with five classes and of one with seven attributes: retrained whole.

Every count is that of a recount from the kept scored pairs, flips fall, the gate holds to a
limit, and the page shows both models.
"""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from support.outputs import keras_models
from support.outputs.data import write_examples
from support.outputs.models import ATTRIBUTES
from support.recount import counts, members, read_folder

pytestmark = pytest.mark.system

#: What tells a row of scored pairs.
KEYS = ("example_id", "counterfactual_index")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    return tmp_path_factory.mktemp("retrained")


@pytest.fixture(scope="module")
def texts(folder) -> list[str]:
    return pq.read_table(write_examples(folder))["comment_text"].to_pylist()


@pytest.fixture(scope="module")
def labelled(folder, texts) -> pathlib.Path:
    return keras_models.write_labelled(folder, texts)


def run(labelled: pathlib.Path, name: str, *flags: str, expected: int = 0) -> pathlib.Path:
    out = labelled.parent / name
    given = [
        "run",
        f"--examples={labelled}",
        f"--train_examples={labelled}",
        f"--output_dir={out}",
        "--slice=gender",
        "--generator=substitution",
        "--epochs=5",
        "--quiet",
    ]
    assert cli.main([*given, *flags]) == expected
    return out


def report_of(out: pathlib.Path) -> dict:
    return json.loads((out / "run_report.json").read_text())


@pytest.fixture(scope="module")
def classes(labelled, texts) -> tuple[list[str], pathlib.Path]:
    model = keras_models.five_classes(labelled.parent, texts)
    return [
        f"--model=mine={model}",
        "--decision=mine=argmax",
        "--label_feature=emotion",
    ], labelled


@pytest.fixture(scope="module")
def attributes(labelled, texts) -> tuple[list[str], pathlib.Path]:
    model = keras_models.seven_attributes(labelled.parent, texts)
    labels = [f"--label_feature={name}={name}" for name in ATTRIBUTES]
    return [f"--model=mine={model}", f"--output=mine={','.join(ATTRIBUTES)}", *labels], labelled


@pytest.fixture(scope="module")
def five(classes) -> pathlib.Path:
    flags, labelled = classes
    return run(labelled, "five", *flags, "--loss_weight=20")


@pytest.fixture(scope="module")
def seven(attributes) -> pathlib.Path:
    flags, labelled = attributes
    return run(labelled, "seven", *flags, "--loss_weight=20", "--output_weight=insult=2")


def tops(table: pa.Table, model: str) -> tuple[np.ndarray, np.ndarray]:
    """The class of each pair's original and counterfactual, from the class scores."""
    original, changed = (
        np.stack(table[f"{side}classes.{model}"].to_pylist()) for side in ("", "counterfactual.")
    )
    return original.argmax(axis=1), changed.argmax(axis=1)


def test_classes_are_those_of_a_recount_and_change_less_afterwards(five):
    report, table = report_of(five), read_folder(five / "scored_pairs")
    assert [(m["name"], m["decision"]) for m in report["models"]] == [
        ("mine", "argmax"),
        ("remediated", "argmax"),
    ]
    for model in report["models"]:
        assert model["classes"] == list("01234")
        before, after = tops(table, model["name"])
        for part in model["slices"]:
            rows = members(table, part["slice"])
            changed = rows & (before != after)
            at = part["thresholds"][0]
            assert (part["num_pairs"], at["flip_count"]) == (rows.sum(), changed.sum())
            actual = {(t["from_class"], t["to_class"]): t["count"] for t in part["transitions"]}
            pairs, numbers = np.unique(
                np.stack([before[changed], after[changed]]), axis=1, return_counts=True
            )
            assert actual == {
                (str(a), str(b)): n for (a, b), n in zip(pairs.T, numbers, strict=True)
            }
            right = [str(n) for n in before[rows]] == np.array(table["emotion"])[rows]
            assert part["accuracy"] == pytest.approx(right.mean())
    first, second = (m["slices"][0]["thresholds"][0]["flip_count"] for m in report["models"])
    assert first > 100
    assert second < first / 2
    assert report["models"][1]["slices"][0]["accuracy"] > 0.6


def test_attributes_are_those_of_a_recount_and_flip_less_afterwards(seven):
    report, table = report_of(seven), read_folder(seven / "scored_pairs")
    flips: dict[str, list[int]] = {}
    for model in report["models"]:
        for part in model["slices"]:
            expected = counts(table, model["name"], part["slice"], 0.5)
            assert expected.pop("num_pairs") == part["num_pairs"]
            at = part["thresholds"][0]
            assert {name: at[name] for name in expected} == expected
        flips.setdefault(model["output"], []).append(
            model["slices"][0]["thresholds"][0]["flip_count"]
        )
    assert list(flips) == list(ATTRIBUTES)
    assert all(after < before for before, after in flips.values()), flips
    before, after = np.sum(list(flips.values()), axis=0)
    assert after < before / 2
    record = json.loads((seven / "models" / "remediated" / "training_record.json").read_text())
    weights = dict(zip(record["outputs"]["names"], record["outputs"]["weights"], strict=True))
    assert weights == {**dict.fromkeys(ATTRIBUTES, 1.0), "insult": 2.0}


def test_a_saved_model_of_seven_outputs_answers_as_its_keras_file(attributes, seven):
    import keras

    flags, labelled = attributes
    exported = labelled.parent / "seven_exported"
    keras.models.load_model(labelled.parent / "seven.keras").export(exported, verbose=False)
    out = labelled.parent / "saved_model"
    given = ["evaluate", f"--examples={labelled}", f"--output_dir={out}", "--slice=gender",
             "--generator=substitution", "--quiet"]  # fmt: skip
    assert cli.main([*given, f"--model=mine={exported}", *flags[1:]]) == 0
    actual, expected = (read_folder(each / "scored_pairs") for each in (out, seven))
    for name in ATTRIBUTES:
        for column in (f"score.mine/{name}", f"counterfactual.score.mine/{name}"):
            scores = [
                dict(zip(zip(*(t[k].to_pylist() for k in KEYS), strict=True),
                         t[column].to_pylist(), strict=True))
                for t in (actual, expected)
            ]  # fmt: skip
            assert scores[0] == pytest.approx(scores[1], abs=1e-6)
    first = [m for m in report_of(seven)["models"] if m["model"] == "mine"]
    for ours, theirs in zip(report_of(out)["models"], first, strict=True):
        assert ours["name"] == theirs["name"]
        for part, other in zip(ours["slices"], theirs["slices"], strict=True):
            flips = (part["thresholds"][0]["flip_count"], other["thresholds"][0]["flip_count"])
            assert flips[0] == flips[1]


def test_each_is_held_against_its_own_label_where_that_is_known(seven):
    report = report_of(seven)
    table = pq.read_table(seven.parent / "labelled.parquet")
    scored = read_folder(seven / "scored_pairs")
    of_text = dict(zip(table["comment_text"].to_pylist(), range(table.num_rows), strict=True))
    rows = [of_text[text] for text in scored["comment_text"].to_pylist()]
    for model in report["models"]:
        labels = table[model["output"]].to_numpy(zero_copy_only=False)[rows]
        known = ~np.isnan(labels)
        decided = scored[f"score.{model['name']}"].to_numpy() > 0.5
        expected = (labels[known] > 0.5) == decided[known]
        assert model["slices"][0]["accuracy"] == pytest.approx(expected.mean())


@pytest.mark.parametrize("kind", ["five", "seven"])
def test_the_gate_holds_the_retrained_model_to_its_limit(kind, request, tmp_path):
    out = request.getfixturevalue(kind)
    candidates = [m for m in report_of(out)["models"] if m["model"] == "remediated"]
    highest = max(m["slices"][0]["thresholds"][0]["flip_rate"]["upper"] for m in candidates)
    limits = tmp_path / "limits.textproto"
    line = 'limits {{ metric: "flip_rate" models: "remediated" slices: "Overall" max: {} }}\n'
    limits.write_text(line.format(highest + 0.001))
    assert cli.main(["gate", f"--run={out}", f"--limits={limits}"]) == 0
    limits.write_text(line.format(0.001))
    assert cli.main(["gate", f"--run={out}", f"--limits={limits}"]) == 1


def examples_for(labelled: pathlib.Path, technique: str) -> pathlib.Path:
    """All of them, or a quarter where nothing is trained and every text is asked many times."""
    if technique != "averaging":
        return labelled
    few = labelled.with_name("few.parquet")
    pq.write_table(pq.read_table(labelled).slice(0, 100), few)
    return few


@pytest.mark.parametrize("technique", ["mindiff", "augmentation", "averaging"])
def test_other_techniques_leave_fewer_changes_of_class(classes, technique):
    flags, labelled = classes[0], examples_for(classes[1], technique)
    group = ["--min_diff_group=gender:female"] if technique == "mindiff" else []
    out = run(labelled, f"five_{technique}", *flags, f"--technique={technique}", *group)
    first, second = (
        m["slices"][0]["thresholds"][0]["flip_count"] for m in report_of(out)["models"]
    )
    before, after = tops(read_folder(out / "scored_pairs"), "remediated")
    assert second == (before != after).sum()
    assert second < first


@pytest.mark.parametrize("technique", ["mindiff", "augmentation", "averaging"])
def test_other_techniques_leave_fewer_flips_over_all_attributes(attributes, technique):
    flags, labelled = attributes[0], examples_for(attributes[1], technique)
    group = ["--min_diff_group=gender:female"] if technique == "mindiff" else []
    skipped = [f"--output_weight={name}=0" for name in without_negatives(labelled)] if group else []
    out = run(labelled, f"seven_{technique}", *flags, f"--technique={technique}", *group, *skipped)
    report, table = report_of(out), read_folder(out / "scored_pairs")
    flips = {"mine": 0, "remediated": 0}
    for model in report["models"]:
        count = model["slices"][0]["thresholds"][0]["flip_count"]
        assert count == counts(table, model["name"], "Overall", 0.5)["flip_count"]
        flips[model["model"]] += count
    if group:  # It makes two groups alike, which is not about single pairs.
        record = (out / "models/remediated/training_record.json").read_text()
        losses = json.loads(record)["history"]["min_diff_loss"]
        assert losses[-1] < losses[0] / 2
    else:
        assert flips["remediated"] < flips["mine"]


def without_negatives(labelled: pathlib.Path) -> list[str]:
    """The attributes for which no example of one gender is labelled negative."""
    table = pq.read_table(labelled).to_pandas()
    return [name for name in ATTRIBUTES if table[table[name] == 0]["gender"].nunique() < 2]


def test_one_output_of_several_is_retrained_alone(attributes):
    flags, labelled = attributes
    out = run(
        labelled, "insult", flags[0], "--output=mine=insult", "--label_feature=insult",
        "--loss_weight=20",
    )  # fmt: skip
    first, second = (
        m["slices"][0]["thresholds"][0]["flip_count"] for m in report_of(out)["models"]
    )
    assert second < first / 2


def test_what_cannot_be_retrained_is_refused_before_anything_is_scored(classes, attributes, capsys):
    for (flags, labelled), more, message in (
        (classes, ["--loss_weight=1", "--loss_weight=2"], "a sweep weighs flips"),
        (classes, ["--output_weight=1=2"], "classes are retrained together"),
        (attributes, ["--output_weight=rude=2"], "names 'rude'; the outputs"),
        (attributes, ["--technique=mindiff", "--min_diff_group=gender:x"], "gender:x has none"),
    ):
        run(labelled, "refused", *flags, *more, "--overwrite", expected=2)
        assert message in capsys.readouterr().err
