"""The files made from a finished `RunReport`: JSON, HTML, Markdown, figures, audit."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairflip.pipeline.gate.report import enter_gate
from fairflip.pipeline.records.reject_files import REJECTS_DIR
from fairflip.pipeline.score.libraries import extras
from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.pipeline.storage.manifest import shard_names, shard_paths, update_manifest
from fairflip.pipeline.storage.run_folder import PAIRS, SCORED_EXAMPLES, SCORED_PAIRS, TFMA_DIR
from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms.json_form import config_from_json, report_from_json, report_json_pieces
from fairflip.protos.forms.messages import is_repeated
from fairflip.protos.forms.model_specs import ARGMAX
from fairflip.protos.report_pb2 import ModelReport, RunReport
from fairflip.view.words.findings import enter_verdict

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

    from fairflip.pipeline.evaluate.recounting import ScoredPairs

REPORT_JSON = "run_report.json"
#: The run's own configuration, for `--config` of the next one.
CONFIG = f"{run_folder.DETAILS}/config.json"
#: Shards of scored pairs fetched from a remote filesystem for the report's examples.
MAX_REMOTE_SHARDS = 4


def read_report(output_dir: str) -> RunReport:
    """The report of a finished run.

    Raises:
        InputError: There is none in that folder, or it cannot be read.
    """
    path = filesystem.join(output_dir, REPORT_JSON)
    if not filesystem.exists(path):
        raise InputError(
            f"{output_dir!r} holds no {REPORT_JSON}; give the folder of a finished run"
        )
    return report_from_json(filesystem.read_bytes(path).decode("utf-8"))


def write_all(config: PipelineConfig, report: RunReport) -> list[str]:
    """Writes audit.json, the views and the report; enters the verdict and the gate's results in it.

    Returns:
        What a manifest may vouch for, relative to the run's folder.
    """
    output_dir = config.output.output_dir
    scored = _all_scored_pairs(report, output_dir)
    if scored is not None:
        from fairflip.pipeline.evaluate import recounting

        recounting.enter_terms(scored, report)
        recounting.enter_undoubted(scored, report)
    enter_verdict(report)
    enter_gate(config, report)
    pairing = {
        field.name: getattr(report.pairing, field.name)
        for field in report.pairing.DESCRIPTOR.fields
        if not is_repeated(field)
    }
    pairing["doubts"] = {one.doubt: one.num_pairs for one in report.pairing.doubts}
    filesystem.write_json(filesystem.join(output_dir, PAIRS, "audit.json"), pairing)
    vouched = [REPORT_JSON]
    if report.provenance.config:
        filesystem.write_text(filesystem.join(output_dir, CONFIG), report.provenance.config + "\n")
        vouched.append(CONFIG)
    curve = _curve(scored, report)
    del scored  # the page takes memory of its own
    vouched += _write_views(config, report, curve)
    with filesystem.create_atomically(filesystem.join(output_dir, REPORT_JSON)) as file:
        file.writelines(piece.encode("utf-8") for piece in report_json_pieces(report))
    for folder in (PAIRS, SCORED_PAIRS, SCORED_EXAMPLES):
        vouched += shard_names(output_dir, folder)
        vouched += run_folder.names_of(output_dir, folder, "*.json")
    vouched += run_folder.coverage_files(output_dir)
    for folder in (REJECTS_DIR, TFMA_DIR):
        vouched += run_folder.names_below(output_dir, folder)
    return vouched


def _write_views(
    config: PipelineConfig, report: RunReport, curve: Sequence[ModelReport]
) -> list[str]:
    """Writes report.html, and report.md, model_card.md and the figures below details/.

    Returns:
        What was written, relative to the run's folder.
    """
    from fairflip.view.page.html_report import render_files, render_generated

    output_dir = config.output.output_dir
    hidden = config.output.no_examples or config.output.no_text
    if not report.models and not report.HasField("sweep"):
        page = render_generated(report, [] if hidden else pairs_to_read(output_dir), output_dir)
        filesystem.write_text(filesystem.join(output_dir, "report.html"), page)
        return ["report.html"]
    with tempfile.TemporaryDirectory() as scratch:
        files = render_files(
            report,
            scored_pairs=_local_scored_pairs(output_dir, scratch),
            no_examples=hidden,
            **_most_pairs(config),
            text_feature=config.data.text_feature,
            id_feature=config.data.id_feature,
            rejects_dir=_local_rejects(output_dir, scratch),
            config_file=_own_configuration(output_dir),
            curve=curve,
        )
    for name, content in files.items():
        with filesystem.create_atomically(filesystem.join(output_dir, *name.split("/"))) as file:
            file.write(content)
    return list(files)


def _most_pairs(config: PipelineConfig) -> dict[str, int]:
    """How many pairs a page holds, where the run says it."""
    is_said = config.output.HasField("page_pairs")
    return {"max_examples": config.output.page_pairs} if is_said else {}


def pairs_to_read(output_dir: str) -> list[tuple[str, list[str], tuple[tuple[str, str], ...]]]:
    """Twenty pairs that generating drew: (ID, terms, both texts with the changes marked).

    None where it left no texts.
    """
    from fairflip.view.pairs.marked_texts import mark_changes

    path = filesystem.join(output_dir, run_folder.COVERAGE_FILE)
    if not filesystem.exists(path):
        return []
    return [
        (one["id"], one["terms"], mark_changes(one["original"], one["counterfactual"]))
        for one in json.loads(filesystem.read_bytes(path)).get("examples", ())
    ]


def rewrite_views(config: PipelineConfig, report: RunReport) -> None:
    """Writes the views of a finished run anew, and enters them in its manifest.

    Names of columns are those of the run, and what the run hid stays hidden.
    """
    views = PipelineConfig()
    views.CopyFrom(config)
    if report.provenance.config:
        ran = config_from_json(report.provenance.config)
        views.data.CopyFrom(ran.data)
        views.output.no_text = config.output.no_text or ran.output.no_text
        views.output.no_examples = config.output.no_examples or ran.output.no_examples
        if not config.output.HasField("page_pairs") and ran.output.HasField("page_pairs"):
            views.output.page_pairs = ran.output.page_pairs
    output_dir = config.output.output_dir
    curve = _curve(_all_scored_pairs(report, output_dir), report)
    update_manifest(output_dir, _write_views(views, report, curve))


def add_tfma_result(output_dir: str, report: RunReport, options: PipelineOptions) -> None:
    """Writes OUT/tfma of a finished run that has none, and enters it in the manifest.

    Args:
        output_dir: The run's folder.
        report: Its report.
        options: Beam's.

    Raises:
        InputError: The run left no scored pairs, or its report does not say how it was made.
        ConfigurationError: TFMA is not installed here.
    """
    extras.require_tensorflow("output.tfma_result")
    from fairflip.pipeline.evaluate.jobs import add_tfma_result as write_tfma_result

    if not report.provenance.config:
        raise InputError(
            f"{output_dir!r}: the report does not hold the run's configuration; run again"
        )
    config = config_from_json(report.provenance.config)
    config.output.output_dir, config.output.tfma_result = output_dir, "true"
    del config.models[:]
    config.models.extend(_scored_models(report))
    write_tfma_result(config, options)
    update_manifest(output_dir, run_folder.names_below(output_dir, TFMA_DIR))


def _scored_models(report: RunReport) -> list[ModelSpec]:
    """The models of a report, with the columns of scored pairs that hold their scores."""
    models: dict[str, ModelSpec] = {}
    for entry in report.models:
        if entry.decision == ARGMAX:
            models[entry.name] = ModelSpec(
                name=entry.name,
                decision=ARGMAX,
                output_names=entry.classes,
                score_feature=columns.classes(entry.name),
            )
            continue
        spec = models.setdefault(entry.model or entry.name, ModelSpec())
        spec.name = entry.model or entry.name
        if spec.name == entry.name:
            spec.output_name, spec.score_feature = entry.output, columns.score(entry.name)
        else:
            spec.output_names.append(entry.output)
            spec.score_features.append(columns.score(entry.name))
    return list(models.values())


def own_files(output_dir: str, folder: str) -> list[str]:
    """The Parquet files that the run wrote into a folder; those of others are left out."""
    return shard_paths(output_dir, folder)


def _local_scored_pairs(output_dir: str, scratch: str) -> list[str] | None:
    """Local files of scored pairs to draw examples from; None where there are none."""
    files = own_files(output_dir, SCORED_PAIRS)
    if filesystem.is_local(output_dir):
        return files or None
    return [filesystem.copy_to_local(path, scratch) for path in files[:MAX_REMOTE_SHARDS]] or None


def _all_scored_pairs(report: RunReport, output_dir: str) -> ScoredPairs | None:
    """All scored pairs of the run; None where they are far or it is not known what they are."""
    files = own_files(output_dir, SCORED_PAIRS) if filesystem.is_local(output_dir) else []
    if not files or not report.models or not report.provenance.config:
        return None
    config = config_from_json(report.provenance.config)
    # A report that was put together by hand does not say what was counted.
    if not (config.models and config.evaluation.thresholds):
        return None
    from fairflip.pipeline.evaluate.recounting import ScoredPairs

    return ScoredPairs(files, config)


def _curve(scored: ScoredPairs | None, report: RunReport) -> Sequence[ModelReport]:
    if scored is None:
        return ()
    from fairflip.pipeline.evaluate.recounting import threshold_curve

    return threshold_curve(scored, report)


def _own_configuration(output_dir: str) -> str:
    """The run's configuration as a file for `--config`; "" where it kept none."""
    path = filesystem.join(output_dir, CONFIG)
    return path if filesystem.exists(path) else ""


def _local_rejects(output_dir: str, scratch: str) -> str | None:
    """A local folder of the rejects; None where there are none."""
    folder = filesystem.join(output_dir, REJECTS_DIR)
    if filesystem.is_local(output_dir):
        return folder
    reject_files = run_folder.files_of(folder, "*.jsonl")
    if not reject_files:
        return None
    local = os.path.join(scratch, REJECTS_DIR)
    for entry in reject_files:
        filesystem.copy_to_local(entry.path, local)
    return local
