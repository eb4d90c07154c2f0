"""The join equals pandas, whatever the order, the workers and the type of the IDs."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import PairColumns, checked_ids
from fairflip.pipeline.pair.join import join_tables
from fairflip.pipeline.records.pairing_audit import PairingAudit, multiset_hash, row_strings
from fairflip.protos.errors import InputError
from support.join_tables import as_table, random_data

NAMES = PairColumns(id="id", text="text", label="label")


def by_pandas(originals: pd.DataFrame, counterfactuals: pd.DataFrame) -> pd.DataFrame:
    """The pairs that the stated rules leave, with pandas alone."""
    remaining = originals.sort_values(["id", "text", "label"]).drop_duplicates("id")
    merged = remaining.merge(counterfactuals, on="id", suffixes=("", "_counterfactual"))
    merged = merged[merged["text"] != merged["text_counterfactual"]].drop_duplicates()
    return merged.sort_values(["id", "text_counterfactual"])


def rows(table: pa.Table) -> set[tuple]:
    return {
        (row["id"], row["text"], row["counterfactual.text"], row["label"])
        for row in table.to_pylist()
    }


@pytest.mark.parametrize("seed", range(5))
def test_join_equals_pandas(seed):
    originals, counterfactuals = random_data(seed)
    joined = join_tables(as_table(originals), as_table(counterfactuals), NAMES)
    wanted = by_pandas(originals, counterfactuals)
    assert rows(joined.pairs) == {
        (str(row.id), row.text, row.text_counterfactual, row.label) for row in wanted.itertuples()
    }
    audit = joined.audit
    assert audit.num_pairs == len(wanted)
    assert audit.num_originals == originals["id"].nunique()
    assert audit.num_duplicate_ids == len(originals) - originals["id"].nunique()
    orphans = ~counterfactuals["id"].isin(originals["id"])
    assert audit.num_unmatched_counterfactuals == orphans.sum()
    assert audit.num_unmatched_originals == originals["id"].nunique() - wanted["id"].nunique()
    matched = counterfactuals[~orphans]
    assert audit.num_duplicate_counterfactual_ids == matched.duplicated().sum()
    assert audit.num_identical_pairs > 0
    check_sums(joined)


def check_sums(joined) -> None:
    """Nothing is lost: what was read is a pair, an original or a reject."""
    audit = joined.audit
    assert audit.num_records_read == (
        audit.num_originals + audit.num_duplicate_ids + audit.num_rejected_originals
    )
    left_out = (
        audit.num_unmatched_counterfactuals
        + audit.num_identical_pairs
        + audit.num_duplicate_counterfactual_ids
        + audit.num_rejected_counterfactuals
    )
    assert audit.num_counterfactuals == audit.num_pairs + left_out
    assert len(joined.rejects) == (
        left_out + audit.num_duplicate_ids + audit.num_rejected_originals
    )
    assert audit.num_pairs == joined.pairs.num_rows
    assert audit.num_unmatched_originals == joined.unmatched_originals.num_rows


def test_counterfactuals_of_an_original_stand_together_and_are_numbered():
    originals, counterfactuals = random_data(7)
    pairs = join_tables(as_table(originals), as_table(counterfactuals), NAMES).pairs.to_pandas()
    assert pairs["id"].is_monotonic_increasing
    number = pairs.groupby("id").cumcount()
    assert (pairs["counterfactual_index"] == number).all()
    assert pairs["counterfactual_index"].dtype == np.int32


@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_order_does_not_matter(random, seed):
    originals, counterfactuals = random_data(seed, 40)
    expected = join_tables(as_table(originals), as_table(counterfactuals), NAMES)
    state = random.randrange(2**32)
    shuffled = join_tables(
        as_table(originals.sample(frac=1, random_state=state)),
        as_table(counterfactuals.sample(frac=1, random_state=state)),
        NAMES,
    )
    assert shuffled.pairs.equals(expected.pairs)
    assert shuffled.unmatched_originals.equals(expected.unmatched_originals)
    assert shuffled.audit == expected.audit
    key = str
    assert sorted(map(key, shuffled.rejects)) == sorted(map(key, expected.rejects))


def test_which_duplicate_is_kept_does_not_depend_on_order():
    first = pa.table({"id": ["1", "1"], "text": ["b", "a"], "label": [0, 1]})
    other = pa.table({"id": ["1"], "text": ["c"]})
    for table in (first, first.take([1, 0])):
        joined = join_tables(table, other, NAMES)
        assert joined.pairs["text"].to_pylist() == ["a"]
        assert [(r.reason, r.content["text"]) for r in joined.rejects] == [("duplicate_id", "b")]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array(["7", "8"]),
        pa.array([7, 8]),
        pa.array([7, 8], pa.uint8()),
        pa.array([7.0, 8.0]),
        pa.array([b"7", b"8"]),
        pa.array(["7", "8"], pa.large_string()),
        pa.array(["7", "8"]).dictionary_encode(),
    ],
    ids=lambda array: str(array.type)[:12],
)
def test_ids_of_all_types_are_one(ids):
    table = pa.table({"id": ids, "text": ["a", "b"]})
    joined = join_tables(table, pa.table({"id": ["8", "7"], "text": ["y", "x"]}), NAMES)
    assert rows(joined.pairs.append_column("label", pa.array([0, 0]))) == {
        ("7", "a", "x", 0),
        ("8", "b", "y", 0),
    }


def test_odd_ids():
    assert checked_ids(pa.array([b"\xff\x00", b"ok", None]), "id").to_pylist() == [
        "0xff00",
        "ok",
        None,
    ]
    assert checked_ids(pa.array([1.5, float("nan"), 2.0**53]), "id").to_pylist() == [
        None,
        None,
        "9007199254740992",
    ]
    assert checked_ids(pa.array(["", "007", " 7"]), "id").to_pylist() == [None, "007", " 7"]
    with pytest.raises(InputError, match="type bool"):
        checked_ids(pa.array([True]), "id")


def test_records_without_id_or_text_are_rejected_with_their_reason():
    originals = pa.table({"id": ["1", None, "3"], "text": ["a", "b", None]})
    other = pa.table({"id": ["1", "3", None], "text": [None, "c", "d"]})
    joined = join_tables(originals, other, NAMES)
    assert sorted((r.stage, r.source, r.reason, r.record) for r in joined.rejects) == [
        ("pair", "counterfactuals", "missing_id", ""),
        ("pair", "counterfactuals", "missing_value", "1"),
        ("pair", "counterfactuals", "no_original", "3"),
        ("pair", "examples", "missing_id", ""),
        ("pair", "examples", "missing_value", "3"),
    ]
    assert joined.unmatched_originals["id"].to_pylist() == ["1"]
    check_sums(joined)


def test_counterfactual_ids_separate_equal_counterfactuals():
    originals = pa.table({"id": ["1"], "text": ["a"]})
    other = pa.table(
        {"id": ["1"] * 4, "text": ["b", "b", "c", "c"], "counterfactual_id": ["y", "x", "z", "z"]}
    )
    joined = join_tables(originals, other, NAMES)
    assert joined.pairs["counterfactual_id"].to_pylist() == ["x", "y", "z"]
    assert joined.audit.num_duplicate_counterfactual_ids == 1


def test_tabular_features_pair_by_any_changed_feature():
    originals = pa.table({"id": [1, 2], "age": [30, 40], "sex": ["f", "m"], "label": [1, 0]})
    other = pa.table({"id": [1, 2], "age": [30, 40], "sex": ["m", "m"], "label": [1, 0]})
    joined = join_tables(originals, other, NAMES)
    assert joined.pairs.column_names == [
        *("id", "age", "sex", "label", "counterfactual.age", "counterfactual.sex"),
        "counterfactual_index",
    ]
    assert joined.pairs["counterfactual.sex"].to_pylist() == ["m"]
    assert [r.reason for r in joined.rejects] == ["identical"]
    only_age = dataclasses.replace(NAMES, inputs=("age",))
    assert join_tables(originals, other, only_age).audit.num_identical_pairs == 2


def test_differences_beyond_the_attribute_are_counted_where_they_can_be_told():
    originals = pa.table({"id": list("abcde"), "text": ["he is in"] * 5, "label": [0] * 5})
    other = pa.table(
        {
            "id": list("abcde"),
            "text": ["she is in", "she is out", "is in", "in", "she is in"],
            "term": ["he", "he", "he", "he", None],
            "replacement": ["she", "she", "", "", None],
            "label": [0, 0, 0, 0, 1],
        }
    )
    joined = join_tables(originals, other, NAMES)
    assert joined.audit.num_pairs == 5
    assert joined.audit.num_differing_beyond_attribute == 3  # b, d and the label of e


def test_a_pair_that_names_no_replacement_may_gain_any_words():
    originals = pa.table({"id": list("ab"), "text": ["he is in"] * 2})
    other = pa.table({"id": list("ab"), "text": ["she is in", "she is"], "term": [["he"]] * 2})
    nothing = pa.array([[], []], pa.list_(pa.string()))
    for table in (other, other.append_column("replacement", nothing)):
        joined = join_tables(originals, table, NAMES)
        assert joined.audit.num_differing_beyond_attribute == 1  # b lost a word


def test_legitimate_flips_are_counted_and_part_of_the_fingerprint():
    originals = pa.table({"id": ["1"], "text": ["a"]})
    audits = [
        join_tables(
            originals,
            pa.table({"id": ["1"], "text": ["b"], "flip_is_legitimate": [value]}),
            NAMES,
        ).audit
        for value in (True, "true", 1, False)
    ]
    assert [audit.num_legitimate_flip_pairs for audit in audits] == [1, 1, 1, 0]
    assert len({audit.pair_set_sha256 for audit in audits[:3]}) == 1
    assert audits[3].pair_set_sha256 != audits[0].pair_set_sha256


def test_a_data_sets_own_columns_are_not_taken_for_the_pairs():
    originals = pa.table({"id": ["1"], "text": ["a"], "group": ["g1"], "category": ["news"]})
    joined = join_tables(originals, pa.table({"id": ["1"], "text": ["b"], "group": ["f"]}), NAMES)
    (row,) = joined.pairs.to_pylist()
    assert (row["original.group"], row["original.category"], row["group"]) == ("g1", "news", "f")


def test_missing_columns_are_named():
    good = pa.table({"id": ["1"], "text": ["a"]})
    with pytest.raises(InputError, match="examples: there is no ID column 'id'"):
        join_tables(good.rename_columns(["key", "text"]), good, NAMES)
    with pytest.raises(InputError, match="none of the inputs"):
        join_tables(good, good.rename_columns(["id", "body"]), NAMES)
    with pytest.raises(InputError, match="no feature stands beside"):
        admit_tables(good, NAMES)


def test_ready_made_pairs_give_the_same_pair_set():
    originals, counterfactuals = random_data(3)
    joined = join_tables(as_table(originals), as_table(counterfactuals), NAMES)
    again = admit_tables(joined.pairs.take(np.arange(joined.pairs.num_rows)[::-1]), NAMES)
    assert again.audit.pair_set_sha256 == joined.audit.pair_set_sha256
    assert again.pairs.select(joined.pairs.column_names).equals(joined.pairs)
    assert not again.rejects


def test_ready_made_pairs_are_checked():
    records = pa.table(
        {
            "id": [1, 1, 2, 3, 3, 3, 4, 4],
            "text": ["a", "a", "c", "d", "e", "d", "f", "f"],
            "counterfactual.text": ["b", "a", None, "x", "y", None, None, None],
        }
    )
    admitted = admit_tables(records, NAMES)
    assert admitted.pairs["id"].to_pylist() == ["1", "3"]
    assert admitted.unmatched_originals["id"].to_pylist() == ["2", "4"]
    assert sorted(r.reason for r in admitted.rejects) == [
        "conflicting_original",
        "identical",
        "missing_counterfactual",
        "missing_counterfactual",
    ]
    audit = admitted.audit
    assert audit.num_records_read == records.num_rows
    assert audit.num_pairs + len(admitted.rejects) + 2 == records.num_rows


def test_lists_of_numbers_of_one_original_must_agree_to_the_bit():
    nan = float("nan")
    lists = [[0.1, 0.9], [nan, None], [], None, [0.0], [-0.0], [0.5], [0.5, 0.5], None, []]
    same = [0, 1, 2, 3]  # Each of these in three records, and each of the rest beside its next.
    ids = [f"same{i}" for i in same for _ in range(3)] + [f"other{i // 2}" for i in range(6)]
    vectors = [lists[i] for i in same for _ in range(3)] + lists[4:]
    records = pa.table(
        {
            "id": ids,
            "text": ["a"] * len(ids),
            "counterfactual.text": [f"b{i}" for i in range(len(ids))],
            "classes.m": pa.array(vectors, pa.list_(pa.float64())),
        }
    )
    for table in (records, records.slice(4, 5), pa.concat_tables([records[:7], records[7:]])):
        alike = table.filter(pc.starts_with(table["id"], "same"))
        assert admit_tables(alike, NAMES).pairs.num_rows == alike.num_rows
    reasons = [(r.record.partition(" ")[0], r.reason) for r in admit_tables(records, NAMES).rejects]
    assert sorted(reasons) == [(f"other{i}", "conflicting_original") for i in range(3)]


def test_the_fingerprint_is_a_sum_of_sha256():
    strings = row_strings([pa.array(["a", "b"]), pa.array(["x", None])])
    assert strings.to_pylist() == ["1:a1:x", "1:bn"]
    expected = sum(int.from_bytes(hashlib.sha256(s).digest(), "big") for s in (b"1:a1:x", b"1:bn"))
    assert multiset_hash(strings) == expected % 2**256
    assert multiset_hash(strings.take([1, 0])) == expected % 2**256
    assert multiset_hash(strings.slice(0, 0)) == 0
    # A pair held twice is not the same as none, unlike with an exclusive or.
    assert multiset_hash(pa.array(["a", "a"])) != 0


def test_audits_add_up_in_any_order():
    parts = [join_tables(*map(as_table, random_data(seed, 30)), NAMES).audit for seed in range(4)]
    total = PairingAudit.sum(iter(parts))
    assert total == PairingAudit.sum(reversed(parts))
    assert total == PairingAudit.zero() + total
    assert total.num_pairs == sum(part.num_pairs for part in parts)
    assert PairingAudit.from_dict(total.to_dict()) == total
    proto = total.to_proto()
    assert proto.num_pairs == total.num_pairs
    assert proto.pair_set_sha256 == total.pair_set_sha256
    assert len(proto.pair_set_sha256) == 64


@pytest.mark.parametrize("weights", [[0.0, 1.0, 2.0], [0, 0, 1], None])
def test_pairs_of_weight_0_are_counted(weights):
    names = dataclasses.replace(NAMES, weight="wt")
    originals = pa.table({"id": list("abc"), "text": ["she"] * 3})
    if weights is not None:
        originals = originals.append_column("wt", pa.array(weights))
    others = pa.table({"id": list("aab"), "text": ["he", "they", "he"]})
    wanted = 0 if weights is None else sum(weights["abc".index(each)] == 0 for each in "aab")
    joined = join_tables(originals, others, names)
    assert joined.audit.num_zero_weight_pairs == wanted
    assert admit_tables(joined.pairs, names).audit.num_zero_weight_pairs == wanted


def test_controls_among_counterfactuals_are_refused():
    originals = pa.table({"example_id": ["a"], "comment_text": ["she sat"]})
    counterfactuals = pa.table(
        {
            "example_id": ["a", "a"],
            "comment_text": ["he sat", "she ran"],
            "edit": ["identity", "control"],
        }
    )
    with pytest.raises(InputError, match=r"'edit' says 'control' of some.*--pairs"):
        join_tables(originals, counterfactuals, PairColumns())
    pairs = counterfactuals.slice(0, 1)
    assert join_tables(originals, pairs, PairColumns()).pairs.num_rows == 1
