"""Finished runs against each other: nothing is scored, their scored pairs are joined.

`run_comparison` compares runs with the first of them, `trend` lines up many, `command` writes
what they found.
"""

__all__ = ["command", "finished_runs", "run_comparison", "trend"]
