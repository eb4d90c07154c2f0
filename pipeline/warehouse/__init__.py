"""Pairs that stay in a warehouse: a query that counts them there, and the report of its answer.

`query` writes the SQL of a configuration, `answer` reads what it gave, and `report` makes the
run's report of it.
"""

__all__ = ["answer", "dialects", "query", "report"]
