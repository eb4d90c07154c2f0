"""The evaluator's peer in tests: TFMA's own path on the same pairs, one by one."""

from __future__ import annotations

import json
import numbers

import apache_beam as beam
import numpy as np
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tensorflow_model_analysis.evaluators import metrics_plots_and_validations_evaluator
from tensorflow_model_analysis.extractors import slice_key_extractor
from tensorflow_model_analysis.proto import config_pb2, metrics_for_slice_pb2
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer

from fairflip.metrics.evaluator.evaluator import BatchedEvaluator
from fairflip.metrics.evaluator.extracts import unbatched_extracts
from fairflip.metrics.evaluator.planning import plan_evaluation
from fairflip.metrics.statistics.spec import StatisticsSpec

FOUND: dict[str, list] = {}


def keep(element, name):
    """Runs in this process: the runner pickles it by its name."""
    FOUND.setdefault(name, []).append(element)


def plain_metric(class_name, **arguments):
    return config_pb2.MetricConfig(class_name=class_name, config=json.dumps(arguments))


def spec_for(models=("base", "new"), weighted=False, **changes) -> StatisticsSpec:
    return StatisticsSpec(
        models=models,
        label_column="label",
        weight_column="weight" if weighted else None,
        num_buckets=16,
        num_example_ids=4,
        **changes,
    )


def config_of(models, weighted=False) -> config_pb2.EvalConfig:
    """An EvalConfig of models, of which the first of several is the baseline, and of slices."""
    config = config_pb2.EvalConfig()
    for model in models:
        config.model_specs.add(
            name=model,
            label_key="label",
            prediction_key=f"score.{model}",
            example_weight_key="weight" if weighted else "",
            is_baseline=len(models) > 1 and model == models[0],
        )
    config.slicing_specs.add()
    config.slicing_specs.add(feature_keys=["gender"])
    config.slicing_specs.add(feature_keys=["gender", "race"])
    return config


def peer(extracts, config, spec):
    own = metrics_plots_and_validations_evaluator.MetricsPlotsAndValidationsEvaluator(
        eval_config=config
    )
    return (
        extracts
        | "PeerSplit" >> beam.FlatMap(unbatched_extracts, spec, config)
        | "PeerSlices"
        >> slice_key_extractor.SliceKeyExtractor(eval_config=config, materialize=False).ptransform
        | "Peer" >> own.ptransform
    )


def run_both(table, config, spec, batch_size=37, peer_table=None, peer_config=None):
    """Metrics of both paths by slice, and their validations.

    Where metrics read other columns than TFMA's own path does, the peer has a table, and a
    configuration, of its own.
    """
    FOUND.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        batches = pipeline | beam.Create(table.to_batches(max_chunksize=batch_size))
        ours = batches | "Ours" >> BatchedEvaluator(config, spec).ptransform
        if peer_table is not None:
            given = peer_table.to_batches(max_chunksize=batch_size)
            batches = pipeline | "CreateForPeer" >> beam.Create(given)
        # TFMA's own path needs its defaults, such as each spec's model names.
        whole = plan_evaluation(peer_config or config, spec).eval_config
        theirs = peer(batches, whole, spec)
        for side, evaluation in (("ours", ours), ("theirs", theirs)):
            for part in ("metrics", "validations"):
                values = evaluation[part]
                if part == "validations":
                    values = values | f"Combine{side}" >> beam.CombineGlobally(
                        metrics_plots_and_validations_writer.CombineValidations(
                            plan_evaluation(config, spec).eval_config
                        )
                    )
                _ = values | f"Keep{side}{part}" >> beam.Map(keep, f"{side} {part}")
    ours, theirs = dict(FOUND["ours metrics"]), dict(FOUND["theirs metrics"])
    return ours, theirs, FOUND["ours validations"][0], FOUND["theirs validations"][0]


def plain_value(value):
    return value.value.value if isinstance(value, metrics_for_slice_pb2.BoundedValue) else value


def assert_same_metrics(ours, theirs, at_least=100):
    assert set(ours) == set(theirs)
    compared = 0
    for slice_key, expected in theirs.items():
        actual = ours[slice_key]
        assert set(actual) == set(expected), slice_key
        for key, value in expected.items():
            mine = plain_value(actual[key])
            if isinstance(value, str):
                assert mine == value
            elif isinstance(value, np.ndarray) and value.dtype.kind not in "fi":
                np.testing.assert_array_equal(np.asarray(mine), value, err_msg=str(key))
            else:
                name = key.name
                is_count = name == "example_count" or name.startswith("flip_count")
                tolerance = 1e-6 if "auc" in name or "specificity_at" in name else 1e-9
                tolerance = 1e-12 if is_count else tolerance
                np.testing.assert_allclose(
                    mine, float(value) if isinstance(value, numbers.Number) else value,
                    rtol=tolerance, atol=tolerance, err_msg=f"{slice_key} {key}",
                )  # fmt: skip
            compared += 1
    assert compared > at_least
