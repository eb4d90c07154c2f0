"""Runs TFMA's own extractors, evaluator and writer over pairs that are in memory."""

from __future__ import annotations

import collections
import pathlib
import random
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from google.protobuf import text_format
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.api import model_eval_lib
from tensorflow_model_analysis.evaluators import metrics_plots_and_validations_evaluator
from tensorflow_model_analysis.extractors import (
    example_weights_extractor,
    features_extractor,
    labels_extractor,
    materialized_predictions_extractor,
    slice_key_extractor,
    unbatch_extractor,
)
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.utils import config_util
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer

MULTI_PROCESSING = ("--direct_num_workers=2", "--direct_running_mode=multi_processing")


def eval_config(text: str) -> config_pb2.EvalConfig:
    """Parsed, with the defaults that TFMA's entry points fill in."""
    config = text_format.Parse(text, config_pb2.EvalConfig())
    has_baseline = any(spec.is_baseline for spec in config.model_specs)
    return config_util.update_eval_config_with_defaults(config, has_baseline=has_baseline)


def to_batch(columns: dict[str, Any]) -> pa.RecordBatch:
    """Each value in a list of its own, as TFX-BSL reads examples; None is no value."""

    def as_list(value):
        if value is None:
            return None
        return list(value) if isinstance(value, (list, tuple, np.ndarray)) else [value]

    return pa.RecordBatch.from_pydict(
        {name: pa.array([as_list(v) for v in values]) for name, values in columns.items()}
    )


def run_tfma(
    batch: pa.RecordBatch,
    config: config_pb2.EvalConfig,
    output: pathlib.Path,
    *options: str,
    batch_size: int = 64,
) -> str:
    """Evaluates and writes as TFMA does; returns where."""
    extractors = [
        features_extractor.FeaturesExtractor(eval_config=config),
        labels_extractor.LabelsExtractor(eval_config=config),
        example_weights_extractor.ExampleWeightsExtractor(eval_config=config),
        materialized_predictions_extractor.MaterializedPredictionsExtractor(eval_config=config),
        unbatch_extractor.UnbatchExtractor(),
        slice_key_extractor.SliceKeyExtractor(eval_config=config),
    ]
    evaluators = [
        metrics_plots_and_validations_evaluator.MetricsPlotsAndValidationsEvaluator(
            eval_config=config, random_seed_for_testing=0
        )
    ]
    paths = {
        constants.METRICS_KEY: str(output / constants.METRICS_KEY),
        constants.VALIDATIONS_KEY: str(output / constants.VALIDATIONS_KEY),
    }
    writers = [
        metrics_plots_and_validations_writer.MetricsPlotsAndValidationsWriter(
            output_paths=paths, eval_config=config, output_file_format="tfrecord"
        )
    ]
    batches = [batch.slice(i, batch_size) for i in range(0, batch.num_rows, batch_size)]
    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(list(options))) as pipeline:
        evaluation = (
            pipeline
            | "CreateBatches" >> beam.Create(batches, reshuffle=True)
            | "InputsToExtracts" >> model_eval_lib.BatchedInputsToExtracts()
            | "ExtractAndEvaluate"
            >> model_eval_lib.ExtractAndEvaluate(extractors=extractors, evaluators=evaluators)
        )
        _ = evaluation | "WriteResults" >> model_eval_lib.WriteResults(writers=writers)
    return str(output)


def slice_name(slice_key: Any) -> str:
    """ "Overall", or "gender:f"."""
    parts = []
    for single in slice_key.single_slice_keys:
        value = single.WhichOneof("kind")
        raw = getattr(single, value)
        parts.append(f"{single.column}:{raw.decode() if isinstance(raw, bytes) else raw}")
    return ",".join(parts) or "Overall"


def read_metrics(output: str) -> dict[str, dict[metric_types.MetricKey, Any]]:
    """{slice: {key: MetricValue, or (value, lower, upper) with intervals}}; no cross slices."""
    actual: dict[str, dict[metric_types.MetricKey, Any]] = collections.defaultdict(dict)
    for record in metrics_plots_and_validations_writer.load_and_deserialize_metrics(
        output_path=output + "/" + constants.METRICS_KEY, output_file_format="tfrecord"
    ):
        if record.HasField("cross_slice_key"):
            continue
        for item in record.metric_keys_and_values:
            actual[slice_name(record.slice_key)][metric_types.MetricKey.from_proto(item.key)] = item
    return dict(actual)


def plain(item: Any) -> Any:
    """A number, or a nested list, of one written value."""
    kind = item.value.WhichOneof("type")
    if kind == "double_value":
        return item.value.double_value.value
    assert kind == "array_value", kind
    array = item.value.array_value
    values = (
        [b.decode() for b in array.bytes_values]
        or list(array.float64_values)
        or list(array.int64_values)
    )
    return np.array(values).reshape(tuple(array.shape)).tolist()


def values_of(output: str) -> dict[tuple[str, str, str], Any]:
    """{(slice, model, name): number or list}, without model diffs."""
    return {
        (name, key.model_name, key.name): plain(item)
        for name, items in read_metrics(output).items()
        for key, item in items.items()
        if not key.is_diff
    }


def accumulate(
    computations: list[Any], inputs: list[Any], num_parts: int = 1, seed: int = 0
) -> dict[metric_types.MetricKey, Any]:
    """All computations over `inputs`, split, encoded, merged in random order, twice over."""
    chance = random.Random(seed)
    results: dict[metric_types.MetricKey, Any] = {}
    for computation in computations:
        if not isinstance(computation, metric_types.MetricComputation):
            results.update(computation.result(results))
            continue
        combiner = computation.combiner
        accumulators = [combiner.create_accumulator() for _ in range(num_parts)]
        for one in inputs:
            i = chance.randrange(num_parts)
            accumulators[i] = combiner.add_input(accumulators[i], one)
        chance.shuffle(accumulators)
        some, others = accumulators[: num_parts // 2], accumulators[num_parts // 2 :]
        merged = combiner.merge_accumulators(
            iter([combiner.merge_accumulators(others), *map(combiner.compact, some)])
        )
        results.update(combiner.extract_output(merged))
    return {key: value for key, value in results.items() if not key.name.startswith("_")}
