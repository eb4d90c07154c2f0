"""Edits of texts by tables alone, so that they can be made inside of a model's graph.

`table` compiles a list of terms, `edits` makes the edits in Python. What they leave out of the
edits of `fairflip.text` stands in docs/averaging.md.
"""

__all__ = ["edits", "removal", "table", "tokens"]
