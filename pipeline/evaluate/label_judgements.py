"""Calibration and errors by group of the models of a run, from the scores that it kept.

In memory: it is done where a model was retrained, whose training examples were in memory too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fairflip.metrics.intervals.label_judgements import (
    Judged,
    calibration_error,
    difference_of,
    interval_of,
    worst_gap,
)
from fairflip.pipeline.storage import filesystem
from fairflip.protos import columns
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.report_pb2 import GroupGap, Interval, LabelJudgement, ModelReport, RunReport


class _Numbers(NamedTuple):
    calibration: Judged | None
    tpr: Judged
    fpr: Judged


def add_label_judgements(report: RunReport, config: PipelineConfig, files: Iterable[str]) -> None:
    """Adds what each model's scores and decisions have to do with labels, and the differences.

    Args:
        report: Of both models, changed in place; stays as it is without labels.
        config: Of the run.
        files: Parquet files of scored originals; of several rows of one original one counts.
    """
    level = config.evaluation.confidence_level
    names = [m.name for m in report.models if m.slices and m.decision != "argmax"]
    table = _originals(files, config, [columns.score(name) for name in names])
    label = config.data.label_feature
    if table is None or label not in table.column_names or not names:
        return
    values = table[label].cast(pa.float64()).to_numpy(zero_copy_only=False)
    table = table.filter(pa.array(~np.isnan(values)))
    labels = values[~np.isnan(values)] > config.data.label_threshold
    if not len(labels):
        return
    clusters = _numbers_of(table, config.evaluation.cluster_feature)
    weights = np.ones(len(labels))
    if config.data.weight_feature in table.column_names:
        weights = table[config.data.weight_feature].cast(pa.float64()).fill_null(0.0).to_numpy()
    groups = dict(_groups(table, _features(config)))
    numbers: dict[str, _Numbers] = {}
    for model in report.models:
        if model.name not in names or columns.score(model.name) not in table.column_names:
            continue
        scores = table[columns.score(model.name)].cast(pa.float64()).to_numpy(zero_copy_only=False)
        if np.isnan(scores).any():
            continue
        threshold = _threshold(model, is_first=model.name == names[0])
        arrays = clusters, weights
        is_probability = bool(((scores >= 0) & (scores <= 1)).all())
        numbers[model.name] = _Numbers(
            calibration_error(scores, labels, *arrays) if is_probability else None,
            worst_gap(scores, labels, groups, threshold, *arrays),
            worst_gap(scores, ~labels, groups, threshold, *arrays),
        )
        judgement = report.label_judgements.add(
            model=model.name, num_originals=len(labels), threshold=threshold
        )
        calibration, tpr, fpr = numbers[model.name]
        if calibration is not None:
            judgement.calibration_error.CopyFrom(_interval(calibration, level))
        _add_gap(judgement, "worst_true_positive_rate_gap", tpr, level)
        _add_gap(judgement, "worst_false_positive_rate_gap", fpr, level)
    for comparison in report.comparisons:
        of_candidate = numbers.get(comparison.candidate)
        of_baseline = numbers.get(comparison.baseline)
        if of_candidate is None or of_baseline is None:
            continue
        pairs = zip(_DIFFERENCES, of_candidate, of_baseline, strict=True)
        for field, candidate, baseline in pairs:
            if candidate is None or baseline is None or np.isnan(candidate.value - baseline.value):
                continue
            value, ends = difference_of(candidate, baseline, level)
            getattr(comparison, field).CopyFrom(
                Interval(value=value, lower=float(ends.lower), upper=float(ends.upper))
            )


_DIFFERENCES = (
    "calibration_error_difference",
    "worst_true_positive_rate_gap_difference",
    "worst_false_positive_rate_gap_difference",
)


def _originals(
    files: Iterable[str], config: PipelineConfig, scores: Sequence[str]
) -> pa.Table | None:
    """One row of each original: its label, weight, cluster, features and scores."""
    data = config.data
    wanted = [data.id_feature, data.label_feature, data.weight_feature, *_features(config)]
    wanted += [config.evaluation.cluster_feature, *scores]
    parts = []
    for path in files:
        with filesystem.open_raw(path) as file:
            parquet = pq.ParquetFile(file)
            there = set(parquet.schema_arrow.names)
            parts.append(parquet.read([n for n in dict.fromkeys(wanted) if n in there]))
    if not parts:
        return None
    table = pa.concat_tables(parts, promote_options="permissive")
    ids = table[data.id_feature].combine_chunks().cast(pa.string()).dictionary_encode()
    _, first = np.unique(ids.indices.to_numpy(), return_index=True)
    return table.take(pa.array(first))


def _features(config: PipelineConfig) -> list[str]:
    """Slicing features of the originals, and not of what was changed in them."""
    entries = [entry for entry in config.evaluation.slices if "," not in entry]
    return [name for name in entries if name not in columns.PAIR_SLICES]


def _numbers_of(table: pa.Table, cluster_feature: str) -> np.ndarray:
    if cluster_feature not in table.column_names:
        return np.arange(len(table))
    return (
        table[cluster_feature]
        .combine_chunks()
        .cast(pa.string())
        .fill_null("")
        .dictionary_encode()
        .indices.to_numpy()
    )


def _groups(table: pa.Table, features: Sequence[str]) -> Iterable[tuple[str, np.ndarray]]:
    for feature in (name for name in features if name in table.column_names):
        column = table[feature].combine_chunks()
        is_list = pa.types.is_list(column.type) or pa.types.is_large_list(column.type)
        row = np.arange(len(column))
        values = column
        if is_list:
            row = pc.list_parent_indices(column).to_numpy()
            values = pc.list_flatten(column)
        encoded = values.cast(pa.string()).dictionary_encode()
        number = encoded.indices.fill_null(-1).to_numpy()
        for position, value in enumerate(encoded.dictionary.to_pylist()):
            member = np.zeros(len(column), bool)
            member[row[number == position]] = True
            yield f"{feature}:{value}", member


def _threshold(model: ModelReport, is_first: bool) -> float:
    overall = model.slices[0]
    if is_first or not overall.HasField("matched"):
        return float(overall.thresholds[0].threshold)
    return float(overall.matched.threshold)


def _interval(judged: Judged, level: float) -> Interval:
    ends = interval_of(judged, level)
    return Interval(value=judged.value, lower=float(ends.lower), upper=float(ends.upper))


def _add_gap(judgement: LabelJudgement, field: str, judged: Judged, level: float) -> None:
    if np.isnan(judged.value):
        return
    gap = GroupGap(
        group=judged.group,
        gap=_interval(judged, level),
        num_inside=judged.num_inside,
        num_outside=judged.num_outside,
    )
    getattr(judgement, field).CopyFrom(gap)
