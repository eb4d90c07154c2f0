"""Pairs that were written elsewhere: what speaks against each, marked and counted, nothing dropped.

Only pairs that come from files are examined, and of them those with a text on both sides. The
column `columns.DOUBTS` lists a pair's doubts (`columns.DOUBT_MEANINGS`), or says that there are
none; a control has those of its pair, so that both stay or go together.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.pipeline.generate.term_lists import BUILT_IN, load_terms
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.records.pairing_audit import PairingAudit, canonical
from fairflip.protos import columns
from fairflip.protos.edits import control_mask
from fairflip.text.doubts.pair_doubts import NEAR_DUPLICATE, PairDoubts

_ENGLISH = "en"


def examiner_of(terms: str, language: str = "") -> PairDoubts:
    """What examines the pairs of a run, by its own list and those built in of its language.

    Args:
        terms: `GeneratorSpec.terms`: a list's name or path; "" for none.
        language: `GeneratorSpec.language`; "" for that of the run's list, where it has one.
    """
    own = [load_terms(terms)] if terms else []
    languages = {one.language for one in own} - {"", _ENGLISH}
    language = language or (languages.pop() if languages else "")
    # Words of another language among those known here would make a text of it look English.
    spoken = ("", language.split("-")[0] or _ENGLISH)
    others = [load_terms(name) for name in BUILT_IN if BUILT_IN[name].language in spoken]
    is_english = terms in ("", *BUILT_IN) and spoken[1] == _ENGLISH
    return PairDoubts([*own, *others], language, lists_are_english=is_english)


def examined(
    batch: pa.RecordBatch, examiner: PairDoubts, names: PairColumns
) -> tuple[pa.RecordBatch, PairingAudit]:
    """A batch of pairs with the column `columns.DOUBTS`, and the counts.

    Args:
        batch: Pairs, and controls where they were brought along; those of one original stand
            together. As it is where it lacks a text on either side.
        examiner: What looks at each pair.
        names: The names of the columns.
    """
    changed = columns.counterfactual(names.text)
    if not {names.text, changed} <= set(batch.schema.names):
        return batch, PairingAudit.zero()
    ids = batch.column(names.id).to_pylist()
    originals = canonical(batch.column(names.text)).to_pylist()
    counterfactuals = canonical(batch.column(changed)).to_pylist()
    named = _named(batch)
    is_control = control_mask(batch)
    own_rows = np.flatnonzero(~is_control).tolist()
    doubts_of_rows: list[tuple[str, ...]] = [()] * len(ids)
    num_words = num_changed = 0
    for _, group in itertools.groupby(own_rows, key=ids.__getitem__):
        with_texts = [
            row for row in group if originals[row] is not None and counterfactuals[row] is not None
        ]
        seen: set[tuple[str, ...]] = set()
        for row in with_texts:
            one = examiner.examine(originals[row], counterfactuals[row], named[row])
            num_words += one.num_words
            num_changed += one.num_changed
            doubts_of_rows[row] = one.doubts
            if len(with_texts) > 1:
                words = examiner.words_alike(counterfactuals[row])
                if words in seen:
                    doubts_of_rows[row] += (NEAR_DUPLICATE,)
                seen.add(words)
    if is_control.any():
        _copy_to_controls(batch, is_control, ids, doubts_of_rows)
    own = [doubts_of_rows[row] for row in own_rows]
    num_of = collections.Counter(itertools.chain.from_iterable(own))
    audit = PairingAudit(
        num_examined_pairs=len(own),
        num_doubtful_pairs=sum(map(bool, own)),
        num_examined_words=num_words,
        num_changed_words=num_changed,
        num_by_doubt=tuple(num_of[doubt] for doubt in columns.DOUBT_MEANINGS),
    )
    none = (columns.NO_DOUBT,)
    column = pa.array([one or none for one in doubts_of_rows], pa.list_(pa.string()))
    if columns.DOUBTS in batch.schema.names:  # of an earlier run
        place = batch.schema.get_field_index(columns.DOUBTS)
        return batch.set_column(place, columns.DOUBTS, column), audit
    return batch.append_column(columns.DOUBTS, column), audit


def _named(batch: pa.RecordBatch) -> Sequence[Sequence[str]]:
    """The terms and replacements that each pair names by itself."""
    if not {columns.TERM, columns.REPLACEMENT} & set(batch.schema.names):
        return [()] * batch.num_rows
    named: list[list[str]] = [[] for _ in range(batch.num_rows)]
    for name in (columns.TERM, columns.REPLACEMENT):
        if name in batch.schema.names:
            for one, words in zip(named, batch.column(name).to_pylist(), strict=True):
                one += [words] if isinstance(words, str) else filter(None, words or ())
    return named


def _copy_to_controls(
    batch: pa.RecordBatch,
    is_control: np.ndarray,
    ids: Sequence[str],
    doubts_of_rows: list[tuple[str, ...]],
) -> None:
    """Gives each control the doubts of its pair."""
    index = batch.column(COUNTERFACTUAL_INDEX).to_pylist()
    pair_of = batch.column(columns.CONTROL_OF).to_pylist()
    of_pair = {
        (ids[row], index[row]): doubts_of_rows[row]
        for row in range(len(ids))
        if not is_control[row]
    }
    for row in range(len(ids)):
        if is_control[row]:
            doubts_of_rows[row] = of_pair.get((ids[row], pair_of[row]), ())
