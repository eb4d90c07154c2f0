"""Configurations and limits from text, and the sentences about what is wrong with them."""

from __future__ import annotations

import pytest

from fairflip.pipeline.gate.limits import problems_of
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import parse_message
from fairflip.protos.limits_pb2 import Limits

TEXTPROTO = """
# proto-message: fairflip.PipelineConfig
data { examples: ["a.csv", "b.csv"] filters { column: "split" value: "test" } }
models { name: "one" path: "m.keras" }
models < name: "two"; score_feature: 's' ' t' >
evaluation { slices: "gender" slices: "gender,race" thresholds: [.25, 5e-1] score_unpaired: false }
remediation { loss_weights: 2 min_diff_group: "a:\\"b\\"" }
seed: -7
"""
JSON = """{
 "data": {"examples": ["a.csv", "b.csv"], "filters": [{"column": "split", "value": "test"}]},
 "models": [{"name": "one", "path": "m.keras"}, {"name": "two", "scoreFeature": "s t"}],
 "evaluation": {"slices": ["gender", "gender,race"], "thresholds": [0.25, 0.5], "score_unpaired": false},
 "remediation": {"loss_weights": 2, "min_diff_group": "a:\\"b\\"", "loss": null},
 "seed": "-7"
}"""
YAML = """
data:
  examples: [a.csv, b.csv]
  filters: [{column: split, value: test}]
models:
  - {name: one, path: m.keras}
  - name: two
    score_feature: s t
evaluation: {slices: [gender, 'gender,race'], thresholds: [.25, 5e-1], score_unpaired: false}
remediation:
  loss_weights: 2
  min_diff_group: 'a:"b"'
  loss:
seed: -7
"""


def mistakes(call, *args, **keywords) -> tuple[str, ...]:
    """The sentences of the `ConfigurationError` that a call raises."""
    with pytest.raises(ConfigurationError) as caught:
        call(*args, **keywords)
    return caught.value.problems


def parse_config(text: str, file_format: str) -> PipelineConfig:
    """A configuration from text; `file_format` is textproto, json or yaml."""
    return parse_message(text, file_format, PipelineConfig)


def parse_limits(text: str, file_format: str = "textproto") -> Limits:
    """Limits from text; raises a `ConfigurationError` with all mistakes in it."""
    limits = parse_message(text, file_format, Limits)
    problems = problems_of(limits)
    if problems:
        raise ConfigurationError(problems)
    return limits
