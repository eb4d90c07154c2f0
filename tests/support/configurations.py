"""One configuration in three formats, and what is wrong with another."""

from __future__ import annotations

import pytest

from fairflip.protos.errors import ConfigurationError

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
