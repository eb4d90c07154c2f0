"""Names of the columns in the pair files and the scored-pair files.

They are a format on disk, like the protos beside them, and are read by
notebooks and checks outside this package.
"""

from __future__ import annotations

COUNTERFACTUAL_PREFIX = "counterfactual."
SCORE_PREFIX = "score."

COUNTERFACTUAL_ID = "counterfactual_id"
TERM = "term"
REPLACEMENT = "replacement"
GROUP = "group"
CATEGORY = "category"
FLIP_IS_LEGITIMATE = "flip_is_legitimate"

#: Slicing features that mean what was changed, by the pair column that holds it.
PAIR_SLICES = {"counterfactual_group": GROUP, "counterfactual_term": TERM}


def counterfactual(feature: str) -> str:
    """The pair column with the counterfactual's value of `feature`."""
    return COUNTERFACTUAL_PREFIX + feature


def score(model: str) -> str:
    """The scored-pair column with `model`'s score of the original (float64)."""
    return SCORE_PREFIX + model


def counterfactual_score(model: str) -> str:
    """The scored-pair column with `model`'s score of the counterfactual (float64)."""
    return COUNTERFACTUAL_PREFIX + SCORE_PREFIX + model
