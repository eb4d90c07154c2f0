"""What ends an evaluation whose numbers would mislead: checked on its summary, in this order.

Records lost by a fault of ours; scores that are not of their scale; an input, or the
pairs, of which nothing is left; more records left out than the configuration allows.
"""

from __future__ import annotations

from fairflip.pipeline.evaluate.inputs import check_evaluation_inputs
from fairflip.pipeline.evaluate.unmatched_ids import why_ids_never_match
from fairflip.pipeline.records.record_sums import refuse_lost_records
from fairflip.pipeline.records.reject_limit import refuse_nothing_left, refuse_too_many_rejects
from fairflip.pipeline.score.off_scale import describe_off_scale, refuse_scores_off_scale
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.report_pb2 import RunReport


def refuse_misleading(config: PipelineConfig, report: RunReport, *folders: str) -> None:
    """Stops a run whose summary says that its numbers would mislead.

    Args:
        config: The run's configuration.
        report: The summary.
        folders: Where rejects of the run lie, one folder for each step so far.

    Raises:
        LostRecordsError: A sum over the records does not hold.
        InputError: The data, or a model, is not what the configuration says.
    """
    refuse_lost_records(report)
    refuse_scores_off_scale(report.score_ranges)
    pairing = report.pairing
    is_joined = bool(config.data.counterfactuals)
    if is_joined and 0 < pairing.num_counterfactuals == pairing.num_unmatched_counterfactuals:
        inputs = check_evaluation_inputs(config)
        if pairing.num_originals:
            raise InputError(why_ids_never_match(config.data, inputs))
    off_scale = [each for each in report.score_ranges if each.num_off_scale]
    about_scores = "; ".join(map(describe_off_scale, off_scale))
    refuse_nothing_left(config, report, folders, about_scores)
    refuse_too_many_rejects(config.evaluation, report, about_scores)
