"""Which slices a page shows of a run that has thousands: the largest, and those that flip most.

All stand in run_report.json, and `fairflip export` makes tables of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from fairflip.protos import report_pb2
from fairflip.view.words import numbers
from fairflip.view.words.findings import Findings
from fairflip.view.words.report_index import OVERALL, ReportIndex

#: Slices that a page shows whatever they say.
MOST_SLICES = 1_000
#: Of more, so many of the largest, and of those that flip most for certain.
_OF_EACH = 150


def telling_slices(index: ReportIndex, facts: Findings) -> list[str] | None:
    """Names of the slices to show of a report, in its order; None: all of them.

    Overall, the 150 of most pairs, the 150 whose flip rate's interval lies highest at the first
    threshold, and those that a finding names.
    """
    first = index.first_threshold
    if len(index.slices) <= MOST_SLICES or first is None:
        return None
    size = dict.fromkeys(index.slices, 0)
    lower = dict.fromkeys(index.slices, -np.inf)
    for model in index.report.models:
        for part in model.slices:
            size[part.slice] = max(size[part.slice], part.num_pairs)
            if not part.has_few_originals and part.thresholds:
                rate = numbers.estimate(part.thresholds[0], "flip_rate")
                lower[part.slice] = max(lower[part.slice], np.nan_to_num(rate.lower, nan=-np.inf))
    chosen = {OVERALL, *(name for change in facts.changes for name in change.worse_slices)}
    for rank in (size, lower):
        chosen.update(sorted(index.slices, key=lambda name: -rank[name])[:_OF_EACH])
    return [name for name in index.slices if name in chosen]


def with_slices(report: report_pb2.RunReport, names: Collection[str]) -> report_pb2.RunReport:
    """A copy of a report that has these slices alone, of models and comparisons."""
    wanted, shown = set(names), report_pb2.RunReport()
    shown.CopyFrom(report)
    for one in (*shown.models, *shown.comparisons):
        for field in ("slices", "examples"):
            parts = getattr(one, field, None)
            if parts:
                shown_parts = [part for part in parts if part.slice in wanted]
                one.ClearField(field)
                getattr(one, field).extend(shown_parts)
    return shown


def shown(
    report: report_pb2.RunReport, judged_outputs: Sequence[tuple[ReportIndex, Findings]]
) -> tuple[report_pb2.RunReport, list[tuple[ReportIndex, Findings]]]:
    """A report and the indexes of its outputs with the slices that a page shows.

    What is found stays that of all slices; a caution says how many are left out.

    Args:
      report: of the run.
      judged_outputs: each output's index and what was found.
    """
    chosen = [telling_slices(*one) for one in judged_outputs]
    if all(names is None for names in chosen):
        return report, list(judged_outputs)
    names = _joined(
        one.slices if some is None else some
        for some, (one, _) in zip(chosen, judged_outputs, strict=True)
    )
    short = []
    for index, facts in judged_outputs:
        number = sum(name in names for name in index.slices)
        caution = (
            f"{number:,} of {numbers.count_of(len(index.slices), 'slice')} are shown: the largest, "
            "and those that flip most. All are in run_report.json, and fairflip export makes "
            "tables of them."
        )
        report_of_output = with_slices(index.report, names)
        short.append(
            (
                ReportIndex(report_of_output, index.output),
                dataclasses.replace(facts, cautions=(caution, *facts.cautions)),
            )
        )
    return with_slices(report, names), short


def _joined(parts: Iterable[Sequence[str]]) -> dict[str, None]:
    return {name: None for names in parts for name in names}
