"""Texts in which one piece each is exchanged."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.columns.spliced import spliced

texts = st.text("ab é你\n", max_size=6)


@given(st.lists(texts, min_size=1, max_size=5), st.lists(texts, min_size=1, max_size=4), st.data())
def test_a_piece_stands_in_the_place_of_another(given_texts, pieces, data):
    edits = []
    for _ in range(data.draw(st.integers(0, 8))):
        row = data.draw(st.integers(0, len(given_texts) - 1))
        start = data.draw(st.integers(0, len(given_texts[row])))
        end = data.draw(st.integers(start, len(given_texts[row])))
        edits.append((row, start, end, data.draw(st.integers(0, len(pieces) - 1))))
    expected = [
        given_texts[row][:start] + pieces[piece] + given_texts[row][end:]
        for row, start, end, piece in edits
    ]
    in_bytes = [
        (row, *(len(given_texts[row][:place].encode()) for place in (start, end)), piece)
        for row, start, end, piece in edits
    ]
    rows, starts, ends, chosen = np.array(in_bytes, np.int64).reshape(-1, 4).T
    # A part of a longer column.
    column = pa.array(["before", *given_texts]).slice(1)
    actual = spliced(column, rows, starts, ends, pa.array(pieces), chosen)
    actual.validate(full=True)
    assert actual.to_pylist() == expected
