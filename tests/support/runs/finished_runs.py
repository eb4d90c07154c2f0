"""Folders of finished runs, written without Beam: scored pairs, report and manifest."""

from __future__ import annotations

import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fairflip._version import __version__
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.records.pairing_audit import PairingAudit, multiset_hash, pair_rows
from fairflip.pipeline.storage.manifest import write_manifest
from fairflip.protos import columns
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_to_json, report_to_json
from fairflip.protos.report_pb2 import RunReport

PROTECTED = ("female", "male")


def pairs(num: int, seed: int = 0) -> pa.Table:
    """Pairs without scores: two of each original, one group each, labels."""
    random = np.random.default_rng(seed)
    index = np.arange(num)
    original = index // 2
    female = original % 2 == 0
    before = np.where(female, "she", "he")
    after = np.where(female, "he", "she")
    after = np.where(index % 2 == 1, "they", after)
    return pa.table(
        {
            "example_id": [f"e{number:05d}" for number in original],
            "comment_text": [
                f"{word} said {number}" for word, number in zip(before, original, strict=True)
            ],
            "toxicity": random.integers(0, 2, num // 2 + 1)[original].astype(float),
            "gender": [[PROTECTED[int(not one)]] for one in female],
            "counterfactual.comment_text": [
                f"{word} said {number}" for word, number in zip(after, original, strict=True)
            ],
            columns.TERM: [[word] for word in before],
            columns.REPLACEMENT: [[word] for word in after],
            columns.COUNTERFACTUAL_INDEX: (index % 2).astype(np.int32),
        }
    )


def scored(table: pa.Table, model: str, before: np.ndarray, after: np.ndarray) -> pa.Table:
    """The pairs with one model's scores."""
    table = table.append_column(columns.score(model), pa.array(np.asarray(before, float)))
    return table.append_column(
        columns.counterfactual_score(model), pa.array(np.asarray(after, float))
    )


def write_run(
    folder: pathlib.Path,
    table: pa.Table,
    models: tuple[str, ...] = ("model",),
    *,
    slices: tuple[str, ...] = ("gender",),
    thresholds: tuple[float, ...] = (0.5,),
    started: str = "2026-01-01T00:00:00+00:00",
    no_text: bool = False,
) -> str:
    """A finished run of scored pairs; returns its folder."""
    config = PipelineConfig()
    config.data.id_feature, config.data.text_feature = "example_id", "comment_text"
    config.data.label_feature = "toxicity"
    config.evaluation.slices[:] = slices
    config.evaluation.thresholds[:] = thresholds
    config.output.output_dir = str(folder)
    config.output.no_text = no_text
    for name in models:
        config.models.add(name=name, score_feature=name)
    config = with_defaults(config)
    rows = pair_rows(table, "example_id", ["comment_text"])
    audit = PairingAudit(num_pairs=table.num_rows, hash_sum=multiset_hash(rows))
    spec = StatisticsSpec(
        models=models,
        thresholds=thresholds,
        slices=tuple(tuple(entry.split(",")) for entry in slices),
        label_column="toxicity",
        num_example_ids=0,
    )
    reports, comparisons = build_models_and_comparisons(accumulate(table, spec), {}, spec)
    report = RunReport(pairing=audit.to_proto(), models=reports, comparisons=comparisons)
    report.provenance.config = config_to_json(config)
    report.provenance.started = started
    report.provenance.confidence_level = 0.95
    report.provenance.versions["fairflip"] = __version__
    if no_text:
        table = table.drop_columns(["comment_text", "counterfactual.comment_text"])
    shard = "scored_pairs/scored-pairs-00000-of-00001.parquet"
    (folder / "scored_pairs").mkdir(parents=True)
    pq.write_table(table, folder / shard)
    (folder / "run_report.json").write_text(report_to_json(report))
    write_manifest(str(folder), ["run_report.json", shard], __version__)
    return str(folder)
