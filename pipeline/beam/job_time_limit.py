"""`--max_job_minutes`: ends a job that does not end.

Services start lost work again, for ever if it is lost every time; Beam's local job
service waits for a killed worker for ever. With the flag the job is cancelled and
the run fails. It is one of Beam's flags, since it says nothing of what is computed.
"""

from __future__ import annotations

import argparse
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions


class JobTimeLimit(PipelineOptions):
    """Registers the flag with Beam."""

    @classmethod
    def _add_argparse_args(cls, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--max_job_minutes",
            type=float,
            default=None,
            help="cancel a job that runs elsewhere and has not ended by then",
        )


def wait(result: Any, options: PipelineOptions) -> str:
    """Waits for a job's end.

    Args:
        result: What `Pipeline.run` returned. A runner in this process has ended by now.
        options: Beam's.

    Returns:
        The job's last state.

    Raises:
        RuntimeError: It did not end in time, and was cancelled.
    """
    minutes = options.view_as(JobTimeLimit).max_job_minutes
    if minutes is None:
        return result.wait_until_finish()
    result.wait_until_finish(duration=max(1, round(minutes * 60_000)))
    if result.state in {"DONE", "FAILED", "CANCELLED", "UPDATED", "DRAINED"}:
        return result.state
    result.cancel()
    raise RuntimeError(
        f"the job did not end within {minutes:g} minutes (--max_job_minutes) and was cancelled; "
        "look for lost workers, or give it more time"
    )
