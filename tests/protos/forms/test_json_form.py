"""run_report.json: plain numbers, NaN by name, the same bytes every time."""

from __future__ import annotations

import json
import math

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms import json_form
from fairflip.protos.forms.json_form import (
    config_from_json,
    config_to_json,
    report_from_json,
    report_to_json,
)
from fairflip.protos.report_pb2 import RunReport

_numbers = st.floats(allow_nan=True, allow_infinity=True)
_counts = st.integers(-(2**63), 2**63 - 1)
_intervals = st.fixed_dictionaries({"value": _numbers, "lower": _numbers, "upper": _numbers})
_texts = st.text(st.characters(codec="utf-8"), max_size=8)


@st.composite
def reports(draw) -> RunReport:
    report = RunReport(
        pairing={"num_pairs": draw(_counts), "pair_set_sha256": draw(_texts)},
        provenance={
            "versions": draw(st.dictionaries(_texts, _texts, max_size=3)),
            "step_seconds": draw(st.dictionaries(_texts, _numbers, max_size=3)),
        },
    )
    for name in draw(st.lists(_texts, max_size=2)):
        model = report.models.add(name=name)
        row = model.slices.add(slice=draw(_texts), ctf_gap=draw(_intervals))
        if draw(st.booleans()):
            row.auc = draw(_numbers)
        row.thresholds.add(flip_count=draw(_counts), flip_rate=draw(_intervals))
    return report


@given(reports())
def test_round_trip_and_agreement_with_protobuf(report):
    text = report_to_json(report)
    again = report_from_json(text)
    assert report_to_json(again) == text
    # NaN differs from itself, so messages are compared in protobuf's own JSON.
    assert json_format.MessageToDict(again) == json_format.MessageToDict(report)

    def numbers_as_text(ours, theirs):
        if isinstance(ours, dict):
            assert set(ours) == set(theirs)
            return all(numbers_as_text(ours[k], theirs[k]) for k in ours)
        if isinstance(ours, list):
            return all(numbers_as_text(a, b) for a, b in zip(ours, theirs, strict=True))
        if isinstance(ours, int) and not isinstance(ours, bool) and isinstance(theirs, str):
            return str(ours) == theirs
        return ours == theirs

    theirs = json_format.MessageToDict(
        report, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    assert numbers_as_text(json.loads(text), theirs)


def test_what_a_reader_sees():
    report = RunReport(rejects=[{"stage": "read", "reason": "nan", "count": 2**53 + 1}])
    row = report.models.add(name="m").slices.add(slice="Overall", num_pairs=12)
    row.ctf_gap.value = math.nan
    seen = json.loads(report_to_json(report))
    slice_report = seen["models"][0]["slices"][0]
    assert slice_report["num_pairs"] == 12
    assert slice_report["num_originals"] == 0, "a count is there even when it is 0"
    assert slice_report["ctf_gap"] == {"value": "NaN", "lower": 0.0, "upper": 0.0}
    assert "auc" not in slice_report, "an absent number is not 0"
    assert seen["rejects"][0]["count"] == 2**53 + 1
    assert list(seen)[:2] == ["models", "comparisons"], "the order of the .proto"


def test_maps_are_sorted():
    one, two = RunReport(), RunReport()
    for key in "cab":
        one.provenance.versions[key] = key
    for key in "bca":
        two.provenance.versions[key] = key
    assert report_to_json(one) == report_to_json(two)
    assert list(json.loads(report_to_json(one))["provenance"]["versions"]) == ["a", "b", "c"]


def test_config_round_trip():
    config = PipelineConfig(seed=2**60, evaluation={"thresholds": [0.1], "score_unpaired": False})
    assert config_from_json(config_to_json(config)) == config
    assert json.loads(config_to_json(config))["seed"] == 2**60


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"unknown": 1}', '{"pairing": 3}', "{" * 5000, '{"pairing":{"num_pairs":"x"}}'],
)
def test_a_report_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="not a RunReport"):
        report_from_json(text)


@pytest.mark.parametrize("most_indented", [0, 1, 60])
def test_a_large_report_is_one_line_and_holds_the_same(monkeypatch, most_indented):
    report = RunReport()
    model = report.models.add(name="m")
    for number in range(5):
        model.slices.add(slice=f"s{number}", num_pairs=number).thresholds.add(threshold=0.5)
    report.provenance.versions["numpy"] = "1"
    report.term_coverage.add(term="a")
    indented = report_to_json(report)
    monkeypatch.setattr(json_form, "_MOST_INDENTED", most_indented)
    line = report_to_json(report)
    pieces = list(json_form.report_json_pieces(report))
    assert "".join(pieces) == line
    assert len(pieces) > 5
    assert line == json.dumps(json.loads(indented), ensure_ascii=False) + "\n"
    assert line.count("\n") == 1
    assert json.loads(line) == json.loads(indented)
    assert report_from_json(line) == report
