"""Whether a pair differs in more than the sensitive attribute, where that can be told.

It can be told from two things only: a label or weight that the counterfactual
brings along and that is not the original's; and, where the pair names its
``term`` (and its ``replacement``), from words that were lost or gained and are
neither of those, nor an article or a contraction.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.records.pairing_audit import canonical
from fairflip.protos import columns
from fairflip.text.matcher import CLITICS, any_word

_ALWAYS_ALLOWED = frozenset({"a", "an", *CLITICS})


def differs_beyond_attribute(
    pairs: pa.Table, counterfactuals: pa.Table, names: PairColumns
) -> np.ndarray:
    """Says of each pair whether it visibly differs in more than the attribute.

    Args:
        pairs: the pairs.
        counterfactuals: the counterfactuals' own records, row by row beside them.
        names: the names of the columns.

    Returns:
        Booleans; False where it cannot be told.
    """
    differs = np.zeros(pairs.num_rows, dtype=bool)
    for name in (names.label, names.weight):
        if name and name in pairs.column_names and name in counterfactuals.column_names:
            differs |= _unequal(pairs[name], counterfactuals[name])
    text, changed = names.text, columns.counterfactual(names.text)
    if {text, changed, columns.TERM} <= set(pairs.column_names):
        differs |= _other_words(pairs, text, changed)
    return differs


def _unequal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_primitive(left.type) and pa.types.is_primitive(right.type):
        left, right = left.cast(pa.float64()), right.cast(pa.float64())
    else:
        left, right = canonical(left), canonical(right)
    return pc.fill_null(pc.not_equal(left, right), False).to_numpy(zero_copy_only=False)


def _other_words(pairs: pa.Table, text: str, changed: str) -> np.ndarray:
    named = pairs.column_names
    terms = pairs[columns.TERM].to_pylist()
    replacements = pairs[columns.REPLACEMENT].to_pylist() if columns.REPLACEMENT in named else None
    differs = np.zeros(pairs.num_rows, dtype=bool)
    rows = zip(pairs[text].to_pylist(), pairs[changed].to_pylist(), strict=True)
    for row, (before, after) in enumerate(rows):
        if not terms[row] or before is None or after is None:
            continue
        words, new_words = _words(before), _words(after)
        lost = words - new_words - _words(terms[row]) - _ALWAYS_ALLOWED
        gained = new_words - words - _ALWAYS_ALLOWED
        replacement = None if replacements is None else replacements[row]
        if replacement is None or replacement == []:
            # The replacement may be any words, so only losses tell.
            differs[row] = bool(lost)
        else:
            gained -= _words(replacement)
            differs[row] = bool(lost or gained)
    return differs


def _words(text: str | list[str] | None) -> set[str]:
    if text is None:
        return set()
    if not isinstance(text, str):
        text = " ".join(word or "" for word in text)
    return set(any_word().findall(text.casefold()))
