"""What each command does, from a valid configuration to files, a table and an exit code."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

from fairflip.pipeline import filesystem, run_folder
from fairflip.pipeline.configuration_json import config_to_json
from fairflip.pipeline.evaluation_inputs import check_evaluation_inputs
from fairflip.pipeline.progress import Progress
from fairflip.pipeline.quiet_tensorflow import import_tensorflow
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.report_pb2 import RunReport, Sweep

INTERVAL_METHOD = "Wilson with effective sample size from resampling buckets of originals"
MODELS, STEPS = "models", "steps"
#: Training says how far it is this often, in seconds.
NOTE_SECONDS = 5.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a command leaves behind: the report, and a remediated model if it made one."""

    report: RunReport
    model: Any = None


@dataclasses.dataclass
class Job:
    """One command under way.

    Attributes:
        config: Complete and valid.
        beam_flags: What is Beam's of the command line.
        progress: Where it says what it is doing.
    """

    config: PipelineConfig
    beam_flags: Sequence[str]
    progress: Progress

    def __post_init__(self) -> None:
        self.started = datetime.now(timezone.utc)
        self._clock = time.monotonic()
        self._last_note = self._clock

    @property
    def output_dir(self) -> str:
        """The run's folder."""
        return self.config.output.output_dir

    @property
    def seconds(self) -> float:
        """Wall-clock seconds so far."""
        return time.monotonic() - self._clock

    def options(self) -> Any:
        """Beam's options, made on demand since they import Beam."""
        from fairflip.pipeline.beam_flags import beam_options

        return beam_options(self.beam_flags)

    def folder(self, *names: str) -> str:
        """A folder or file below the run's folder."""
        return filesystem.join(self.output_dir, *names)

    def training_note(self, share: float, text: str) -> None:
        """Progress of training, as the remediation room reports it; not every step of it."""
        now = time.monotonic()
        if now - self._last_note >= NOTE_SECONDS or share >= 1.0:
            self._last_note = now
            self.progress.say(f"  {share:4.0%} {text}")


def override(config: PipelineConfig, overrides: PipelineConfig) -> None:
    """Sets in `config`, in place, every field that `overrides` sets; lists are replaced."""
    from fairflip.pipeline.configuration_tree import merge_over

    merge_over(config, overrides)


def _baseline_with_path(job: Job) -> ModelSpec:
    """The first model, trained first where the configuration says so."""
    baseline = job.config.models[0]
    if not baseline.HasField("train"):
        return baseline
    from fairflip.pipeline import training

    folder = job.folder(MODELS, baseline.name)
    with job.progress.step(f"train {baseline.name}"):
        path = training.train_baseline_model(job.config, baseline, folder, job.training_note)
    return ModelSpec(name=baseline.name, path=path)


def _with_models(config: PipelineConfig, models: Sequence[ModelSpec]) -> PipelineConfig:
    changed = PipelineConfig()
    changed.CopyFrom(config)
    del changed.models[:]
    changed.models.extend(models)
    return changed


def _evaluate(job: Job) -> Outcome:
    inputs = check_evaluation_inputs(job.config)
    from fairflip.pipeline import evaluation

    with job.progress.step(f"evaluate {', '.join(m.name for m in job.config.models)}"):
        report = evaluation.evaluate_files(
            job.config, inputs, job.config.models, job.options(), job.output_dir
        )
    return Outcome(_finish(job, report, job.config.models))


def _remediate(job: Job) -> Outcome:
    baseline = _baseline_with_path(job)
    model, path, sweep = _retrain(job, baseline)
    remediated = ModelSpec(name=job.config.remediation.model_name, path=path)
    report = RunReport(sweep=sweep)
    _add_provenance(job, report, [baseline, remediated])
    return Outcome(report, model)


def _retrain(job: Job, baseline: ModelSpec) -> tuple[Any, str, Sweep | None]:
    """The remediated model, its path, and the sweep it was chosen from, if there was one."""
    from fairflip.pipeline import training

    config = job.config
    with job.progress.step("read training data"):
        tables = training.read_training_tables(config, training.needs_pairs(config))
        data = training.training_data(config, tables)
    job.progress.say(
        f"{data.num_examples:,} labelled examples, {data.num_pairs:,} pairs to train on"
    )
    folder = job.folder(MODELS, config.remediation.model_name)
    note = job.training_note
    with job.progress.step(f"remediate with {config.remediation.technique}"):
        if training.is_sweep(config):
            from fairflip.pipeline import sweep_step

            return sweep_step.sweep_models(config, baseline, tables, folder, note)
        return *training.remediate_model(config, baseline, data, folder, note), None


def _run(job: Job) -> Outcome:
    inputs = check_evaluation_inputs(job.config)
    from fairflip.pipeline import evaluation

    baseline = _baseline_with_path(job)
    first = [baseline, *job.config.models[1:]]
    step_dir = job.folder(STEPS, "baseline")
    # The pair set is frozen here; text stays in it until the candidate is scored.
    stepwise = _with_models(job.config, first)
    stepwise.output.no_text = False
    with job.progress.step(f"evaluate {', '.join(m.name for m in first)}"):
        found = evaluation.evaluate_files(stepwise, inputs, first, job.options(), step_dir)
    earlier = evaluation.EarlierStep(step_dir, tuple(m.name for m in first), found)
    model, path, sweep = _retrain(job, baseline)
    remediated = ModelSpec(name=job.config.remediation.model_name, path=path)
    both = [*first, remediated]
    with job.progress.step(f"evaluate {', '.join(m.name for m in both)}"):
        report = evaluation.evaluate_again(
            job.config, earlier, [remediated], job.options(), job.output_dir
        )
    if sweep is not None:
        report.sweep.CopyFrom(sweep)
    report = _finish(job, report, both)
    run_folder.delete_folder(job.folder(STEPS))
    return Outcome(report, model)


def _add_provenance(job: Job, report: RunReport, models: Sequence[ModelSpec]) -> None:
    from fairflip.pipeline.provenance import describe_run

    report.provenance.CopyFrom(
        describe_run(_with_models(job.config, models), config_to_json(job.config), INTERVAL_METHOD)
    )
    report.provenance.started = job.started.isoformat(timespec="seconds")
    report.provenance.seconds = round(job.seconds, 3)
    for name, seconds in job.progress.step_seconds.items():
        report.provenance.step_seconds[name] = round(seconds, 3)


def _finish(job: Job, report: RunReport, models: Sequence[ModelSpec]) -> RunReport:
    """Completes the report and writes every file that is made from it."""
    from fairflip.pipeline import report_files

    _add_provenance(job, report, models)
    with job.progress.step("write the report"):
        report_files.write_all(job.config, report)
    return report


def _generate(job: Job) -> Outcome:
    inputs = check_evaluation_inputs(job.config)
    from fairflip.pipeline import evaluation

    with job.progress.step("generate counterfactuals"):
        report = evaluation.pair_files(job.config, inputs, job.options(), job.output_dir)
    return Outcome(_finish(job, report, []))


def _report(job: Job) -> Outcome:
    from fairflip.pipeline import report_files

    report = report_files.read_report(job.output_dir)
    report_files.rewrite_views(job.config, report)
    return Outcome(report)


def _sweep(job: Job) -> Outcome:
    from fairflip.pipeline import training

    if not training.is_sweep(job.config):
        raise ConfigurationError(
            "remediation.loss_weights: a sweep needs at least two weights; "
            "give --loss_weight several times"
        )
    return _run(job)


_WITH_TENSORFLOW = ("evaluate", "remediate", "run", "sweep")
_COMMANDS: dict[str, Callable[[Job], Outcome]] = {
    "generate": _generate,
    "evaluate": _evaluate,
    "remediate": _remediate,
    "run": _run,
    "report": _report,
    "sweep": _sweep,
}


def perform(
    command: str, config: PipelineConfig, beam_flags: Sequence[str], *, quiet: bool = False
) -> Outcome:
    """Runs one command with a complete, valid configuration.

    Args:
        command: "generate", "evaluate", "remediate", "run", "sweep" or "report".
        config: From `configure`.
        beam_flags: What is Beam's of the command line.
        quiet: No progress on standard error.

    Raises:
        InputError: The data or a model is not what the configuration says.
    """
    job = Job(config, beam_flags, Progress(quiet=quiet))
    if beam_flags:
        job.options()  # a misspelt flag is to be seen before any work is done
    if command in _WITH_TENSORFLOW and any(m.path or m.HasField("train") for m in config.models):
        with job.progress.step("start TensorFlow"):
            import_tensorflow()
    return _COMMANDS[command](job)


def execute(
    command: str,
    config: PipelineConfig,
    beam_flags: Sequence[str],
    *,
    dry_run: bool = False,
    quiet: bool = False,
) -> int:
    """Runs one command for the command line and prints what it found.

    Returns:
        The exit code: 0, or 1 where the gate failed.
    """
    if dry_run:
        from fairflip.pipeline.dry_run import describe

        print(describe(command, config))
        return 0
    if command == "gate":
        return _gate(config)
    outcome = perform(command, config, beam_flags, quiet=quiet)
    _print_outcome(config, outcome)
    if command in {"run", "evaluate"} and config.evaluation.limits:
        return _gate(config)
    return 0


def _gate(config: PipelineConfig) -> int:
    from fairflip.pipeline import gate_command

    return gate_command.check(config)


def _print_outcome(config: PipelineConfig, outcome: Outcome) -> None:
    from fairflip.pipeline.metric_listing import missing_metrics
    from fairflip.pipeline.report_files import REPORT_JSON
    from fairflip.view.summary_table import format_table

    output_dir = config.output.output_dir
    report = outcome.report
    if report.models:
        print(format_table(report))
    pairing = report.pairing
    if pairing.num_originals:
        print(
            f"{pairing.num_originals:,} originals, {pairing.num_pairs:,} pairs, "
            f"{pairing.num_unmatched_originals:,} originals without a counterfactual"
        )
    for reject in report.rejects:
        print(f"left out at {reject.stage}: {reject.count:,} ({reject.reason})")
    for sentence in missing_metrics():
        print(sentence)
    if report.models or pairing.num_originals:
        print(f"report: {filesystem.join(output_dir, 'report.html')}")
        print(f"numbers: {filesystem.join(output_dir, REPORT_JSON)}")
    else:
        print(f"written to {output_dir}")
