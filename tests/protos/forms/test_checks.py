"""A value that breaks an option of its field is named with what is wrong and a cure."""

from __future__ import annotations

import math

import pytest

from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig, RemediationSpec
from fairflip.protos.forms.checks import Problems, check_field
from fairflip.protos.forms.config_fields import config_fields
from fairflip.protos.limits_pb2 import Limit


def problems_of(message, command="") -> list[str]:
    problems = Problems()
    for field in message.DESCRIPTOR.fields:
        check_field(message, field.name, command, problems)
    return problems


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Limit(metric="auc", max=math.nan), "max: nan is not finite"),
        (Limit(metric="auc", min_originals=-1), "min_originals: -1 is out of range; give 0 or more"),
        (Limit(metric="auc", bound="midle"), "bound: 'midle' is unknown; valid: point, interval"),
        (Limit(metric=" "), "metric: is empty; name one"),
        (Limit(metric="auc", slices=["a", "a"]), "slices: 'a' is given 2 times; give it once"),
        (Limit(metric="auc", models=[""]), "models[0]: is empty; name one, or remove it"),
        (RemediationSpec(loss_weights=[math.inf]), "loss_weights[0]: inf is not 0 or more"),
        (RemediationSpec(auc_budget=1.5), "auc_budget: 1.5 is not in [0, 1]"),
        (RemediationSpec(min_diff_group="a:"), "min_diff_group: 'a:' is not of the form"),
        (ModelSpec(name="m", max_answer_minutes=0), "max_answer_minutes: 0.0 is not above 0"),
        (ModelSpec(handler="m"), "name: is empty; name the model"),
        (
            PipelineConfig(data={"indicator_columns": [{"feature": "g", "columns": "c"}] * 2}),
            "data.indicator_columns: 'g' is given 2 times",
        ),
        (PipelineConfig(seed=2**32), "seed: 4294967296 is out of range; give 0 to 4294967295"),
    ],
)  # fmt: skip
def test_a_value_out_of_bounds(message, expected):
    assert [p for p in problems_of(message) if p.startswith(expected)], problems_of(message)


def test_what_is_unset_is_no_mistake():
    assert problems_of(PipelineConfig()) == []
    assert problems_of(Limit(metric="auc")) == []


@pytest.mark.parametrize("command", ["generate", "evaluate", "remediate", "run", "report", "gate"])
def test_fields_of_other_commands_are_passed_over(command):
    config = PipelineConfig(evaluation={"limits": "/none", "thresholds": [0.5, 0.5]}, seed=-1)
    config.remediation.technique = "magic"
    config.data.train_examples.extend(["a", "a"])
    read = {field.path for field in config_fields() if command in field.commands}
    mistaken = {
        "evaluation.limits", "evaluation.thresholds", "seed", "remediation.technique",
        "data.train_examples",
    }  # fmt: skip
    assert {problem.split(":")[0] for problem in problems_of(config, command)} == mistaken & read
