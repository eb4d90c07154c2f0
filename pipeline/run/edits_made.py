"""How a run makes its pairs, in words: list, method, categories, and what they cannot see."""

from __future__ import annotations

import os

from fairflip.pipeline.generate.term_lists import BUILT_IN, load_terms
from fairflip.protos.config_pb2 import GeneratorSpec, PipelineConfig
from fairflip.protos.forms.run_edits import ATTRIBUTE
from fairflip.protos.report_pb2 import Correlate, Edits, TableEdits
from fairflip.text.terms import TermList

#: The list whose categories say what another list leaves out.
_WIDEST = "identity"
_VERBS = {"substitution": "swapped", "ablation": "removed"}
OWN_GENERATOR, READY_MADE = "own generator", "ready-made"
_MOST_SHOWN = 10
#: Cramer's V from which on a column is named as one that tells the attribute, where chance
#: gives as much less often than this.
STRONG, _SURE = 0.2, 0.001
_NEVER_SEEN = "dialect and identity that is only implied"


def edits_of(config: PipelineConfig, table: TableEdits | None = None) -> Edits:
    """What `RunReport.edits` holds of a run.

    Args:
        config: Complete and valid.
        table: How a column of a table was changed, where one was.

    Raises:
        InputError: The list of terms is malformed.
    """
    data, generator = config.data, config.generator
    if data.pairs or data.counterfactuals:
        # Not by its name: tables of Python have none.
        return Edits(
            method=READY_MADE,
            sentence=f"{'Pairs' if data.pairs else 'Counterfactuals'} came ready-made.",
            blind_spots="A run sees only what these pairs change.",
        )
    if generator.function:
        return Edits(
            method=OWN_GENERATOR,
            sentence=f"Pairs were made by {generator.function}.",
            blind_spots="A run sees only what this function changes.",
        )
    if generator.method == ATTRIBUTE:
        return _of_table(generator, table)
    whole = load_terms(generator.terms)
    if generator.segmenter:
        whole = whole.segmented_by(generator.segmenter, generator.language)
    listed = whole.only(generator.categories)
    categories = [category for category in listed.categories if category]
    name = _short(generator.terms)
    of_categories = f" of {_joined(categories)}" if categories else ""
    as_words = f", where {generator.segmenter} reads them as words" if generator.segmenter else ""
    return Edits(
        method=generator.method,
        terms=generator.terms if generator.terms in BUILT_IN else name,
        num_terms=len(listed),
        categories=categories,
        sentence=f"Terms of the list {name} {_VERBS[generator.method]}: "
        f"{len(listed):,}{of_categories}{as_words}.",
        blind_spots=_blind_spots(categories, listed),
    )


def _of_table(generator: GeneratorSpec, table: TableEdits | None) -> Edits:
    table = table or TableEdits()
    values = [each.value for each in table.values] or list(generator.attribute_values)
    linked = _joined([each.column for each in generator.linked]) if generator.linked else ""
    sentence = f"Column {generator.attribute} set to each other of its values"
    sentence += f" ({', '.join(values)})" if values else ""
    sentence += f", and with it {linked}" if linked else ""
    strong = [c for c in table.correlates if not c.is_linked and stays_behind(c)]
    named = [f"{c.column} ({c.cramers_v:.2f})" for c in strong]
    shown = _joined(named[:_MOST_SHOWN]) if named else ""
    unseen = (
        f"Not changed, and telling {generator.attribute} (Cramer's V): {shown}: a model may know "
        "it from there; name what follows from it with --linked."
        if named
        else f"Not seen: what goes with {generator.attribute} and is in no column of its own."
    )
    return Edits(
        method=ATTRIBUTE,
        terms=generator.attribute,
        num_terms=len(values),
        categories=[generator.attribute],
        sentence=sentence + ".",
        blind_spots=unseen,
    )


def stays_behind(correlate: Correlate) -> bool:
    """Whether a column tells the attribute so well that a change of it alone misses something."""
    return correlate.cramers_v >= STRONG and correlate.p_value < _SURE


def _blind_spots(categories: list[str], listed: TermList) -> str:
    widest = [category for category in load_terms(_WIDEST).categories if category not in categories]
    unseen = [*(widest if categories else []), "words that are not on the list"]
    if alone := listed.found_alone:
        shown = ", ".join(alone[:_MOST_SHOWN]) + (" …" if len(alone) > _MOST_SHOWN else "")
        unseen.append(f"terms of one character beside other letters ({shown})")
    if not any(term.is_first_name for term in listed.terms):
        unseen.append("first names")
    if not any(term.is_last_name for term in listed.terms):
        unseen.append("last names")
    unseen.append(_NEVER_SEEN)
    return f"Not seen: {', '.join(unseen).replace('_', ' ')}."


def _joined(names: list[str]) -> str:
    *firsts, last = (name.replace("_", " ") for name in names)
    return f"{', '.join(firsts)} and {last}" if firsts else last


def _short(path: str) -> str:
    return os.path.basename(path.rstrip("/")) or path
