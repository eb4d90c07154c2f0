"""Test sentences made of templates: every term of a list in the same sentence.

After Dixon et al. 2018 ("Measuring and Mitigating Unintended Bias in Text
Classification"): since all sentences of a template say the same, any difference
in score is the identity term's doing. A template may carry a label, and have
several slots, whose terms are then crossed (intersectional groups).

The result goes into the pipeline like any other data: the filled sentences are
the originals, and the counterfactual of each is the same sentence with the
reference term in a slot.

>>> filled = fill_templates([Template("She is a {religion} doctor.", label=0.0)],
...                         {"religion": (Term("muslim", "muslim", "religion"),
...                                       Term("atheist", "atheist", "religion"))})
>>> filled.originals["comment_text"].to_pylist()
['She is a muslim doctor.', 'She is an atheist doctor.']
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.protos import columns
from fairflip.protos.errors import InputError
from fairflip.text.ablation import distinct
from fairflip.text.repair import next_word, with_article
from fairflip.text.terms import Term, TermList

_SLOT = re.compile(r"\{(\w+)\}")
_SENTENCE_START = re.compile(r"(?:^|[.!?]\s+|\n\s*)[\"'“‘(]*$")


@dataclasses.dataclass(frozen=True)
class Template:
    """A sentence with slots: ``"I have {religion} friends."``."""

    text: str
    label: float | None = None  # the label of every filled sentence, if any

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the slots, each once, in their order."""
        return tuple(dict.fromkeys(_SLOT.findall(self.text)))


@dataclasses.dataclass(frozen=True)
class FilledTemplates:
    """Originals and counterfactuals, as `JoinPairs` and `join_tables` take them."""

    originals: pa.Table  # ID, text, label and, per category, the groups named
    counterfactuals: pa.Table  # ID of the original, text, what was changed


def slots_of(terms: TermList, form: str | None = None) -> dict[str, tuple[Term, ...]]:
    """One slot per category, with its terms; only those of a form where one is given."""
    return {
        category: tuple(
            term
            for term in terms.terms
            if term.category == category and (form is None or term.form == form)
        )
        for category in terms.categories
        if category
    }


def fill_templates(
    templates: Sequence[Template],
    slots: Mapping[str, Sequence[Term]],
    names: PairColumns | None = None,
) -> FilledTemplates:
    """Fills templates with every term, or every combination of terms.

    Args:
        templates: the sentences. A slot that occurs twice gets one term.
        slots: the terms of each slot; the first is the reference.
        names: the names of the columns.

    Returns:
        One original per template and combination; for each of its slots that
        does not hold the reference a counterfactual that does, and where there are
        several such slots one with all references at once.

    Raises:
        InputError: a template has no slot, or a slot no terms.
    """
    names = names or PairColumns()
    originals: list[dict[str, Any]] = []
    counterfactuals: list[dict[str, Any]] = []
    categories = distinct(term.category for terms in slots.values() for term in terms)
    for number, template in enumerate(templates):
        _check(number, template, slots)
        for chosen in _combinations(template, slots):
            example_id = f"{number}/" + "/".join(term.text for term in chosen.values())
            row: dict[str, Any] = {names.id: example_id, names.text: filled(template, chosen)}
            row[names.label] = template.label
            for category in categories:
                row[category] = distinct(
                    term.group for term in chosen.values() if term.category == category
                )
            originals.append(row)
            for index, changed in enumerate(_towards_reference(chosen, slots)):
                terms = [chosen[slot] for slot in changed]
                other = chosen | {slot: slots[slot][0] for slot in changed}
                counterfactuals.append(
                    {
                        names.id: example_id,
                        names.text: filled(template, other),
                        columns.COUNTERFACTUAL_ID: f"{example_id}#{index}",
                        columns.TERM: [term.text for term in terms],
                        columns.REPLACEMENT: [slots[slot][0].text for slot in changed],
                        columns.GROUP: distinct(term.group for term in terms),
                        columns.CATEGORY: distinct(term.category for term in terms),
                    }
                )
    lists = pa.list_(pa.string())
    return FilledTemplates(
        pa.Table.from_pylist(
            originals,
            pa.schema(
                [(names.id, pa.string()), (names.text, pa.string()), (names.label, pa.float64())]
                + [(category, lists) for category in categories]
            ),
        ),
        pa.Table.from_pylist(
            counterfactuals,
            pa.schema(
                [(name, pa.string()) for name in (names.id, names.text, columns.COUNTERFACTUAL_ID)]
                + [(name, lists) for name in (columns.TERM, columns.REPLACEMENT)]
                + [(name, lists) for name in (columns.GROUP, columns.CATEGORY)]
            ),
        ),
    )


def filled(template: Template, chosen: Mapping[str, Term]) -> str:
    """A template with terms in its slots; articles fit, sentences begin with a capital."""
    made, position = "", 0
    for slot in _SLOT.finditer(template.text):
        word = chosen[slot.group(1)].text
        made += template.text[position : slot.start()]
        if _SENTENCE_START.search(made):
            word = word[:1].upper() + word[1:]
        made = with_article(made, None, next_word(word, 0)) + word
        position = slot.end()
    return made + template.text[position:]


def _check(number: int, template: Template, slots: Mapping[str, Sequence[Term]]) -> None:
    if not template.slots:
        raise InputError(
            f"template {number}: {template.text[:60]!r} has no slot; write one as "
            f"{{{next(iter(slots), 'religion')}}}."
        )
    for slot in template.slots:
        if not slots.get(slot):
            raise InputError(
                f"template {number}: slot {slot!r} has no terms; choose among "
                f"{', '.join(name for name, terms in slots.items() if terms) or 'none'}."
            )


def _combinations(
    template: Template, slots: Mapping[str, Sequence[Term]]
) -> Iterator[dict[str, Term]]:
    for terms in itertools.product(*(slots[slot] for slot in template.slots)):
        yield dict(zip(template.slots, terms, strict=True))


def _towards_reference(
    chosen: Mapping[str, Term], slots: Mapping[str, Sequence[Term]]
) -> list[tuple[str, ...]]:
    """The sets of slots to set to their reference: each alone, then all together."""
    away = tuple(slot for slot, term in chosen.items() if term != slots[slot][0])
    alone: list[tuple[str, ...]] = [(slot,) for slot in away]
    return [*alone, away] if len(away) > 1 else alone
