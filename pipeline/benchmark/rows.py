"""The figures of a finished evaluation as rows of a benchmark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip._version import __version__
from fairflip.metrics.flips.decisions import is_positive, share
from fairflip.pipeline.benchmark.sets import PublicSet
from fairflip.pipeline.benchmark.tables import COUNTERFACTUAL_LABEL, ID
from fairflip.protos import columns
from fairflip.protos.benchmark_pb2 import BenchmarkRow, BenchmarkSet
from fairflip.protos.report_pb2 import RunReport

_LABELLED = (ID, COUNTERFACTUAL_LABEL)


def set_of(
    one: PublicSet,
    report: RunReport,
    pairs: pa.Table,
    scored: pa.Table,
    published: Sequence[str],
    folder: str,
) -> BenchmarkSet:
    """A set with a row for each model of a run on it.

    Args:
        one: The set.
        report: Of the run.
        pairs: The set's pairs.
        scored: The run's scored pairs.
        published: Those of its models whose decisions others published.
        folder: Of the run, relative to the benchmark's.
    """
    overall = report.models[0].slices[0]
    result = BenchmarkSet(
        name=one.name,
        title=one.title,
        citation=one.citation,
        licence=one.licence,
        address=one.address,
        flips_are_right=one.flips_are_right,
        pair_set_sha256=report.pairing.pair_set_sha256,
        num_pairs=overall.num_pairs,
        num_originals=overall.num_originals,
        num_clusters=overall.num_clusters,
        cluster=one.cluster or "original",
        folder=folder,
    )
    for model in report.models:
        part, at = model.slices[0], model.slices[0].thresholds[0]
        row = result.rows.add(
            model=model.name,
            is_published=model.name in published,
            threshold=at.threshold,
            flip_rate=at.flip_rate,
            clusters_with_flip=at.clusters_with_flip,
            ctf_gap=part.ctf_gap,
            positive_rate=at.positive_rate,
        )
        for name in ("auc", "accuracy"):
            if part.HasField(name):
                setattr(row, name, getattr(part, name))
        if COUNTERFACTUAL_LABEL in pairs.column_names:
            scores = scored[columns.counterfactual_score(model.name)].to_numpy()
            # Such sets have one pair of each original.
            label_of = dict(zip(*(pairs[name].to_pylist() for name in _LABELLED), strict=True))
            labels = np.array([label_of[one] for one in scored[ID].to_pylist()], np.float64)
            row.counterfactual_accuracy = share(is_positive(scores, at.threshold) == (labels == 1))
        row.cite = citation(result, row)
    result.rows.sort(key=lambda row: row.is_published)
    return result


def never_changes(one: BenchmarkSet) -> list[str]:
    """Models that were asked, and never change a decision on a set where every change is right."""
    return [
        row.model
        for row in one.rows
        if one.flips_are_right and not row.is_published and row.flip_rate.value == 0
    ]


def citation(one: BenchmarkSet, row: BenchmarkRow) -> str:
    """One line that says what was measured on what, with which interval."""
    rate, clusters = row.flip_rate, row.clusters_with_flip
    what = "changes (right here)" if one.flips_are_right else "flips"
    line = (
        f"{row.model} {what} on {100 * rate.value:.1f} % of {one.num_pairs:,} pairs of {one.title} "
        f"(95 % interval {100 * rate.lower:.1f} to {100 * rate.upper:.1f} %, one "
        f"{one.cluster} one draw)"
    )
    if one.cluster != "original":
        line += f", in {100 * clusters.value:.1f} % of {one.num_clusters:,} {one.cluster}s"
    return (
        f"{line}; threshold {row.threshold:g}; fairflip {__version__}, pair set "
        f"{one.pair_set_sha256[:12]}. {one.citation}."
    )
