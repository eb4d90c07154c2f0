"""The words of `fairflip compare`."""

from __future__ import annotations

import argparse

from fairflip.pipeline.config.output_folder import add_output_dir
from fairflip.protos.errors import ConfigurationError

DEFAULT_OUTPUT_DIR = "fairflip_compare"


def parser(purpose: str) -> argparse.ArgumentParser:
    """The command's parser."""
    made = argparse.ArgumentParser(prog="fairflip compare", description=purpose, allow_abbrev=False)
    made.add_argument(
        "runs", nargs="*", metavar="RUN", help="folders of finished runs, the reference first"
    )
    made.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME[=REFERENCE_NAME]",
        help="a model, and what it is called in the reference; repeatable; default: models of "
        "one name, or the only ones",
    )
    made.add_argument(
        "--threshold",
        action="append",
        default=[],
        type=float,
        metavar="T",
        help="where scores become positive; repeatable; default: as in the reference",
    )
    made.add_argument(
        "--limits",
        default="",
        metavar="FILE",
        help="limits on the differences, with not_worse_by (textproto, JSON or YAML)",
    )
    made.add_argument(
        "--trend", default="", metavar="DIR", help="line up all runs of a folder instead"
    )
    add_output_dir(made, DEFAULT_OUTPUT_DIR)
    return made


def execute(flags: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        ConfigurationError: The flags do not go together.
    """
    from fairflip.pipeline.compare.command import CompareSettings, compare, trend

    if flags.trend:
        if flags.runs or flags.limits or flags.model or flags.threshold:
            raise ConfigurationError(
                "--trend shows what runs say already; leave RUN, --limits, --model and "
                "--threshold out"
            )
        return trend(flags.trend, flags.output_dir)
    settings = CompareSettings(
        flags.runs, flags.model, flags.threshold, flags.limits, flags.output_dir
    )
    return compare(settings)[2]
