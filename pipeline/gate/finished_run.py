"""The gate on a finished run: is it whole, and does it keep its limits?"""

from __future__ import annotations

import math

from fairflip._version import __version__
from fairflip.pipeline.gate.score_losses import score_losses
from fairflip.pipeline.gate.tfma_thresholds import NAME as TFMA_THRESHOLD
from fairflip.pipeline.gate.verdict import FAIL, PASS, check_limits
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import REPORT, read_whole, verify_manifest
from fairflip.protos.errors import InputError
from fairflip.protos.forms.json_form import report_from_json
from fairflip.protos.limits_pb2 import Limits
from fairflip.protos.report_pb2 import GateResult

INTEGRITY = "run is complete and unaltered"


def check_run(output_dir: str, limits: Limits, version: str = __version__) -> list[GateResult]:
    """Every limit on a run, if the run can be trusted.

    Args:
        output_dir: The run's directory, local or on a Beam filesystem.
        limits: As `limits.load_limits` gives them; none where all are on differences.
        version: Runs of another version fail.

    Returns:
        One result for the run's integrity; where that is a pass, the results of the
        limits after it, and those of TFMA's thresholds, which the run left in its report.
        A run that is incomplete, of another version, or altered has only failures.

    Raises:
        ConfigurationError: A limit matches nothing in the report.
    """
    problems = verify_manifest(output_dir, version)
    if not problems:
        try:
            report = report_from_json(read_whole(filesystem.join(output_dir, REPORT)))
        except InputError as error:
            problems = [str(error)]
    if problems:
        return [_integrity(FAIL, problem) for problem in problems]
    return [
        _integrity(PASS, "all files are as the run wrote them"),
        *(check_limits(report, limits) if limits.limits else score_losses(report)),
        *(result for result in report.gate if result.name == TFMA_THRESHOLD),
    ]


def _integrity(verdict: str, message: str) -> GateResult:
    return GateResult(
        name=INTEGRITY,
        verdict=verdict,
        observed=math.nan,
        limit=math.nan,
        message=message,
    )
