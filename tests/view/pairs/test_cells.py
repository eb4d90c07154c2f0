"""Records of a table as parts: which cells changed, and the others."""

from __future__ import annotations

import pyarrow as pa

from fairflip.protos import report_pb2
from fairflip.view.pairs import cells, flipped_pairs

FEATURES = ("gender", "title", "age")


def rows():
    return pa.table(
        {
            "example_id": ["a", "b", "c"],
            "counterfactual_index": pa.array([0, 0, 0], pa.int32()),
            "gender": ["female", "male", "female"],
            "counterfactual.gender": ["male", "female", "male"],
            "title": ["Mrs", "Dr", None],
            "counterfactual.title": ["Mr", "Dr", None],
            "age": [34.0, 50.5, None],
            "score.m": [0.4, 0.6, 0.1],
            "counterfactual.score.m": [0.6, 0.4, 0.2],
        }
    )


def select(**kinds):
    return flipped_pairs.select_flipped(
        rows().to_batches(), ["m"], 0.5, max_pairs=9, text_feature="", cells=FEATURES, **kinds
    )


def test_cells_that_changed_come_first_with_old_and_new_value():
    shown = {pair.example_id: pair.changes for pair in select().shown}
    assert shown == {
        "a": (
            ("cell", "gender"), ("removed", "female"), ("added", "male"),
            ("cell", "title"), ("removed", "Mrs"), ("added", "Mr"),
            ("cell", "age"), ("same", "34"),
        ),
        "b": (
            ("cell", "gender"), ("removed", "male"), ("added", "female"),
            ("cell", "title"), ("same", "Dr"),
            ("cell", "age"), ("same", "50.5"),
        ),
    }  # fmt: skip
    assert all(map(cells.is_record, shown.values()))
    assert cells.sides_of(shown["b"]) == {
        "gender": "male", "counterfactual.gender": "female", "title": "Dr", "age": "50.5"
    }  # fmt: skip


def test_a_missing_cell_says_so_and_a_long_one_is_cut():
    row = {"gender": None, "counterfactual.gender": "male", "title": "x" * 300}
    assert cells.mark_cells(row, ["gender", "title", "gone"])[:3] == (
        ("cell", "gender"),
        ("removed", "missing"),
        ("added", "male"),
    )
    assert cells.text_of("x" * 300) == "x" * 200 + "…"
    assert cells.text_of(b"f\xff") == "f\ufffd"


def test_without_cells_in_the_file_nothing_is_told():
    left = rows().drop_columns([n for n in rows().column_names if "score" not in n and n != "example_id"])  # fmt: skip
    actual = flipped_pairs.select_flipped(
        left.to_batches(), ["m"], 0.5, max_pairs=9, text_feature="", cells=FEATURES
    )
    assert [pair.changes for pair in actual.shown] == [(), ()]
    assert not actual.has_text


def test_a_run_says_which_columns_its_models_read():
    report = report_pb2.RunReport()
    assert cells.features_of(report) == ()
    report.provenance.config = '{"data": {"input_features": ["gender", "age"]}}'
    assert cells.features_of(report) == ()  # beside a text
    report.provenance.config = (
        '{"data": {"input_features": ["gender", "age"], "without_text": true}}'
    )
    assert cells.features_of(report) == ("gender", "age")
    report.provenance.config = '{"no_such_field": 1}'
    assert cells.features_of(report) == ()
