"""Pairs of terms that were withheld from training: whether a cure reaches what it never saw."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from fairflip.pipeline.evaluate.counting.model_reports import ReportedPart, pairs_of_terms
from fairflip.protos import columns
from fairflip.protos.report_pb2 import RunReport

#: What the slice over these pairs is called.
HELD_OUT = "held_out_terms"


def held_out_part(name: str, part: ReportedPart, terms: Sequence[str]) -> ReportedPart:
    """What counts the pairs of some terms beside all of them.

    Args:
        name: Of the new part.
        part: What is counted of all pairs.
        terms: Those that were withheld.
    """
    of_terms = functools.partial(pairs_of_terms, terms=tuple(terms))
    return part.of_chosen(name, of_terms, (columns.TERM, columns.CONTROL_OF))


def add_held_out(report: RunReport, held_out: RunReport) -> None:
    """Puts what each model and comparison is on these pairs into the report, in place.

    Args:
        report: On all pairs.
        held_out: Of `held_out_part`; where it has no pair, nothing is added.
    """
    for model, counted in zip(report.models, held_out.models, strict=True):
        if counted.slices[0].num_pairs:
            model.held_out.CopyFrom(counted.slices[0])
            model.held_out.slice = HELD_OUT
    for comparison, compared in zip(report.comparisons, held_out.comparisons, strict=True):
        if report.models[0].HasField("held_out"):
            comparison.held_out.CopyFrom(compared.slices[0])
            comparison.held_out.slice = HELD_OUT
