"""Which metrics can be named in an EvalConfig here, and how to get the missing ones."""

from __future__ import annotations

import importlib.util

#: Metric class -> what it says, in one line.
FLIP_METRICS = {
    "FlipRate": "share of pairs whose decision flips, overall and by direction",
    "FlipCount": "number of flips by direction, with example IDs",
    "ConditionalFlipRate": "flips over originals predicted negative or positive",
    "CounterfactualGap": "mean |f(x) - f(x')|, signed mean, quantiles, spread per original",
    "PositiveRate": "positive rate of originals and of counterfactuals",
    "MatchedFlipRate": "flips at the threshold with the baseline's positive rate",
    "MulticlassFlips": "changes of the top class, class by class",
}
#: Module -> (metrics it brings, how to install it).
OPTIONAL = {
    "fairness_indicators": (
        "FairnessIndicators: false positive, false negative and other rates at all thresholds",
        "pip install 'fairflip[fairness]'; where data-validation has no wheel (Debian 12, Colab, "
        "Beam's images): pip install --no-deps fairness-indicators==0.52.0",
    ),
}


def is_available(module: str) -> bool:
    """Whether a module could be imported, without importing it."""
    return importlib.util.find_spec(module) is not None


def missing_metrics() -> list[str]:
    """One sentence per group of metrics that is unavailable, with the cure."""
    return [
        f"unavailable here: {what}. To get it: {cure}"
        for module, (what, cure) in OPTIONAL.items()
        if not is_available(module)
    ]


def format_metrics() -> str:
    """The listing that `fairflip metrics` prints."""
    lines = ['metrics of module "fairflip.metrics":']
    lines += [f"  {name:<28} {meaning}" for name, meaning in FLIP_METRICS.items()]
    lines.append("and all of TFMA's own, such as AUC, BinaryAccuracy, ExampleCount")
    for module, (meaning, _) in OPTIONAL.items():
        if is_available(module):
            lines.append(f"available: {meaning}")
    return "\n".join(lines + missing_metrics())
