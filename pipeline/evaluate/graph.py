"""The whole evaluation as one Beam graph, top to bottom on one screen.

    read ─► pair ─► score ─► count ─► write

Everything that runs on a worker is reached from here; the launcher only builds
this graph and reads the one `RunReport` that its last stage writes.
"""

from __future__ import annotations

import dataclasses
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

from fairflip.pipeline.evaluate.evaluation import Evaluation
from fairflip.pipeline.evaluate.inputs import EvaluationInputs
from fairflip.pipeline.evaluate.summarize import (
    SummarizeModels,
    SummarizePairing,
    SummarizeTerms,
    WriteSummary,
)
from fairflip.pipeline.generate.coverage_file import WriteControlCoverage, WriteCoverage
from fairflip.pipeline.generate.transforms import ExaminePairs, GeneratePairs
from fairflip.pipeline.pair.shards import MIN_SHARDS, num_bytes_of, num_shards_for
from fairflip.pipeline.pair.transforms import AdmitPairs, JoinPairs
from fairflip.pipeline.read.transforms import BATCHES, COUNTS, CheckedInput, ReadBatches
from fairflip.pipeline.records import record_sums
from fairflip.pipeline.records.record_sums import (
    CONTROLS_OF,
    NUM_IN,
    SCORE,
    SCORED_UNMATCHED_ORIGINALS,
    UNMATCHED_ORIGINALS,
    Counted,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.records.rejects import REJECTS, RejectsInBlocks, WriteRejects
from fairflip.pipeline.score.second_look import SecondLookSpec
from fairflip.pipeline.score.transforms import (
    ACCOUNTS,
    SECOND_LOOKS,
    ScoreExamples,
    ScorePairs,
    by_edit,
    input_features,
)
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.read_parquet import ReadWritten
from fairflip.pipeline.storage.run_folder import PAIRS, SCORED_EXAMPLES, SCORED_PAIRS
from fairflip.pipeline.storage.write_parquet import WriteParquet
from fairflip.protos import columns, config_pb2
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.forms.model_specs import has_scores
from fairflip.protos.forms.run_edits import ATTRIBUTE

CONTROL_COVERAGE = "control_coverage"
_AUDITS = ("audit", "coverage", CONTROL_COVERAGE)


@dataclasses.dataclass(frozen=True)
class PairedData:
    """What pairing hands on.

    Attributes:
        pairs: Pair batches; all counterfactuals of one original in one batch, and their
            controls behind them.
        unmatched_originals: Batches of originals that have no counterfactual.
        rejects: Collections of what was left out so far.
        audits: `audit`, `coverage` and `control_coverage`; empty where an earlier step has
            them.
        counts: What was read and where it went, see `record_sums`.
        reports: What else is to stand in the report.
        shard_folder: Where a local run keeps what it brings together; "" where it does not.
    """

    pairs: beam.PCollection
    unmatched_originals: beam.PCollection
    rejects: tuple[beam.PCollection, ...]
    audits: dict[str, beam.PCollection]
    counts: tuple[beam.PCollection, ...] = ()
    reports: tuple[beam.PCollection, ...] = ()
    shard_folder: str = ""


def read_and_pair(
    pipeline: beam.Pipeline,
    config: PipelineConfig,
    inputs: EvaluationInputs,
    shard_folder: str = "",
) -> PairedData:
    """Files to audited pairs: joined by example ID, generated, or admitted as they are.

    Args:
        pipeline: An empty one.
        config: The run's configuration.
        inputs: The files that it names, checked.
        shard_folder: Where a local run keeps what it brings together; see `shard_files`.
    """
    batch_size = config.evaluation.batch_size
    reports: tuple[beam.PCollection, ...] = ()
    # Steps are imported by the runs that take them: others start sooner.
    # Each of the three ways gives the same collections: pairs, originals without a
    # counterfactual, rejects, and an audit of both.

    def read(name: str, checked: CheckedInput) -> dict[str, beam.PCollection]:
        return pipeline | f"Read{name}" >> ReadBatches(checked, batch_size)

    if inputs.pairs is not None:
        records = [read("Pairs", inputs.pairs)]
        paired = records[0][BATCHES] | "AdmitPairs" >> AdmitPairs(
            config.data, shard_folder=shard_folder
        )
    elif inputs.examples is None:
        raise ValueError("either pairs or examples must be given")
    elif inputs.counterfactuals is not None:
        records = [
            read("Examples", inputs.examples),
            read("Counterfactuals", inputs.counterfactuals),
        ]
        paired = {
            "originals": records[0][BATCHES],
            "counterfactuals": records[1][BATCHES],
        } | "JoinPairs" >> JoinPairs(config.data, shard_folder=shard_folder)
    elif config.generator.method == ATTRIBUTE:
        from fairflip.pipeline.tabular.transforms import EDITS, SwapAttribute

        records = [read("Examples", inputs.examples)]
        spec = config_pb2.GeneratorSpec()
        spec.CopyFrom(config.generator)
        if any(map(has_scores, config.models)):
            spec.controls = 0
        paired = records[0][BATCHES] | "SwapAttribute" >> SwapAttribute(
            spec, config.data, config.seed, shard_folder
        )
        reports = (paired[EDITS],)
    else:
        records = [read("Examples", inputs.examples)]
        paired = records[0][BATCHES] | "GeneratePairs" >> GeneratePairs(
            config.generator, config.data, shard_folder=shard_folder
        )
    are_ready_made = inputs.pairs is not None or inputs.counterfactuals is not None
    if are_ready_made:
        written = {name: paired[name] for name in ("pairs", "audit")}
        examined = written | "ExaminePairs" >> ExaminePairs(config.generator, config.data)
        paired = {**paired, **examined}
    num_controls = config.generator.controls
    # Where scores are in the data, a control has none but those that the data brings.
    if any(map(has_scores, config.models)):
        num_controls = 0
    if num_controls and config.data.image_features:
        from fairflip.pipeline.tabular.image_controls import AddImageControls

        paired |= paired["pairs"] | AddImageControls(config.generator, config.data)
    elif num_controls and config.data.without_text and are_ready_made:
        from fairflip.pipeline.tabular.transforms import AddCellControls

        paired |= paired["pairs"] | AddCellControls(config.generator, config.data, config.seed)
    elif num_controls and not config.data.without_text:
        # A word is as frequent as it is in all texts of the run, those trained on too.
        texts = [records[0][BATCHES]]
        for number, checked in enumerate(inputs.training, start=1):
            texts.append(read(f"TrainingTexts{number}", checked)[BATCHES])
        all_texts = texts | "AllTexts" >> beam.Flatten() if inputs.training else texts[0]
        from fairflip.pipeline.generate.control_transforms import AddControls

        controlled = {"texts": all_texts, "pairs": paired["pairs"]} | AddControls(
            num_controls, config.generator, config.data, config.seed
        )
        paired = {**paired, **controlled}
    return PairedData(
        pairs=paired["pairs"],
        unmatched_originals=paired["unmatched_originals"],
        rejects=(*(r[REJECTS] for r in records), paired[REJECTS]),
        audits={name: paired[name] for name in _AUDITS if name in paired},
        counts=tuple(r[COUNTS] for r in records),
        reports=reports,
        shard_folder=shard_folder,
    )


def read_scored(
    pipeline: beam.Pipeline,
    config: PipelineConfig,
    pair_paths: Sequence[str],
    example_paths: Sequence[str],
) -> PairedData:
    """The frozen pair set of an earlier step, with the scores it has already."""

    def read(name: str, paths: Sequence[str]) -> beam.PCollection:
        return (
            pipeline
            | f"List{name}" >> beam.Create(list(paths), reshuffle=False).with_output_types(str)
            | f"Read{name}" >> ReadWritten(batch_size=config.evaluation.batch_size)
        )

    return PairedData(
        pairs=read("ScoredPairs", pair_paths),
        unmatched_originals=read("ScoredExamples", example_paths),
        rejects=(pipeline | "NoRejects" >> beam.Create([]).with_output_types(RejectedRecord),),
        audits={},
    )


def score_and_count(paired: PairedData, evaluation: Evaluation) -> None:
    """Scores every pair with every model, counts, and writes all results.

    Args:
        paired: From `read_and_pair` or `read_scored`.
        evaluation: What to score with, what to count, and where results go.
    """
    config, models, spec = evaluation.config, evaluation.models, evaluation.spec
    shown = _shown(paired.pairs, config, "HideWords")
    shown | "WritePairs" >> _write(config, PAIRS, evaluation.score_columns)
    # Records of an earlier step are counted under names of their own: its sums stand
    # beside those of this one in the report.
    names = (PAIRS, UNMATCHED_ORIGINALS)
    if not paired.audits:
        names = (record_sums.SCORED_PAIRS, SCORED_UNMATCHED_ORIGINALS)
    run = uuid.uuid4().hex
    remedied = _with_remedies(models, config)
    scored = paired.pairs | "ScorePairs" >> ScorePairs(
        models,
        config.data,
        handlers=remedied,
        counted_as=names[0],
        with_classes=evaluation.reads_classes,
        repeats=max(config.evaluation.repeats, 1),
        second_look=SecondLookSpec(spec.thresholds[0], spec.seed),
        run=run,
        score_cache=config.evaluation.score_cache,
    )
    shown = _shown(scored["scored"], config, "HideScoredWords")
    paths = shown | "WriteScoredPairs" >> _write(config, SCORED_PAIRS)
    rejects = [*paired.rejects, scored[REJECTS]]

    unmatched = paired.unmatched_originals
    if not config.evaluation.score_unpaired:
        unmatched = _no_batches(paired)
    if remedied:
        from fairflip.pipeline.averaging.calls import CountCalls

        for name, originals in (("Pairs", paired.pairs), ("Unmatched", unmatched)):
            originals | f"CountCalls{name}" >> beam.ParDo(CountCalls(models, config.data))
    examples = unmatched | "ScoreExamples" >> ScoreExamples(
        models,
        config.data,
        handlers=remedied,
        counted_as=names[1],
        run=run,
        score_cache=config.evaluation.score_cache,
    )
    example_paths = examples["scored"] | "WriteScoredExamples" >> _write(config, SCORED_EXAMPLES)
    rejects.append(examples[REJECTS])
    # What comes in is counted before it is scored, what goes out behind.
    counts = [
        paired.pairs
        | "CountPairsIn" >> beam.FlatMap(_num_by_edit, names[0]).with_output_types(Counted),
        unmatched
        | "CountUnmatchedOriginalsIn"
        >> beam.Map(_num_rows, (SCORE, names[1], NUM_IN)).with_output_types(Counted),
        scored[COUNTS],
        examples[COUNTS],
    ]

    model_reports = {
        "pairs": scored["scored"],
        "examples": examples["scored"],
        "paths": paths,
        "example_paths": example_paths,
        "second_looks": scored[SECOND_LOOKS],
    } | "SummarizeModels" >> SummarizeModels(evaluation)
    term_reports = scored["scored"] | "SummarizeTerms" >> SummarizeTerms(evaluation)
    accounts = (scored[ACCOUNTS], examples[ACCOUNTS])
    finish(paired, rejects, config, (model_reports, term_reports), counts, accounts)


def _with_remedies(models: Sequence[ModelSpec], config: PipelineConfig) -> dict[str, Any]:
    """By name, the handlers of models with a remedy at inference."""
    if not any(model.HasField("at_inference") for model in models):
        return {}
    from fairflip.pipeline.averaging.handler import handlers_of

    return handlers_of(models, input_features(config.data), config.data)


def finish(
    paired: PairedData,
    rejects: Sequence[beam.PCollection],
    config: PipelineConfig,
    reports: tuple[beam.PCollection, ...] = (),
    counts: Sequence[beam.PCollection] = (),
    accounts: Sequence[beam.PCollection] = (),
) -> None:
    """Writes rejects, and the one report that the launcher reads.

    Args:
        paired: What was paired.
        rejects: All that was left out.
        config: Names the folder, and what it must not show.
        reports: Reports on what was counted, to be merged with that on the pairing.
        counts: What went into scoring and came out of it.
        accounts: Where the scores lay.
    """
    output_dir = config.output.output_dir
    num_shards = num_reject_shards(config)
    rejected = tuple(rejects) | "SortRejects" >> RejectsInBlocks(
        config.output.no_text, num_shards, paired.shard_folder
    )
    rejected | "WriteRejects" >> WriteRejects(output_dir, num_shards)
    with_texts = not (config.output.no_text or config.output.no_examples)
    if CONTROL_COVERAGE in paired.audits:
        paired.audits[CONTROL_COVERAGE] | "WriteControlCoverage" >> WriteControlCoverage(
            output_dir, with_texts
        )
    if "coverage" in paired.audits:
        paired.audits["coverage"] | "WriteCoverage" >> WriteCoverage(output_dir, with_texts)
    pairing_report = {
        "rejects": rejected,
        "counts": (*paired.counts, *counts),
        "accounts": tuple(accounts),
        **paired.audits,
    } | "SummarizePairing" >> SummarizePairing()
    (pairing_report, *paired.reports, *reports) | "WriteSummary" >> WriteSummary(output_dir)


def _num_by_edit(batch: pa.RecordBatch, name: str) -> list[Counted]:
    """How many pairs came in, and how many controls where there are any."""
    num_pairs, num_controls = by_edit(batch)
    counts: list[Counted] = [((SCORE, name, NUM_IN), num_pairs)]
    if num_controls:
        counts.append(((SCORE, CONTROLS_OF[name], NUM_IN), num_controls))
    return counts


def _num_rows(batch: pa.RecordBatch, key: tuple[str, str, str]) -> Counted:
    return key, batch.num_rows


def num_reject_shards(config: PipelineConfig) -> int:
    """Files of rejects per stage: one up to 1 GiB of input, then one for each GiB or so."""
    data = config.data
    num_bytes = num_bytes_of([*data.examples, *data.counterfactuals, *data.pairs])
    return num_shards_for(num_bytes) // MIN_SHARDS


def _no_batches(paired: PairedData) -> beam.PCollection:
    return paired.pairs.pipeline | "NoUnmatchedOriginals" >> beam.Create([]).with_output_types(
        pa.RecordBatch
    )


def write_pairs(paired: PairedData, config: PipelineConfig) -> None:
    """Writes pairs, rejects and the audit, without scoring anything."""
    shown = _shown(paired.pairs, config, "HideWords")
    shown | "WritePairs" >> _write(config, PAIRS)
    finish(paired, paired.rejects, config)


def _shown(pairs: beam.PCollection, config: PipelineConfig, label: str) -> beam.PCollection:
    """Pairs as they are written: a control's words are the text's own, and hidden with it."""
    if not (config.output.no_text and config.generator.controls):
        return pairs
    from fairflip.pipeline.generate.control_transforms import with_hidden_words

    secret = secrets.randbits(64)
    return pairs | label >> beam.Map(with_hidden_words, secret).with_output_types(pa.RecordBatch)


def _write(config: PipelineConfig, name: str, without: Sequence[str] = ()) -> WriteParquet:
    """Writes one of the run's folders.

    Where the run is to leave text out, that is all that a model reads, on both sides.
    Numbers among it are written, and so are slicing features and the ID, without which
    results could not be sliced again.
    """
    output_dir, data = config.output.output_dir, config.data
    prefix = filesystem.join(output_dir, name, name.rsplit("/", 1)[-1].replace("_", "-"))
    of_run = (output_dir, name)
    if not config.output.no_text:
        return WriteParquet(prefix, without, of_run=of_run)
    shown = {data.id_feature, *(n for entry in config.evaluation.slices for n in entry.split(","))}
    shown.add(config.evaluation.cluster_feature)
    inputs = [feature for feature in data.input_features if feature not in shown]
    if data.without_text:  # numbers of a table tell who it is as well as words do
        hidden = (*without, *inputs, *map(columns.counterfactual, inputs))
        return WriteParquet(prefix, hidden, of_run=of_run)
    return WriteParquet(
        prefix,
        (*without, data.text_feature, columns.counterfactual(data.text_feature)),
        drop_texts=(*inputs, *map(columns.counterfactual, inputs)),
        of_run=of_run,
    )
