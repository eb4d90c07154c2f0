"""`fairflip run`: the steps from files to two models side by side, each done once.

    train the baseline (where asked) ─► evaluate it ─► retrain ─► evaluate both ─► report

An interrupted run goes on after its last finished step; see `state`. The first evaluation
fixes the pair set, and the second uses it again.
"""

from __future__ import annotations

import collections
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from fairflip.pipeline.averaging.in_graph import write_remedy
from fairflip.pipeline.averaging.remedies import remedied, remedy_of
from fairflip.pipeline.averaging.specification import SPECIFICATION, read_specification
from fairflip.pipeline.evaluate.inputs import EvaluationInputs
from fairflip.pipeline.records import record_sums, reject_files
from fairflip.pipeline.records.reject_limit import refuse_too_many_training_rejects
from fairflip.pipeline.run import huggingface_training
from fairflip.pipeline.run.cautions import nothing_removed
from fairflip.pipeline.run.job import Job, Outcome, with_models
from fairflip.pipeline.run.provenance import limits_fingerprint
from fairflip.pipeline.run.state import RunState
from fairflip.pipeline.score.model_files.fingerprint import spec_fingerprint
from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.pipeline.storage.run_folder import (
    CONTROL_COVERAGE_FILE,
    COVERAGE_FILE,
    DETAILS,
    MODELS,
    SCORED_EXAMPLES,
    STEPS,
    SUMMARY,
)
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.forms.messages import count_of
from fairflip.protos.forms.model_specs import all_outputs, file_name, is_in_files
from fairflip.protos.forms.remediation_choices import AT_INFERENCE
from fairflip.protos.report_pb2 import LearningCurve, Pairing, RecordSum, RunReport, Sweep

KERAS_FILE, SAVED_MODEL = "model.keras", "saved_model"
HUGGINGFACE = huggingface_training.FOLDER
_BASELINE_STEP = f"{STEPS}/baseline"
_SWEEP_FILE, _TRAINING_SUM_FILE = f"{STEPS}/sweep.binpb", f"{STEPS}/training_sum.binpb"
_SHARED_FILE = f"{STEPS}/shared_examples.binpb"


class RunSteps:
    """The steps of one run; each leaves its result in files, where the next one finds it."""

    def __init__(self, job: Job, inputs: EvaluationInputs, state: RunState):
        self._job = job
        self._inputs = inputs
        self._state = state
        self._config = job.config
        self._model: Any = None

    def perform(self) -> Outcome:
        """Does every step that is not done, and returns the report of both models."""
        from fairflip.pipeline.run import report_files

        job, state = self._job, self._state
        data, limits = job.read_inputs.data, limits_fingerprint(self._config)
        if state.is_complete():
            report = report_files.read_report(job.output_dir)
            known = dict(report.provenance.data_fingerprints)
            if known == {**data, **limits} and self._same_models(report):
                job.progress.say("nothing to do: this run is complete and its inputs are the same")
                return Outcome(report, self._loaded(report))
        if self._config.remediation.technique in AT_INFERENCE:
            remedy_of(self._config)  # says before anything is scored what is missing for it
        if self._config.models[0].HasField("train"):
            state.run_step("train-baseline", self._train_baseline, data)
        models = {
            m.name: job.read_inputs.models.get(m.name) or spec_fingerprint(m)
            for m in self._evaluated_first()
        }
        state.run_step("evaluate-baseline", self._evaluate_baseline, {**data, **models})
        state.run_step("remediate", self._remediate, data)
        state.run_step("evaluate-both", self._evaluate_both)
        state.run_step("report", self._report, limits)
        run_folder.delete_folder(job.folder(STEPS))
        state.finish(temporary_folder=STEPS)
        report = report_files.read_report(job.output_dir)
        return Outcome(report, self._model or self._loaded(report))

    def _same_models(self, report: RunReport) -> bool:
        known = report.provenance.model_fingerprints
        return all(
            known[model.name] == spec_fingerprint(model)
            for model in [*self._evaluated_first(), *self._candidates(report.sweep)]
            if is_in_files(model)
        )

    def _baseline(self) -> ModelSpec:
        """The first model; where it is trained here, the file that it is trained into."""
        model = self._config.models[0]
        if not model.HasField("train"):
            return model
        return ModelSpec(name=model.name, path=self._job.folder(MODELS, model.name, KERAS_FILE))

    def _evaluated_first(self) -> list[ModelSpec]:
        return [self._baseline(), *self._config.models[1:]]

    def _sweep(self) -> Sweep:
        """What the remediation step tried; empty where there was one setting."""
        path = self._job.folder(*_SWEEP_FILE.split("/"))
        if not filesystem.exists(path):
            return Sweep()
        return Sweep.FromString(filesystem.read_bytes(path))

    def _candidates(self, sweep: Sweep) -> list[ModelSpec]:
        """The remediated model; none where a sweep found nothing to remove."""
        return [] if sweep.nothing_to_remove else [self._remediated()]

    def _loaded(self, report: RunReport) -> Any:
        return next(map(self._load, self._candidates(report.sweep)), None)

    def _remediated(self) -> ModelSpec:
        name, baseline = self._config.remediation.model_name, self._baseline()
        chosen = read_specification(self._job.folder(MODELS, name))
        if chosen is not None and self._config.remediation.technique not in AT_INFERENCE:
            return chosen
        if self._config.remediation.technique in AT_INFERENCE:
            return remedied(baseline, name, remedy_of(self._config, baseline=baseline))
        if baseline.huggingface and not self._config.remediation.trainer:
            return ModelSpec(
                name=name,
                huggingface=self._job.folder(MODELS, name, huggingface_training.FOLDER),
                output_name=baseline.output_name,
                allow_custom_code=baseline.allow_custom_code,
            )
        # Retraining keeps the baseline's outputs, so that the same one is the score, and
        # whatever code of its own the baseline's file holds.
        return ModelSpec(
            name=name,
            path=self._job.folder(MODELS, name, KERAS_FILE),
            output_name=baseline.output_name,
            output_names=baseline.output_names,
            decision=baseline.decision,
            score_scale=self._config.models[0].score_scale,
            allow_custom_code=baseline.allow_custom_code,
            import_module=baseline.import_module,
            pixel_range=baseline.pixel_range,
            image_channels=baseline.image_channels,
        )

    def _load(self, model: ModelSpec) -> Any:
        if model.HasField("at_inference"):
            from fairflip.pipeline.averaging.functions import RemediedModel
            from fairflip.pipeline.score.transforms import input_features

            return RemediedModel(model, input_features(self._config.data))
        from fairflip.pipeline.run.training import load_baseline

        return load_baseline(model) if model.path and filesystem.is_local(model.path) else None

    def _train_baseline(self) -> list[str]:
        from fairflip.pipeline.run import training

        model = self._config.models[0]
        folder = self._job.folder(MODELS, model.name)
        # TensorFlow leaves its temporary files in the SavedModel of a try that failed.
        run_folder.delete_folder(filesystem.join(folder, SAVED_MODEL))
        with self._job.progress.step(f"train {model.name}"):
            training.train_baseline_model(self._config, model, folder, self._job.training_note)
        self._job.read_inputs.refuse_changed(self._job.read_inputs.for_training)
        return self._files_below(MODELS, model.name)

    def _evaluate_baseline(self) -> list[str]:
        from fairflip.pipeline.evaluate import jobs

        job, models = self._job, self._evaluated_first()
        folder = job.folder(STEPS, "baseline")
        run_folder.delete_folder(folder)
        config = with_models(self._config, models)
        if config.output.no_text:
            # The candidate is scored on the frozen pairs' text, which goes when that is done.
            run_folder.make_private(job.folder(STEPS))
        config.output.output_dir = folder
        config.output.no_text = False
        with job.progress.step(f"evaluate {', '.join(m.name for m in models)}"):
            jobs.evaluate_files(config, self._inputs, job.options())
        job.read_inputs.refuse_changed(job.read_inputs.for_evaluation)
        return [
            f"{_BASELINE_STEP}/{SUMMARY}",
            *self._files_in(_BASELINE_STEP, "scored_pairs"),
            *self._files_in(_BASELINE_STEP, SCORED_EXAMPLES),
            *self._files_in(_BASELINE_STEP, reject_files.REJECTS_DIR),
            *self._files_in(_BASELINE_STEP, "pairs"),
            *self._files_in(_BASELINE_STEP, DETAILS),
        ]

    def _files_in(self, *names: str) -> list[str]:
        return run_folder.names_of(self._job.output_dir, "/".join(names), "*")

    def _files_below(self, *names: str) -> list[str]:
        """Also those in folders of the folder, such as a SavedModel's."""
        return run_folder.names_below(self._job.output_dir, "/".join(names))

    def _remediate(self) -> list[str]:
        remediated = self._remediated()
        if self._config.remediation.technique in AT_INFERENCE:
            from fairflip.pipeline.run.training import load_baseline

            folder = self._job.folder(MODELS, remediated.name)
            write_remedy(remediated, self._baseline(), folder, load_baseline)
            return self._files_below(MODELS, remediated.name)
        # Of a try with other settings; no step after this one may read it.
        filesystem.remove(self._job.folder(*_SWEEP_FILE.split("/")))
        evaluated = [
            self._job.folder(*name.split("/"))
            for folder in ("scored_pairs", SCORED_EXAMPLES)
            for name in self._files_in(_BASELINE_STEP, folder)
        ]
        retrained = retrain(self._job, self._baseline(), evaluated)
        self._model = retrained.model
        files = self._files_below(MODELS, remediated.name)
        for name, message in (
            (_TRAINING_SUM_FILE, retrained.trained_on),
            (_SHARED_FILE, retrained.shared),
            (_SWEEP_FILE, retrained.sweep),
        ):
            if message is not None:
                with filesystem.create_atomically(self._job.folder(*name.split("/"))) as file:
                    file.write(message.SerializeToString(deterministic=True))
                files.append(name)
        return files

    def _evaluate_both(self) -> list[str]:
        from fairflip.pipeline.evaluate import jobs

        job, first = self._job, self._evaluated_first()
        folder = job.folder(STEPS, "baseline")
        earlier = jobs.EarlierStep(folder, tuple(m.name for m in first), jobs.read_summary(folder))
        config = with_models(self._config, [*first, *self._candidates(self._sweep())])
        names = [model.name for model in config.models]
        with job.progress.step(f"evaluate {', '.join(names)}"):
            jobs.evaluate_again(config, earlier, job.options())
        for name in (COVERAGE_FILE, CONTROL_COVERAGE_FILE):
            self._keep_coverage(folder, name)
        reject_files.carry_rejects(folder, job.output_dir, self._config.output.no_text)
        return [
            SUMMARY,
            *self._files_in("pairs"),
            *run_folder.coverage_files(self._job.output_dir),
            *self._files_in(reject_files.REJECTS_DIR),
            *self._files_in("scored_pairs"),
            *self._files_in(SCORED_EXAMPLES),
            *(
                file
                for output in all_outputs(config.models)
                for file in self._files_in("tfma", file_name(output.name))
            ),
        ]

    def _keep_coverage(self, folder: str, name: str) -> None:
        """Copies the first step's coverage, without text where it is hidden."""
        path = filesystem.join(folder, name)
        if not filesystem.exists(path):
            return
        content = json.loads(filesystem.read_bytes(path))
        if self._config.output.no_text:
            content.pop("examples", None)
        filesystem.write_json(self._job.folder(name), content)

    def _report(self) -> list[str]:
        from fairflip.pipeline.evaluate import jobs
        from fairflip.pipeline.evaluate.label_judgements import add_label_judgements
        from fairflip.pipeline.run import report_files

        job = self._job
        report: RunReport = jobs.read_summary(job.output_dir)
        sweep = self._sweep()
        if sweep.points:
            report.sweep.CopyFrom(sweep)
        if self._config.remediation.technique not in AT_INFERENCE:
            trained_on = filesystem.read_bytes(job.folder(*_TRAINING_SUM_FILE.split("/")))
            report.sums.append(RecordSum.FromString(trained_on))
            shared = filesystem.read_bytes(job.folder(*_SHARED_FILE.split("/")))
            report.pairing.MergeFrom(Pairing.FromString(shared))
        report.learning_curves.extend(learning_curves_of(job, self._config.remediation.model_name))
        scored = [
            self._job.folder(*name.split("/"))
            for folder in ("scored_pairs", SCORED_EXAMPLES)
            for name in self._files_in(folder)
        ]
        add_label_judgements(report, self._config, scored)
        job.describe(report, [*self._evaluated_first(), *self._candidates(sweep)])
        job.say_cautions(report)
        if not sweep.points and (sentence := nothing_removed(report)):
            job.progress.say(f"{sentence}; remediated all the same, as was asked")
        with job.progress.step("write the report"):
            return report_files.write_all(self._config, report)


def learning_curves_of(job: Job, model: str) -> list[LearningCurve]:
    """The losses of a model's training, from its record; none where it has none."""
    path = job.folder(MODELS, model, "training_record.json")
    if not filesystem.exists(path):
        return []
    curves = json.loads(filesystem.read_bytes(path)).get("curves") or {}
    return [
        LearningCurve(model=model, quantity=name, values=values)
        for name, values in sorted(curves.items())
    ]


class Retrained(NamedTuple):
    """What retraining leaves.

    Attributes:
        model: The remediated model.
        trained_on: Where the records that were read for training went.
        shared: How many of the originals evaluated are among them.
        sweep: What the model was chosen from; None: there was one setting.
    """

    model: Any
    trained_on: RecordSum
    shared: Pairing
    sweep: Sweep | None = None


def retrain(job: Job, baseline: ModelSpec, evaluated: Sequence[str] = ()) -> Retrained:
    """Writes the remediated model.

    Args:
        job: The command.
        baseline: What to start from.
        evaluated: Parquet files of the originals that are evaluated.
    """
    from fairflip.pipeline.run import training
    from fairflip.pipeline.run.shared_examples import count_shared

    config = job.config
    inputs = job.read_inputs
    record_sum = RecordSum(stage=record_sums.TRAIN, input="training examples")
    with job.progress.step("read training data"):
        tables = training.read_training_tables(config, training.needs_pairs(config))
        inputs.refuse_changed(inputs.for_training)
        data = training.training_data(config, tables)
    job.progress.say(
        f"{count_of(data.num_examples, 'labelled example')}, "
        f"{count_of(data.num_pairs, 'pair')} to train on"
    )
    if tables.validation is not None and not config.data.validation_examples:
        job.progress.say(
            f"kept for validation: {tables.validation.num_rows:,} of the training examples"
        )
    examples = [table for table in (tables.train, tables.validation) if table is not None]
    shared = count_shared(examples, evaluated, config.data)
    # Filled in by hand, as training reads outside of the graph that counts records.
    record_sum.num_kept = tables.num_kept
    record_sum.num_rejected = len(tables.rejects)
    record_sum.num_in = record_sum.num_kept + record_sum.num_rejected
    if tables.rejects:
        job.progress.say(
            f"left out of training: {count_of(len(tables.rejects), 'record')} "
            f"({reject_files.TRAINING_FILE} tells why)"
        )
    reject_files.write_training_rejects(job.output_dir, tables.rejects, config.output.no_text)
    reasons = collections.Counter(reject.reason for reject in tables.rejects)
    refuse_too_many_training_rejects(config.evaluation, reasons, record_sum.num_in)
    folder = job.folder(MODELS, config.remediation.model_name)
    # TensorFlow leaves its temporary files in the SavedModel of a try that failed.
    run_folder.delete_folder(filesystem.join(folder, SAVED_MODEL))
    filesystem.remove(filesystem.join(folder, SPECIFICATION))
    with job.progress.step(f"remediate with {config.remediation.technique}"):
        if training.is_sweep(config):
            from fairflip.pipeline.run import sweep as sweep_step

            model, sweep = sweep_step.sweep_models(
                config, baseline, tables, folder, job.training_note
            )
            if sweep.nothing_to_remove:
                job.progress.say(sweep.nothing_to_remove)
                job.progress.say("no model is chosen; one setting by itself runs all the same")
            return Retrained(model, record_sum, shared, sweep)
        model = training.remediate_model(config, baseline, data, folder, job.training_note)
        return Retrained(model, record_sum, shared)
