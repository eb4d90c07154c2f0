"""Every number of a report stands in a table, under the name of its field."""

from __future__ import annotations

import math

import pytest

from fairflip.pipeline.export.tables import tables_of
from fairflip.protos.forms.messages import is_repeated
from fairflip.protos.report_pb2 import Bounds, Interval
from support import random_reports

INTERVALS = (Interval.DESCRIPTOR.full_name, Bounds.DESCRIPTOR.full_name)


@pytest.fixture(scope="module")
def report():
    made = random_reports.report(random_reports.scored_pairs(200))
    made.gate.add(name="flips", verdict="pass", observed=0.1, limit=0.2)
    made.rejects.add(stage="read", reason="no text", count=3)
    return made


@pytest.fixture(scope="module")
def tables(report):
    return tables_of(report, "june")


def expected(message):
    """Each scalar of a message by column, read field by field."""
    actual = {}
    for field, value in message.ListFields():
        if is_repeated(field):
            continue
        if field.message_type is None:
            actual[field.name] = value
        elif field.message_type.full_name in INTERVALS:
            actual[f"{field.name}_lower"], actual[f"{field.name}_upper"] = value.lower, value.upper
            if field.message_type.full_name == Interval.DESCRIPTOR.full_name:
                actual[field.name] = value.value
    return actual


def assert_rows(rows, messages):
    assert len(rows) == len(messages)
    for row, message in zip(rows, messages, strict=True):
        for name, value in expected(message).items():
            if isinstance(value, float) and math.isnan(value):
                assert math.isnan(row[name]), name
            else:
                assert row[name] == value, name


def test_slices_and_thresholds_hold_every_number(report, tables):
    slices = [part for model in report.models for part in model.slices]
    assert_rows(tables["slices"].to_pylist(), slices)
    thresholds = [at for part in slices for at in part.thresholds]
    rows = tables["thresholds"].to_pylist()
    assert_rows(rows, thresholds)
    places = [
        (model.name, part.slice, at.threshold)
        for model in report.models
        for part in model.slices
        for at in part.thresholds
    ]
    assert [(row["model"], row["slice"], row["threshold"]) for row in rows] == places
    assert {row["run"] for row in rows} == {"june"}


def test_comparisons_terms_and_what_became_of_records_have_tables(report, tables):
    [comparison] = report.comparisons
    assert_rows(tables["comparisons"].to_pylist(), comparison.slices)
    assert_rows(
        tables["comparison_thresholds"].to_pylist(),
        [at for part in comparison.slices for at in part.thresholds],
    )
    assert_rows(tables["rejects"].to_pylist(), report.rejects)
    assert_rows(tables["gate"].to_pylist(), report.gate)
    assert_rows(tables["pairing"].to_pylist(), [report.pairing])
    reactions = tables["term_reactions"].to_pylist()
    for term in report.term_coverage:
        for model, interval in term.flip_rate.items():
            [row] = [
                row
                for row in reactions
                if (row["term"], row["model"], row["number"]) == (term.term, model, "flip_rate")
            ]
            assert (row["value"], row["lower"]) == (interval.value, interval.lower)


def test_what_is_absent_is_null_and_no_zero(report, tables):
    part = report.models[0].slices[0]
    row = tables["slices"].to_pylist()[0]
    assert not part.HasField("shrunken_flip_rate") or row["shrunken_flip_rate"] is not None
    assert row["top_k"] is None
