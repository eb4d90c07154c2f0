"""People's judgement of a sample of a run's pairs, and what it makes of the rates.

`command` is `fairflip review`, `flags` what it is told.
"""

__all__ = ["command", "flags"]
