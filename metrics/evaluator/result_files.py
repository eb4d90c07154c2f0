"""TFMA's result files of one model: what `tfma.load_eval_result` reads, made at once.

TFMA's writers take a Beam transform for each kind of file and make every message anew.
Here one message serves all slices, each of which puts its numbers in.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

import numpy as np
import tensorflow as tf
import tensorflow_model_analysis as tfma
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from google.protobuf import json_format
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.proto.metrics_for_slice_pb2 import ArrayValue, MetricsForSlice
from tensorflow_model_analysis.slicer import slicer_lib
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer

from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.evaluator.plan import EvaluationPlan
from fairflip.metrics.evaluator.slices import (
    ERROR,
    as_metrics,
    finished_tables,
    too_small,
    validate,
)
from fairflip.metrics.evaluator.table import MetricTable, ids_shape
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

_METRICS, _VALIDATIONS = "metrics-00000-of-00001.tfrecord", "validations.tfrecord"
_EVAL_CONFIG = "eval_config.json"


def write_result_files(
    statistics: Mapping[SliceKey, SliceStatistics],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    output_path: str,
    model_names: Iterable[str],
    data_location: str = "",
    controls: Mapping[SliceKey, ControlStatistics] | None = None,
) -> list[str]:
    """Writes the result of the metrics that the plan counts.

    Args:
        statistics: The merged statistics of every slice.
        plan: What to compute.
        spec: What the statistics were counted with.
        output_path: Folder of the result; made where it does not exist.
        model_names: Models shown as the result's.
        data_location: Shown as where the data is.
        controls: Of the pairs that have a control, by slice.

    Returns:
        The paths of the files.
    """
    metrics: list[bytes] = []
    combiner = metrics_plots_and_validations_writer.CombineValidations(plan.eval_config)
    validation = combiner.create_accumulator()
    smallest = plan.eval_config.options.min_slice_size.value
    for table in finished_tables(statistics, plan, spec, controls):
        metrics.extend(metrics_for_slices(table, smallest))
        # Without thresholds every slice is as valid as the first.
        checked = list(as_metrics(table, plan)) if plan.has_thresholds else [((), {})]
        for slice_metrics in checked:
            validation = combiner.add_input(validation, validate(slice_metrics, plan))
    run = config_pb2.EvalRun(
        eval_config=plan.eval_config,
        version=tfma.VERSION_STRING,
        data_location=data_location,
        model_locations=dict.fromkeys(model_names, "") or {"": ""},
    )
    result = combiner.extract_output(validation)
    written = json_format.MessageToJson(run).encode() + b"\n"
    return [
        _write_records(output_path, _METRICS, metrics),
        _write_records(output_path, _VALIDATIONS, [result.SerializeToString()]),
        _write(output_path, _EVAL_CONFIG, io.BytesIO(written)),
    ]


def metrics_for_slices(table: MetricTable, smallest: int) -> Iterator[bytes]:
    """Each slice as TFMA writes it.

    Args:
        table: With its bounds.
        smallest: Slices with fewer pairs hold TFMA's error alone.

    Yields:
        A serialized `MetricsForSlice` for each.
    """
    # A value has bounds in all slices or in none, but for the smallest slices.
    messages: dict[bytes, _Message] = {}
    for s, is_small in enumerate(table.is_below(smallest)):
        if is_small:
            result = MetricsForSlice()
            result.metrics[ERROR].debug_message = too_small(smallest)
        else:
            has_bounds = table.sampled[:, s]
            message = messages.get(has_bounds.tobytes())
            if message is None:
                message = messages[has_bounds.tobytes()] = _Message(table, has_bounds)
            result = message.filled(s)
        if slicer_lib.is_cross_slice_key(table.slices[s]):
            result.cross_slice_key.CopyFrom(slicer_lib.serialize_cross_slice_key(table.slices[s]))
        else:
            result.slice_key.CopyFrom(slicer_lib.serialize_slice_key(table.slices[s]))
        yield result.SerializeToString()


class _Message:
    """A `MetricsForSlice` that is filled for one slice after the other.

    To make its thousands of entries costs more than to fill them.
    """

    def __init__(self, table: MetricTable, has_bounds: np.ndarray):
        """Takes the table, and which of its K values have bounds."""
        self._table, self._message = table, MetricsForSlice()
        entries = self._message.metric_keys_and_values
        # The numbers of an entry: the value, and its bounds if it has any.
        self._numbers = np.stack([table.values, table.lower, table.upper], axis=-1)  # [K, S, 3]
        self._is_written = np.stack([np.ones_like(has_bounds), has_bounds, has_bounds], axis=-1)
        self._places = []
        for key, is_bounded in zip(table.keys, has_bounds.tolist(), strict=True):
            entry = entries.add(key=key.to_proto())
            holders = [entry.value]
            if is_bounded:
                interval = entry.confidence_interval
                holders += [interval.lower_bound, interval.upper_bound]
            for holder in holders:
                holder.double_value.SetInParent()
                self._places.append(holder.double_value)
        self._ids = []
        for key, lists in table.ids.items():
            array = entries.add(key=key.to_proto()).value.array_value
            array.data_type = ArrayValue.BYTES
            self._ids.append((array, ids_shape(key, [])[1:], lists))
        self._size = len(entries)

    def filled(self, s: int) -> MetricsForSlice:
        """The message of one slice, valid until the next call."""
        numbers = self._numbers[:, s][self._is_written].tolist()
        for place, number in zip(self._places, numbers, strict=True):
            place.value = number
        for array, columns, lists in self._ids:
            array.shape[:] = [len(lists[s]), *columns]
            array.bytes_values[:] = lists[s]
        entries = self._message.metric_keys_and_values
        del entries[self._size :]  # Of the slice before.
        for key, values in self._table.others.items():
            value = metrics_plots_and_validations_writer.convert_metric_value_to_proto(values[s])
            entries.add(key=key.to_proto(), value=value)
        return self._message


def _write_records(folder: str, name: str, records: Iterable[bytes]) -> str:
    """Writes a TFRecord file by TensorFlow, which cannot write to all of Beam's file systems."""
    with tempfile.TemporaryDirectory() as temporary:
        path = os.path.join(temporary, name)
        with tf.io.TFRecordWriter(path) as writer:
            for record in records:
                writer.write(record)
        with open(path, "rb") as file:
            return _write(folder, name, file)


def _write(folder: str, name: str, content: BinaryIO) -> str:
    """Writes a file whole or not at all, since workers may run twice."""
    path = FileSystems.join(folder, name)
    is_local = FileSystems.get_scheme(path) is None
    # Elsewhere a file appears when it is closed.
    target = f"{path}.{os.getpid()}" if is_local else path
    if is_local:
        os.makedirs(folder, exist_ok=True)
    with FileSystems.create(target, compression_type=CompressionTypes.UNCOMPRESSED) as file:
        shutil.copyfileobj(content, file)
    if is_local:
        os.replace(target, path)
    return path
