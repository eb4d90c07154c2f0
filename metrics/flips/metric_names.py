"""Names of the metrics' values, shared by every way of computing them.

The per-example TFMA metrics and the batched evaluator must write the same keys,
and notebooks and widgets read them as text. So they are spelled here once, with
no import of TFMA.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from fairflip.protos import errors

FLIP_COUNT = "flip_count"
FLIP_RATE = "flip_rate"
CONDITIONAL_FLIP_RATE = "conditional_flip_rate"
COUNTERFACTUAL_GAP = "counterfactual_gap"
POSITIVE_RATE = "positive_rate"
MATCHED_FLIP_RATE = "matched_flip_rate"
MULTICLASS_FLIPS = "multiclass_flips"
CONTROL_FLIP_RATE = "control_flip_rate"
EXCESS_FLIP_RATE = "excess_flip_rate"

DEFAULT_THRESHOLDS = (0.5,)
DEFAULT_EXAMPLE_IDS_COUNT = 100

# Values of flip_count and flip_rate, as Fairness Indicators spells them.
OVERALL = "overall"
NEGATIVE_TO_POSITIVE = "negative_to_positive"
POSITIVE_TO_NEGATIVE = "positive_to_negative"
NEGATIVE_EXAMPLES_COUNT = "negative_examples_count"
POSITIVE_EXAMPLES_COUNT = "positive_examples_count"
NEGATIVE_TO_POSITIVE_EXAMPLES_IDS = "negative_to_positive_examples_ids"
POSITIVE_TO_NEGATIVE_EXAMPLES_IDS = "positive_to_negative_examples_ids"
SAMPLE_EXAMPLES_IDS = "sample_examples_ids"
EXAMPLES_IDS_VALUES = (
    NEGATIVE_TO_POSITIVE_EXAMPLES_IDS,
    POSITIVE_TO_NEGATIVE_EXAMPLES_IDS,
    SAMPLE_EXAMPLES_IDS,
)
# Values of flip_count when pairs can be marked flip_is_legitimate.
LEGITIMATE_EXAMPLES_COUNT = "legitimate_examples_count"
LEGITIMATE_NEGATIVE_TO_POSITIVE = "legitimate_negative_to_positive"
LEGITIMATE_POSITIVE_TO_NEGATIVE = "legitimate_positive_to_negative"

FLIP_COUNT_VALUES = (
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    NEGATIVE_EXAMPLES_COUNT,
    POSITIVE_EXAMPLES_COUNT,
    NEGATIVE_TO_POSITIVE_EXAMPLES_IDS,
    POSITIVE_TO_NEGATIVE_EXAMPLES_IDS,
)
FLIP_COUNT_LEGITIMATE_VALUES = (
    LEGITIMATE_EXAMPLES_COUNT,
    LEGITIMATE_NEGATIVE_TO_POSITIVE,
    LEGITIMATE_POSITIVE_TO_NEGATIVE,
)
FLIP_RATE_VALUES = (
    OVERALL,
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    NEGATIVE_TO_POSITIVE_EXAMPLES_IDS,
    POSITIVE_TO_NEGATIVE_EXAMPLES_IDS,
    SAMPLE_EXAMPLES_IDS,
)

# Values of control_flip_rate and excess_flip_rate.
CONTROL_RATE_VALUES = (OVERALL, NEGATIVE_TO_POSITIVE, POSITIVE_TO_NEGATIVE)

# Values of conditional_flip_rate.
NEGATIVE_TO_POSITIVE_GIVEN_NEGATIVE = "negative_to_positive_given_negative"
POSITIVE_TO_NEGATIVE_GIVEN_POSITIVE = "positive_to_negative_given_positive"
CONDITIONAL_FLIP_RATE_VALUES = (
    NEGATIVE_TO_POSITIVE_GIVEN_NEGATIVE,
    POSITIVE_TO_NEGATIVE_GIVEN_POSITIVE,
)

# Values of counterfactual_gap; a quantile has its order as suffix.
MEAN_ABSOLUTE = "mean_absolute"
MEAN_SIGNED = "mean_signed"
QUANTILE = "quantile"
MEAN_SCORE_DEVIATION = "mean_score_deviation"
MEAN_SCORE_RANGE = "mean_score_range"

# Values of positive_rate.
ORIGINAL = "original"
COUNTERFACTUAL = "counterfactual"
POSITIVE_RATE_VALUES = (ORIGINAL, COUNTERFACTUAL)

# Values of matched_flip_rate; the suffix is the baseline's threshold.
THRESHOLD = "threshold"
BASELINE_POSITIVE_RATE = "baseline_positive_rate"
MATCHED_FLIP_RATE_VALUES = (
    OVERALL,
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    THRESHOLD,
    POSITIVE_RATE,
    BASELINE_POSITIVE_RATE,
)

# Values of multiclass_flips; rates per class have the class index as suffix.
TOP_CLASS_CHANGE_RATE = "top_class_change_rate"
TRANSITION_MATRIX = "transition_matrix"
CLASS_GAINS = "class_gains"
CLASS_LOSSES = "class_losses"
CLASS_GAIN_RATE = "class_gain_rate"
CLASS_LOSS_RATE = "class_loss_rate"


def value_name(metric: str, value: str, suffix: str = "") -> str:
    """The full name of one value, such as "flip_rate/overall@0.5"."""
    return f"{metric}/{value}{suffix}"


def threshold_suffix(thresholds: Sequence[float]) -> list[str]:
    """The "@T" that ends the name of each threshold's values.

    All thresholds of one metric are printed with one common number of decimals,
    so that names line up and sort: 0.5 and 0.25 give "@0.50" and "@0.25". The
    number is the one that TFMA 0.46 took, the longest written threshold less its
    first two characters, at least 1. Where that would print two thresholds alike
    or lose digits (1e-05 would become "@0.000"), decimals are added until every
    printed threshold reads back as the number it stands for.

    Args:
      thresholds: [T] thresholds, in any order.

    Returns:
      [T] suffixes, in the order of `thresholds`.

    Raises:
      ConfigurationError: A threshold is no finite number, or there is none.
    """
    return number_suffix(thresholds, "threshold")


def number_suffix(numbers: Sequence[float], what: str) -> list[str]:
    """`threshold_suffix` for numbers called `what` in errors, such as "quantile"."""
    plain = [number.item() if hasattr(number, "item") else number for number in numbers]
    if not plain:
        raise errors.ConfigurationError(f"there is no {what}; give at least one")
    for number in plain:
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise errors.ConfigurationError(f"{what} {number!r} is no number; give numbers")
        if not math.isfinite(number):
            raise errors.ConfigurationError(f"{what} {number} is not finite; leave it out")
    return list(_suffixes(tuple(map(str, plain))))


@functools.lru_cache(maxsize=64)
def _suffixes(written: tuple[str, ...]) -> tuple[str, ...]:
    """Kept, since each metric asks anew for the same hundred thresholds."""
    numbers = [float(text) for text in written]
    num_decimals = max(1, *(len(text) - 2 for text in written))
    while any(float(f"{number:.{num_decimals}f}") != number for number in numbers):
        num_decimals += 1
    return tuple(f"@{number:.{num_decimals}f}" for number in numbers)


def distinct_numbers(numbers: Sequence[float]) -> tuple[float, ...]:
    """`numbers` without repetitions, in their first order.

    Only equal numbers repeat: 1 and 1.0 do, and would have the same name.
    """
    return tuple(dict.fromkeys(numbers))
