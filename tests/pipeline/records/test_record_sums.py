"""Originals and rejects add up to what was read, and a run in which they do not stops."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from google.protobuf import json_format

from fairflip.pipeline import cli
from fairflip.pipeline.gate.verdict import check_limits
from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.pipeline.records.record_sums import (
    LostRecordsError,
    broken_sums,
    build_sums,
    counted,
    describe_sums,
    num_records_read,
    refuse_lost_records,
)
from fairflip.protos.report_pb2 import RunReport
from support.configurations import parse_limits

AUDIT = PairingAudit(
    num_records_read=90,
    num_records_admitted=85,
    num_originals=85,
    num_counterfactuals=40,
    num_pairs=30,
    num_unmatched_originals=60,
    num_unmatched_counterfactuals=7,
    num_duplicate_ids=5,
    num_identical_pairs=2,
    num_rejected_counterfactuals=1,
)
COUNTS = [
    *counted("read", "examples", num_in=60, num_kept=55, num_rejected=4, num_filtered=1),
    *counted("read", "examples", num_in=40, num_kept=35, num_rejected=5),
    *counted("read", "counterfactuals", num_in=41, num_kept=40, num_rejected=1),
    *counted("score", "pairs", num_in=30, num_kept=28, num_rejected=2),
    *counted("score", "unmatched originals", num_in=60, num_kept=60),
]


def a_report() -> RunReport:
    report = RunReport(
        pairing=AUDIT.to_proto(),
        sums=build_sums(COUNTS, AUDIT),
        rejects=[
            {"stage": "read", "reason": "a", "count": 10},
            {"stage": "pair", "reason": "b", "count": 14},
            {"stage": "generate", "reason": "c", "count": 1},
            {"stage": "score", "reason": "d", "count": 2},
        ],
    )
    report.models.add(name="m")
    return report


def test_records_read_are_those_of_all_inputs_without_the_filtered():
    assert num_records_read(a_report().sums) == 100 - 1 + 41
    assert num_records_read([]) == 0


def test_counts_become_sums_in_the_order_of_the_flow():
    assert [(s.stage, s.input, s.num_in, s.num_kept, s.num_rejected) for s in a_report().sums] == [
        ("read", "counterfactuals", 41, 40, 1),
        ("read", "examples", 100, 90, 9),
        ("pair", "counterfactuals", 40, 30, 10),
        ("pair", "examples", 90, 85, 5),
        ("score", "pairs", 30, 28, 2),
        ("score", "unmatched originals", 60, 60, 0),
    ]
    assert broken_sums(a_report()) == []
    refuse_lost_records(a_report())
    assert describe_sums(a_report()) == (
        "141 records read = 130 good + 10 left out + 1 filtered out; all 6 sums of the run hold"
    )
    assert describe_sums(RunReport()) == ""


def test_one_record_is_no_records():
    (one,) = build_sums(counted("read", "pairs", num_in=1, num_kept=1), PairingAudit())[:1]
    both = describe_sums(RunReport(sums=[one, one]))
    assert both.startswith("2 records read = 2 good")
    assert describe_sums(RunReport(sums=[one])).startswith("1 record read = 1 good + 0 left out")


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("field", ["num_in", "num_kept", "num_rejected", "num_filtered"])
@pytest.mark.parametrize("change", [-1, 1])
def test_one_record_too_few_or_too_many_anywhere_is_found(number, field, change):
    report = a_report()
    entry = report.sums[number]
    setattr(entry, field, getattr(entry, field) + change)
    assert broken_sums(report)
    with pytest.raises(LostRecordsError, match=entry.stage):
        refuse_lost_records(report)


@pytest.mark.parametrize("number", range(4))
def test_rejects_that_are_not_those_of_the_sums_are_found(number):
    report = a_report()
    report.rejects[number].count += 1
    [sentence] = broken_sums(report)
    assert "are listed" in sentence


def test_pairs_that_never_reached_scoring_are_found():
    report = a_report()
    del report.sums[4]
    report.rejects.pop()
    assert broken_sums(report) == ["score pairs: 30 were handed on and 0 came in"]


def test_sums_that_hold_apart_but_not_together_are_found():
    report = a_report()
    report.sums[1].num_in += 1
    report.sums[1].num_kept += 1
    assert broken_sums(report) == ["pair examples: 90 were handed on and 91 came in"] or (
        broken_sums(report) == ["pair examples: 91 were handed on and 90 came in"]
    )


# --- a whole evaluation of scores that are in the data ------------------------------


@pytest.fixture
def arguments(tmp_path):
    rows = [
        {
            "example_id": "" if i == 3 else f"x{i - (i == 9)}",
            "comment_text": "" if i == 5 else f"she is {i}",
            "counterfactual.comment_text": f"he is {i}" if i % 4 else "",
            "toxicity": 7 if i == 7 else i % 2,
            "score": 1.5 if i == 10 else i / 30,
            "counterfactual.score": 0.6,
            "split": "test" if i < 20 else "train",
        }
        for i in range(24)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "pairs.csv", index=False)
    return [
        "evaluate",
        f"--pairs={tmp_path / 'pairs.csv'}",
        "--score=m=score",
        "--filter=split=test",
        f"--output_dir={tmp_path / 'out'}",
        "--quiet",
    ]


@pytest.mark.system
def test_a_run_says_in_all_its_forms_where_the_records_went(arguments, tmp_path, capsys):
    assert cli.main(arguments) == 0
    output = capsys.readouterr().out
    report = json.loads((tmp_path / "out" / "run_report.json").read_text())
    sums = {(s["stage"], s["input"]): s for s in report["sums"]}
    read = sums["read", "pairs"]
    assert int(read["num_in"]) == 24
    assert int(read["num_filtered"]) == 4
    rejected = {r["reason"]: int(r["count"]) for r in report["rejects"]}
    lines = [
        json.loads(line)
        for path in (tmp_path / "out" / "rejects").glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert len(lines) == sum(rejected.values())
    assert {line["reason"] for line in lines} == set(rejected)
    assert sum(int(s["num_rejected"]) for s in report["sums"]) == len(lines)
    good = 24 - 4 - int(read["num_rejected"])
    assert f"24 records read = {good} good + {int(read['num_rejected'])} left out + 4" in output
    # What reading left out was read; what a filter passed over was not.
    assert int(report["pairing"]["num_records_read"]) == 20
    share, left_out_by_score = check_limits(
        json_format.ParseDict(report, RunReport()),
        parse_limits('limits { metric: "rejects.share" max: 1 }'),
    )
    assert share.observed == len(lines) / 20
    assert left_out_by_score.observed == 1
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Where every record went" in page
    scored = pd.read_parquet(tmp_path / "out" / "scored_pairs")
    assert len(scored) == int(sums["score", "pairs"]["num_kept"])


@pytest.mark.system
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("fairflip.pipeline.read.transforms", "read_file"),
        ("fairflip.pipeline.pair.transforms", "admit_with_controls"),
        ("fairflip.pipeline.score.transforms", "check_scores"),
    ],
)
def test_a_run_that_loses_a_record_stops(arguments, tmp_path, capsys, monkeypatch, module, name):
    """Each stage in turn drops one good record without a word."""
    import dataclasses
    import importlib

    owner = importlib.import_module(module)
    real = getattr(owner, name)

    def forgetful(*args, **keywords):
        actual = real(*args, **keywords)
        if name == "read_file":
            return [dataclasses.replace(part, batch=part.batch.slice(1)) for part in actual]
        if name == "admit_with_controls":
            return dataclasses.replace(actual, pairs=actual.pairs.slice(1))
        return dataclasses.replace(actual, good=actual.good.slice(1))

    monkeypatch.setattr(owner, name, forgetful)
    assert cli.main(arguments) == 3
    assert "records were lost or made up" in capsys.readouterr().err
    assert not (tmp_path / "out" / "details" / "manifest.json").exists()
