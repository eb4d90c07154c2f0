"""From a run's configuration to the remedy, and the model that has it."""

from __future__ import annotations

import pytest

from fairflip.pipeline.averaging.remedies import remedied, remedy_of
from fairflip.pipeline.config.settings import with_defaults
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError


def test_the_remedy_makes_counterfactuals_as_the_run_does():
    config = PipelineConfig(
        data={"text_feature": "words"},
        generator={"method": "substitution", "terms": "identity", "categories": ["gender"]},
        remediation={"technique": "averaging", "held_out_terms": ["she"]},
    )
    remedy = remedy_of(with_defaults(config))
    assert (remedy.technique, remedy.method, remedy.terms) == (
        "averaging",
        "substitution",
        "identity",
    )
    assert list(remedy.categories) == ["gender"]
    assert list(remedy.held_out_terms) == ["she"]
    assert (remedy.text_feature, remedy.num_averaged) == ("words", 4)
    config.remediation.num_averaged = 9
    assert remedy_of(config, "blindness").num_averaged == 9
    assert remedy_of(config, "blindness").technique == "blindness"


def test_of_a_table_the_remedy_changes_the_attribute_as_the_run_does():
    config = with_defaults(
        PipelineConfig(
            generator={
                "attribute": "gender",
                "attribute_values": ["f", "m"],
                "linked": [{"column": "title", "values": ["Mrs:Mr"]}],
            },
            remediation={"technique": "averaging"},
        )
    )
    remedy = remedy_of(config)
    assert (remedy.method, remedy.attribute, remedy.edits) == ("attribute", "gender", "full")
    assert list(remedy.attribute_values) == ["f", "m"]
    assert remedy.linked == config.generator.linked
    config.generator.method = ""
    with pytest.raises(ConfigurationError, match="give --examples with --attribute"):
        remedy_of(config)


def test_the_model_is_the_baseline_under_another_name():
    baseline = ModelSpec(name="a", onnx_file="x.onnx", output_name="toxic", score_scale="logit")
    made = remedied(
        baseline, "b", remedy_of(PipelineConfig(remediation={"technique": "averaging"}))
    )
    assert made.name == "b"
    assert made.at_inference.technique == "averaging"
    made.ClearField("at_inference")
    made.name = "a"
    assert made == baseline
    assert not baseline.HasField("at_inference")
