"""The flag ``--output_dir`` of commands that have no configuration, in one place."""

from __future__ import annotations

import argparse


def add_output_dir(
    parser: argparse.ArgumentParser, default: str, what: str = "where everything is written"
) -> None:
    """Adds the flag to a command's parser.

    Args:
        parser: Of the command.
        default: The folder where nobody names one.
        what: What goes there, for the help.
    """
    parser.add_argument(
        "--output_dir", default=default, metavar="DIR", help=f"{what} (default: {default})"
    )
