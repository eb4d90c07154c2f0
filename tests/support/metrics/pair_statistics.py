"""What the tests of the pair statistics share: slices, a direct grouping, equality, a runner."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.metrics.flips.slicing import parse_slices
from fairflip.metrics.statistics.pair_statistics import SliceStatistics, StatisticsSpec, sample_cell
from support.metrics.scored_pairs import slices_of

SLICES = parse_slices(["gender", "race", "race,gender", "counterfactual_group"])
THRESHOLDS = (0.5, 0.1, 0.85, 0.3)


def rows_by_slice(table: pa.Table, spec: StatisticsSpec) -> dict[str, list[dict]]:
    actual: dict[str, list[dict]] = {"Overall": []}
    for row in table.to_pylist():
        for name in slices_of(row, spec.slices):
            actual.setdefault(name, []).append(row)
    return actual


def flip_sample(
    statistics: SliceStatistics, spec: StatisticsSpec, model: int, threshold: float, direction: int
) -> list[str]:
    """IDs of a sample of the originals that flip in one direction."""
    cell = sample_cell(spec, model, threshold, direction)
    (ids,) = statistics.samples.alphabetical().of(np.array([cell]))
    return [value.decode("utf-8") for value in ids]


def assert_same(a: SliceStatistics, b: SliceStatistics, spec: StatisticsSpec) -> None:
    for model in range(spec.num_models):
        x, y = a.flip_counts(spec, model), b.flip_counts(spec, model)
        np.testing.assert_array_equal(x.counts, y.counts)
        np.testing.assert_allclose(x.weights, y.weights, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(a.counts.originals.cells, b.counts.originals.cells)
    np.testing.assert_allclose(
        a.score_histogram.to_array(), b.score_histogram.to_array(), rtol=1e-12
    )
    np.testing.assert_allclose(
        a.bucket_histogram.to_array(), b.bucket_histogram.to_array(), rtol=1e-12
    )
    np.testing.assert_allclose(a.gap_histogram.to_array(), b.gap_histogram.to_array(), rtol=1e-12)
    np.testing.assert_allclose(a.gaps, b.gaps, rtol=1e-9, atol=1e-12)
    assert a.num_originals == b.num_originals
    np.testing.assert_allclose(a.originals.spread(), b.originals.spread(), rtol=1e-9)
    assert a.samples.alphabetical().ids == b.samples.alphabetical().ids
    np.testing.assert_array_equal(a.samples.cells, b.samples.cells)
    assert (a.marked is None) == (b.marked is None)
    if a.marked is not None:
        np.testing.assert_array_equal(a.marked.counts.cells, b.marked.counts.cells)
        np.testing.assert_allclose(
            a.marked.score_histogram.to_array(), b.marked.score_histogram.to_array(), rtol=1e-12
        )


_OUTPUT: list = []


def _keep(element):
    """Runs in this process: the runner pickles it by its name."""
    _OUTPUT.append(element)


def run_transform(batches, transform):
    """The transform's output as a dict, through the stages of a real runner.

    Args:
        batches: The transform's input; a tuple of lists: each is a collection of its own.
        transform: Gives pairs of a key and a value.
    """
    _OUTPUT.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        collections = tuple(
            pipeline | f"Batches{n}" >> beam.Create(part) | f"Spread{n}" >> beam.Reshuffle()
            for n, part in enumerate(batches if isinstance(batches, tuple) else (batches,))
        )
        _ = (
            (collections if isinstance(batches, tuple) else collections[0])
            | "Compute" >> transform
            | "Keep" >> beam.Map(_keep)
        )
    actual = dict(_OUTPUT)
    assert len(actual) == len(_OUTPUT), "a key came twice"
    return actual
