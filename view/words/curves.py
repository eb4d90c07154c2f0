"""What the course of training says, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from fairflip.metrics.curves.learning_curves import PAIR_LOSSES, stands_still, unmoved_in_words
from fairflip.protos import report_pb2


def unmoved_losses(report: report_pb2.RunReport) -> Iterator[str]:
    """A sentence for each pair loss that stood still in training."""
    for curve in report.learning_curves:
        if curve.quantity in PAIR_LOSSES and stands_still(curve.values):
            yield unmoved_in_words(curve.model, curve.quantity, curve.values)
