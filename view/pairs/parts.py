"""Parts of the pairs that are no slices: of withheld terms, of whole grammar, without doubts.

The report counts most of them by themselves, and the page lists them beside the slices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns, report_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.edits import names_any_term
from fairflip.view.words.report_index import PARTS, WHOLE_GRAMMAR, ReportIndex

#: The fields of `ModelReport` that count a part of the pairs, and what it is called.
_TITLES = {
    "held_out": "terms withheld from training",
    "undamaged": WHOLE_GRAMMAR,
    "undoubted": "without doubts",
}
DAMAGED = "damaged_pairs"


@dataclass(frozen=True)
class Part:
    """A part of the pairs.

    Attributes:
      name: as the report names it.
      title: in words.
      columns: that it is told by.
      mask: [rows] bool of a batch with these columns, the rows that are of it.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    mask: Callable[[pa.RecordBatch], np.ndarray]


def parts_of(report: report_pb2.RunReport, config: PipelineConfig) -> list[Part]:
    """The parts that a report counts, and the pairs of damaged grammar beside the whole ones.

    Args:
      report: of the run.
      config: the run's own.
    """
    masks: dict[str, tuple[str, Callable[[pa.RecordBatch], np.ndarray]]] = {
        "held_out": (columns.TERM, _of_terms(tuple(config.remediation.held_out_terms))),
        "undamaged": (columns.VALIDITY, _is_whole),
        "undoubted": (columns.DOUBTS, _is_undoubted),
    }
    parts = []
    for field, (column, mask) in masks.items():
        names = {getattr(m, field).slice for m in report.models if m.HasField(field)}
        parts += [Part(name, _TITLES[field], (column,), mask) for name in sorted(names)]
    if report.pairing.num_damaged_pairs:
        is_damaged = lambda batch: ~_is_whole(batch)  # noqa: E731
        parts.append(Part(DAMAGED, "grammar damaged", (columns.VALIDITY,), is_damaged))
    return parts


def names_of_parts(index: ReportIndex) -> list[str]:
    """Those that any model of a report counts by themselves."""
    names = (
        getattr(model, field).slice
        for model in index.report.models
        for field in PARTS
        if model.HasField(field)
    )
    return list(dict.fromkeys(names))


def _of_terms(terms: Sequence[str]) -> Callable[[pa.RecordBatch], np.ndarray]:
    return lambda batch: names_any_term(batch.column(columns.TERM), terms)


def _is_whole(batch: pa.RecordBatch) -> np.ndarray:
    validity = batch.column(columns.VALIDITY).cast(pa.float64())
    return pc.fill_null(pc.greater_equal(validity, 1.0), True).to_numpy(zero_copy_only=False)


def _is_undoubted(batch: pa.RecordBatch) -> np.ndarray:
    first = pc.list_element(batch.column(columns.DOUBTS), 0)
    is_none = pc.equal(first, columns.NO_DOUBT)
    return pc.fill_null(is_none, False).to_numpy(zero_copy_only=False)
