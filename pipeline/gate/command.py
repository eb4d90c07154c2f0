"""`fairflip gate`: checks a finished run against its limits and says so everywhere.

Prints a line per check, writes gate.xml and gate.md into the run's directory,
and gives the exit code.
"""

from __future__ import annotations

import sys
from typing import TextIO

from fairflip.pipeline.gate.finished_run import check_run
from fairflip.pipeline.gate.limits import load_limits
from fairflip.pipeline.gate.output import to_lines, write_results
from fairflip.pipeline.gate.verdict import exit_code, passes
from fairflip.protos.config_pb2 import PipelineConfig


def check(config: PipelineConfig, stream: TextIO | None = None) -> int:
    """Holds the run in `output.output_dir` against the limits in `evaluation.limits`.

    Args:
        config: Complete and valid for the command "gate".
        stream: Where the lines go; standard output unless given.

    Returns:
        0 where everything passed, 1 otherwise.

    Raises:
        ConfigurationError: The limits are wrong, or match nothing in the run.
        OSError: The results cannot be written.
    """
    output_dir = config.output.output_dir
    limits = load_limits(config.evaluation.limits)
    results = check_run(output_dir, limits)
    stream = stream or sys.stdout
    for line in to_lines(results):
        print(line, file=stream)
    wrong = sum(not passes(each) for each in results)
    verdict = f"{wrong} of {len(results)} checks do not pass" if wrong else "all checks pass"
    print(f"gate: {verdict}", file=stream)
    write_results(output_dir, results)
    return exit_code(results)
