"""`fairflip gate`: checks a finished run against its limits and says so everywhere.

Prints a line per check, writes gate.xml and gate.md into the run's directory,
and gives the exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from fairflip.pipeline.gate.finished_run import check_run
from fairflip.pipeline.gate.limits import apart, load_limits
from fairflip.pipeline.gate.output import to_lines, write_results
from fairflip.pipeline.gate.verdict import exit_code, passes
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.limits_pb2 import Limits
from fairflip.protos.report_pb2 import GateResult

#: The results of limits on the differences of a run from a reference.
Compared = Callable[[Limits], Sequence[GateResult]]


def check(
    config: PipelineConfig, stream: TextIO | None = None, compared: Compared | None = None
) -> int:
    """Holds the run in `output.output_dir` against the limits in `evaluation.limits`.

    Args:
        config: Complete and valid for the command "gate".
        stream: Where the lines go; standard output unless given.
        compared: Holds limits with `not_worse_by` against a comparison with
            `evaluation.reference`; None where there is no reference.

    Returns:
        0 where everything passed, 1 otherwise.

    Raises:
        ConfigurationError: The limits are wrong, or match nothing in the run.
        OSError: The results cannot be written.
    """
    output_dir = config.output.output_dir
    limits = load_limits(config.evaluation.limits)
    own, on_differences = apart(limits)
    if on_differences.limits and compared is None:
        raise ConfigurationError(
            f"{config.evaluation.limits}: not_worse_by needs the run to compare with; give "
            "--reference RUN"
        )
    if compared is not None and not on_differences.limits:
        raise ConfigurationError(
            f"--reference: no limit in {config.evaluation.limits} has not_worse_by, so that the "
            "reference would decide nothing; add one, or leave --reference out"
        )
    results = check_run(output_dir, own)
    # A run that is not whole has no numbers to compare.
    if compared is not None and passes(results[0]):
        results += compared(on_differences)
    stream = stream or sys.stdout
    for line in to_lines(results):
        print(line, file=stream)
    wrong = sum(not passes(each) for each in results)
    verdict = f"{wrong} of {len(results)} checks do not pass" if wrong else "all checks pass"
    print(f"gate: {verdict}", file=stream)
    write_results(output_dir, results)
    return exit_code(results)
