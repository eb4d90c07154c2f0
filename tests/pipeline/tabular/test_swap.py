"""One column of a table set to each other of its values."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.tabular.swap import AttributeSwap, cell_texts, record_texts, swapped_pairs
from fairflip.protos import config_pb2
from fairflip.protos.errors import InputError
from support.tables import FEATURES, applicants, swapped

NAMES = PairColumns(id="applicant_id", text="", label="approved", inputs=FEATURES)
SWAP = AttributeSwap("gender", ("female", "male"), (("title", (("Mr", "Mrs"),)),))


def of(spec: dict, counts: dict) -> AttributeSwap:
    return AttributeSwap.of(config_pb2.GeneratorSpec(attribute="gender", **spec), counts)


def test_each_record_of_a_named_value_gets_the_other_value_and_what_follows():
    table = applicants(200)
    batch = pa.RecordBatch.from_pandas(table, preserve_index=False)
    made = swapped_pairs(batch, SWAP, NAMES)
    pairs, expected = made.pairs.to_pandas(), swapped(table)
    assert pairs["applicant_id"].tolist() == expected["applicant_id"].tolist()
    assert pairs["counterfactual.gender"].tolist() == expected["gender"].tolist()
    assert pairs["counterfactual.title"].tolist() == expected["title"].tolist()
    assert {"Dr", "Mr", "Mrs"} == set(pairs["counterfactual.title"])
    assert pairs["group"].str[0].tolist() == pairs["gender"].tolist()
    assert pairs["replacement_group"].str[0].tolist() == pairs["counterfactual.gender"].tolist()
    assert set(pairs["term"].str[0]) == set(pairs["category"].str[0]) == {"gender"}
    # Everything else stays, and records of another value make no pair.
    assert pairs["income"].tolist() == expected["income"].tolist()
    others = table[table["gender"] == "other"]["applicant_id"].tolist()
    assert made.unmatched_originals.column("applicant_id").to_pylist() == others
    assert (made.audit.num_pairs, made.audit.num_unmatched_originals) == (len(pairs), len(others))
    counts = {key[1]: count.num_originals for key, count in made.coverage.terms.items()}
    assert counts == table["gender"].value_counts().drop("other").to_dict()


def test_of_three_values_each_other_one_makes_a_pair_and_linked_cells_go_by_place():
    batch = pa.RecordBatch.from_pydict(
        {"id": ["x", "y", "z"], "gender": ["a", "c", None], "title": ["A", "Z", "B"]}
    )
    swap = AttributeSwap("gender", ("a", "b", "c"), (("title", (("A", "B", "C"),)),))
    names = PairColumns(id="id", text="", inputs=("gender", "title"))
    rows = swapped_pairs(batch, swap, names).pairs.to_pylist()
    made = [(r["id"], r["counterfactual.gender"], r["counterfactual.title"]) for r in rows]
    # "Z" is no value of the group, and stays.
    assert made == [("x", "b", "B"), ("x", "c", "C"), ("y", "a", "Z"), ("y", "b", "Z")]
    assert [row["counterfactual_id"] for row in rows] == ["x#0", "x#1", "y#0", "y#1"]
    assert [row["counterfactual_index"] for row in rows] == [0, 1, 0, 1]


def test_numbers_stay_numbers_and_are_named_as_people_write_them():
    batch = pa.RecordBatch.from_pydict({"id": ["x", "y"], "gender": [0.0, 1.0]})
    names = PairColumns(id="id", text="", inputs=("gender",))
    pairs = swapped_pairs(batch, AttributeSwap("gender", ("0", "1")), names).pairs
    assert pairs.column("counterfactual.gender").to_pylist() == [1.0, 0.0]
    assert pairs.column("group").to_pylist() == [["0"], ["1"]]
    assert cell_texts(pa.array([1.0, 2.5, None])).to_pylist() == ["1", "2.5", None]
    row = {"age": 3.0, "gender": None, "counterfactual.gender": "f"}
    assert record_texts(row, ["age", "gender"]) == (
        "age: 3, gender: missing",
        "age: 3, gender: f",
    )


def test_values_are_those_that_occur_numbers_in_their_order():
    assert of({}, {"male": 5, "female": 9}).values == ("female", "male")
    assert of({}, {"10": 1, "9": 1, "x": 1}).values == ("9", "10", "x")
    named = {"attribute_values": ["male", "female"]}
    assert of(named, {"female": 1, "male": 1, "d": 7}).values == ("male", "female")


@pytest.mark.parametrize(
    ("spec", "counts", "output"),
    [
        ({"attribute_values": ["m", "femal"]}, {"m": 2, "female": 3}, "'femal' is in no example"),
        ({}, {str(n): 1 for n in range(21)}, "more than 20 values"),
        ({}, {"female": 3}, "one value"),
        ({"linked": [{"column": "t", "values": ["a:b"]}]}, {"x": 1, "y": 1, "z": 1}, "holds 2 val"),
    ],
)
def test_what_would_make_no_pairs_is_said_with_what_is_there(spec, counts, output):
    with pytest.raises(InputError, match=output):
        of(spec, counts)


def test_words_cannot_be_set_in_a_column_of_numbers():
    batch = pa.RecordBatch.from_pydict({"id": ["x"], "gender": [0.0]})
    names = PairColumns(id="id", text="", inputs=("gender",))
    with pytest.raises(InputError, match="holds numbers"):
        swapped_pairs(batch, AttributeSwap("gender", ("0", "male")), names)
