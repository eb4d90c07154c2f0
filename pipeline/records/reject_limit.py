"""Stops a run that left out more records than the configuration allows."""

from __future__ import annotations

from fairflip.protos.config_pb2 import EvaluationSpec
from fairflip.protos.errors import InputError
from fairflip.protos.report_pb2 import RunReport


def refuse_too_many_rejects(evaluation: EvaluationSpec, report: RunReport) -> None:
    """Compares what was left out with `max_rejects`.

    Args:
        evaluation: `max_rejects` below 1 is a share of the records read, otherwise
            a count; unset, everything is allowed.
        report: With `rejects` and `pairing`.

    Raises:
        InputError: More was left out; the message names count, limit and reasons.
    """
    if not evaluation.HasField("max_rejects"):
        return
    limit = evaluation.max_rejects
    left_out = sum(reject.count for reject in report.rejects)
    read = report.pairing.num_records_read
    allowed = limit * read if limit < 1 else limit
    if left_out <= allowed:
        return
    reasons = ", ".join(f"{r.count:,} {r.reason} at {r.stage}" for r in report.rejects)
    raise InputError(
        f"evaluation.max_rejects: {left_out:,} of {read:,} records were left out and "
        f"{limit:g} is the limit ({reasons}); see rejects/, mend the data or raise the limit"
    )
