"""Keras layers that ask a model about other texts, and take the mean of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.in_graph.edits import GraphEdits
from fairflip.text.plain_edits.table import compile_table
from fairflip.text.plain_edits.tokens import SPACES
from fairflip.text.terms import Term, TermList

AVERAGING, BLINDNESS = "averaging", "blindness"


@keras.saving.register_keras_serializable(package="fairflip")
class AskedTexts(keras.layers.Layer):
    """From texts `[n]` to the texts to ask about, `[m]`, and the row of each, int64 `[m]`.

    Args:
        terms: The rows of a list: text, group, category, swaps, form.
        technique: "averaging": each text and its counterfactuals; "blindness": each text without
            its terms.
        method: Of averaging: "substitution" or "ablation".
        num_averaged: Of averaging: the most counterfactuals of a text.
        language: Of the list.
        list_name: What errors call it.

    Raises:
        ConfigurationError: The list cannot be edited in a graph.
    """

    def __init__(
        self,
        terms: Sequence[Sequence[Any]],
        technique: str = AVERAGING,
        method: str = "substitution",
        num_averaged: int = 4,
        language: str = "",
        list_name: str = "terms",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if technique not in (AVERAGING, BLINDNESS):
            raise ConfigurationError(
                f"technique is {technique!r}; choose {AVERAGING} or {BLINDNESS}"
            )
        self._number = num_averaged
        self._settings = {
            "terms": [list(row) for row in terms],
            "technique": technique,
            "method": method,
            "num_averaged": num_averaged,
            "language": language,
            "list_name": list_name,
        }
        rows = [
            Term(text=text, group=group, category=category, swaps=tuple(swaps), form=form)
            for text, group, category, swaps, form in terms
        ]
        term_list = TermList(name=list_name, terms=tuple(rows), language=language)
        self._is_substitution = technique == AVERAGING and method == "substitution"
        edits = "substitution" if self._is_substitution else "ablation"
        self._edits = GraphEdits(compile_table(term_list, edits))

    def call(self, texts: Any) -> Any:
        """The texts to ask about, and their rows."""
        texts = tf.reshape(texts, [-1])
        rows = tf.range(tf.shape(texts, tf.int64)[0])
        if self._is_substitution:
            row, made = self._edits.swapped(texts, self._number)
        else:
            row, made = self._edits.removed(texts)
        if self._settings["technique"] == BLINDNESS:
            return tf.tensor_scatter_nd_update(texts, row[:, None], made), rows
        if not self._is_substitution:
            has_words = ~tf.strings.regex_full_match(made, f"[{SPACES}]*")
            row, made = tf.boolean_mask(row, has_words), tf.boolean_mask(made, has_words)
        return tf.concat([texts, made], axis=0), tf.concat([rows, row], axis=0)

    def compute_output_spec(self, texts: Any) -> Any:
        """Two columns, of as many rows as there are texts to ask about."""
        return (
            keras.KerasTensor((None,), dtype="string"),
            keras.KerasTensor((None,), dtype="int64"),
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), **self._settings}


@keras.saving.register_keras_serializable(package="fairflip")
class MeanOfAsked(keras.layers.Layer):
    """The mean of a model's answers `[m, …]` over the rows of each text, `[n, …]`."""

    def call(self, inputs: Any) -> Any:
        """The means of answers, by row, over the given texts."""
        answers, row, texts = inputs
        number = tf.shape(tf.reshape(texts, [-1]))[0]
        sums = tf.math.unsorted_segment_sum(answers, row, number)
        counts = tf.math.unsorted_segment_sum(tf.ones_like(row, answers.dtype), row, number)
        return sums / tf.reshape(counts, [-1] + [1] * (len(answers.shape) - 1))

    def compute_output_spec(self, inputs: Any) -> Any:
        """As the answers'."""
        answers = inputs[0]
        return keras.KerasTensor((None, *answers.shape[1:]), dtype=answers.dtype)
