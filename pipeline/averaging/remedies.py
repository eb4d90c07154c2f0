"""The remedy at inference that a run's configuration asks for."""

from __future__ import annotations

from fairflip.pipeline.averaging.plain import FULL, PLAIN, edits_for, plain_terms_of
from fairflip.protos.config_pb2 import (
    InferenceRemedy,
    ModelSpec,
    PipelineConfig,
    RemediationSpec,
)
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.config_fields import default_of
from fairflip.protos.forms.run_edits import ATTRIBUTE


def remedy_of(
    config: PipelineConfig, technique: str = "", baseline: ModelSpec | None = None
) -> InferenceRemedy:
    """The remedy, with the run's own generator.

    Args:
        config: Of the run; `generator` says how counterfactuals are made.
        technique: "averaging" or "blindness"; empty: the configuration's.
        baseline: The model to ask; None: the configuration's first.

    Raises:
        ConfigurationError: Plain edits are asked for, and the generator or list allows none; or
            models read a table, and no attribute of it is named.
        InputError: The list of terms is malformed.
    """
    generator, remediation = config.generator, config.remediation
    if generator.method == ATTRIBUTE:
        return InferenceRemedy(
            technique=technique or remediation.technique,
            method=ATTRIBUTE,
            attribute=generator.attribute,
            attribute_values=generator.attribute_values,
            linked=generator.linked,
            edits=FULL,
        )
    if config.data.without_text:
        raise ConfigurationError(
            f"remediation.technique: {technique or remediation.technique!r} asks a model of a "
            "table about records with another value of a column, and none is named; give "
            "--examples with --attribute COLUMN=VALUE,VALUE, or --technique clp"
        )
    number = remediation.num_averaged or default_of(RemediationSpec, "num_averaged")
    remedy = InferenceRemedy(
        technique=technique or remediation.technique,
        method=generator.method,
        terms=generator.terms,
        function=generator.function,
        per_term=generator.per_term,
        categories=generator.categories,
        tagger=generator.tagger,
        segmenter=generator.segmenter,
        language=generator.language,
        held_out_terms=remediation.held_out_terms,
        num_averaged=number,
        text_feature=config.data.text_feature,
    )
    remedy.edits = remediation.edits
    if remedy.edits == PLAIN:
        plain_terms_of(remedy)
    elif remedy.edits != FULL:
        first = config.models[0] if config.models else ModelSpec()
        model = first if baseline is None else baseline
        remedy.edits = edits_for(model, remedy, not config.data.input_features)
    return remedy


def remedied(baseline: ModelSpec, name: str, remedy: InferenceRemedy) -> ModelSpec:
    """The baseline under another name, asked in another way."""
    spec = ModelSpec()
    spec.CopyFrom(baseline)
    spec.name = name
    spec.at_inference.CopyFrom(remedy)
    return spec
