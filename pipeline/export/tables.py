"""Every list of numbers of a report as a flat table.

Columns are named as the report's fields, so that a new field is a new column at once. An
interval `flip_rate` is the columns `flip_rate`, `flip_rate_lower` and `flip_rate_upper`; bounds
are the last two. Lists inside of a row are tables of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from fairflip.protos.forms.messages import Descriptor, Field, is_repeated
from fairflip.protos.report_pb2 import (
    Bounds,
    ExamplePerformance,
    GateResult,
    GroupDirection,
    Heterogeneity,
    Interval,
    MatchedThreshold,
    Pairing,
    RecordSum,
    RejectCount,
    RunReport,
    ScoreRange,
    SliceComparison,
    SliceReport,
    SweepPoint,
    TermCoverage,
    ThresholdComparison,
    ThresholdReport,
    Verdict,
)

_TYPES = {
    FieldDescriptor.CPPTYPE_INT32: pa.int64(),
    FieldDescriptor.CPPTYPE_INT64: pa.int64(),
    FieldDescriptor.CPPTYPE_UINT32: pa.int64(),
    FieldDescriptor.CPPTYPE_UINT64: pa.int64(),
    FieldDescriptor.CPPTYPE_DOUBLE: pa.float64(),
    FieldDescriptor.CPPTYPE_FLOAT: pa.float64(),
    FieldDescriptor.CPPTYPE_BOOL: pa.bool_(),
    FieldDescriptor.CPPTYPE_STRING: pa.string(),
}
Row = tuple[Mapping[str, Any], Message]


def tables_of(report: RunReport, run: str) -> dict[str, pa.Table]:
    """All tables of a report by name; those without a row are left out.

    Args:
        report: Of a finished run.
        run: What to call it. Each row begins with it, the run's start and its pair set, so that
            tables of many runs can be put one below the other.
    """
    about = {
        "run": run,
        "started": report.provenance.started,
        "pair_set_sha256": report.pairing.pair_set_sha256,
    }
    by_name: dict[str, pa.Table] = {}
    for name, message, rows in _lists(report):
        table = _table(message.DESCRIPTOR, list(rows), about)
        if table.num_rows:
            by_name[name] = table
    return by_name


def _lists(report: RunReport) -> Iterator[tuple[str, type[Message], Iterable[Row]]]:
    """(name of the table, message of a row, rows: what says where it stands, and the row)."""
    slices = [
        ({"model": model.name, "slice": part.slice}, part)
        for model in report.models
        for part in model.slices
    ]
    compared = [
        ({"baseline": one.baseline, "candidate": one.candidate, "slice": part.slice}, part)
        for one in report.comparisons
        for part in one.slices
    ]

    def of_models(name: str) -> list[Row]:
        return [
            ({"model": model.name}, one) for model in report.models for one in getattr(model, name)
        ]

    yield "slices", SliceReport, slices
    yield (
        "thresholds",
        ThresholdReport,
        ((place, at) for place, part in slices for at in part.thresholds),
    )
    yield (
        "matched",
        MatchedThreshold,
        ((place, part.matched) for place, part in slices if part.HasField("matched")),
    )
    yield "examples", ExamplePerformance, of_models("examples")
    yield "group_directions", GroupDirection, of_models("group_directions")
    yield "heterogeneity", Heterogeneity, of_models("heterogeneity")
    yield "comparisons", SliceComparison, compared
    yield (
        "comparison_thresholds",
        ThresholdComparison,
        ((place, at) for place, part in compared for at in part.thresholds),
    )
    yield (
        "comparison_matched",
        ThresholdComparison,
        ((place, part.matched) for place, part in compared if part.HasField("matched")),
    )
    yield "terms", TermCoverage, (({}, one) for one in report.term_coverage)
    yield "term_reactions", Reaction, _reactions(report)
    yield "sweep", SweepPoint, (({}, one) for one in report.sweep.points)
    yield "score_ranges", ScoreRange, (({}, one) for one in report.score_ranges)
    yield "rejects", RejectCount, (({}, one) for one in report.rejects)
    yield "record_sums", RecordSum, (({}, one) for one in report.sums)
    yield "gate", GateResult, (({}, one) for one in report.gate)
    yield "pairing", Pairing, [({}, report.pairing)]
    yield "verdict", Verdict, [({}, report.verdict)]


#: How a model reacts to a term: flip rate and score gap, each with its interval.
Reaction = Interval


def _reactions(report: RunReport) -> Iterator[Row]:
    for term in report.term_coverage:
        for number in ("flip_rate", "ctf_gap"):
            for model, interval in sorted(getattr(term, number).items()):
                yield {"term": term.term, "model": model, "number": number}, interval


def _table(descriptor: Descriptor, rows: list[Row], about: Mapping[str, str]) -> pa.Table:
    """Rows of one kind of message as a table."""
    place_names = list(rows[0][0]) if rows else []
    fields = [
        (name, column)
        for name, column in _columns(descriptor)
        if name not in about and name not in place_names
    ]
    arrays = {name: pa.array([value] * len(rows), pa.string()) for name, value in about.items()}
    for name in place_names:
        arrays[name] = pa.array([place[name] for place, _ in rows], pa.string())
    for name, (path, kind) in fields:
        arrays[name] = pa.array([_value(message, path) for _, message in rows], kind)
    return pa.table(arrays)


def _columns(descriptor: Descriptor) -> Iterator[tuple[str, tuple[tuple[str, ...], pa.DataType]]]:
    """(column, (path of fields, type)) of all numbers and words of a message."""
    for field in descriptor.fields:
        if is_repeated(field):
            continue
        inner = field.message_type
        if inner is None:
            if field.cpp_type in _TYPES:
                yield field.name, ((field.name,), _TYPES[field.cpp_type])
        elif inner.full_name in (Interval.DESCRIPTOR.full_name, Bounds.DESCRIPTOR.full_name):
            for part in inner.fields:
                yield _interval_column(field, part.name), ((field.name, part.name), pa.float64())


def _interval_column(field: Field, part: str) -> str:
    return field.name if part == "value" else f"{field.name}_{part}"


def _value(message: Any, path: tuple[str, ...]) -> Any:
    """The value at a path of fields; None where the message does not hold it."""
    field = message.DESCRIPTOR.fields_by_name[path[0]]
    if field.has_presence and not message.HasField(path[0]):
        return None
    value = getattr(message, path[0])
    return value if len(path) == 1 else _value(value, path[1:])
