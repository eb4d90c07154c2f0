"""Pairs of public sets' files: every two targets of one template, and what a set must hold."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.benchmark.sets import SETS
from fairflip.pipeline.benchmark.tables import pairs_of
from fairflip.protos.errors import InputError

CASES = {
    "case_id": [1, 2, 3, 4, 5, 6],
    "test_case": ["I like As.", "I like Bs.", "I like Cs.", "No As.", "No Bs.", "A case alone."],
    "label_gold": ["non-hateful"] * 3 + ["hateful"] * 3,
    "target_ident": ["As", "Bs", "Cs", "As", "Bs", None],
    "templ_id": [1, 1, 1, 2, 2, 3],
}


def test_every_two_targets_of_a_template_are_a_pair(tmp_path):
    path = tmp_path / "test_suite_cases.csv"
    pyarrow.csv.write_csv(pa.table(CASES), path)
    rows = pairs_of(SETS["hatecheck"], str(path)).to_pylist()
    actual = {(row["comment_text"], row["counterfactual.comment_text"]) for row in rows}
    assert actual == {
        ("I like As.", "I like Bs."),
        ("I like As.", "I like Cs."),
        ("I like Bs.", "I like Cs."),
        ("No As.", "No Bs."),
    }
    assert [row["label"] for row in rows] == [0, 0, 0, 1]
    assert {row["template"] for row in rows} == {"t1", "t2"}
    assert rows[0]["example_id"] == "c1"


def test_cases_of_another_language_are_read_by_their_columns(tmp_path):
    path = tmp_path / "mhc_german.parquet"
    names = {
        "case_id": "example_id",
        "test_case": "comment_text",
        "label_gold": "toxicity",
    }
    content = {names.get(name, name): values for name, values in CASES.items()}
    content["toxicity"] = [0, 0, 0, 1, 1, 1]
    content["example_id"] = [f"german-{number}" for number in content["example_id"]]
    pq.write_table(pa.table(content), path)
    rows = pairs_of(SETS["mhc_german"], str(path)).to_pylist()
    assert len(rows) == 4
    assert rows[-1]["label"] == 1


def test_published_decisions_stay_beside_pairs(tmp_path):
    path = tmp_path / "hatecheck_pairs.parquet"
    content = {
        "example_id": ["a"],
        "comment_text": ["x"],
        "counterfactual.comment_text": ["y"],
        "toxicity": [1],
        "template": ["t1"],
        "perspective": [1.0],
        "counterfactual.perspective": [0.0],
        "siftninja": [1.0],
        "other": ["left out"],
    }
    pq.write_table(pa.table(content), path)
    table = pairs_of(SETS["hatecheck"], str(path))
    assert set(table.column_names) == {
        "example_id",
        "comment_text",
        "counterfactual.comment_text",
        "label",
        "template",
        "perspective",
        "counterfactual.perspective",
    }


def test_a_file_without_a_column_is_refused_by_name(tmp_path):
    path = tmp_path / "cad_imdb_pairs.parquet"
    content = {"example_id": ["a"], "comment_text": ["x"], "counterfactual.comment_text": ["y"]}
    pq.write_table(pa.table(content), path)
    with pytest.raises(InputError, match="'label'"):
        pairs_of(SETS["cad_imdb"], str(path))


def test_cases_without_a_pair_are_refused(tmp_path):
    path = tmp_path / "test_suite_cases.csv"
    alone = {name: values[:1] for name, values in CASES.items()}
    pyarrow.csv.write_csv(pa.table(alone), path)
    with pytest.raises(InputError, match="no two cases"):
        pairs_of(SETS["hatecheck"], str(path))


def test_multilingual_cases_are_read_from_their_own_file(tmp_path):
    path = tmp_path / "hatecheck_cases_final_german.csv"
    own = {{"case_id": "mhc_case_id"}.get(name, name): values for name, values in CASES.items()}
    pyarrow.csv.write_csv(pa.table(own), path)
    rows = pairs_of(SETS["mhc_german"], str(path)).to_pylist()
    assert len(rows) == 4
    assert rows[0]["example_id"] == "c1"
