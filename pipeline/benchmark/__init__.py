"""Models on public counterfactual sets, beside predictions that others published.

`sets` says what there is and under which licence, `tables` makes pairs of a set's files, with
`pronoun_sets` and the `templates` of our own, `rows` reads the figures of finished evaluations,
`command` writes what they say.
"""

__all__ = ["command", "rows", "sets", "tables"]
