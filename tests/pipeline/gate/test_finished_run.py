"""The gate on a run: incomplete, of another version or altered, it fails."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ElementTree

import pytest

from fairflip._version import __version__
from fairflip.pipeline import cli
from fairflip.pipeline.config.settings import configure
from fairflip.pipeline.gate import command
from fairflip.pipeline.gate import report as gate_report
from fairflip.pipeline.gate.finished_run import INTEGRITY, check_run
from fairflip.pipeline.gate.output import (
    MAX_MARKDOWN_ROWS,
    to_junit,
    to_lines,
    to_markdown,
    write_results,
)
from fairflip.pipeline.gate.tfma_thresholds import from_tfma
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, exit_code
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import (
    remove_manifest,
    update_manifest,
    verify_manifest,
    write_manifest,
)
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.json_form import report_from_json, report_to_json
from fairflip.protos.report_pb2 import GateResult, RunReport
from support.configurations import parse_limits

LIMITS = parse_limits('limits { metric: "num_pairs" min: 10 }')
FILES = ("run_report.json", "report.html", "scored_pairs/a-00000-of-00001.parquet")


@pytest.fixture
def run(tmp_path):
    """The directory of a finished run."""
    report = RunReport()
    report.models.add(name="m").slices.add(slice="Overall", num_pairs=12, num_originals=4)
    (tmp_path / "scored_pairs").mkdir()
    (tmp_path / FILES[0]).write_text(report_to_json(report))
    (tmp_path / FILES[1]).write_text("<html>")
    (tmp_path / FILES[2]).write_bytes(bytes(range(256)) * 9000)
    write_manifest(str(tmp_path), FILES, __version__)
    return tmp_path


def test_a_finished_run_passes(run):
    results = check_run(str(run), LIMITS)
    assert [(r.name, r.verdict) for r in results] == [(INTEGRITY, PASS), ("num_pairs min 10", PASS)]
    assert exit_code(results) == 0
    assert (
        exit_code(check_run(str(run) + "/", parse_limits('limits { metric: "num_pairs" min: 13 }')))
        == 1
    )


def _edit_manifest(run, change):
    path = run / "details" / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


DAMAGE = [
        (lambda run: (run / "details" / "manifest.json").unlink(), "not complete"),
        (lambda run: remove_manifest(str(run)), "not complete"),
        (lambda run: (run / "report.html").write_text("<HTML>"), "'report.html' was altered"),
        (lambda run: (run / "report.html").unlink(), "'report.html' is missing"),
        (lambda run: (run / FILES[2]).write_bytes(b""), "was altered"),
        (lambda run: (run / FILES[0]).write_text((run / FILES[0]).read_text().replace("12", "99")), "altered"),
        (lambda run: (run / "details" / "manifest.json").write_text("{"), "damaged"),
        (lambda run: (run / "details" / "manifest.json").write_text("[]"), "damaged"),
        (lambda run: (run / "details" / "manifest.json").write_bytes(b"\xff\x00"), "damaged"),
        (lambda run: _edit_manifest(run, lambda c: c["files"].pop("report.html")), "damaged"),
        (lambda run: _edit_manifest(run, lambda c: c.update(format=2)), "damaged"),
        (lambda run: write_manifest(str(run), FILES[1:], __version__), "does not list run_report.json"),
        (lambda run: write_manifest(str(run), FILES, "0.0.1"), "'0.0.1'"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "part"), DAMAGE)
def test_a_run_that_cannot_be_trusted_fails(run, damage, part):
    damage(run)
    results = check_run(str(run), LIMITS)
    assert {(r.name, r.verdict) for r in results} == {(INTEGRITY, FAIL)}
    assert any(part in r.message for r in results)
    assert exit_code(results) == 1


@pytest.mark.parametrize(("damage", "part"), DAMAGE)
def test_the_command_fails_on_a_run_that_cannot_be_trusted(run, tmp_path, capsys, damage, part):
    """Incomplete, altered, of another version: exit code 1, whatever the limits allow."""
    damage(run)
    limits = tmp_path / "limits.yaml"
    limits.write_text("{allow_not_enough_evidence: true, limits: [{metric: num_pairs, min: 0}]}")
    assert cli.main(["gate", f"--run={run}", f"--limits={limits}"]) == 1
    assert part in capsys.readouterr().out


def test_a_report_that_was_never_one_fails(run):
    (run / FILES[0]).write_text('{"pairing": 1}')
    write_manifest(str(run), FILES, __version__)
    (result,) = check_run(str(run), LIMITS)
    assert (result.verdict, "not a RunReport" in result.message) == (FAIL, True)


def test_limits_that_match_nothing_are_errors_of_the_configuration(run):
    with pytest.raises(ConfigurationError, match="matches no slice"):
        check_run(str(run), parse_limits('limits { metric: "num_pairs" slices: "x" max: 1 }'))


def test_tfma_results_stand_in_the_same_table(run):
    report = report_from_json((run / FILES[0]).read_text())
    # What the run's own limits gave is not taken over: the gate has limits of its own.
    report.gate.add(name="num_pairs min 13", verdict=FAIL)
    report.gate.add(name="TFMA MetricThreshold", verdict=FAIL)
    (run / FILES[0]).write_text(report_to_json(report))
    write_manifest(str(run), FILES, __version__)
    results = check_run(str(run), LIMITS)
    assert [(r.name, r.verdict) for r in results[1:]] == [
        ("num_pairs min 10", PASS),
        ("TFMA MetricThreshold", FAIL),
    ]
    assert exit_code(results) == 1


def test_a_rebuilt_report_is_entered_and_hides_no_other_change(run):
    (run / "report.html").write_text("<html>rebuilt")
    update_manifest(str(run), ["report.html"])
    assert verify_manifest(str(run), __version__) == []
    (run / FILES[2]).write_bytes(b"x")
    (run / "report.html").write_text("<html>again")
    update_manifest(str(run), ["report.html"])
    assert len(verify_manifest(str(run), __version__)) == 1
    remove_manifest(str(run))
    remove_manifest(str(run))
    with pytest.raises(InputError, match="not complete"):
        update_manifest(str(run), ["report.html"])


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", "a/../../x", "a\\b"])
def test_names_stay_inside_the_run(run, name):
    with pytest.raises(InputError, match="inside the run"):
        write_manifest(str(run), [name], "1")


def test_a_file_that_is_not_there_is_not_entered(run):
    remove_manifest(str(run))
    with pytest.raises(InputError, match="missing"):
        write_manifest(str(run), [*FILES, "none"], "1")
    assert not (run / "details" / "manifest.json").exists()


@pytest.mark.parametrize("fault", ["fsync", "replace"])
def test_an_interrupted_write_leaves_nothing_behind(run, monkeypatch, fault):
    before = sorted(os.listdir(run))
    old = (run / "details" / "manifest.json").read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(filesystem.os, fault, fail)
    with pytest.raises(OSError, match="No space"):
        write_manifest(str(run), FILES, "2")
    assert sorted(os.listdir(run)) == before
    assert (run / "details" / "manifest.json").read_bytes() == old


def test_configuration_of_the_gate_names_the_mistakes_of_the_limits(run, tmp_path):
    path = tmp_path / "limits.yaml"
    path.write_text("limits: [{metric: flip_rat, max: 1}, {metric: auc}]")
    with pytest.raises(ConfigurationError) as caught:
        configure("gate", None, [("run", str(run)), ("limits", str(path))])
    assert caught.value.problems == (
        f"{path}: limits[0].metric: 'flip_rat' names no metric; did you mean 'flip_rate'?",
        f"{path}: limits[1]: has neither max nor min; give one of them",
    )
    path.write_text("limits: [{metric: flip_rate, max: 1}]")
    assert configure("gate", None, [("run", str(run)), ("limits", str(path))]).output.output_dir


@pytest.mark.parametrize(("least", "code"), [(10, 0), (13, 1)])
def test_the_command_prints_writes_and_answers(run, tmp_path, capsys, least, code):
    limits = tmp_path / "limits.yaml"
    limits.write_text(f"limits: [{{metric: num_pairs, min: {least}}}]")
    config = configure("gate", None, [("run", str(run)), ("limits", str(limits))])
    assert command.check(config) == code
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[-1] == ("gate: 1 of 2 checks do not pass" if code else "gate: all checks pass")
    assert f'tests="2" failures="{code}"' in (run / "details" / "gate.xml").read_text()
    assert (run / "details" / "gate.md").exists()
    assert command.check(config) == code, "the gate's own files alter nothing"
    (run / "report.html").write_text("altered")
    assert command.check(config) == 1
    assert "was altered" in capsys.readouterr().out


# --- JUnit, Markdown, terminal -----------------------------------------------

HOSTILE = 'gender:<script>|`x`\n## @team [a](javascript:1) "&" \x1b[2J\u202e\ud800 {{7*7}}'.encode(
    "utf-8", "replace"
).decode()


def some_results() -> list[GateResult]:
    message = f"flip_rate in {HOSTILE} is 0.5"
    return [
        GateResult(name="a", verdict=PASS, slice="Overall", observed=0.25, limit=0.5, message="ok"),
        GateResult(name=f"b {HOSTILE}", verdict=FAIL, slice=HOSTILE, model="m", threshold=0.5, message=message),
        GateResult(name="c", verdict=NOT_ENOUGH_EVIDENCE, message="few", observed=float("nan")),
        GateResult(name="d", verdict=NOT_ENOUGH_EVIDENCE, message="few", is_allowed=True),
    ]  # fmt: skip


def test_junit():
    root = ElementTree.fromstring(to_junit(some_results()))
    suite = root.find("testsuite")
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped", "errors")} == {
        "tests": "4",
        "failures": "2",
        "skipped": "1",
        "errors": "0",
    }
    kinds = [[child.tag for child in case] for case in suite]
    assert kinds == [[], ["failure"], ["failure"], ["skipped"]]
    assert suite[2][0].get("type") == NOT_ENOUGH_EVIDENCE
    assert suite[1].get("classname").startswith("fairflip.m.gender:<script>")
    assert "\x1b" not in to_junit(some_results())


def test_markdown_of_hostile_names_means_nothing():
    text = to_markdown(some_results())
    lines = text.splitlines()
    assert lines[0] == "### fairflip gate: failed"
    assert lines[2] == "1 passed, 1 failed, 2 without enough evidence."
    table = [line for line in lines if line.startswith("| <code>")]
    assert len(table) == 4
    assert all(line.count("|") == 8 for line in table)
    assert [line.split("</code>")[0] for line in table] == [
        "| <code>FAIL",
        "| <code>not enough evidence",
        "| <code>not enough evidence, allowed",
        "| <code>pass",
    ]
    allowed = text.replace("<code>", "").replace("</code>", "")
    for bad in ("<", ">", "`", "[", "@", "\x1b", "\u202e", "{{", "javascript:1)"):
        assert bad not in allowed, bad
    assert to_markdown([GateResult(verdict=PASS)]).startswith("### fairflip gate: passed")
    assert to_markdown([]).startswith("### fairflip gate: failed")


def test_markdown_is_cut_but_never_before_a_failure():
    many = [GateResult(name=f"p{i}", verdict=PASS) for i in range(400)]
    text = to_markdown([*many, GateResult(name="last", verdict=FAIL, message="why")])
    assert "last" in text
    assert f"and {401 - MAX_MARKDOWN_ROWS} more." in text
    assert len(text) < 65_536


def test_lines_for_a_terminal():
    for line in to_lines(some_results()):
        assert line.isprintable()


def test_results_are_written(tmp_path):
    assert write_results(str(tmp_path), some_results()) == ("details/gate.xml", "details/gate.md")
    assert (tmp_path / "details" / "gate.xml").read_text() == to_junit(some_results())
    assert (tmp_path / "details" / "gate.md").read_text() == to_markdown(some_results())


# --- TFMA --------------------------------------------------------------------


def test_tfma_dictionaries():
    assert from_tfma({"validationOk": True}, "m")[0].verdict == PASS
    assert from_tfma({"validationOk": False}, "m")[0].verdict == FAIL
    assert from_tfma({"missing_thresholds": True}) == []
    rubber = from_tfma({"validation_ok": True, "rubber_stamp": True})
    assert [r.verdict for r in rubber] == [NOT_ENOUGH_EVIDENCE]
    (missing,) = from_tfma({"missingSlices": [{"featureValues": {"genderX": "a|b"}}]}, "m")
    assert (missing.verdict, missing.slice) == (FAIL, "genderX:a|b")


@pytest.mark.system
def test_tfma_validates_and_the_gate_reports(tmp_path):
    """TFMA's own validator, from metric values to the gate's table."""
    from google.protobuf import json_format, text_format
    from tensorflow_model_analysis.evaluators import metrics_validator
    from tensorflow_model_analysis.metrics import metric_types
    from tensorflow_model_analysis.proto import config_pb2

    config = text_format.Parse(
        """
        model_specs { name: "m" }
        slicing_specs {} slicing_specs { feature_keys: "gender" }
        metrics_specs {
          metrics { class_name: "AUC" }
          thresholds { key: "auc" value { value_threshold { lower_bound { value: 0.9 } } } }
          model_names: "m"
        }""",
        config_pb2.EvalConfig(),
    )
    key = metric_types.MetricKey(name="auc", model_name="m", example_weighted=None)
    verdicts = {}
    for value in (0.95, 0.8):
        for slice_key in ((), (("gender", "female"),)):
            result = metrics_validator.validate_metrics((slice_key, {key: value}), config)
            for form in (result, json_format.MessageToDict(result)):
                (actual,) = from_tfma(form, "m")
                verdicts[value, slice_key] = actual.verdict
            if value == 0.8:
                assert (actual.metric, actual.model, actual.limit) == ("auc", "m", 0.9)
                assert actual.observed == pytest.approx(0.8)
                assert actual.slice == ("gender:female" if slice_key else "Overall")
                assert "is 0.8, breaks at least 0.9" in actual.message
    assert set(verdicts.values()) == {PASS, FAIL}
    assert all(v == (PASS if value == 0.95 else FAIL) for (value, _), v in verdicts.items())

    import tensorflow as tf

    (tmp_path / "tfma" / "m").mkdir(parents=True)
    assert gate_report.tfma_results(str(tmp_path)) == []
    path = tmp_path / "tfma" / "m" / "validations-00000-of-00001.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(result.SerializeToString())
    (read,) = gate_report.tfma_results(str(tmp_path))
    assert (read.verdict, read.model, read.slice) == (FAIL, "m", "gender:female")
