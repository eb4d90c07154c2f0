"""The one graph: read, pair, score, count, write.

`jobs` runs it, `inputs` finds what it reads, `asked` says what its models would be asked,
`evaluation` what is counted, `recounting` counts again over what a finished run has scored.
"""

__all__ = ["asked", "evaluation", "inputs", "jobs", "label_judgements", "recounting"]
