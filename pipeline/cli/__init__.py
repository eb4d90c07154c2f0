"""Words in, exit code out: the command line.

A thin layer over `fairflip.pipeline.run` and `fairflip.pipeline.evaluate`.
"""

from fairflip.pipeline.cli.command_line import COMMANDS, command_parser, main

__all__ = ["COMMANDS", "command_parser", "commands", "main"]
