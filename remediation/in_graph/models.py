"""A text model with a remedy in front of it and the mean behind it, as one Keras model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from fairflip.protos.errors import InputError
from fairflip.remediation.in_graph.layers import AskedTexts, MeanOfAsked
from fairflip.text.terms import TermList


def why_not_in_graph(model: Any) -> str:
    """Why a model cannot have a remedy in its graph, in a few words; empty: it can."""
    inputs = getattr(model, "inputs", None)
    if not isinstance(model, keras.Model) or not inputs:
        return "it is no functional or sequential Keras model"
    if len(inputs) != 1 or inputs[0].dtype != "string":
        names = ", ".join(f"{tensor.name} ({tensor.dtype})" for tensor in inputs)
        return f"it reads {names}, and not one text"
    if any(size not in (None, 1) for size in inputs[0].shape):
        return f"its input has shape {inputs[0].shape}, and not one text in a row"
    return ""


def with_remedy(
    model: keras.Model,
    terms: TermList,
    *,
    technique: str = "averaging",
    method: str = "substitution",
    num_averaged: int = 4,
) -> keras.Model:
    """A model of the same input and outputs, whose scores are those of the remedy.

    Args:
        model: Reads one text, `[n]` or `[n, 1]`; its weights are shared.
        terms: A list that `fairflip.text.plain_edits.table.refusal_of` does not refuse.
        technique: See `AskedTexts`.
        method: See there.
        num_averaged: See there.

    Raises:
        ConfigurationError: The list cannot be edited in a graph.
        InputError: Nor can this model's texts (`why_not_in_graph`).
    """
    why_not = why_not_in_graph(model)
    if why_not:
        raise InputError(
            f"No remedy can stand in the graph of model {model.name!r}: {why_not}; "
            "use edits 'full' (--edits full)."
        )
    (tensor,) = model.inputs
    texts = keras.Input(tuple(tensor.shape[1:]), dtype="string", name=tensor.name)
    asked, row = AskedTexts(
        [(t.text, t.group, t.category, t.swaps, t.form) for t in terms.terms],
        technique=technique,
        method=method,
        num_averaged=num_averaged,
        language=terms.language,
        list_name=terms.name,
        name="asked_texts",
    )(texts)
    if len(tensor.shape) == 2:
        asked = keras.layers.Reshape((1,), name="one_column")(asked)
    answers = model(_in_structure_of(model, asked))
    names = list(getattr(model, "output_names", None) or [])
    means: Any
    if isinstance(answers, Mapping):
        means = {key: MeanOfAsked(name=key)([one, row, texts]) for key, one in answers.items()}
    elif isinstance(answers, list | tuple):
        means = [
            MeanOfAsked(name=name)([one, row, texts])
            for name, one in zip(names, answers, strict=True)
        ]
    else:
        means = MeanOfAsked(name=names[0] if len(names) == 1 else "mean")([answers, row, texts])
    return keras.Model(texts, means, name=f"{technique}_of_{model.name}")


def _in_structure_of(model: keras.Model, asked: Any) -> Any:
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, Mapping):
        return {next(iter(structure)): asked}
    return [asked] if isinstance(structure, list | tuple) else asked
