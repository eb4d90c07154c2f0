"""The errors that are the user's to mend. Every room raises them.

The command line turns each into one sentence and exit code 2. Any other error
is a fault of the run (exit code 3).
"""

from __future__ import annotations

from collections.abc import Sequence


def printable(text: str) -> str:
    """Text of any origin as one line in which nothing is invisible or obeyed by a terminal.

    Control characters, line ends, bidirectional overrides and lone surrogates become
    Python's escapes.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class UserError(ValueError):
    """Bad configuration or input. The message names field, value and cure.

    It may quote names from files: whatever a terminal would obey is escaped.
    """

    def __init__(self, message: str):
        super().__init__(printable(message))


class InputError(UserError):
    """A file, record or column is not what the configuration says."""


class ConfigurationError(UserError):
    """The configuration is wrong; `problems` lists all mistakes found."""

    def __init__(self, problems: str | Sequence[str]):
        sentences = (problems,) if isinstance(problems, str) else tuple(problems)
        self.problems = tuple(map(printable, sentences))
        # One problem a line.
        ValueError.__init__(self, "\n".join(self.problems))
