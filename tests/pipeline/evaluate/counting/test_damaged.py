"""Pairs with damaged grammar: their share, and the same rates without them, by a recount."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.evaluate.counting.damaged import UNDAMAGED, undamaged_pairs
from fairflip.view.words.left_out_pairs import damaged_grammar

# Whole evaluations.
pytestmark = pytest.mark.system

WHOLE, DAMAGED = "We met a gay artist", "He is an uncle and a nurse"


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, module_functions):
    folder = tmp_path_factory.mktemp("damaged")
    texts = [f"{(WHOLE, DAMAGED, 'Rain today')[n % 3]} {n}." for n in range(150)]
    table = pa.table({"example_id": [f"c{n}" for n in range(150)], "comment_text": texts})
    pq.write_table(table, folder / "all.parquet")
    arguments = [f"--examples={folder / 'all.parquet'}", f"--model=m=py:{module_functions}:score"]
    out = {}
    for method in ("ablation", "substitution"):
        out[method] = folder / method
        command = ["evaluate", *arguments, f"--generator={method}", f"--output_dir={out[method]}"]
        assert cli.main([*command, "--quiet"]) == 0
    return out


@pytest.fixture(scope="module")
def module_functions(tmp_path_factory):
    """A module with a model that counts letters, on the path."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "letter_counts.py").write_text(
        "def score(texts):\n    return [(len(text) * 7 % 10) / 10 for text in texts]\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield "letter_counts"


def test_rates_without_damaged_pairs_by_a_recount(evaluated):
    report = json.loads((evaluated["ablation"] / "run_report.json").read_text())
    pairs = pq.read_table(evaluated["ablation"] / "scored_pairs")
    is_pair = np.array(pairs["edit"]) == "identity"
    is_whole = pairs["validity"].fill_null(0).to_numpy() >= 1
    assert report["pairing"]["num_damaged_pairs"] == (is_pair & ~is_whole).sum() == 50
    scores = [pairs[name].to_numpy() > 0.5 for name in ("score.m", "counterfactual.score.m")]
    flips = (scores[0] != scores[1])[is_pair & is_whole]
    part = report["models"][0]["undamaged"]
    assert part["slice"] == UNDAMAGED
    assert part["num_pairs"] == len(flips) == 50
    assert part["thresholds"][0]["flip_count"] == flips.sum()
    assert part["thresholds"][0]["flip_rate"]["value"] == pytest.approx(flips.mean())
    # Their controls count with them, and those of damaged pairs do not.
    ids = set(pairs.filter(pa.array(is_pair & is_whole))["example_id"].to_pylist())
    is_control = (np.array(pairs["edit"]) == "control") & np.isin(pairs["example_id"], list(ids))
    assert part["num_control_pairs"] == is_control.sum() > 0


def test_the_share_is_said_where_the_rates_are_shown(evaluated):
    from fairflip.pipeline.run.report_files import read_report

    [line] = damaged_grammar(read_report(str(evaluated["ablation"])))
    assert "left 50.0% of pairs (50 of 100) with damaged grammar" in line
    assert "Flip rate without them: m " in line
    for page in ("report.html", "details/report.md"):
        assert "with damaged grammar" in (evaluated["ablation"] / page).read_text()


def test_swaps_are_not_looked_at(evaluated):
    report = json.loads((evaluated["substitution"] / "run_report.json").read_text())
    assert report["pairing"].get("num_damaged_pairs", 0) == 0
    assert "undamaged" not in report["models"][0]


def test_pairs_of_unknown_validity_stay():
    batch = pa.record_batch({"validity": [None, 0.8, 1.0], "edit": ["identity"] * 3})
    assert undamaged_pairs(batch)["validity"].to_pylist() == [None, 1.0]
    assert undamaged_pairs(batch.drop_columns(["validity"])).num_rows == 3
