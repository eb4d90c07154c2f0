"""Says in the gate how many pairs the scores themselves took out of the rates.

A pair that leaves because of its score is chosen by the very thing that is measured: a
rate over the others is never shown as if it were over all.
"""

from __future__ import annotations

from collections.abc import Iterator

from fairflip.protos.allowed_rejects import allowed_rejects
from fairflip.protos.config_pb2 import EvaluationSpec
from fairflip.protos.errors import InputError
from fairflip.protos.forms.json_form import config_from_json
from fairflip.protos.report_pb2 import GateResult, RunReport

NAME = "pairs left out because of their score"
#: What the report's sums call pairs that were scored, for the first and for a second time.
_PAIRS = ("pairs", "scored pairs")


def score_losses(report: RunReport) -> Iterator[GateResult]:
    """One result for each scoring of pairs that left some out; none where none was.

    It fails where more left than the run's `max_rejects` allows.
    """
    for entry in report.sums:
        lost, whole = entry.num_rejected, entry.num_in
        if entry.stage != "score" or entry.input not in _PAIRS or not lost:
            continue
        allowed = allowed_rejects(_evaluation(report), whole)
        keeps = lost <= allowed
        yield GateResult(
            name=NAME,
            verdict="pass" if keeps else "fail",
            metric="rejects.score",
            observed=lost,
            limit=allowed,
            message=(
                f"{lost:,} of {whole:,} {entry.input} have no score, or one off its scale, and "
                f"are in no rate: these are over the other {whole - lost:,}; at most "
                f"{allowed:g} may be"
            ),
        )


def _evaluation(report: RunReport) -> EvaluationSpec:
    try:
        return config_from_json(report.provenance.config or "{}").evaluation
    except InputError:  # of another version, which the gate refuses by itself
        return EvaluationSpec()
