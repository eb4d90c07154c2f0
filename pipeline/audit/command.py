"""`fairflip audit`: a run before people who did not see it, in one folder of files."""

from __future__ import annotations

import dataclasses
import sys
from typing import TextIO

from fairflip._version import __version__
from fairflip.pipeline.audit.impact import POSITIVE, impact_rows, originals_of
from fairflip.pipeline.audit.not_measured import not_measured
from fairflip.pipeline.audit.scenarios import judged, load_scenarios, unsaid
from fairflip.pipeline.audit.signature import check_signature
from fairflip.pipeline.compare.finished_runs import FinishedRun, open_run
from fairflip.pipeline.compare.trend import runs_below
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import verify_manifest
from fairflip.pipeline.storage.run_folder import SCORED_EXAMPLES
from fairflip.protos import columns
from fairflip.protos.audit_pb2 import AuditReport, LogEntry, Scenarios
from fairflip.protos.comparison_pb2 import ComparedRun
from fairflip.protos.errors import printable
from fairflip.protos.forms.json_form import comparison_to_json
from fairflip.view.runs import audit as audit_page
from fairflip.view.runs import pages

PAGE, MARKDOWN, JSON = "audit.html", "audit.md", "audit_report.json"


@dataclasses.dataclass(frozen=True)
class AuditSettings:
    """What an audit is to do.

    Attributes:
        run: The run's folder.
        scenarios: A file of scenarios; "" without.
        runs: A folder of runs for the log; "" without.
        allowed_signers: OpenSSH's file of who may sign; "" checks no signature.
        signature: The signature's file; "": beside the manifest.
        selected: The decision that counts as being selected.
        output_dir: Where files go.
    """

    run: str
    scenarios: str = ""
    runs: str = ""
    allowed_signers: str = ""
    signature: str = ""
    selected: str = POSITIVE
    output_dir: str = "fairflip_audit"


def audit(settings: AuditSettings, stream: TextIO | None = None) -> tuple[AuditReport, int]:
    """Audits a run, writes and prints.

    Args:
        settings: What to do.
        stream: Where lines go; standard output unless given.

    Returns:
        The report, and the exit code: 1 where the run was altered, a signature is wrong, or a
        scenario does not hold.

    Raises:
        ConfigurationError: A file is missing or wrong.
        InputError: The run is none of `evaluate` or `run`.
    """
    stream = stream or sys.stdout
    scenarios = load_scenarios(settings.scenarios) if settings.scenarios else Scenarios()
    report = AuditReport(
        integrity_problems=verify_manifest(settings.run),
        signature=check_signature(settings.run, settings.allowed_signers, settings.signature),
        selected_decision=settings.selected,
        versions={"fairflip": __version__},
    )
    if report.integrity_problems:
        # Numbers of a run that was altered prove nothing, and none is shown.
        report.run.CopyFrom(ComparedRun(name=settings.run, folder=settings.run))
    else:
        _add_evidence(report, open_run(settings.run), scenarios, settings)
    page = audit_page.page(report, unsaid)
    for name, text in (
        (JSON, comparison_to_json(report)),
        (PAGE, pages.to_html(page)),
        (MARKDOWN, pages.to_markdown(page)),
    ):
        filesystem.write_text(filesystem.join(settings.output_dir, name), text)
    print(page.title, file=stream)
    for section in page.sections[:-1]:
        print(f"\n{section.title}", file=stream)
        for table in section.tables:
            for line in pages.to_text(table):
                print(f"  {line}", file=stream)
        for item in section.items:
            print(f"  {printable(item)}", file=stream)
    print(f"\npage: {filesystem.join(settings.output_dir, PAGE)}", file=stream)
    return report, 0 if audit_page.is_in_order(report) else 1


def _add_evidence(
    report: AuditReport, run: FinishedRun, scenarios: Scenarios, settings: AuditSettings
) -> None:
    report.run.CopyFrom(run.described())
    report.scenarios.extend(judged(one, run.report) for one in scenarios.scenarios)
    report.not_measured.extend(not_measured(run.report, run.config))
    tables = [run.scored_pairs()]
    if examples := run.table_of(SCORED_EXAMPLES):
        tables.append(examples)
    originals = originals_of(tables, run.config.data.id_feature)
    there = set(originals.column_names)
    slices = [
        entry
        for entry in run.config.evaluation.slices
        if {columns.slicing(feature) for feature in entry.split(",")} <= there
    ]
    for model in run.report.models:
        if columns.score(model.name) in there and model.slices[0].thresholds:
            threshold = model.slices[0].thresholds[0].threshold
            report.impact.extend(
                impact_rows(originals, model.name, slices, threshold, settings.selected)
            )
    if settings.runs:
        runs, _ = runs_below(settings.runs)
        for one in runs:
            report.log.append(
                LogEntry(
                    run=one.described(),
                    light=one.report.verdict.light,
                    finding=one.report.verdict.sentence,
                    responses=[r for r in scenarios.responses if r.run == one.name],
                )
            )
