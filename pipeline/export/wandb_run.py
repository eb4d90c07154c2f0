"""A finished run as a run of Weights & Biases, through its own client.

With WANDB_MODE=offline nothing leaves the machine: the client writes a folder that
``wandb sync`` sends later.
"""

from __future__ import annotations

import os

from fairflip.pipeline.export.run_numbers import local_artifacts, metrics_of, params_of
from fairflip.protos.errors import ConfigurationError, printable
from fairflip.protos.report_pb2 import RunReport

#: In place of the machine's name, which the client logs unless it is given one.
_NO_HOST = "not said"


def to_wandb(
    report: RunReport, output_dir: str, name: str, project: str = "", folder: str = "."
) -> str:
    """Logs a run; returns where it can be seen: its address, or its folder where it is offline.

    Its numbers are the summary, what it was is the configuration, and the page, the report and
    the model card are an artifact. Of the machine the client says Python's version and the
    platform; its name, packages, code and Git state are not logged.

    Args:
        report: Of the run.
        output_dir: Its folder.
        name: What to call it.
        project: Of W&B; "": as its own settings say (WANDB_PROJECT), else "fairflip".
        folder: Where the client keeps its files.

    Raises:
        ConfigurationError: W&B's client is not installed, or refuses the run.
    """
    try:
        import wandb
    except ImportError as error:
        raise ConfigurationError(
            "--to wandb needs its client: pip install 'fairflip[wandb]'"
        ) from error
    os.makedirs(folder, exist_ok=True)
    try:
        run = wandb.init(
            project=project or os.environ.get("WANDB_PROJECT") or "fairflip",
            name=name,
            dir=folder,
            job_type="fairflip",
            config=params_of(report),
            settings=wandb.Settings(
                silent=True,
                console="off",
                disable_git=True,
                save_code=False,
                x_disable_meta=True,
                x_disable_stats=True,
                x_save_requirements=False,
                host=_NO_HOST,
            ),
        )
        run.summary.update({**metrics_of(report), "verdict": report.verdict.light or "none"})
        artifact = wandb.Artifact(f"fairflip-{run.id}", "fairflip_run")
        with local_artifacts(output_dir) as paths:
            for path in paths:
                artifact.add_file(path)
            run.log_artifact(artifact)
            seen = run.settings.sync_dir if run.offline else run.url
            run.finish()
    except wandb.errors.Error as error:
        reason = printable(" ".join(str(error).split()))[:200]
        raise ConfigurationError(
            f"--to wandb: the client refused the run ({reason}); log in, or set WANDB_MODE=offline"
        ) from error
    return str(seen)
