"""`fairflip terms`: its flags, and what it prints."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from fairflip.protos.errors import ConfigurationError, printable

#: Flags of `generate` that `terms` takes too.
_FLAGS = (
    *("examples", "text_feature", "terms", "category", "filter", "format", "encoding"),
    *("delimiter", "no_text"),
)


def parser(
    description: str, add_flags: Callable[[argparse.ArgumentParser, Sequence[Any]], None]
) -> argparse.ArgumentParser:
    """The parser of the command.

    Args:
        description: What the command does.
        add_flags: Adds flags of the configuration to a parser.
    """
    from fairflip.pipeline.config.settings import flags_of

    made = argparse.ArgumentParser(
        prog="fairflip terms", description=description, allow_abbrev=False
    )
    made.set_defaults(given=[])
    made.add_argument(
        "action", choices=["expand"], help="expand: write the list with candidates behind it"
    )
    add_flags(made, [flag for flag in flags_of("generate") if flag.name in _FLAGS])
    made.add_argument(
        "--output", metavar="FILE", required=True, help="the CSV to write, for a person to check"
    )
    made.add_argument(
        "--vectors",
        metavar="SOURCE",
        default="",
        help="word vectors from a file of lines 'word number number ...', or the token embeddings "
        "of hf:FOLDER (default: made from the texts)",
    )
    for name, default, text in (
        ("max_terms", 100, "candidates at most"),
        ("min_texts", 5, "texts that a candidate stands in at least"),
    ):
        made.add_argument(
            f"--{name}",
            metavar="N",
            type=int,
            default=default,
            help=f"{text} (default: {default})",
        )
    return made


def run(flags: argparse.Namespace) -> None:
    """Expands a list and says what was written, on standard error what the list lacks.

    Raises:
        ConfigurationError: A flag is wrong.
        InputError: The texts cannot be read, or hold no term of the list.
    """
    from fairflip.pipeline.config.settings import configure

    for name in ("max_terms", "min_texts"):
        if getattr(flags, name) < 1:
            raise ConfigurationError(
                f"--{name} is {getattr(flags, name)}; give a whole number, 1 or more"
            )
    beside = os.path.dirname(flags.output) or os.curdir
    config = configure("generate", None, [*flags.given, ("output_dir", beside)])
    from fairflip.pipeline.cli.expand_terms import expand_files
    from fairflip.protos.forms.messages import count_of

    expansion = expand_files(
        config,
        flags.output,
        max_candidates=flags.max_terms,
        min_texts=flags.min_texts,
        vectors=flags.vectors,
    )
    for warning in expansion.warnings:
        print(printable(warning), file=sys.stderr)
    print(
        f"{count_of(len(expansion.candidates), 'candidate')} behind "
        f"{count_of(len(expansion.terms), 'term')} of {expansion.terms.name}: {flags.output}"
    )
    print(
        "Strike out each row that names no identity and correct group and category, which are "
        f"guesses; then give --terms {flags.output}"
    )
