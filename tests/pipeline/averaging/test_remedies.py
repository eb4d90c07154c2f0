"""From a run's configuration to the remedy, and the model that has it."""

from __future__ import annotations

from fairflip.pipeline.averaging.remedies import remedied, remedy_of
from fairflip.pipeline.config.settings import with_defaults
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig


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
