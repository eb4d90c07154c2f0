"""Images for any model: pixels in the place of encoded bytes, a few at a time.

What cannot be decoded has no score: NaN, and the record is left out by name
(`fairflip.pipeline.score.checks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from apache_beam.metrics import Metrics

from fairflip.metrics.images.decoded_columns import (
    SHARED,
    as_pixels,
    image_columns,
    pixel_bytes_of_row,
)
from fairflip.metrics.images.memory import return_large_blocks
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.score.handlers.base import BatchModelHandler, all_of_parts
from fairflip.protos import config_pb2
from fairflip.protos.errors import InputError

#: Most bytes of pixels that a model gets at once, but for one image; and most images.
BYTES_PER_CALL, IMAGES_PER_CALL = 32 << 20, 1024
_SHARES = "1"


class ImageModelHandler(BatchModelHandler):
    """Asks a model for the scores of records among whose columns are encoded images.

    Args:
        inner: Scores records whose images are pixels: tensors of uint8, or of float32 where
            the specification's `pixel_range` is "1".
    """

    def __init__(self, inner: BatchModelHandler):
        super().__init__(inner.spec, inner.input_features)
        self._inner = inner
        self.may_be_asked_again = inner.may_be_asked_again
        self.nan_is_missing = inner.nan_is_missing

    @property
    def identity(self) -> str:
        """That of the model, and how it reads pixels."""
        return f"{self._inner.identity}/{self._pixels}"

    @property
    def lasting_identity(self) -> str:
        """The same of what lasts."""
        return f"{self._inner.lasting_identity}/{self._pixels}"

    @property
    def identities_by_output(self) -> tuple[str, ...]:
        """The same of each output."""
        return tuple(f"{one}/{self._pixels}" for one in self._inner.identities_by_output)

    @property
    def _pixels(self) -> str:
        return f"images:{self.spec.image_channels}:{self.spec.pixel_range}"

    def load_model(self) -> Any:
        """What the model's own handler loads, in a process that images are to pass through."""
        return_large_blocks()
        return self._inner.load_model()

    def output_names(self, batch: pa.RecordBatch, model: Any) -> tuple[str, ...]:
        """All that the model gives for the records that can be read."""
        pixels, readable = with_pixels(batch, self.spec)
        return self._inner.output_names(pixels.filter(pa.array(readable)), model)

    def score_batch(self, batch: pa.RecordBatch, model: Any) -> np.ndarray:
        """Scores of one batch; NaN where an image cannot be read."""
        return all_of_parts(self.score_parts(batch, model), batch.num_rows)

    def score_parts(
        self, batch: pa.RecordBatch, model: Any, num_known: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The same as the answers come, of those that can be read."""
        for rows, pixels in self._calls(batch):
            for part, scores in self._inner.score_parts(pixels, model, num_known):
                yield rows[part], scores

    def score_and_classes(self, batch: pa.RecordBatch, model: Any) -> tuple[np.ndarray, np.ndarray]:
        """The same with class scores, from one call of the model."""
        parts = [
            (rows, *self._inner.score_and_classes(pixels, model))
            for rows, pixels in self._calls(batch)
        ]
        scores = all_of_parts(((rows, values) for rows, values, _ in parts), batch.num_rows)
        classes = all_of_parts(((rows, values) for rows, _, values in parts), batch.num_rows)
        return scores, classes if classes.ndim > 1 else np.full((batch.num_rows, 2), np.nan)

    def texts_per_call(self, model: Any) -> int | None:
        """What the model's own handler says."""
        return self._inner.texts_per_call(model)

    def resource_hints(self) -> Mapping[str, Any]:
        """Those of the model."""
        return self._inner.resource_hints()

    def _calls(self, batch: pa.RecordBatch) -> Iterator[tuple[np.ndarray, pa.RecordBatch]]:
        """Rows that can be read, a few at a time, and their records with pixels."""
        for rows in _together(batch):
            pixels, readable = with_pixels(batch.slice(rows[0], len(rows)), self.spec)
            if readable.all():
                yield rows, pixels
            elif readable.any():
                yield rows[readable], pixels.filter(pa.array(readable))


def with_pixels(
    records: pa.RecordBatch, spec: config_pb2.ModelSpec
) -> tuple[pa.RecordBatch, np.ndarray]:
    """Records with tensors in the place of encoded images, and which can be read, bool (n,).

    Raises:
        InputError: Images that a model reads together differ in size.
    """
    readable = np.ones(records.num_rows, bool)
    before = SHARED.num_decoded
    for name in image_columns(records.schema):
        try:
            decoded = SHARED.decode_all(records.column(name), spec.image_channels)
        except ValueError as error:
            raise InputError(
                f"{name!r} holds images of {error}; a model reads images of one size: make all "
                "alike, on both sides of the pairs"
            ) from error
        readable &= decoded.is_readable
        column = as_pixels(decoded, spec.pixel_range == _SHARES)
        records = records.set_column(records.schema.get_field_index(name), name, column)
    Metrics.counter("fairflip", "images_decoded").inc(SHARED.num_decoded - before)
    return records, readable


def tables_with_pixels(
    tables: Mapping[str, pa.Table | None], spec: config_pb2.ModelSpec, id_feature: str
) -> tuple[dict[str, Any], list[RejectedRecord]]:
    """The same of tables to train on, and the records left out whose images cannot be read."""
    made: dict[str, Any] = {}
    rejects = []
    for name, table in tables.items():
        if table is None or not table.num_rows:
            made[name] = table
            continue
        [batch] = table.combine_chunks().to_batches()
        batch, readable = with_pixels(batch, spec)
        for id in batch.column(id_feature).filter(pa.array(~readable)).to_pylist():
            detail = "an image cannot be decoded; mend it, or leave the record out"
            rejects.append(RejectedRecord("read", "unreadable_image", "", id, detail))
        made[name] = pa.Table.from_batches([batch.filter(pa.array(readable))])
    return made, rejects


def _together(records: pa.RecordBatch) -> Iterator[np.ndarray]:
    """Rows of one call after the other, so that pixels stay within bounds."""
    size = max(1, pixel_bytes_of_row(records))
    together = min(IMAGES_PER_CALL, max(1, BYTES_PER_CALL // size))
    for start in range(0, records.num_rows, together):
        yield np.arange(start, min(start + together, records.num_rows))
