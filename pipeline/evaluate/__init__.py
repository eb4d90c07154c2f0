"""The one graph: read, pair, score, count, write.

`jobs` runs it, `inputs` finds what it reads, `asked` says what its models would be asked.
"""

__all__ = ["asked", "inputs", "jobs"]
