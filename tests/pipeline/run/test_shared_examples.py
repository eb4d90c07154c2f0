"""Originals that were trained on are counted, by ID and by text."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.run import shared_examples
from fairflip.pipeline.run.cautions import cautions
from fairflip.pipeline.run.shared_examples import count_shared
from fairflip.protos.config_pb2 import DataSpec
from fairflip.protos.report_pb2 import Pairing, RunReport

DATA = DataSpec(id_feature="id", text_feature="text")


def table(ids, texts) -> pa.Table:
    return pa.table({"id": ids, "text": texts})


@pytest.fixture
def evaluated(tmp_path) -> list[str]:
    # "b" has two counterfactuals; "b" and "d" have one text.
    pairs = table(["a", "b", "b", "c"], ["one", "two", "two", "three"])
    unmatched = table(["d", "e"], ["two", "five"]).append_column("label", pa.array([0, 1]))
    paths = []
    for name, part in (("pairs", pairs), ("unmatched", unmatched), ("empty", pairs.slice(0, 0))):
        paths.append(str(tmp_path / f"{name}.parquet"))
        pq.write_table(part, paths[-1])
    return paths


@pytest.mark.parametrize("rows", [1, 65_536])
def test_each_original_counts_once_whatever_its_rows(evaluated, monkeypatch, rows):
    monkeypatch.setattr(shared_examples, "_ROWS", rows)
    train = table(["b", "x", "e"], ["another", "two", "three"])
    validation = table(["a", "y"], ["z", "Five"])
    actual = count_shared([train, validation], evaluated, DATA)
    assert actual == Pairing(num_shared_ids=3, num_shared_texts=3)  # a, b, e; b, c, d


def test_names_of_rows_are_no_ids(evaluated):
    train = table(["a", "b"], ["one", "x"])
    data = DataSpec(id_feature="#row", text_feature="text")
    paths = []
    for path in evaluated:
        renamed = pq.read_table(path).rename_columns({"id": "#row"})
        pq.write_table(renamed, path)
        paths.append(path)
    actual = count_shared([train.rename_columns({"id": "#row"})], paths, data)
    assert actual == Pairing(num_shared_ids=0, num_shared_texts=1)


def test_nothing_shared_is_said_as_0(evaluated):
    assert count_shared([table(["z"], ["z"])], evaluated, DATA) == Pairing(
        num_shared_ids=0, num_shared_texts=0
    )


def test_a_run_warns_of_them_with_both_numbers():
    report = RunReport(pairing={"num_shared_ids": 1200, "num_shared_texts": 7})
    assert list(cautions(report)) == [
        "warning: 1,200 evaluated originals have the ID of a training example, 7 have its text; "
        "what a model was trained on says little of other texts: keep the two apart"
    ]
    assert not list(cautions(RunReport(pairing={"num_shared_ids": 0, "num_shared_texts": 0})))
