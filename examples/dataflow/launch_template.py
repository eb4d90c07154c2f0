"""What a Flex Template's launcher runs: its parameters become flags of `fairflip evaluate`.

    python launch_template.py --examples=gs://... --slice='gender;race' --project=...

A template's parameter has one value, so those of a repeatable flag are separated by
";". All other parameters, Beam's own among them, are passed on as they are. The
launcher only submits the job; once it has ended, `fairflip report
--run=gs://...` completes the run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fairflip.pipeline.cli import main
from fairflip.pipeline.config.settings import flags_of

SEPARATOR = ";"


def command_line(parameters: Sequence[str]) -> list[str]:
    """The arguments of the command line.

    Args:
        parameters: "--name=value" each. Empty values are parameters not given.

    Returns:
        "evaluate" and its flags; switches without a value where they are "true".
    """
    flags = {flag.name: flag for flag in flags_of("evaluate")}
    arguments = ["evaluate"]
    for parameter in parameters:
        name, _, value = parameter.removeprefix("--").partition("=")
        flag = flags.get(name)
        if not value:
            continue
        if flag is None:
            arguments.append(parameter)
        elif flag.is_switch:
            arguments += [f"--{name}"] if value.lower() == "true" else []
        else:
            values = value.split(SEPARATOR) if flag.is_repeatable else [value]
            arguments += [f"--{name}={each.strip()}" for each in values if each.strip()]
    return arguments


if __name__ == "__main__":
    sys.exit(main(command_line(sys.argv[1:])))
