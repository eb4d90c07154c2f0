"""Pairs whose edit left damaged grammar: what a model does on the others.

A removed term may leave "is an and a nurse" behind. A flip on such a text may be about the
damage, so its share is said, and the same rates without these pairs.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.evaluate.counting.model_reports import ReportedPart
from fairflip.protos import columns
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.edits import control_mask
from fairflip.protos.report_pb2 import RunReport

#: What the slice over the other pairs is called.
UNDAMAGED = "undamaged_pairs"


def may_damage(config: PipelineConfig) -> bool:
    """Whether a run removes terms: swaps leave whole sentences, but for an article or two."""
    data, generator = config.data, config.generator
    is_made_here = bool(data.examples) and not (data.counterfactuals or data.pairs)
    return is_made_here and not generator.function and generator.method == "ablation"


def undamaged_pairs(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The pairs whose counterfactual is whole, and all controls: each finds its pair."""
    if columns.VALIDITY not in batch.schema.names:
        return batch
    validity = batch.column(columns.VALIDITY).cast(pa.float64())
    is_whole = pc.fill_null(pc.greater_equal(validity, 1.0), True).to_numpy(zero_copy_only=False)
    return batch.filter(pa.array(np.logical_or(is_whole, control_mask(batch))))


def undamaged_part(name: str, part: ReportedPart) -> ReportedPart:
    """What counts undamaged pairs beside all of them.

    Args:
        name: Of the new part.
        part: What is counted of all pairs.
    """
    return part.of_chosen(name, undamaged_pairs, (columns.VALIDITY,))


def add_undamaged(report: RunReport, undamaged: RunReport) -> None:
    """Puts how many pairs are damaged, and what each model does on the others, in place.

    Args:
        report: On all pairs.
        undamaged: Of `undamaged_part`; where it has all pairs, nothing is added.
    """
    for model, counted in zip(report.models, undamaged.models, strict=True):
        num_damaged = model.slices[0].num_pairs - counted.slices[0].num_pairs
        report.pairing.num_damaged_pairs = num_damaged
        if num_damaged and counted.slices[0].num_pairs:
            model.undamaged.CopyFrom(counted.slices[0])
            model.undamaged.slice = UNDAMAGED
