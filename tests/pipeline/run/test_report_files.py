"""`fairflip report` shows what the run showed: its columns, and nothing that it hid."""

from __future__ import annotations

import html
import pathlib
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip._version import __version__
from fairflip.pipeline.run.report_files import read_report, rewrite_views, write_all
from fairflip.pipeline.storage.manifest import write_manifest
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_from_json, config_to_json, report_to_json
from fairflip.protos.report_pb2 import RunReport
from support import control_reports

TEXT = "the quiet neighbour sings"


@pytest.fixture
def run(tmp_path) -> pathlib.Path:
    """A finished run whose text column is called `words`, with one flip."""
    (tmp_path / "scored_pairs").mkdir()
    pairs = pa.table(
        {
            "number": ["a", "b"],
            "words": [TEXT, "rain"],
            "counterfactual.words": ["the neighbour sings", "snow"],
            "score.m": [0.9, 0.2],
            "counterfactual.score.m": [0.1, 0.1],
        }
    )
    pq.write_table(pairs, tmp_path / "scored_pairs" / "part.parquet")
    return tmp_path


def write_report(run: pathlib.Path, **output: bool) -> None:
    config = PipelineConfig()
    config.data.text_feature, config.data.id_feature = "words", "number"
    for name, value in output.items():
        setattr(config.output, name, value)
    report = RunReport()
    at = report.models.add(name="m").slices.add(slice="Overall", num_pairs=2).thresholds.add()
    at.threshold, at.flip_count = 0.5, 1
    report.provenance.config = config_to_json(config)
    (run / "run_report.json").write_text(report_to_json(report))
    write_manifest(str(run), ["run_report.json", "scored_pairs/part.parquet"], __version__)


def rebuilt(run: pathlib.Path) -> str:
    config = PipelineConfig()
    config.data.text_feature, config.data.id_feature = "comment_text", "example_id"
    config.output.output_dir = str(run)
    rewrite_views(config, read_report(str(run)))
    return (run / "report.html").read_text()


def test_the_columns_are_those_of_the_run(run):
    write_report(run)
    page = rebuilt(run)
    assert page.count('<li class="pair" id=') == 1
    assert "neighbour sings" in page
    assert (run / "details" / "model_card.md").is_file()


@pytest.mark.parametrize("hidden", ["no_examples", "no_text"])
def test_what_the_run_hid_stays_hidden(run, hidden):
    write_report(run, **{hidden: True})
    assert "neighbour sings" not in rebuilt(run)


#: Rebuilds a run's views as the command does, and says what it imported on the way.
REBUILD = """
import sys
from fairflip.pipeline import cli
code = cli.main(["report", f"--run={sys.argv[1]}"])
print("imported:", *sorted({"tensorflow", "keras", "apache_beam"} & set(sys.modules)))
sys.exit(code)
"""


@pytest.mark.system
def test_the_command_needs_neither_tensorflow_nor_beam(run):
    """Both cost seconds and gigabytes, and the former writes notes of its own."""
    write_report(run)
    done = subprocess.run(
        [sys.executable, "-c", REBUILD, str(run)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "imported:"
    assert done.stderr == ""
    assert "neighbour sings" in (run / "report.html").read_text()


def test_a_foreign_file_beside_the_scored_pairs_does_not_reach_the_page(run):
    write_report(run)
    foreign = pq.read_table(run / "scored_pairs" / "part.parquet").set_column(
        1, "words", pa.array(["a text of somebody else"] * 2)
    )
    for name in ("foreign.parquet", "scored-pairs-00000-of-00001.parquet"):
        pq.write_table(foreign, run / "scored_pairs" / name)
    config = PipelineConfig()
    config.output.output_dir = str(run)
    rewrite_views(config, read_report(str(run)))
    page = (run / "report.html").read_text()
    assert "neighbour" in page
    assert "somebody else" not in page


def test_every_run_keeps_its_verdict(tmp_path):
    config = PipelineConfig()
    config.output.output_dir = str(tmp_path)
    report = control_reports.one_model(control=0.03, excess=(0.06, 0.05, 0.07))
    files = write_all(config, report)
    remaining = read_report(str(tmp_path)).verdict
    assert remaining.light == "act"
    assert "6.0 points more (3.0 to 9.0, terms taken as a sample)" in remaining.sentence
    assert remaining.reason
    assert "run_report.json" in files
    assert remaining.sentence in html.unescape((tmp_path / "report.html").read_text()).replace(
        "\u2060", ""
    )
    write_all(config, RunReport())
    assert read_report(str(tmp_path)).verdict.light == "cannot_tell"


def test_the_next_command_names_a_configuration_that_the_run_keeps(tmp_path):
    config = PipelineConfig()
    config.output.output_dir = str(tmp_path)
    report = control_reports.one_model(control=0.03, excess=(0.06, 0.05, 0.07))
    ran = config_from_json(report.provenance.config)
    ran.output.output_dir = str(tmp_path)
    report.provenance.config = config_to_json(ran)
    assert "details/config.json" in write_all(config, report)
    page = html.unescape((tmp_path / "report.html").read_text())
    assert f"--config {tmp_path}/details/config.json --output_dir {tmp_path}_next" in page
    written = (tmp_path / "details" / "config.json").read_text()
    assert config_from_json(written) == ran
