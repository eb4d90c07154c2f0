"""Counterfactual flip metrics: what a flip is and how it is counted.

A pair is an original and a counterfactual: the same text but for an identity
reference. A flip is a pair on whose two sides one model decides differently. The
metrics here are TFMA metrics, for any `EvalConfig`:

* `FlipCount`, `FlipRate`: flips, with the names and values of TFMA 0.46.
* `ConditionalFlipRate`: flips among the originals that could flip that way.
* `PositiveRate`: how often the model says "yes", on both sides.
* `MatchedFlipRate`: flips where the model says "yes" as often as the baseline.
* `CounterfactualGap`: how far scores move, flip or no flip.
* `MulticlassFlips`: changes of the top class.

TFMA finds them by `MetricConfig(class_name="FlipRate", module="fairflip.metrics")`,
on every worker. Without `module`, importing this package is enough in the process
that runs the evaluation: see `fairflip.metrics.tfma.registration`.

How a batch is counted, folder by folder: `flips` says what a decision, a flip and a gap
are; `batches` counts Arrow batches into the mergeable sums of `statistics`; `intervals`
makes rates with bounds of these; `report` writes them into the `RunReport`. `tfma` holds
the metrics above, and `evaluator` computes the same for an `EvalConfig` from the sums.
`flips`, `pairs`, `intervals` and `statistics` import neither Beam, TFMA nor TensorFlow, and
importing this package does not either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairflip.metrics.tfma import registration

if TYPE_CHECKING:
    from fairflip.metrics.tfma.registration import (
        ConditionalFlipRate,
        CounterfactualGap,
        FlipCount,
        FlipRate,
        MatchedFlipRate,
        MulticlassFlips,
        PositiveRate,
    )

__all__ = [
    "ConditionalFlipRate",
    "CounterfactualGap",
    "FlipCount",
    "FlipRate",
    "MatchedFlipRate",
    "MulticlassFlips",
    "PositiveRate",
]


def __getattr__(name: str) -> Any:
    if name not in registration.METRIC_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(registration, name)


def __dir__() -> list[str]:
    return sorted(__all__)


registration.register_when_tfma_is_imported()
