"""Texts and their pairs as batches of token numbers: a fresh order and draw every epoch."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from fairflip.remediation.torch.step import AlignedPairs
from fairflip.remediation.training.data import TrainingData, epoch_generator


@dataclasses.dataclass(frozen=True)
class TextBatch:
    """A batch to train on.

    Attributes:
        inputs: The model's inputs, tensors `[rows, ...]` by name.
        labels: `[rows]`.
        weights: float32 `[rows]`; None: 1.
        pairs: Counterfactuals of its rows.
        controls: Controls of its rows.
        rows: int64 `[rows]`, which of the data's rows these are.
    """

    inputs: Mapping[str, torch.Tensor]
    labels: torch.Tensor
    weights: torch.Tensor | None
    pairs: AlignedPairs | None
    controls: AlignedPairs | None
    rows: np.ndarray


class TextBatches:
    """Batches of texts; each text is made numbers once.

    Args:
        data: Its inputs are texts.
        tokenizer: Of Hugging Face.
        batch_size: Rows per batch.
        seed: Of order and draw: those of an epoch follow from both.
        max_length: Most tokens of a text; None: all.
        device: Where tensors go.
    """

    def __init__(
        self,
        data: TrainingData,
        tokenizer: Any,
        *,
        batch_size: int,
        seed: int = 0,
        max_length: int | None = None,
        device: str = "cpu",
    ):
        self._data, self._tokenizer = data, tokenizer
        self._batch_size, self._seed, self._device = batch_size, seed, device
        self._options = {"truncation": max_length is not None, "max_length": max_length}
        self._texts = self._encoded(data.inputs)
        self._pairs = self._encoded(data.counterfactual_inputs)
        self._controls = self._encoded(data.control_inputs)

    def __len__(self) -> int:
        return -(-self._data.num_examples // self._batch_size)

    def epoch(self, number: int, *, paired: bool, controlled: bool = False) -> Iterator[TextBatch]:
        """The batches of an epoch.

        Args:
            number: Which epoch.
            paired: Whether rows come with their counterfactuals.
            controlled: Whether they come with their controls too.
        """
        data, generator = self._data, epoch_generator(self._seed, number)
        order = generator.permutation(data.num_examples)
        drawn = data.draw_counterfactuals(generator)
        controls = data.draw_controls(generator) if controlled else drawn * 0 - 1
        for start in range(0, len(order), self._batch_size):
            rows = order[start : start + self._batch_size]
            weights = data.weights
            yield TextBatch(
                inputs=self.padded([self._texts[row] for row in rows]),
                labels=self._tensor(np.asarray(data.labels)[rows]),
                weights=None if weights is None else self._tensor(weights[rows]),
                pairs=self._aligned(self._pairs, drawn[rows]) if paired else None,
                controls=self._aligned(self._controls, controls[rows]) if controlled else None,
                rows=rows,
            )

    def of_rows(self, rows: np.ndarray) -> Mapping[str, torch.Tensor]:
        """The model's inputs of some rows of the data."""
        return self.padded([self._texts[row] for row in rows])

    def _aligned(self, encoded: Sequence[Any], drawn: np.ndarray) -> AlignedPairs | None:
        has = np.flatnonzero(drawn >= 0)
        if not len(has):
            return None
        return AlignedPairs(
            self.padded([encoded[number] for number in drawn[has]]), self._tensor(has)
        )

    def padded(self, encoded: Sequence[Mapping[str, list[int]]]) -> Mapping[str, torch.Tensor]:
        """Texts of one length, as the model takes them."""
        made = self._tokenizer.pad(list(encoded), return_tensors="pt")
        return {name: tensor.to(self._device) for name, tensor in made.items()}

    def _encoded(self, texts: Any) -> list[dict[str, list[int]]]:
        if texts is None or not len(texts):
            return []
        made = self._tokenizer([str(text) for text in texts], **self._options)
        return [{name: made[name][i] for name in made} for i in range(len(texts))]

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(values).to(self._device)
