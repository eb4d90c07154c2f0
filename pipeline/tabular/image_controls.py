"""Controls of images: a function of the user's edits the original elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from fairflip.metrics.images.decoding import UnreadableImage, decode, encode_png
from fairflip.pipeline.generate.control_coverage import ControlCoverage
from fairflip.pipeline.generate.edits.control_rows import (
    LISTS,
    control_rows,
    joined,
    labelled,
    with_column,
)
from fairflip.pipeline.generate.edits.functions import load_function
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.pair.controls import control_hash
from fairflip.pipeline.records.json_coders import SumAll
from fairflip.pipeline.records.rejects import typed
from fairflip.pipeline.tabular.cell_controls import placed
from fairflip.protos import columns, config_pb2
from fairflip.protos.errors import InputError

CONTROL_COVERAGE, PAIRS = "control_coverage", "pairs"
NO_EDIT = "the function made none"

#: (original, counterfactual, number) -> the control's pixels, or None where it can make none.
ControlFunction = Callable[[np.ndarray, np.ndarray, int], "np.ndarray | None"]


class AddImageControls(beam.PTransform):
    """Batches of pairs of images -> these with their controls, and what is known of them."""

    def __init__(self, spec: config_pb2.GeneratorSpec, data: config_pb2.DataSpec):
        """Takes the function's import path and how many controls a pair gets.

        Raises:
            ConfigurationError: There is no such function.
        """
        super().__init__()
        load_function(spec.control_function, "generator.control_function")
        self._spec, self._names = spec, PairColumns.of(data)
        self._images = tuple(data.image_features)

    def expand(self, pairs: beam.PCollection) -> dict[str, beam.PCollection]:
        """Asks the function for each pair by itself."""
        tagged = pairs | "EditImages" >> beam.ParDo(
            _EditImages(self._spec, self._names, self._images)
        ).with_output_types(pa.RecordBatch).with_outputs(CONTROL_COVERAGE, main=PAIRS)
        coverage = typed(tagged[CONTROL_COVERAGE], ControlCoverage)
        return {
            PAIRS: tagged[PAIRS],
            CONTROL_COVERAGE: coverage | "SumControlCoverage" >> SumAll(ControlCoverage),
        }


class _EditImages(beam.DoFn):
    def __init__(self, spec: config_pb2.GeneratorSpec, names: PairColumns, images: Sequence[str]):
        self._spec, self._names, self._images = spec, names, tuple(images)
        self._function: ControlFunction | None = None

    def process(self, batch: pa.RecordBatch) -> Iterable[Any]:
        if self._function is None:
            self._function = load_function(
                self._spec.control_function, "generator.control_function"
            )
        made, coverage = with_image_controls(
            batch, self._function, self._images, self._spec.controls, self._names
        )
        yield made
        yield beam.pvalue.TaggedOutput(CONTROL_COVERAGE, coverage)


def with_image_controls(
    pairs: pa.RecordBatch,
    function: ControlFunction,
    images: Sequence[str],
    num_controls: int,
    names: PairColumns,
) -> tuple[pa.RecordBatch, ControlCoverage]:
    """Adds the controls of a batch of pairs, edited in the first of their images that changes.

    Args:
        pairs: Those of one original stand together.
        function: What edits; see `ControlFunction`.
        images: The columns of images.
        num_controls: How many a pair gets.
        names: The names of the columns.

    Raises:
        InputError: The function raises, or gives pixels of another shape or type.
    """
    if columns.EDIT in pairs.schema.names:  # they bring controls of their own
        return pairs, ControlCoverage(num_pairs=pairs.num_rows)
    changed = [n for n in names.inputs if columns.counterfactual(n) in pairs.schema.names]
    edited = [name for name in images if name in changed]
    if not edited:
        raise InputError(
            f"pairs: no image ({', '.join(images)}) has another side; controls edit images"
        )
    name = edited[0]
    pairs = labelled(pairs)
    # What is edited stands for terms: without any no interval over them is made.
    terms = [own or [name] for own in pairs.column(columns.TERM).to_pylist()]
    pairs = with_column(pairs, columns.TERM, pa.array(terms, LISTS))
    before = pairs.column(name).to_pylist()
    after = pairs.column(columns.counterfactual(name)).to_pylist()
    controls = [
        _controls_of(old, new, function, num_controls)
        for old, new in zip(before, after, strict=True)
    ]
    ids = pairs.column(names.id).to_pylist()
    index = pairs.column(COUNTERFACTUAL_INDEX).to_pylist()
    order, rows, numbers = placed(ids, index, [len(made) for made in controls])
    edits = [image for made in controls for image in made]
    taken = pairs.take(pa.array(rows, pa.int64()))
    kind = pairs.schema.field(columns.counterfactual(name)).type
    own = {columns.counterfactual(other): taken.column(other) for other in changed}
    own[columns.counterfactual(name)] = pa.array(edits, kind)
    own[columns.TERM] = pa.array([[name]] * len(rows), LISTS)
    own[columns.REPLACEMENT] = pa.nulls(len(rows), LISTS)
    made = control_rows(pairs, rows, numbers, [None] * len(rows), own)
    num_short = sum(len(one) < num_controls for one in controls)
    coverage = ControlCoverage(
        num_pairs=len(ids),
        num_control_pairs=len(rows),
        pairs_by_controls=dict(Counter(map(len, controls))),
        shortages={NO_EDIT: num_short} if num_short else {},
        hash_sum=control_hash(made, names) if rows else 0,
        by_column={name: len(rows)} if rows else {},
    )
    return joined(pairs, made, order), coverage


def _controls_of(
    original: bytes | None, counterfactual: bytes | None, function: ControlFunction, number: int
) -> list[bytes]:
    """Encoded controls of one pair; none where a side cannot be read: scoring leaves it out."""
    if original is None or counterfactual is None:
        return []
    try:
        before, after = decode(original), decode(counterfactual)
    except UnreadableImage:
        return []
    made = []
    for place in range(number):
        try:
            edited = function(before.copy(), after.copy(), place)
        except Exception as error:
            raise InputError(
                f"generator.control_function: it raised {type(error).__name__} on images of "
                f"{before.shape[0]} × {before.shape[1]} pixels; call it on one of them to see why"
            ) from error
        if edited is None:
            continue
        pixels = np.asarray(edited)
        if pixels.shape != before.shape or pixels.dtype != np.uint8:
            raise InputError(
                f"generator.control_function: it gave {pixels.dtype} of the shape {pixels.shape}, "
                f"expected is uint8 of the shape {before.shape}, as the original, or None"
            )
        if (pixels != before).any():
            made.append(encode_png(pixels))
    return made
