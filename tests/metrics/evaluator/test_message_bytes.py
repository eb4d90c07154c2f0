"""Messages put together from parts are what protobuf makes of the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from google.protobuf import struct_pb2

from fairflip.metrics.evaluator import message_bytes
from fairflip.protos import report_pb2


def made(values):
    return report_pb2.Interval(value=values[0], lower=values[1], upper=values[2])


def test_other_doubles_take_the_place_of_marks():
    template = made(message_bytes.marks(3)).SerializeToString()
    where = np.array(message_bytes.places(template, 3))
    for values in ([0.25, -1e-300, 7.0], [0.0, -0.0, math.inf]):
        written = message_bytes.with_doubles(template, where, np.array(values))
        found = report_pb2.Interval.FromString(written)
        assert found == made(values)
        assert [found.value, found.lower, found.upper] == values
    written = message_bytes.with_doubles(template, where[1:2], np.array([math.nan]))
    assert math.isnan(report_pb2.Interval.FromString(written).lower)
    assert template == made(message_bytes.marks(3)).SerializeToString()


def test_marks_are_finite_and_differ():
    marks = message_bytes.marks(255)
    assert np.isfinite(marks).all()
    assert len(set(marks)) == 255
    with pytest.raises(ValueError, match="stands 0 times"):
        message_bytes.places(made([1.0, 2.0, 3.0]).SerializeToString(), 1)
    twice = made([message_bytes.marks(1)[0]] * 2 + [0.0]).SerializeToString()
    with pytest.raises(ValueError, match="stands 2 times"):
        message_bytes.places(twice, 1)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16_383, 16_384, 3_000_000])
def test_parts_are_entries_of_a_list(length):
    value = struct_pb2.Value(string_value="x" * length)
    number = struct_pb2.ListValue.VALUES_FIELD_NUMBER
    part = message_bytes.embedded(number, value.SerializeToString())
    assert part == struct_pb2.ListValue(values=[value]).SerializeToString()
    several = struct_pb2.ListValue.FromString(part + part)
    assert several == struct_pb2.ListValue(values=[value, value])


def test_fields_of_high_numbers_are_embedded():
    report = report_pb2.SliceReport.DESCRIPTOR
    field = max(
        (f for f in report.fields if f.message_type is not None and not f.is_repeated),
        key=lambda f: f.number,
    )
    assert field.number > 15  # its tag takes two bytes
    found = report_pb2.SliceReport.FromString(message_bytes.embedded(field.number, b""))
    assert [f.name for f, _ in found.ListFields()] == [field.name]
