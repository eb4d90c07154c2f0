"""TFMA's result files of one model: what `tfma.load_eval_result` reads, made at once.

TFMA's writers take a Beam transform for each kind of file and convert every value by
itself. Here a slice is a copy of one message with all keys, of which only the numbers
are filled in.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import tensorflow as tf
import tensorflow_model_analysis as tfma
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from google.protobuf import json_format
from tensorflow_model_analysis.proto import config_pb2, metrics_for_slice_pb2
from tensorflow_model_analysis.slicer import slicer_lib
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer

from fairflip.metrics.batched_evaluator_plan import EvaluationPlan
from fairflip.metrics.batched_evaluator_slices import (
    ERROR,
    as_metrics,
    finished_tables,
    too_small,
    validate,
)
from fairflip.metrics.batched_evaluator_table import MetricTable, ids_shape
from fairflip.metrics.pair_statistics import SliceStatistics
from fairflip.metrics.pair_statistics_spec import StatisticsSpec
from fairflip.metrics.slicing import SliceKey

_METRICS, _VALIDATIONS = "metrics-00000-of-00001.tfrecord", "validations.tfrecord"
_EVAL_CONFIG = "eval_config.json"


def write_result_files(
    statistics: Mapping[SliceKey, SliceStatistics],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    output_path: str,
    model_names: Iterable[str],
    data_location: str = "",
) -> list[str]:
    """Writes the result of the metrics that the plan counts.

    Args:
        statistics: The merged statistics of every slice.
        plan: What to compute.
        spec: What the statistics were counted with.
        output_path: Folder of the result; made where it does not exist.
        model_names: Models shown as the result's.
        data_location: Shown as where the data is.

    Returns:
        The paths of the files.
    """
    metrics: list[bytes] = []
    combiner = metrics_plots_and_validations_writer.CombineValidations(plan.eval_config)
    validation = combiner.create_accumulator()
    smallest = plan.eval_config.options.min_slice_size.value
    for table in finished_tables(statistics, plan, spec):
        metrics.extend(m.SerializeToString() for m in metrics_for_slices(table, smallest))
        # Without thresholds every slice is as valid as the first.
        checked = list(as_metrics(table, plan)) if plan.has_thresholds else [((), {})]
        for one in checked:
            validation = combiner.add_input(validation, validate(one, plan))
    run = config_pb2.EvalRun(
        eval_config=plan.eval_config,
        version=tfma.VERSION_STRING,
        data_location=data_location,
        model_locations=dict.fromkeys(model_names, "") or {"": ""},
    )
    result = combiner.extract_output(validation)
    files = {
        _METRICS: _tfrecords(metrics),
        _VALIDATIONS: _tfrecords([result.SerializeToString()]),
        _EVAL_CONFIG: json_format.MessageToJson(run).encode() + b"\n",
    }
    return [_write(output_path, name, content) for name, content in files.items()]


def metrics_for_slices(
    table: MetricTable, smallest: int
) -> Iterator[metrics_for_slice_pb2.MetricsForSlice]:
    """Each slice as TFMA writes it.

    Args:
        table: With its bounds.
        smallest: Slices with fewer pairs hold TFMA's error alone.

    Yields:
        The messages.
    """
    template = metrics_for_slice_pb2.MetricsForSlice()
    is_bounded = table.sampled.any(axis=1)
    for key, bounded in zip(table.keys, is_bounded.tolist(), strict=True):
        entry = template.metric_keys_and_values.add(key=key.to_proto())
        entry.value.double_value.value = 0.0
        if bounded:
            entry.confidence_interval.lower_bound.double_value.value = 0.0
            entry.confidence_interval.upper_bound.double_value.value = 0.0
    id_keys = [(key.to_proto(), ids_shape(key, [])[1:], lists) for key, lists in table.ids.items()]
    for s, is_small in enumerate(table.is_below(smallest)):
        result = metrics_for_slice_pb2.MetricsForSlice()
        if not is_small:
            result.CopyFrom(template)
            _fill(result, table, s, is_bounded)
            for proto, columns, lists in id_keys:
                added = result.metric_keys_and_values.add(key=proto).value.array_value
                added.data_type = metrics_for_slice_pb2.ArrayValue.BYTES
                added.shape.extend([len(lists[s]), *columns])
                added.bytes_values.extend(lists[s])
        else:
            result.metrics[ERROR].debug_message = too_small(smallest)
        if slicer_lib.is_cross_slice_key(table.slices[s]):
            result.cross_slice_key.CopyFrom(slicer_lib.serialize_cross_slice_key(table.slices[s]))
        else:
            result.slice_key.CopyFrom(slicer_lib.serialize_slice_key(table.slices[s]))
        yield result


def _fill(
    result: metrics_for_slice_pb2.MetricsForSlice,
    table: MetricTable,
    s: int,
    is_bounded: np.ndarray,
) -> None:
    entries = result.metric_keys_and_values
    for entry, value in zip(entries, table.values[:, s].tolist(), strict=True):
        entry.value.double_value.value = value
    for k in np.flatnonzero(is_bounded).tolist():
        entry = entries[k]
        if table.sampled[k, s]:
            interval = entry.confidence_interval
            interval.lower_bound.double_value.value = table.lower[k, s]
            interval.upper_bound.double_value.value = table.upper[k, s]
        else:
            entry.ClearField("confidence_interval")
    for key, values in table.others.items():
        value = metrics_plots_and_validations_writer.convert_metric_value_to_proto(values[s])
        entries.add(key=key.to_proto(), value=value)


def _tfrecords(records: Iterable[bytes]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "records")
        with tf.io.TFRecordWriter(path) as writer:
            for record in records:
                writer.write(record)
        with open(path, "rb") as file:
            return file.read()


def _write(folder: str, name: str, content: bytes) -> str:
    """Writes a file whole or not at all, since workers may run twice."""
    path = FileSystems.join(folder, name)
    is_local = FileSystems.get_scheme(path) is None
    # Elsewhere a file appears when it is closed.
    target = f"{path}.{os.getpid()}" if is_local else path
    if is_local:
        os.makedirs(folder, exist_ok=True)
    with FileSystems.create(target, compression_type=CompressionTypes.UNCOMPRESSED) as file:
        file.write(content)
    if is_local:
        os.replace(target, path)
    return path
