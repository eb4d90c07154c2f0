"""How many texts a model gets at once, and which of them together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Texts of one call of a handler that names no limit. The number is fixed: Beam would try
#: sizes and take the fastest, and a score's last digits depend on what it is computed with.
DEFAULT_TEXTS = 256


@dataclasses.dataclass(frozen=True)
class CallLimits:
    """What goes into one call.

    Attributes:
      max_texts: Most texts.
      max_size: Most that `size_of` adds up to; one text alone may be larger.
      size_of: Size of an element, as the handler measures it; None: all have the size 1.
      length_of: Length of an element, by which like goes with like; None: its characters.
    """

    max_texts: int = DEFAULT_TEXTS
    max_size: float | None = None
    size_of: Callable[[Any], float] | None = None
    length_of: Callable[[Any], int] | None = None

    @classmethod
    def of(cls, handler: Any, default_texts: int = DEFAULT_TEXTS) -> CallLimits:
        """The limits that a handler gives Beam, by its `batch_elements_kwargs`.

        Args:
          handler: A Beam `ModelHandler`.
          default_texts: Most texts where it names no limit.
        """
        given = handler.batch_elements_kwargs()
        size_of = given.get("element_size_fn")
        max_texts = given.get("max_batch_size")
        if max_texts is None:
            max_texts = max(default_texts, given.get("min_batch_size") or 1)
        max_size = given.get("max_batch_weight")
        if size_of is not None and max_size is None:
            # Beam's own meaning: with a function of sizes, a batch's size is their sum.
            max_size = max_texts
        return cls(
            max_texts=max(1, int(max_texts)),
            max_size=max_size if size_of is not None else None,
            size_of=size_of,
            length_of=given.get("length_fn"),
        )

    @property
    def look_at_elements(self) -> bool:
        """Whether elements must be made before calls can be cut."""
        return self.size_of is not None or self.length_of is not None

    def calls(self, lengths: np.ndarray, elements: Sequence[Any] = ()) -> Iterator[np.ndarray]:
        """The rows of each call: full calls, and one that is not where rows are left over.

        Rows of like length go together, the shortest first, since models pad the rows of a
        call to one length.

        Args:
          lengths: (n,) how long each row is.
          elements: What the handler gets for each; read where `look_at_elements`.

        Yields:
          Indices of rows; together they are all rows, each once.
        """
        if self.length_of is not None:
            lengths = np.array([self.length_of(element) for element in elements])
        order = np.argsort(lengths, kind="stable")
        if self.size_of is None:
            for start in range(0, len(order), self.max_texts):
                yield order[start : start + self.max_texts]
            return
        limit = self.max_size if self.max_size is not None else float("inf")
        call: list[int] = []
        total = 0.0
        for row in order:
            size = self.size_of(elements[row])
            if call and (total + size > limit or len(call) == self.max_texts):
                yield np.array(call)
                call, total = [], 0.0
            call.append(int(row))
            total += size
        if call:
            yield np.array(call)


def text_lengths(batch: pa.RecordBatch) -> np.ndarray:
    """How many characters the texts of each row have, int64 (n,)."""
    total = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            characters = pc.fill_null(pc.utf8_length(column), 0)
            total += characters.to_numpy(zero_copy_only=False).astype(np.int64)
    return total
