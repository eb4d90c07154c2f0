"""The page on the command line: every command with its flags, from the parsers themselves."""

from __future__ import annotations

import argparse

from fairflip.pipeline.cli import command_line as cli
from fairflip.pipeline.config.settings import COMMANDS as CONFIGURED
from fairflip.pipeline.config.settings import FLAGS

_EXIT_CODES = {
    cli.EXIT_GOOD: "good",
    cli.EXIT_GATE_FAILED: "the gate failed",
    cli.EXIT_BAD_INPUT: "bad configuration or input: one sentence names the field and the cure",
    cli.EXIT_BROKE: "the run broke; `FAIRFLIP_TRACEBACK=1` shows where",
}


def _usage(action: argparse.Action) -> str:
    name = action.option_strings[-1] if action.option_strings else str(action.dest)
    values = action.metavar or "|".join(map(str, action.choices or ()))
    if not action.option_strings:
        return f"{name}: {values}" if values else name
    return name if action.nargs == 0 or not values else f"{name} {values}"


def _cell(text: str) -> str:
    return text.replace("%%", "%").replace("|", "\\|").replace("<", "&lt;")


def commands_page() -> str:
    """Commands, exit codes, and the flags of each command by what they are about."""
    sections = {flag.name: flag.field.path.partition(".")[0] for flag in FLAGS}
    lines = [
        "# Command line",
        "",
        "<!-- Made by tools/generate_reference.py from pipeline/cli; do not edit. -->",
        "",
        "| command | what it does |",
        "|---|---|",
        *(
            f"| [`fairflip {name}`](#{name}) | {purpose} |"
            for name, purpose in cli.COMMANDS.items()
        ),
        "",
        "| exit code | meaning |",
        "|---|---|",
        *(f"| {code} | {meaning} |" for code, meaning in _EXIT_CODES.items()),
        "",
        "Flags that a command does not know are Beam's: `--runner=DataflowRunner --project=…`.",
        "`--help` prints what stands here, and `fairflip --version` the version. Each flag of",
        "a configured command sets one field of the [configuration](config.md).",
    ]
    for command, purpose in cli.COMMANDS.items():
        lines += ["", f"## {command}", "", f"{purpose[0].upper()}{purpose[1:]}.", ""]
        actions = [a for a in cli.command_parser(command)._actions if a.dest != "help"]
        if not actions:
            lines.append("No flags.")
            continue
        about = command in CONFIGURED or command == "sweep"
        head = " about |" if about else ""
        lines += [f"| flag | meaning |{head}", "|---|---|" + ("---|" if about else "")]
        for action in actions:
            usage = _usage(action).replace("|", "\\|")
            cells = [f"`{usage}`", _cell(action.help or "")]
            if about:
                cells.append(sections.get(action.dest, ""))
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
