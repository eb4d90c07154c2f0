"""The retraining step: a baseline, examples and pairs in; a remediated model and its record out."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from fairflip.protos import config_pb2
from fairflip.protos.errors import InputError
from fairflip.remediation.training.data import TrainingData, check_data
from fairflip.remediation.training.own_trainer import RemediationResult, run_own_trainer
from fairflip.remediation.training.settings import Settings, settings_of

if TYPE_CHECKING:
    import keras

__all__ = ["Progress", "RemediationResult", "Settings", "remediate", "settings_of"]

#: Told the share of the work done (0 to 1) and a sentence.
Progress = Callable[[float, str], None]


def remediate(
    spec: config_pb2.RemediationSpec,
    data: TrainingData,
    baseline: keras.Model,
    *,
    seed: int = 0,
    output_dir: str | pathlib.Path | None = None,
    progress: Progress | None = None,
    resume: bool = True,
    output_name: str = "",
) -> RemediationResult:
    """Trains a remediated copy of a baseline; the baseline stays as it is.

    Args:
        spec: Technique, loss, weight and the rest; one loss weight at most. With
            `trainer`, the function it names does the training: it is called as
            `trainer(spec, data, baseline, seed=, output_dir=)` and returns a Keras
            model or a `RemediationResult`.
        data: Labelled examples and pairs, unvectorised.
        baseline: A Keras 3 model. Its weights are the start (unless
            `from_scratch`), its compiled loss, metrics and optimizer are used
            where it has them.
        seed: Order of examples, draw of counterfactuals, new weights.
        output_dir: Where checkpoints (`checkpoint/`, taken away when done) and
            `training_record.json` are written; None: nowhere.
        progress: Told the share done and a sentence.
        resume: Go on from a checkpoint in `output_dir` that the same settings,
            baseline and data left.
        output_name: Which of several numbers the score is, where the data names none.

    Returns:
        The model, the record, and the seconds it took.

    Raises:
        ConfigurationError: The spec is wrong.
        InputError: The data has not what the technique needs.
    """
    started = time.monotonic()
    folder = pathlib.Path(output_dir) if output_dir is not None else None
    if spec.trainer:
        result = run_own_trainer(spec, data, baseline, seed, folder, started)
    else:
        if output_name:
            from fairflip.remediation.training.outputs import of_one_output

            data = of_one_output(data, baseline, output_name)
        result = _train(settings_of(spec, seed), data, baseline, folder, progress, resume, started)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(result.record, indent=1, sort_keys=True)
        (folder / "training_record.json").write_text(text + "\n", encoding="utf-8")
    return result


def _train(
    settings: Settings,
    data: TrainingData,
    baseline: keras.Model,
    folder: pathlib.Path | None,
    progress: Progress | None,
    resume: bool,
    started: float,
) -> RemediationResult:
    import keras
    import tensorflow as tf

    from fairflip.remediation.models import model_copies
    from fairflip.remediation.training import batches, model_inputs, outputs, technique

    chosen = data.outputs
    if chosen is not None and chosen.are_classes:
        data = outputs.with_class_numbers(data, baseline)
    data = _data_for(settings, data)
    loss = technique.training_loss(baseline, chosen)
    keras.utils.set_random_seed(settings.seed % 2**32)
    model = (
        model_copies.reset_model(baseline)
        if settings.from_scratch
        else model_copies.copy_model(baseline)
    )
    # Texts are made numbers once, not in each epoch.
    split = model_inputs.split_text_model(model)
    trained = model if split is None else split[1]

    def prepare(inputs: Any) -> Any:
        tensors = keras.tree.map_structure(tf.constant, model_inputs.conform_inputs(model, inputs))
        return tensors if split is None else model_inputs.vectorised(split[0], tensors)

    if chosen is not None:
        trained = outputs.trained_view(trained, chosen)
    wrapped = technique.wrap(settings, trained, chosen)
    steps = batches.steps_per_epoch(data, settings.batch_size)
    is_constant = settings.learning_rate_schedule == "constant"
    wrapped.compile(
        optimizer=model_copies.fresh_optimizer(
            baseline, settings.learning_rate, None if is_constant else steps * settings.epochs
        ),
        loss=loss,
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    keeper = _keeper(settings, data, baseline, folder, progress, steps)
    first_epoch = keeper.restore(wrapped) if resume else 0
    dataset, validation, pairing = _batches(settings, data, prepare, first_epoch)
    if first_epoch < settings.epochs and not keeper.stopped_early:
        wrapped.fit(
            dataset,
            initial_epoch=first_epoch,
            epochs=settings.epochs,
            steps_per_epoch=steps,
            validation_data=validation,
            callbacks=[keeper],
            shuffle=False,
            verbose=0,
        )
    else:
        keeper.put_back_best(wrapped)
    if not all(np.isfinite(v) for values in keeper.history.values() for v in values):
        raise InputError(
            "The loss became NaN or infinite in training; lower remediation.learning_rate or "
            "remediation.loss_weights."
        )
    seconds = time.monotonic() - started
    record = {
        **dataclasses.asdict(settings),
        **_sizes(data),
        **pairing,
        "steps_per_epoch": steps,
        "optimizer": wrapped.optimizer.name,
        "first_epoch": first_epoch,
        "num_epochs_trained": len(keeper.history.get("loss", [])),
        "best_epoch": keeper.best_epoch,
        "stopped_early": keeper.stopped_early,
        "history": keeper.history,
        "curves": keeper.curves(),
        "seconds": seconds,
        "versions": {"keras": keras.version(), "tensorflow": tf.__version__},
    }
    if not pairing:
        # Only pairs stand in batches in one way or another.
        del record["pairing"]
    keeper.forget()
    if wrapped is not model:
        # So that the model can be trained on, by hand or as the next baseline; a
        # learning rate that has run out would teach nothing.
        own = getattr(wrapped.optimizer, "inner_optimizer", wrapped.optimizer)
        if not is_constant or chosen is not None:
            own = model_copies.fresh_optimizer(baseline, settings.learning_rate)
        if chosen is None:
            model.compile(optimizer=own, loss=loss)
        elif getattr(baseline, "compiled", False):
            # The loss was that of some numbers of it; the baseline's own is of all.
            own.build(model.trainable_variables)
            model.compile(optimizer=own, loss=baseline.loss)
    if progress:
        progress(1.0, "training done")
    return RemediationResult(model, record, seconds)


def _data_for(settings: Settings, data: TrainingData) -> TrainingData:
    """The data as the technique reads it.

    Raises:
        InputError: It has not what the technique needs.
    """
    if data.num_examples == 0:
        raise InputError("There are no labelled training examples.")
    if settings.negative_originals_only:
        data = data.with_negative_originals_only()
    if settings.technique == "augmentation":
        data = data.augmented()
    check_data(settings.technique, data, settings.min_diff_group)
    return data


def _keeper(
    settings: Settings,
    data: TrainingData,
    baseline: keras.Model,
    folder: pathlib.Path | None,
    progress: Progress | None,
    steps: int,
) -> Any:
    """What keeps checkpoints; it goes on from one of the same settings, data and baseline alone."""
    from fairflip.remediation.training.checkpoints import TrainingKeeper
    from fairflip.remediation.training.fingerprints import content_fingerprint, model_fingerprint

    start = {}
    if folder:
        start = {"data": content_fingerprint(data), "baseline": model_fingerprint(baseline)}
    return TrainingKeeper(
        epochs=settings.epochs,
        patience=settings.patience,
        folder=folder / "checkpoint" if folder else None,
        settings={**dataclasses.asdict(settings), **start},
        progress=progress,
        steps=steps,
    )


def _batches(
    settings: Settings, data: TrainingData, prepare: Callable[[Any], Any], first_epoch: int
) -> tuple[Any, Any, dict[str, str]]:
    """Batches to train on and to validate with, and how pairs stand in them, for the record."""
    from fairflip.remediation.training import batches

    options: dict[str, Any] = {
        "batch_size": settings.batch_size,
        "seed": settings.seed,
        "first_epoch": first_epoch,
    }
    aligned = settings.technique == "clp"
    controlled = aligned and settings.control_weight > 0 and data.num_controls > 0
    packed = aligned and (settings.pairing == "packed" or data.num_unlabelled_pairs > 0)
    if settings.technique == "mindiff":
        dataset = batches.min_diff_batches(data, prepare, settings.min_diff_group, **options)
    elif packed:
        dataset = batches.packed_batches(data, prepare, controlled=controlled, **options)
    else:
        dataset = batches.labelled_batches(
            data, prepare, aligned=aligned, controlled=controlled, **options
        )
    validation = None
    if data.validation is not None and data.validation.num_examples:
        validation = batches.validation_batches(
            data.validation, prepare, settings.batch_size, aligned and data.validation.num_pairs > 0
        )
    pairing = {"pairing": "packed" if packed else "aligned"} if aligned else {}
    return dataset, validation, pairing


def _sizes(data: TrainingData) -> dict[str, Any]:
    return {
        **({} if data.outputs is None else {"outputs": dataclasses.asdict(data.outputs)}),
        "num_examples": data.num_examples,
        "num_pairs": data.num_pairs,
        "num_unlabelled_pairs": data.num_unlabelled_pairs,
        "num_controls": data.num_controls,
        "num_validation_examples": data.validation.num_examples if data.validation else 0,
        "num_pairs_left_out": dict(data.num_pairs_left_out),
    }
