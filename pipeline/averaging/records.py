"""The records that a model is asked about in the place of one: its text changed, or a column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.pipeline.averaging.texts import TextsToAsk
from fairflip.pipeline.records.pairing_audit import canonical
from fairflip.pipeline.tabular.swap import AttributeSwap, swapped_cells
from fairflip.protos.config_pb2 import InferenceRemedy
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.run_edits import ATTRIBUTE


class RecordsToAsk:
    """Gives, for a record, the records whose mean score is its score.

    Args:
        remedy: How records are changed.
        text_feature: The column of the text; of a table "".

    Raises:
        ConfigurationError: The remedy is none, or blindness has no list of terms.
        InputError: The list of terms is malformed, or the attribute's values are not named.
    """

    def __init__(self, remedy: InferenceRemedy, text_feature: str):
        self._text = text_feature
        self._swap: AttributeSwap | None = None
        if remedy.method == ATTRIBUTE:
            self._swap = AttributeSwap.named(remedy)
            self._is_blind = remedy.technique == "blindness"
        else:
            self._texts = TextsToAsk(remedy)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads; all others stay as they are."""
        return (self._text,) if self._swap is None else self._swap.changed

    def of(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, np.ndarray]:
        """The records to ask about, and of each the row of `batch` that it stands for.

        Those of one row stand together, of averaging the row as it is first. A row without a
        term, or with another value of the attribute, is asked about as it is.

        Args:
            batch: n records.
        """
        if self._swap is not None:
            return self._of_table(batch, self._swap)
        texts = [text or "" for text in canonical(batch.column(self._text)).to_pylist()]
        asked = self._texts.of(texts)
        row = np.repeat(np.arange(len(asked)), [len(each) for each in asked])
        changed = pa.array([text for each in asked for text in each], pa.string())
        position = batch.schema.get_field_index(self._text)
        return batch.take(pa.array(row)).set_column(position, self._text, changed), row

    def texts_of(self, texts: Sequence[str]) -> list[list[str]]:
        """The texts to ask about for each.

        Raises:
            ConfigurationError: A column of a table is changed.
        """
        if self._swap is not None:
            raise ConfigurationError(
                f"at_inference.method is {ATTRIBUTE!r}: the model is asked about records with "
                f"another {self._swap.attribute!r}, and about no texts"
            )
        return self._texts.of(list(texts))

    def _of_table(
        self, batch: pa.RecordBatch, swap: AttributeSwap
    ) -> tuple[pa.RecordBatch, np.ndarray]:
        made = swapped_cells(batch, swap)
        own, asked = np.arange(batch.num_rows), np.arange(len(made.rows))
        if self._is_blind:
            asked = np.flatnonzero(made.new == 0)
            own = np.setdiff1d(own, made.rows[asked])
        row = np.concatenate([own, made.rows[asked]])
        order = pa.array(np.argsort(row, kind="stable"))
        arrays = []
        for name in batch.schema.names:
            cells = batch.column(name).take(pa.array(row))
            if name in made.cells:
                changed = made.cells[name].take(pa.array(asked))
                # A column without any value has no type of its own.
                cells = pa.concat_arrays([cells[: len(own)].cast(changed.type), changed])
            arrays.append(cells.take(order))
        return pa.RecordBatch.from_arrays(arrays, batch.schema.names), np.sort(row)
