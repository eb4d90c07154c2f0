"""The errors that are the user's to mend. Every room raises them.

The command line turns each into one sentence and exit code 2. Any other error
is a fault of the run (exit code 3).
"""

from __future__ import annotations

from collections.abc import Sequence

#: A message may quote names and values, and these may be whole texts.
MAX_CHARACTERS = 1500
#: Of mistakes found at once, so many are listed in one error.
MAX_PROBLEMS = 20


def shortened(text: str) -> str:
    """A message that may quote data, at most `MAX_CHARACTERS` long: its start and its end."""
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2
    return f"{text[:half]} ... {text[-half:]}"


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
        super().__init__(shortened(printable(message)))


class InputError(UserError):
    """A file, record or column is not what the configuration says."""


class ConfigurationError(UserError):
    """The configuration is wrong; `problems` lists all mistakes found.

    Of very many, such as texts given for file patterns, the first stand for the others.
    """

    def __init__(self, problems: str | Sequence[str]):
        sentences = (problems,) if isinstance(problems, str) else tuple(problems)
        num_more = max(len(sentences) - MAX_PROBLEMS, 0)
        if num_more:
            sentences = (*sentences[:MAX_PROBLEMS], f"and {num_more:,} more mistakes like these")
        self.problems = tuple(shortened(printable(each)) for each in sentences)
        # One problem a line.
        ValueError.__init__(self, "\n".join(self.problems))
