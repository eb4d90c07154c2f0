"""The pytest plugin fails and passes tests as the limits say."""

from __future__ import annotations

import pytest
import tomllib

from support import ROOT

pytestmark = pytest.mark.system
pytest_plugins = ["pytester"]

TESTS = """
import numpy as np
import pandas as pd
import pytest

LIMITS = [
    {"metric": "flip_rate", "max": 0.2, "slices": ["Overall"]},
    {"metric": "rejects.share", "max": 0.01},
]
WORDS = {"female": ("she", "he"), "male": ("he", "she")}


def pairs():
    groups = np.array(["female", "male"])[np.arange(60) % 2]
    return pd.DataFrame({
        "example_id": [f"e{i}" for i in range(60)],
        "text": [f"{WORDS[g][0]} wrote {i}" for i, g in enumerate(groups)],
        "counterfactual.text": [f"{WORDS[g][1]} wrote {i}" for i, g in enumerate(groups)],
    })


def fair(texts):
    return [0.9 if int(text.split()[-1]) % 3 else 0.1 for text in texts]


def unfair(texts):
    return [0.9 if text.startswith("she") else 0.1 for text in texts]


@pytest.mark.fairflip(limits=LIMITS)
def test_fair(fairflip):
    result = fairflip(pairs(), model=fair, text="text", controls=0)
    assert result.report.models[0].slices[0].num_pairs == 60


@pytest.mark.fairflip(limits=LIMITS)
def test_unfair(fairflip):
    fairflip(pairs(), model=unfair, text="text", controls=0)


def test_without_limits(fairflip):
    fairflip(pairs(), model=fair, text="text", controls=0)


@pytest.mark.fairflip(limits="not_worse.textproto")
def test_worse_than_before(fairflip, tmp_path):
    import fairflip as package

    reference = package.evaluate(
        pairs(), model=fair, text="text", controls=0, output_dir=str(tmp_path / "before")
    )
    result = package.evaluate(
        pairs(), model=unfair, text="text", controls=0, output_dir=str(tmp_path / "after")
    )
    fairflip.check(reference, LIMITS)
    fairflip.check(result, reference=reference.output_dir)
"""


def test_the_marker_fails_and_passes_tests(pytester):
    pytester.makepyfile(TESTS)
    limits = 'limits { metric: "flip_rate" not_worse_by: 0.05 slices: "Overall" }'
    pytester.path.joinpath("not_worse.textproto").write_text(limits)
    result = pytester.runpytest_inprocess(
        # As an entry point loads it, whether or not this environment has it.
        *("-p", "no:fairflip", "-p", "fairflip._pytest_plugin", "-p", "no:cacheprovider"),
        *("--strict-markers", "-rA"),
    )
    result.assert_outcomes(passed=1, failed=3)
    output = result.stdout.str()
    assert "PASSED test_the_marker_fails_and_passes_tests.py::test_fair" in output
    assert "flip_rate of model in Overall at 0.5 is 1 " in output
    assert "breaks max 0.2" in output
    assert "no limits, so that any model would pass" in output
    assert "breaks max 0.05" in output


def test_pytest_finds_the_plugin_by_itself():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"fairflip": "fairflip._pytest_plugin"}
