"""Models that decide by argmax, from the command line: every count against a NumPy recount."""

from __future__ import annotations

import collections
import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from fairflip.protos.forms.json_form import report_from_json
from support.outputs import models as output_models
from support.outputs.data import write_examples
from support.recount import members, read_folder

pytestmark = pytest.mark.system

CLASSES = output_models.CLASSES


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    return tmp_path_factory.mktemp("classes")


def evaluate(out: pathlib.Path, *flags: str, expected: int = 0) -> dict:
    assert cli.main(["evaluate", f"--output_dir={out}", "--quiet", *flags]) == expected
    return json.loads((out / "run_report.json").read_text()) if not expected else {}


@pytest.fixture(scope="module")
def run(folder) -> tuple[dict, pathlib.Path]:
    out = folder / "run"
    report = evaluate(
        out,
        f"--examples={write_examples(folder)}",
        "--model=first=py:support.outputs.models:five",
        "--model=second=py:support.outputs.models:five_calmer",
        "--decision=argmax",
        "--label_feature=cls",
        "--weight_feature=weight",
        "--slice=gender",
        "--repeats=2",
        "--generator=substitution",
        "--top_k=3",
    )
    return report, out


def top(table: pa.Table, name: str) -> tuple[np.ndarray, np.ndarray]:
    return tuple(
        np.array(table[f"{side}classes.{name}"].to_pylist()) for side in ("", "counterfactual.")
    )


def test_every_number_of_a_slice_is_that_of_a_recount(run):
    report, out = run
    table = read_folder(out / "scored_pairs")
    controls = read_folder(out / "scored_pairs", with_controls=True)
    # Swaps within one group stand beside the controls, and are none of them.
    is_control = np.array([kind == "other_word" for kind in controls["control_kind"].to_pylist()])
    controls = controls.filter(pa.array(is_control))
    weight = table["weight"].to_numpy()
    for model in report["models"]:
        name = model["name"]
        assert (model["model"], model["output"], model["decision"]) == (name, "", "argmax")
        assert model["classes"] == list(CLASSES)
        before, after = top(table, name)
        x, y = before.argmax(1), after.argmax(1)
        labels = np.array([CLASSES.index(label) for label in table["cls"].to_pylist()])
        sets = [
            [frozenset(np.argsort(-row, kind="stable")[:3]) for row in side]
            for side in (before, after)
        ]
        for part in model["slices"]:
            rows = members(table, part["slice"])
            w = weight[rows]

            def mean(values, rows=rows, w=w):
                return pytest.approx(np.average(np.asarray(values)[rows], weights=w), abs=1e-9)

            [at] = part["thresholds"]
            assert "threshold" not in at
            assert at["flip_count"] == (x != y)[rows].sum()
            assert at["flip_rate"]["value"] == mean(x != y)
            counted = collections.Counter(
                (CLASSES[a], CLASSES[b]) for a, b in zip(x[rows], y[rows], strict=True) if a != b
            )
            assert counted == {
                (one["from_class"], one["to_class"]): one["count"] for one in part["transitions"]
            }
            assert [one["original_count"] for one in part["class_counts"]] == [
                int((x[rows] == number).sum()) for number in range(len(CLASSES))
            ]
            assert part["ctf_gap"]["value"] == mean(0.5 * np.abs(before - after).sum(1))
            assert part["top_k"] == 3
            assert part["top_k_flip_rate"]["value"] == mean(
                [a != b for a, b in zip(*sets, strict=True)]
            )
            assert part["accuracy"] == mean(x == labels)
            assert "matched" not in part
            assert at["repeat_flip_rate"]["value"] == 0.0, "it answers alike each time"
            for rate in (part["ctf_gap"], at["flip_rate"], part["top_k_flip_rate"]):
                assert rate["lower"] <= rate["value"] <= rate["upper"]
        by_pair = collections.defaultdict(list)
        for original, index, flips in zip(
            controls["example_id"].to_pylist(),
            controls["control_of"].to_pylist(),
            np.not_equal(*(side.argmax(1) for side in top(controls, name))),
            strict=True,
        ):
            by_pair[original, index].append(flips)
        keys = list(
            zip(
                table["example_id"].to_pylist(),
                table["counterfactual_index"].to_pylist(),
                strict=True,
            )
        )
        has = np.array([key in by_pair for key in keys])
        rates = np.array([np.mean(by_pair[key]) if key in by_pair else 0.0 for key in keys])
        at = model["slices"][0]["thresholds"][0]
        assert at["control_flip_rate"]["value"] == pytest.approx(
            np.average(rates[has], weights=weight[has])
        )
        assert at["excess_flip_rate"]["value"] == pytest.approx(
            np.average(((x != y) - rates)[has], weights=weight[has])
        )


def test_models_are_compared_by_their_changes_of_class(run):
    report, out = run
    table = read_folder(out / "scored_pairs")
    weight = table["weight"].to_numpy()
    [comparison] = report["comparisons"]
    assert (comparison["baseline"], comparison["candidate"]) == ("first", "second")
    part = comparison["slices"][0]
    [at] = part["thresholds"]
    flips = [np.not_equal(*(s.argmax(1) for s in top(table, n))) for n in ("first", "second")]
    difference = np.average(flips[1], weights=weight) - np.average(flips[0], weights=weight)
    assert at["flip_rate_difference"]["value"] == pytest.approx(difference)
    assert "threshold" not in at
    assert "matched" not in part
    assert "excess_flip_rate_difference" in at
    gaps = [
        np.average(0.5 * np.abs(np.subtract(*top(table, n))).sum(1), weights=weight)
        for n in ("first", "second")
    ]
    assert part["ctf_gap_difference"]["value"] == pytest.approx(gaps[1] - gaps[0])
    assert "value" in part["top_k_flip_rate_difference"]


def test_accuracy_is_over_all_originals_and_terms_are_of_classes(run):
    report, out = run
    table = read_folder(out / "scored_pairs")
    unmatched = read_folder(out / "details" / "scored_examples")
    for model in report["models"]:
        right = {}
        for part in (table, unmatched):
            for example, label, scores, weight in zip(
                *(
                    part[n].to_pylist()
                    for n in ("example_id", "cls", f"classes.{model['name']}", "weight")
                ),
                strict=True,
            ):
                right[example] = (CLASSES[int(np.argmax(scores))] == label, weight)
        values, weights = np.array(list(right.values())).T
        overall = model["examples"][0]
        assert overall["num_examples"] == len(right) == 400
        assert overall["accuracy"] == pytest.approx(np.average(values, weights=weights))
        term = max(report["term_coverage"], key=lambda one: one["num_pairs"])
        rows = np.array([term["term"] in terms for terms in table["term"].to_pylist()])
        before, after = (side[rows] for side in top(table, model["name"]))
        w = table["weight"].to_numpy()[rows]
        flips, moves = before.argmax(1) != after.argmax(1), 0.5 * np.abs(before - after).sum(1)
        assert term["flip_rate"][model["name"]]["value"] == pytest.approx(
            np.average(flips, weights=w)
        )
        assert term["ctf_gap"][model["name"]]["value"] == pytest.approx(
            np.average(moves, weights=w)
        )


def test_kept_scores_are_read_back_as_lists_and_as_columns(run, tmp_path):
    report, out = run
    flags = (
        "--decision=argmax",
        "--weight_feature=weight",
        "--slice=gender",
        "--label_feature=cls",
    )
    again = evaluate(
        tmp_path / "lists",
        f"--pairs={out}/scored_pairs/*.parquet",
        "--score=first=classes.first",
        f"--output=first={','.join(CLASSES)}",
        *flags,
        "--top_k=3",
    )
    expected = report["models"][0]["slices"]
    for before, after in zip(expected, again["models"][0]["slices"], strict=True):
        del before["thresholds"][0]["repeat_flip_rate"]
        assert before == after
    table = read_folder(out / "scored_pairs", with_controls=True)
    for side in ("", "counterfactual."):
        scores = np.array(table[f"{side}classes.first"].to_pylist())
        for number, name in enumerate(CLASSES):
            table = table.append_column(f"{side}p_{name}", pa.array(scores[:, number]))
    pq.write_table(table, tmp_path / "columns.parquet")
    columns = evaluate(
        tmp_path / "columns",
        f"--pairs={tmp_path / 'columns.parquet'}",
        f"--score=first={','.join(f'p_{name}' for name in CLASSES)}",
        f"--output=first={','.join(CLASSES)}",
        *flags,
        "--top_k=3",
    )
    assert columns["models"][0]["slices"] == again["models"][0]["slices"]


def test_lists_of_another_length_are_left_out_with_what_is_expected(run, tmp_path):
    table = read_folder(run[1] / "scored_pairs")
    values = table["classes.first"].to_pylist()
    values[7] = values[7][:-1]
    position = table.schema.names.index("classes.first")
    table = table.set_column(position, "classes.first", pa.array(values, pa.list_(pa.float64())))
    pq.write_table(table, tmp_path / "p.parquet")
    report = evaluate(
        tmp_path / "out",
        f"--pairs={tmp_path / 'p.parquet'}",
        "--score=first=classes.first",
        f"--output=first={','.join(CLASSES)}",
        "--decision=argmax",
    )
    assert [(one["reason"], one["count"]) for one in report["rejects"]] == [("wrong_length", 1)]
    [line] = (tmp_path / "out" / "rejects").glob("read*.jsonl")
    reject = json.loads(line.read_text().splitlines()[0])
    assert reject["source"].endswith("p.parquet")
    assert "holds 4 numbers, expected are 5" in reject["detail"]


def test_other_classes_of_two_models_are_refused_with_both(folder, tmp_path, capsys):
    flags = [
        f"--examples={write_examples(folder)}",
        "--model=a=py:support.outputs.models:five",
        "--model=b=py:support.outputs.models:four",
        "--decision=argmax",
    ]
    evaluate(tmp_path, *flags, expected=2)
    output = capsys.readouterr().err
    assert "the classes are fear, joy, none, sadness" in output
    assert "anger, fear, joy, none, sadness" in output


def test_labels_that_are_no_classes_are_refused(folder, tmp_path, capsys):
    flags = [f"--examples={write_examples(folder)}", "--model=a=py:support.outputs.models:five"]
    evaluate(tmp_path, *flags, "--decision=argmax", "--label_feature=gender", expected=2)
    assert "'gender' holds 'female', 'male' in the first records" in capsys.readouterr().err
    evaluate(
        tmp_path,
        *flags[:1],
        "--model=a=py:support.outputs.models:one",
        "--decision=argmax",
        expected=2,
    )
    assert "gives one number for each record; expected are several" in capsys.readouterr().err


def test_the_gate_limits_changes_of_class(run, tmp_path, capsys):
    report, out = run
    rate = report["models"][1]["slices"][0]["thresholds"][0]["flip_rate"]["upper"]
    limits = tmp_path / "limits.textproto"
    limit = 'limits {{ metric: "{}" slices: "Overall" thresholds: 0.5 max: {} }}\n'
    limits.write_text(
        limit.format("flip_rate", rate + 0.01)
        + limit.format("top_k_flip_rate", 1.0).replace(" thresholds: 0.5", "")
    )
    assert cli.main(["gate", f"--run={out}", f"--limits={limits}"]) == 0
    limits.write_text(limit.format("flip_rate", 0.001))
    assert cli.main(["gate", f"--run={out}", f"--limits={limits}"]) == 1
    assert "second" in capsys.readouterr().out


def test_the_page_shows_the_changes_with_pairs_behind_them(run):
    report, out = run
    page = (out / "report.html").read_text()
    assert page.count('class="transitions"') == 2
    part = report["models"][0]["slices"][0]
    largest = max(part["transitions"], key=lambda one: one["count"])
    there = f"#pairs?model=first&amp;classes={largest['from_class']}"
    assert there in page.replace("+", " ").replace("%20", " ")
    assert f">{largest['count']}</a>" in page
    assert "neg→pos" not in cli_table(out)
    assert "Changes of class" in cli_table(out)
    card = (out / "details" / "model_card.md").read_text()
    assert "accuracy" in card
    assert "AUC" not in card.split("### Results")[1].split("###")[0]


def cli_table(out: pathlib.Path) -> str:
    from fairflip.view.terminal.summary_table import format_table

    return format_table(report_from_json((out / "run_report.json").read_text()))
