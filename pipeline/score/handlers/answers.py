"""From what a model answers, in any of the shapes in use, to one score for each record.

The shapes, for n records:

* numbers `[n]` or `[n, 1]`: they are the scores.
* numbers `[n, K]`: one column is the score. Of two columns that stand for the classes 0
  and 1 it is the second; otherwise a choice must be made. Columns without names stand for
  these where they sum to 1.
* numbers `[n]` of two classes, as a `decision_function` gives: for the second, and negated for
  the first.
* lists of n `{"label": ..., "score": ...}` lists, as a Hugging Face pipeline gives with
  ``top_k=None``, and `{"labels": [...], "scores": [...]}`: the score of one label.
* mappings of an output's name to numbers `[n]` or `[n, K]`, of all records or of each, as Keras
  models, SavedModels and ONNX graphs give: one column of one of them.
* Beam's `PredictionResult` of any of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.pipeline.score.libraries import label_choice
from fairflip.protos.errors import ConfigurationError, InputError


def scores_of(
    answers: Any, num_rows: int, *, model: str, output: str = "", class_names: Sequence[Any] = ()
) -> np.ndarray:
    """The score of each record.

    Args:
        answers: What the model answered for `num_rows` records, see above.
        num_rows: How many records it was asked about.
        model: The model's name, for messages.
        output: Which is the score: a label, the name of an output, or of one of its units
            "NAME:INDEX" or ":INDEX".
        class_names: What the columns of an array stand for, where that is known.

    Returns:
        float64 [num_rows].

    Raises:
        ConfigurationError: It is open which of several numbers is the score; the
            message names the choices.
        InputError: Answers are missing or cannot be read as numbers.
    """
    answers = _without_wrapping(answers)
    labelled = _labelled(answers, model)
    if labelled is not None:
        table = _by_label(labelled, class_names, model)
        return one_each(_chosen(table, output, model), num_rows, model)
    outputs = _outputs(answers)
    if outputs is not None:
        selected = _selected(outputs, output)
        if selected is None:
            return one_each(_only_columns(outputs, output, num_rows, model), num_rows, model)
        answers, output = selected
    array = _numbers(answers, num_rows, model)
    if array.ndim < 2 or array.shape[1:] == (1,):
        return _of_one_column(one_each(array, num_rows, model), class_names, output, model)
    names = [str(name) for name in class_names] or [str(i) for i in range(array.shape[1])]
    if array.ndim != 2 or len(names) != array.shape[1]:
        raise InputError(
            f"models[{model}]: gave numbers of the shape {array.shape} for {num_rows} records; "
            "it must give one score, or one for each class, for every record"
        )
    columns = dict(zip(names, array.T, strict=True))
    are_classes = bool(class_names) or np.allclose(array.sum(1), 1.0, rtol=0, atol=1e-3)
    return one_each(_chosen(columns, output, model, are_classes), num_rows, model)


def scores_of_each(
    answers: Any,
    num_rows: int,
    *,
    model: str,
    outputs: Sequence[str],
    class_names: Sequence[Any] = (),
) -> np.ndarray:
    """The score of each record, or several.

    Args:
        answers: As for `scores_of`.
        num_rows: As for `scores_of`.
        model: As for `scores_of`.
        outputs: Which are the scores, each as `output` of `scores_of`.
        class_names: As for `scores_of`.

    Returns:
        float64 [num_rows] for one output, [num_rows, K] for K of them.
    """
    if len(outputs) == 1:
        [output] = outputs
        return scores_of(answers, num_rows, model=model, output=output, class_names=class_names)
    answers = _without_wrapping(answers)
    labelled = _labelled(answers, model)
    if labelled is not None:
        table = _by_label(labelled, class_names, model)
        columns = [one_each(_chosen(table, each, model), num_rows, model) for each in outputs]
        return np.stack(columns, axis=1)
    if _outputs(answers) is None:
        answers = _numbers(answers, num_rows, model)  # once, not for each output
    return np.stack(
        [
            scores_of(answers, num_rows, model=model, output=output, class_names=class_names)
            for output in outputs
        ],
        axis=1,
    )


def names_of(
    answers: Any, num_rows: int, *, model: str, class_names: Sequence[Any] = ()
) -> tuple[str, ...]:
    """All numbers that a model gives for each record, named as `output` of `scores_of` is.

    Args:
        answers: As for `scores_of`.
        num_rows: As for `scores_of`.
        model: As for `scores_of`.
        class_names: As for `scores_of`.

    Returns:
        Labels where they are known; names of outputs, with the unit where one has several;
        or units of the only output. ("",) where there is one number without a name.
    """
    answers = _without_wrapping(answers)
    labelled = _labelled(answers, model)
    if labelled is not None:
        return tuple(_by_label(labelled, class_names, model))
    outputs = _outputs(answers)
    if outputs is not None and len(outputs) > 1:
        widths = {name: _width(values, num_rows, model) for name, values in outputs.items()}
        return tuple(
            name if width == 1 else f"{name}:{unit}"
            for name, width in widths.items()
            for unit in range(width)
        )
    if outputs is not None:
        [answers] = outputs.values()
    width = _width(_numbers(answers, num_rows, model), num_rows, model)
    if class_names and (len(class_names) == width or (width, len(class_names)) == (1, 2)):
        return tuple(map(str, class_names))
    return ("",) if width == 1 else tuple(f":{unit}" for unit in range(width))


def _width(values: np.ndarray, num_rows: int, model: str) -> int:
    """How many numbers an output has for each record."""
    if values.ndim == 1 and len(values) == num_rows:
        return 1
    if values.ndim == 2 and len(values) == num_rows:
        return values.shape[1]
    raise InputError(
        f"models[{model}]: gave numbers of the shape {values.shape} for {num_rows} records; "
        "expected are one, or one for each class, for every record"
    )


def classes_of(answers: Any, num_rows: int, *, model: str, output: str = "") -> np.ndarray:
    """The class scores of each record: all units of the output of which one is the score.

    Args:
        answers: As for `scores_of`.
        num_rows: How many records the model was asked about.
        model: The model's name, for messages.
        output: As for `scores_of`.

    Returns:
        float64 [num_rows, K], K at least 2.

    Raises:
        ConfigurationError: The output has one unit, or more than one axis of them.
    """
    outputs = _outputs(answers)
    if outputs is not None:
        selected = _selected(outputs, output)
        if selected is None:
            raise _no_output(outputs, output, model)
        answers, _ = selected
    array = np.asarray(answers)
    if array.ndim != 2 or array.shape[0] != num_rows or array.shape[1] < 2:
        raise ConfigurationError(
            f"models[{model}].output_name: the output has the shape {array.shape} for {num_rows} "
            "records, and evaluation.eval_config asks for a metric over classes, which needs "
            "several units for each; name an output with one unit for each class, such as "
            '"NAME:INDEX", or leave the metric out'
        )
    return array.astype(np.float64)


def _without_wrapping(answers: Any) -> Any:
    """Answers without Beam's `PredictionResult` around each, and tensors of torch as arrays."""
    if isinstance(answers, (list, tuple)) and answers and hasattr(answers[0], "inference"):
        answers = [answer.inference for answer in answers]
    if isinstance(answers, (list, tuple)):
        return [_array(answer) for answer in answers]
    return _array(answers)


def _array(values: Any) -> Any:
    return values.detach().cpu().numpy() if hasattr(values, "detach") else values


def _outputs(answers: Any) -> dict[str, np.ndarray] | None:
    """Outputs by name, with a row for each record; None where answers are no outputs by name."""
    if isinstance(answers, Mapping):
        return {str(name): np.asarray(_array(values)) for name, values in answers.items()}
    if not isinstance(answers, (list, tuple)) or not answers:
        return None
    if not all(isinstance(answer, Mapping) for answer in answers):
        return None
    return {
        str(name): np.stack([np.asarray(_array(answer[name])) for answer in answers])
        for name in answers[0]
        if all(name in answer for answer in answers)
    }


def _selected(outputs: Mapping[str, np.ndarray], output: str) -> tuple[np.ndarray, str] | None:
    """The output that is asked for, and what is to be chosen in it; None where it is open."""
    if output in outputs:
        return outputs[output], ""
    name, colon, unit = output.rpartition(":")
    if colon and name in outputs:
        return outputs[name], colon + unit
    if len(outputs) == 1 and not name:
        [values] = outputs.values()
        return values, output
    return None


def _only_columns(
    outputs: Mapping[str, np.ndarray], output: str, num_rows: int, model: str
) -> np.ndarray:
    """One of several outputs, where each is one number for each record."""
    if any(values.size != num_rows for values in outputs.values()):
        raise _no_output(outputs, output, model)
    return _chosen(outputs, output, model)


def _no_output(outputs: Mapping[str, Any], output: str, model: str) -> ConfigurationError:
    return ConfigurationError(
        f"models[{model}].output_name: {output!r} is not an output; "
        f"set it to one of {', '.join(sorted(outputs))}"
    )


def _of_one_column(
    scores: np.ndarray, class_names: Sequence[Any], output: str, model: str
) -> np.ndarray:
    """The score where a model gives one number: of two classes, it speaks for the second."""
    if len(class_names) == 2:
        first, second = map(str, class_names)
        return _chosen({first: -scores, second: scores}, output, model)
    if output and (len(class_names) == 1 or output.startswith(":")):
        [name] = map(str, class_names or "0")
        return _chosen({name: scores}, output, model)
    return scores


def _labelled(answers: Any, model: str) -> list[dict[str, float]] | None:
    """Each answer as label -> score; None where answers are no labelled scores."""
    if not isinstance(answers, (list, tuple)) or not answers:
        return None
    if not all(isinstance(answer, (Mapping, list, tuple)) for answer in answers):
        return None
    rows = []
    for answer in answers:
        if isinstance(answer, Mapping) and "label" in answer:
            raise ConfigurationError(
                f"models[{model}]: gives the score of its best label alone, which is another "
                "label from text to text; ask it for all labels (of a Hugging Face pipeline: "
                "top_k=None) and name one with output"
            )
        if isinstance(answer, Mapping) and {"labels", "scores"} <= answer.keys():
            pairs = list(zip(answer["labels"], answer["scores"], strict=True))
        elif isinstance(answer, Mapping):
            if any(np.ndim(_array(score)) > 0 for score in answer.values()):
                return None  # outputs by name
            pairs = list(answer.items())
        elif all(isinstance(entry, Mapping) and "label" in entry for entry in answer):
            pairs = [(entry["label"], entry["score"]) for entry in answer]
        else:
            return None
        rows.append({str(label): float(score) for label, score in pairs})
    return rows


def _by_label(
    rows: list[dict[str, float]], class_names: Sequence[Any], model: str
) -> dict[str, np.ndarray]:
    """Label -> scores [n], in the order of `class_names`, or else by name."""
    known = {str(name): number for number, name in enumerate(class_names)}
    # A pipeline sorts labels by score, so the order in which they come says nothing.
    labels = sorted(
        {label for row in rows for label in row},
        key=lambda label: (known.get(label, len(known)), label),
    )
    missing = [label for label in labels if any(label not in row for row in rows)]
    if missing:
        raise InputError(
            f"models[{model}]: an answer has no score for the label {missing[0]!r} that another "
            "answer has; ask the model for all labels"
        )
    return {label: np.array([row[label] for row in rows]) for label in labels}


def _numbers(answers: Any, num_rows: int, model: str) -> np.ndarray:
    try:
        array = np.asarray(answers)
        if array.dtype.kind not in "OUS":
            return array
        if array.ndim == 1 and array.dtype.kind == "O" and len(array) == num_rows:
            return np.stack([np.asarray(answer, np.float64) for answer in array])
    except (TypeError, ValueError):
        pass
    listed = list(answers) if isinstance(answers, (list, tuple, np.ndarray)) else [answers]
    unread = [answer for answer in listed if not isinstance(answer, (int, float, np.number))]
    raise InputError(
        f"models[{model}]: {len(unread):,} of {len(listed):,} answers are no numbers but "
        f"{type(unread[0]).__name__ if unread else type(answers).__name__}; "
        "let the function give one number for each record"
    )


def _chosen(
    columns: Mapping[str, np.ndarray], output: str, model: str, are_classes: bool = True
) -> np.ndarray:
    """The column that is asked for, or where none is, the only one or that of class 1."""
    return columns[label_choice.choose_label(list(columns), output, model, are_classes)]


def one_each(values: np.ndarray, num_rows: int, model: str) -> np.ndarray:
    """One score for each record, float64 [num_rows].

    Raises:
        InputError: There are more or fewer.
    """
    array = np.asarray(values)
    if array.shape[:1] != (num_rows,) or array.size != num_rows:
        raise InputError(
            f"models[{model}]: gave {len(array) if array.ndim else 1:,} answers for "
            f"{num_rows:,} records; it must give one for each, in their order"
        )
    return array.reshape(num_rows).astype(np.float64)
