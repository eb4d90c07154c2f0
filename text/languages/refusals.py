"""A counterfactual that is not made, with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairflip.text.counterfactual import Counterfactual


def refused(
    terms: Sequence[str], keys: Mapping[str, tuple[str, str, str]], reason: str
) -> Counterfactual:
    """What stands in the place of a counterfactual that grammar leaves open.

    Args:
        terms: The terms that were found.
        keys: Text, group and category of each.
        reason: What the audit counts it as.
    """
    listed = tuple(dict.fromkeys(terms))
    return Counterfactual(
        text="",
        terms=listed,
        replacements=("",) * len(listed),
        groups=tuple(dict.fromkeys(keys[term][1] for term in listed)),
        categories=tuple(dict.fromkeys(keys[term][2] for term in listed)),
        refused=reason,
    )
