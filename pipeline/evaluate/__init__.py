"""The one graph: read, pair, score, count, write.

`jobs` runs it, `inputs` finds what it reads.
"""

__all__ = ["inputs", "jobs"]
