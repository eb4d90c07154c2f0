"""Records of one ID agree where the texts of all their own columns do."""

from __future__ import annotations

import collections
import random
import struct

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def plainly(rows):
    """Pairs, unmatched originals and reasons by the stated rules, one record after the other."""
    pairs, unmatched, reasons = [], [], collections.Counter()
    by_id = collections.defaultdict(list)
    for identity, text, changed in rows:
        if not identity:
            reasons["missing_id"] += 1
        elif text is None:
            reasons["missing_value"] += 1
        else:
            by_id[identity].append((text, changed))
    for identity in sorted(by_id):
        text = min(text for text, _ in by_id[identity])
        own = [changed for other, changed in by_id[identity] if other == text]
        reasons["conflicting_original"] += len(by_id[identity]) - len(own)
        given = sorted(changed for changed in own if changed is not None)
        distinct = [each for each in dict.fromkeys(given) if each != text]
        reasons["duplicate_counterfactual"] += len(given) - len(set(given))
        reasons["identical"] += text in given
        reasons["missing_counterfactual"] += len(own) - len(given) - (not given)
        pairs += [(identity, text, each, index) for index, each in enumerate(distinct)]
        if not distinct:
            unmatched.append((identity, text))
    return pairs, unmatched, +reasons


TEXTS = st.sampled_from(["a", "b", "ab", "é", ""])
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "10", "", None]), st.none() | TEXTS, st.none() | TEXTS
    ),
    max_size=12,
)


@given(RECORDS, st.integers(0, 12), st.booleans())
def test_pairs_are_those_of_the_rules_record_by_record(rows, first, are_filled):
    if are_filled:  # as most inputs are, and of one original an ID
        texts = {identity: text or "" for identity, text, _ in rows}
        rows = [(identity, texts[identity], changed or "c") for identity, _, changed in rows]
    columns = ("example_id", "comment_text", "counterfactual.comment_text")
    table = pa.Table.from_pylist(
        [dict(zip(columns, row, strict=True)) for row in rows],
        schema=pa.schema([(name, pa.string()) for name in columns]),
    )
    # The order of records means nothing, nor does how they lie in memory.
    for given_table in (table, pa.concat_tables([table.slice(first), table.slice(0, first)])):
        joined = admit_tables(given_table, PairColumns())
        pairs, unmatched, reasons = plainly(rows)
        shown = joined.pairs.select([*columns, "counterfactual_index"]).to_pylist()
        assert [tuple(row.values()) for row in shown] == pairs
        originals = joined.unmatched_originals.select(columns[:2]).to_pylist()
        assert [tuple(row.values()) for row in originals] == unmatched
        assert collections.Counter(reject.reason for reject in joined.rejects) == reasons
        assert joined.audit.num_pairs == len(pairs)
        assert joined.audit.num_unmatched_originals == len(unmatched)
