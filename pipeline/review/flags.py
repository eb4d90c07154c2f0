"""The flags of `fairflip review`: nothing heavy is imported for its help."""

from __future__ import annotations

import argparse

#: Pairs of a sample where nobody says otherwise.
DEFAULT_SIZE = 200


def parser(description: str) -> argparse.ArgumentParser:
    """The flags of the command."""
    made = argparse.ArgumentParser(
        prog="fairflip review", description=description, allow_abbrev=False
    )
    made.add_argument("run", metavar="RUN", help="the output directory of a finished run")
    made.add_argument(
        "--reviews",
        action="append",
        default=[],
        metavar="FILE",
        help="answers of one reviewer, a CSV; repeatable. Without it, the sample is drawn",
    )
    made.add_argument("--model", default="", metavar="NAME", help="default: the last of the run")
    made.add_argument(
        "--threshold", type=float, metavar="T", help="one of the run's; default: its first"
    )
    made.add_argument(
        "--size",
        type=int,
        default=DEFAULT_SIZE,
        metavar="N",
        help=f"most pairs of the sample (default: {DEFAULT_SIZE})",
    )
    made.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, other pairs")
    return made
