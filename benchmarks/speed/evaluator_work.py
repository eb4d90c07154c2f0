"""What `benchmarks/speed/evaluator.py` measures: data, a model, and each piece of work.

Started as a program, it runs the work it is given, in rounds, and prints CPU seconds
and peak memory as JSON.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import json
import os
import pathlib
import resource
import statistics
import sys
import tempfile
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import limits

BATCH_SIZE = 1024
FEATURES = {"gender": 3, "race": 4, "religion": 4, "group": 4, "age": 2}
SLICES = {
    8: ["gender", "race"],
    10: ["gender", "race", "age"],
    44: ["gender", "race", "religion", "counterfactual_group", "gender,race", "race,religion"],
}
THRESHOLDS = {
    9: [round(0.1 * i, 1) for i in range(1, 10)],
    100: [round(0.0099 * i, 4) for i in range(1, 101)],
}


def pair_columns(rng: np.random.Generator, first: int, n: int) -> tuple[dict[str, Any], np.ndarray]:
    """IDs, labels and groups of n pairs, two an original on average, and whose they are."""
    which = np.repeat(np.arange(n), rng.integers(1, 4, n))[:n]
    table: dict[str, Any] = {
        "example_id": pa.array([f"comment-{first + i:08d}" for i in which]),
        "label": pa.array(rng.integers(0, 2, n)[which].astype(np.float32)),
    }
    for feature, size in FEATURES.items():
        values = pa.array([f"{feature}_{i}" for i in range(size)])
        counts = rng.integers(0, 3, n)
        offsets = np.concatenate([[0], np.cumsum(counts)])
        codes = rng.integers(0, size, offsets[-1])
        lists = pa.ListArray.from_arrays(
            pa.array(offsets, pa.int32()), values.take(pa.array(codes))
        )
        table[feature] = (
            values.take(pa.array(rng.integers(0, size, n)))
            if feature == "group"
            else lists.take(pa.array(which))
        )
    return table, which


def write_scored_pairs(folder: pathlib.Path, num_pairs: int) -> None:
    """Scored pairs of two models, in shards."""
    rng = np.random.default_rng(0)
    shard = 50_000
    for first in range(0, num_pairs, shard):
        n = min(shard, num_pairs - first)
        table, which = pair_columns(rng, first, n)
        for model, spread in (("baseline", 0.08), ("remediated", 0.02)):
            score = rng.beta(0.6, 1.8, n)[which].astype(np.float32).astype(np.float64)
            moved = rng.normal(0, spread, n) * (rng.random(n) < 0.5)
            table[f"score.{model}"] = score
            table[f"counterfactual.score.{model}"] = np.clip(score + moved, 0, 1)
        path = folder / f"scored-{first // shard:05d}.parquet"
        pq.write_table(pa.table(table), path, row_group_size=BATCH_SIZE * 8)


def write_pairs_and_model(folder: pathlib.Path, num_pairs: int) -> None:
    """Pairs of comments of 40 words, and the demo's classifier for them, untrained.

    Each counterfactual is a text of its own, which names another religion. The classifier is built
    as `make demo` builds its baseline, with that configuration's sizes; what scoring costs does
    not depend on the weights.
    """
    from benchmarks.made_texts import texts_and_counterfactuals
    from fairflip.remediation.training.baseline_model import build_text_classifier

    rng = np.random.default_rng(1)
    table, which = pair_columns(rng, 0, num_pairs)
    originals, counterfactuals = texts_and_counterfactuals(rng, which)
    table["comment_text"] = originals
    table["counterfactual.comment_text"] = counterfactuals
    pq.write_table(pa.table(table), folder / "pairs.parquet", row_group_size=BATCH_SIZE * 8)
    for name, seed in (("model", 0), ("other", 1)):
        classifier = build_text_classifier(
            np.array(originals[:2_000]), seed=seed, sequence_length=40
        )
        classifier.save(folder / f"{name}.keras")


def run_scoring(folder: pathlib.Path, pairs: str = "pairs.parquet") -> None:
    """Reads pairs and scores both sides, and no more."""
    import apache_beam as beam

    from fairflip.pipeline.read.transforms import BATCHES, ReadBatches, RecordLayout, check_inputs
    from fairflip.pipeline.score.transforms import ScorePairs
    from fairflip.protos import config_pb2

    data = config_pb2.DataSpec(label_feature="label")
    layout = RecordLayout.from_data_spec(data, "pairs", SLICES[10])
    checked = check_inputs([str(folder / pairs)], layout)
    models = [config_pb2.ModelSpec(name="baseline", path=str(folder / "model.keras"))]
    with _pipeline() as pipeline:
        read = pipeline | ReadBatches(checked, BATCH_SIZE)
        scored = read[BATCHES] | ScorePairs(models, data)
        _ = scored["scored"] | "Count" >> beam.combiners.Count.Globally()


def run_loop(folder: pathlib.Path) -> None:
    """What a script of one's own does."""
    limits.score_both_sides(folder / "model.keras", folder / "pairs.parquet")


def run_reading(folder: pathlib.Path, files: str = "pairs.parquet") -> None:
    """Reads all columns, and no more."""
    limits.read_columns(sorted(folder.glob(files)))


def run_whole(
    folder: pathlib.Path,
    thresholds: int = 9,
    slices: int = 10,
    models: int = 1,
    controls: int = 0,
    keep_pairs: str = "",
) -> None:
    """The evaluation as a user runs it: every file read and every result written.

    With `keep_pairs` the pairs, controls among them, stay in a file of that name.
    """
    import fairflip
    from fairflip.metrics.batches import known_kinds

    known_kinds._known.clear()  # As in a new process.
    paths = {"baseline": folder / "model.keras", "remediated": folder / "other.keras"}
    with tempfile.TemporaryDirectory() as output:
        fairflip.evaluate(
            pairs=str(folder / "pairs.parquet"),
            models={name: str(paths[name]) for name in list(paths)[:models]},
            label_feature="label",
            thresholds=THRESHOLDS[thresholds],
            slices=SLICES[slices],
            controls=controls,
            output_dir=output,
        )
        if keep_pairs:
            table = pq.read_table(sorted(pathlib.Path(output, "pairs").glob("*.parquet")))
            pq.write_table(table, folder / keep_pairs, row_group_size=BATCH_SIZE * 8)


def run_metrics(
    folder: pathlib.Path,
    thresholds: int = 9,
    slices: int = 10,
    models: int = 1,
    intervals: bool = True,
    write: bool = True,
    num_pairs: int | None = None,
) -> None:
    """Reads scored pairs, counts, and writes TFMA results and the models' reports.

    Raises:
        RuntimeError: The report is not of `num_pairs`.
    """
    import apache_beam as beam

    from fairflip.metrics.batches import known_kinds
    from fairflip.metrics.batches.transforms import ComputePairStatistics
    from fairflip.metrics.evaluator import planning
    from fairflip.metrics.evaluator.evaluator import (
        WriteTfmaResults,
        default_eval_config,
    )
    from fairflip.metrics.flips.slicing import parse_slices
    from fairflip.metrics.statistics.spec import StatisticsSpec
    from fairflip.pipeline.storage.read_parquet import ReadWritten

    # Plans and kinds are made anew, as in a new process.
    planning._plan.cache_clear()
    known_kinds._known.clear()
    names = ("baseline", "remediated")[:models]
    spec = StatisticsSpec(
        models=names,
        thresholds=tuple(THRESHOLDS[thresholds]),
        slices=parse_slices(SLICES[slices]),
        label_column="label",
    )
    paths = sorted(str(path) for path in folder.glob("scored*.parquet"))
    with tempfile.TemporaryDirectory() as output, _pipeline() as pipeline:
        statistics = (
            pipeline
            | beam.Create(paths, reshuffle=False)
            | ReadWritten(spec.needed_columns)
            | ComputePairStatistics(spec)
        )
        if not write:
            return
        _ = statistics | "Report" >> beam.Map(_report, spec, num_pairs)
        for name in names:
            config = default_eval_config(spec, name, confidence_intervals=intervals)
            _ = statistics | f"Write{name}" >> WriteTfmaResults(spec, config, f"{output}/{name}")


def _report(statistics: Any, spec: Any, num_pairs: int | None) -> int:
    from fairflip.metrics.report.models import build_models_and_comparisons

    models, _ = build_models_and_comparisons(statistics, {}, spec)
    counted = models[0].slices[0].num_pairs
    if num_pairs not in (None, counted):
        raise RuntimeError(f"{counted} pairs were counted, not {num_pairs}")
    return len(models)


def run_peer(folder: pathlib.Path, num_pairs: int) -> None:
    """TFMA's own path, one pair at a time."""
    import apache_beam as beam
    from tensorflow_model_analysis.evaluators import metrics_plots_and_validations_evaluator
    from tensorflow_model_analysis.extractors import slice_key_extractor

    from fairflip.metrics.evaluator.evaluator import default_eval_config
    from fairflip.metrics.evaluator.extracts import unbatched_extracts
    from fairflip.metrics.flips.slicing import parse_slices
    from fairflip.metrics.statistics.spec import StatisticsSpec

    spec = StatisticsSpec(
        models=("baseline",),
        thresholds=tuple(THRESHOLDS[9]),
        slices=parse_slices(SLICES[10]),
        label_column="label",
    )
    config = default_eval_config(spec, "baseline", confidence_intervals=False)
    names = ("FlipRate", "FlipCount", "AUC", "ExampleCount", "FairnessIndicators")
    metrics = [m for m in config.metrics_specs[0].metrics if m.class_name in names]
    del config.metrics_specs[0].metrics[:]
    config.metrics_specs[0].metrics.extend(metrics)
    table = pq.read_table(folder / "scored-00000.parquet").slice(0, num_pairs)
    own = metrics_plots_and_validations_evaluator.MetricsPlotsAndValidationsEvaluator(
        eval_config=config
    )
    with _pipeline() as pipeline:
        evaluation = (
            pipeline
            | beam.Create(table.to_batches(max_chunksize=BATCH_SIZE))
            | beam.FlatMap(unbatched_extracts, spec, config)
            | slice_key_extractor.SliceKeyExtractor(eval_config=config).ptransform
            | own.ptransform
        )
        _ = evaluation["metrics"] | "Count" >> beam.combiners.Count.Globally()


def _pipeline() -> Any:
    import apache_beam as beam
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    return beam.Pipeline(runner=FnApiRunner())


def import_all() -> None:
    """Everything a run imports, before the clock starts."""
    for name in (
        "apache_beam.runners.portability.fn_api_runner",
        "apache_beam.runners.worker.sdk_worker",
        "fairflip.metrics.evaluator.evaluator",
        "fairflip.metrics.report.models",
        "fairflip.pipeline.read.transforms",
        "fairflip.pipeline.storage.read_parquet",
        "fairflip.pipeline.score.transforms",
        "fairness_indicators.fairness_indicators_metrics",
        "pyarrow.pandas_compat",
        "tensorflow_model_analysis",
    ):
        importlib.import_module(name)


def start(folder: pathlib.Path) -> None:
    """An evaluation from its command to the first scored batch; then it ends itself."""
    from fairflip.pipeline import cli

    class EndAfterFirstBatch(importlib.abc.MetaPathFinder):
        """Sees to it that the command itself decides when Beam is imported, and how."""

        def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
            if fullname != "fairflip.pipeline.evaluate.jobs":
                return
            sys.meta_path.remove(self)
            score = importlib.import_module("fairflip.pipeline.score.inference")
            scored = score.score_sides

            def once(*arguments: Any, **named: Any) -> Any:
                scored(*arguments, **named)
                print(json.dumps(time.process_time()), flush=True)
                os._exit(0)

            score.score_sides = once

    sys.meta_path.insert(0, EndAfterFirstBatch())
    with tempfile.TemporaryDirectory() as output:
        cli.main(
            [
                "evaluate",
                f"--pairs={folder / 'pairs.parquet'}",
                f"--model=baseline={folder / 'model.keras'}",
                "--label_feature=label",
                f"--output_dir={output}",
                "--quiet",
            ]
        )


def load(folder: pathlib.Path, with_beam: bool = False) -> None:
    """What cannot be done without: TensorFlow, and the model; and Beam, where it says so."""
    import keras
    import tensorflow as tf

    if with_beam:
        importlib.import_module("apache_beam")
    keras.models.load_model(folder / "model.keras")(tf.constant(["a text"]))
    print(json.dumps(time.process_time()), flush=True)


RUNS = {
    "scoring": run_scoring,
    "loop": run_loop,
    "reading": run_reading,
    "whole": run_whole,
    "metrics": run_metrics,
    "peer": run_peer,
}


def measure(cases: dict[str, dict[str, Any]], rounds: int) -> dict[str, dict[str, float]]:
    """Medians over rounds in which the cases follow each other, after a first run of one.

    Args:
        cases: Name of a case -> `kind` of work, `folder`, and the work's arguments.
        rounds: How many count.

    Returns:
        By case, CPU seconds of all threads, and the peak memory so far in MiB.
    """
    import_all()
    of_cases: dict[str, list[float]] = {name: [] for name in cases}

    def seconds(case: dict[str, Any]) -> float:
        arguments = {k: v for k, v in case.items() if k not in ("kind", "folder")}
        gc.collect()
        started = time.process_time()
        RUNS[case["kind"]](pathlib.Path(case["folder"]), **arguments)
        return time.process_time() - started

    seconds(next(iter(cases.values())))
    for _ in range(rounds):
        for name, case in cases.items():
            of_cases[name].append(seconds(case))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        name: {"cpu": statistics.median(values or [0.0]), "peak": peak}
        for name, values in of_cases.items()
    }


def main() -> None:
    given = json.loads(sys.argv[1])
    folder = pathlib.Path(given.get("folder", "."))
    if given["do"] == "measure":
        print(json.dumps(measure(given["cases"], given["rounds"])))
    else:
        {
            "scored": lambda: write_scored_pairs(folder, given["num_pairs"]),
            "pairs": lambda: write_pairs_and_model(folder, given["num_pairs"]),
            "start": lambda: start(folder),
            "load": lambda: load(folder),
            "load_beam": lambda: load(folder, with_beam=True),
        }[given["do"]]()


if __name__ == "__main__":
    main()
