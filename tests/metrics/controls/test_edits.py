"""What a row edits, from whichever columns say so."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.controls.edits import items_of


def items(**table) -> list[list[str]]:
    """The edits of each row, by the texts that give the same codes when words are removed."""
    size = len(next(iter(table.values())))
    actual, names = items_of(pa.table(table), np.arange(size))
    return [
        [names[code] for code in actual.terms[actual.rows == row].tolist()] for row in range(size)
    ]


def edit_codes(**table) -> list[list[int]]:
    size = len(next(iter(table.values())))
    actual, _ = items_of(pa.table(table), np.arange(size))
    return [actual.edits[actual.rows == row].tolist() for row in range(size)]


def test_terms_may_be_lists_or_single_texts():
    assert items(term=[["gay"], [], None, ["gay", "man"]]) == [["gay"], [], [], ["gay", "man"]]
    assert items(term=["gay", None, "man"]) == [["gay"], [], ["man"]]
    assert items(term=pa.nulls(2)) == [[], []]


def test_a_swap_is_the_same_in_both_directions_and_no_removal():
    codes = edit_codes(
        term=[["he"], ["she"], ["he"], ["he", "she"]],
        replacement=[["she"], ["he"], [""], ["she", "he"]],
    )
    assert codes[0] == codes[1] != codes[2]
    assert set(codes[3]) == set(codes[0])


def test_replacements_that_stand_beside_no_term_are_left_out():
    assert edit_codes(term=[["he"]], replacement=[["she", "her"]]) == edit_codes(term=[["he"]])


@pytest.mark.parametrize("seed", range(20))
def test_what_a_row_edits_does_not_depend_on_the_rows_beside_it(seed):
    random = np.random.default_rng(seed)
    words = ["gay", "man", "woman", "he"]
    term = [random.choice(words, size).tolist() for size in random.integers(0, 3, 30)]
    # Some rows have another number of replacements than of terms, or none at all.
    replacement = [
        None if random.random() < 0.1 else random.choice(words, size).tolist()
        for size in [max(0, len(of) + random.choice([-1, 0, 0, 0, 1])) for of in term]
    ]
    types = {"term": pa.list_(pa.string()), "replacement": pa.list_(pa.string())}

    def codes(rows):
        given = {"term": [term[i] for i in rows], "replacement": [replacement[i] for i in rows]}
        return edit_codes(**{name: pa.array(of, types[name]) for name, of in given.items()})

    assert codes(range(30)) == [codes([row])[0] for row in range(30)]


def test_pairs_without_terms_say_which_words_differ():
    actual = items(term=[["gay"], None, []], edited_words=[["x"], ["he↔she"], None])
    assert actual == [["gay"], ["he↔she"], []]
    assert edit_codes(edited_words=[["he↔she"]]) == edit_codes(term=["she"], replacement=["he"])


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_texts_of_any_arrow_type(kind):
    column = pa.array(["gay", None], pa.string()).cast(kind)
    assert items(term=column) == [["gay"], []]
