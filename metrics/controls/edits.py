"""What of a batch is a pair, what its controls are, and which words each of them edits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.metrics.statistics.columns import ScoredColumns
from fairflip.protos import columns
from fairflip.protos.edits import control_mask
from fairflip.protos.id_hash import hash_texts

_NO_PAIR = -1
# Above every counterfactual_index, which is an int32.
_NUM_INDICES = np.int64(1) << 32
# Between the two words of a swap, whichever way it goes.
_SWAPPED = "\u2194"


class Items(NamedTuple):
    """What some rows edit: one item for each thing done to words.

    Attributes:
        rows: [E] the row of each item, ascending.
        terms: [E] uint32, a code of the word or term edited.
        edits: [E] uint32, a code of what was done: a word removed, or two words swapped, in
            either direction.
    """

    rows: np.ndarray
    terms: np.ndarray
    edits: np.ndarray


class Edits(NamedTuple):
    """The pairs and controls of a batch of N rows.

    Attributes:
        is_pair: [N] bool: identity pairs that are not marked as legitimate flips.
        controls: [C] rows of controls whose pair is one of these.
        pair_of: [C] the rows of their pairs.
        num_controls: [N] controls of each pair.
        swaps: [S] rows of swaps within one group whose pair is one of these.
        swapped_of: [S] the rows of their pairs.
    """

    is_pair: np.ndarray
    controls: np.ndarray
    pair_of: np.ndarray
    num_controls: np.ndarray
    swaps: np.ndarray
    swapped_of: np.ndarray


def edits_of(rows: ScoredColumns) -> Edits:
    """Finds the pair of each control of a batch: the same original, and `control_of`.

    A control that names no pair belongs to the only one of its original. Those of the kind
    `columns.SAME_GROUP` are swaps, beside controls and never among them; those of any other
    kind than `columns.OTHER_WORD` are neither.
    """
    table, size = rows.table, rows.num_rows
    is_control = control_mask(table)
    pairs = np.flatnonzero(~is_control)
    kind = _texts(table, columns.CONTROL_KIND)
    is_swap = np.zeros(size, bool)
    is_pooled = is_control.copy()
    if kind is not None:
        is_swap = is_control & _equal(kind, columns.SAME_GROUP)
        is_pooled &= kind.is_null().to_numpy() | _equal(kind, columns.OTHER_WORD)
    belonging = np.flatnonzero(is_pooled | is_swap)
    numbers, missing = _indices(table, columns.CONTROL_OF, belonging)
    known, unnumbered = _indices(table, columns.COUNTERFACTUAL_INDEX, pairs)
    _, firsts, sizes = np.unique(rows.runs[pairs], return_index=True, return_counts=True)
    if unnumbered.any():
        known = np.arange(len(pairs)) - np.repeat(firsts, sizes)
    keys = rows.runs[pairs] * _NUM_INDICES + known
    order = np.argsort(keys, kind="stable")
    wanted = rows.runs[belonging] * _NUM_INDICES + numbers
    pair_of = _looked_up(keys[order], pairs[order], wanted)
    alone = firsts[sizes == 1]
    only = _looked_up(rows.runs[pairs[alone]], pairs[alone], rows.runs[belonging])
    pair_of = np.where(missing, only, pair_of)
    is_pair = ~is_control
    if rows.legitimate is not None:
        is_pair &= ~rows.legitimate
    counted = (pair_of != _NO_PAIR) & is_pair[pair_of]
    belonging, pair_of = belonging[counted], pair_of[counted]
    beside = is_swap[belonging]
    return Edits(
        is_pair,
        belonging[~beside],
        pair_of[~beside],
        np.bincount(pair_of[~beside], minlength=size),
        belonging[beside],
        pair_of[beside],
    )


def _equal(column: pa.ChunkedArray, value: str) -> np.ndarray:
    """[N] bool; null equals nothing."""
    return pc.fill_null(pc.equal(column, value), False).to_numpy()


def _looked_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key among ascending keys; `_NO_PAIR` where there is none."""
    if not len(keys):
        return np.full(len(wanted), _NO_PAIR)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], _NO_PAIR)


def _indices(table: pa.Table, name: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[K] whole numbers of a column at some rows, and where it has none."""
    if name not in table.schema.names or pa.types.is_null(table.schema.field(name).type):
        return np.zeros(len(rows), np.int64), np.ones(len(rows), bool)
    column = table[name].take(pa.array(rows)).cast(pa.float64())
    missing = column.is_null().to_numpy()
    return pc.fill_null(column, 0).to_numpy().astype(np.int64), missing


def _texts(table: pa.Table, name: str) -> pa.ChunkedArray | None:
    if name not in table.schema.names or pa.types.is_null(table.schema.field(name).type):
        return None
    return table[name].cast(pa.string())


def rows_without_replacements(table: pa.Table, edits: Edits) -> np.ndarray:
    """[N] bool: controls that say of no replacement what it is, and their pairs.

    So it is in tables and of images, where a term is an attribute and its replacement the other
    value: the attribute is one term, whatever its values are.
    """
    without = np.zeros(table.num_rows, bool)
    if columns.REPLACEMENT not in table.schema.names:
        return ~without
    is_null = table[columns.REPLACEMENT].is_null().to_numpy()[edits.controls]
    without[edits.controls[is_null]] = True
    without[edits.pair_of[is_null]] = True
    return without


def items_of(
    table: pa.Table, rows: np.ndarray, without_replacements: np.ndarray | None = None
) -> tuple[Items, dict[int, str]]:
    """What the given rows edit: by the columns of terms and replacements, else of edited words.

    Args:
        table: Rows of scored pairs.
        rows: [K] positions.
        without_replacements: [K] bool: rows whose terms count alone; none by default.

    Returns:
        The items, whose rows are positions in `rows`; and the term of each code.
    """
    at, terms, done = _by_terms(table, rows, without_replacements)
    if columns.EDITED_WORDS in table.schema.names:
        other_at, words = _flat(table[columns.EDITED_WORDS], rows)
        without = ~np.isin(other_at, at)
        words = words.filter(pa.array(without))
        at = np.concatenate([at, other_at[without]])
        terms, done = pa.concat_arrays([terms, words]), pa.concat_arrays([done, words])
    term_codes, names = _coded(terms)
    edit_codes, _ = _coded(done)
    # A row counts each thing once. Most rows do one thing alone: then sorting by rows says all.
    order = np.argsort(at, kind="stable")
    if (np.diff(at[order]) == 0).any():
        order = np.lexsort((term_codes, edit_codes, at))
    both = np.stack([at[order], edit_codes[order], term_codes[order]])
    is_new = np.ones(len(order), bool)
    is_new[1:] = (both[:, 1:] != both[:, :-1]).any(axis=0)
    firsts = order[is_new]
    return Items(at[firsts], term_codes[firsts], edit_codes[firsts]), names


def _by_terms(
    table: pa.Table, rows: np.ndarray, without_replacements: np.ndarray | None
) -> tuple[np.ndarray, pa.Array, pa.Array]:
    """By term of some rows: the row, the term, and what was done to it.

    Of a row that has not as many replacements as terms, nobody can tell which belongs to which: its
    terms count as edited, whatever they were replaced by.
    """
    if columns.TERM not in table.schema.names:
        nothing = pa.array([], pa.string())
        return np.empty(0, np.int64), nothing, nothing
    at, terms = _flat(table[columns.TERM], rows)
    replacements: pa.Array = pa.array([""] * len(terms), pa.string())
    if columns.REPLACEMENT in table.schema.names:
        other_at, given = _flat(table[columns.REPLACEMENT], rows)
        num_terms, num_given = (np.bincount(of, minlength=len(rows)) for of in (at, other_at))
        is_told = num_terms == num_given
        if without_replacements is not None:
            is_told &= ~without_replacements
        places = np.full(len(at), len(given))  # behind the last: the empty text
        places[is_told[at]] = np.flatnonzero(is_told[other_at])
        replacements = pa.concat_arrays([given, pa.array([""])]).take(pa.array(places))
    is_less = pc.less(terms, replacements)
    first = pc.if_else(is_less, terms, replacements)
    second = pc.if_else(is_less, replacements, terms)
    swapped = pc.binary_join_element_wise(first, second, _SWAPPED)
    return at, terms, pc.if_else(pc.equal(replacements, ""), terms, swapped)


def _flat(column: pa.ChunkedArray, rows: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """All texts of some rows, one or a list in each, and the row of each: null is none."""
    taken = column.take(pa.array(rows)).combine_chunks()
    if isinstance(taken, pa.ChunkedArray):
        taken = pa.concat_arrays(taken.chunks) if taken.num_chunks else pa.array([], taken.type)
    if pa.types.is_list(taken.type) or pa.types.is_large_list(taken.type):
        at = pc.list_parent_indices(taken).to_numpy(zero_copy_only=False).astype(np.int64)
        flat = pc.list_flatten(taken).cast(pa.string())
        return at, pc.fill_null(flat, "")
    flat = taken.cast(pa.string())
    there = np.flatnonzero(flat.is_valid().to_numpy(zero_copy_only=False))
    return there, flat.take(pa.array(there))


def _coded(texts: pa.Array) -> tuple[np.ndarray, dict[int, str]]:
    """[E] the first 32 bits of each text's hash, and the text of each code."""
    encoded = texts.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    codes = hash_texts([text.encode("utf-8", "surrogatepass") for text in distinct])
    codes = (codes >> np.uint64(32)).astype(np.uint32)
    positions = encoded.indices.to_numpy(zero_copy_only=False)
    return codes[positions], dict(zip(codes.tolist(), distinct, strict=True))
