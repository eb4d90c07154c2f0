"""From a transformer classifier's logits to its scores, as its own configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

MULTI_LABEL, REGRESSION = "multi_label_classification", "regression"


def probabilities(logits: np.ndarray, problem_type: str | None) -> np.ndarray:
    """The scores of each label, as `transformers.TextClassificationPipeline` gives them.

    Args:
        logits: [n, K].
        problem_type: The configuration's; "regression": what the model gives is the score,
            "multi_label_classification", and always one label: a sigmoid of each,
            otherwise a softmax over the labels.

    Returns:
        float64 [n, K].
    """
    logits = np.asarray(logits, np.float64)
    if problem_type == REGRESSION:
        return logits
    if problem_type == MULTI_LABEL or logits.shape[1] == 1:
        from scipy.special import expit

        return expit(logits)
    from scipy.special import softmax

    return softmax(logits, axis=1)


def labels_of(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of a configuration (`config.json`), in the order of its units; () without any."""
    labels = config.get("id2label") or {}
    return tuple(str(labels[key]) for key in sorted(labels, key=int))
