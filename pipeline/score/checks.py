"""Leaves out records whose scores cannot be counted, each with the model and side at fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos import columns

NOT_A_NUMBER = "score_not_a_number"
OUT_OF_RANGE = "score_out_of_range"
MISSING = "score_missing"


def check_scores(
    batch: pa.RecordBatch, models: Sequence[str], id_feature: str, with_classes: bool = False
) -> tuple[pa.RecordBatch, list[RejectedRecord]]:
    """Leaves out records that any model gave no usable score on any side.

    They are left out for all models, so that models compare on one set.

    Args:
      batch: With the score columns of `models`.
      models: Names of the models.
      id_feature: The column of example IDs.
      with_classes: Whether class scores are read too, and so are judged. Data may have
        columns of them that nothing reads.

    Returns:
      The good records, and the others with the model and the side at fault.
    """
    fault = np.zeros(batch.num_rows, np.int32)
    meanings: list[tuple[str, str]] = [("", "")]
    for model in models:
        for side, name in (
            ("original", columns.score(model)),
            ("counterfactual", columns.counterfactual_score(model)),
        ):
            if name not in batch.schema.names:
                continue
            column = batch.column(name)
            missing = column.is_null().to_numpy(zero_copy_only=False)
            values = column.to_numpy(zero_copy_only=False)
            what = f"model {model!r} gave the {side}"
            for mask, reason, detail in (
                (missing, MISSING, "no score; give one for each record"),
                (~missing & np.isnan(values), NOT_A_NUMBER, "the score NaN; mend the model"),
                (
                    (values < 0) | (values > 1),
                    OUT_OF_RANGE,
                    "a score outside of 0 to 1; end the model with a sigmoid, "
                    "or choose another output_name",
                ),
                *(_class_faults(batch, name) if with_classes else ()),
            ):
                if mask.any():
                    meanings.append((reason, f"{what} {detail}"))
                    fault[mask & (fault == 0)] = len(meanings) - 1
    if not fault.any():
        return batch, []
    bad = np.flatnonzero(fault)
    rows = batch.take(pa.array(bad)).to_pylist()
    rejects = []
    for index, row in zip(bad, rows, strict=True):
        reason, detail = meanings[fault[index]]
        record = str(row.get(id_feature, ""))
        counterfactual = row.get(columns.COUNTERFACTUAL_ID)
        if counterfactual:
            record = f"{record} / {counterfactual}"
        rejects.append(RejectedRecord("score", reason, "", record, detail, row))
    return batch.filter(pa.array(fault == 0)), rejects


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
