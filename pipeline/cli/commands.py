"""What each command does, from a valid configuration to files, a table and an exit code."""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Sequence
from io import TextIOBase
from typing import TextIO

from fairflip._version import __version__
from fairflip.metrics.curves.learning_curves import PAIR_LOSSES, stands_still, unmoved_in_words
from fairflip.pipeline.beam import dataflow_options
from fairflip.pipeline.cli.quiet_tensorflow import import_tensorflow
from fairflip.pipeline.evaluate.inputs import (
    EvaluationInputs,
    check_evaluation_inputs,
    check_training_inputs,
    first_records,
)
from fairflip.pipeline.guess.columns import settle_columns
from fairflip.pipeline.run import submitted
from fairflip.pipeline.run.job import Job, Outcome
from fairflip.pipeline.run.progress import Progress
from fairflip.pipeline.run.state import open_run
from fairflip.pipeline.score.libraries import extras
from fairflip.pipeline.score.model_files.checks import check_models
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import remove_manifest, write_manifest
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError, printable
from fairflip.protos.forms.messages import count_of
from fairflip.protos.forms.model_specs import gives_several, is_in_files, sources_of
from fairflip.protos.forms.remediation_choices import AT_INFERENCE
from fairflip.protos.report_pb2 import RunReport


def _checked_inputs(command: str, job: Job) -> EvaluationInputs:
    """Looks at all inputs, and says what was found out of them that nobody said.

    Before anything heavy is imported: a wrong column is answered at once.
    """
    label = job.config.data.label_feature
    if command in _NAMING_COLUMNS:
        for note in settle_columns(job.config, command):
            job.progress.say_anyway(printable(note))
    inputs = EvaluationInputs()
    if command in _PAIRING:
        inputs = check_evaluation_inputs(job.config)
    if command in _TRAINING:
        training = tuple(checked for _, checked in check_training_inputs(job.config))
        inputs = dataclasses.replace(inputs, training=training)
    if job.config.data.split_by_hash:
        job.progress.say_anyway(_SPLIT)
    for note in inputs.notes:
        job.progress.say(printable(note))
    if any(map(gives_several, job.config.models)):
        from fairflip.pipeline.outputs.naming import with_named_outputs

        # A label that nobody named may turn out to be none of classes.
        instead = label if label != job.config.data.label_feature else None
        with job.progress.step("see what models give"):
            first = inputs.originals if command in _PAIRING else inputs.training[0]
            job.config = with_named_outputs(job.config, lambda: first_records(first), instead)
        if command in _PAIRING:
            again = check_evaluation_inputs(job.config)
            inputs = dataclasses.replace(again, training=inputs.training)
    return inputs


def _evaluate(job: Job, inputs: EvaluationInputs) -> Outcome:
    from fairflip.pipeline.evaluate import jobs

    if any(m.HasField("train") for m in job.config.models):
        raise ConfigurationError(
            "models[].train: only `fairflip run` trains; give the model's path to `evaluate`"
        )
    models = job.config.models
    options = job.options()
    with open_run(job.config, "evaluate"):
        remove_manifest(job.output_dir)
        submitted.note(job.config)
        if dataflow_options.only_submits(options):
            jobs.submit_files(job.config, inputs, options)
            job.progress.say(
                "the job is submitted; when it has ended, complete the run with "
                f"fairflip report --run={job.output_dir}"
            )
            return Outcome(RunReport())
        with job.progress.step(f"evaluate {', '.join(m.name for m in models)}"):
            read = job.read_inputs  # taken now, before a file is read
            report = jobs.evaluate_files(job.config, inputs, options)
            read.refuse_changed(read.for_evaluation)
        return Outcome(_finish(job, report, models))


def _remediate(job: Job, inputs: EvaluationInputs) -> Outcome:
    from fairflip.pipeline.averaging.specification import read_specification
    from fairflip.pipeline.run import steps
    from fairflip.pipeline.storage.run_folder import MODELS

    config = job.config
    if config.remediation.technique in AT_INFERENCE:
        return _wrap(job)
    with open_run(config, "remediate"):
        retrained = steps.retrain(job, config.models[0])
        name = config.remediation.model_name
        asked = read_specification(job.folder(MODELS, name))
        made = [asked or ModelSpec(name=name, path=job.folder(MODELS, name, steps.KERAS_FILE))]
        if retrained.sweep is not None and retrained.sweep.nothing_to_remove:
            made = []
        elif config.models[0].huggingface and not config.remediation.trainer:
            made = [ModelSpec(name=name, huggingface=job.folder(MODELS, name, steps.HUGGINGFACE))]
        report = RunReport(sweep=retrained.sweep, sums=[retrained.trained_on])
        report.learning_curves.extend(steps.learning_curves_of(job, name))
        for curve in report.learning_curves:
            if curve.quantity in PAIR_LOSSES and stands_still(curve.values):
                job.progress.say(unmoved_in_words(name, curve.quantity, curve.values))
        job.describe(report, [config.models[0], *made])
    return Outcome(report, retrained.model)


def _wrap(job: Job) -> Outcome:
    """Writes how to ask the model: nothing is trained."""
    from fairflip.pipeline.averaging.functions import RemediedModel
    from fairflip.pipeline.averaging.in_graph import write_remedy
    from fairflip.pipeline.averaging.remedies import remedied, remedy_of
    from fairflip.pipeline.run.training import load_baseline
    from fairflip.pipeline.storage.run_folder import MODELS

    config = job.config
    baseline, data = config.models[0], config.data
    model = remedied(baseline, config.remediation.model_name, remedy_of(config))
    with open_run(config, "remediate"):
        features = dict.fromkeys([data.text_feature, *data.input_features])
        loaded = RemediedModel(model, [name for name in features if name])
        write_remedy(model, baseline, job.folder(MODELS, model.name), load_baseline)
        report = RunReport()
        job.describe(report, [baseline])
    return Outcome(report, loaded)


def _run(job: Job, inputs: EvaluationInputs) -> Outcome:
    from fairflip.pipeline.run.steps import RunSteps

    with open_run(job.config, "run") as state:
        return RunSteps(job, inputs, state).perform()


def _finish(job: Job, report: RunReport, models: Sequence[ModelSpec]) -> RunReport:
    """Completes the report and writes every file that is made from it; the manifest last."""
    from fairflip.pipeline.run import report_files

    job.describe(report, models)
    with job.progress.step("write the report"):
        files = report_files.write_all(job.config, report)
    job.say_cautions(report)
    write_manifest(job.output_dir, files, __version__)
    return report


def _generate(job: Job, inputs: EvaluationInputs) -> Outcome:
    from fairflip.pipeline.evaluate import jobs

    with open_run(job.config, "generate"):
        remove_manifest(job.output_dir)
        with job.progress.step("generate counterfactuals"):
            read = job.read_inputs
            report = jobs.pair_files(job.config, inputs, job.options())
            read.refuse_changed(read.for_evaluation)
        return Outcome(_finish(job, report, []))


def _report(job: Job, inputs: EvaluationInputs) -> Outcome:
    from fairflip.pipeline.run import report_files

    if submitted.is_waiting(job.output_dir):
        return _complete(job)
    report = report_files.read_report(job.output_dir)
    report_files.rewrite_views(job.config, report)
    if job.config.output.tfma_result == "true":
        with job.progress.step("write the TFMA result"):
            report_files.add_tfma_result(job.output_dir, report, job.options())
    return Outcome(report)


def _complete(job: Job) -> Outcome:
    """Finishes an evaluation whose job ended after its launcher was gone."""
    from fairflip.pipeline.evaluate import jobs

    config = submitted.noted(job.output_dir)
    with open_run(config, "evaluate"):
        report = jobs.finished_report(config)
        whole = Job(config, job.beam_flags, job.progress)
        return Outcome(_finish(whole, report, config.models))


def _sweep(job: Job, inputs: EvaluationInputs) -> Outcome:
    from fairflip.pipeline.run import training

    if not training.is_sweep(job.config):
        raise ConfigurationError(
            "remediation.loss_weights: a sweep needs at least two settings; "
            "give --loss_weight several times, or --sweep_loss"
        )
    return _run(job, inputs)


_WITH_TENSORFLOW = ("evaluate", "remediate", "run", "sweep")
_TRAINING = ("remediate", "run", "sweep")
_PAIRING = ("generate", "evaluate", "run", "sweep")
_NAMING_COLUMNS = (*_PAIRING, "remediate")
_SPLIT = (
    "examples are split by a hash of their ID, the same in every run: 60 % to train on, 10 % to "
    "tell when to stop, 30 % to judge"
)
_COMMANDS: dict[str, Callable[[Job, EvaluationInputs], Outcome]] = {
    "generate": _generate,
    "evaluate": _evaluate,
    "remediate": _remediate,
    "run": _run,
    "report": _report,
    "sweep": _sweep,
}


def perform(
    command: str,
    config: PipelineConfig,
    beam_flags: Sequence[str],
    *,
    quiet: bool = False,
    stream: TextIO | TextIOBase | None = None,
) -> Outcome:
    """Runs one command with a complete, valid configuration.

    Args:
        command: "generate", "evaluate", "remediate", "run", "sweep" or "report".
        config: From `configure`.
        beam_flags: What is Beam's of the command line.
        quiet: No progress.
        stream: Where progress is told; standard error unless given.

    Raises:
        InputError: The data or a model is not what the configuration says.
    """
    job = Job(config, beam_flags, Progress(stream, quiet=quiet))
    if beam_flags:
        options = job.options()  # a misspelt flag is to be seen before any work is done
        if dataflow_options.is_dataflow(options):
            dataflow_options.refuse_local_paths(config)
    inputs = _checked_inputs(command, job)
    _check_tensorflow(command, job)
    # Seconds before TensorFlow is there, and before anything of the file is run.
    check_models([model for model in config.models if is_in_files(model)])
    if command in _WITH_TENSORFLOW and any(m.path or m.HasField("train") for m in config.models):
        with job.progress.step("start TensorFlow"):
            import_tensorflow()
    return _COMMANDS[command](job, inputs)


def _check_tensorflow(command: str, job: Job) -> None:
    """Where TensorFlow or TFMA is missing, refuses what needs them and says what is left out."""
    config = job.config
    if command in _WITH_TENSORFLOW:
        for index, model in enumerate(config.models):
            for source in sources_of(model):
                if source in ("path", "train"):
                    extras.require_tensorflow(f"models[{index}].{source}")
        if config.evaluation.eval_config:
            extras.require_tensorflow("evaluation.eval_config")
    if config.output.tfma_result == "true":
        extras.require_tensorflow("output.tfma_result")
    if command == "evaluate" and config.output.tfma_result == "auto" and not extras.has_tfma():
        job.progress.say("OUT/tfma is left out: this environment has no TFMA")


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
        from fairflip.pipeline.cli.dry_run import describe

        print(describe(command, config))
        return 0
    if command == "gate":
        return _gate(config)
    outcome = perform(command, config, beam_flags, quiet=quiet)
    _print_outcome(config, outcome)
    if command in {"run", "evaluate"} and config.evaluation.limits:
        return _gate(config)
    return _tfma_thresholds(outcome.report)


def _gate(config: PipelineConfig) -> int:
    from fairflip.pipeline.gate import command as gate_command

    reference = config.evaluation.reference
    if not reference:
        return gate_command.check(config)
    from fairflip.pipeline.compare.command import results_against

    folders = [reference, config.output.output_dir]
    return gate_command.check(config, compared=functools.partial(results_against, folders))


def _tfma_thresholds(report: RunReport) -> int:
    """Without limits of our own, those of the user's EvalConfig still decide."""
    from fairflip.pipeline.gate.output import to_lines
    from fairflip.pipeline.gate.verdict import exit_code

    for line in to_lines(report.gate):
        print(line)
    return exit_code(report.gate) if report.gate else 0


def _print_summary(report: RunReport) -> None:
    if sys.stdout.isatty():
        from fairflip.view.terminal.console import print_summary

        print_summary(report)
    else:
        from fairflip.view.terminal.summary_table import format_table

        print(format_table(report))


def _print_pairs(config: PipelineConfig, report: RunReport) -> None:
    """What `generate` made: how, and twenty pairs to read."""
    from fairflip.pipeline.run.report_files import pairs_to_read
    from fairflip.view.terminal import summary_table

    print(report.edits.sentence, report.edits.blind_spots, sep="\n")
    if config.output.no_text or config.output.no_examples:
        return
    pairs = pairs_to_read(config.output.output_dir)
    if not pairs:
        return
    print(f"\n{count_of(len(pairs), 'pair')} to read; texts may be offensive:")
    if sys.stdout.isatty():
        from fairflip.view.terminal.console import print_pairs

        print_pairs(pairs)
    else:
        print(summary_table.format_pairs(pairs))
    print()


def _print_outcome(config: PipelineConfig, outcome: Outcome) -> None:
    from fairflip.pipeline.cli.metric_listing import missing_metrics
    from fairflip.pipeline.records.record_sums import describe_sums
    from fairflip.pipeline.run.report_files import REPORT_JSON

    output_dir = config.output.output_dir
    report = outcome.report
    if report.models:
        _print_summary(report)
    elif report.pairing.num_pairs:
        _print_pairs(config, report)
    pairing, lines = report.pairing, []
    if pairing.num_originals:
        lines.append(
            f"{count_of(pairing.num_originals, 'original')}, "
            f"{count_of(pairing.num_pairs, 'pair')}, "
            f"{count_of(pairing.num_unmatched_originals, 'unmatched original')}"
        )
    if sums := describe_sums(report):
        lines.append(sums)
    lines += [
        f"left out at {reject.stage}: {reject.count:,} ({reject.reason})"
        for reject in report.rejects
    ]
    lines += missing_metrics()
    if report.models or pairing.num_originals:
        lines.append(f"report: {filesystem.join(output_dir, 'report.html')}")
        lines.append(f"numbers: {filesystem.join(output_dir, REPORT_JSON)}")
    else:
        lines.append(f"written to {output_dir}")
    _print_lines(lines)


def _print_lines(lines: Sequence[str]) -> None:
    if sys.stdout.isatty():
        from fairflip.view.terminal.console import print_lines

        print_lines(lines)
    else:
        print(*lines, sep="\n")
