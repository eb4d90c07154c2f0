"""The retraining step: a baseline, examples and pairs in; a remediated model and its record out."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pathlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from fairflip.protos import config_pb2
from fairflip.protos.checks import Problems, check_field
from fairflip.protos.config_fields import fill_defaults
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.remediation_choices import DEFAULT_LOSSES, PAIRINGS, SCHEDULES
from fairflip.remediation.training.data import TrainingData, in_group, training_data_from_tables

if TYPE_CHECKING:
    import keras

__all__ = [
    "RemediationResult",
    "TrainingData",
    "remediate",
    "training_data_from_tables",
]

#: Told the share of the work done (0 to 1) and a sentence.
Progress = Callable[[float, str], None]


@dataclasses.dataclass(frozen=True)
class RemediationResult:
    """A remediated model and how it came to be.

    Attributes:
        model: The Keras model itself, without a training wrapper; it reads what
            the baseline reads.
        record: Settings, data sizes, history and time, ready for JSON.
        seconds: Wall-clock time of training.
    """

    model: keras.Model
    record: dict[str, Any]
    seconds: float

    @property
    def history(self) -> dict[str, list[float]]:
        """Each logged number by epoch."""
        return self.record.get("history", {})


@dataclasses.dataclass(frozen=True)
class _Settings:
    """A `RemediationSpec` with its defaults filled in."""

    technique: str
    loss: str
    loss_weight: float
    epochs: int
    batch_size: int
    learning_rate: float | None
    from_scratch: bool
    negative_originals_only: bool
    patience: int
    min_diff_group: str
    pairing: str
    learning_rate_schedule: str
    seed: int


def settings_of(spec: config_pb2.RemediationSpec, seed: int) -> _Settings:
    """The spec with defaults, checked.

    Raises:
        ConfigurationError: Listing every mistake found.
    """
    full = config_pb2.RemediationSpec()
    full.CopyFrom(spec)
    fill_defaults(full)
    problems = Problems()
    for field in full.DESCRIPTOR.fields:
        check_field(full, field.name, "", problems, "remediation")
    technique = full.technique
    if len(full.loss_weights) > 1:
        problems.append(
            f"remediation.loss_weights has {len(full.loss_weights)} values, which is a sweep; "
            "give one to train one model."
        )
    if technique == "mindiff" and ":" not in spec.min_diff_group:
        problems.append(
            f"remediation.min_diff_group is {spec.min_diff_group!r}; MinDiff needs a slicing "
            'feature and a group, such as "religion:muslim".'
        )
    if problems:
        raise ConfigurationError(problems)
    return _Settings(
        technique=technique,
        loss=full.loss or DEFAULT_LOSSES.get(technique, ""),
        loss_weight=full.loss_weights[0],
        epochs=full.epochs,
        batch_size=full.batch_size,
        learning_rate=full.learning_rate if full.HasField("learning_rate") else None,
        from_scratch=full.from_scratch,
        negative_originals_only=full.negative_originals_only,
        patience=full.early_stopping_patience,
        min_diff_group=full.min_diff_group,
        pairing=full.pairing or PAIRINGS[0],
        learning_rate_schedule=full.learning_rate_schedule or SCHEDULES[0],
        seed=seed,
    )


def remediate(
    spec: config_pb2.RemediationSpec,
    data: TrainingData,
    baseline: keras.Model,
    *,
    seed: int = 0,
    output_dir: str | pathlib.Path | None = None,
    progress: Progress | None = None,
    resume: bool = True,
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

    Returns:
        The model, the record, and the seconds it took.

    Raises:
        ConfigurationError: The spec is wrong.
        InputError: The data has not what the technique needs.
    """
    started = time.monotonic()
    folder = pathlib.Path(output_dir) if output_dir is not None else None
    if spec.trainer:
        result = _run_own_trainer(spec, data, baseline, seed, folder, started)
    else:
        result = _train(settings_of(spec, seed), data, baseline, folder, progress, resume, started)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(result.record, indent=1, sort_keys=True)
        (folder / "training_record.json").write_text(text + "\n", encoding="utf-8")
    return result


def _train(
    settings: _Settings,
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
    from fairflip.remediation.training import batches, model_inputs
    from fairflip.remediation.training.checkpoints import TrainingKeeper
    from fairflip.remediation.training.fingerprints import content_fingerprint, model_fingerprint

    if data.num_examples == 0:
        raise InputError("There are no labelled training examples.")
    if settings.negative_originals_only:
        data = data.with_negative_originals_only()
    if settings.technique == "augmentation":
        data = data.augmented()
    _check_data(settings, data)
    keras.utils.set_random_seed(settings.seed % 2**32)
    model = (
        model_copies.reset_model(baseline)
        if settings.from_scratch
        else model_copies.copy_model(baseline)
    )
    split = model_inputs.split_text_model(model)
    trained = model if split is None else split[1]

    def prepare(inputs: Any) -> Any:
        tensors = keras.tree.map_structure(tf.constant, model_inputs.conform_inputs(model, inputs))
        return tensors if split is None else vectorised(split[0], tensors)

    wrapped = _wrap(settings, trained)
    options: dict[str, Any] = {
        "batch_size": settings.batch_size,
        "seed": settings.seed,
    }
    compiled = getattr(baseline, "compiled", False)
    loss = (baseline.loss if compiled else None) or default_loss(model)
    steps = batches.steps_per_epoch(data, settings.batch_size)
    is_constant = settings.learning_rate_schedule == "constant"
    wrapped.compile(
        optimizer=model_copies.fresh_optimizer(
            baseline, settings.learning_rate, None if is_constant else steps * settings.epochs
        ),
        loss=loss,
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    start = {}
    if folder:
        start = {"data": content_fingerprint(data), "baseline": model_fingerprint(baseline)}
    keeper = TrainingKeeper(
        epochs=settings.epochs,
        patience=settings.patience,
        folder=folder / "checkpoint" if folder else None,
        settings={**dataclasses.asdict(settings), **start},
        progress=progress,
        steps=steps,
    )
    first_epoch = keeper.restore(wrapped) if resume else 0
    options["first_epoch"] = first_epoch
    aligned = settings.technique == "clp"
    packed = aligned and (settings.pairing == "packed" or data.num_unlabelled_pairs > 0)
    if settings.technique == "mindiff":
        member = _members(settings, data)
        dataset = batches.min_diff_batches(data, prepare, member, **options)
    elif packed:
        dataset = batches.packed_batches(data, prepare, **options)
    else:
        dataset = batches.labelled_batches(data, prepare, aligned=aligned, **options)
    validation = None
    if data.validation is not None and data.validation.num_examples:
        validation = batches.validation_batches(
            data.validation, prepare, settings.batch_size, aligned and data.validation.num_pairs > 0
        )
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
    seconds = time.monotonic() - started
    record = {
        **dataclasses.asdict(settings),
        "num_examples": data.num_examples,
        "num_pairs": data.num_pairs,
        "num_unlabelled_pairs": data.num_unlabelled_pairs,
        "num_validation_examples": data.validation.num_examples if data.validation else 0,
        "num_pairs_left_out": dict(data.num_pairs_left_out),
        "pairing": "packed" if packed else "aligned",
        "steps_per_epoch": steps,
        "optimizer": wrapped.optimizer.name,
        "first_epoch": first_epoch,
        "num_epochs_trained": len(keeper.history.get("loss", [])),
        "best_epoch": keeper.best_epoch,
        "stopped_early": keeper.stopped_early,
        "history": keeper.history,
        "seconds": seconds,
        "versions": {"keras": keras.version(), "tensorflow": tf.__version__},
    }
    if not aligned:
        del record["pairing"]
    if not all(np.isfinite(v) for values in keeper.history.values() for v in values):
        raise InputError(
            "The loss became NaN or infinite in training; lower remediation.learning_rate or "
            "remediation.loss_weights."
        )
    if keeper.folder is not None and keeper.folder.is_dir():
        for path in keeper.folder.iterdir():
            path.unlink()
        keeper.folder.rmdir()
    if wrapped is not model:
        # So that the model can be trained on, by hand or as the next baseline; a
        # learning rate that has run out would teach nothing.
        own = getattr(wrapped.optimizer, "inner_optimizer", wrapped.optimizer)
        if not is_constant:
            own = model_copies.fresh_optimizer(baseline, settings.learning_rate)
        model.compile(optimizer=own, loss=loss)
    if progress:
        progress(1.0, "training done")
    return RemediationResult(model, record, seconds)


def _check_data(settings: _Settings, data: TrainingData) -> None:
    """Refuses data that lacks what the technique needs."""
    if settings.technique == "clp" and not (data.num_pairs or data.num_unlabelled_pairs):
        raise InputError(
            "There are no pairs to train on; check that the pairs' IDs are those of the training "
            "examples, or that not all of them were left out: "
            f"{dict(data.num_pairs_left_out)}."
        )
    if settings.technique == "mindiff":
        member, negative = _members(settings, data), np.asarray(data.labels) == 0
        for name, count in (
            (settings.min_diff_group, (member & negative).sum()),
            (f"everyone but {settings.min_diff_group}", (~member & negative).sum()),
        ):
            if not count:
                raise InputError(
                    f"MinDiff compares examples labelled negative, and {name} has none in the "
                    "training examples."
                )


def _members(settings: _Settings, data: TrainingData) -> np.ndarray:
    feature, value = settings.min_diff_group.split(":", 1)
    if feature not in data.groups:
        raise ConfigurationError(
            f"remediation.min_diff_group names the feature {feature!r}; the training data has "
            f"{', '.join(data.groups) or 'no slicing features'}."
        )
    return in_group(data.groups[feature], value)


def _wrap(settings: _Settings, model: keras.Model) -> keras.Model:
    """The model under the technique's loss, or itself."""
    from fairflip.remediation import counterfactual, min_diff
    from fairflip.remediation.training import model_inputs

    try:
        if settings.technique == "clp":
            loss = counterfactual.losses.get(settings.loss)
            one_column = any(tensor.shape[-1] == 1 for tensor in model.outputs)
            if isinstance(loss, counterfactual.losses.PairwiseCosineLoss) and one_column:
                raise ConfigurationError(
                    "remediation.loss is pairwise_cosine, which is constant on a model with "
                    "one output column; use pairwise_symmetric_kl."
                )
            if loss is not None:
                loss.from_logits = model_inputs.outputs_are_logits(model)
            return counterfactual.keras.CounterfactualModel(model, loss, settings.loss_weight)
        if settings.technique == "mindiff":
            return min_diff.keras.MinDiffModel(model, settings.loss, settings.loss_weight)
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(f"remediation.loss is {settings.loss!r}: {error}") from error
    return model


def vectorised(layer: Any, texts: Any, batch_size: int = 4096) -> Any:
    """Token numbers of texts, by a `TextVectorization` layer."""
    import tensorflow as tf

    if isinstance(texts, list | tuple):
        (texts,) = texts
    elif isinstance(texts, dict):
        (texts,) = texts.values()
    parts = [
        tf.cast(layer(texts[start : start + batch_size]), tf.int64)
        for start in range(0, int(texts.shape[0]), batch_size)
    ]
    width = max((int(part.shape[1]) for part in parts), default=0)
    return tf.concat([tf.pad(p, [[0, 0], [0, width - p.shape[1]]]) for p in parts], axis=0)


def default_loss(model: keras.Model) -> Any:
    """The classification loss that fits a model's last layer."""
    import keras

    from fairflip.remediation.training.model_inputs import outputs_are_logits

    logits = outputs_are_logits(model)
    if model.output_shape[-1] == 1:
        return keras.losses.BinaryCrossentropy(from_logits=logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=logits)


def _run_own_trainer(
    spec: config_pb2.RemediationSpec,
    data: TrainingData,
    baseline: keras.Model,
    seed: int,
    folder: pathlib.Path | None,
    started: float,
) -> RemediationResult:
    """Trains with the function that `spec.trainer` names."""
    module_name, _, function_name = spec.trainer.partition(":")
    try:
        trainer = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"remediation.trainer is {spec.trainer!r}, which cannot be imported ({error}); "
            "give package.module:function."
        ) from error
    if not callable(trainer):
        raise ConfigurationError(f"remediation.trainer is {spec.trainer!r}, which is not callable.")
    made = trainer(spec, data, baseline, seed=seed, output_dir=folder)
    seconds = time.monotonic() - started
    if isinstance(made, RemediationResult):
        return made
    import keras

    if not isinstance(made, keras.Model):
        raise ConfigurationError(
            f"remediation.trainer {spec.trainer!r} returned a {type(made).__name__}; it must "
            "return a Keras model or a RemediationResult."
        )
    record = {
        "trainer": spec.trainer,
        "technique": spec.technique,
        "loss": spec.loss,
        "loss_weight": list(spec.loss_weights),
        "seed": seed,
        "num_examples": data.num_examples,
        "num_pairs": data.num_pairs,
        "seconds": seconds,
    }
    return RemediationResult(made, record, seconds)
