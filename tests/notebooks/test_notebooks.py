"""The six notebooks run top to bottom, and what they print agrees with a direct computation."""

from __future__ import annotations

import re

import nbformat
import notebook_cells
import numpy as np
import pandas as pd
import pytest

NAMES = [path.stem for path in notebook_cells.notebook_paths()]


@pytest.fixture(scope="module", params=NAMES)
def finished(request):
    """A notebook's name, the names it left behind, and what it printed."""
    path = notebook_cells.NOTEBOOKS / f"{request.param}.ipynb"
    names, printed = notebook_cells.run_cells(path)
    return request.param, names, printed


def check_logit_pairing(names: dict, printed: str) -> None:
    three = names["three"].set_index("number")["value"]
    scored = names["scored"]
    positive = {column: scored[column].to_numpy() > 0.5 for column in scored if "score." in column}
    assert three["the tutorial's first"] == np.mean(
        positive["score.baseline"] != (scored["toxicity"].to_numpy() > 0.5)
    )
    assert three["the tutorial's second"] == np.mean(
        positive["score.baseline"] != positive["score.clp"]
    )
    assert three["flip rate, baseline"] == np.mean(
        positive["score.baseline"] != positive["counterfactual.score.baseline"]
    )
    assert three["flip rate, CLP"] < three["flip rate, baseline"]
    assert names["found"]["intervene"].any()
    assert "flip rate" in printed


def check_custom_dataset(names: dict, printed: str) -> None:
    assert len(names["letters_only"]) > 100
    assert names["num_training_pairs"] > 20
    assert names["swapped"][0][0].text == (
        "She told the father that he left her mother at the shelter."
    )
    assert names["audit"]["num_originals"] == len(names["test"])
    assert names["audit"]["num_pairs"] == names["num_texts_with_pair"]
    assert names["quality"]["validity"].between(0, 1).all()


def check_min_diff(names: dict, printed: str) -> None:
    table = names["comparison"].loc["gap between religions"]
    assert table["MinDiff, same overall rate"] < table["baseline"]
    flagged = int((names["after_scores"] > names["matched_threshold"]).sum())
    assert abs(flagged - names["flagged_by_baseline"]) <= 1
    test = names["test"]
    baseline = names["scores"](names["baseline"], test) > 0.5
    inside = names["names"](test, "muslim") & (test["toxicity"].to_numpy() == 0)
    assert table.index[0] == "baseline"
    assert names["comparison"].loc["religion:muslim", "baseline"] == baseline[inside].mean()


def check_overview(names: dict, printed: str) -> None:
    prices = names["price"](names["sweep"].report.sweep)
    assert {"plain", "augmentation"} <= set(prices["setting"].str.split().str[0])
    assert prices["setting"].str.startswith("clp").sum() == 3
    assert prices["held-out terms"].notna().all()
    teams = names["teams"]
    assert teams.loc["after CLP", "flip rate"] < teams.loc["baseline", "flip rate"]
    assert teams.loc["after CLP", "accuracy"] < teams.loc["baseline", "accuracy"]
    gaps = teams[["TPR gap", "FPR gap"]].max(axis=1)
    assert gaps["after CLP"] > gaps["baseline"] + 0.1
    marked = names["marked"].report.models[0].slices[0]
    unmarked = names["unmarked"].report.models[0].slices[0]
    assert marked.num_legitimate_pairs == names["club_test"]["flip_is_legitimate"].sum()
    assert marked.num_pairs + marked.num_legitimate_pairs == unmarked.num_pairs
    assert marked.thresholds[0].flip_count < unmarked.thresholds[0].flip_count


def check_own_model(names: dict, printed: str) -> None:
    pairs = names["pairs"]
    assert names["by_hand"] == np.mean(
        (pairs["risk"] > 0.5) != (pairs["counterfactual.risk"] > 0.5)
    )
    assert names["gate_code"] == 1
    assert (names["work"] / "out" / "gate.md").is_file()
    blind = names["compared"].to_dataframe().query("model == 'blind' and slice == 'Overall'")
    assert blind["flip_count"].tolist() == [0]


def check_scaling(names: dict, printed: str) -> None:
    assert names["one"].pairing.pair_set_sha256 == names["many"].pairing.pair_set_sha256
    assert names["many"].pairing.num_pairs > 100
    assert "--runner=DataflowRunner" in printed
    assert "evaluate would: read" in printed


CHECKS = {
    "01_counterfactual_logit_pairing_keras": check_logit_pairing,
    "02_custom_counterfactual_dataset": check_custom_dataset,
    "03_min_diff_case_study": check_min_diff,
    "04_clp_overview_and_limits": check_overview,
    "05_your_own_model": check_own_model,
    "06_scaling_out": check_scaling,
}


@pytest.mark.slow
def test_a_notebook_runs_and_its_numbers_are_right(finished):
    name, names, printed = finished
    CHECKS[name](names, printed)


def test_there_are_six_and_each_is_checked():
    assert list(CHECKS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_committed_without_outputs(name):
    notebook = nbformat.read(notebook_cells.NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", NAMES)
def test_each_opens_with_what_changed_and_has_one_switch(name):
    notebook = nbformat.read(notebook_cells.NOTEBOOKS / f"{name}.ipynb", as_version=4)
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert re.search(r"\*\*What (changed from the published|is new here)", first.source)
    switches = [c.source for c in notebook.cells if re.match(r"FULL_DATA = ", c.source)]
    assert switches == ["FULL_DATA = False"]


def test_the_switch_reads_the_files_of_civil_comments(tmp_path, monkeypatch):
    """The full files' form, with made-up content: text and shares, and groups as lists in cells."""
    monkeypatch.syspath_prepend(str(notebook_cells.NOTEBOOKS))
    import tutorial_data

    rows = {
        "comment_text": ["The woman, and a friend.", "Rain again.", "The christian choir sang."],
        "toxicity": [0.7, 0.1, 0.0],
        "gender": ["['female', 'male']", "[]", "[]"],
        "sexual_orientation": ["[]"] * 3,
        "religion": ["[]", "[]", "['christian']"],
        "race": ["[]"] * 3,
    }
    for split in ("train", "validate"):
        pd.DataFrame(rows).to_csv(tmp_path / f"{split}_df_processed.csv", index=False)
    train, test = tutorial_data.load(True, folder=tmp_path)
    made, _ = tutorial_data.load(num_comments=50)
    assert list(train.columns) == list(test.columns) == list(made.columns)
    assert train["toxicity"].tolist() == [1.0, 0.0, 0.0]
    assert train["gender"].tolist() == [["female", "male"], [], []]
    assert train["example_id"].is_unique
