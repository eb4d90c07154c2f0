"""Retrains a text classifier of Hugging Face with the technique of a `RemediationSpec`."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from fairflip.metrics.curves.learning_curves import curve_of
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.remediation.torch import lora, min_diff_losses, pair_losses
from fairflip.remediation.torch.batches import TextBatch, TextBatches
from fairflip.remediation.torch.step import classification_loss, logits_of, pair_term
from fairflip.remediation.training.data import TrainingData, check_data, members
from fairflip.remediation.training.step import Settings, settings_of

#: Of AdamW, where none is given: what transformers are fine-tuned with.
LEARNING_RATE = 2e-5
_WEIGHT_DECAY, _LARGEST_GRADIENT = 0.01, 1.0

#: Weight, and loss of a batch whose logits are known.
_Term = tuple[float, Callable[[TextBatch, torch.Tensor], torch.Tensor]]


@dataclasses.dataclass(frozen=True)
class Retrained:
    """What retraining leaves.

    Attributes:
        model: The model, retrained in place; with adapters merged where LoRA trained it.
        record: Settings, sizes, and losses of every epoch.
    """

    model: Any
    record: dict[str, Any]


def retrain(
    spec: config_pb2.RemediationSpec,
    data: TrainingData,
    model: Any,
    tokenizer: Any,
    *,
    positive: int | None = None,
    max_length: int | None = None,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> Retrained:
    """Trains a classifier further, in place: AdamW, from its own weights.

    CLP adds loss_weight · (pair loss + control_weight · loss of control pairs) to the cross
    entropy, each a mean over its pairs; pairs are aligned, one of each row an epoch. MinDiff
    adds its loss over half a batch of negatives of each group. With `lora_rank`, adapters and
    the head alone are trained, and merged at the end.

    Args:
        spec: Technique, loss, weight and the rest; one loss weight at most.
        data: Labelled texts with labels 0 and 1, and pairs.
        model: With one logit, or one for each of two classes.
        tokenizer: Its tokenizer.
        positive: The column of the class that label 1 means; None: the second.
        max_length: Most tokens of a text.
        seed: Of order, draw and dropout.
        progress: Told the share done and a sentence.

    Raises:
        ConfigurationError: The spec asks for what is not done here, the model has other
            outputs, or peft is missing.
        InputError: The data has not what the technique needs, or the loss is no number.
    """
    started = time.monotonic()
    settings = settings_of(spec, seed)
    _check(settings, model)
    data = _data_for(settings, data, model, positive)
    torch.manual_seed(seed % 2**63)
    rate = settings.learning_rate
    if settings.lora_rank:
        model = lora.with_adapters(model, settings.lora_rank)
        rate = lora.LEARNING_RATE if rate is None else rate
    rate = LEARNING_RATE if rate is None else rate
    trainable = [weight for weight in model.parameters() if weight.requires_grad]
    batches = TextBatches(
        data,
        tokenizer,
        batch_size=settings.batch_size,
        seed=seed,
        max_length=max_length,
        device=str(next(model.parameters()).device),
    )
    total = settings.epochs * len(batches)
    descent = _Descent(trainable, rate, settings.learning_rate_schedule, total)
    terms = _terms_of(settings, data, model, batches, positive)
    history: dict[str, list[float]] = {}
    steps: dict[str, list[float]] = {}
    is_clp = settings.technique == "clp"
    model.train()
    for epoch in range(settings.epochs):
        sums: dict[str, float] = {}
        made = batches.epoch(
            epoch, paired=is_clp, controlled=is_clp and settings.control_weight > 0
        )
        for number, batch in enumerate(made):
            for name, value in _step(model, batch, terms, descent).items():
                steps.setdefault(name, []).append(value)
                # The last batch of an epoch may be smaller: a mean over rows, not over batches.
                sums[name] = sums.get(name, 0.0) + value * len(batch.rows)
            if progress:
                done = (epoch * len(batches) + number + 1) / total
                progress(
                    done, f"epoch {epoch + 1} of {settings.epochs}, loss {steps['loss'][-1]:.4f}"
                )
        for name, value in sums.items():
            history.setdefault(name, []).append(value / data.num_examples)
        if not all(math.isfinite(values[-1]) for values in history.values()):
            raise InputError(
                "The loss became NaN or infinite in training; lower remediation.learning_rate or "
                "remediation.loss_weights."
            )
    num_trained = sum(weight.numel() for weight in trainable)
    if settings.lora_rank:
        model = lora.merged(model)
    model.eval()
    record = {
        **dataclasses.asdict(settings),
        "pairing": "aligned",
        "learning_rate": rate,
        "num_weights_trained": num_trained,
        "num_examples": data.num_examples,
        "num_pairs": data.num_pairs,
        "num_controls": data.num_controls,
        "steps_per_epoch": len(batches),
        "history": history,
        "curves": {name: curve_of(values) for name, values in steps.items()},
        "seconds": time.monotonic() - started,
        "versions": {"torch": torch.__version__},
    }
    return Retrained(model, record)


class _Descent:
    """AdamW with cut gradients, its rate constant or falling along a cosine to 0.

    Args:
        trainable: The weights.
        rate: The rate at first.
        schedule: "constant" or "cosine".
        num_steps: Of the whole training.
    """

    def __init__(self, trainable: list[Any], rate: float, schedule: str, num_steps: int):
        self._trainable = trainable
        self._optimizer = torch.optim.AdamW(trainable, lr=rate, weight_decay=_WEIGHT_DECAY)

        def share_of_rate(step: int) -> float:
            return 1.0 if schedule == "constant" else (1 + math.cos(math.pi * step / num_steps)) / 2

        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, share_of_rate)

    def step(self, loss: torch.Tensor) -> None:
        """One step down the gradient of a loss."""
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._trainable, _LARGEST_GRADIENT)
        self._optimizer.step()
        self._schedule.step()


def _step(
    model: Any, batch: TextBatch, terms: Mapping[str, _Term], descent: _Descent
) -> dict[str, float]:
    """Trains on a batch; its losses by name, unweighted but for their sum "loss"."""
    logits = logits_of(model, batch.inputs)
    loss = classification_loss(logits, batch.labels, batch.weights)
    losses = {"original_loss": loss}
    for name, (weight, term) in terms.items():
        losses[name] = term(batch, logits)
        loss = loss + weight * losses[name]
    descent.step(loss)
    return {name: float(value.detach()) for name, value in {"loss": loss, **losses}.items()}


def _check(settings: Settings, model: Any) -> None:
    """Refuses what is not done here, with the cure."""
    config = model.config
    problems = []
    if settings.patience:
        problems.append(
            "remediation.early_stopping_patience: a Hugging Face model is trained for all epochs; "
            "drop it, and give --epochs"
        )
    if settings.from_scratch:
        problems.append(
            "remediation.from_scratch: a Hugging Face model is trained from its own weights; "
            "drop it"
        )
    kind = getattr(config, "problem_type", None)
    if kind == "regression" or (kind == "multi_label_classification" and config.num_labels > 1):
        problems.append(
            f"models[0].huggingface: its configuration says {kind}; retraining needs one logit, or "
            "two classes that exclude each other"
        )
    elif config.num_labels > 2:
        problems.append(
            f"models[0].huggingface: it has {config.num_labels} classes; retraining needs one "
            "logit, or two classes that exclude each other"
        )
    if problems:
        raise ConfigurationError(problems)


def _data_for(
    settings: Settings, data: TrainingData, model: Any, positive: int | None
) -> TrainingData:
    """The data as the technique reads it, labels as columns of the model."""
    if settings.negative_originals_only:
        data = data.with_negative_originals_only()
    if settings.technique == "augmentation":
        data = data.augmented()
    check_data(settings.technique, data, settings.min_diff_group)
    if data.num_unlabelled_pairs and settings.technique == "clp" and not data.num_pairs:
        raise InputError(
            "No pair is of a labelled training example, and pairs of others are not trained on "
            "with a Hugging Face model; check that IDs agree."
        )
    if model.config.num_labels == 2 and positive == 0:
        return dataclasses.replace(data, labels=1 - np.asarray(data.labels))
    return data


def _terms_of(
    settings: Settings, data: TrainingData, model: Any, batches: TextBatches, positive: int | None
) -> dict[str, _Term]:
    """Name -> weight and loss of what the technique adds to the cross entropy."""
    if settings.technique == "clp":
        loss = pair_losses.get(settings.loss)
        terms: dict[str, _Term] = {
            "counterfactual_loss": (
                settings.loss_weight,
                lambda batch, logits: pair_term(model, loss, logits, batch.pairs),
            )
        }
        if settings.control_weight and data.num_controls:
            terms["control_loss"] = (
                settings.loss_weight * settings.control_weight,
                lambda batch, logits: pair_term(model, loss, logits, batch.controls),
            )
        return terms
    if settings.technique == "mindiff":
        of_groups = _MinDiff(settings, data, model, batches, positive)
        return {"min_diff_loss": (settings.loss_weight, of_groups)}
    return {}


class _MinDiff:
    """MinDiff's loss over half a batch of each group's negatives, drawn for each step."""

    def __init__(
        self,
        settings: Settings,
        data: TrainingData,
        model: Any,
        batches: TextBatches,
        positive: int | None,
    ):
        self._loss = min_diff_losses.get(settings.loss)
        self._model, self._batches = model, batches
        self._positive = 1 if positive is None else positive
        self._generator = np.random.default_rng(settings.seed)
        negative_label = 1 if model.config.num_labels == 2 and positive == 0 else 0
        negative = np.asarray(data.labels) == negative_label
        member = members(data, settings.min_diff_group)
        self._rows = [np.flatnonzero(mask & negative) for mask in (member, ~member)]
        self._half = max(1, settings.batch_size // 2)

    def __call__(self, batch: TextBatch, logits: torch.Tensor) -> torch.Tensor:
        drawn = [
            self._generator.choice(rows, min(self._half, len(rows)), replace=False)
            for rows in self._rows
        ]
        scores = logits_of(self._model, self._batches.of_rows(np.concatenate(drawn)))
        if scores.shape[-1] == 1:
            probabilities = torch.sigmoid(scores[:, 0])
        else:
            probabilities = torch.softmax(scores, -1)[:, self._positive]
        membership = torch.cat([torch.ones(len(drawn[0])), torch.zeros(len(drawn[1]))])
        return self._loss(membership.to(probabilities.device), probabilities)
