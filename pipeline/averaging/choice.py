"""Which of a text's counterfactuals stand in the mean, where not all of them do."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from fairflip.text.counterfactual import Counterfactual


def spread_over_groups(
    text: str, counterfactuals: Sequence[Counterfactual], number: int
) -> list[Counterfactual]:
    """At most `number` of a text's counterfactuals, of as many groups as there are.

    One of each group in turn, until there are enough. Which group comes first follows from what
    the text says beside its terms: so different groups stand in the means of different texts,
    and nearly the same ones in those of a text and its counterfactual.

    Args:
        text: The text.
        counterfactuals: Its counterfactuals; those that are empty are left out.
        number: At least 1.

    Returns:
        The chosen ones, in their order.
    """
    by_group: dict[tuple[str, ...], list[int]] = {}
    for position, made in enumerate(counterfactuals):
        if made.text.strip():
            by_group.setdefault(made.replacement_groups or made.replacements, []).append(position)
    if sum(map(len, by_group.values())) <= number:
        chosen = [position for positions in by_group.values() for position in positions]
        return [counterfactuals[position] for position in sorted(chosen)]
    # An order that depends on the text beside its terms and on the group alone.
    beside = _without_spans(text, counterfactuals)
    queues = sorted(by_group.items(), key=lambda item: _rank(beside, item[0]))
    chosen = []
    for turn in range(max(map(len, by_group.values()))):
        chosen += [positions[turn] for _, positions in queues if turn < len(positions)]
    return [counterfactuals[position] for position in sorted(chosen[:number])]


def _without_spans(text: str, counterfactuals: Sequence[Counterfactual]) -> str:
    """What stands beside every term that some counterfactual changes, in lower case."""
    spans = sorted({span for made in counterfactuals for span in made.spans}, reverse=True)
    for start, end in spans:
        text = text[:start] + text[end:]
    return text.lower()


def _rank(beside: str, groups: tuple[str, ...]) -> bytes:
    content = "\0".join([beside, *groups]).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=8).digest()
