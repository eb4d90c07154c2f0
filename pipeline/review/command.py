"""`fairflip review`: a sample of a run's pairs for people, and their answers back into its report.

Without answers it writes the sample into OUT/details/review: review.html, a page to answer on,
and review.csv, the same for a spreadsheet. With answers it corrects the rates by them, and
writes the report and its views anew. It scores nothing and imports no TensorFlow.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from fairflip.pipeline.review import sample
from fairflip.pipeline.review.judged import review_of
from fairflip.pipeline.review.sheet import as_csv, read_answers
from fairflip.pipeline.run import report_files
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import update_manifest, verify_manifest
from fairflip.pipeline.storage.run_folder import SCORED_PAIRS
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.json_form import config_from_json, report_to_json
from fairflip.protos.report_pb2 import Review, RunReport, ThresholdReport
from fairflip.view.page.review_page import render_review
from fairflip.view.tables.review_table import describe_review
from fairflip.view.words.report_index import OVERALL, ReportIndex

FOLDER = ("details", "review")


def review(flags: argparse.Namespace) -> list[str]:
    """Draws the sample of a run, or enters answers in its report.

    Args:
        flags: As the parser gives them.

    Returns:
        Lines that say what came of it.

    Raises:
        InputError: The run is not finished, was altered or holds no texts, or answers cannot be
            read.
        ConfigurationError: A flag names what the run does not have.
    """
    if flags.size < 1:
        raise ConfigurationError(f"--size {flags.size}: give a number of pairs, 1 or more")
    if problems := verify_manifest(flags.run):
        raise InputError("; ".join(problems))
    report = report_files.read_report(flags.run)
    config = config_from_json(report.provenance.config or "{}")
    design, at = _design(report, config, flags)
    files = report_files.own_files(flags.run, SCORED_PAIRS)
    if not files:
        raise InputError(f"{flags.run!r} holds no scored pairs; review the folder of an evaluation")
    strata = sample.draw(files, design)
    keys = [pair.key for pair in sample.in_blind_order(strata)]
    answers = [read_answers(path, keys) for path in flags.reviews]
    names = [one.reviewer for one in answers]
    if shared := [name for name in names if names.count(name) > 1]:
        raise InputError(
            f"--reviews: two files are of {shared[0]!r}; name the reviewers by the files' names or "
            "a column `reviewer`"
        )
    level = report.provenance.confidence_level or 0.95
    result = review_of(at, strata, answers, design, level)
    if answers:
        report.review.CopyFrom(result)
        _write_report(flags.run, config, report)
        return [*describe_review(result), f"report: {filesystem.join(flags.run, 'report.html')}"]
    return _write_sheets(flags.run, strata, result)


def _design(
    report: RunReport, config: PipelineConfig, flags: argparse.Namespace
) -> tuple[sample.Design, ThresholdReport]:
    index = ReportIndex(report)
    if not index.models or index.first_threshold is None:
        raise InputError(f"{flags.run!r} holds no evaluated model; review a run of `evaluate`")
    model = flags.model or index.models[-1]
    if model not in index.models:
        raise ConfigurationError(
            f"--model {model!r}: the run has no such model; it has {', '.join(index.models)}"
        )
    threshold = index.first_threshold if flags.threshold is None else flags.threshold
    at = index.at(model, OVERALL, threshold)
    if at is None:
        counted = ", ".join(f"{value:g}" for value in index.thresholds)
        raise ConfigurationError(
            f"--threshold {threshold:g}: the run counted at {counted}; give one of these"
        )
    design = sample.Design(
        model=model,
        threshold=threshold,
        size=flags.size,
        seed=flags.seed,
        id_feature=config.data.id_feature,
        text_feature=config.data.text_feature,
        weight_feature=config.data.weight_feature,
    )
    return design, at


def _write_sheets(run: str, strata: Sequence[sample.Stratum], result: Review) -> list[str]:
    pairs = sample.in_blind_order(strata)
    page = filesystem.join(run, *FOLDER, "review.html")
    sheet = filesystem.join(run, *FOLDER, "review.csv")
    texts = [(pair.key, pair.original, pair.counterfactual) for pair in pairs]
    filesystem.write_text(page, render_review(texts, result))
    filesystem.write_text(sheet, as_csv(pairs))
    return [
        f"{len(pairs)} pairs to judge, of {sum(stratum.num_pairs for stratum in strata):,}",
        f"page: {page}",
        f"sheet: {sheet}",
        f"then: fairflip review {run} --reviews ANSWERS.csv [--reviews OTHER.csv]",
    ]


def _write_report(run: str, config: PipelineConfig, report: RunReport) -> None:
    config.output.output_dir = run
    filesystem.write_text(filesystem.join(run, report_files.REPORT_JSON), report_to_json(report))
    update_manifest(run, [report_files.REPORT_JSON])
    report_files.rewrite_views(config, report)
