"""The gate's results in the run's own report.

They are what `fairflip gate` says but for the run's integrity, which only a finished
directory has.
"""

from __future__ import annotations

import tempfile

from fairflip.pipeline.gate.limits import apart, load_limits
from fairflip.pipeline.gate.tfma_thresholds import from_tfma
from fairflip.pipeline.gate.verdict import check_limits
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.run_folder import TFMA_DIR
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.report_pb2 import GateResult, RunReport

VALIDATIONS = "validations"


def enter_gate(config: PipelineConfig, report: RunReport) -> None:
    """Fills `report.gate`: the limits' results, and those of TFMA's MetricThresholds.

    Limits that match nothing in the report are not entered; the gate itself, which
    comes when the report is written, refuses them by name.
    """
    del report.gate[:]
    if config.evaluation.limits:
        try:
            own, _ = apart(load_limits(config.evaluation.limits))
            report.gate.extend(check_limits(report, own) if own.limits else [])
        except ConfigurationError:
            del report.gate[:]
    # Only an EvalConfig of the user's sets thresholds, and reading the results imports TFMA.
    if config.evaluation.eval_config:
        report.gate.extend(tfma_results(config.output.output_dir))


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
        files = filesystem.match([pattern], "the run's TFMA results")
    except InputError:
        return []
    return sorted({entry.path.rsplit("/", 1)[0] for entry in files})
