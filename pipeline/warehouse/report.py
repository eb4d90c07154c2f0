"""The report of a warehouse's answer."""

from __future__ import annotations

from fairflip._version import __version__
from fairflip.metrics.report.kinds import model_of_kinds
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.warehouse.answer import Answer
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_to_json
from fairflip.protos.forms.model_specs import THRESHOLD
from fairflip.protos.report_pb2 import RunReport

#: Why rows were left out, and in which step, as a run says it.
STAGE, REASON = "warehouse", "missing_id_or_score"


def report_of(answer: Answer, config: PipelineConfig, spec: StatisticsSpec) -> RunReport:
    """A report with what sums by kind of cluster say.

    Args:
        answer: What was counted.
        config: The configuration that the query was made of.
        spec: What was counted.
    """
    models = [
        model_of_kinds(name, number == 0, slices, spec)
        for number, (name, slices) in enumerate(zip(spec.models, answer.slices, strict=True))
    ]
    for model in models:
        model.model, model.decision = model.name, THRESHOLD
    report = RunReport(models=models)
    overall = models[0].slices[0]
    report.pairing.num_pairs = overall.num_pairs
    report.pairing.num_originals = overall.num_originals
    if answer.num_left_out:
        report.rejects.add(stage=STAGE, reason=REASON, count=answer.num_left_out)
    report.provenance.config = config_to_json(config)
    report.provenance.versions["fairflip"] = __version__
    return report
