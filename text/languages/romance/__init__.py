"""What the Romance languages share: a noun takes what agrees with it along, by a table each.

`grammar` says what a language's table holds; `text/languages/spanish` and its like fill it.
"""

__all__ = ["agreement", "grammar", "substitution", "tongues"]
