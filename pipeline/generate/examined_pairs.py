"""Pairs that were written elsewhere: what speaks against each, marked and counted, nothing dropped.

Only pairs that come from files are examined, and of them those with a text on both sides. The
column `columns.DOUBTS` lists a pair's doubts (`columns.DOUBT_MEANINGS`), or says that there are
none; a control has those of its pair, so that both stay or go together.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.generate.examined_originals import SeenOriginals, is_other, see_originals
from fairflip.pipeline.generate.examined_windows import SeenWindows, see_windows
from fairflip.pipeline.generate.term_lists import BUILT_IN, load_terms
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.records.pairing_audit import PairingAudit, canonical
from fairflip.protos import columns
from fairflip.protos.edits import control_mask
from fairflip.text.doubts.pair_doubts import NEAR_DUPLICATE, PairDoubts

_ENGLISH = "en"
# What is read of a pair beside its ID and texts, where it is there.
_READ = (
    columns.EDIT,
    columns.TERM,
    columns.REPLACEMENT,
    COUNTERFACTUAL_INDEX,
    columns.CONTROL_OF,
)
# Pairs of one original stand together: so few are compared with each other.
_FEW_ROWS = 8


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
    """As `examined_together`, of one batch."""
    (one,), audit = examined_together([batch], examiner, names)
    return one, audit


def examined_together(
    batches: Sequence[pa.RecordBatch], examiner: PairDoubts, names: PairColumns
) -> tuple[list[pa.RecordBatch], PairingAudit]:
    """Batches of pairs with the column `columns.DOUBTS`, and the counts.

    Args:
        batches: Of one schema, with pairs, and controls where they were brought along; those of
            one original stand together, in one batch. As they are unless they `have_texts`.
        examiner: What looks at each pair.
        names: The names of the columns.
    """
    if not have_texts(batches[0], names):
        return list(batches), PairingAudit.zero()
    wanted = {names.id, *_READ, names.text, columns.counterfactual(names.text)}
    read = [name for name in batches[0].schema.names if name in wanted]
    parts = [batch.select(read) for batch in batches]
    whole = parts[0] if len(parts) == 1 else pa.concat_batches(parts)
    doubts, audit = _doubts(whole, examiner, names)
    ends = itertools.accumulate(batch.num_rows for batch in batches)
    return [
        _with_doubts(batch, doubts.slice(end - batch.num_rows, batch.num_rows))
        for batch, end in zip(batches, ends, strict=True)
    ], audit


def have_texts(batch: pa.RecordBatch, names: PairColumns) -> bool:
    """Whether pairs have a text on both sides, so that there is something to examine."""
    return {names.text, columns.counterfactual(names.text)} <= set(batch.schema.names)


def _with_doubts(batch: pa.RecordBatch, doubts: pa.Array) -> pa.RecordBatch:
    if columns.DOUBTS in batch.schema.names:  # of an earlier run
        place = batch.schema.get_field_index(columns.DOUBTS)
        return batch.set_column(place, columns.DOUBTS, doubts)
    return batch.append_column(columns.DOUBTS, doubts)


def _doubts(
    batch: pa.RecordBatch, examiner: PairDoubts, names: PairColumns
) -> tuple[pa.Array, PairingAudit]:
    """The lists of doubts of pairs and controls, and the counts."""
    changed = columns.counterfactual(names.text)
    originals, counterfactuals = (
        canonical(batch.column(names.text)),
        canonical(batch.column(changed)),
    )
    is_control = control_mask(batch)
    is_examined = ~is_control
    if originals.null_count or counterfactuals.null_count:
        is_examined &= np.array(pc.and_(originals.is_valid(), counterfactuals.is_valid()))
    rows = np.flatnonzero(is_examined)
    named = _named(batch)
    if len(rows) < batch.num_rows:
        chosen = pa.array(rows)
        originals, counterfactuals = originals.take(chosen), counterfactuals.take(chosen)
        named = None if named is None else [named[row] for row in rows.tolist()]
    original_of = _original_of(batch.column(names.id))
    marked = _marked(originals, counterfactuals, named, original_of[rows], examiner)
    # Of each row its place among the distinct lists of doubts; the first is empty.
    list_of = np.zeros(batch.num_rows, np.int64)
    list_of[rows] = marked.list_of
    num_of_list = np.bincount(list_of[~is_control], minlength=len(marked.lists)).tolist()
    num_of: collections.Counter[str] = collections.Counter()
    for doubts, number in zip(marked.lists, num_of_list, strict=True):
        num_of.update(dict.fromkeys(doubts, number))
    audit = PairingAudit(
        num_examined_pairs=int((~is_control).sum()),
        num_doubtful_pairs=sum(num_of_list[1:]),
        num_examined_words=marked.num_words,
        num_changed_words=marked.num_changed,
        num_by_doubt=tuple(num_of[doubt] for doubt in columns.DOUBT_MEANINGS),
    )
    if is_control.any():
        list_of[is_control] = _of_controls(batch, is_control, original_of, list_of)
    lists = [one or (columns.NO_DOUBT,) for one in marked.lists]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(list_of)), audit


class _Marked(NamedTuple):
    """Doubts of N pairs: distinct lists of them, the first empty, and which one each pair has."""

    lists: list[tuple[str, ...]]
    list_of: np.ndarray  # [N]
    num_words: int  # of all originals
    num_changed: int


def _marked(
    originals: pa.Array,
    counterfactuals: pa.Array,
    named: Sequence[Sequence[str]] | None,
    original_of: np.ndarray,
    examiner: PairDoubts,
) -> _Marked:
    """Looks at pairs that have both texts; those of one original stand together."""
    place_of: dict[tuple[str, ...], int] = {(): 0}
    if not len(originals):
        return _Marked([()], np.zeros(0, np.int64), 0, 0)
    seen = see_originals(originals)
    windows = see_windows(originals, counterfactuals, named, seen, examiner)
    places = [place_of.setdefault(doubts, len(place_of)) for doubts in windows.lists]
    list_of = np.array([*places, 0])[windows.list_of]
    num_changed = int(windows.num_changed.sum())
    for row in np.flatnonzero(windows.list_of < 0).tolist():
        pair = originals[row].as_py(), counterfactuals[row].as_py()
        one = examiner.examine(*pair, () if named is None else named[row])
        list_of[row] = place_of.setdefault(one.doubts, len(place_of))
        num_changed += one.num_changed
    for row in _near_duplicates(counterfactuals, original_of, seen, windows, examiner):
        doubts = (*list(place_of)[list_of[row]], NEAR_DUPLICATE)
        list_of[row] = place_of.setdefault(doubts, len(place_of))
    return _Marked(list(place_of), list_of, int(seen.num_words.sum()), num_changed)


def _near_duplicates(
    counterfactuals: pa.Array,
    original_of: np.ndarray,
    seen: SeenOriginals,
    windows: SeenWindows,
    examiner: PairDoubts,
) -> Iterator[int]:
    """The rows whose counterfactual has the words of an earlier one of its original."""
    is_first = np.diff(original_of, prepend=original_of[0] - 1) != 0
    group = np.cumsum(is_first) - 1
    # Sums of words compare changes of one text.
    unsure = np.zeros(group[-1] + 1, bool)
    unsure[group[(windows.list_of < 0) | (seen.is_first & ~is_first)]] = True
    mixed = windows.word_sums ^ (group.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    sizes = np.bincount(group)
    if sizes.max() <= _FEW_ROWS:
        for distance in range(1, int(sizes.max())):
            unsure[group[distance:][mixed[distance:] == mixed[:-distance]]] = True
    else:
        order = np.argsort(mixed)
        equal = order[1:][mixed[order[1:]] == mixed[order[:-1]]]
        unsure[group[equal]] = True
    rows = np.flatnonzero((unsure & (sizes > 1))[group]).tolist()
    for _, of_group in itertools.groupby(rows, key=group.__getitem__):
        words_seen: set[tuple[str, ...]] = set()
        for row in of_group:
            words = examiner.words_alike(counterfactuals[row].as_py())
            if words in words_seen:
                yield row
            words_seen.add(words)


def _original_of(ids: pa.Array) -> np.ndarray:
    """[N] a number for each row: rows of one ID that stand together have one."""
    ids = canonical(ids)
    return np.cumsum(is_other(ids)) - 1


def _named(batch: pa.RecordBatch) -> Sequence[Sequence[str]] | None:
    """The terms and replacements that each pair names by itself; None: none does."""
    if not {columns.TERM, columns.REPLACEMENT} & set(batch.schema.names):
        return None
    named: list[list[str]] = [[] for _ in range(batch.num_rows)]
    for name in (columns.TERM, columns.REPLACEMENT):
        if name in batch.schema.names:
            for one, words in zip(named, batch.column(name).to_pylist(), strict=True):
                one += [words] if isinstance(words, str) else filter(None, words or ())
    return named


def _of_controls(
    batch: pa.RecordBatch, is_control: np.ndarray, original_of: np.ndarray, list_of: np.ndarray
) -> np.ndarray:
    """What each control has: the doubts of its pair."""
    own = np.flatnonzero(~is_control)
    if not len(own):
        return np.zeros(int(is_control.sum()), np.int64)
    # Both are numbers below the number of rows, but for what names no pair.
    index = pc.fill_null(batch.column(COUNTERFACTUAL_INDEX), -1).to_numpy()
    pair_of = pc.fill_null(batch.column(columns.CONTROL_OF), -2).to_numpy()
    most = 1 << 32
    of_pairs = original_of[own] * most + index[own].astype(np.int64)
    wanted = original_of[is_control] * most + pair_of[is_control].astype(np.int64)
    order = np.argsort(of_pairs, kind="stable")
    place = np.searchsorted(of_pairs[order], wanted, side="right") - 1
    is_there = (place >= 0) & (of_pairs[order][place] == wanted)
    return np.where(is_there, list_of[own][order][place], 0)
