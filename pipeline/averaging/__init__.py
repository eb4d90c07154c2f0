"""Remedies without training: a model asked about other texts, or several, in place of each.

*Averaging* gives a text the mean score over it and its counterfactuals, *blindness* the score
of the text without its terms; of a table a column is set to its values. `handler` wraps any kind
of model for the pipeline, `functions` for Python; `remedies` makes the specification that both
read from a run's configuration.
"""

__all__ = [
    "calls",
    "functions",
    "handler",
    "in_graph",
    "plain",
    "remedies",
    "specification",
    "texts",
]
