"""What evaluation costs beside inference: CPU seconds and peak memory, as ratios.

    python benchmarks/evaluator.py                  # prints the table
    python benchmarks/evaluator.py --output F.json  # and writes the list of results

Every figure is the median of three runs, each in a process of its own: CPU seconds
of the pipeline (imports left out) and peak resident memory. Absolute times depend
on the machine; the bounds are on ratios within one run.

The peer is TFMA's own path: the same scored pairs one by one through TFMA's
evaluator, with this package's FlipRate and FlipCount as ordinary metrics, AUC,
ExampleCount and FairnessIndicators. It is linear in the number of pairs, so it is
measured on few and its cost per further pair is taken.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

REPEATS = 3
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
WORDS = [f"word{i}" for i in range(60)] + ["woman", "man", "gay", "wife"]


def write_scored_pairs(folder: pathlib.Path, num_pairs: int) -> None:
    """Scored pairs of two models, two counterfactuals an original on average, in shards."""
    rng = np.random.default_rng(0)
    shard = 50_000
    for first in range(0, num_pairs, shard):
        n = min(shard, num_pairs - first)
        repeats = rng.integers(1, 4, n)
        which = np.repeat(np.arange(n), repeats)[:n]
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
            is_pair = feature == "group"
            table[feature] = (
                values.take(pa.array(rng.integers(0, size, n)))
                if is_pair
                else lists.take(pa.array(which))
            )
        for model, spread in (("baseline", 0.08), ("remediated", 0.02)):
            score = rng.beta(0.6, 1.8, n)[which].astype(np.float32).astype(np.float64)
            moved = rng.normal(0, spread, n) * (rng.random(n) < 0.5)
            table[f"score.{model}"] = score
            table[f"counterfactual.score.{model}"] = np.clip(score + moved, 0, 1)
        pq.write_table(
            pa.table(table),
            folder / f"scored-{first // shard:05d}.parquet",
            row_group_size=BATCH_SIZE * 8,
        )


def write_texts(folder: pathlib.Path, num_pairs: int) -> None:
    """Pairs of comments of about 40 words, for scoring."""
    rng = np.random.default_rng(1)
    words = np.array(WORDS)
    texts = [" ".join(words[rng.integers(0, len(words), 40)]) for _ in range(num_pairs)]
    others = [text.replace("woman", "").replace("man", "") + " so" for text in texts]
    pq.write_table(
        pa.table(
            {
                "example_id": [f"comment-{i:08d}" for i in range(num_pairs)],
                "comment_text": texts,
                "counterfactual.comment_text": others,
            }
        ),
        folder / "pairs.parquet",
        row_group_size=BATCH_SIZE,
    )


def tutorial_classifier(path: pathlib.Path) -> None:
    """An untrained model of the demo's kind: vectorised text and three convolutions."""
    import keras

    vectorize = keras.layers.TextVectorization(max_tokens=10_000, output_sequence_length=128)
    vectorize.adapt(WORDS)
    text = keras.Input((), dtype="string")
    x = keras.layers.Embedding(10_000, 100)(vectorize(text))
    for pool in (5, 5, None):
        x = keras.layers.Conv1D(128, 2, activation="relu", padding="same")(x)
        x = (
            keras.layers.MaxPooling1D(pool, padding="same")(x)
            if pool
            else keras.layers.GlobalMaxPooling1D()(x)
        )
    x = keras.layers.Dense(128, activation="relu")(x)
    keras.Model(text, keras.layers.Dense(1, activation="sigmoid")(x)).save(path)


def run_scoring(folder: pathlib.Path, both_models: bool) -> None:
    """Reads pairs and scores both sides."""
    import apache_beam as beam

    from fairflip.pipeline.score import ScorePairs
    from fairflip.protos import config_pb2

    data = config_pb2.DataSpec(id_feature="example_id", text_feature="comment_text")
    models = [config_pb2.ModelSpec(name="baseline", path=str(folder / "model.keras"))]
    with _pipeline() as pipeline:
        scored = (
            pipeline
            | beam.io.ReadFromParquetBatched(str(folder / "pairs*.parquet"))
            | "Split" >> beam.FlatMap(lambda table: table.to_batches(max_chunksize=BATCH_SIZE))
            | ScorePairs(models, data)
        )
        _ = scored["scored"] | "Count" >> beam.combiners.Count.Globally()


def run_metrics(
    folder: pathlib.Path, thresholds: int, slices: int, models: int, intervals: bool, write: bool
) -> None:
    """Reads scored pairs, counts, and writes TFMA results and the models' reports."""
    import apache_beam as beam

    from fairflip.metrics.pair_statistics_spec import StatisticsSpec
    from fairflip.metrics.pair_statistics_transforms import ComputePairStatistics
    from fairflip.metrics.slicing import parse_slices

    names = ("baseline", "remediated")[:models]
    spec = StatisticsSpec(
        models=names,
        thresholds=tuple(THRESHOLDS[thresholds]),
        slices=parse_slices(SLICES[slices]),
        label_column="label",
    )
    with tempfile.TemporaryDirectory() as output, _pipeline() as pipeline:
        found = (
            pipeline
            | beam.io.ReadFromParquetBatched(
                str(folder / "scored*.parquet"),
                columns=[n for n in spec.needed_columns if n != "flip_is_legitimate"],
            )
            | "Split" >> beam.FlatMap(lambda table: table.to_batches(max_chunksize=BATCH_SIZE))
            | ComputePairStatistics(spec)
        )
        if not write:
            _ = found | "Count" >> beam.combiners.Count.Globally()
            return
        from fairflip.metrics.batched_evaluator import (
            GatherStatistics,
            WriteTfmaResults,
            default_eval_config,
        )

        found = found | "Gather" >> GatherStatistics()
        _ = found | "Report" >> beam.Map(_report, spec)
        for name in names:
            config = default_eval_config(spec, name, confidence_intervals=intervals)
            _ = found | f"Write{name}" >> WriteTfmaResults(spec, config, f"{output}/{name}")


def _report(found: Any, spec: Any) -> int:
    from fairflip.metrics.report_models import build_models_and_comparisons

    models, _ = build_models_and_comparisons(dict(found), {}, {}, spec)
    return len(models)


def run_peer(folder: pathlib.Path, num_pairs: int) -> None:
    """TFMA's own path, one pair at a time."""
    import apache_beam as beam
    from tensorflow_model_analysis.evaluators import metrics_plots_and_validations_evaluator
    from tensorflow_model_analysis.extractors import slice_key_extractor

    from fairflip.metrics.batched_evaluator import default_eval_config
    from fairflip.metrics.batched_evaluator_extracts import unbatched_extracts
    from fairflip.metrics.pair_statistics_spec import StatisticsSpec
    from fairflip.metrics.slicing import parse_slices

    spec = StatisticsSpec(
        models=("baseline",),
        thresholds=tuple(THRESHOLDS[9]),
        slices=parse_slices(SLICES[10]),
        label_column="label",
    )
    config = default_eval_config(spec, "baseline", confidence_intervals=False)
    kept = [
        m
        for m in config.metrics_specs[0].metrics
        if m.class_name in ("FlipRate", "FlipCount", "AUC", "ExampleCount", "FairnessIndicators")
    ]
    del config.metrics_specs[0].metrics[:]
    config.metrics_specs[0].metrics.extend(kept)
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


def _import_all() -> None:
    """Everything a run imports, before the clock starts."""
    import apache_beam  # noqa: F401
    import tensorflow_model_analysis  # noqa: F401

    from fairflip import metrics
    from fairflip.metrics import batched_evaluator, report_models  # noqa: F401
    from fairflip.pipeline import score  # noqa: F401

    _ = metrics.FlipRate


def measure_here(folder: pathlib.Path, kind: str, arguments: dict[str, Any]) -> dict[str, float]:
    """Runs one measurement in this process."""
    _import_all()
    started = time.process_time()
    {"scoring": run_scoring, "metrics": run_metrics, "peer": run_peer}[kind](folder, **arguments)
    return {
        "cpu": time.process_time() - started,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measure(folder: pathlib.Path, kind: str, repeats: int, **arguments: Any) -> dict[str, float]:
    """Medians over `repeats` processes."""
    found = []
    for _ in range(repeats):
        done = subprocess.run(
            [
                sys.executable,
                __file__,
                "--measure",
                json.dumps({"folder": str(folder), "kind": kind, "arguments": arguments}),
            ],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
    return {key: statistics.median(run[key] for run in found) for key in found[0]}


def results(repeats: int = REPEATS, small: int = 50_000, large: int = 500_000) -> list[dict]:
    """All measurements against their bounds.

    Args:
        repeats: Runs of each measurement.
        small: Pairs of most measurements.
        large: Pairs for the growth of time and memory.

    Returns:
        One {name, value, bound, holds} for each; `bound` says which side.
    """
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        folders = {n: root / str(n) for n in (small, large)}
        for n, folder in folders.items():
            folder.mkdir()
            write_scored_pairs(folder, n)
        num_texts = 5_000
        write_texts(root, num_texts)
        subprocess.run([sys.executable, __file__, "--model", str(root / "model.keras")], check=True)

        def metrics(folder: pathlib.Path = folders[small], **changes: Any) -> dict[str, float]:
            settings = {"thresholds": 9, "slices": 10, "models": 1, "intervals": True}
            return measure(folder, "metrics", repeats, write=True, **{**settings, **changes})

        base, counted = metrics(), metrics(folders[large])
        scoring = measure(root, "scoring", repeats, both_models=False)
        scoring_small = scoring["cpu"] / num_texts * small
        few, more = (measure(folders[small], "peer", 1, num_pairs=n) for n in (500, 2_000))
        peer = (more["cpu"] - few["cpu"]) / 1_500 * small
        alone = [
            measure(
                folders[n],
                "metrics",
                repeats,
                write=False,
                thresholds=9,
                slices=10,
                models=1,
                intervals=True,
            )
            for n in (small, large)
        ]
        pairs_per_second = (large - small) / (alone[1]["cpu"] - alone[0]["cpu"])
        eight = metrics(slices=8)
        measured = [
            ("metrics_to_scoring_cpu", base["cpu"] / scoring_small, 0.3, "at most"),
            (
                "whole_to_reading_and_scoring_cpu",
                (base["cpu"] + scoring_small) / scoring_small,
                1.5,
                "at most",
            ),
            ("peer_to_metrics_cpu", peer / base["cpu"], 10.0, "at least"),
            (
                "thresholds_100_to_9_cpu",
                metrics(thresholds=100)["cpu"] / base["cpu"],
                1.2,
                "at most",
            ),
            ("slices_44_to_8_cpu", metrics(slices=44)["cpu"] / eight["cpu"], 1.5, "at most"),
            ("models_2_to_1_cpu", metrics(models=2)["cpu"] / base["cpu"], 2.1, "at most"),
            (
                "intervals_to_none_cpu",
                base["cpu"] / metrics(intervals=False)["cpu"],
                1.5,
                "at most",
            ),
            (
                "cost_per_pair_large_to_small",
                counted["cpu"] / large / (base["cpu"] / small),
                1.15,
                "at most",
            ),
            ("peak_memory_large_to_small", counted["peak"] / base["peak"], 1.2, "at most"),
            ("pairs_per_second_on_2_cores", 2 * pairs_per_second, 300_000, "at least"),
        ]
    found = []
    for label, value, bound, side in measured:
        holds = value <= bound if side == "at most" else value >= bound
        found.append(
            {
                "name": f"evaluator.{label}",
                "value": float(f"{value:.4g}"),
                "bound": f"{side} {bound:g}",
                "holds": bool(holds),
            }
        )
    found.append(
        {
            "name": "evaluator.cpu_seconds",
            "value": float(f"{base['cpu']:.4g}"),
            "bound": f"of metrics at {small} pairs; scoring {scoring_small:.1f}, peer {peer:.0f}, "
            f"metrics at {large} pairs {counted['cpu']:.1f}; peak {base['peak']:.0f} MiB",
            "holds": True,
        }
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="where to write the results as JSON")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.model:
        tutorial_classifier(pathlib.Path(arguments.model))
        return
    if arguments.measure:
        given = json.loads(arguments.measure)
        print(
            json.dumps(
                measure_here(pathlib.Path(given["folder"]), given["kind"], given["arguments"])
            )
        )
        return
    found = results(arguments.repeats)
    for row in found:
        print(f"{row['name']:45} {row['value']:>12g}  {row['bound']:20} {row['holds']}")
    if arguments.output:
        pathlib.Path(arguments.output).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
