"""Reports of sums that SQL made against those of the same pairs, row by row."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import parse_slices
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.cli.command_line import main
from fairflip.protos.forms.json_form import report_from_json
from support.warehouse_rows import (
    MODELS,
    NEEDS_ROWS,
    OF_CANDIDATES,
    OF_CONTROLS,
    differences,
    scored_pairs,
    with_missing_scores,
)

FLAGS = [
    *(f"--score={model}=score.{model}" for model in MODELS),
    *("--label_feature=label", "--slice=race", "--slice=race,age"),
    *("--threshold=0.6", "--threshold=0.2"),
]
CLUSTERS = ["--cluster_feature=author"]


def answered(table, query):
    """What SQLite gives: another engine than the tests of exporters have, and always there."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        names = ", ".join('"' + name + '"' for name in table.column_names)
        marks = ", ".join("?" * table.num_columns)
        database.execute(f"CREATE TABLE pairs ({names})")
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        database.executemany(f"INSERT INTO pairs VALUES ({marks})", rows)
        given = database.execute(query)
        columns = [column[0] for column in given.description]
        return columns, given.fetchall()


def written(path, table, query):
    import csv

    columns, rows = answered(table, query)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NOTNULL if hasattr(csv, "QUOTE_NOTNULL") else 0)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def query_of(capsys, *flags):
    assert main(["sql", "--table=pairs", "--rows=all", *FLAGS, *flags]) == 0
    return capsys.readouterr().out


def report_of(tmp_path, path, *flags):
    output = tmp_path / "out"
    assert main(["sql", f"--answer={path}", f"--output_dir={output}", *FLAGS, *flags]) == 0
    return report_from_json((output / "run_report.json").read_text())


@pytest.mark.parametrize("flags", [[], CLUSTERS])
def test_counts_rates_and_intervals_are_those_of_rows(capsys, tmp_path, flags):
    table = scored_pairs(900)
    path = written(tmp_path / "answer.csv", with_missing_scores(table, 7), query_of(capsys, *flags))
    report = report_of(tmp_path, path, *flags)
    spec = StatisticsSpec(
        models=MODELS,
        thresholds=(0.6, 0.2),
        slices=parse_slices(["race", "race,age"]),
        label_column="label",
        cluster_column="author" if flags else None,
    )
    sums = accumulate(table.slice(7).to_batches(), spec)
    models, _ = build_models_and_comparisons(sums, {}, spec)
    assert len(models[0].slices) == 1 + 3 + 9
    for number, (model, expected) in enumerate(zip(report.models, models, strict=True)):
        # Whose output it is, a run says when all is counted.
        left_out = NEEDS_ROWS | OF_CONTROLS | {"model", "decision"}
        left_out |= OF_CANDIDATES if number else set()
        assert differences(model, expected, left_out) == []
    assert [(r.stage, r.count) for r in report.rejects] == [("warehouse", 7)]
    assert report.pairing.num_pairs == 893
    config = json.loads(report.provenance.config)
    assert config["evaluation"]["thresholds"] == [0.6, 0.2]


def test_a_parquet_file_gives_what_a_csv_file_gives(capsys, tmp_path):
    path = written(tmp_path / "answer.csv", scored_pairs(200), query_of(capsys))
    convert = pa_csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
    pq.write_table(pa_csv.read_csv(path, convert_options=convert), tmp_path / "answer.parquet")
    of_csv, of_parquet = (report_of(tmp_path, p) for p in (path, tmp_path / "answer.parquet"))
    assert of_csv.models[1].slices[3].num_pairs > 0
    for one, other in zip(of_parquet.models, of_csv.models, strict=True):
        assert differences(one, other, set()) == []


def test_rows_are_chosen_by_a_condition(capsys, tmp_path):
    table = scored_pairs(200)
    query = query_of(capsys, "--rows=age > 1")
    report = report_of(tmp_path, written(tmp_path / "answer.csv", table, query))
    assert report.models[0].slices[0].num_pairs == sum(age > 1 for age in table["age"].to_pylist())


def test_the_condition_of_the_message_leaves_out_controls_and_marked_pairs(capsys, tmp_path):
    table = scored_pairs(200)
    numbers = range(table.num_rows)
    edit = [("control", "identity", None)[i % 3] for i in numbers]
    marked = [(True, False, None, None)[i % 4] for i in numbers]
    table = table.append_column("edit", pa.array(edit))
    table = table.append_column("flip_is_legitimate", pa.array(marked))
    assert main(["sql", "--table=pairs", *FLAGS]) == 2
    message = capsys.readouterr().err
    (condition,) = re.findall(r'--rows="(.*?)"', message)
    (other,) = re.findall(r"\(add (AND .*?\)) where", " ".join(message.split()))
    path = written(tmp_path / "answer.csv", table, query_of(capsys, f"--rows={condition} {other}"))
    report = report_of(tmp_path, path)
    expected = sum(e != "control" and not m for e, m in zip(edit, marked, strict=True))
    assert report.models[0].slices[0].num_pairs == expected < 200


@pytest.mark.parametrize(
    ("change", "flags", "message"),
    [
        (lambda t: t, ["--threshold=0.9"], "other settings"),
        (lambda t: t, ["--label_threshold=0.9"], "other settings"),
        (lambda t: t, ["--positive_label=1"], "other settings"),
        (lambda t: t, ["--score_scale=old=any"], "other settings"),
        (lambda t: t, ["--id_feature=author"], "other settings"),
        (lambda t: re.sub(",pairs,", ",pears,", t, count=1), [], "no column 'pairs'"),
        (lambda t: "\n".join(t.splitlines()[:-6]), [], "do not agree|is missing|holds no"),
        (lambda t: t.replace("flips", "flops"), [], "holds no pair"),
        (lambda t: "", [], "neither CSV nor Parquet"),
    ],
)
def test_an_answer_that_is_none_is_refused(capsys, tmp_path, change, flags, message):
    path = written(tmp_path / "answer.csv", scored_pairs(60), query_of(capsys))
    text = path.read_text()
    rows = text.splitlines()
    # Gaps come last but for labels and what is left out: cut there, sums do not agree.
    gaps = [row for row in rows[1:] if "gaps" in row]
    rest = [row for row in rows[1:] if "gaps" not in row]
    path.write_text(change("\n".join([rows[0], *rest, *gaps]) + "\n"))
    given = ["sql", f"--answer={path}", f"--output_dir={tmp_path}/out", *FLAGS, *flags]
    assert main(given) == 2
    assert re.search(message, capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--table=pairs", "--answer=x.csv"], "give --table for the query, or --answer"),
        ([], "give --table for the query, or --answer"),
        (["--table=pairs", "--score=m=a,b"], "SQL counts one score a model"),
        (["--table=pairs", "--score_scale=old=logit"], "logits are not counted in SQL"),
        (["--table=pairs", "--threshold=x"], "threshold"),
    ],
)
def test_what_sql_cannot_count_is_refused(capsys, flags, message):
    assert main(["sql", *FLAGS, *flags]) == 2
    assert message in capsys.readouterr().err


def test_a_model_that_must_be_asked_is_refused(capsys, tmp_path):
    config = tmp_path / "c.yaml"
    (tmp_path / "m.keras").touch()
    config.write_text(f"models: [{{name: m, path: {tmp_path}/m.keras}}]\n")
    assert main(["sql", "--table=pairs", "--rows=all", f"--config={config}"]) == 2
    assert "--score=m=COLUMN" in capsys.readouterr().err


def test_other_dialects_need_sqlglot(capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sqlglot", None)
    assert main(["sql", "--table=pairs", "--rows=all", "--dialect=bigquery", *FLAGS]) == 2
    assert "pip install sqlglot" in capsys.readouterr().err


def test_the_gate_takes_the_report(capsys, tmp_path):
    report_of(tmp_path, written(tmp_path / "answer.csv", scored_pairs(300), query_of(capsys)))
    limits = tmp_path / "limits.yaml"
    for limit, code in ((1.0, 0), (0.01, 1)):
        limits.write_text(f"limits: [{{metric: flip_rate, max: {limit}, slices: [Overall]}}]\n")
        assert main(["gate", f"--run={tmp_path}/out", f"--limits={limits}"]) == code
