"""The query of pairs in a warehouse: DuckDB's answer against a whole evaluation of the same pairs."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from fairflip.pipeline import cli
from fairflip.protos.forms.json_form import report_from_json
from support.warehouse_rows import (
    MODELS,
    NEEDS_ROWS,
    OF_CANDIDATES,
    OF_CONTROLS,
    differences,
    scored_pairs,
)

FLAGS = [
    *(f"--score={model}=score.{model}" for model in MODELS),
    *("--label_feature=label", "--slice=race", "--slice=race,age", "--slice=age"),
    *("--threshold=0.5", "--threshold=0.2"),
]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """A Parquet file with texts, of which a local run writes reports."""
    table = scored_pairs(6_000, seed=4)
    number = np.arange(table.num_rows)
    texts = [f"text {i}" for i in table["example_id"].to_pylist()]
    table = table.append_column("comment_text", pa.array(texts)).append_column(
        "counterfactual.comment_text",
        pa.array([f"{text}, {n}" for text, n in zip(texts, number, strict=True)]),
    )
    path = tmp_path_factory.mktemp("warehouse") / "pairs.parquet"
    pq.write_table(table, path)
    return path


def read(folder):
    return report_from_json((folder / "run_report.json").read_text())


@pytest.mark.parametrize("flags", [[], ["--cluster_feature=author"]])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_report_is_that_of_a_local_run(pairs, tmp_path, capsys, flags, form):
    local, of_sums = tmp_path / "local", tmp_path / "sums"
    common = [*FLAGS, *flags]
    given = ["evaluate", f"--pairs={pairs}", f"--output_dir={local}", "--controls=0", "--quiet"]
    assert cli.main([*given, *common]) == 0
    capsys.readouterr()
    assert cli.main(["sql", f"--table=read_parquet('{pairs}')", "--rows=all", *common]) == 0
    answer = tmp_path / f"answer.{form}"
    duckdb.sql(f"COPY ({capsys.readouterr().out}) TO '{answer}'")
    assert cli.main(["sql", f"--answer={answer}", f"--output_dir={of_sums}", *common]) == 0
    report, expected = read(of_sums), read(local)
    assert report.pairing.num_pairs == expected.pairing.num_pairs == 6_000
    for number, (model, other) in enumerate(zip(report.models, expected.models, strict=True)):
        assert len(other.slices) == 1 + 3 + 9 + 3
        del other.examples[:]
        left_out = NEEDS_ROWS | OF_CONTROLS | {"group_directions", "num_doubts", "undamaged"}
        assert differences(model, other, left_out | (OF_CANDIDATES if number else set())) == []


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "postgres", "spark", "redshift"])
def test_other_dialects_are_written_and_read_back(capsys, pairs, dialect):
    given = [
        "sql",
        "--table=acme.pairs",
        "--rows=all",
        f"--dialect={dialect}",
        "--cluster_feature=author",
    ]
    assert cli.main([*given, "--counterfactual_prefix=counterfactual_", *FLAGS]) == 0
    text = capsys.readouterr().out
    quote = "`" if dialect in ("bigquery", "spark") else '"'
    assert f"{quote}counterfactual_score.old{quote}" in text
    parsed = sqlglot.parse_one(text, read=dialect)
    names = {"pairs", "clusters", "originals", "absolute_3", "signed_1", "largest"}
    assert names <= set(parsed.named_selects)


def test_a_condition_that_is_no_sql_is_refused(capsys):
    given = ["sql", "--table=pairs", "--rows=age >", "--dialect=bigquery", *FLAGS]
    assert cli.main(given) == 2
    assert "is no SQL" in capsys.readouterr().err
