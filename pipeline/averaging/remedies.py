"""The remedy at inference that a run's configuration asks for."""

from __future__ import annotations

from fairflip.protos.config_pb2 import (
    InferenceRemedy,
    ModelSpec,
    PipelineConfig,
    RemediationSpec,
)
from fairflip.protos.forms.config_fields import default_of


def remedy_of(config: PipelineConfig, technique: str = "") -> InferenceRemedy:
    """The remedy, with the run's own generator.

    Args:
        config: Of the run; `generator` says how counterfactuals are made.
        technique: "averaging" or "blindness"; empty: the configuration's.
    """
    generator, remediation = config.generator, config.remediation
    number = remediation.num_averaged or default_of(RemediationSpec, "num_averaged")
    return InferenceRemedy(
        technique=technique or remediation.technique,
        method=generator.method,
        terms=generator.terms,
        function=generator.function,
        per_term=generator.per_term,
        categories=generator.categories,
        tagger=generator.tagger,
        language=generator.language,
        held_out_terms=remediation.held_out_terms,
        num_averaged=number,
        text_feature=config.data.text_feature,
    )


def remedied(baseline: ModelSpec, name: str, remedy: InferenceRemedy) -> ModelSpec:
    """The baseline under another name, asked in another way."""
    spec = ModelSpec()
    spec.CopyFrom(baseline)
    spec.name = name
    spec.at_inference.CopyFrom(remedy)
    return spec
