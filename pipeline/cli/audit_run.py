"""The words of `fairflip audit`."""

from __future__ import annotations

import argparse

from fairflip.pipeline.config.output_folder import add_output_dir

DEFAULT_OUTPUT_DIR = "fairflip_audit"


def parser(purpose: str) -> argparse.ArgumentParser:
    """The command's parser."""
    made = argparse.ArgumentParser(prog="fairflip audit", description=purpose, allow_abbrev=False)
    made.add_argument("run", metavar="RUN", help="the output directory of a finished run")
    made.add_argument(
        "--scenarios",
        default="",
        metavar="FILE",
        help="bias scenarios to hold the run to (textproto, JSON or YAML)",
    )
    made.add_argument(
        "--runs", default="", metavar="DIR", help="a folder of runs, for the log of findings"
    )
    made.add_argument(
        "--allowed_signers",
        default="",
        metavar="FILE",
        help="check the signature over the manifest against these keys (OpenSSH's format)",
    )
    made.add_argument(
        "--signature",
        default="",
        metavar="FILE",
        help="the signature (default: manifest.json.sig beside the manifest)",
    )
    made.add_argument(
        "--selected",
        default="positive",
        choices=["positive", "negative"],
        help="the decision that impact ratios take for being selected (default: positive)",
    )
    add_output_dir(made, DEFAULT_OUTPUT_DIR)
    return made


def execute(flags: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from fairflip.pipeline.audit.command import AuditSettings, audit

    return audit(AuditSettings(**vars(flags)))[1]
