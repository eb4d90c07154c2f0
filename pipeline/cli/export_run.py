"""`fairflip export`: a run's numbers for other tools."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from fairflip.pipeline.config.output_folder import add_output_dir
from fairflip.protos.errors import ConfigurationError

if TYPE_CHECKING:
    from fairflip.pipeline.compare.finished_runs import FinishedRun
    from fairflip.protos.report_pb2 import GateResult

DEFAULT_OUTPUT_DIR = "fairflip_export"
#: Flag -> (the forms that take it, what stands for its value, what it means).
_FLAGS = {
    "limits": (
        ("prometheus", "opentelemetry"),
        "FILE",
        "limits of the gate, whose checks are exported, too",
    ),
    "dataset": (
        ("bigquery",),
        "PROJECT.DATASET",
        "load the tables there, besides writing them",
    ),
    "endpoint": (
        ("opentelemetry",),
        "URL",
        "where metrics go, .../v1/metrics (default: as OTEL_EXPORTER_OTLP_ENDPOINT says)",
    ),
    "tracking_uri": (
        ("mlflow",),
        "URI",
        "where it runs (default: as MLflow's own settings say)",
    ),
    "experiment": (
        ("mlflow",),
        "NAME",
        "the experiment, made where it is not there (default: fairflip)",
    ),
    "project": (
        ("wandb",),
        "NAME",
        "the project (default: as WANDB_PROJECT says, or fairflip)",
    ),
}


def parser(purpose: str) -> argparse.ArgumentParser:
    """The command's parser."""
    made = argparse.ArgumentParser(prog="fairflip export", description=purpose, allow_abbrev=False)
    made.add_argument("run", metavar="RUN", help="the output directory of a finished run")
    made.add_argument("--to", required=True, choices=sorted(_WRITERS), help="for what")
    for name, (forms, metavar, meaning) in _FLAGS.items():
        text = f"with {' and '.join(forms)}: {meaning}"
        made.add_argument(f"--{name}", default="", metavar=metavar, help=text)
    add_output_dir(made, DEFAULT_OUTPUT_DIR, "where files are written")
    return made


def execute(flags: argparse.Namespace) -> int:
    """Runs the command; returns the exit code, which no verdict of the gate changes.

    Raises:
        ConfigurationError: The flags do not go together, or a client refuses the run.
        InputError: The run is not complete, or was altered.
    """
    from fairflip.pipeline.compare.finished_runs import open_run

    problems = [
        f"--{name}: only --to {' and '.join(forms)} takes it; leave it out"
        for name, (forms, _, _) in _FLAGS.items()
        if getattr(flags, name) and flags.to not in forms
    ]
    if problems:
        raise ConfigurationError(problems)
    for line in _WRITERS[flags.to](open_run(flags.run), flags):
        print(line)
    return 0


def _files(run: FinishedRun, flags: argparse.Namespace) -> list[str]:
    from fairflip.pipeline.export import files, tables

    made = tables.tables_of(run.report, run.name)
    lines = files.write_tables(made, flags.output_dir, flags.to)
    if flags.dataset:
        from fairflip.pipeline.export.bigquery_load import load_tables

        taken = load_tables(made, flags.dataset)
        lines += [f"{table}: {rows:,} rows loaded" for table, rows in taken.items()]
    return lines


def _prometheus(run: FinishedRun, flags: argparse.Namespace) -> list[str]:
    from fairflip.pipeline.export.prometheus import to_prometheus
    from fairflip.pipeline.storage import filesystem

    path = filesystem.join(flags.output_dir, "fairflip.prom")
    filesystem.write_text(path, to_prometheus(run.report, _checks(run, flags.limits)))
    return [path]


def _opentelemetry(run: FinishedRun, flags: argparse.Namespace) -> list[str]:
    from fairflip.pipeline.export.opentelemetry_metrics import to_opentelemetry

    checks = _checks(run, flags.limits)
    num_points = to_opentelemetry(run.report, run.name, flags.endpoint, checks)
    return [f"{num_points:,} points sent"]


def _mlflow(run: FinishedRun, flags: argparse.Namespace) -> list[str]:
    from fairflip.pipeline.export.mlflow_run import to_mlflow

    logged = to_mlflow(run.report, run.folder, run.name, flags.tracking_uri, flags.experiment)
    return [f"MLflow run {logged}"]


def _wandb(run: FinishedRun, flags: argparse.Namespace) -> list[str]:
    from fairflip.pipeline.export.wandb_run import to_wandb

    return [to_wandb(run.report, run.folder, run.name, flags.project, flags.output_dir)]


def _checks(run: FinishedRun, limits: str) -> list[GateResult]:
    """What the gate says: by the limits given, or as the run was checked when it was made."""
    from fairflip.pipeline.gate.limits import load_limits
    from fairflip.pipeline.gate.verdict import check_limits

    return check_limits(run.report, load_limits(limits)) if limits else list(run.report.gate)


#: Form -> writes a run, and says in lines what came of it.
_WRITERS: dict[str, Callable[[FinishedRun, argparse.Namespace], list[str]]] = {
    "csv": _files,
    "parquet": _files,
    "bigquery": _files,
    "prometheus": _prometheus,
    "opentelemetry": _opentelemetry,
    "mlflow": _mlflow,
    "wandb": _wandb,
}
