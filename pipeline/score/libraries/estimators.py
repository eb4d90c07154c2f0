"""Scikit-learn estimators as functions from records to scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fairflip.protos.errors import ConfigurationError


def function_of_estimator(
    model: Any, method: str, name: str
) -> tuple[Callable[[Any], Any], tuple[Any, ...]]:
    """An estimator as a function, and what the columns of its answers stand for.

    Of labels that do not exclude each other, scikit-learn gives either a column for each
    (`OneVsRestClassifier`), or an array of two columns for each (`MultiOutputClassifier`,
    forests, neighbours), of which the second says yes. Both become one column for each label,
    without names: the numbers of labels are no classes of which the second says yes.

    Args:
        model: A fitted estimator, or a pipeline that ends with one.
        method: "predict_proba" or "decision_function".
        name: The model's name, for messages.

    Returns:
        The function, and the names of its columns; () where they have none.

    Raises:
        ConfigurationError: A label of several has other than two classes.
    """
    classes = getattr(model, "classes_", ())
    ask = getattr(model, method)
    if not isinstance(classes, list):
        last = model.steps[-1][1] if hasattr(model, "steps") else model
        return ask, () if getattr(last, "multilabel_", False) else tuple(classes)
    for number, of_label in enumerate(classes):
        if len(of_label) != 2:
            raise ConfigurationError(
                f"models[{name}]: label {number} of the estimator has {len(of_label)} classes; "
                "expected are two for each label: give a function that returns one number for each"
            )

    def yes_of_each(records: Any) -> np.ndarray:
        answers = ask(records)
        if not isinstance(answers, list):  # a decision function has one column for each label
            return answers
        return np.stack([np.asarray(answer)[:, 1] for answer in answers], axis=1)

    return yes_of_each, ()
