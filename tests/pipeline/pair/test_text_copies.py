"""Copies of a text under other IDs, against a count of distinct texts."""

from __future__ import annotations

import random

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.text_copies import CountTextCopies, text_hashes
from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.pipeline.storage import record_batch_coder  # noqa: F401  (it registers the coder)

NAMES = PairColumns(id="id", text="text")


def pair_rows(texts_by_id, counterfactuals=2):
    rows = [
        (identity, text, f"{text} {number}", "identity")
        for identity, text in texts_by_id.items()
        for number in range(counterfactuals)
    ]
    # A control repeats its original's text, and is no pair.
    rows += [(identity, text, f"{text} !", "control") for identity, text in texts_by_id.items()]
    return rows


def batch_of(rows):
    names = ["id", "text", "counterfactual.text", "edit"]
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.string()) for column in zip(*rows, strict=True)], names
    )


@pytest.mark.parametrize("num_texts", [1, 40, 200])
def test_copies_are_originals_less_distinct_texts(num_texts):
    chance = random.Random(num_texts)
    texts = {f"id{i}": f"text {chance.randrange(num_texts)}" for i in range(120)}
    ids = list(texts)
    batches = [
        batch_of(pair_rows({identity: texts[identity] for identity in ids[start : start + 25]}))
        for start in range(0, len(ids), 25)
    ]
    wanted = len(texts) - len(set(texts.values()))

    def check(audits):
        assert PairingAudit.sum(audits) == PairingAudit(num_copied_originals=wanted)

    with TestPipeline() as pipeline:
        assert_that(
            pipeline
            | beam.Create(batches).with_output_types(pa.RecordBatch)
            | CountTextCopies(NAMES, 16),
            check,
        )


def test_one_hash_an_original_of_all_that_a_model_reads():
    rows = pair_rows({"a": "same", "b": "same", "c": "other"})
    hashes = text_hashes(batch_of(rows), NAMES)
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes) == 3
    table = pa.RecordBatch.from_pydict(
        {"id": ["a", "b"], "text": ["x", "x"], "age": [1, 2]}
        | {"counterfactual.text": ["y", "y"], "counterfactual.age": [1, 2]}
    )
    both = PairColumns(id="id", text="text", inputs=("age", "text"))
    assert len(set(text_hashes(table, both).tolist())) == 2
    assert len(set(text_hashes(table, NAMES).tolist())) == 1


def test_a_value_hashes_alike_whether_or_not_others_are_missing():
    names = PairColumns(id="id", text="", inputs=("age",))

    def hashes(ages):
        ids = [str(number) for number in range(len(ages))]
        return text_hashes(pa.RecordBatch.from_pydict({"id": ids, "age": ages}), names).tolist()

    some = hashes(pa.array(["1", None, "", None]))
    assert len(set(some)) == 3
    assert some[1] == some[3]
    assert hashes(pa.array(["", "1"])) == [some[2], some[0]]
