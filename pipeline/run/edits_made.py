"""How a run makes its pairs, in words: list, method, categories, and what they cannot see."""

from __future__ import annotations

import os

from fairflip.pipeline.generate.term_lists import BUILT_IN, load_terms
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.report_pb2 import Edits
from fairflip.text.terms import TermList

#: The list whose categories say what another list leaves out.
_WIDEST = "identity"
_VERBS = {"substitution": "swapped", "ablation": "removed"}
OWN_GENERATOR, READY_MADE = "own generator", "ready-made"
_MOST_SHOWN = 10
_FIRST_NAMES, _NEVER_SEEN = "first names", "dialect and identity that is only implied"


def edits_of(config: PipelineConfig) -> Edits:
    """What `RunReport.edits` holds of a run.

    Args:
        config: Complete and valid.

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
    listed = load_terms(generator.terms).only(generator.categories)
    categories = [category for category in listed.categories if category]
    name = _short(generator.terms)
    of_categories = f" of {_joined(categories)}" if categories else ""
    return Edits(
        method=generator.method,
        terms=generator.terms if generator.terms in BUILT_IN else name,
        num_terms=len(listed),
        categories=categories,
        sentence=f"Terms of the list {name} {_VERBS[generator.method]}: "
        f"{len(listed):,}{of_categories}.",
        blind_spots=_blind_spots(categories, listed),
    )


def _blind_spots(categories: list[str], listed: TermList) -> str:
    widest = [category for category in load_terms(_WIDEST).categories if category not in categories]
    unseen = [*(widest if categories else []), "words that are not on the list"]
    if alone := listed.found_alone:
        shown = ", ".join(alone[:_MOST_SHOWN]) + (" …" if len(alone) > _MOST_SHOWN else "")
        unseen.append(f"terms of one character beside other letters ({shown})")
    sees_names = any(term.is_first_name for term in listed.terms)
    unseen += [_NEVER_SEEN] if sees_names else [f"{_FIRST_NAMES}, {_NEVER_SEEN}"]
    return f"Not seen: {', '.join(unseen).replace('_', ' ')}."


def _joined(names: list[str]) -> str:
    *firsts, last = (name.replace("_", " ") for name in names)
    return f"{', '.join(firsts)} and {last}" if firsts else last


def _short(path: str) -> str:
    return os.path.basename(path.rstrip("/")) or path
