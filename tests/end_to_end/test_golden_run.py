"""What a small evaluation shows stays what it was, to the digit, until a change means it."""

from __future__ import annotations

import json

import pytest

from support.runs import golden_run


@pytest.fixture(scope="module")
def today(tmp_path_factory):
    return json.loads(json.dumps(golden_run.outcome(tmp_path_factory.mktemp("golden"))))


@pytest.mark.parametrize("part", ["report", "files", "transforms", "tfma"])
def test_outcome_is_the_golden_one(today, part):
    golden = json.loads(golden_run.KEPT.read_text(encoding="utf-8"))
    assert today[part] == golden[part], (
        "meant? PYTHONPATH=tests python -m support.runs.golden_run keeps it; read the difference"
    )
