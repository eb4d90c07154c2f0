"""A sample of records that no batching changes."""

from __future__ import annotations

import itertools
import json

import pyarrow as pa

from fairflip.pipeline.tabular import sample as module
from fairflip.pipeline.tabular.sample import SAMPLE_SIZE, TableSample
from support.tables import applicants

FEATURES = ("gender", "age")


def of(table, seed=3) -> TableSample:
    batch = pa.Table.from_pandas(table, preserve_index=False)
    return TableSample.of(batch, "applicant_id", FEATURES, "gender", seed)


def test_the_sample_is_the_same_however_records_are_cut():
    table = applicants(2 * SAMPLE_SIZE)
    whole = of(table)
    cuts = [0, 1, 700, 5_000, len(table)]
    parts = [of(table[start:end]) for start, end in itertools.pairwise(cuts)]
    together = TableSample.sum(reversed(parts))
    assert together.ids == whole.ids
    assert len(whole.ids) == SAMPLE_SIZE == len(set(whole.ids))
    assert together.cells("age").equals(whole.cells("age"))
    assert together.counts == whole.counts == table["gender"].value_counts().to_dict()
    assert together.num_records == len(table)
    # Another seed, another sample; its records are those of the table.
    assert set(of(table, seed=4).ids) != set(whole.ids)
    ages = table.set_index("applicant_id")["age"]
    assert whole.cells("age").to_pylist() == ages[whole.ids].tolist()


def test_it_travels_as_json_and_nothing_is_a_sample_too():
    sample = of(applicants(20))
    again = TableSample.from_dict(json.loads(json.dumps(sample.to_dict())))
    assert again.records.equals(sample.records)
    assert (again.counts, again.num_records) == (sample.counts, 20)
    assert (TableSample.zero() + sample).ids == sample.ids
    nothing = TableSample.from_dict(TableSample.zero().to_dict())
    assert (nothing.ids, nothing.cells("age").to_pylist()) == ([], [])


def test_of_many_values_those_that_are_named_stay_known(monkeypatch):
    monkeypatch.setattr(module, "_MOST_COUNTED", 3)
    table = pa.table({"id": list("abcde"), "name": ["v", "w", "x", "y", "z"]})
    sample = TableSample.of(table, "id", ("name",), "name", seed=0, named=("z",))
    assert sample.counts == {"v": 1, "w": 1, "x": 1, "z": 1}
    assert (sample + sample).counts == {"v": 2, "w": 2, "x": 2, "z": 2}
