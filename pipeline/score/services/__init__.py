"""Scoring services that speak JSON over HTTP: described in a file, asked with care, read.

`description` reads the file, `templates` makes the body of a call, `client` makes it, at the pace
that is allowed and again where it broke, `answers` reads what came back, and `failures` counts
the texts without an answer.
"""

__all__ = ["answers", "client", "description", "failures", "templates"]
