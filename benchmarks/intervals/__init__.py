"""How often intervals, tests and verdicts are right, where the truth is known."""
