"""Records of one ID agree where the texts of all their own columns do."""

from __future__ import annotations

import random
import struct

import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.pair.admit import _agree, admit_tables
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.tables import is_first
from fairflip.pipeline.records.pairing_audit import canonical, row_strings

_OTHER_NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
VALUES = {
    "list": (pa.list_(pa.string()), [["a"], ["a", "b"], ["b", "a"], [], [None], ["null"], None]),
    "double": (pa.float64(), [0.0, 1.5, -1.5, None]),
    "float": (pa.float32(), [0.25, 0.5, None]),
    "text": (pa.string(), ["a", "b", "", None]),
    "vector": (pa.list_(pa.float64()), [[1.0], [1.0, 2.0], [], None]),
}


def table_of(rng, kind, values):
    """Records of some IDs, each repeated; most alike in their column, some not."""
    ids, cells = [], []
    for number in range(rng.randrange(1, 6)):
        value = rng.choice(values)
        for _ in range(rng.randrange(1, 4)):
            ids.append(f"id{number}")
            cells.append(value if rng.random() < 0.9 else rng.choice(values))
    return pa.table({"id": ids, "x": pa.array(cells, kind)})


@pytest.mark.parametrize("name", VALUES)
def test_records_agree_where_their_texts_do(name):
    rng = random.Random(name)
    seen = set()
    for _ in range(400):
        table = table_of(rng, *VALUES[name])
        first = is_first([table["id"].combine_chunks()])
        texts = row_strings([canonical(table["x"])]).to_pylist()
        wanted = all(first[row] or texts[row] == texts[row - 1] for row in range(len(texts)))
        seen.add(wanted)
        assert _agree(table, ["id", "x"], first) == wanted
        # A part of a longer column, and one of several chunks.
        longer = pa.concat_tables([table, table]).combine_chunks().slice(table.num_rows)
        assert _agree(longer, ["id", "x"], first) == wanted
        assert _agree(pa.concat_tables([table[:1], table[1:]]), ["id", "x"], first) == wanted
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("one", "other", "num_left_out"), [(np.nan, _OTHER_NAN, 0), (0.0, -0.0, 1), (0.5, 0.25, 1)]
)
def test_texts_of_numbers_decide_where_their_bits_differ(one, other, num_left_out):
    table = pa.table(
        {
            "example_id": ["a", "a"],
            "comment_text": ["same", "same"],
            "counterfactual.comment_text": ["x", "y"],
            "score": pa.array(np.array([one, other])),
        }
    )
    joined = admit_tables(table, PairColumns())
    assert [reject.reason for reject in joined.rejects] == ["conflicting_original"] * num_left_out
    assert joined.pairs.num_rows == 2 - num_left_out
