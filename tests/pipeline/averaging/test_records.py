"""The records that a model of a table is asked about: those of the pairs, and the record itself."""

from __future__ import annotations

import collections

import pandas as pd
import pyarrow as pa
import pytest

from fairflip.pipeline.averaging.records import RecordsToAsk
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.tabular.swap import AttributeSwap, swapped_pairs
from fairflip.protos.config_pb2 import InferenceRemedy
from fairflip.protos.errors import ConfigurationError, InputError
from support.tables import FEATURES, applicants

NAMES = PairColumns(id="applicant_id", text="", label="approved", inputs=FEATURES)
TABLE = applicants(200)
BATCH = pa.RecordBatch.from_pandas(TABLE, preserve_index=False)


def remedy(technique="averaging", **fields) -> InferenceRemedy:
    given = {
        "attribute": "gender",
        "attribute_values": ["female", "male"],
        "linked": [{"column": "title", "values": ["Mr:Mrs"]}],
        **fields,
    }
    return InferenceRemedy(technique=technique, method="attribute", **given)


def asked(spec: InferenceRemedy, batch: pa.RecordBatch = BATCH) -> list[tuple]:
    """Each record asked about, behind the row that it stands for."""
    records, row = RecordsToAsk(spec, "").of(batch)
    assert records.schema.names == batch.schema.names
    features = [name for name in FEATURES if name in records.schema.names]
    return list(
        zip(row.tolist(), *(records.column(name).to_pylist() for name in features), strict=True)
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"attribute_values": ["other", "female"], "linked": []},
        {
            "attribute_values": ["female", "male", "other"],
            "linked": [{"column": "title", "values": ["Mrs:Mr:Mx"]}],
        },
        {
            "attribute": "age",
            "attribute_values": ["20", "30", "40", "50"],
            "linked": [{"column": "occupation", "values": ["nurse:clerk:engineer:judge"]}],
        },
    ],
)
def test_they_are_the_record_and_its_counterfactuals_as_pairs_have_them(fields):
    spec = remedy(**fields)
    swap = AttributeSwap.named(spec)
    pairs = swapped_pairs(BATCH, swap, NAMES).pairs.to_pandas()
    expected = []
    for row, record in enumerate(TABLE.to_dict("records")):
        expected.append((row, *(record[name] for name in FEATURES)))
        for _, pair in pairs[pairs["applicant_id"] == record["applicant_id"]].iterrows():
            cells = (pair.get(f"counterfactual.{name}", pair[name]) for name in FEATURES)
            expected.append((row, *cells))
    assert asked(spec) == expected
    assert len(expected) == len(TABLE) + len(pairs) > len(TABLE)


def test_a_record_and_its_counterfactual_have_the_same_records():
    titles = {"female": "Mrs", "male": "Mr", "other": "Mx"}
    spec = remedy(
        attribute_values=list(titles), linked=[{"column": "title", "values": ["Mrs:Mr:Mx"]}]
    )
    table = TABLE.assign(title=TABLE["gender"].map(titles))
    records, row = RecordsToAsk(spec, "").of(pa.RecordBatch.from_pandas(table))
    of_record, of_each = collections.defaultdict(set), collections.defaultdict(set)
    for number, *cells in asked(spec, pa.RecordBatch.from_pandas(table)):
        of_record[number].add(tuple(cells))
    for place, *cells in asked(spec, records):
        of_each[place].add(tuple(cells))
    assert {len(cells) for cells in of_record.values()} == {3}
    assert [of_each[place] for place in range(len(row))] == [of_record[n] for n in row.tolist()]


def test_blindness_asks_about_the_first_value_alone():
    expected = TABLE.assign(
        gender=TABLE["gender"].replace("male", "female"),
        title=TABLE["title"].where(TABLE["gender"] != "male", TABLE["title"].replace("Mr", "Mrs")),
    )
    rows = [(row, *cells) for row, *cells in expected[list(FEATURES)].itertuples()]
    assert asked(remedy("blindness")) == rows
    others = expected[expected["gender"] == "other"]
    assert set(others["title"]) >= {"Mr"}  # what no pair changes stays


@pytest.mark.parametrize("kind", [object, "category"])
def test_a_missing_cell_stays_whatever_its_column_holds(kind):
    frame = pd.DataFrame({"gender": ["male", None, "female"], "title": ["Mr", "Mr", None]})
    batch = pa.RecordBatch.from_pandas(frame.astype(kind), preserve_index=False)
    expected = [(0, "male", "Mr"), (0, "female", "Mrs"), (1, None, "Mr"),
                (2, "female", None), (2, "male", None)]  # fmt: skip
    assert asked(remedy(), batch) == expected
    alone = pa.RecordBatch.from_pydict({"gender": [None, None], "title": ["Mr", None]})
    assert asked(remedy(), alone) == [(0, None, "Mr"), (1, None, None)]
    untitled = pa.RecordBatch.from_pydict({"gender": ["male"], "title": pa.nulls(1)})
    assert asked(remedy(), untitled) == [(0, "male", None), (0, "female", None)]
    assert asked(remedy(), batch.slice(0, 0)) == []


def test_values_are_named_and_no_text_is_asked_about():
    with pytest.raises(InputError, match="name two or more"):
        RecordsToAsk(remedy(attribute_values=[]), "")
    with pytest.raises(InputError, match="holds 2 values, and 'gender' has 3"):
        RecordsToAsk(remedy(attribute_values=["a", "b", "c"]), "")
    with pytest.raises(ConfigurationError, match="about no texts"):
        RecordsToAsk(remedy(), "").texts_of(["she sings"])
