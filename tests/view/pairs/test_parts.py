"""Parts of the pairs that a report counts by themselves: which rows are of them."""

from __future__ import annotations

import pyarrow as pa

from fairflip.protos import columns, report_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.view.pairs import membership, parts
from fairflip.view.words.report_index import ReportIndex

TABLE = pa.table(
    {
        columns.TERM: ["she", "He", "gay, she", "they"],
        columns.VALIDITY: [1.0, 0.5, None, 1.0],
        columns.DOUBTS: [["none"], ["grammar"], ["none"], ["other_names", "grammar"]],
    }
)


def report() -> report_pb2.RunReport:
    made = report_pb2.RunReport()
    made.pairing.num_damaged_pairs = 1
    for name in ("before", "after"):
        model = made.models.add(name=name)
        model.slices.add(slice="Overall", num_pairs=4)
        for field, part, number in (
            ("held_out", "held_out_terms", 2),
            ("undamaged", "undamaged_pairs", 3),
            ("undoubted", "undoubted_pairs", 2),
        ):
            entry = getattr(model, field)
            entry.slice, entry.num_pairs = part, number
            entry.thresholds.add(threshold=0.5, flip_count=number)
    return made


def config() -> PipelineConfig:
    made = PipelineConfig()
    made.remediation.held_out_terms.extend(["HE", "gay"])
    return made


def test_the_rows_of_each_part():
    made = parts.parts_of(report(), config())
    assert [part.title for part in made] == [
        "terms withheld from training",
        "grammar whole",
        "without doubts",
        "grammar damaged",
    ]
    inside = membership.positions(TABLE, ["Overall"], made)
    assert inside == [(0, 2, 3), (0, 1, 4), (0, 1, 2, 3), (0, 2)]


def test_a_part_that_the_rows_do_not_tell_holds_none_of_them():
    made = parts.parts_of(report(), config())
    assert membership.positions(TABLE.select([columns.TERM]), [], made)[1] == (0,)


def test_a_report_that_counts_no_part_has_none():
    made = report_pb2.RunReport()
    made.models.add(name="mine").slices.add(slice="Overall")
    assert parts.parts_of(made, PipelineConfig()) == []


def test_what_the_report_counts_of_a_part_is_read_as_that_of_a_slice():
    index = ReportIndex(report())
    assert parts.names_of_parts(index) == ["held_out_terms", "undamaged_pairs", "undoubted_pairs"]
    assert index.slice("after", "undamaged_pairs").num_pairs == 3
    assert index.slice("after", parts.DAMAGED) is None
    assert index.at("before", "held_out_terms", 0.5).flip_count == 2
    assert index.at("before", "held_out_terms", 0.25) is None
    assert index.slices == ["Overall"]
    assert index.rows == ["Overall", "undamaged_pairs"]
