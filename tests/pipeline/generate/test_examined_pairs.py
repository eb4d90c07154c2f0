"""Pairs that came from a file are examined batch by batch: marked, counted, never dropped."""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam import pvalue
from apache_beam.testing.util import assert_that

from fairflip.pipeline.generate import transforms
from fairflip.pipeline.generate.examined_pairs import examined, examined_together, examiner_of
from fairflip.pipeline.generate.transforms import ExaminePairs
from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.controls import admit_with_controls
from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.protos import columns
from fairflip.protos.config_pb2 import DataSpec, GeneratorSpec
from fairflip.text.doubts import pair_doubts

NAMES = PairColumns()
ROWS = [
    ("a", "She has 3 cats.", "He has 3 cats."),
    ("a", "She has 3 cats.", "he has 3 cats"),
    ("b", "She has 3 cats.", "He has 5 cats."),
    ("c", "The dog ran.", "The dog sat."),
]
EXPECTED = [
    [columns.NO_DOUBT],
    [pair_doubts.GRAMMAR, pair_doubts.NEAR_DUPLICATE],
    [pair_doubts.OTHER_NUMBERS],
    [pair_doubts.NO_IDENTITY_REFERENCE],
]


def pairs_of(rows, **more):
    ids, texts, changed = zip(*rows, strict=True)
    return pa.table(
        {
            "example_id": ids,
            "comment_text": texts,
            "counterfactual.comment_text": changed,
            **more,
        }
    )


@pytest.fixture(scope="module")
def examiner():
    return examiner_of("identity")


def one_batch(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def test_every_pair_stays_and_says_what_speaks_against_it(examiner):
    admitted = admit_tables(pairs_of(ROWS), NAMES)
    batch, audit = examined(one_batch(admitted.pairs), examiner, NAMES)
    actual = dict(
        zip(
            batch["counterfactual.comment_text"].to_pylist(),
            batch["doubts"].to_pylist(),
            strict=True,
        )
    )
    assert actual == {row[2]: one for row, one in zip(ROWS, EXPECTED, strict=True)}
    assert batch.num_rows == 4
    assert audit == PairingAudit(
        num_examined_pairs=4,
        num_doubtful_pairs=3,
        num_examined_words=15,
        num_changed_words=5,
        num_by_doubt=tuple(sum(name in one for one in EXPECTED) for name in columns.DOUBT_MEANINGS),
    )
    report = (admitted.audit + audit).to_proto()
    assert (report.num_pairs, report.num_doubtful_pairs) == (4, 3)
    assert {one.doubt: one.num_pairs for one in report.doubts} == {
        pair_doubts.GRAMMAR: 1,
        pair_doubts.NEAR_DUPLICATE: 1,
        pair_doubts.OTHER_NUMBERS: 1,
        pair_doubts.NO_IDENTITY_REFERENCE: 1,
    }


def test_a_control_has_the_doubts_of_its_pair_and_is_not_counted(examiner):
    rows = [*ROWS[:1], ("a", "She has 3 cats.", "She has 3 dogs."), ROWS[2]]
    rows.append(("b", "She has 3 cats.", "She had 3 cats."))
    table = pairs_of(
        rows,
        edit=["identity", "control", "identity", "control"],
        control_of=pa.array([None, 0, None, 0], pa.int32()),
    )
    batch, audit = examined(one_batch(admit_with_controls(table, NAMES).pairs), examiner, NAMES)
    marks = zip(batch["example_id"].to_pylist(), batch["doubts"].to_pylist(), strict=True)
    assert list(marks) == [("a", [columns.NO_DOUBT])] * 2 + [("b", [pair_doubts.OTHER_NUMBERS])] * 2
    assert (audit.num_examined_pairs, audit.num_doubtful_pairs) == (2, 1)


def test_what_a_pair_names_counts_as_identity(examiner):
    rows = [("a", "The Zorblaxian left.", "The Quuxite left.")] * 2
    for term, replacement in ((["Zorblaxian"], ["Quuxite"]), ("Zorblaxian", "Quuxite")):
        table = pairs_of(rows[:1], term=[term], replacement=[replacement])
        batch, _ = examined(one_batch(table), examiner, NAMES)
        assert batch["doubts"].to_pylist() == [[columns.NO_DOUBT]]


def test_pairs_without_texts_are_as_they_were(examiner):
    batch = pa.record_batch({"example_id": ["a"], "age": [1], "counterfactual.age": [2]})
    assert examined(batch, examiner, NAMES) == (batch, PairingAudit.zero())


def test_a_text_that_is_missing_is_no_doubt(examiner):
    batch = one_batch(pairs_of([("a", "She left.", None), ("b", None, "He left.")]))
    actual, audit = examined(batch, examiner, NAMES)
    assert actual["doubts"].to_pylist() == [[columns.NO_DOUBT]] * 2
    assert audit.num_doubtful_pairs == 0


def test_marks_of_an_earlier_run_are_made_anew(examiner):
    batch, audit = examined(one_batch(pairs_of(ROWS)), examiner, NAMES)
    again = examined(batch.set_column(3, "doubts", pa.array([["old"]] * 4)), examiner, NAMES)
    assert again == (batch, audit)


def test_audits_add_up_however_batches_are_cut(examiner):
    table = pairs_of(ROWS)
    whole = examined(one_batch(table), examiner, NAMES)[1]
    parts = [examined(one_batch(part), examiner, NAMES)[1] for part in (table[:2], table[2:])]
    assert PairingAudit.sum(parts) == whole
    assert PairingAudit.from_dict(whole.to_dict()) == whole


def test_batches_that_are_examined_together_stay_as_they_are(examiner):
    table = pairs_of(ROWS)
    parts = [one_batch(part) for part in (table[:2], table[2:3], table[3:])]
    together, audit = examined_together(parts, examiner, NAMES)
    one_by_one = [examined(part, examiner, NAMES) for part in parts]
    assert [part.to_pylist() for part in together] == [part.to_pylist() for part, _ in one_by_one]
    assert audit == PairingAudit.sum([audit for _, audit in one_by_one])


@pytest.mark.parametrize("rows_together", [1, 2, 100])
def test_batches_go_on_in_their_order_and_size_however_many_are_examined_together(
    rows_together, monkeypatch
):
    monkeypatch.setattr(transforms, "ROWS_TOGETHER", rows_together)
    table = pairs_of(ROWS)
    # A column more is another schema; without texts there is nothing to examine.
    parts = [one_batch(part) for part in (table[:2], table[2:3], table[3:])]
    parts.append(parts[0].append_column("more", pa.array(["x", "y"])))
    parts.append(parts[0].select(["example_id"]))
    examine = transforms._Examine("", "", NAMES)
    examine.start_bundle()
    passed = [one for part in parts for one in examine.process(part)]
    passed += [
        pvalue.TaggedOutput(one.tag, one.value.value)
        if isinstance(one, pvalue.TaggedOutput)
        else one.value
        for one in examine.finish_bundle()
    ]
    batches = [one for one in passed if isinstance(one, pa.RecordBatch)]
    audits = [one.value for one in passed if isinstance(one, pvalue.TaggedOutput)]
    expected = [examined(part, examiner_of(""), NAMES) for part in parts]
    assert sorted(map(str, map(pa.RecordBatch.to_pylist, batches))) == sorted(
        str(batch.to_pylist()) for batch, _ in expected
    )
    assert PairingAudit.sum(audits) == PairingAudit.sum([audit for _, audit in expected])


def test_the_transform_adds_to_the_audit_of_the_pairing():
    batch = one_batch(pairs_of(ROWS))
    before = PairingAudit(num_pairs=4, num_originals=3)

    def check(actual):
        [audit] = actual
        assert (audit.num_pairs, audit.num_originals, audit.num_doubtful_pairs) == (4, 3, 3)

    def check_pairs(actual):
        [pairs] = actual
        assert pairs["doubts"].to_pylist() == EXPECTED

    with beam.Pipeline() as pipeline:
        inputs = {
            "pairs": pipeline | "Pairs" >> beam.Create([batch]).with_output_types(pa.RecordBatch),
            "audit": pipeline | "Audit" >> beam.Create([before]).with_output_types(PairingAudit),
        }
        made = inputs | ExaminePairs(GeneratorSpec(), DataSpec())
        assert_that(made["audit"], check)
        assert_that(made["pairs"], check_pairs, "Pairs are marked")
