"""TFMA's result files of one model: what `tfma.load_eval_result` reads, made at once.

TFMA's writers take a Beam transform for each kind of file and convert every value by
itself. Here what is written of a metric is made once, and each slice takes the bytes and
puts its numbers in.
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

from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.evaluator import message_bytes
from fairflip.metrics.evaluator.plan import EvaluationPlan
from fairflip.metrics.evaluator.slices import (
    ERROR,
    as_metrics,
    finished_tables,
    too_small,
    validate,
)
from fairflip.metrics.evaluator.table import Key, MetricTable, ids_shape
from fairflip.metrics.flips.slicing import SliceKey

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
        metrics.extend(metrics_for_slices(table, smallest))
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
    entries = _Entries(table)
    for s, is_small in enumerate(table.is_below(smallest)):
        result = MetricsForSlice()
        if slicer_lib.is_cross_slice_key(table.slices[s]):
            result.cross_slice_key.CopyFrom(slicer_lib.serialize_cross_slice_key(table.slices[s]))
        else:
            result.slice_key.CopyFrom(slicer_lib.serialize_slice_key(table.slices[s]))
        if is_small:
            result.metrics[ERROR].debug_message = too_small(smallest)
            yield result.SerializeToString()
            continue
        for key, values in table.others.items():
            value = metrics_plots_and_validations_writer.convert_metric_value_to_proto(values[s])
            result.metric_keys_and_values.add(key=key.to_proto(), value=value)
        # Messages one after the other are one message: lists go on, the rest is merged.
        yield entries.of(s) + result.SerializeToString()


class _Entries:
    """The numbers and IDs of a slice's metrics as bytes of its message."""

    def __init__(self, table: MetricTable):
        self._table = table
        self._numbers = np.stack([table.values, table.lower, table.upper], axis=-1)  # [K, S, 3]
        value, lower, upper = message_bytes.marks(3)
        part = MetricsForSlice.MetricKeyAndValue()
        part.value.double_value.value = value
        bare = part.SerializeToString()
        part.confidence_interval.lower_bound.double_value.value = lower
        part.confidence_interval.upper_bound.double_value.value = upper
        bounded = part.SerializeToString()
        # Counted from the end of an entry, so that the length of its key is no matter.
        self._in_bare = np.array(message_bytes.places(bare, 1)) - len(bare)
        self._in_bounded = np.array(message_bytes.places(bounded, 3)) - len(bounded)
        # A value has bounds in all slices or in none, but for the smallest slices.
        sampled = table.sampled
        kinds = zip(table.keys, sampled.all(axis=1), sampled.any(axis=1), strict=True)
        self._bare, self._bounded = [], []
        for key, always, ever in kinds:
            written = _serialized_key(key)
            self._bare.append(b"" if always else _entry(written, bare))
            self._bounded.append(_entry(written, bounded) if ever else b"")
        self._ids = [
            (_serialized_key(key), ids_shape(key, [])[1:], lists)
            for key, lists in table.ids.items()
        ]

    def of(self, s: int) -> bytes:
        """All entries of one slice."""
        sampled = self._table.sampled[:, s]
        chosen = [
            bounded if is_bounded else bare
            for bare, bounded, is_bounded in zip(
                self._bare, self._bounded, sampled.tolist(), strict=True
            )
        ]
        ends = np.cumsum([len(entry) for entry in chosen], dtype=np.int64)
        bare, bounded = ends[~sampled, None] + self._in_bare, ends[sampled, None] + self._in_bounded
        numbers = self._numbers[:, s]
        entries = message_bytes.with_doubles(
            b"".join(chosen),
            np.concatenate([bare.ravel(), bounded.ravel()]),
            np.concatenate([numbers[~sampled, 0], numbers[sampled].ravel()]),
        )
        return entries + b"".join(self._id_entries(s))

    def _id_entries(self, s: int) -> Iterator[bytes]:
        # Several metrics name the same IDs.
        written: dict[tuple[int, tuple[int, ...]], bytes] = {}
        for key, columns, lists in self._ids:
            ids = lists[s]
            if (id(ids), columns) not in written:
                part = MetricsForSlice.MetricKeyAndValue()
                array = part.value.array_value
                array.data_type = ArrayValue.BYTES
                array.shape.extend([len(ids), *columns])
                array.bytes_values.extend(ids)
                written[id(ids), columns] = part.SerializeToString()
            yield _entry(key, written[id(ids), columns])


def _serialized_key(key: Key) -> bytes:
    part: bytes = MetricsForSlice.MetricKeyAndValue(key=key.to_proto()).SerializeToString()
    return part


def _entry(key: bytes, value: bytes) -> bytes:
    """One metric of a slice: its key's and its value's part of the entry."""
    number = MetricsForSlice.METRIC_KEYS_AND_VALUES_FIELD_NUMBER
    return message_bytes.embedded(number, key + value)


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
