"""What went wrong on the user's side, for every room to raise.

The command line turns these into one sentence and exit code 2. Anything else
that escapes is a fault of the run (exit code 3).
"""

from __future__ import annotations

from collections.abc import Sequence


class UserError(ValueError):
    """Bad configuration or input. The message names field, value and cure."""


class InputError(UserError):
    """A file, record or column is not what the configuration says."""


class ConfigurationError(UserError):
    """The configuration is wrong; `problems` lists all mistakes found."""

    def __init__(self, problems: str | Sequence[str]):
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))
