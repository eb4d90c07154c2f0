"""TFMA's result files of one model: what `tfma.load_eval_result` reads, made at once.

TFMA's writers take a Beam transform for each kind of file and make every message anew.
Here the bytes of an entry serve all slices, each of which puts its numbers in.
"""

from __future__ import annotations

import functools
import io
import os
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf
import tensorflow_model_analysis as tfma
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from google.protobuf import json_format
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.proto.metrics_for_slice_pb2 import (
    ArrayValue,
    ConfidenceInterval,
    MetricKey,
    MetricsForSlice,
    MetricValue,
)
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
from fairflip.metrics.evaluator.table import Key, MetricTable, NamedIds
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.pairs.cell_samples import AlphabeticalIds
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

_METRICS, _VALIDATIONS = "metrics-00000-of-00001.tfrecord", "validations.tfrecord"
_EVAL_CONFIG = "eval_config.json"

# Slices whose IDs are serialized together.
_SLICES_AT_ONCE = 16
_ENTRIES = MetricsForSlice.METRIC_KEYS_AND_VALUES_FIELD_NUMBER

MetricKeyAndValue = MetricsForSlice.MetricKeyAndValue


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
    entries = _Entries(table)
    for s, is_small in enumerate(table.is_below(smallest)):
        key, result = table.slices[s], MetricsForSlice()
        if is_small:
            result.metrics[ERROR].debug_message = too_small(smallest)
        if slicer_lib.is_cross_slice_key(key):
            result.cross_slice_key.CopyFrom(slicer_lib.serialize_cross_slice_key(key))
        else:
            result.slice_key.CopyFrom(slicer_lib.serialize_slice_key(key))
        # Fields are serialized in the order of their numbers; that of entries is the last.
        pieces = [result.SerializeToString()]
        yield b"".join(pieces if is_small else pieces + entries.of_slice(s))


class _Entries:
    """The keys and values of each slice, serialized.

    In Protocol Buffers' format a number takes eight bytes, and none where it is 0. So an entry
    is made once for each of its forms, which say what numbers it has, and those of a slice are
    put in all at once.
    """

    def __init__(self, table: MetricTable):
        self._numbers = np.stack([table.values, table.lower, table.upper], axis=-1)  # [K, S, 3]
        # By its bits, since -0.0 is written.
        self._is_written = self._numbers.view(np.int64) != 0
        self._is_written[..., 1:] &= table.sampled[..., None]
        self._forms = self._is_written @ np.array([1, 2, 4]) + 8 * table.sampled  # [K, S]
        self._keys = _serialized_keys(table.keys)
        # By key and form, entries and their sizes; 0 where none is made yet.
        self._made = np.empty((len(table.keys), len(_endings())), object)
        self._sizes = np.zeros(self._made.shape, np.int64)
        # Of each value of IDs its key and where its lists are; several have the same ones.
        self._named = {id(ids.named): ids.named for ids in table.ids.values()}
        of_named = {one: i for i, one in enumerate(self._named)}
        self._ids = [
            (key, len(key), of_named[id(ids.named)], ids.place)
            for key, ids in zip(_serialized_keys(table.ids), table.ids.values(), strict=True)
        ]
        keys = _serialized_keys(table.others)
        self._others = list(zip(keys, table.others.values(), strict=True))
        self._serialized_ids = [_SerializedIds(named, range(0)) for named in self._named.values()]

    def of_slice(self, s: int) -> list[bytes | bytearray | memoryview]:
        """Pieces that are all entries of one slice."""
        forms, endings = self._forms[:, s], _endings()
        at = np.arange(len(forms)), forms
        for k in np.flatnonzero(self._sizes[at] == 0).tolist():
            entry = _entry(self._keys[k], endings[forms[k]].content)
            self._made[k, forms[k]], self._sizes[k, forms[k]] = entry, len(entry)
        content = bytearray().join(self._made[at].tolist())
        before_end = np.array([ending.before_end for ending in endings])[forms]
        places = np.cumsum(self._sizes[at])[:, None] - before_end
        is_written = self._is_written[:, s]
        # A number begins at any byte.
        at_any: np.ndarray = np.ndarray(max(0, len(content) - 7), "<f8", content, strides=(1,))
        at_any[places[is_written]] = self._numbers[:, s][is_written]
        convert = metrics_plots_and_validations_writer.convert_metric_value_to_proto
        others = [
            _entry(key, MetricKeyAndValue(value=convert(values[s])).SerializeToString())
            for key, values in self._others
        ]
        return [content, *self._of_ids(s), *others]

    def _of_ids(self, s: int) -> list[bytes | memoryview]:
        if self._serialized_ids and s not in self._serialized_ids[0].slices:
            self._serialized_ids = [
                _SerializedIds(named, range(s, min(s + _SLICES_AT_ONCE, len(named.samples))))
                for named in self._named.values()
            ]
        lists = [one.values[s - one.slices.start] for one in self._serialized_ids]
        pieces: list[bytes | memoryview] = []
        for key, key_size, i, place in self._ids:
            start, ids, size = lists[i][place]
            pieces += (_start(_ENTRIES, key_size + size), key, start, ids)
        return pieces


class _SerializedIds:
    """Lists of IDs as values of entries, of some slices one behind the other.

    Attributes:
        slices: Of which slices.
        values: By slice and list, the beginning of the value, its IDs, and the size of both.
    """

    def __init__(self, named: NamedIds, slices: range):
        self.slices = slices
        self.values: list[list[tuple[bytes, memoryview, int]]] = []
        samples = [named.samples[s] for s in slices]
        if not samples:
            return
        content, bounds = _serialized_texts(samples)
        first = 0
        for s, sample in zip(slices, samples, strict=True):
            starts, ends = named.starts[s], named.ends[s]
            values = []
            for number, start, end in zip(
                (ends - starts).tolist(),
                bounds[first + starts].tolist(),
                bounds[first + ends].tolist(),
                strict=True,
            ):
                before = _before_ids(number, end - start, named.shape)
                values.append((before, content[start:end], len(before) + end - start))
            self.values.append(values)
            first += len(sample.which)


def _serialized_texts(samples: Sequence[AlphabeticalIds]) -> tuple[memoryview, np.ndarray]:
    """The IDs of all samples as fields of an array, and where each starts and the last ends."""
    texts = pa.concat_arrays([sample.texts for sample in samples])
    first = np.cumsum([0, *(len(sample.texts) for sample in samples)]).tolist()
    which = np.concatenate([sample.which + i for sample, i in zip(samples, first, strict=False)])
    # Each text is made a field once, however often it stands there.
    sizes, place = np.unique(pc.binary_length(texts).to_numpy(), return_inverse=True)
    starts = [_start(ArrayValue.BYTES_VALUES_FIELD_NUMBER, size) for size in sizes.tolist()]
    starts_of = pa.array(starts, pa.large_binary()).take(pa.array(place.reshape(-1)))
    no_separator = pa.scalar(b"", pa.large_binary())
    fields = pc.binary_join_element_wise(starts_of, texts, no_separator).take(pa.array(which))
    _, offsets, content = fields.buffers()
    return memoryview(content or b""), np.frombuffer(offsets, np.int64)


@functools.lru_cache(maxsize=4096)
def _before_ids(number: int, size: int, shape: tuple[int, ...]) -> bytes:
    """What stands before `size` bytes of IDs in an entry."""
    array = ArrayValue(data_type=ArrayValue.BYTES, shape=[number, *shape]).SerializeToString()
    size += len(array)
    of_array = _start(MetricValue.ARRAY_VALUE_FIELD_NUMBER, size)
    of_value = _start(MetricKeyAndValue.VALUE_FIELD_NUMBER, len(of_array) + size)
    return of_value + of_array + array


class _Ending(NamedTuple):
    """An entry behind its key: zeros for its numbers, and where these begin, from the end."""

    content: bytes
    before_end: tuple[int, int, int]


@functools.cache
def _endings() -> list[_Ending]:
    """By form: 1, 2 and 4 for a value, a lower and an upper bound that are not 0, 8 for bounds."""
    endings = []
    for form in range(16):
        entry, interval = MetricKeyAndValue(), ConfidenceInterval()
        holders = (entry.value, interval.lower_bound, interval.upper_bound)
        marks = [float(number + 1) if form >> number & 1 else 0.0 for number in range(3)]
        for holder, mark in zip(holders, marks, strict=True):
            holder.double_value.value = mark
        if form & 8:
            entry.confidence_interval.CopyFrom(interval)
        content = entry.SerializeToString()
        places = [content.find(struct.pack("<d", mark)) if mark else -1 for mark in marks]
        before_end = [len(content) - place for place in places]
        endings.append(_Ending(content, (before_end[0], before_end[1], before_end[2])))
    return endings


def _serialized_keys(keys: Iterable[Key]) -> list[bytes]:
    """The beginnings of entries: their keys, each with its name before its other fields."""
    others: dict[tuple[Any, ...], bytes] = {}
    serialized = []
    for key in keys:
        name, *_ = key
        other = others.get(key[1:])
        if other is None:
            other = others[key[1:]] = key._replace(name="").to_proto().SerializeToString()
        text = name.encode()
        content = _start(MetricKey.NAME_FIELD_NUMBER, len(text)) + text + other if text else other
        serialized.append(_start(MetricKeyAndValue.KEY_FIELD_NUMBER, len(content)) + content)
    return serialized


def _entry(key: bytes, ending: bytes) -> bytes:
    """An entry as a field of `MetricsForSlice`."""
    return _start(_ENTRIES, len(key) + len(ending)) + key + ending


@functools.lru_cache(maxsize=4096)
def _start(number: int, size: int) -> bytes:
    """What stands before the `size` bytes of a field: its tag and its size, as varints."""
    start = bytearray()
    for left in (number << 3 | 2, size):
        while left > 0x7F:
            start.append(left & 0x7F | 0x80)
            left >>= 7
        start.append(left)
    return bytes(start)


def _write_records(folder: str, name: str, records: Iterable[bytes]) -> str:
    """Writes a TFRecord file by TensorFlow, which cannot write to all of Beam's file systems."""

    def write(path: str) -> None:
        with tf.io.TFRecordWriter(path) as writer:
            for record in records:
                writer.write(record)

    path = FileSystems.join(folder, name)
    if FileSystems.get_scheme(path) is None:
        os.makedirs(folder, exist_ok=True)
        write(f"{path}.{os.getpid()}")
        os.replace(f"{path}.{os.getpid()}", path)
        return path
    with tempfile.TemporaryDirectory() as temporary:
        copied = os.path.join(temporary, name)
        write(copied)
        with open(copied, "rb") as file:
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
