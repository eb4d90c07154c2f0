"""All plots of a report."""

from __future__ import annotations

import threadpoolctl

from fairflip.protos import report_pb2
from fairflip.view.figures.controls import identity_and_control
from fairflip.view.figures.drawing import Plot
from fairflip.view.figures.flip_rates import flip_rate_by_slice, flip_rate_by_threshold
from fairflip.view.figures.learning_curves import learning_curves
from fairflip.view.figures.scores import gap_by_term, score_shift_plot
from fairflip.view.figures.sweep import sweep_pareto
from fairflip.view.tables.score_shift import ScoreShift
from fairflip.view.words.report_index import ReportIndex


def draw_all(
    report: report_pb2.RunReport, index: ReportIndex, shift: ScoreShift | None
) -> list[Plot]:
    """Every plot that the report has data for, in reading order.

    Args:
      report: any run report.
      index: its index.
      shift: how scores move from original to counterfactual, if the scored
        pairs were given.
    """
    # Drawing inverts matrices of three rows, and NumPy 1's BLAS starts all its threads for
    # each: they spin for some hundredths of a second, many times what there is to compute.
    with threadpoolctl.threadpool_limits(1, "blas"):
        drawn = [
            identity_and_control(index),
            flip_rate_by_slice(index),
            flip_rate_by_threshold(index),
            score_shift_plot(index, shift),
            gap_by_term(report, index),
            sweep_pareto(report),
            learning_curves(report),
        ]
    return [plot for plot in drawn if plot is not None]
