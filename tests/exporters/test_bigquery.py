"""Load jobs of Google's client against a stand-in for BigQuery on loopback."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.export import bigquery_load
from fairflip.pipeline.export.tables import tables_of
from support.exporters.receivers import serving
from support.exporters.warehouse import Warehouse


@pytest.fixture
def warehouse(monkeypatch):
    holds = Warehouse()
    with serving(holds.respond) as address:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        yield holds


def test_every_table_is_loaded_with_its_schema(warehouse, run, report, tmp_path, capsys):
    arguments = ["export", str(run), "--to=bigquery", "--dataset=acme.fairness"]
    assert cli.main([*arguments, f"--output_dir={tmp_path}"]) == 0
    expected = tables_of(report, "june")
    assert set(warehouse.tables) == {f"acme.fairness.fairflip_{name}" for name in expected}
    printed = capsys.readouterr().out
    for name, table in expected.items():
        loaded = warehouse.tables[f"acme.fairness.fairflip_{name}"]
        assert loaded.schema.equals(table.schema), name
        # As text: NaN is a number of a table like any other.
        assert str(loaded.to_pylist()) == str(table.to_pylist()), name
        assert f"acme.fairness.fairflip_{name}: {table.num_rows:,} rows loaded" in printed
        assert (tmp_path / f"{name}.parquet").is_file()


def test_runs_gather_in_one_table(warehouse, run, report, capsys, tmp_path):
    arguments = ["export", str(run), "--to=bigquery", "--dataset=acme.fairness"]
    for _ in range(2):
        assert cli.main([*arguments, f"--output_dir={tmp_path}"]) == 0
    slices = tables_of(report, "june")["slices"]
    assert warehouse.tables["acme.fairness.fairflip_slices"].num_rows == 2 * slices.num_rows
    assert {one["writeDisposition"] for one in warehouse.configurations} == {"WRITE_APPEND"}
    capsys.readouterr()


def test_later_columns_are_added_and_other_types_refused(warehouse):
    bigquery_load.load_tables({"gate": pa.table({"name": ["a"], "limit": [0.5]})}, "acme.fairness")
    later = pa.table({"name": ["b"], "limit": [0.5], "severity": ["high"]})
    bigquery_load.load_tables({"gate": later}, "acme.fairness")
    assert warehouse.tables["acme.fairness.fairflip_gate"]["severity"].to_pylist() == [None, "high"]
    other = {"first": pa.table({"x": [1]}), "gate": pa.table({"name": ["c"], "limit": ["high"]})}
    with pytest.raises(bigquery_load.ConfigurationError) as refused:
        bigquery_load.load_tables(other, "acme.fairness")
    message = str(refused.value)
    assert "limit has changed type from FLOAT64 to STRING" in message
    assert "loaded before: acme.fairness.fairflip_first" in message


@pytest.mark.parametrize("dataset", ["fairness", ".fairness", "acme."])
def test_a_data_set_is_a_project_and_a_name(run, capsys, tmp_path, dataset):
    arguments = ["export", str(run), "--to=bigquery", f"--dataset={dataset}"]
    assert cli.main([*arguments, f"--output_dir={tmp_path}"]) == 2
    assert "PROJECT.DATASET" in capsys.readouterr().err
