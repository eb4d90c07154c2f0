"""Leaves out records whose scores cannot be counted, each with the model and side at fault."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.metrics.images.decoding import UnreadableImage, decode
from fairflip.pipeline.read.judge import UNREADABLE_IMAGE
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.score.class_columns import (
    class_column,
    class_matrix,
    softmax,
    top_class_names,
)
from fairflip.pipeline.score.score_account import ModelScores, ScoreAccount
from fairflip.pipeline.score.sides import with_column
from fairflip.protos import columns
from fairflip.protos.forms.model_specs import ANY, LOGIT, PROBABILITY, ModelOutput

NOT_A_NUMBER = "score_not_a_number"
OUT_OF_RANGE = "score_out_of_range"
MISSING = "score_missing"

_OFF_SCALE = {
    PROBABILITY: "a score outside of 0 to 1; say what its scores are with score_scale, end the "
    "model with a sigmoid, or choose another output_name",
}
_INFINITE = "an infinite score; mend the model"


@dataclasses.dataclass(frozen=True)
class CheckedScores:
    """What `check_scores` makes of one batch.

    Attributes:
      good: The records with a usable score of every model on every side, logits among
        them made probabilities.
      rejects: The others.
      account: Where the scores lay, as the models gave them.
    """

    good: pa.RecordBatch
    rejects: list[RejectedRecord]
    account: ScoreAccount


def check_scores(
    batch: pa.RecordBatch,
    scales: Mapping[str, str],
    id_feature: str,
    with_classes: bool = False,
    of_classes: Sequence[ModelOutput] = (),
) -> CheckedScores:
    """Leaves out records that any model gave no usable score on any side.

    They are left out for all models, so that models compare on one set.

    Args:
      batch: With the score columns of the models.
      scales: Name of each model, or of its outputs -> its `score_scale`.
      id_feature: The column of example IDs.
      with_classes: Whether class scores are read too, and so are judged. Data may have
        columns of them that nothing reads.
      of_classes: Models that decide by argmax; their top class is added.
    """
    fault = np.zeros(batch.num_rows, np.int32)
    meanings: list[tuple[str, str]] = [("", "")]
    account = ScoreAccount.zero()

    def against(mask: np.ndarray, reason: str, detail: str) -> None:
        if mask.any():
            meanings.append((reason, detail))
            fault[mask & (fault == 0)] = len(meanings) - 1

    probabilities: dict[str, np.ndarray] = {}
    present = set(batch.schema.names)
    for model, scale in scales.items():
        for side, name in _score_columns(model, present):
            column = batch.column(name)
            missing = column.is_null().to_numpy(zero_copy_only=False)
            values = column.to_numpy(zero_copy_only=False)
            off_scale = _off_scale(values, scale)
            account += ScoreAccount({model: ModelScores.of(values, scale, off_scale)})
            if scale == LOGIT:
                probabilities[name] = sigmoid(values)
            what = f"model {model!r} gave the {side}"
            for mask, reason, detail in (
                (missing, MISSING, "no score; give one for each record"),
                (~missing & np.isnan(values), NOT_A_NUMBER, "the score NaN; mend the model"),
                (off_scale, OUT_OF_RANGE, _OFF_SCALE.get(scale, _INFINITE)),
                *(_class_faults(batch, name) if with_classes else ()),
            ):
                against(mask, reason, f"{what} {detail}")
    good = batch
    for name, values in probabilities.items():
        position = batch.schema.get_field_index(name)
        good = good.set_column(position, name, pa.array(values, pa.float64()))
    for output in of_classes:
        for side, name in _class_columns(output.name, present):
            scores, missing = class_matrix(batch.column(name), len(output.classes), name)
            # Of infinite logits of several classes there are no probabilities.
            scale = ANY if output.scale == LOGIT else output.scale
            off_scale = _off_scale(scores, scale) & ~missing[:, None]
            flat = ModelScores.of(scores.reshape(-1), output.scale, off_scale.reshape(-1))
            account += ScoreAccount({output.name: flat})
            what = f"model {output.model!r} gave the {side}"
            for mask, reason, detail in (
                (missing, MISSING, "no score of some class; give one of each class"),
                (np.isnan(scores).any(axis=1) & ~missing, NOT_A_NUMBER, "the score NaN; mend it"),
                (
                    off_scale.any(axis=1),
                    OUT_OF_RANGE,
                    _OFF_SCALE.get(output.scale, _INFINITE),
                ),
            ):
                against(mask, reason, f"{what} {detail}")
            good = _with_top_class(good, output, name, scores, missing)
    if not fault.any():
        return CheckedScores(good, [], account)
    bad = np.flatnonzero(fault)
    rows = batch.take(pa.array(bad)).to_pylist()
    rejects = []
    for index, row in zip(bad, rows, strict=True):
        reason, detail = _damaged_image(row) or meanings[fault[index]]
        record = str(row.get(id_feature, ""))
        counterfactual = row.get(columns.COUNTERFACTUAL_ID)
        if counterfactual:
            record = f"{record} / {counterfactual}"
        rejects.append(RejectedRecord("score", reason, "", record, detail, row))
    return CheckedScores(good.filter(pa.array(fault == 0)), rejects, account)


def _damaged_image(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Reason and detail where an image of a record without a score cannot be decoded."""
    for name, value in row.items():
        if isinstance(value, bytes):
            try:
                decode(value)
            except UnreadableImage as error:
                return UNREADABLE_IMAGE, (
                    f"{name!r} holds {error}; expected is an image that can be decoded: mend it, "
                    "or leave the record out"
                )
    return None


def _score_columns(model: str, present: Collection[str]) -> Iterator[tuple[str, str]]:
    """A model's columns of scores, with the side that each is of; those of repeats last."""
    for repeat in itertools.count(1):
        if columns.score(model, repeat) not in present:
            return
        yield "original", columns.score(model, repeat)
        if columns.counterfactual_score(model, repeat) in present:
            yield "counterfactual", columns.counterfactual_score(model, repeat)


def _class_columns(model: str, present: Collection[str]) -> Iterator[tuple[str, str]]:
    """The same of class scores."""
    for repeat in itertools.count(1):
        if columns.classes(model, repeat) not in present:
            return
        yield "original", columns.classes(model, repeat)
        if columns.counterfactual_classes(model, repeat) in present:
            yield "counterfactual", columns.counterfactual_classes(model, repeat)


def _with_top_class(
    batch: pa.RecordBatch,
    output: ModelOutput,
    name: str,
    scores: np.ndarray,
    missing: np.ndarray,
) -> pa.RecordBatch:
    """Class scores as probabilities, where they were logits, and of first answers the class."""
    if output.scale == LOGIT:
        scores = softmax(np.nan_to_num(scores))
    batch = with_column(batch, name, class_column(scores, missing))
    top = {
        columns.classes(output.name): columns.top_class(output.name),
        columns.counterfactual_classes(output.name): columns.counterfactual_top_class(output.name),
    }
    if name in top:
        names = top_class_names(np.nan_to_num(scores), output.classes)
        batch = with_column(batch, top[name], names)
    return batch


def _off_scale(values: np.ndarray, scale: str) -> np.ndarray:
    """Which scores are numbers and not of the scale; NaN is none."""
    if scale == PROBABILITY:
        return (values < 0) | (values > 1)
    if scale == LOGIT:  # An infinite logit is the probability 0 or 1.
        return np.zeros(values.shape, bool)
    return np.isinf(values)


def sigmoid(values: np.ndarray) -> np.ndarray:
    """Probabilities of logits."""
    from scipy.special import expit

    return expit(values)


def _class_faults(batch: pa.RecordBatch, score_name: str) -> Iterable[tuple[np.ndarray, str, str]]:
    """What is wrong with the class scores beside a score, where there are any."""
    name = score_name.replace(columns.SCORE_PREFIX, columns.CLASSES_PREFIX, 1)
    if name not in batch.schema.names:
        return
    column = batch.column(name)
    yield (
        column.is_null().to_numpy(zero_copy_only=False),
        MISSING,
        "no class scores; give one of each class for each record",
    )
    flat = pc.list_flatten(column).to_numpy(zero_copy_only=False)
    wrong = np.zeros(batch.num_rows, bool)
    wrong[pc.list_parent_indices(column).to_numpy()[np.isnan(flat)]] = True
    yield wrong, NOT_A_NUMBER, "a class score NaN; mend the model"
