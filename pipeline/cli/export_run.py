"""`fairflip export`: a run's numbers for other tools."""

from __future__ import annotations

import argparse

from fairflip.protos.errors import ConfigurationError

DEFAULT_OUTPUT_DIR = "fairflip_export"
_FORMS = ("csv", "parquet", "bigquery", "prometheus", "mlflow")


def parser(purpose: str) -> argparse.ArgumentParser:
    """The command's parser."""
    made = argparse.ArgumentParser(prog="fairflip export", description=purpose, allow_abbrev=False)
    made.add_argument("run", metavar="RUN", help="the output directory of a finished run")
    made.add_argument("--to", required=True, choices=_FORMS, help="for what")
    made.add_argument(
        "--limits",
        default="",
        metavar="FILE",
        help="with prometheus: limits of the gate, whose checks are exported, too",
    )
    made.add_argument(
        "--tracking_uri",
        default="",
        metavar="URI",
        help="with mlflow: where it runs (default: as MLflow's own settings say)",
    )
    made.add_argument(
        "--experiment",
        default="",
        metavar="NAME",
        help="with mlflow: the experiment, made where it is not there (default: fairflip)",
    )
    made.add_argument(
        "--output_dir",
        default=DEFAULT_OUTPUT_DIR,
        metavar="DIR",
        help=f"where the files are written (default: {DEFAULT_OUTPUT_DIR})",
    )
    return made


def execute(flags: argparse.Namespace) -> int:
    """Runs the command; returns the exit code, which no verdict of the gate changes.

    Raises:
        ConfigurationError: The flags do not go together.
        InputError: The run is not complete, or was altered.
    """
    from fairflip.pipeline.compare.finished_runs import open_run
    from fairflip.pipeline.export import files, prometheus, tables
    from fairflip.pipeline.gate.limits import load_limits
    from fairflip.pipeline.gate.verdict import check_limits
    from fairflip.pipeline.storage import filesystem

    if flags.limits and flags.to != "prometheus":
        raise ConfigurationError("--limits: only --to prometheus exports checks; leave it out")
    if (flags.tracking_uri or flags.experiment) and flags.to != "mlflow":
        raise ConfigurationError("--tracking_uri, --experiment: only --to mlflow has them")
    run = open_run(flags.run)
    if flags.to == "mlflow":
        from fairflip.pipeline.export.mlflow_run import to_mlflow

        logged = to_mlflow(run.report, run.folder, run.name, flags.tracking_uri, flags.experiment)
        print(f"MLflow run {logged}")
        return 0
    if flags.to == "prometheus":
        checks = list(run.report.gate)
        if flags.limits:
            checks = check_limits(run.report, load_limits(flags.limits))
        path = filesystem.join(flags.output_dir, "fairflip.prom")
        filesystem.write_text(path, prometheus.to_prometheus(run.report, checks))
        paths = [path]
    else:
        made = tables.tables_of(run.report, run.name)
        paths = files.write_tables(made, flags.output_dir, flags.to)
    for path in paths:
        print(path)
    return 0
