"""No example of limits lets a rate fall by what was left out, marked or given the weight 0."""

from __future__ import annotations

import json
import re

import pytest

from support import ROOT
from support.configurations import parse_limits

ASKED = {
    "rejects.share",
    "pairing.num_legitimate_flip_pairs",
    "pairing.num_zero_weight_pairs",
}


def examples() -> list[tuple[str, str, str]]:
    """(where, format, text) of each file of limits in docs, notebooks and examples."""
    actual = []
    for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]:
        for kind, block in re.findall(
            r"```(textproto|yaml)\n(.*?)```", page.read_text(), re.DOTALL
        ):
            if re.search(r"^limits\b", block, re.MULTILINE):
                actual.append((page.name, kind, block))
    for path in (ROOT / "examples").rglob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            for block in re.findall(r'"""(.*?)"""', "".join(cell["source"]), re.DOTALL):
                if re.search(r"^limits \{", block, re.MULTILINE):
                    actual.append((path.name, "textproto", block))
    for path in (ROOT / "examples").rglob("*limits*.textproto"):
        actual.append((path.name, path.suffix.lstrip("."), path.read_text()))
    return actual


@pytest.mark.parametrize("example", examples(), ids=lambda example: "-".join(example[:2]))
def test_an_example_of_limits_holds_what_could_lower_a_rate_in_silence(example):
    _, kind, text = example
    limits = parse_limits(text, kind)
    assert {limit.metric for limit in limits.limits} >= ASKED


def test_the_examples_are_found():
    assert {name for name, _, _ in examples()} >= {
        "gate.md",
        "asymmetry.md",
        "matched_thresholds.md",
        "05_your_own_model.ipynb",
    }
