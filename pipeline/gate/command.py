"""`fairflip gate`: checks a finished run against its limits and says so everywhere.

Prints a line per check, writes gate.xml and gate.md into the run's directory,
and gives the exit code.
"""

from __future__ import annotations

import sys
import tempfile
from typing import TextIO

from fairflip.pipeline.gate.finished_run import INTEGRITY, check_run
from fairflip.pipeline.gate.limits import load_limits
from fairflip.pipeline.gate.output import to_lines, write_results
from fairflip.pipeline.gate.tfma_thresholds import from_tfma
from fairflip.pipeline.gate.verdict import FAIL, exit_code, passes
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.run_folder import TFMA_DIR
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.report_pb2 import GateResult

VALIDATIONS = "validations"


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
    if not any(each.name == INTEGRITY and each.verdict == FAIL for each in results):
        results += tfma_results(output_dir)
    stream = stream or sys.stdout
    for line in to_lines(results):
        print(line, file=stream)
    wrong = sum(not passes(each) for each in results)
    verdict = f"{wrong} of {len(results)} checks do not pass" if wrong else "all checks pass"
    print(f"gate: {verdict}", file=stream)
    write_results(output_dir, results)
    return exit_code(results)


def tfma_results(output_dir: str) -> list[GateResult]:
    """TFMA's own thresholds, from the validation files that it wrote for each model.

    TFMA is imported only where there are such files.
    """
    results: list[GateResult] = []
    for folder in _validated(output_dir):
        from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer

        model = folder.rstrip("/").rsplit("/", 1)[-1]
        load = metrics_plots_and_validations_writer.load_and_deserialize_validation_result
        with tempfile.TemporaryDirectory() as scratch:
            # TFMA reads by TensorFlow's filesystems, which have credentials of their own.
            results += from_tfma(load(filesystem.copy_to_local(folder, scratch)), model)
    return results


def _validated(output_dir: str) -> list[str]:
    """The TFMA result folders of a run that hold validations."""
    pattern = filesystem.join(output_dir, TFMA_DIR, "*", f"{VALIDATIONS}*")
    try:
        found = filesystem.match([pattern], "the run's TFMA results")
    except InputError:
        return []
    return sorted({entry.path.rsplit("/", 1)[0] for entry in found})
