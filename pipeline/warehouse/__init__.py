"""Pairs that stay in a warehouse: a query that counts them there, and the report of its answer.

`query` writes the SQL of a configuration, `answer` reads what it gave, `report` makes the run's
report of it, and `command` is what `fairflip sql` does.
"""

__all__ = ["answer", "command", "dialects", "query", "report"]
